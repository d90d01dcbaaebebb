"""Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict


ClientPath = Literal["sidecar", "direct", "none"]
"""How a client's traffic leaves its pod.

- `sidecar`: Through its sidecar.
- `direct`: To a gateway with its own mesh certificate, past its sidecar's routes.
- `none`: Without a sidecar.
"""


DiffFormat = Literal["text", "markdown"]
"""How a difference is written as text.

- `text`: For a terminal.
- `markdown`: For a pull request.
"""


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


ReachFormat = Literal["table", "csv", "mermaid", "dot"]
"""How flows are written as text.

- `table`: Aligned columns.
- `csv`: Comma-separated values (RFC 4180).
- `mermaid`: A Mermaid flowchart.
- `dot`: A Graphviz graph.
"""


Rendering = Literal["plain", "coloured"]
"""How diagnostics are rendered as text.

- `plain`: Without colour.
- `coloured`: With terminal colours.
"""


SchemaKind = Literal["policy", "environment", "expectations"]
"""A kind that has a schema.

- `policy`: `ASMEgressTrafficPolicy`.
- `environment`: `MeshEnvironment`.
- `expectations`: `EgressExpectations`.
"""


Scheme = Literal["http", "https", "grpc", "tls", "tcp"]
"""What a client speaks.

- `http`: HTTP/1.1 in plain text.
- `https`: HTTP inside TLS.
- `grpc`: HTTP/2 in plain text.
- `tls`: Anything inside TLS.
- `tcp`: Any bytes that are neither HTTP nor TLS.
"""


TestFormat = Literal["text"]
"""How results are written as text.

- `text`: For a terminal.
"""


TraceFormat = Literal["text", "mermaid"]
"""How a trace is written as text.

- `text`: A story, hop by hop.
- `mermaid`: A Mermaid sequence diagram.
"""


class AboutResponse(TypedDict):
    """What this library is."""

    name: str
    """`egressc`."""

    version: str
    """Its version."""

    calls: List[str]
    """The calls that it answers."""


ApplyAction = Literal["apply", "delete"]
"""What a step does.

- `apply`: Creates it, or changes it in place.
- `delete`: Deletes it.
"""


class ApplyStep(TypedDict):
    """One step of applying a change."""

    action: ApplyAction
    """What to do."""

    kind: str
    """Kind of the object."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    transitional: Any
    """What to apply at this step, when it is not yet the object that the new policies compile to."""

    reason: str
    """Why here."""


class Change(TypedDict):
    """A flow that fares otherwise than before."""

    kind: ChangeKind
    """What kind of change it is."""

    message: str
    """The change in a sentence: the witness request, and how it fared and fares."""

    before: Optional[Flow]
    """How it fared; null when nothing was known of such a flow."""

    after: Optional[Flow]
    """How it fares; null when nothing is known of such a flow any more."""

    place: Optional[Place]
    """The line that did it."""

    untouched: bool
    """Whether no document that names the client's namespace was changed."""


ChangeKind = Literal["gained", "widened", "unknown", "weakened", "rerouted", "lost", "narrowed", "strengthened"]
"""What a change does to a flow.

- `gained`: It was blocked and reaches something now.
- `widened`: A gateway admits a caller that it refused.
- `unknown`: It cannot be known what comes of it now.
- `weakened`: It travels with less encryption than before.
- `rerouted`: It takes another way, or ends elsewhere.
- `lost`: It reached something and is blocked now.
- `narrowed`: A gateway refuses a caller that it admitted.
- `strengthened`: It travels with more encryption than before.
"""


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


class Decision(TypedDict):
    """An object that decided something."""

    kind: str
    """Its kind."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    span: Optional[Place]
    """Where it stands; of what was compiled, the `to` item that it was made for."""

    policy: Optional[str]
    """The policy that it was made for, as `namespace/name`."""

    rule: Optional[str]
    """The rule that it was made for."""


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


class DiffResponse(TypedDict):
    """What a change opens, closes and reroutes."""

    ok: bool
    """Whether both sides could be asked; if not, `diagnostics` say why."""

    changes: List[Change]
    """Each flow that fares otherwise than before, the dangerous first."""

    widened: bool
    """Whether the change opens anything, weakens encryption, or leaves that unknown."""

    affectedNamespaces: List[str]
    """Namespaces of clients that fare otherwise although no document that names them was changed;
`*` stands for all that are not named."""

    order: List[ApplyStep]
    """How to apply the change so that no flow that survives it is interrupted, and none is open in between."""

    text: Optional[str]
    """The difference as text, when asked for."""

    diagnostics: List[Diagnostic]
    """What there is to say about the sources, first those before the change."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""


