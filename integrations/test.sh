#!/usr/bin/env bash
# Runs every integration with the tool that it is for: integrations/test.sh [arguments of pytest]
# Needs Rust, Go, and Python 3.11 or later. What is built or installed for it is kept in ~/.cache/egressc, by version.
# Environment: TERRAFORM (default: terraform or tofu of the PATH, or else OpenTofu is built), TERRAFORM_PROVIDER_EXTERNAL
# (the program of hashicorp/external; default: a stand-in, since no Go, npm or Python registry has it), WHEEL (a built wheel).
set -euo pipefail
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/egressc/integrations
mkdir -p "$cache"

# go_program NAME MODULE VERSION PACKAGE: builds a program of a module that may have replacements of its own, which
# `go install` refuses. `&&` throughout: the shell does not stop at errors in here.
go_program() {
  local bin=$cache/$1-$3 source
  if [ ! -x "$bin" ]; then
    source=$(go mod download -json "$2@$3" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])') &&
      (cd "$source" && CGO_ENABLED=0 go build -mod=readonly -buildvcs=false -o "$bin.new" "$4") &&
      mv "$bin.new" "$bin" || return 1
  fi
  echo "$bin"
}

KUSTOMIZE=$(go_program kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.8.1 .)
TERRAFORM=${TERRAFORM:-$(command -v terraform || command -v tofu || go_program tofu github.com/opentofu/opentofu v1.10.10 ./cmd/tofu)}
if [ -z "${TERRAFORM_PROVIDER_EXTERNAL:-}" ]; then
  pin=$(cat terraform/tests/external/* | sha256sum | cut -c1-16)
  TERRAFORM_PROVIDER_EXTERNAL=$cache/external-$pin
  if [ ! -x "$TERRAFORM_PROVIDER_EXTERNAL" ]; then
    (cd terraform/tests/external && CGO_ENABLED=0 go build -buildvcs=false -o "$TERRAFORM_PROVIDER_EXTERNAL.new" .)
    mv "$TERRAFORM_PROVIDER_EXTERNAL.new" "$TERRAFORM_PROVIDER_EXTERNAL"
  fi
fi

# Ansible, pre-commit and pytest by hash, and the wheel as users get it.
venv=$cache/venv-$(sha256sum requirements.txt | cut -c1-16)
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
  touch "$venv/complete"
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if [ -z "${WHEEL:-}" ]; then
  ../bindings-python/wheel.sh "$out"
  WHEEL=$(echo "$out"/egressc-*.whl)
fi
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-index --no-deps --force-reinstall "$WHEEL"
cargo build -q --locked -p egressc --manifest-path ../Cargo.toml
target=$(cargo metadata --locked --no-deps --format-version 1 --manifest-path ../Cargo.toml | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')

export ANSIBLE_TEST_HOME=$cache/ansible-test
export KUSTOMIZE TERRAFORM TERRAFORM_PROVIDER_EXTERNAL WHEEL EGRESSC=$target/debug/egressc
export PATH=$venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
"$venv/bin/python" -m pytest -q -p no:cacheprovider --durations=5 tests "$@" | tee "$out/report"
# A skipped test is a failed one.
# Not `! …`: the shell does not stop at a negated command.
if tail -n 1 "$out/report" | grep -E 'skipped|xfailed|xpassed|deselected'; then exit 1; fi
