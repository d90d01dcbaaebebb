#!/usr/bin/env bash
# What is linked into egressc and its packages: licences, sources, bans and, where their databases can be fetched, known weaknesses.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
if command -v cargo-deny >/dev/null; then
  cargo deny --locked check licenses bans sources || status=1
  # Its database is a git repository. Without it nothing is known, and that is said.
  cargo deny --locked check advisories || echo "advisories of Rust crates: not checked, or found" >&2
else
  echo "cargo-deny is not installed: cargo install --locked cargo-deny" >&2
  status=1
fi
for lock in bindings-js playground; do
  (cd "$lock" && npm audit --package-lock-only --omit=dev) || echo "advisories of npm for $lock: not checked, or found" >&2
done
if command -v pip-audit >/dev/null; then
  pip-audit --require-hashes -r bindings-python/requirements.txt || echo "advisories of Python packages: not checked, or found" >&2
fi
exit "$status"
