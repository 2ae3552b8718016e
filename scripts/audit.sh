#!/usr/bin/env bash
# The long checks that `make test` leaves out: many more random cases, broken files for every reader, 200 kills, and the
# wait of a slow phone.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/setup.sh test
say "Property tests with many more cases (PROPTEST_CASES=${PROPTEST_CASES:-20000})"
PROPTEST_CASES="${PROPTEST_CASES:-20000}" scripts/postgres.sh cargo test --workspace --lib --tests
say "Broken typings, tables and files (${FUZZ_SECONDS:-600} seconds for each reader)"
scripts/fuzz.sh "${FUZZ_SECONDS:-600}"
say "200 kills"
scripts/crash-test.sh 200
say "Home and donate on a slow phone (release build)"
scripts/build.sh release
SPARK_BIN="$target/release/spark" npm --prefix end2end run --silent speed
