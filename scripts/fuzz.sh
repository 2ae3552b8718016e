#!/usr/bin/env bash
# Feeds broken typings, nomenclature tables, inventories and sheets to what reads them, each for so many seconds.
# Usage: scripts/fuzz.sh [SECONDS] [TARGET…]   (60 seconds; typing, release, wmda, sheet)
# The readers hold no unsafe code, so no sanitizer runs unless SPARK_FUZZ_SANITIZER=address asks for it.
# What crashes a reader is kept in fuzz/artifacts; `cargo fuzz run TARGET FILE` from fuzz/ tries it again.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

cargo_fuzz_version=0.13.1
seconds="${1:-60}"
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(typing release wmda sheet)

scripts/setup.sh build
if [ "$("$tools/bin/cargo-fuzz" --version 2>/dev/null)" != "cargo-fuzz $cargo_fuzz_version" ]; then
  say "cargo-fuzz $cargo_fuzz_version: drives the fuzzer of LLVM; built from source once (about 2 minutes)"
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
    cargo install --quiet --root "$tools" --force --version "$cargo_fuzz_version" cargo-fuzz
fi

# The compiler is the product's own; what watches its branches is only behind a flag.
export RUSTC_BOOTSTRAP=1
unset CARGO_TARGET_DIR
cp Cargo.lock fuzz/Cargo.lock
say "Seeds from the data of the tests"
cargo run --quiet --manifest-path fuzz/seeds/Cargo.toml -- fuzz/corpus
for target in "${targets[@]}"; do
  say "$target for $seconds seconds"
  # A slow input is a finding, too: no reader needs 10 seconds or 1 GB for 16 KiB.
  case "$target" in wmda | sheet) features=(--features units) ;; *) features=() ;; esac
  (cd fuzz && cargo fuzz run "${features[@]}" --sanitizer "${SPARK_FUZZ_SANITIZER:-none}" "$target" "corpus/$target" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
    -verbosity=0)
done
