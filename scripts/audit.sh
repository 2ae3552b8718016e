#!/usr/bin/env bash
# The long checks that `make test` leaves out: many more random cases, and 200 kills.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/setup.sh test
say "Property tests with many more cases (PROPTEST_CASES=${PROPTEST_CASES:-20000})"
PROPTEST_CASES="${PROPTEST_CASES:-20000}" scripts/postgres.sh cargo test --workspace --lib --tests
say "200 kills"
scripts/crash-test.sh 200
