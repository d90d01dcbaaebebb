"""The cases that every runtime answers, and how their expectations are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator, NamedTuple

ROOT = Path(__file__).parents[2] / "tests" / "cases"


class Case(NamedTuple):
    folder: Path
    call: str
    request: dict[str, Any]


def cases() -> Iterator[Case]:
    for path in sorted(ROOT.glob("*/*/case.json")):
        written = json.loads(path.read_text("utf-8"))
        for sources in ("sources", "before", "after"):
            for source in written["request"].get(sources, []):
                if "file" in source:
                    source["text"] = (path.parent / source.pop("file")).read_text("utf-8")
        yield Case(path.parent, written["call"], written["request"])


def canonical(answer: Any) -> str:
    return json.dumps(answer, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
