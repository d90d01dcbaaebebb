"""What a run has compared, as data: docs/agreement.md is made of it (page.py)."""
import fcntl
import json
import re
from collections import Counter
from pathlib import Path


def row(what, command, requests, equal, unknown, different, reasons, configurations=None):
    """One comparison; `reasons` counts why the evaluator did not know."""
    counted = Counter()
    for reason, count in reasons.items():
        counted[without_names(reason)] += count
    return {"what": what, "command": command, "configurations": configurations, "requests": requests, "equal": equal,
            "unknown": unknown, "different": different, "reasons": counted.most_common()}


def without_names(reason):
    return re.sub(r"`[^`]*`", "`_`", reason)


def record(path, rows):
    """Puts rows into a file. What several processes have compared in parts is one row there."""
    if path is None:
        return
    Path(path).touch()
    with open(path, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = {each["what"]: each for each in json.loads(file.read() or "[]")}
        for each in rows:
            known[each["what"]] = together(known[each["what"]], each) if each["what"] in known else each
        file.seek(0)
        file.write(json.dumps([known[what] for what in sorted(known)], indent=1) + "\n")
        file.truncate()


def together(one, other):
    made = one | {key: one[key] + other[key] for key in ("configurations", "requests", "equal", "unknown", "different") if one[key] is not None}
    return made | {"reasons": (Counter(dict(one["reasons"])) + Counter(dict(other["reasons"]))).most_common()}


def part(options):
    """The numbers of the configurations that are for this process: `--part 2/4` is the second of four."""
    at, of = map(int, options.part.split("/"))
    return range(at - 1, options.configurations, of)
