#!/usr/bin/env bash
# Searches the same invented registry with GRMA (py-graph-match) and with our index, and compares times and hits.
# Usage: scripts/peer-grma.sh RELEASE_DIR [UNITS] [PATIENTS]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

release="${1:?usage: scripts/peer-grma.sh RELEASE_DIR [UNITS] [PATIENTS]}"
venv="$tools/grma"
if ! "$venv/bin/python" -c 'import grma' 2>/dev/null; then
  say "GRMA: the graph matcher that the index is compared with (a minute)"
  python3 -m venv "$venv"
  # It is built from source and does not say that it needs these to be there before.
  "$venv/bin/pip" install --quiet Cython numpy 'setuptools<81' wheel
  "$venv/bin/pip" install --quiet --no-build-isolation py-graph-match==0.0.8
fi
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cargo run --quiet --release -p hla --example peer -- "$release" "${2:-20000}" "${3:-100}" "$folder" >&2
"$venv/bin/python" scripts/peer-grma.py "$folder"
