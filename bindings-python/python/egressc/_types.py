"""Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Literal, Mapping, Optional, Tuple

from ._answers import Judged, Located, Said

__all__ = [
    "ClientPath",
    "DiffFormat",
    "Format",
    "PositionEncoding",
    "Query",
    "QueryClient",
    "QueryTarget",
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
    "FlowMessage",
    "FlowTarget",
    "GatewayPortRow",
    "Hop",
    "MutantRow",
    "OriginRow",
    "Place",
    "Position",
    "ReachResponse",
    "Reached",
    "ResourceOrigins",
    "SchemaResponse",
    "Severity",
    "Stop",
    "TestResponse",
    "Trace",
    "TraceResponse",
    "Unverified",
    "Verdict",
]

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


@dataclass(frozen=True)
class Query:
    """One request: who asks, and for what."""

    from_: QueryClient
    """Who asks."""

    to: QueryTarget
    """What for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Query:
        """From what `to_dict` gives."""
        return cls(
            from_=QueryClient.from_dict(wire["from"]),
            to=QueryTarget.from_dict(wire["to"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "from": self.from_.to_dict(),
            "to": self.to.to_dict(),
        }


@dataclass(frozen=True)
class QueryClient:
    """A workload that asks."""

    namespace: str
    """Its namespace."""

    gateway: Optional[str] = None
    """The gateway that it calls itself, when `path` is `direct`; found by the host when it is left out."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of its pods."""

    outer_sni: Optional[str] = None
    """The server name of the mutual TLS in which it calls the gateway itself; found by the host when it is left out."""

    path: ClientPath = "sidecar"
    """How its traffic leaves the pod."""

    service_account: Optional[str] = None
    """Its service account; null when it is not known."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> QueryClient:
        """From what `to_dict` gives."""
        return cls(
            namespace=wire["namespace"],
            gateway=wire.get("gateway", None),
            labels=dict(wire.get("labels", {})),
            outer_sni=wire.get("outerSni", None),
            path=wire.get("path", "sidecar"),
            service_account=wire.get("serviceAccount", None),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "namespace": self.namespace,
            "gateway": self.gateway,
            "labels": dict(self.labels),
            "outerSni": self.outer_sni,
            "path": self.path,
            "serviceAccount": self.service_account,
        }


@dataclass(frozen=True)
class QueryTarget:
    """What is asked for."""

    scheme: Scheme
    """What the client speaks."""

    host: str
    """The name, or the address, that it dials."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """HTTP: headers; `host` overrides the name that is dialled."""

    method: Optional[str] = None
    """HTTP: the method."""

    path: Optional[str] = None
    """HTTP: the path."""

    port: Optional[int] = None
    """The port that it dials, and when `path` is `direct` the port of the gateway; by default the scheme's usual one,
which `tcp` has not."""

    sni: Optional[str] = None
    """TLS: the server name that it sends; null stands for the host, an empty one for none."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> QueryTarget:
        """From what `to_dict` gives."""
        return cls(
            scheme=wire["scheme"],
            host=wire["host"],
            headers=dict(wire.get("headers", {})),
            method=wire.get("method", None),
            path=wire.get("path", None),
            port=wire.get("port", None),
            sni=wire.get("sni", None),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "scheme": self.scheme,
            "host": self.host,
            "headers": dict(self.headers),
            "method": self.method,
            "path": self.path,
            "port": self.port,
            "sni": self.sni,
        }

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


@dataclass(frozen=True)
class AboutResponse:
    """What this library is."""

    name: str
    """`egressc`."""

    version: str
    """Its version."""

    calls: Tuple[str, ...]
    """The calls that it answers."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> AboutResponse:
        """From what `to_dict` gives."""
        return cls(
            name=wire["name"],
            version=wire["version"],
            calls=tuple(wire["calls"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "name": self.name,
            "version": self.version,
            "calls": list(self.calls),
        }

ApplyAction = Literal["apply", "delete"]
"""What a step does.

- `apply`: Creates it, or changes it in place.
- `delete`: Deletes it.
"""


@dataclass(frozen=True)
class ApplyStep:
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

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ApplyStep:
        """From what `to_dict` gives."""
        return cls(
            action=wire["action"],
            kind=wire["kind"],
            namespace=wire["namespace"],
            name=wire["name"],
            transitional=wire["transitional"],
            reason=wire["reason"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "action": self.action,
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "transitional": self.transitional,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Change:
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

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Change:
        """From what `to_dict` gives."""
        return cls(
            kind=wire["kind"],
            message=wire["message"],
            before=None if wire["before"] is None else Flow.from_dict(wire["before"]),
            after=None if wire["after"] is None else Flow.from_dict(wire["after"]),
            place=None if wire["place"] is None else Place.from_dict(wire["place"]),
            untouched=wire["untouched"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "kind": self.kind,
            "message": self.message,
            "before": None if self.before is None else self.before.to_dict(),
            "after": None if self.after is None else self.after.to_dict(),
            "place": None if self.place is None else self.place.to_dict(),
            "untouched": self.untouched,
        }

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


@dataclass(frozen=True)
class CheckResponse(Judged):
    """Whether a policy set is right."""

    ok: bool
    """Whether it would compile."""

    gateway_ports: Tuple[GatewayPortRow, ...]
    """The gateway port of each destination."""

    diagnostics: Tuple[Diagnostic, ...]
    """What there is to say, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> CheckResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            gateway_ports=tuple(GatewayPortRow.from_dict(item) for item in wire["gatewayPorts"]),
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "gatewayPorts": [item.to_dict() for item in self.gateway_ports],
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class CompileResponse(Judged):
    """The resources of a policy set."""

    ok: bool
    """Whether it compiled; if not, `resources` is empty."""

    resources: Tuple[Any, ...]
    """The resources, in the order in which they are best applied."""

    origins: Tuple[ResourceOrigins, ...]
    """For each resource, in the same order, what it was made for."""

    gateway_ports: Tuple[GatewayPortRow, ...]
    """The gateway port of each destination."""

    diagnostics: Tuple[Diagnostic, ...]
    """What there is to say, in reading order."""

    text: Optional[str]
    """The resources as text, when asked for."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> CompileResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            resources=tuple(wire["resources"]),
            origins=tuple(ResourceOrigins.from_dict(item) for item in wire["origins"]),
            gateway_ports=tuple(GatewayPortRow.from_dict(item) for item in wire["gatewayPorts"]),
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            text=wire["text"],
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "resources": list(self.resources),
            "origins": [item.to_dict() for item in self.origins],
            "gatewayPorts": [item.to_dict() for item in self.gateway_ports],
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "text": self.text,
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class Decision:
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

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Decision:
        """From what `to_dict` gives."""
        return cls(
            kind=wire["kind"],
            namespace=wire["namespace"],
            name=wire["name"],
            span=None if wire["span"] is None else Place.from_dict(wire["span"]),
            policy=wire["policy"],
            rule=wire["rule"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "span": None if self.span is None else self.span.to_dict(),
            "policy": self.policy,
            "rule": self.rule,
        }


@dataclass(frozen=True)
class Diagnostic(Said):
    """One thing to say."""

    code: str
    """The rule: `EGR` and four digits."""

    slug: str
    """The rule for people."""

    severity: Severity
    """How bad it is."""

    message: str
    """What is wrong."""

    labels: Tuple[Place, ...]
    """Where; the first is the place to look at."""

    notes: Tuple[str, ...]
    """Why it matters here."""

    help: Optional[str]
    """What to do."""

    fix: Optional[Fix]
    """An edit that does it."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Diagnostic:
        """From what `to_dict` gives."""
        return cls(
            code=wire["code"],
            slug=wire["slug"],
            severity=wire["severity"],
            message=wire["message"],
            labels=tuple(Place.from_dict(item) for item in wire["labels"]),
            notes=tuple(wire["notes"]),
            help=wire["help"],
            fix=None if wire["fix"] is None else Fix.from_dict(wire["fix"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "code": self.code,
            "slug": self.slug,
            "severity": self.severity,
            "message": self.message,
            "labels": [item.to_dict() for item in self.labels],
            "notes": list(self.notes),
            "help": self.help,
            "fix": None if self.fix is None else self.fix.to_dict(),
        }


@dataclass(frozen=True)
class DiffResponse(Judged):
    """What a change opens, closes and reroutes."""

    ok: bool
    """Whether both sides could be asked; if not, `diagnostics` say why."""

    changes: Tuple[Change, ...]
    """Each flow that fares otherwise than before, the dangerous first."""

    widened: bool
    """Whether the change opens anything, weakens encryption, or leaves that unknown."""

    affected_namespaces: Tuple[str, ...]
    """Namespaces of clients that fare otherwise although no document that names them was changed;
`*` stands for all that are not named."""

    order: Tuple[ApplyStep, ...]
    """How to apply the change so that no flow that survives it is interrupted, and none is open in between."""

    text: Optional[str]
    """The difference as text, when asked for."""

    diagnostics: Tuple[Diagnostic, ...]
    """What there is to say about the sources: first of those before the change what is not said of those after it too."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> DiffResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            changes=tuple(Change.from_dict(item) for item in wire["changes"]),
            widened=wire["widened"],
            affected_namespaces=tuple(wire["affectedNamespaces"]),
            order=tuple(ApplyStep.from_dict(item) for item in wire["order"]),
            text=wire["text"],
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "changes": [item.to_dict() for item in self.changes],
            "widened": self.widened,
            "affectedNamespaces": list(self.affected_namespaces),
            "order": [item.to_dict() for item in self.order],
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }

Encryption = Literal["plain", "mtls", "tls", "tls-in-mtls"]
"""How bytes travel.

- `plain`: As they are.
- `mtls`: Inside Istio's mutual TLS.
- `tls`: Inside the client's own or the gateway's TLS.
- `tls-in-mtls`: The client's own TLS inside Istio's mutual TLS.
"""


@dataclass(frozen=True)
class ExpectationRow:
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

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ExpectationRow:
        """From what `to_dict` gives."""
        return cls(
            expected=wire["expected"],
            query=Query.from_dict(wire["query"]),
            verdict=wire["verdict"],
            passed=wire["passed"],
            message=wire["message"],
            place=Place.from_dict(wire["place"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "expected": self.expected,
            "query": self.query.to_dict(),
            "verdict": self.verdict,
            "passed": self.passed,
            "message": self.message,
            "place": self.place.to_dict(),
        }

ExpectedVerdict = Literal["allow", "deny"]
"""What is expected of a request.

- `allow`: It arrives.
- `deny`: It arrives nowhere.
"""


@dataclass(frozen=True)
class ExplainResponse:
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

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ExplainResponse:
        """From what `to_dict` gives."""
        return cls(
            code=wire["code"],
            slug=wire["slug"],
            severity=wire["severity"],
            summary=wire["summary"],
            page=wire["page"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "code": self.code,
            "slug": self.slug,
            "severity": self.severity,
            "summary": self.summary,
            "page": self.page,
        }


@dataclass(frozen=True)
class Fix:
    """An edit: one place, one new text."""

    title: str
    """What it does."""

    place: Place
    """What to replace."""

    replacement: str
    """With what."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Fix:
        """From what `to_dict` gives."""
        return cls(
            title=wire["title"],
            place=Place.from_dict(wire["place"]),
            replacement=wire["replacement"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "title": self.title,
            "place": self.place.to_dict(),
            "replacement": self.replacement,
        }


@dataclass(frozen=True)
class Flow:
    """One kind of client and one destination: how its requests fare."""

    from_: FlowClient
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

    gateway_port: Optional[int]
    """The port of the gateway's Service."""

    to_gateway: Optional[Encryption]
    """How the bytes travel to the gateway."""

    to_host: Optional[Encryption]
    """How the bytes travel to the host."""

    unverified: Unverified
    """What a proxy's TLS to the host does not verify."""

    reached: Optional[Reached]
    """Where it arrives."""

    status: Optional[int]
    """The HTTP status of the proxy that answers it."""

    response_flags: Optional[str]
    """Envoy's response flags."""

    policy: Optional[str]
    """The policy that declares it, as `namespace/name`."""

    rule: Optional[str]
    """The rule that declares it."""

    place: Optional[Place]
    """The declaration, or the object that lets it through."""

    unknown: Tuple[str, ...]
    """Why it cannot be known; empty unless it is."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Flow:
        """From what `to_dict` gives."""
        return cls(
            from_=FlowClient.from_dict(wire["from"]),
            to=FlowTarget.from_dict(wire["to"]),
            verdict=wire["verdict"],
            declared=wire["declared"],
            bypass=wire["bypass"],
            gateway=wire["gateway"],
            gateway_port=wire["gatewayPort"],
            to_gateway=wire["toGateway"],
            to_host=wire["toHost"],
            unverified=wire["unverified"],
            reached=None if wire["reached"] is None else Reached.from_dict(wire["reached"]),
            status=wire["status"],
            response_flags=wire["responseFlags"],
            policy=wire["policy"],
            rule=wire["rule"],
            place=None if wire["place"] is None else Place.from_dict(wire["place"]),
            unknown=tuple(wire["unknown"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "from": self.from_.to_dict(),
            "to": self.to.to_dict(),
            "verdict": self.verdict,
            "declared": self.declared,
            "bypass": self.bypass,
            "gateway": self.gateway,
            "gatewayPort": self.gateway_port,
            "toGateway": self.to_gateway,
            "toHost": self.to_host,
            "unverified": self.unverified,
            "reached": None if self.reached is None else self.reached.to_dict(),
            "status": self.status,
            "responseFlags": self.response_flags,
            "policy": self.policy,
            "rule": self.rule,
            "place": None if self.place is None else self.place.to_dict(),
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True)
class FlowClient:
    """A kind of client."""

    namespace: Optional[str]
    """Its namespace; null stands for all that are not named."""

    labels: Mapping[str, str]
    """Labels of its pods; empty stands for all that have none of the named ones."""

    service_account: Optional[str]
    """Its service account; null when it is not known."""

    path: ClientPath
    """How its traffic leaves the pod."""

    description: str
    """The same as a person would say it."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> FlowClient:
        """From what `to_dict` gives."""
        return cls(
            namespace=wire["namespace"],
            labels=dict(wire["labels"]),
            service_account=wire["serviceAccount"],
            path=wire["path"],
            description=wire["description"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "namespace": self.namespace,
            "labels": dict(self.labels),
            "serviceAccount": self.service_account,
            "path": self.path,
            "description": self.description,
        }


@dataclass(frozen=True)
class FlowMessage:
    """What a request says besides whom it is for: nothing of it is `GET` for `/`."""

    method: Optional[str]
    """Its method; null is `GET`."""

    path: Optional[str]
    """Its path with the query; null is `/`."""

    headers: Mapping[str, str]
    """Its headers, in lower case."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> FlowMessage:
        """From what `to_dict` gives."""
        return cls(
            method=wire["method"],
            path=wire["path"],
            headers=dict(wire["headers"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "method": self.method,
            "path": self.path,
            "headers": dict(self.headers),
        }


@dataclass(frozen=True)
class FlowTarget:
    """A destination."""

    scheme: Scheme
    """What the client speaks."""

    host: str
    """The host that it dials."""

    port: int
    """The port that it dials."""

    name: Optional[str]
    """The name that it says, in `Host` or as TLS server name, where this is not the host that it dials; empty for none."""

    message: Optional[FlowMessage]
    """What its HTTP requests say, where an object tells them from others by it and they fare otherwise; null stands for
all others."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> FlowTarget:
        """From what `to_dict` gives."""
        return cls(
            scheme=wire["scheme"],
            host=wire["host"],
            port=wire["port"],
            name=wire["name"],
            message=None if wire["message"] is None else FlowMessage.from_dict(wire["message"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "scheme": self.scheme,
            "host": self.host,
            "port": self.port,
            "name": self.name,
            "message": None if self.message is None else self.message.to_dict(),
        }


@dataclass(frozen=True)
class GatewayPortRow:
    """Where at the gateway a destination enters."""

    host: str
    """The external host."""

    port: int
    """The port that clients dial."""

    gateway: str
    """The gateway."""

    gateway_port: int
    """The port of its Service."""

    allocated: bool
    """Whether egressc chose it because the policy names none."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> GatewayPortRow:
        """From what `to_dict` gives."""
        return cls(
            host=wire["host"],
            port=wire["port"],
            gateway=wire["gateway"],
            gateway_port=wire["gatewayPort"],
            allocated=wire["allocated"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "host": self.host,
            "port": self.port,
            "gateway": self.gateway,
            "gatewayPort": self.gateway_port,
            "allocated": self.allocated,
        }


@dataclass(frozen=True)
class Hop:
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

    decided_by: Tuple[int, ...]
    """Indices into `decidedBy`."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Hop:
        """From what `to_dict` gives."""
        return cls(
            at=wire["at"],
            listener=wire["listener"],
            chain=wire["chain"],
            route=wire["route"],
            cluster=wire["cluster"],
            encryption=wire["encryption"],
            decided_by=tuple(wire["decidedBy"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "at": self.at,
            "listener": self.listener,
            "chain": self.chain,
            "route": self.route,
            "cluster": self.cluster,
            "encryption": self.encryption,
            "decidedBy": list(self.decided_by),
        }


@dataclass(frozen=True)
class MutantRow:
    """A small change of the policies."""

    description: str
    """What was changed."""

    noticed: bool
    """Whether some expectation fares otherwise, or the changed policies are refused."""

    place: Place
    """Where."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> MutantRow:
        """From what `to_dict` gives."""
        return cls(
            description=wire["description"],
            noticed=wire["noticed"],
            place=Place.from_dict(wire["place"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "description": self.description,
            "noticed": self.noticed,
            "place": self.place.to_dict(),
        }


@dataclass(frozen=True)
class OriginRow:
    """A `to` item of a policy."""

    policy: str
    """The policy, as `namespace/name`."""

    rule: str
    """Names of the rule and the item."""

    place: Place
    """Where it stands."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> OriginRow:
        """From what `to_dict` gives."""
        return cls(
            policy=wire["policy"],
            rule=wire["rule"],
            place=Place.from_dict(wire["place"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "place": self.place.to_dict(),
        }


@dataclass(frozen=True)
class Place(Located):
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

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Place:
        """From what `to_dict` gives."""
        return cls(
            source=wire["source"],
            path=wire["path"],
            start=Position.from_dict(wire["start"]),
            end=Position.from_dict(wire["end"]),
            message=wire["message"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "source": self.source,
            "path": self.path,
            "start": self.start.to_dict(),
            "end": self.end.to_dict(),
            "message": self.message,
        }


@dataclass(frozen=True)
class Position:
    """One place in a text, for people and editors."""

    line: int
    """Line, counted from 1."""

    column: int
    """Column in the line, counted from 1, in the units asked for."""

    offset: int
    """Offset in the text, counted from 0, in the units asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Position:
        """From what `to_dict` gives."""
        return cls(
            line=wire["line"],
            column=wire["column"],
            offset=wire["offset"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "line": self.line,
            "column": self.column,
            "offset": self.offset,
        }


@dataclass(frozen=True)
class ReachResponse(Judged):
    """Who can reach what."""

    ok: bool
    """Whether the sources could be asked; if not, `diagnostics` say why."""

    flows: Tuple[Flow, ...]
    """One row for each group of requests that no object tells apart, blocked ones included."""

    text: Optional[str]
    """The flows as text, when asked for."""

    diagnostics: Tuple[Diagnostic, ...]
    """What there is to say about the sources, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ReachResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            flows=tuple(Flow.from_dict(item) for item in wire["flows"]),
            text=wire["text"],
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "flows": [item.to_dict() for item in self.flows],
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class Reached:
    """An external host as a request reaches it."""

    host: str
    """The name that was resolved for it."""

    port: int
    """Its port."""

    tls: bool
    """Whether it is spoken TLS to."""

    sni: Optional[str]
    """The TLS server name that it sees."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Reached:
        """From what `to_dict` gives."""
        return cls(
            host=wire["host"],
            port=wire["port"],
            tls=wire["tls"],
            sni=wire["sni"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "host": self.host,
            "port": self.port,
            "tls": self.tls,
            "sni": self.sni,
        }


@dataclass(frozen=True)
class ResourceOrigins:
    """What one resource was made for."""

    kind: str
    """Kind of the resource."""

    namespace: str
    """Namespace of the resource."""

    name: str
    """Name of the resource."""

    origins: Tuple[OriginRow, ...]
    """The `to` items."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ResourceOrigins:
        """From what `to_dict` gives."""
        return cls(
            kind=wire["kind"],
            namespace=wire["namespace"],
            name=wire["name"],
            origins=tuple(OriginRow.from_dict(item) for item in wire["origins"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "origins": [item.to_dict() for item in self.origins],
        }


@dataclass(frozen=True)
class SchemaResponse:
    """A kind's JSON Schema."""

    schema: Any
    """The schema, draft 2020-12."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> SchemaResponse:
        """From what `to_dict` gives."""
        return cls(
            schema=wire["schema"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "schema": self.schema,
        }

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


@dataclass(frozen=True)
class TestResponse(Judged):
    """How the expectations fare."""

    ok: bool
    """Whether the sources could be asked; if not, `diagnostics` say why."""

    passed: int
    """How many expectations hold."""

    failed: int
    """How many do not."""

    expectations: Tuple[ExpectationRow, ...]
    """Each expectation, in reading order."""

    uncovered: Tuple[OriginRow, ...]
    """The `to` items that no `allow` expectation reaches."""

    mutants: Tuple[MutantRow, ...]
    """Each change that was tried, when asked for."""

    untried: int
    """Changes that were not tried because there are too many."""

    text: Optional[str]
    """The results as text, when asked for."""

    diagnostics: Tuple[Diagnostic, ...]
    """What there is to say about the sources, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> TestResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            passed=wire["passed"],
            failed=wire["failed"],
            expectations=tuple(ExpectationRow.from_dict(item) for item in wire["expectations"]),
            uncovered=tuple(OriginRow.from_dict(item) for item in wire["uncovered"]),
            mutants=tuple(MutantRow.from_dict(item) for item in wire["mutants"]),
            untried=wire["untried"],
            text=wire["text"],
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "passed": self.passed,
            "failed": self.failed,
            "expectations": [item.to_dict() for item in self.expectations],
            "uncovered": [item.to_dict() for item in self.uncovered],
            "mutants": [item.to_dict() for item in self.mutants],
            "untried": self.untried,
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class Trace:
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

    response_flags: Optional[str]
    """Envoy's response flags, as access logs show them."""

    upstream_cluster: Optional[str]
    """Envoy's cluster of the last proxy, as access logs show it."""

    hops: Tuple[Hop, ...]
    """The proxies that it passes, in order, and the host where it arrives."""

    decided_by: Tuple[Decision, ...]
    """The objects that decided; hops point into it."""

    unknown: Tuple[str, ...]
    """Why it cannot be known; empty unless it is."""

    notes: Tuple[str, ...]
    """What is worth a word although it works."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Trace:
        """From what `to_dict` gives."""
        return cls(
            query=Query.from_dict(wire["query"]),
            verdict=wire["verdict"],
            status=wire["status"],
            closed=wire["closed"],
            gateway=wire["gateway"],
            reached=None if wire["reached"] is None else Reached.from_dict(wire["reached"]),
            response_flags=wire["responseFlags"],
            upstream_cluster=wire["upstreamCluster"],
            hops=tuple(Hop.from_dict(item) for item in wire["hops"]),
            decided_by=tuple(Decision.from_dict(item) for item in wire["decidedBy"]),
            unknown=tuple(wire["unknown"]),
            notes=tuple(wire["notes"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "query": self.query.to_dict(),
            "verdict": self.verdict,
            "status": self.status,
            "closed": self.closed,
            "gateway": self.gateway,
            "reached": None if self.reached is None else self.reached.to_dict(),
            "responseFlags": self.response_flags,
            "upstreamCluster": self.upstream_cluster,
            "hops": [item.to_dict() for item in self.hops],
            "decidedBy": [item.to_dict() for item in self.decided_by],
            "unknown": list(self.unknown),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class TraceResponse(Judged):
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

    diagnostics: Tuple[Diagnostic, ...]
    """What there is to say about the sources, in reading order."""

    rendered: Optional[str]
    """The diagnostics as text, when asked for."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> TraceResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            trace=None if wire["trace"] is None else Trace.from_dict(wire["trace"]),
            declared=wire["declared"],
            hint=wire["hint"],
            text=wire["text"],
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "trace": None if self.trace is None else self.trace.to_dict(),
            "declared": self.declared,
            "hint": self.hint,
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }

Unverified = Literal["nothing", "name", "everything"]
"""What the TLS that a proxy begins does not verify, from the least to the worst.

- `nothing`: It verifies all, or no proxy began any.
- `name`: That the certificate is the host's.
- `everything`: The certificate at all.
"""

Verdict = Literal["allowed", "blocked", "diverted", "unknown"]
"""What comes of a request.

- `allowed`: It reaches what it asked for.
- `blocked`: It reaches nothing.
- `diverted`: It reaches something else than it asked for.
- `unknown`: It cannot be known; [`Trace::unknown`] says why.
"""
