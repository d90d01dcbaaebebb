#!/bin/sh
# Builds the npm package to dist/, with what that needs.
set -eu
cd "$(dirname "$0")"

installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci --ignore-scripts
  touch "$installed"
fi
rustup target list --installed 2>/dev/null | grep -q '^wasm32-unknown-unknown$' || rustup target add wasm32-unknown-unknown
cargo run --locked -q -p egressc-js-build
