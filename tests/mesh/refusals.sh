#!/usr/bin/env bash
# Generated objects: what egressc refuses, and what Istio's own validation and the schemas of its CRDs refuse.
# tests/mesh/refusals.sh ISTIOD                 the recorded objects
# tests/mesh/refusals.sh ISTIOD SEED COUNT      others
# tests/mesh/refusals.sh ISTIOD record          records Istio's answers anew, for the test that needs no Go
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
istiod=$1
shift
refusals=${EGRESSC_REFUSALS:-$here/../../target/debug/refusals}
verb=compare
if [ "${1-}" = record ]; then verb=record; shift; fi
# In the module's folder, which is where Istio's CRDs are found from.
"$refusals" objects "$@" | (cd "$here/istiod" && "$istiod" refuses) | "$refusals" "$verb" "$@"
