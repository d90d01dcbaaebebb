#!/usr/bin/env bash
# Tests the Go module with the cases that every runtime answers, and its example. Needs Rust and Go.
set -euo pipefail
cd "$(dirname "$0")"
../../bindings-wasm/build.sh
EGRESSC_ANSWERS=$(mktemp -d)
export EGRESSC_ANSWERS
trap 'rm -rf "$EGRESSC_ANSWERS"' EXIT
"$(../../tests/programs.sh)/examples/answers" "$EGRESSC_ANSWERS"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt: $unformatted" >&2; exit 1; }
go vet ./...
go test ./...
