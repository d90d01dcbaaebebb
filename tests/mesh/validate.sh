#!/usr/bin/env bash
# Istio's own validation, analyzers and CRD schemas over what the examples compile to: tests/mesh/validate.sh ISTIOD
# An error fails; the warnings that are expected are explained in README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
istiod=$1
compiler=${EGRESSC:-$here/../../target/debug/egressc}
expected='"code":"(VALIDATE|IST0134)","severity":"warning".*addresses are required'

# Those with a policy of their own; the others are programs that use them.
for policy in "$here"/../../examples/*/policy.yaml; do
    example=$(dirname "$policy")
    name=$(basename "$example")
    resources=$("$compiler" compile "$example" 2>/dev/null)
    # In the module's folder, which is where Istio's CRDs are found from.
    findings=$(cd "$here/istiod" && "$istiod" validate -context "$here/context.yaml" <<<"$resources") ||
        { echo "Istio refuses what examples/$name compiles to:" >&2; echo "$findings" >&2; exit 1; }
    if unexpected=$(grep -vE "$expected" <<<"$findings" | grep .); then
        echo "Istio warns about what examples/$name compiles to:" >&2; echo "$unexpected" >&2; exit 1
    fi
    echo "examples/$name: $(grep -c '^kind:' <<<"$resources") resources taken by Istio's validation, analyzers and schemas"
done
