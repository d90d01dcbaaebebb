#!/bin/sh
# Builds programs of this repository and prints the folder that they are in: tests/programs.sh NAME...
# Every script gets its programs here. For a call that names packages, cargo chooses the features of their dependencies
# for these packages alone, and compiles again what has other features. So every call names the whole workspace but the program of
# `bindings-uniffi/builder.sh`, as `make check` does, and the example `answers`, with which the dependencies of tests count too.
set -eu
cd "$(dirname "$0")/.."
for name do
  shift
  set -- "$@" --bin "$name"
done
cargo build --locked -q --workspace --exclude egressc-uniffi-build --example answers "$@" >&2
cargo metadata --locked --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1\/debug/'
