"""Read by `mypy --strict` and pyright against the installed package, and run: what the types promise, and refuse."""

from pathlib import Path
from typing import Optional, Tuple

import egressc
from egressc import CompileResponse, Severity, Sources

service = {"apiVersion": "v1", "kind": "Service"}
ways: "list[Sources]" = [
    [("policy.yaml", b"kind: x"), (Path("mesh"), service), {"name": "m", "text": "kind: y"}, {"name": "v", "value": [service]}],
    {"policy.yaml": "kind: x", "mesh.yaml": b"kind: y"},
    "kind: x",
    service,
]
for way in ways:
    answer: CompileResponse = egressc.compile(way, format="yaml", render="plain", position_encoding="utf32")
    text: Optional[str] = answer.text
for diagnostic in egressc.check([]).diagnostics:
    severity: Severity = diagnostic.severity
    columns: "list[int]" = [label.start.column for label in diagnostic.labels]
    replacement: Optional[str] = diagnostic.fix.replacement if diagnostic.fix else None
page: str = egressc.explain("EGR0422").page
title = egressc.schema("policy").schema["title"]
version: str = egressc.about().version
status: int = egressc.run(["explain", "EGR0422"])

try:
    egressc.check({"policy.yaml": "kind: [}"}).raise_for_errors()
except egressc.PolicyError as error:
    diagnostics: Tuple[egressc.Diagnostic, ...] = error.diagnostics
try:
    egressc.compile([], format="xml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
except egressc.UsageError:
    pass
try:
    egressc.check(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
except egressc.UsageError:
    pass
try:
    egressc.schema("Service")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
except egressc.UsageError:
    pass