Encryption = Literal["plain", "mtls", "tls", "tls-in-mtls"]
"""How bytes travel.

- `plain`: As they are.
- `mtls`: Inside Istio's mutual TLS.
- `tls`: Inside the client's own or the gateway's TLS.
- `tls-in-mtls`: The client's own TLS inside Istio's mutual TLS.
"""


class ExpectationRow(TypedDict):
    """One expectation."""

    expected: ExpectedVerdict
    """What is expected."""

    query: Query
    """The request."""

    verdict: Verdict
    """What comes of it."""

    passed: bool
    """Whether that is as expected."""

    message: str
    """The same in a sentence."""

    place: Place
    """The URL."""


ExpectedVerdict = Literal["allow", "deny"]
"""What is expected of a request.

- `allow`: It arrives.
- `deny`: It arrives nowhere.
"""


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


class Flow(TypedDict):
    """One kind of client and one destination: how its requests fare."""

    from: FlowClient
    """Who asks."""

    to: FlowTarget
    """What for."""

    verdict: Verdict
    """What comes of it."""

    declared: bool
    """Whether a policy allows it."""

    bypass: bool
    """Whether it reaches a host past every gateway."""

    gateway: Optional[str]
    """The gateway that it crosses."""

    gatewayPort: Optional[int]
    """The port of the gateway's Service."""

    toGateway: Optional[Encryption]
    """How the bytes travel to the gateway."""

    toHost: Optional[Encryption]
    """How the bytes travel to the host."""

    reached: Optional[Reached]
    """Where it arrives."""

    status: Optional[int]
    """The HTTP status of the proxy that answers it."""

    responseFlags: Optional[str]
    """Envoy's response flags."""

    policy: Optional[str]
    """The policy that declares it, as `namespace/name`."""

    rule: Optional[str]
    """The rule that declares it."""

    place: Optional[Place]
    """The declaration, or the object that lets it through."""

    unknown: List[str]
    """Why it cannot be known; empty unless it is."""


class FlowClient(TypedDict):
    """A kind of client."""

    namespace: Optional[str]
    """Its namespace; null stands for all that are not named."""

    labels: Dict[str, str]
    """Labels of its pods; empty stands for all that have none of the named ones."""

    serviceAccount: Optional[str]
    """Its service account; null when it is not known."""

    path: ClientPath
    """How its traffic leaves the pod."""

    description: str
    """The same as a person would say it."""


class FlowTarget(TypedDict):
    """A destination."""

    scheme: Scheme
    """What the client speaks."""

    host: str
    """The host that it dials."""

    port: int
    """The port that it dials."""


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


class Hop(TypedDict):
    """One proxy on the way, or the end of it."""

    at: Stop
    """Where."""

    listener: Optional[str]
    """Envoy's listener."""

    chain: Optional[str]
    """Envoy's filter chain."""

    route: Optional[str]
    """Envoy's route."""

    cluster: Optional[str]
    """Envoy's cluster."""

    encryption: Optional[Encryption]
    """How the bytes leave this hop."""

    decidedBy: List[int]
    """Indices into `decidedBy`."""


class MutantRow(TypedDict):
    """A small change of the policies."""

    description: str
    """What was changed."""

    noticed: bool
    """Whether some expectation fares otherwise, or the changed policies are refused."""

    place: Place
    """Where."""


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


class Query(TypedDict):
    """One request: who asks, and for what."""

    from: QueryClient
    """Who asks."""

    to: QueryTarget
    """What for."""


class QueryClient(TypedDict):
    """A workload that asks."""

    namespace: str
    """Its namespace."""

    labels: Dict[str, str]
    """Labels of its pods."""

    serviceAccount: Optional[str]
    """Its service account; null when it is not known."""

    path: ClientPath
    """How its traffic leaves the pod."""

    gateway: Optional[str]
    """The gateway that it calls itself, when `path` is `direct`; found by the host when it is left out."""

    outerSni: Optional[str]
    """The server name of the mutual TLS in which it calls the gateway itself; found by the host when it is left out."""


class QueryTarget(TypedDict):
    """What is asked for."""

    scheme: Scheme
    """What the client speaks."""

    host: str
    """The name, or the address, that it dials."""

    port: Optional[int]
    """The port that it dials, and when `path` is `direct` the port of the gateway; by default the scheme's usual one,
which `tcp` has not."""

    sni: Optional[str]
    """TLS: the server name that it sends; null stands for the host, an empty one for none."""

    method: Optional[str]
    """HTTP: the method."""

    path: Optional[str]
    """HTTP: the path."""

    headers: Dict[str, str]
    """HTTP: headers; `host` overrides the name that is dialled."""


