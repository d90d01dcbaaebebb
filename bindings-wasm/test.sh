#!/usr/bin/env bash
# The shared cases of all runtimes, and the example of the README, in wasmtime from Python. Needs Rust and Python 3.9 or later.
set -euo pipefail
cd "$(dirname "$0")"
./build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(../tests/programs.sh)/examples/answers" "$work/answers"
if ! cmp -s tests/requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r tests/requirements.txt
  cp tests/requirements.txt .venv/requirements.txt
fi
(cd .. && bindings-wasm/.venv/bin/python -B bindings-wasm/tests/cases.py "$work/answers")
