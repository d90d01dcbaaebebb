#!/bin/sh
# Builds the npm package to dist/, with what that needs, unless it is there and new.
set -eu
cd "$(dirname "$0")"

installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci --ignore-scripts
  touch "$installed"
fi
# The builder writes the licence last. Stages that run side by side find the package of the first one.
last=dist/LICENSE
sources="../Cargo.toml ../Cargo.lock ../LICENSE ../core/src ../core/docs ../core/Cargo.toml ../cli/src ../cli/Cargo.toml src cli build npm embed.js Cargo.toml README.md package-lock.json"
# shellcheck disable=SC2086
if [ -f "$last" ] && [ -z "$(find $sources -newer "$last" -print -quit)" ]; then exit 0; fi
rustup target list --installed 2>/dev/null | grep -q '^wasm32-unknown-unknown$' || rustup target add wasm32-unknown-unknown
"$(../tests/programs.sh egressc-js-build)/egressc-js-build"
