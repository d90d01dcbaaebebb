"""Methods of responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Tuple, TypeVar

from ._errors import PolicyError

# For type checkers alone: the generated classes of `_types` inherit from those below, and name their fields more
# precisely than a Protocol here could. When the package runs, this module imports nothing of `_types`.
if TYPE_CHECKING:
    from ._types import Diagnostic, Place, Position, Severity

_J = TypeVar("_J", bound="Judged")


class Judged:
    """A response that can be a refusal."""

    ok: bool
    diagnostics: Tuple[Diagnostic, ...]

    def raise_for_errors(self: _J) -> _J:
        """Returns itself, unless the policies are refused.

        :raises PolicyError: when they are; it carries the diagnostics
        """
        if not self.ok:
            raise PolicyError(self.diagnostics)
        return self


class Said:
    """A diagnostic. Its text has the form of compiler messages, so that editors and terminals find the place."""

    code: str
    severity: Severity
    message: str
    labels: Tuple[Place, ...]
    help: Optional[str]

    def __str__(self) -> str:
        place = f"{self.labels[0]}: " if self.labels else ""
        text = f"{place}{self.severity}[{self.code}]: {self.message}"
        return f"{text}\n  help: {self.help}" if self.help else text


class Located:
    """A place. Its text is ``source:line:column``."""

    source: str
    start: Position

    def __str__(self) -> str:
        return f"{_printable(self.source)}:{self.start.line}:{self.start.column}"


def _printable(name: str) -> str:
    # A file's name may come from a stranger, and must not steer a terminal.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)
