from typing import Any, Iterable, Mapping, Optional, Tuple, TypedDict, Union

from ._types import (
    AboutResponse,
    CheckResponse,
    CompileResponse,
    DiffFormat,
    DiffResponse,
    ExplainResponse,
    Format,
    PositionEncoding,
    ReachFormat,
    ReachResponse,
    Rendering,
    SchemaKind,
    SchemaResponse,
)

__all__ = ["UsageError", "about", "check", "compile", "diff", "explain", "reach", "schema"]

class _Named(TypedDict):
    name: str

class _Text(_Named):
    text: Union[str, bytes, bytearray]

class _Value(_Named):
    value: Any

_Source = Union[_Text, _Value, Tuple[str, Union[str, bytes, bytearray, Mapping[str, Any], "list[Any]"]]]

class UsageError(ValueError):
    """A call that is wrong in itself, whatever the policies are."""

def compile(
    sources: Iterable[_Source],
    *,
    position_encoding: PositionEncoding = "utf32",
    format: Optional[Format] = None,
    render: Optional[Rendering] = None,
) -> CompileResponse:
    """Compiles a policy set to the resources that enforce it."""

def check(
    sources: Iterable[_Source],
    *,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> CheckResponse:
    """Checks a policy set without compiling it."""

def reach(
    sources: Iterable[_Source],
    *,
    position_encoding: PositionEncoding = "utf32",
    format: Optional[ReachFormat] = None,
    render: Optional[Rendering] = None,
) -> ReachResponse:
    """Says who can reach what."""

def diff(
    before: Iterable[_Source],
    after: Iterable[_Source],
    *,
    position_encoding: PositionEncoding = "utf32",
    format: Optional[DiffFormat] = None,
    render: Optional[Rendering] = None,
) -> DiffResponse:
    """Says what a change opens, closes and reroutes, and in which order to apply it."""

def explain(code: str) -> ExplainResponse:
    """Says what a diagnostic means."""

def schema(kind: SchemaKind) -> SchemaResponse:
    """Gives a kind's JSON Schema, for editors."""

def about() -> AboutResponse:
    """Says what this library is."""
