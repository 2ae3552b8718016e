#!/usr/bin/env bash
# Every test, cold or warm, with the minutes of each step. `make test` and CI run this.
set -euo pipefail
source "$(dirname "$0")/postgres.sh"

warn_above=35 # minutes; CI stops at 45
started=$SECONDS
steps=()

minutes() { printf '%d.%d' $(($1 / 60)) $(($1 % 60 / 6)); }

# step NAME COMMAND...
step() {
  local name="$1" began=$SECONDS
  shift
  say "$name"
  "$@"
  steps+=("$(printf '%6s min  %s' "$(minutes $((SECONDS - began)))" "$name")")
}

finish() {
  local code=$?
  pg_stop
  local total=$((SECONDS - started))
  say "Minutes"
  printf '%s\n' "${steps[@]}" "$(printf '%6s min  total' "$(minutes $total)")"
  [ $total -le $((warn_above * 60)) ] || say "WARNING: above $warn_above minutes; CI stops at 45"
  [ $code = 0 ] && say "All tests passed" || say "FAILED"
  exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

scripts_parse() { local script; for script in scripts/*.sh .ci/run; do bash -n "$script"; done; }

lock_current() { cargo metadata --locked --format-version 1 >/dev/null; }

lint_browser_half() {
  # Alone, never with the server's features: cargo would unify `hydrate` and `ssr`.
  cargo clippy -p app --lib --target wasm32-unknown-unknown --no-default-features --features hydrate -- -D warnings
}

browser_tests() {
  npm --prefix end2end run --silent check
  # The binary that `cargo test` built: same flags, same features, nothing compiled twice.
  SPARK_BIN="$target/debug/spark" npm --prefix end2end run --silent test
}

step "Set up" scripts/setup.sh test
step "Scripts parse" scripts_parse
step "Lock file is current" lock_current
step "Format" cargo fmt --all --check
step "Web assets (debug)" scripts/build.sh dev site
step "Clippy: server half" cargo clippy --workspace --all-targets -- -D warnings
step "Clippy: browser half" lint_browser_half
step "PostgreSQL for the tests" pg_start
step "Build the tests" cargo test --workspace --no-run
step "Unit, property, conformance and server tests" cargo test --workspace
step "Browser tests" browser_tests
