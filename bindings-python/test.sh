#!/usr/bin/env bash
# Builds the wheel and holds it to the shared cases, in a clean environment. Needs Rust, and Python 3.11 or later;
# the wheel itself is for 3.9 and later.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD

# The tools: built anew only when their lock changes.
if ! cmp -s requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
  cp requirements.txt .venv/requirements.txt
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
.venv/bin/maturin build -q --locked --release --out "$out"

# The wheel alone, as users get it; the tools look in from outside.
python3 -m venv "$out/clean"
"$out/clean/bin/python" -m pip install -q --disable-pip-version-check --no-index "$out"/egressc-*.whl
tools=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
wheel=$("$out/clean/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cd "$out"
"$out/clean/bin/python" "$here/tests/usage.py"

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$wheel:$tools" "$here/.venv/bin/python" -m pytest -q -c "$here/pyproject.toml" --rootdir "$here" "$here/tests" | tee "$out/report"
# A skipped test is a failed one.
# Not `! …`: the shell does not stop at a negated command.
if tail -n 1 "$out/report" | grep -E 'skipped|xfailed|xpassed|deselected'; then exit 1; fi

"$here/.venv/bin/mypy" --cache-dir "$out/mypy" --no-error-summary --strict --python-executable "$out/clean/bin/python" "$here/tests/usage.py"
# The stub says what the module has.
PYTHONPATH="$wheel" "$here/.venv/bin/stubtest" egressc._native
