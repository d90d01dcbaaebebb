#!/usr/bin/env bash
# Builds dist/egressc.wasm, and puts it beside the Go code that embeds it.
set -euo pipefail
cd "$(dirname "$0")"
rustup target list --installed 2>/dev/null | grep -q '^wasm32-unknown-unknown$' || rustup target add wasm32-unknown-unknown
# The same flags as those of the npm package's build, so that what both need is compiled once.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
cargo build --locked --quiet -p egressc-wasm --profile wasm --target wasm32-unknown-unknown
built=${CARGO_TARGET_DIR:-../target}/wasm32-unknown-unknown/wasm/egressc_wasm.wasm
mkdir -p dist
for copy in dist ../integrations/go; do
  cmp -s "$built" "$copy/egressc.wasm" || cp "$built" "$copy/egressc.wasm"
done
