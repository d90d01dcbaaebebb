#!/usr/bin/env bash
# Runs compiled policies on Istio's own control-plane code and real Envoys: tests/mesh/run.sh [CASES] [options of the lab]
# Environment: EGRESSC, EGRESSC_OUTCOMES, EGRESSC_OWN_SETS (the compiler, its evaluator, and the generator of own objects;
# default in target/debug),
# MESH_CACHE (where builds are kept, default egressc/mesh in the user's cache folder).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${MESH_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/egressc/mesh}
PATH=$PATH:/usr/sbin:/sbin

# Debian's iptables and newuidmap, where they are missing and may be installed.
packages=()
command -v iptables >/dev/null || packages+=(iptables)
command -v ip >/dev/null || packages+=(iproute2)
[ "$(id -u)" = 0 ] || command -v newuidmap >/dev/null || packages+=(uidmap)
if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null 2>&1 ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null; }
fi
for tool in go python3; do
    command -v $tool >/dev/null || { echo "mesh lab: $tool is missing" >&2; exit 2; }
done

# A build is keyed by all that goes into it, so that branches and versions can share the folder.
key() { cat "$@" | sha256sum | cut -c1-16; }
istiod=$cache/istiod-$(key "$here"/istiod/go.{mod,sum} "$here"/istiod/*.go "$here"/istiod/*/*.go <(go env GOVERSION GOARCH))
venv=$cache/venv-$(key "$here/requirements.txt" <(python3 -VV))
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

# Istio's code; Go keeps its own cache of the packages.
if [ ! -x "$istiod" ]; then
    (cd "$here/istiod" && go build -o "$istiod.new" .)
    mv "$istiod.new" "$istiod"
fi

# Envoy and the lab's Python, by hash.
if [ ! -e "$venv/complete" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --require-hashes -r "$here/requirements.txt"
    touch "$venv/complete"
fi
touch "$istiod" "$venv"
# What no run has used for a month.
find "$cache" -mindepth 1 -maxdepth 1 -name '*-*' -mtime +30 -exec rm -rf {} +
flock -u 9

# Somebody else's cases have their own names; our mutants are about ours.
if [ $# = 0 ] || [ "${1#-}" != "$1" ]; then
    (cd "$here/istiod" && go test ./...)
    "$here/validate.sh" "$istiod"
    set -- "$here/cases" --mutants "$here/mutants" --sweep 400 --own-sets 12 "$@"
fi
PYTHONPATH=$here exec "$venv/bin/python" -B -m lab --istiod "$istiod" "$@" 9>&-
