#!/usr/bin/env bash
# Runs every integration with the tool that it is for: integrations/test.sh [arguments of pytest]
# Needs Rust, Go, and Python 3.11 or later. tools.sh gets the tools, and says which of them can be given.
# WHEELS=folder is where a wheel is built already.
set -euo pipefail
cd "$(dirname "$0")"
tools=$(./tools.sh)
eval "$tools"

# The wheel as users get it.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if [ -z "${WHEELS:-}" ]; then
  WHEELS=$out
  ../bindings-python/wheel.sh "$WHEELS"
fi
WHEEL=$(echo "$WHEELS"/egressc-*.whl)
"$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-index --no-deps --force-reinstall "$WHEEL"
EGRESSC=$(../tests/programs.sh egressc)/egressc

export ANSIBLE_TEST_HOME=${XDG_CACHE_HOME:-$HOME/.cache}/egressc/integrations/ansible-test
export KUSTOMIZE TERRAFORM TERRAFORM_PROVIDER_EXTERNAL WHEEL EGRESSC
export PATH=$VENV/bin:$PATH PYTHONDONTWRITEBYTECODE=1
"$VENV/bin/python" -m pytest -q -p no:cacheprovider --durations=5 tests "$@" | tee "$out/report"
# A skipped test is a failed one.
# Not `! …`: the shell does not stop at a negated command.
if tail -n 1 "$out/report" | grep -E 'skipped|xfailed|xpassed|deselected'; then exit 1; fi
