#!/usr/bin/env bash
# Kills the server, and PostgreSQL itself, at random moments under concurrent giving; nothing may be lost or doubled.
# It runs the ignored tests whose names begin with `crash_`. Usage: scripts/crash-test.sh [KILLS]   (200 by default)
set -euo pipefail
source "$(dirname "$0")/postgres.sh"

scripts/setup.sh test
scripts/build.sh dev
trap pg_stop EXIT
trap 'exit 130' INT TERM
SPARK_PG_DURABLE=1 pg_start
export SPARK_CRASH_KILLS="${1:-200}"
log="$(mktemp)"
cargo test -p server -- --ignored --nocapture --test-threads=1 crash_ 2>&1 | tee "$log"
# No test at all would pass, too.
grep -Eq '^test result: ok\. [1-9]' "$log" || fail "no crash test ran"
rm -f "$log"
