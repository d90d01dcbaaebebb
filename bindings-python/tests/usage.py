"""Read by `mypy --strict` against the installed package, and run: what the types promise, and what they refuse."""

from typing import Optional

import egressc
from egressc import CompileResponse, Severity

policy = {"apiVersion": "v1", "kind": "Service"}
answer: CompileResponse = egressc.compile(
    [("policy.yaml", b"kind: x"), ("mesh", policy), {"name": "m", "text": "kind: y"}, {"name": "v", "value": [policy]}],
    format="yaml",
    render="plain",
    position_encoding="utf32",
)
text: Optional[str] = answer["text"]
for diagnostic in egressc.check([])["diagnostics"]:
    severity: Severity = diagnostic["severity"]
    columns: "list[int]" = [label["start"]["column"] for label in diagnostic["labels"]]
    fix = diagnostic["fix"]
    replacement: Optional[str] = fix["replacement"] if fix else None
page: str = egressc.explain("EGR0422")["page"]
title = egressc.schema("policy")["schema"]["title"]
version: str = egressc.about()["version"]

try:
    egressc.compile([], format="xml")  # type: ignore[arg-type]
except egressc.UsageError:
    pass
try:
    egressc.check([{"name": "x", "txt": ""}])  # type: ignore[list-item]
except egressc.UsageError:
    pass
try:
    egressc.schema("Service")  # type: ignore[arg-type]
except egressc.UsageError:
    pass
