#!/usr/bin/env bash
# Serves the debug build and rebuilds it when a source changes. Reload the page yourself.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/setup.sh build
server=""
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=""; }; }
trap stop EXIT
trap 'exit 130' INT TERM

# Names and times of all sources in one word: cheap enough to ask every second.
sources() {
  find Cargo.toml Cargo.lock app server crates migrations style public scripts -type f \
    -printf '%p %T@\n' 2>/dev/null | sort | sha256sum
}

seen=""
while true; do
  now="$(sources)"
  if [ "$now" != "$seen" ]; then
    seen="$now"
    # A build that fails leaves the old server running.
    if scripts/build.sh dev; then
      stop
      "$target/debug/spark" serve "$@" &
      server=$!
    fi
  fi
  sleep 1
done
