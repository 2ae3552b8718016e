#!/usr/bin/env bash
# Kills the server, and PostgreSQL itself, at random moments under concurrent giving; nothing may be lost or doubled.
# Then traces one run: nothing is acknowledged before it is on the disk. The tests are in server/tests/all: crash.rs and
# durability.rs; `make test` runs them with few kills. Usage: scripts/crash-test.sh [KILLS]   (200 by default)
set -euo pipefail
source "$(dirname "$0")/postgres.sh"

scripts/setup.sh test
scripts/build.sh dev site
if scripts/setup.sh trace; then
  export SPARK_CRASH_TRACE=1
else
  note "the trace is left out: this machine has no strace"
fi
# The whole workspace, as `make test` builds it: for one package cargo would choose other features and build all anew.
say "Build the tests"
cargo test --workspace --no-run
trap pg_stop EXIT
trap 'exit 130' INT TERM
# Another PostgreSQL may not be killed, and one without fsync would prove nothing.
unset SPARK_TEST_PG_URL
SPARK_PG_DURABLE=1 pg_start
export SPARK_CRASH_KILLS="${1:-200}"
log="$(mktemp)"
say "$SPARK_CRASH_KILLS kills of the server on each database and of PostgreSQL (about $((SPARK_CRASH_KILLS / 20 + 2)) minutes)"
pg_kept_for cargo test --workspace --test all -- --nocapture --test-threads=1 crash_of_ nothing_is_acknowledged 2>&1 | tee "$log"
# No test at all would pass, too, and so would one that was skipped.
grep -Eq '^test result: ok\. 4 passed' "$log" || fail "not all of the four crash tests ran"
left_out="$(grep 'skipped:' "$log" || true)"
case "$left_out" in
  "") ;;
  *strace*) [ -z "${SPARK_CRASH_TRACE:-}" ] || fail "the trace was left out" ;;
  *) fail "a crash test was left out" ;;
esac
rm -f "$log"
