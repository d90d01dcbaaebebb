#!/usr/bin/env bash
# Builds the wheel into a folder: wheel.sh FOLDER. Needs Rust, and Python 3.11 or later.
set -euo pipefail
out=$(realpath "$1")
cd "$(dirname "$0")"

# The tools: built anew only when their lock changes.
if ! cmp -s requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
  cp requirements.txt .venv/requirements.txt
fi
.venv/bin/maturin build -q --locked --release --out "$out"
