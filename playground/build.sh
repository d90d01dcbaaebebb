#!/bin/sh
# Builds the static site into dist. Needs Rust and Node 20 or later; makes the npm package first, unless it is there and new.
set -eu
cd "$(dirname "$0")"

install() {
  folder=$1
  installed=$folder/node_modules/.package-lock.json
  if [ ! -f "$installed" ] || [ "$folder/package-lock.json" -nt "$installed" ]; then
    (cd "$folder" && npm ci)
    touch "$installed"
  fi
}

package=../bindings-js/dist/egressc_bg.wasm
if [ ! -f "$package" ] || [ -n "$(find ../core/src ../core/docs ../bindings-js/src ../bindings-js/npm ../Cargo.lock -newer "$package" -print -quit)" ]; then
  install ../bindings-js
  rustup target list --installed 2>/dev/null | grep -q '^wasm32-unknown-unknown$' || rustup target add wasm32-unknown-unknown
  (cd .. && cargo run --locked -q -p egressc-js-build)
fi
install .
npm run --silent build