class ReachResponse(TypedDict):
    """Who can reach what."""

    ok: bool
    """Whether the sources could be asked; if not, `diagnostics` say why."""

    flows: List[Flow]
    """One row for each group of requests that no object tells apart, blocked ones included."""

    text: Optional[str]
    """The flows as text, when asked for."""

    diagnostics: List[Diagnostic]
    """What there is to say about the sources, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""


class Reached(TypedDict):
    """An external host as a request reaches it."""

    host: str
    """The name that was resolved for it."""

    port: int
    """Its port."""

    tls: bool
    """Whether it is spoken TLS to."""

    sni: Optional[str]
    """The TLS server name that it sees."""


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


Stop = Literal["sidecar", "gateway", "origin"]
"""A place on the way.

- `sidecar`: The client's proxy.
- `gateway`: The egress gateway.
- `origin`: The external host.
"""


class TestResponse(TypedDict):
    """How the expectations fare."""

    ok: bool
    """Whether the sources could be asked; if not, `diagnostics` say why."""

    passed: int
    """How many expectations hold."""

    failed: int
    """How many do not."""

    expectations: List[ExpectationRow]
    """Each expectation, in reading order."""

    uncovered: List[OriginRow]
    """The `to` items that no `allow` expectation reaches."""

    mutants: List[MutantRow]
    """Each change that was tried, when asked for."""

    untried: int
    """Changes that were not tried because there are too many."""

    text: Optional[str]
    """The results as text, when asked for."""

    diagnostics: List[Diagnostic]
    """What there is to say about the sources, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""


class Trace(TypedDict):
    """How a request fares."""

    query: Query
    """The request, with everything filled in."""

    verdict: Verdict
    """What comes of it."""

    status: Optional[int]
    """The HTTP status of the proxy that answers it; null when none does."""

    closed: bool
    """Whether a proxy closes the connection."""

    gateway: Optional[str]
    """The gateway that it crosses."""

    reached: Optional[Reached]
    """Where it arrives."""

    responseFlags: Optional[str]
    """Envoy's response flags, as access logs show them."""

    upstreamCluster: Optional[str]
    """Envoy's cluster of the last proxy, as access logs show it."""

    hops: List[Hop]
    """The proxies that it passes, in order, and the host where it arrives."""

    decidedBy: List[Decision]
    """The objects that decided; hops point into it."""

    unknown: List[str]
    """Why it cannot be known; empty unless it is."""

    notes: List[str]
    """What is worth a word although it works."""


class TraceResponse(TypedDict):
    """What becomes of one request."""

    ok: bool
    """Whether the sources could be asked; if not, `diagnostics` say why."""

    trace: Optional[Trace]
    """How the request fares."""

    declared: Optional[bool]
    """Whether the policies allow it; null when they do not speak of such requests."""

    hint: Optional[str]
    """What would open it, when no policy allows it, or else what is worth a word."""

    text: Optional[str]
    """The trace as text, when asked for."""

    diagnostics: List[Diagnostic]
    """What there is to say about the sources, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""


Verdict = Literal["allowed", "blocked", "diverted", "unknown"]
"""What comes of a request.

- `allowed`: It reaches what it asked for.
- `blocked`: It reaches nothing.
- `diverted`: It reaches something else than it asked for.
- `unknown`: It cannot be known; [`Trace::unknown`] says why.
"""


__all__ = [
    "ClientPath",
    "DiffFormat",
    "Format",
    "PositionEncoding",
    "ReachFormat",
    "Rendering",
    "SchemaKind",
    "Scheme",
    "TestFormat",
    "TraceFormat",
    "AboutResponse",
    "ApplyAction",
    "ApplyStep",
    "Change",
    "ChangeKind",
    "CheckResponse",
    "CompileResponse",
    "Decision",
    "Diagnostic",
    "DiffResponse",
    "Encryption",
    "ExpectationRow",
    "ExpectedVerdict",
    "ExplainResponse",
    "Fix",
    "Flow",
    "FlowClient",
    "FlowTarget",
    "GatewayPortRow",
    "Hop",
    "MutantRow",
    "OriginRow",
    "Place",
    "Position",
    "Query",
    "QueryClient",
    "QueryTarget",
    "ReachResponse",
    "Reached",
    "ResourceOrigins",
    "SchemaResponse",
    "Severity",
    "Stop",
    "TestResponse",
    "Trace",
    "TraceResponse",
    "Verdict",
]
