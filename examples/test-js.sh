#!/bin/sh
# Runs the examples that use the npm package, with the package as it is built here.
set -eu
cd "$(dirname "$0")"

../bindings-js/build.sh
for example in ci-script pulumi-typescript; do
  echo "examples/$example"
  (
    cd "$example"
    npm ci --ignore-scripts --silent
    npm test
  )
done
