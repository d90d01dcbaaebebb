"""Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api."""

from __future__ import annotations

from ._native import answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Optional, Tuple, Union

    from ._sources import Sources
    from ._types import (
        AboutResponse,
        AccessLog,
        CheckResponse,
        CompileResponse,
        ConvertResponse,
        DiffFormat,
        DiffResponse,
        ExplainResponse,
        Format,
        PolicyKind,
        PositionEncoding,
        Query,
        QueryClient,
        ReachFilter,
        ReachFormat,
        ReachResponse,
        Rendering,
        ReplayFormat,
        ReplayResponse,
        SchemaKind,
        SchemaResponse,
        TestFormat,
        TestResponse,
        TraceFormat,
        TraceResponse,
    )

__all__ = ["compile", "check", "trace", "reach", "diff", "test", "replay", "convert", "explain", "schema", "about"]


def compile(
    sources: Sources,
    *,
    format: Optional[Format] = None,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> CompileResponse:
    """Compiles a policy set to the resources that enforce it.

    :param sources: All policies of the mesh, and the documents that describe it.
    :param format: If set, `text` contains the resources in this format.
    :param position_encoding: Units of columns and offsets in the response.
    :param render: If set, `rendered` contains the diagnostics as text.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import CompileResponse

    request = {
        "sources": sources,
        "format": format,
        "positionEncoding": position_encoding,
        "render": render,
    }
    return CompileResponse.from_dict(answer("compile", request))


def check(
    sources: Sources,
    *,
    date: Optional[str] = None,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> CheckResponse:
    """Checks a policy set without compiling it.

    :param sources: All policies of the mesh, the documents that describe it, Istio objects, and a `CheckConfiguration`.
    :param date: The day of today, such as `2027-03-31`, for suppressions, which end, and for `until` of rules. Without it no suppression is followed, and nothing is said about rules whose last day has passed.
    :param position_encoding: Units of columns and offsets in the response.
    :param render: If set, `rendered` contains the diagnostics as text.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import CheckResponse

    request = {
        "sources": sources,
        "date": date,
        "positionEncoding": position_encoding,
        "render": render,
    }
    return CheckResponse.from_dict(answer("check", request))


def trace(
    sources: Sources,
    *,
    access_log: Optional[str] = None,
    ask: Optional[str] = None,
    client: Union[QueryClient, Mapping[str, Any], None] = None,
    format: Optional[TraceFormat] = None,
    position_encoding: PositionEncoding = "utf32",
    query: Union[Query, Mapping[str, Any], None] = None,
    render: Optional[Rendering] = None,
) -> TraceResponse:
    """Evaluates one request, hop by hop.

    :param sources: All policies of the mesh, the documents that describe it, and Istio objects.
    :param access_log: A line of an Envoy access log in Istio's text or JSON format.
    :param ask: The request in one line, for example `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
    :param client: The client whose sidecar wrote `accessLog`; if absent, egressc tries every client that the policies name.
    :param format: If set, `text` contains the result in this format.
    :param position_encoding: Units of columns and offsets in the response.
    :param query: The request.
    :param render: If set, `rendered` contains the diagnostics as text.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import TraceResponse

    request = {
        "sources": sources,
        "accessLog": access_log,
        "ask": ask,
        "client": client.to_dict() if hasattr(client, "to_dict") else client,
        "format": format,
        "positionEncoding": position_encoding,
        "query": query.to_dict() if hasattr(query, "to_dict") else query,
        "render": render,
    }
    return TraceResponse.from_dict(answer("trace", request))


def reach(
    sources: Sources,
    *,
    date: Optional[str] = None,
    filter: Union[ReachFilter, Mapping[str, Any], None] = None,
    format: Optional[ReachFormat] = None,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
    title: Optional[str] = None,
) -> ReachResponse:
    """Lists which clients can reach which hosts.

    :param sources: All policies of the mesh, the documents that describe it, and Istio objects.
    :param date: Date that the formats `html` and `svg` show, such as `2027-03-31`. Without it they show none.
    :param filter: Which rows the response contains; without it, all of them.
    :param format: If set, `text` contains the result in this format.
    :param position_encoding: Units of columns and offsets in the response.
    :param render: If set, `rendered` contains the diagnostics as text.
    :param title: Title of the formats `html` and `svg`.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import ReachResponse

    request = {
        "sources": sources,
        "date": date,
        "filter": filter.to_dict() if hasattr(filter, "to_dict") else filter,
        "format": format,
        "positionEncoding": position_encoding,
        "render": render,
        "title": title,
    }
    return ReachResponse.from_dict(answer("reach", request))


def diff(
    before: Sources,
    after: Sources,
    *,
    format: Optional[DiffFormat] = None,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> DiffResponse:
    """Lists which flows a change opens, closes and reroutes, and in which order to apply it.

    :param before: The mesh before the change: all policies, the documents that describe it, and Istio objects.
    :param after: The mesh after the change.
    :param format: If set, `text` contains the result in this format.
    :param position_encoding: Units of columns and offsets in the response.
    :param render: If set, `rendered` contains the diagnostics as text.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import DiffResponse

    request = {
        "before": before,
        "after": after,
        "format": format,
        "positionEncoding": position_encoding,
        "render": render,
    }
    return DiffResponse.from_dict(answer("diff", request))


def test(
    sources: Sources,
    *,
    format: Optional[TestFormat] = None,
    mutations: bool = False,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> TestResponse:
    """Runs the expectations in the sources, and lists what no expectation covers.

    :param sources: All policies of the mesh, the documents that describe it, Istio objects, and `EgressExpectations`.
    :param format: If set, `text` contains the result in this format.
    :param mutations: Whether to make small changes to the policies, and to list those that no expectation notices.
    :param position_encoding: Units of columns and offsets in the response.
    :param render: If set, `rendered` contains the diagnostics as text.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import TestResponse

    request = {
        "sources": sources,
        "format": format,
        "mutations": mutations,
        "positionEncoding": position_encoding,
        "render": render,
    }
    return TestResponse.from_dict(answer("test", request))


def replay(
    sources: Sources,
    logs: Tuple[AccessLog, ...],
    *,
    examples: Optional[int] = None,
    format: Optional[ReplayFormat] = None,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> ReplayResponse:
    """Compares the verdicts with the lines of access logs.

    :param sources: All policies of the mesh, the documents that describe it, and Istio objects.
    :param logs: The access logs.
    :param examples: The largest number of lines in `rows` for each result; the default is 5.
    :param format: If set, `text` contains the result in this format.
    :param position_encoding: Units of columns and offsets in the response.
    :param render: If set, `rendered` contains the diagnostics as text.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import ReplayResponse

    request = {
        "sources": sources,
        "logs": logs,
        "examples": examples,
        "format": format,
        "positionEncoding": position_encoding,
        "render": render,
    }
    return ReplayResponse.from_dict(answer("replay", request))


def convert(
    sources: Sources,
    to: PolicyKind,
    *,
    position_encoding: PositionEncoding = "utf32",
    render: Optional[Rendering] = None,
) -> ConvertResponse:
    """Makes policies of one kind policies of another.

    :param sources: The sources with policies.
    :param to: The kind that the policies get.
    :param position_encoding: The units of columns and offsets.
    :param render: How the diagnostics are rendered as text; null or absent: they are not.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import ConvertResponse

    request = {
        "sources": sources,
        "to": to,
        "positionEncoding": position_encoding,
        "render": render,
    }
    return ConvertResponse.from_dict(answer("convert", request))


def explain(
    code: str,
) -> ExplainResponse:
    """Returns the meaning of a diagnostic code.

    :param code: A code such as `EGR0421`, or its slug, in upper or lower case; or a named set such as `@git-clone/1`.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import ExplainResponse

    request = {
        "code": code,
    }
    return ExplainResponse.from_dict(answer("explain", request))


def schema(
    kind: SchemaKind,
) -> SchemaResponse:
    """Returns the JSON Schema of a kind, for editors.

    :param kind: The kind.
    :raises UsageError: if the request is invalid, whatever the policies are
    """
    from ._types import SchemaResponse

    request = {
        "kind": kind,
    }
    return SchemaResponse.from_dict(answer("schema", request))


def about() -> AboutResponse:
    """Describes this library."""
    from ._types import AboutResponse

    return AboutResponse.from_dict(answer("about", {}))
