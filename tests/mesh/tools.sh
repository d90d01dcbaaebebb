#!/usr/bin/env bash
# Builds and installs what the lab runs: Istio's code, and Envoy with the lab's Python. Prints where they are, as assignments
# of a shell. Environment: MESH_CACHE (where builds are kept, default egressc/mesh in the user's cache folder), ISTIO_LINE
# (a release line of Istio: one of those in istiod/lines, or 1.30, the one of istiod/go.mod and the default).
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
    "$here/../debian.sh" "${packages[@]}"
fi
for tool in go python3; do
    command -v $tool >/dev/null || { echo "mesh lab: $tool is missing" >&2; exit 2; }
done

# Without the tables for debuggers, which nobody reads here and which take time to write and to link. Go compiles all of
# Istio again for other flags, so the tests of the program are built with the same.
GO_FLAGS='-gcflags=all=-dwarf=false -ldflags=-w'
# Another line has requirements of its own, and the files of its tag.
requirements=go
if [ "${ISTIO_LINE:-1.30}" != 1.30 ]; then
    requirements=lines/$ISTIO_LINE
    if [ ! -e "$here/istiod/$requirements.mod" ]; then
        echo "mesh lab: tests/mesh/istiod/lines has no line $ISTIO_LINE" >&2
        exit 2
    fi
    GO_FLAGS+=" -modfile=$requirements.mod -tags=istio_${ISTIO_LINE//./_}"
fi

# A build is keyed by all that goes into it, so that branches and versions can share the folder.
key() { cat "$@" | sha256sum | cut -c1-16; }
ISTIOD=$cache/istiod-$(key "$here/istiod/$requirements".{mod,sum} "$here"/istiod/*.go "$here"/istiod/*/*.go <(go env GOVERSION GOARCH) <(echo "$GO_FLAGS"))
VENV=$cache/venv-$(key "$here/requirements.txt" <(python3 -VV))
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

# Istio's code; Go keeps its own cache of the packages.
if [ ! -x "$ISTIOD" ]; then
    # Compilers collect less garbage: a third less time, for some hundred megabytes more.
    # shellcheck disable=SC2086
    (cd "$here/istiod" && GOGC=400 go build $GO_FLAGS -o "$ISTIOD.new" .)
    mv "$ISTIOD.new" "$ISTIOD"
fi

# Envoy and the lab's Python, by hash.
if [ ! -e "$VENV/complete" ]; then
    rm -rf "$VENV"
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --require-hashes -r "$here/requirements.txt"
    touch "$VENV/complete"
fi
touch "$ISTIOD" "$VENV"
# What no run has used for a month.
find "$cache" -mindepth 1 -maxdepth 1 -name '*-*' -mtime +30 -exec rm -rf {} +
# shellcheck disable=SC2086
MODULE=$(cd "$here/istiod" && go list $GO_FLAGS -m -f '{{.Dir}}' istio.io/istio)
for name in ISTIOD VENV GO_FLAGS MODULE; do printf '%s=%q\n' "$name" "${!name}"; done
