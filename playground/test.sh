#!/bin/sh
# Builds the site and walks it in a real Chromium. Pictures are kept in $PLAYGROUND_ARTIFACTS, or in a temporary folder.
set -eu
cd "$(dirname "$0")"

./build.sh
CHROMIUM=$(../tests/browser/chromium.sh)
export CHROMIUM
if [ -z "${PLAYGROUND_ARTIFACTS:-}" ]; then
  PLAYGROUND_ARTIFACTS=$(mktemp -d)
  export PLAYGROUND_ARTIFACTS
fi
# A skipped test is a failed one.
report=$(mktemp)
trap 'rm -f "$report"' EXIT
node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$report" tests/*.test.js
grep -q '^# skipped 0$' "$report" && grep -q '^# todo 0$' "$report"
echo "pictures: $PLAYGROUND_ARTIFACTS"
