"""Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api."""

from __future__ import annotations

from typing import Any, List, Literal, Optional, TypedDict


Format = Literal["yaml", "json"]
"""How resources are written as text.

- `yaml`: A YAML stream.
- `json`: A JSON `List`.
"""


PositionEncoding = Literal["utf8", "utf16", "utf32"]
"""In which units columns and offsets are counted.

A caller asks for the unit its own strings are indexed in, so that it can slice them.

- `utf8`: Bytes: Rust, Go, and the command line's JSON.
- `utf16`: UTF-16 code units: JavaScript, Java, and editors.
- `utf32`: Code points: Python and Ruby.
"""


Rendering = Literal["plain", "coloured"]
"""How diagnostics are rendered as text.

- `plain`: Without colour.
- `coloured`: With terminal colours.
"""


SchemaKind = Literal["policy", "environment"]
"""A kind that has a schema.

- `policy`: `ASMEgressTrafficPolicy`.
- `environment`: `MeshEnvironment`.
"""


class AboutResponse(TypedDict):
    """What this library is."""

    name: str
    """`egressc`."""

    version: str
    """Its version."""

    calls: List[str]
    """The calls that it answers."""


class CheckResponse(TypedDict):
    """Whether a policy set is right."""

    ok: bool
    """Whether it would compile."""

    gatewayPorts: List[GatewayPortRow]
    """The gateway port of each destination."""

    diagnostics: List[Diagnostic]
    """What there is to say, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""


class CompileResponse(TypedDict):
    """The resources of a policy set."""

    ok: bool
    """Whether it compiled; if not, `resources` is empty."""

    resources: List[Any]
    """The resources, in the order in which they are best applied."""

    origins: List[ResourceOrigins]
    """For each resource, in the same order, what it was made for."""

    gatewayPorts: List[GatewayPortRow]
    """The gateway port of each destination."""

    diagnostics: List[Diagnostic]
    """What there is to say, in reading order."""

    text: Optional[str]
    """The resources as text, when asked for."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""


class Diagnostic(TypedDict):
    """One thing to say."""

    code: str
    """The rule: `EGR` and four digits."""

    slug: str
    """The rule for people."""

    severity: Severity
    """How bad it is."""

    message: str
    """What is wrong."""

    labels: List[Place]
    """Where; the first is the place to look at."""

    notes: List[str]
    """Why it matters here."""

    help: Optional[str]
    """What to do."""

    fix: Optional[Fix]
    """An edit that does it."""


class ExplainResponse(TypedDict):
    """What a diagnostic means."""

    code: str
    """The rule: `EGR` and four digits."""

    slug: str
    """The rule for people."""

    severity: Severity
    """How bad a hit is."""

    summary: str
    """The rule in one line."""

    page: str
    """Its page, in Markdown."""


class Fix(TypedDict):
    """An edit: one place, one new text."""

    title: str
    """What it does."""

    place: Place
    """What to replace."""

    replacement: str
    """With what."""


class GatewayPortRow(TypedDict):
    """Where at the gateway a destination enters."""

    host: str
    """The external host."""

    port: int
    """The port that clients dial."""

    gateway: str
    """The gateway."""

    gatewayPort: int
    """The port of its Service."""

    allocated: bool
    """Whether egressc chose it because the policy names none."""


class OriginRow(TypedDict):
    """A `to` item of a policy."""

    policy: str
    """The policy, as `namespace/name`."""

    rule: str
    """Names of the rule and the item."""

    place: Place
    """Where it stands."""


class Place(TypedDict):
    """A place in a source."""

    source: str
    """Name of the source."""

    path: Optional[str]
    """The field, as `spec.egressRules[0].to[0]`; null outside of documents."""

    start: Position
    """First character."""

    end: Position
    """One past the last character."""

    message: str
    """A few words for this place; empty when the message says it all."""


class Position(TypedDict):
    """One place in a text, for people and editors."""

    line: int
    """Line, counted from 1."""

    column: int
    """Column in the line, counted from 1, in the units asked for."""

    offset: int
    """Offset in the text, counted from 0, in the units asked for."""


class ResourceOrigins(TypedDict):
    """What one resource was made for."""

    kind: str
    """Kind of the resource."""

    namespace: str
    """Namespace of the resource."""

    name: str
    """Name of the resource."""

    origins: List[OriginRow]
    """The `to` items."""


class SchemaResponse(TypedDict):
    """A kind's JSON Schema."""

    schema: Any
    """The schema, draft 2020-12."""


Severity = Literal["error", "warning", "note"]
"""How bad it is.

- `error`: Nothing is compiled.
- `warning`: It compiles, and something is probably not as meant.
- `note`: Worth knowing: what was assumed, what was left out.
"""


__all__ = [
    "Format",
    "PositionEncoding",
    "Rendering",
    "SchemaKind",
    "AboutResponse",
    "CheckResponse",
    "CompileResponse",
    "Diagnostic",
    "ExplainResponse",
    "Fix",
    "GatewayPortRow",
    "OriginRow",
    "Place",
    "Position",
    "ResourceOrigins",
    "SchemaResponse",
    "Severity",
]
