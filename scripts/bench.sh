#!/usr/bin/env bash
# Measures on this machine: gifts per second on both databases, what pages cost, and searches of a million units. Figures
# belong into docs/PERFORMANCE.md. SPARK_BENCH_RELEASE names the folder of an HLA release; with Python, the searches are
# compared with another matcher's.
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
release="${SPARK_BENCH_RELEASE:-$root/../shared/data/imgt-3.58.0}"
if [ -d "$release" ]; then
  "$target/release/spark" bench match --units 1000000 --release-dir "$release" --json
  if have python3; then scripts/peer-grma.sh "$release" || note "GRMA could not be compared here"; fi
else
  say "no HLA release in $release: searches are measured without one"
  "$target/release/spark" bench match --units 1000000 --json
fi
