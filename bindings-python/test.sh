#!/usr/bin/env bash
# Builds the wheel and holds it to the shared cases, in clean environments. Needs Rust, Node, and Python 3.11 or later;
# the wheel itself is for 3.9 and later, and is tried with each of them that is here.
# WHEELS=folder is where a wheel is built already.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
pip=(-m pip --disable-pip-version-check install -q)

if ! cmp -s tests/pyright/package-lock.json tests/pyright/node_modules/installed.json; then
  npm ci --prefix tests/pyright --ignore-scripts --no-audit --no-fund --silent
  cp tests/pyright/package-lock.json tests/pyright/node_modules/installed.json
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
wheels=${WHEELS:-$out}
if [ -z "${WHEELS:-}" ]; then ./wheel.sh "$wheels"; fi
.venv/bin/maturin sdist --out "$out" >/dev/null 2>&1
# What the command line of the package is held to.
../tests/programs.sh egressc >/dev/null

# The wheel alone, as users get it; the tools look in from outside.
python3 -m venv "$out/clean"
"$out/clean/bin/python" "${pip[@]}" --no-index "$wheels"/egressc-*.whl
tools=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
wheel=$("$out/clean/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cd "$out"
"$out/clean/bin/python" "$here/tests/usage.py" >/dev/null
"$out/clean/bin/egressc" --version
# The lines that users copy first.
sed -n '/^```python$/,/^```$/p' "$here/README.md" | sed '/^```/d' >"$out/first.py"
(cd "$here/../examples/combined" && "$out/clean/bin/python" "$out/first.py" | grep -c '^kind: ')

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$wheel:$tools" "$here/.venv/bin/python" -m pytest -q -c "$here/pyproject.toml" --rootdir "$here" "$here/tests" | tee "$out/report"
# A skipped test is a failed one.
# Not `! …`: the shell does not stop at a negated command.
if tail -n 1 "$out/report" | grep -E 'skipped|xfailed|xpassed|deselected'; then exit 1; fi

# One wheel for every Python; which are here, differs from machine to machine.
for python in python3.{9..19} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python; do
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || continue
  rm -rf "$out/other"
  "$python" -m venv "$out/other"
  "$out/other/bin/python" "${pip[@]}" --no-index "$wheels"/egressc-*.whl
  "$out/other/bin/python" -W error "$here/tests/usage.py" >/dev/null
  echo "the wheel works on $("$out/other/bin/python" --version)"
done

# The checkers see the wheel as installed, and Pulumi beside it.
export PYTHONPATH="$wheel"
usages=("$here/tests/usage.py" "$here/tests/usage_pulumi.py")
pyright=("$here/tests/pyright/node_modules/.bin/pyright" --pythonpath "$here/.venv/bin/python")
MYPYPATH="$wheel" "$here/.venv/bin/mypy" --cache-dir "$out/mypy" --no-error-summary --strict "${usages[@]}"
"${pyright[@]}" "${usages[@]}"
# Every public type is known. Without the component: there pyright takes the package's own folder `pulumi` for Pulumi.
mkdir "$out/types"
cp -r "$wheel/egressc" "$out/types"
rm -r "$out/types/egressc/pulumi"
PYTHONPATH="$out/types" "${pyright[@]}" --verifytypes egressc >"$out/verified" || { cat "$out/verified"; exit 1; }
# The stub says what the module has.
"$here/.venv/bin/stubtest" egressc._native
unset PYTHONPATH

# The source distribution builds where there is a Rust compiler. Compiled parts that are not egressc's are shared; what
# is egressc's lies in another folder and is compiled again, so not optimised: that is the wheel's.
python3 -m venv "$out/built"
PATH="$here/.venv/bin:$PATH" PYTHONPATH="$tools" CARGO_TARGET_DIR="$here/../target" MATURIN_PEP517_ARGS=--profile=dev "$out/built/bin/python" "${pip[@]}" --no-build-isolation "$out"/egressc-*.tar.gz
"$out/built/bin/python" "$here/tests/usage.py" >/dev/null
