#!/bin/sh
# Builds the npm package and holds it to the shared cases. Needs Rust with wasm32-unknown-unknown, and Node 20 or later.
set -eu
cd "$(dirname "$0")"

installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci
  touch "$installed"
fi
rustup target list --installed 2>/dev/null | grep -q '^wasm32-unknown-unknown$' || rustup target add wasm32-unknown-unknown
cargo run --locked -q -p egressc-js-build
# A skipped test is a failed one.
report=$(mktemp)
trap 'rm -f "$report"' EXIT
node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$report" tests/*.test.js
grep -q '^# skipped 0$' "$report" && grep -q '^# todo 0$' "$report"
