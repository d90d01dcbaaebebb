#!/usr/bin/env bash
# `make bench`: egressc beside tools that only write the same objects, in one run. Needs Python 3.10 and npm; Go for kustomize
# and Helm, which take minutes to build once and are left out where there is no Go. No test: CI does not call it.
# Arguments go to compare.py: --rules 1000 --runs 7. What is installed is kept in ~/.cache/egressc/bench.
set -euo pipefail
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/egressc
mkdir -p "$cache/bench/node"

cargo build --locked -q --release -p egressc
target=$(cargo metadata --locked --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')

venv=$cache/bench/venv-$(sha256sum requirements.txt | cut -c1-16)
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -r requirements.txt
  touch "$venv/complete"
fi
js_yaml=js-yaml@4.1.1
if [ "$(cat "$cache/bench/node/complete" 2>/dev/null)" != "$js_yaml" ]; then
  npm install --prefix "$cache/bench/node" --ignore-scripts --no-audit --no-fund --silent "$js_yaml"
  echo "$js_yaml" >"$cache/bench/node/complete"
fi

# go_program NAME MODULE VERSION PACKAGE FOLDER, as in integrations/tools.sh, whose kustomize is used.
go_program() {
  local bin=$cache/$5/$1-$3 source
  if [ ! -x "$bin" ]; then
    mkdir -p "$cache/$5"
    source=$(go mod download -json "$2@$3" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
    (cd "$source" && CGO_ENABLED=0 go build -buildvcs=false -mod=readonly -ldflags=-w -o "$bin.new" "$4")
    mv "$bin.new" "$bin"
  fi
  echo "$bin"
}
peers=(--node-modules "$cache/bench/node/node_modules")
if command -v go >/dev/null; then
  kustomize=$(go_program kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.8.1 . integrations)
  helm=$(go_program helm helm.sh/helm/v4 v4.2.0 ./cmd/helm bench)
  peers+=(--kustomize "$kustomize" --helm "$helm")
fi
exec "$venv/bin/python" compare.py --egressc "$target/release/egressc" "${peers[@]}" "$@"
