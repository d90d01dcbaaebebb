#!/bin/sh
# Formatting and lints of the whole workspace but one program, whose dependencies take minutes to check, and of the docs of the public surface.
set -eu
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo clippy --workspace --exclude egressc-uniffi-build --all-targets --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --quiet -p egressc-core
