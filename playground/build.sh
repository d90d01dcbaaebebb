#!/bin/sh
# Builds the static site into dist. Needs Rust and Node 20 or later; makes the npm package first.
set -eu
cd "$(dirname "$0")"

../bindings-js/build.sh
installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci
  touch "$installed"
fi
npm run --silent build
