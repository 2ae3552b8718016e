#!/usr/bin/env bash
# Puts in place what the project needs and this machine lacks. Doing it twice costs a second.
# Usage: scripts/setup.sh [build|test|trace|bench]   (`build`, the default, never needs root)
set -euo pipefail
source "$(dirname "$0")/lib.sh"

wasm_bindgen_version=0.2.130

setup_rust() {
  have rustup && have cargo || fail "Rust is missing: install rustup (https://rustup.rs), then run this again"
  have cc || fail "a C compiler is missing (SQLite and the TLS library are built from C): install gcc"
  if ! rustc --version >/dev/null 2>&1; then
    say "Rust: the version named in rust-toolchain.toml (about a minute)"
    rustup toolchain install
  fi
  if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    say "Rust: the WebAssembly target, for the half that runs in the browser (a few seconds)"
    rustup target add wasm32-unknown-unknown
  fi
}

setup_wasm_bindgen() {
  if [ "$("$tools/bin/wasm-bindgen" --version 2>/dev/null)" = "wasm-bindgen $wasm_bindgen_version" ]; then return; fi
  say "wasm-bindgen $wasm_bindgen_version: joins the browser half to JavaScript; built from source once (1 to 2 minutes)"
  # It runs for a second at each build, so a quick compile is worth more than a quick program.
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 CARGO_PROFILE_RELEASE_LTO=off \
    cargo install --quiet --root "$tools" --force --no-default-features --bin wasm-bindgen \
    --version "$wasm_bindgen_version" wasm-bindgen-cli
}

# npm_ci FOLDER WHY
npm_ci() {
  have npm || fail "Node.js with npm is missing: install Node.js 20 or newer"
  # npm leaves this file behind: older than the lock file, or absent, means there is work.
  if [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then return; fi
  say "npm packages: $2 (seconds)"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm --prefix "$1" ci --no-progress --loglevel=error
}

# debian WHY PACKAGE...
debian() {
  local why="$1"; shift
  have apt-get || fail "missing: $* ($why); install what your system calls them"
  [ "$(id -u)" = 0 ] || fail "missing: $* ($why); run: sudo apt-get install --no-install-recommends $*"
  say "Debian packages: $* ($why; about 20 seconds)"
  [ -n "${apt_updated:-}" ] || apt-get -qq update
  apt_updated=1
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

setup_build() {
  setup_rust
  setup_wasm_bindgen
  npm_ci . "fonts for papers, icons, the style bundler, wasm-opt"
}

setup_test() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || debian "the tests run on PostgreSQL too" postgresql
  have chromium || debian "the tests run in a real browser" chromium
  have pdftotext || debian "the tests read the text of receipts" poppler-utils
  npm_ci end2end "Playwright and axe for the browser tests"
}

setup_trace() {
  have strace || debian "the crash test watches the program's calls to the disk" strace
}

setup_bench() {
  have wrk || debian "the load under which pages are measured" wrk
}

# Two builds at once must not set up twice.
mkdir -p "$tools"
exec 9>"$tools/lock"
flock 9

case "${1:-build}" in
  build) setup_build ;;
  test) setup_build; setup_test ;;
  trace) setup_trace ;;
  bench) setup_bench ;;
  *) fail "usage: scripts/setup.sh [build|test|trace|bench]" ;;
esac
