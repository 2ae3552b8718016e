#!/usr/bin/env bash
# Builds both halves of the web and the one-file binary.
# Usage: scripts/build.sh <dev|release> [site|all]   (`site` stops after the web assets)
set -euo pipefail
source "$(dirname "$0")/lib.sh"

profile="${1:-dev}"
until="${2:-all}"
case "$profile" in
  dev) cargo_profile=dev; wasm_profile=dev; wasm_dir=debug; bin_dir=debug ;;
  release) cargo_profile=release; wasm_profile=wasm-release; wasm_dir=wasm-release; bin_dir=release ;;
  *) fail "the profile is dev or release, not '$profile'" ;;
esac
have wasm-bindgen && [ -d node_modules/lightningcss ] || scripts/setup.sh build

site="$target/site-$profile"
wasm="$target/wasm32-unknown-unknown/$wasm_dir/app.wasm"

say "Browser half: Rust to WASM ($profile)"
cargo build -p app --lib --target wasm32-unknown-unknown --no-default-features --features hydrate \
  --profile "$wasm_profile"

# Nothing newer than the last manifest: the site is as it was, and the server need not be built again.
fresh() {
  [ -f "$site/manifest.json" ] && [ -z "$(find "$wasm" app/src/start.js style public scripts/site.mjs package-lock.json \
    -newer "$site/manifest.json" -print -quit)" ]
}
if fresh; then
  note "web assets unchanged"
else
  bindgen="$target/bindgen-$profile"
  rm -rf "$bindgen"
  debug=(); [ "$profile" = dev ] && debug=(--debug --keep-debug)
  wasm-bindgen --target web --no-typescript --out-dir "$bindgen" --out-name app "${debug[@]}" "$wasm"
  if [ "$profile" = release ]; then
    say "wasm-opt: a smaller WASM for phones"
    wasm-opt -O1 "$bindgen/app_bg.wasm" -o "$bindgen/app_bg.opt.wasm"
    mv "$bindgen/app_bg.opt.wasm" "$bindgen/app_bg.wasm"
  fi
  node scripts/site.mjs "$profile" "$bindgen" "$site"
fi
[ "$until" = site ] && exit 0

say "Server half ($profile)"
cargo build -p server --bin spark --profile "$cargo_profile"
note "$target/$bin_dir/spark"
