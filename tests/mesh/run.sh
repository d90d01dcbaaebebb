#!/usr/bin/env bash
# Runs compiled policies on Istio's own control-plane code and real Envoys: tests/mesh/run.sh [CASES] [options of the lab]
# Environment: EGRESSC (the compiler, default target/debug/egressc), MESH_CACHE (where builds are kept, default .cache here).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${MESH_CACHE:-$here/.cache}
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

# Istio's code, built once per version of this program; Go keeps its own cache of the rest.
mkdir -p "$cache"
(cd "$here/istiod" && go build -o "$cache/istiod" .)

# Envoy and the lab's Python, by hash.
venv=$cache/venv
pin=$(sha256sum "$here/requirements.txt" | cut -c1-16)
if [ ! -e "$venv/$pin" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --require-hashes -r "$here/requirements.txt"
    touch "$venv/$pin"
fi

# Somebody else's cases have their own names; our mutants are about ours.
if [ $# = 0 ] || [ "${1#-}" != "$1" ]; then
    "$here/validate.sh" "$cache/istiod"
    set -- "$here/cases" --mutants "$here/mutants" "$@"
fi
PYTHONPATH=$here exec "$venv/bin/python" -B -m lab --istiod "$cache/istiod" "$@"
