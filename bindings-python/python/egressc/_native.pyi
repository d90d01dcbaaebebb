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
    TestFormat,
    TestResponse,
    TraceFormat,
    TraceResponse,
)

__all__ = ["UsageError", "about", "check", "compile", "diff", "explain", "reach", "schema", "test", "trace"]

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

def trace(
    sources: Iterable[_Source],
    *,
    query: Optional[Mapping[str, Any]] = None,
    ask: Optional[str] = None,
    access_log: Optional[str] = None,
    client: Optional[Mapping[str, Any]] = None,
    position_encoding: PositionEncoding = "utf32",
    format: Optional[TraceFormat] = None,
    render: Optional[Rendering] = None,
) -> TraceResponse:
    """Says what becomes of one request, hop by hop."""

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

def test(
    sources: Iterable[_Source],
    *,
    mutations: bool = False,
    position_encoding: PositionEncoding = "utf32",
    format: Optional[TestFormat] = None,
    render: Optional[Rendering] = None,
) -> TestResponse:
    """Runs the expectations among the sources, and says what none of them would notice."""

def explain(code: str) -> ExplainResponse:
    """Says what a diagnostic means."""

def schema(kind: SchemaKind) -> SchemaResponse:
    """Gives a kind's JSON Schema, for editors."""

def about() -> AboutResponse:
    """Says what this library is."""
