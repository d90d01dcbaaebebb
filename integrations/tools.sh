#!/usr/bin/env bash
# Builds and installs what the integrations are tested with, and prints where it is, as assignments of a shell. Needs Go and
# Python 3.11 or later. What is made is kept in ~/.cache/egressc, by version.
# Environment: TERRAFORM (default: terraform or tofu of the PATH, or else OpenTofu is built), TERRAFORM_PROVIDER_EXTERNAL
# (the program of hashicorp/external; default: a stand-in, since no Go, npm or Python registry has it).
set -euo pipefail
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/egressc/integrations
mkdir -p "$cache"

# Without the tables for debuggers, which nobody reads here and which take time to write and to link; and compilers collect
# less garbage: a third less time, for some hundred megabytes more.
export GOGC=400
go_build=(go build -buildvcs=false -gcflags=all=-dwarf=false -ldflags=-w)

# go_program NAME MODULE VERSION PACKAGE: builds a program of a module that may have replacements of its own, which
# `go install` refuses. `&&` throughout: the shell does not stop at errors in here.
go_program() {
  local bin=$cache/$1-$3 source
  if [ ! -x "$bin" ]; then
    source=$(go mod download -json "$2@$3" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])') &&
      (cd "$source" && CGO_ENABLED=0 "${go_build[@]}" -mod=readonly -o "$bin.new" "$4") &&
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
    (cd terraform/tests/external && CGO_ENABLED=0 "${go_build[@]}" -o "$TERRAFORM_PROVIDER_EXTERNAL.new" .)
    mv "$TERRAFORM_PROVIDER_EXTERNAL.new" "$TERRAFORM_PROVIDER_EXTERNAL"
  fi
fi

# Ansible, pre-commit and pytest by hash.
VENV=$cache/venv-$(sha256sum requirements.txt | cut -c1-16)
if [ ! -e "$VENV/complete" ]; then
  rm -rf "$VENV"
  python3 -m venv "$VENV"
  "$VENV/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
  touch "$VENV/complete"
fi
for name in KUSTOMIZE TERRAFORM TERRAFORM_PROVIDER_EXTERNAL VENV; do printf '%s=%q\n' "$name" "${!name}"; done
