#!/usr/bin/env bash
# The long comparisons of `outcome` with Istio, and the figures of docs/agreement.md: tests/mesh/agreement.sh
# Twenty minutes on two cores. A run of `make test-mesh` has samples of all of them. With ISTIO_LINE the figures of another release
# line are written, from as many configurations as SWEEP and GOLDEN say.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=$("$here/tools.sh")
eval "$tools"
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
rm "$rows"
running=()
export PYTHONPATH=$here
"$here/run.sh" --quiet --drawn "${DRAWN:-120}" --figures "$rows"
# In as many parts as there are processors; each adds to the same rows.
parts=$(nproc)
for part in $(seq "$parts"); do
    "$VENV/bin/python" -B -m lab.sweep --istiod "$ISTIOD" --seed 3 --configurations "${SWEEP:-3200}" --part "$part/$parts" --figures "$rows" &
    running+=($!)
done
for process in "${running[@]}"; do wait "$process"; done
running=()
for part in $(seq "$parts"); do
    "$VENV/bin/python" -B -m lab.golden --istiod "$ISTIOD" --module "$MODULE" --seed 5 --configurations "${GOLDEN:-4000}" --part "$part/$parts" --figures "$rows" &
    running+=($!)
done
for process in "${running[@]}"; do wait "$process"; done
python3 - "$rows" "$here/agreement${ISTIO_LINE:+-$ISTIO_LINE}.json" "$(basename "$MODULE")" <<'PYTHON'
import datetime, json, sys
rows, file, module = sys.argv[1:]
recorded = {"date": datetime.date.today().isoformat(), "istio": module.partition("@")[2], "rows": json.load(open(rows))}
json.dump(recorded, open(file, "w"), indent=1)
PYTHON
python3 "$here/page.py"
