#!/usr/bin/env bash
# Builds the wheel into a folder: wheel.sh FOLDER. Needs Rust, and Python 3.11 or later.
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")"

# The tools: built anew only when their lock changes.
if ! cmp -s requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  # Not compiled: Pulumi's types are many modules, of which few are read.
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements.txt
  cp requirements.txt .venv/requirements.txt
fi
rm -f "$out"/egressc-*.whl
.venv/bin/maturin build -q --locked --release --out "$out"
