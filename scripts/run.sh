#!/usr/bin/env bash
# Everything from a fresh clone to a served site: sets up, builds release, serves with demo data. Needs no root.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

if [ ! -x "$target/release/spark" ]; then
  say "First run: sets up the tools and builds everything once. Some 13 minutes on two cores; later runs start in seconds"
fi
scripts/setup.sh build
scripts/build.sh release
# What a first visitor sees must say that it is fictitious.
export SPARK_ENVIRONMENT="${SPARK_ENVIRONMENT:-demo}"
data="${SPARK_DATA_DIR:-./data}"
if [ "$SPARK_ENVIRONMENT" = demo ]; then
  if [ ! -e "$data/demo-loaded" ]; then
    say "First start: loads demonstration data into $data"
    SPARK_LOG=warn "$target/release/spark" demo >"$data.sign-ins.tmp"
    mv "$data.sign-ins.tmp" "$data/demo-loaded"
  fi
  cat "$data/demo-loaded"
fi
say "Spark is at http://127.0.0.1:3000 (Ctrl-C ends it)"
exec "$target/release/spark" serve "$@"
