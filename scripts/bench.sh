#!/usr/bin/env bash
# Measures on this machine: gifts per second on both databases, and what pages cost. Figures belong into
# docs/PERFORMANCE.md.
set -euo pipefail
source "$(dirname "$0")/postgres.sh"

scripts/setup.sh test
scripts/build.sh release
trap pg_stop EXIT
trap 'exit 130' INT TERM
# A speed without fsync would be a lie.
SPARK_PG_DURABLE=1 pg_start
SPARK_DATABASE_URL="$SPARK_TEST_PG_URL" "$target/release/spark" bench giving --json
scripts/bench-pages.sh
