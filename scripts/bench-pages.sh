#!/usr/bin/env bash
# Requests a second, p99 and processor time a request of our pages, beside a bare axum server in the same run.
# Processor time is (utime + stime) of the server process; the load shares the cores. Needs wrk (Debian's package).
# Usage: scripts/bench-pages.sh [SECONDS]   (6 by default, for each page)
set -euo pipefail
source "$(dirname "$0")/lib.sh"

seconds="${1:-6}"
scripts/setup.sh bench
scripts/build.sh release
cargo build --quiet --release -p server --example hello

work="$(mktemp -d ./spark-bench-XXXXXX)"
pids=()
ended() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap ended EXIT
trap 'exit 130' INT TERM

port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# started PID URL: waits until it answers.
started() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    ! curl -fsS -o /dev/null "$2" 2>/dev/null || return 0
    kill -0 "$1" 2>/dev/null || fail "the server ended"
    sleep 0.1
  done
  fail "no answer from $2"
}

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

# measure NAME PID URL
measure() {
  local before after out requests
  wrk -t1 -c16 -d1s "$3" >/dev/null
  before="$(ticks "$2")"
  out="$(wrk -t1 -c16 -d"${seconds}s" --latency "$3")"
  after="$(ticks "$2")"
  requests="$(awk '/requests in/ { print $1 }' <<<"$out")"
  awk -v name="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v requests="$requests" \
    -v p99="$(awk '$1 == "99%" { print $2 }' <<<"$out")" -v rate="$(awk '/Requests\/sec/ { print $2 }' <<<"$out")" \
    -v bad="$(awk '/Non-2xx/ { print $NF }' <<<"$out")" \
    'BEGIN { printf "%-22s %9.0f requests/s   p99 %9s   %6.0f µs of CPU a request%s\n", name, rate, p99, ticks / hz * 1e6 / requests, bad ? "   " bad " FAILED" : "" }'
}

hello="127.0.0.1:$(port)"
"$target/release/examples/hello" "$hello" >/dev/null &
pids+=($!)
hello_pid=$!
export SPARK_ENVIRONMENT=demo SPARK_DATA_DIR="$work/data" SPARK_LISTEN="127.0.0.1:$(port)" SPARK_LOG=warn SPARK_SANDBOX_START=false
"$target/release/spark" demo --units 0 >/dev/null
"$target/release/spark" serve >/dev/null &
pids+=($!)
ours_pid=$!
started "$hello_pid" "http://$hello/"
started "$ours_pid" "http://$SPARK_LISTEN/readyz"

measure "axum hello" "$hello_pid" "http://$hello/"
measure "/healthz" "$ours_pid" "http://$SPARK_LISTEN/healthz"
measure "home" "$ours_pid" "http://$SPARK_LISTEN/"
measure "donate" "$ours_pid" "http://$SPARK_LISTEN/donate"
measure "figures" "$ours_pid" "http://$SPARK_LISTEN/figures"
