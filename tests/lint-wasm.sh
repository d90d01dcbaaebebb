#!/bin/sh
# Lints of what becomes WebAssembly, with the command line without the operating system. One call, so that cargo chooses
# the features of dependencies once.
set -eu
cd "$(dirname "$0")/.."
cargo clippy -p egressc -p egressc-core -p egressc-js -p egressc-js-cli --lib --no-default-features \
  --target wasm32-unknown-unknown --locked -- -D warnings
