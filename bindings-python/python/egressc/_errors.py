"""Diagnostics as an exception, for callers that prefer one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    from ._types import Diagnostic


class PolicyError(Exception):
    """The policies are refused; ``diagnostics`` contains all diagnostics, also warnings."""

    diagnostics: Tuple[Diagnostic, ...]

    def __init__(self, diagnostics: Tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        errors = [str(diagnostic) for diagnostic in self.diagnostics if diagnostic.severity == "error"]
        return "\n".join(errors) or "the policies are refused"
