#!/usr/bin/env bash
# What egressc makes of the Gateway API, against the golden files of Istio's own conversion: tests/mesh/conversions.sh [MODULE]
# They are read from the Go module whose code the lab runs, and are no part of this repository.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
conversions=${EGRESSC_CONVERSIONS:-$here/../../target/debug/conversions}
module=${1:-$(cd "$here/istiod" && go list -m -f '{{.Dir}}' istio.io/istio)}
"$conversions" "$module/pilot/pkg/config/kube/gateway/testdata"
