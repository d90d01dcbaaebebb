#!/usr/bin/env bash
# Builds the program that lays out the packages, and prints where it is.
# UniFFI's generators take minutes to compile: rustc's borrow checker is slow with the functions that their templates become. So this
# program is compiled apart from all others, into a folder that every checkout of this version of UniFFI shares.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n '/^name = "uniffi_bindgen"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
target=${XDG_CACHE_HOME:-$HOME/.cache}/egressc/uniffi-$version
cargo build --locked -q -p egressc-uniffi-build --target-dir "$target" >&2
echo "$target/debug/egressc-uniffi-build"
