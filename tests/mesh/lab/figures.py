"""What a run has compared, as data: docs/agreement.md is made of it (page.py)."""
import json
from pathlib import Path

REASONS = 15


def row(what, command, requests, equal, unknown, different, reasons, configurations=None):
    """One comparison; `reasons` counts why the evaluator did not know."""
    return {"what": what, "command": command, "configurations": configurations, "requests": requests, "equal": equal,
            "unknown": unknown, "different": different, "reasons": reasons.most_common(REASONS)}


def record(path, rows):
    """Puts rows into a file, each in the place of the one with the same name."""
    if path is None:
        return
    file = Path(path)
    known = {each["what"]: each for each in json.loads(file.read_text())} if file.exists() else {}
    known |= {each["what"]: each for each in rows}
    file.write_text(json.dumps([known[what] for what in sorted(known)], indent=1) + "\n")
