#!/bin/sh
# Builds the npm package and holds it to the shared cases, to the native command line, and to every runtime it is for.
# Needs Rust with wasm32-unknown-unknown, and Node 20 or later; gets Chromium where there is none.
set -eu
cd "$(dirname "$0")"

./build.sh
../tests/browser/chromium.sh >/dev/null
EGRESSC_NATIVE=$(../tests/programs.sh egressc)/egressc
export EGRESSC_NATIVE
# A skipped test is a failed one.
report=$(mktemp)
trap 'rm -f "$report"' EXIT
node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$report" tests/*.test.js
grep -q '^# skipped 0$' "$report" && grep -q '^# todo 0$' "$report"
