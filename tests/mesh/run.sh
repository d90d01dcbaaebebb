#!/usr/bin/env bash
# Runs compiled policies on Istio's own control-plane code and real Envoys: tests/mesh/run.sh [CASES] [options of the lab]
# Environment: EGRESSC, EGRESSC_OUTCOMES, EGRESSC_OWN_SETS, EGRESSC_REFUSALS, EGRESSC_CONVERSIONS (the compiler, its evaluator, the generators of own
# objects and of refused ones, and the comparison of conversions;
# default in target/debug); tools.sh has the rest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
tools=$("$here/tools.sh")
eval "$tools"

# Somebody else's cases have their own names; our mutants are about ours.
if [ $# = 0 ] || [ "${1#-}" != "$1" ]; then
    # shellcheck disable=SC2086
    (cd "$here/istiod" && go test -vet=off $GO_FLAGS ./...)
    # shellcheck disable=SC2086
    python3 -B "$here/vet.py" "$here/istiod" $GO_FLAGS
    "$here/validate.sh" "$ISTIOD"
    # The recorded answers are those of the pinned line.
    [ "${ISTIO_LINE:-1.30}" != 1.30 ] || "$here/refusals.sh" "$ISTIOD"
    "$here/conversions.sh" "$MODULE"
    # The recorded tables are those of the pinned line, too.
    [ "${ISTIO_LINE:-1.30}" != 1.30 ] || PYTHONPATH=$here "$VENV/bin/python" -B "$here/beside_analyze.py" "$ISTIOD" "$MODULE" --check
    python3 -B "$here/samples.py" "$MODULE"
    python3 -B "$here/page.py" --check
    set -- "$here/cases" --mutants "$here/mutants" --sweep 400 --planted --golden 60 --module "$MODULE" --own-sets 12 --drawn 8 "$@"
fi
PYTHONPATH=$here exec "$VENV/bin/python" -B -m lab --istiod "$ISTIOD" "$@"
