"""Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Literal, Mapping, Optional, Tuple

from ._answers import Judged, Located, Said

__all__ = [
    "AccessLog",
    "ClientPath",
    "DiffFormat",
    "Format",
    "PolicyKind",
    "PositionEncoding",
    "Query",
    "QueryClient",
    "QueryTarget",
    "ReachFilter",
    "ReachFormat",
    "ReachOnly",
    "Rendering",
    "ReplayFormat",
    "SchemaKind",
    "Scheme",
    "TestFormat",
    "TraceFormat",
    "AboutResponse",
    "Accountability",
    "ApplyAction",
    "ApplyStep",
    "AuditedLines",
    "Change",
    "ChangeKind",
    "CheckResponse",
    "CompileResponse",
    "ConvertResponse",
    "ConvertedSource",
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
    "Logged",
    "MutantRow",
    "OriginRow",
    "OtherGateway",
    "Place",
    "Position",
    "ReachResponse",
    "Reached",
    "ReplayReason",
    "ReplayResponse",
    "ReplayResult",
    "ReplayRow",
    "ResourceOrigins",
    "SchemaResponse",
    "SettingChange",
    "Severity",
    "Stop",
    "Suppressed",
    "TestResponse",
    "Trace",
    "TraceCase",
    "TraceResponse",
    "UnknownReason",
    "UnusedObject",
    "Unverified",
    "Verdict",
]


@dataclass(frozen=True)
class AccessLog:
    """The access log of one proxy."""

    name: str
    """Name of the log in the response: a path, or any text."""

    text: str
    """Its lines, in Istio's text or JSON format."""

    client: Optional[QueryClient] = None
    """The client that sent the requests: the workload whose sidecar wrote the log. With `path: direct` and `gateway`, the
log is that of the gateway. If absent, the field `kubernetes` of each JSON line must name the workload."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> AccessLog:
        """From what `to_dict` gives."""
        return cls(
            name=wire["name"],
            text=wire["text"],
            client=None if wire.get("client", None) is None else QueryClient.from_dict(wire.get("client", None)),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "name": self.name,
            "text": self.text,
            "client": None if self.client is None else self.client.to_dict(),
        }

ClientPath = Literal["sidecar", "direct", "ambient", "none"]
"""How a client's traffic leaves its pod.

- `sidecar`: Through its sidecar.
- `direct`: To a gateway with the client's own mesh certificate, without the routes of its sidecar.
- `ambient`: Through the ztunnel of its node: the workload is in ambient mode.
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

PolicyKind = Literal["ASMEgressTrafficPolicy", "EgressPolicy"]
"""A kind of policies.

- `ASMEgressTrafficPolicy`: `ASMEgressTrafficPolicy` of `istio.alibabacloud.com/v1`.
- `EgressPolicy`: `EgressPolicy` of `egressc.dev/v1alpha1`.
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
    """One request: a client and a destination."""

    from_: QueryClient
    """The client."""

    to: QueryTarget
    """The destination."""

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
    """A workload that sends a request."""

    namespace: str
    """Its namespace."""

    gateway: Optional[str] = None
    """The gateway that the client calls directly, if `path` is `direct`; by default egressc finds it by the host."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of its pods."""

    outer_sni: Optional[str] = None
    """The server name of the mutual TLS connection to the gateway, if `path` is `direct`; by default egressc finds it by the host."""

    path: ClientPath = "sidecar"
    """How its traffic leaves the pod."""

    service_account: Optional[str] = None
    """Its service account; null if unknown."""

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
    """The destination of a request."""

    scheme: Scheme
    """The protocol of the client."""

    host: str
    """The name, or the address, that the client calls."""

    address: Optional[str] = None
    """The address that the client dials; null stands for what the host resolves to."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """HTTP: headers; `host` overrides the name that the client calls."""

    method: Optional[str] = None
    """HTTP: the method."""

    more_headers: Mapping[str, Tuple[str, ...]] = field(default_factory=dict)
    """HTTP: further values of headers that the client sends several times."""

    path: Optional[str] = None
    """HTTP: the path."""

    port: Optional[int] = None
    """The port that the client calls, or the port of the gateway if `path` is `direct`. Defaults to the usual port of the scheme;
`tcp` has no default."""

    sni: Optional[str] = None
    """TLS: the server name that the client sends; null stands for the host, and an empty name for no server name."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> QueryTarget:
        """From what `to_dict` gives."""
        return cls(
            scheme=wire["scheme"],
            host=wire["host"],
            address=wire.get("address", None),
            headers=dict(wire.get("headers", {})),
            method=wire.get("method", None),
            more_headers={key: tuple(item) for key, item in wire.get("moreHeaders", {}).items()},
            path=wire.get("path", None),
            port=wire.get("port", None),
            sni=wire.get("sni", None),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "scheme": self.scheme,
            "host": self.host,
            "address": self.address,
            "headers": dict(self.headers),
            "method": self.method,
            "moreHeaders": {key: list(item) for key, item in self.more_headers.items()},
            "path": self.path,
            "port": self.port,
            "sni": self.sni,
        }


@dataclass(frozen=True)
class ReachFilter:
    """Which rows a response of `reach` contains: those for which all of this holds."""

    from_: Optional[str] = None
    """The client is this one: a namespace, then labels, for example `mytest,app=sleep-a`. Without labels, it is any client of the
namespace."""

    namespaces: Optional[Tuple[str, ...]] = None
    """The client is in one of these namespaces."""

    only: Optional[ReachOnly] = None
    """The result is this one."""

    to: Optional[str] = None
    """The destination is this host; `*.example.com` is every host below `example.com`. A port may follow: `example.com:443`."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ReachFilter:
        """From what `to_dict` gives."""
        return cls(
            from_=wire.get("from", None),
            namespaces=None if wire.get("namespaces", None) is None else tuple(wire.get("namespaces", None)),
            only=wire.get("only", None),
            to=wire.get("to", None),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "from": self.from_,
            "namespaces": None if self.namespaces is None else list(self.namespaces),
            "only": self.only,
            "to": self.to,
        }

ReachFormat = Literal["table", "csv", "mermaid", "dot", "html", "svg"]
"""How flows are written as text.

- `table`: Aligned columns.
- `csv`: Comma-separated values (RFC 4180).
- `mermaid`: A Mermaid flowchart.
- `dot`: A Graphviz graph.
- `html`: A page with a picture and a table, in one file without scripts.
- `svg`: A picture, in one file without scripts.
"""

ReachOnly = Literal["allowed", "blocked", "bypass"]
"""The result of the rows of a filter.

- `allowed`: The request arrives somewhere, or it is unknown whether it does.
- `blocked`: The request is blocked.
- `bypass`: The request arrives, and bypasses every gateway.
"""

Rendering = Literal["plain", "coloured"]
"""How diagnostics are rendered as text.

- `plain`: Without colour.
- `coloured`: With terminal colours.
"""

ReplayFormat = Literal["text"]
"""How the result is written as text.

- `text`: For a terminal.
"""

SchemaKind = Literal["policy", "egress-policy", "environment", "expectations", "configuration"]
"""A kind that has a schema.

- `policy`: `ASMEgressTrafficPolicy`.
- `egress-policy`: `EgressPolicy`.
- `environment`: `MeshEnvironment`.
- `expectations`: `EgressExpectations`.
- `configuration`: `CheckConfiguration`.
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

- `text`: Text for people, hop by hop.
- `mermaid`: A Mermaid sequence diagram.
"""


@dataclass(frozen=True)
class AboutResponse:
    """The response of `about`."""

    name: str
    """`egressc`."""

    version: str
    """Its version."""

    calls: Tuple[str, ...]
    """The names of its calls."""

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


@dataclass(frozen=True)
class Accountability:
    """Who answers for a rule, and until when. egressc only reports it."""

    owner: Optional[str]
    """Who answers for it."""

    reason: Optional[str]
    """Why it is needed."""

    ticket: Optional[str]
    """Where it was agreed on."""

    until: Optional[str]
    """The last day on which it is needed, for example `2027-03-31`."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Accountability:
        """From what `to_dict` gives."""
        return cls(
            owner=wire["owner"],
            reason=wire["reason"],
            ticket=wire["ticket"],
            until=wire["until"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "owner": self.owner,
            "reason": self.reason,
            "ticket": self.ticket,
            "until": self.until,
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
    """The action."""

    wave: int
    """The number of the wave of the step, from 1 on. The steps of a wave have one action and one kind; between two waves, wait until
the proxies have what was applied."""

    kind: str
    """Kind of the object."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    transitional: Any
    """The object to apply in this step, if it is not yet the object that the new policies compile to."""

    reason: str
    """The reason for this position in the order."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ApplyStep:
        """From what `to_dict` gives."""
        return cls(
            action=wire["action"],
            wave=wire["wave"],
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
            "wave": self.wave,
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "transitional": self.transitional,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class AuditedLines:
    """A rule in audit mode, and the lines of requests that it would block if it were enforced."""

    policy: str
    """The policy, in the form `namespace/name`."""

    rule: str
    """The rule."""

    lines: int
    """The number of lines."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> AuditedLines:
        """From what `to_dict` gives."""
        return cls(
            policy=wire["policy"],
            rule=wire["rule"],
            lines=wire["lines"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "lines": self.lines,
        }


@dataclass(frozen=True)
class Change:
    """A flow that changes."""

    kind: ChangeKind
    """The kind of change."""

    message: str
    """The change as a sentence: an example request, and its result before and after."""

    before: Optional[Flow]
    """The result before the change; null if no such flow was known."""

    after: Optional[Flow]
    """The result after the change; null if no such flow is known any more."""

    place: Optional[Place]
    """The place in the documents that causes the change."""

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

- `gained`: The request was blocked, and now reaches a host.
- `widened`: A gateway now allows a caller that it denied, or the request arrives at a host at which it did not arrive.
- `unknown`: The result is now unknown.
- `weakened`: The request has less encryption or verification than before, or now bypasses the gateway.
- `rerouted`: The request uses another gateway or port, or arrives at fewer of several hosts.
- `lost`: The request reached a host, and is now blocked.
- `narrowed`: A gateway now denies a caller that it allowed.
- `strengthened`: The request has more encryption or verification than before.
"""


@dataclass(frozen=True)
class CheckResponse(Judged):
    """The response of `check`: whether a policy set compiles, and what is wrong with Istio objects."""

    ok: bool
    """Whether the policies compile, and nothing else is refused."""

    gateway_ports: Tuple[GatewayPortRow, ...]
    """The gateway port of each destination."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics, in the order of the sources."""

    suppressed: Tuple[Suppressed, ...]
    """The diagnostics that a suppression hides; at most 500 of them."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> CheckResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            gateway_ports=tuple(GatewayPortRow.from_dict(item) for item in wire["gatewayPorts"]),
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            suppressed=tuple(Suppressed.from_dict(item) for item in wire["suppressed"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "gatewayPorts": [item.to_dict() for item in self.gateway_ports],
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "suppressed": [item.to_dict() for item in self.suppressed],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class CompileResponse(Judged):
    """The response of `compile`: the resources of a policy set."""

    ok: bool
    """Whether the policies compile; if not, `resources` is empty."""

    resources: Tuple[Any, ...]
    """The resources, in the order in which they should be applied."""

    origins: Tuple[ResourceOrigins, ...]
    """The origin of each resource, in the same order."""

    gateway_ports: Tuple[GatewayPortRow, ...]
    """The gateway port of each destination."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics, in the order of the sources."""

    text: Optional[str]
    """The resources as text, if requested."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

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
class ConvertResponse(Judged):
    """The response of `convert`: the sources with converted policies."""

    ok: bool
    """Whether every policy could be converted. If not, there are no texts."""

    converted: Tuple[ConvertedSource, ...]
    """The sources that have policies of the other kind, with their new texts. Comments and all other documents stay as they
are."""

    diagnostics: Tuple[Diagnostic, ...]
    """What is wrong, and the fields that have no place in the other kind."""

    rendered: Optional[str]
    """The diagnostics as text, if the request asks for it."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ConvertResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            converted=tuple(ConvertedSource.from_dict(item) for item in wire["converted"]),
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "converted": [item.to_dict() for item in self.converted],
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class ConvertedSource:
    """A source with converted policies."""

    name: str
    """Its name."""

    text: str
    """Its new text."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ConvertedSource:
        """From what `to_dict` gives."""
        return cls(
            name=wire["name"],
            text=wire["text"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "name": self.name,
            "text": self.text,
        }


@dataclass(frozen=True)
class Decision:
    """An object that decides the result."""

    kind: str
    """Its kind."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    span: Optional[Place]
    """Its place in the sources; for a compiled object, the `to` item that it was made for."""

    policy: Optional[str]
    """The policy that it was made for, in the form `namespace/name`."""

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
    """One diagnostic."""

    code: str
    """The code: `EGR` and four digits."""

    slug: str
    """The slug of the code, for people."""

    severity: Severity
    """The severity."""

    message: str
    """The message."""

    labels: Tuple[Place, ...]
    """The places; look at the first one first."""

    notes: Tuple[str, ...]
    """Why it matters."""

    help: Optional[str]
    """The action."""

    fix: Optional[Fix]
    """An edit that fixes the problem."""

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
    """The response of `diff`: which flows a change opens, closes and reroutes."""

    ok: bool
    """Whether both sides could be evaluated; if not, `diagnostics` contains the reasons."""

    changes: Tuple[Change, ...]
    """Each flow that changes, the dangerous changes first."""

    settings: Tuple[SettingChange, ...]
    """Each setting that changes for flows that a policy declares before and after the change: weights, timeouts, retries,
limits, headers, certificates. They are compared as policies say them; those of other Istio objects are not."""

    widened: bool
    """Whether the change opens a flow or weakens its protection, or whether that is unknown."""

    affected_namespaces: Tuple[str, ...]
    """Namespaces of clients whose flows change although no document that names them was changed;
`*` stands for all namespaces that are not named."""

    order: Tuple[ApplyStep, ...]
    """The order in which to apply the change, so that no flow that exists before and after it is interrupted, and no other flow is
open in between."""

    text: Optional[str]
    """The changes as text, if requested."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics of the sources: first those of the sources before the change that do not apply after it."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> DiffResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            changes=tuple(Change.from_dict(item) for item in wire["changes"]),
            settings=tuple(SettingChange.from_dict(item) for item in wire["settings"]),
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
            "settings": [item.to_dict() for item in self.settings],
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
    """The result."""

    passed: bool
    """Whether the result is as expected."""

    message: str
    """The result as a sentence."""

    cases: Tuple[TraceCase, ...]
    """The possible results if the result is unknown, each with its conditions."""

    more_cases: int
    """The number of possible results that `cases` does not contain."""

    missing: Tuple[str, ...]
    """The documents that would settle which case is right."""

    unused: Tuple[UnusedObject, ...]
    """If the expectation fails: objects that name the host of the request, or select its client, and that are not used."""

    more_unused: int
    """The number of such objects that `unused` does not contain."""

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
            cases=tuple(TraceCase.from_dict(item) for item in wire["cases"]),
            more_cases=wire["moreCases"],
            missing=tuple(wire["missing"]),
            unused=tuple(UnusedObject.from_dict(item) for item in wire["unused"]),
            more_unused=wire["moreUnused"],
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
            "cases": [item.to_dict() for item in self.cases],
            "moreCases": self.more_cases,
            "missing": list(self.missing),
            "unused": [item.to_dict() for item in self.unused],
            "moreUnused": self.more_unused,
            "place": self.place.to_dict(),
        }

ExpectedVerdict = Literal["allow", "deny"]
"""The expected result of a request.

- `allow`: The request arrives.
- `deny`: The request does not arrive.
"""


@dataclass(frozen=True)
class ExplainResponse:
    """The response of `explain`: the meaning of a diagnostic, or of a named set."""

    code: str
    """The code: `EGR` and four digits. Of a named set its name."""

    slug: str
    """The slug of the code, for people. Of a named set its name without its edition."""

    severity: Optional[Severity]
    """The severity; null for a named set."""

    summary: str
    """The title of the page."""

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
    """What the edit does."""

    place: Place
    """What to replace."""

    replacement: str
    """The new text."""

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
    """One kind of client and one destination, with the result of its requests."""

    from_: FlowClient
    """The client."""

    to: FlowTarget
    """The destination."""

    verdict: Verdict
    """The result."""

    declared: bool
    """Whether a policy allows the request."""

    audit: bool
    """Whether the request arrives only because its rule is in audit mode: an enforced rule would block it."""

    bypass: bool
    """Whether the request reaches a host and bypasses every gateway."""

    gateway: Optional[str]
    """The gateway that the request goes through."""

    gateway_port: Optional[int]
    """The port of the gateway's Service."""

    other_gateways: Tuple[OtherGateway, ...]
    """The other gateways that it may go through: a weight decides for each request."""

    to_gateway: Optional[Encryption]
    """Encryption between the client's proxy and the gateway."""

    to_host: Optional[Encryption]
    """Encryption on the connection to the host."""

    unverified: Unverified
    """What a proxy does not verify in its TLS connection to the host."""

    reached: Optional[Reached]
    """Where the request arrives."""

    also_reached: Tuple[Reached, ...]
    """The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request."""

    status: Optional[int]
    """The HTTP status, if a proxy answers the request."""

    response_flags: Optional[str]
    """Envoy's response flags."""

    policy: Optional[str]
    """The policy that declares the flow, in the form `namespace/name`."""

    rule: Optional[str]
    """The rule that declares the flow."""

    accountability: Optional[Accountability]
    """Who answers for the rule; null if the rule does not say so."""

    place: Optional[Place]
    """The place of the declaration, or of the object that allows the request."""

    unknown: Tuple[str, ...]
    """Why the result is unknown; empty if it is known."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Flow:
        """From what `to_dict` gives."""
        return cls(
            from_=FlowClient.from_dict(wire["from"]),
            to=FlowTarget.from_dict(wire["to"]),
            verdict=wire["verdict"],
            declared=wire["declared"],
            audit=wire["audit"],
            bypass=wire["bypass"],
            gateway=wire["gateway"],
            gateway_port=wire["gatewayPort"],
            other_gateways=tuple(OtherGateway.from_dict(item) for item in wire["otherGateways"]),
            to_gateway=wire["toGateway"],
            to_host=wire["toHost"],
            unverified=wire["unverified"],
            reached=None if wire["reached"] is None else Reached.from_dict(wire["reached"]),
            also_reached=tuple(Reached.from_dict(item) for item in wire["alsoReached"]),
            status=wire["status"],
            response_flags=wire["responseFlags"],
            policy=wire["policy"],
            rule=wire["rule"],
            accountability=None if wire["accountability"] is None else Accountability.from_dict(wire["accountability"]),
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
            "audit": self.audit,
            "bypass": self.bypass,
            "gateway": self.gateway,
            "gatewayPort": self.gateway_port,
            "otherGateways": [item.to_dict() for item in self.other_gateways],
            "toGateway": self.to_gateway,
            "toHost": self.to_host,
            "unverified": self.unverified,
            "reached": None if self.reached is None else self.reached.to_dict(),
            "alsoReached": [item.to_dict() for item in self.also_reached],
            "status": self.status,
            "responseFlags": self.response_flags,
            "policy": self.policy,
            "rule": self.rule,
            "accountability": None if self.accountability is None else self.accountability.to_dict(),
            "place": None if self.place is None else self.place.to_dict(),
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True)
class FlowClient:
    """A kind of client."""

    namespace: Optional[str]
    """Its namespace; null stands for all namespaces that are not named."""

    other_namespaces: int
    """How many other namespaces the row stands for: they have the same kind of Sidecar, and no object tells them apart for the
destination. It is 0 where the row is about one namespace, as nearly all rows are."""

    labels: Mapping[str, str]
    """Labels of its pods; empty stands for all pods with none of the named labels."""

    service_account: Optional[str]
    """Its service account; null if unknown. `*` stands for all accounts that are not named, where a policy names some."""

    path: ClientPath
    """How its traffic leaves the pod."""

    description: str
    """The client as a text for people."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> FlowClient:
        """From what `to_dict` gives."""
        return cls(
            namespace=wire["namespace"],
            other_namespaces=wire["otherNamespaces"],
            labels=dict(wire["labels"]),
            service_account=wire["serviceAccount"],
            path=wire["path"],
            description=wire["description"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "namespace": self.namespace,
            "otherNamespaces": self.other_namespaces,
            "labels": dict(self.labels),
            "serviceAccount": self.service_account,
            "path": self.path,
            "description": self.description,
        }


@dataclass(frozen=True)
class FlowMessage:
    """Method, path and headers of an HTTP request. Defaults to `GET /`."""

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
    """The protocol of the client."""

    host: str
    """The host that the client calls."""

    addresses: Tuple[str, ...]
    """The addresses, or networks of addresses, that the client dials, if the result depends on them: `*` stands for all that have no
row of their own."""

    port: int
    """The port that the client calls."""

    name: Optional[str]
    """The name that the client sends in `Host` or as TLS server name, if it is not the host that it calls; empty if it sends none."""

    message: Optional[FlowMessage]
    """Method, path and headers of its HTTP requests, if an object distinguishes them and they have another result; null stands for
all other requests."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> FlowTarget:
        """From what `to_dict` gives."""
        return cls(
            scheme=wire["scheme"],
            host=wire["host"],
            addresses=tuple(wire["addresses"]),
            port=wire["port"],
            name=wire["name"],
            message=None if wire["message"] is None else FlowMessage.from_dict(wire["message"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "scheme": self.scheme,
            "host": self.host,
            "addresses": list(self.addresses),
            "port": self.port,
            "name": self.name,
            "message": None if self.message is None else self.message.to_dict(),
        }


@dataclass(frozen=True)
class GatewayPortRow:
    """The gateway port of a destination."""

    host: str
    """The external host."""

    port: int
    """The port that clients call."""

    gateway: str
    """The gateway."""

    gateway_port: int
    """The port of its Service."""

    allocated: bool
    """Whether egressc chose the port because the policy does not set one."""

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
    """One proxy on the path of the request, or the host at its end."""

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
    """Encryption of the connection that leaves this hop."""

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
class Logged:
    """The fields of a line that are compared."""

    status: Optional[int]
    """The HTTP status."""

    response_flags: Optional[str]
    """Envoy's response flags."""

    details: Optional[str]
    """Which part of the proxy answered, or why it closed the connection."""

    upstream_cluster: Optional[str]
    """Envoy's cluster."""

    route: Optional[str]
    """Envoy's route."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Logged:
        """From what `to_dict` gives."""
        return cls(
            status=wire["status"],
            response_flags=wire["responseFlags"],
            details=wire["details"],
            upstream_cluster=wire["upstreamCluster"],
            route=wire["route"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "status": self.status,
            "responseFlags": self.response_flags,
            "details": self.details,
            "upstreamCluster": self.upstream_cluster,
            "route": self.route,
        }


@dataclass(frozen=True)
class MutantRow:
    """A small change of the policies."""

    description: str
    """The change."""

    noticed: bool
    """Whether the result of an expectation changes, or the changed policies are refused."""

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
    """The policy, in the form `namespace/name`."""

    rule: str
    """Names of the rule and the item."""

    place: Place
    """Its place in the sources."""

    accountability: Optional[Accountability]
    """Who answers for the rule; null if the rule does not say so."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> OriginRow:
        """From what `to_dict` gives."""
        return cls(
            policy=wire["policy"],
            rule=wire["rule"],
            place=Place.from_dict(wire["place"]),
            accountability=None if wire["accountability"] is None else Accountability.from_dict(wire["accountability"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "place": self.place.to_dict(),
            "accountability": None if self.accountability is None else self.accountability.to_dict(),
        }


@dataclass(frozen=True)
class OtherGateway:
    """A gateway that a request may go through instead of another one."""

    name: str
    """Its name."""

    port: int
    """The port of its Service."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> OtherGateway:
        """From what `to_dict` gives."""
        return cls(
            name=wire["name"],
            port=wire["port"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "name": self.name,
            "port": self.port,
        }


@dataclass(frozen=True)
class Place(Located):
    """A place in a source."""

    source: str
    """Name of the source."""

    path: Optional[str]
    """The field, for example `spec.egressRules[0].to[0]`; null outside of documents."""

    start: Position
    """First character."""

    end: Position
    """One past the last character."""

    message: str
    """A few words for this place; empty if the message is enough."""

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
    """The response of `reach`: which clients can reach which hosts."""

    ok: bool
    """Whether the sources could be evaluated; if not, `diagnostics` contains the reasons."""

    flows: Tuple[Flow, ...]
    """One row for each group of requests that no object distinguishes, including blocked requests."""

    unknowns: Tuple[UnknownReason, ...]
    """Why results are unknown, with the number of rows; the reason of most rows comes first."""

    assumed: Tuple[str, ...]
    """What the results take for granted because no document describes it."""

    text: Optional[str]
    """The flows as text, if requested."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics, in the order of the sources."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ReachResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            flows=tuple(Flow.from_dict(item) for item in wire["flows"]),
            unknowns=tuple(UnknownReason.from_dict(item) for item in wire["unknowns"]),
            assumed=tuple(wire["assumed"]),
            text=wire["text"],
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "flows": [item.to_dict() for item in self.flows],
            "unknowns": [item.to_dict() for item in self.unknowns],
            "assumed": list(self.assumed),
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
class ReplayReason:
    """A reason, and the number of lines that it is for."""

    result: ReplayResult
    """The result of these lines."""

    reason: str
    """The reason."""

    lines: int
    """The number of lines."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ReplayReason:
        """From what `to_dict` gives."""
        return cls(
            result=wire["result"],
            reason=wire["reason"],
            lines=wire["lines"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "result": self.result,
            "reason": self.reason,
            "lines": self.lines,
        }


@dataclass(frozen=True)
class ReplayResponse(Judged):
    """The response of `replay`: how many lines agree with the verdicts, and examples."""

    ok: bool
    """Whether the sources could be evaluated; if not, `diagnostics` contains the reasons, and no line is compared."""

    agree: int
    """The number of lines that agree with the verdict."""

    differ: int
    """The number of lines that contradict the verdict."""

    unknown: int
    """The number of lines for which the verdict is unknown, or that do not show whether it is right."""

    left_out: int
    """The number of lines that are not compared."""

    reasons: Tuple[ReplayReason, ...]
    """The reasons, and the number of lines for each; the most frequent ones first."""

    audited: Tuple[AuditedLines, ...]
    """The rules in audit mode by which alone requests arrive, with the number of lines that agree for each; most lines come first."""

    rows: Tuple[ReplayRow, ...]
    """The first lines of each result."""

    text: Optional[str]
    """The result as text, if requested."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics, in the order of the sources."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ReplayResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            agree=wire["agree"],
            differ=wire["differ"],
            unknown=wire["unknown"],
            left_out=wire["leftOut"],
            reasons=tuple(ReplayReason.from_dict(item) for item in wire["reasons"]),
            audited=tuple(AuditedLines.from_dict(item) for item in wire["audited"]),
            rows=tuple(ReplayRow.from_dict(item) for item in wire["rows"]),
            text=wire["text"],
            diagnostics=tuple(Diagnostic.from_dict(item) for item in wire["diagnostics"]),
            rendered=wire["rendered"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "ok": self.ok,
            "agree": self.agree,
            "differ": self.differ,
            "unknown": self.unknown,
            "leftOut": self.left_out,
            "reasons": [item.to_dict() for item in self.reasons],
            "audited": [item.to_dict() for item in self.audited],
            "rows": [item.to_dict() for item in self.rows],
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }

ReplayResult = Literal["agree", "differ", "unknown", "leftOut"]
"""What comes of comparing one line with the verdict.

- `agree`: The line is as the verdict says.
- `differ`: The line contradicts the verdict.
- `unknown`: The verdict is unknown, or the line does not show whether it is right.
- `leftOut`: The line is not compared.
"""


@dataclass(frozen=True)
class ReplayRow:
    """One line of a log, and the verdict."""

    result: ReplayResult
    """The result."""

    log: str
    """The name of the log."""

    line: int
    """The number of the line, from 1."""

    request: str
    """The request in words; empty if the line is left out."""

    reason: str
    """Why the line differs, is unknown or is left out; empty if it agrees."""

    logged: Optional[Logged]
    """What the line contains; null if it could not be read."""

    trace: Optional[Trace]
    """The request of the line, and its verdict; null if the line is left out."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> ReplayRow:
        """From what `to_dict` gives."""
        return cls(
            result=wire["result"],
            log=wire["log"],
            line=wire["line"],
            request=wire["request"],
            reason=wire["reason"],
            logged=None if wire["logged"] is None else Logged.from_dict(wire["logged"]),
            trace=None if wire["trace"] is None else Trace.from_dict(wire["trace"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "result": self.result,
            "log": self.log,
            "line": self.line,
            "request": self.request,
            "reason": self.reason,
            "logged": None if self.logged is None else self.logged.to_dict(),
            "trace": None if self.trace is None else self.trace.to_dict(),
        }


@dataclass(frozen=True)
class ResourceOrigins:
    """The origin of one resource."""

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
    """The response of `schema`: the JSON Schema of a kind."""

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


@dataclass(frozen=True)
class SettingChange:
    """A setting of a destination that changes."""

    setting: str
    """The field of the policy, below `to[]`, as `retries.attempts`."""

    of: Optional[str]
    """The gateway, the backend or the header whose setting it is; null for a setting of the whole destination."""

    message: str
    """The change as a sentence."""

    before: Optional[str]
    """The value before the change; null if the policy did not set it. A weight is a share of all weights, as `9 of 10`."""

    after: Optional[str]
    """The value after the change; null if the policy does not set it any more."""

    weakens: bool
    """Whether the gateway accepts certificates of more authorities than before: those of its system instead of those of a Secret
or a file."""

    clients: Tuple[str, ...]
    """The clients of the destination, in words."""

    hosts: Tuple[str, ...]
    """The hosts of the destination."""

    port: int
    """The port that clients use."""

    place: Place
    """The destination in the policy after the change."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> SettingChange:
        """From what `to_dict` gives."""
        return cls(
            setting=wire["setting"],
            of=wire["of"],
            message=wire["message"],
            before=wire["before"],
            after=wire["after"],
            weakens=wire["weakens"],
            clients=tuple(wire["clients"]),
            hosts=tuple(wire["hosts"]),
            port=wire["port"],
            place=Place.from_dict(wire["place"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "setting": self.setting,
            "of": self.of,
            "message": self.message,
            "before": self.before,
            "after": self.after,
            "weakens": self.weakens,
            "clients": list(self.clients),
            "hosts": list(self.hosts),
            "port": self.port,
            "place": self.place.to_dict(),
        }

Severity = Literal["error", "warning", "note"]
"""How bad it is.

- `error`: Nothing is compiled.
- `warning`: It compiles, and something is probably not as meant.
- `note`: Worth knowing: what was assumed, what was left out.
"""

Stop = Literal["sidecar", "gateway", "waypoint", "origin"]
"""A place on the way.

- `sidecar`: The client's proxy.
- `gateway`: The egress gateway.
- `waypoint`: The waypoint of a client in ambient mode.
- `origin`: The external host.
"""


@dataclass(frozen=True)
class Suppressed:
    """A diagnostic that a suppression hides."""

    diagnostic: Diagnostic
    """The diagnostic."""

    reason: str
    """Why it is hidden."""

    until: str
    """The last day on which it is hidden."""

    place: Place
    """Where the suppression is written."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Suppressed:
        """From what `to_dict` gives."""
        return cls(
            diagnostic=Diagnostic.from_dict(wire["diagnostic"]),
            reason=wire["reason"],
            until=wire["until"],
            place=Place.from_dict(wire["place"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "diagnostic": self.diagnostic.to_dict(),
            "reason": self.reason,
            "until": self.until,
            "place": self.place.to_dict(),
        }


@dataclass(frozen=True)
class TestResponse(Judged):
    """The response of `test`: the results of the expectations."""

    ok: bool
    """Whether the sources could be evaluated; if not, `diagnostics` contains the reasons."""

    passed: int
    """The number of expectations that pass."""

    failed: int
    """The number of expectations that fail."""

    expectations: Tuple[ExpectationRow, ...]
    """Each expectation, in the order of the sources."""

    uncovered: Tuple[OriginRow, ...]
    """The `to` items that no `allow` expectation reaches."""

    mutants: Tuple[MutantRow, ...]
    """Each change that was tested, if requested."""

    untried: int
    """The number of changes that were not tested because there are too many."""

    assumed: Tuple[str, ...]
    """What the results take for granted because no document describes it."""

    text: Optional[str]
    """The results as text, if requested."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics, in the order of the sources."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

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
            assumed=tuple(wire["assumed"]),
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
            "assumed": list(self.assumed),
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class Trace:
    """The result of a request."""

    query: Query
    """The request, with all defaults."""

    verdict: Verdict
    """The result."""

    status: Optional[int]
    """The HTTP status, if a proxy answers the request; null if no proxy does."""

    closed: bool
    """Whether a proxy closes the connection."""

    gateway: Optional[str]
    """The gateway that the request goes through."""

    other_gateways: Tuple[OtherGateway, ...]
    """The other gateways that it may go through: a weight decides for each request."""

    reached: Optional[Reached]
    """Where the request arrives."""

    also_reached: Tuple[Reached, ...]
    """The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request."""

    response_flags: Optional[str]
    """Envoy's response flags, as in access logs."""

    upstream_cluster: Optional[str]
    """Envoy's cluster of the last proxy, as in access logs."""

    hops: Tuple[Hop, ...]
    """The proxies that the request goes through, in order, and the host where it arrives."""

    deciders_are_known: bool
    """Whether each object in `decidedBy` decides for certain. If not, the request may take several ways with this result: `hops`
shows one of them, and the objects that decide in the others are in `decidedBy`, too."""

    decided_by: Tuple[Decision, ...]
    """The objects that decide the result; hops refer to them by index."""

    unknown: Tuple[str, ...]
    """Why the result is unknown; empty if it is known."""

    cases: Tuple[TraceCase, ...]
    """The possible results if the result is unknown, each with its conditions."""

    more_cases: int
    """The number of possible results that `cases` does not contain."""

    missing: Tuple[str, ...]
    """The documents that would settle which case is right."""

    assumed: Tuple[str, ...]
    """What the result takes for granted because no document describes it."""

    notes: Tuple[str, ...]
    """Remarks on the request."""

    unused: Tuple[UnusedObject, ...]
    """Objects that name the host of the request, or select its client, and that are not used, with the reasons."""

    more_unused: int
    """The number of such objects that `unused` does not contain."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> Trace:
        """From what `to_dict` gives."""
        return cls(
            query=Query.from_dict(wire["query"]),
            verdict=wire["verdict"],
            status=wire["status"],
            closed=wire["closed"],
            gateway=wire["gateway"],
            other_gateways=tuple(OtherGateway.from_dict(item) for item in wire["otherGateways"]),
            reached=None if wire["reached"] is None else Reached.from_dict(wire["reached"]),
            also_reached=tuple(Reached.from_dict(item) for item in wire["alsoReached"]),
            response_flags=wire["responseFlags"],
            upstream_cluster=wire["upstreamCluster"],
            hops=tuple(Hop.from_dict(item) for item in wire["hops"]),
            deciders_are_known=wire["decidersAreKnown"],
            decided_by=tuple(Decision.from_dict(item) for item in wire["decidedBy"]),
            unknown=tuple(wire["unknown"]),
            cases=tuple(TraceCase.from_dict(item) for item in wire["cases"]),
            more_cases=wire["moreCases"],
            missing=tuple(wire["missing"]),
            assumed=tuple(wire["assumed"]),
            notes=tuple(wire["notes"]),
            unused=tuple(UnusedObject.from_dict(item) for item in wire["unused"]),
            more_unused=wire["moreUnused"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "query": self.query.to_dict(),
            "verdict": self.verdict,
            "status": self.status,
            "closed": self.closed,
            "gateway": self.gateway,
            "otherGateways": [item.to_dict() for item in self.other_gateways],
            "reached": None if self.reached is None else self.reached.to_dict(),
            "alsoReached": [item.to_dict() for item in self.also_reached],
            "responseFlags": self.response_flags,
            "upstreamCluster": self.upstream_cluster,
            "hops": [item.to_dict() for item in self.hops],
            "decidersAreKnown": self.deciders_are_known,
            "decidedBy": [item.to_dict() for item in self.decided_by],
            "unknown": list(self.unknown),
            "cases": [item.to_dict() for item in self.cases],
            "moreCases": self.more_cases,
            "missing": list(self.missing),
            "assumed": list(self.assumed),
            "notes": list(self.notes),
            "unused": [item.to_dict() for item in self.unused],
            "moreUnused": self.more_unused,
        }


@dataclass(frozen=True)
class TraceCase:
    """A possible result of a request, and the conditions under which it is the right one."""

    conditions: Tuple[str, ...]
    """The conditions, as clauses; all of them must hold."""

    verdict: Verdict
    """The result."""

    status: Optional[int]
    """The HTTP status, if a proxy answers the request."""

    closed: bool
    """Whether a proxy closes the connection."""

    gateway: Optional[str]
    """The gateway that the request goes through."""

    reached: Optional[Reached]
    """Where the request arrives."""

    response_flags: Optional[str]
    """Envoy's response flags, as in access logs."""

    unknown: Tuple[str, ...]
    """Why the result is unknown even under these conditions; empty if it is known."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> TraceCase:
        """From what `to_dict` gives."""
        return cls(
            conditions=tuple(wire["conditions"]),
            verdict=wire["verdict"],
            status=wire["status"],
            closed=wire["closed"],
            gateway=wire["gateway"],
            reached=None if wire["reached"] is None else Reached.from_dict(wire["reached"]),
            response_flags=wire["responseFlags"],
            unknown=tuple(wire["unknown"]),
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "conditions": list(self.conditions),
            "verdict": self.verdict,
            "status": self.status,
            "closed": self.closed,
            "gateway": self.gateway,
            "reached": None if self.reached is None else self.reached.to_dict(),
            "responseFlags": self.response_flags,
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True)
class TraceResponse(Judged):
    """The response of `trace`: the result of one request."""

    ok: bool
    """Whether the sources could be evaluated; if not, `diagnostics` contains the reasons."""

    trace: Optional[Trace]
    """The result of the request."""

    declared: Optional[bool]
    """Whether the policies allow the request; null if they do not apply to such requests."""

    audit: bool
    """Whether the request arrives only because its rule is in audit mode: an enforced rule would block it."""

    hint: Optional[str]
    """How to allow the request, if no policy allows it, or another hint."""

    text: Optional[str]
    """The trace as text, if requested."""

    diagnostics: Tuple[Diagnostic, ...]
    """The diagnostics, in the order of the sources."""

    rendered: Optional[str]
    """The diagnostics as text, if requested."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> TraceResponse:
        """From what `to_dict` gives."""
        return cls(
            ok=wire["ok"],
            trace=None if wire["trace"] is None else Trace.from_dict(wire["trace"]),
            declared=wire["declared"],
            audit=wire["audit"],
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
            "audit": self.audit,
            "hint": self.hint,
            "text": self.text,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "rendered": self.rendered,
        }


@dataclass(frozen=True)
class UnknownReason:
    """A reason why the results of some rows are unknown."""

    rows: int
    """The number of rows."""

    missing: Optional[str]
    """The document that would settle the results; null if no document does."""

    reason: str
    """The reason; if one document would settle several reasons, the first of them."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> UnknownReason:
        """From what `to_dict` gives."""
        return cls(
            rows=wire["rows"],
            missing=wire["missing"],
            reason=wire["reason"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "rows": self.rows,
            "missing": self.missing,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class UnusedObject:
    """An object near a request that is not used, or a part of it."""

    kind: str
    """Its kind."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    span: Optional[Place]
    """Its place in the sources."""

    reason: str
    """Why it is not used, as a clause."""

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> UnusedObject:
        """From what `to_dict` gives."""
        return cls(
            kind=wire["kind"],
            namespace=wire["namespace"],
            name=wire["name"],
            span=None if wire["span"] is None else Place.from_dict(wire["span"]),
            reason=wire["reason"],
        )

    def to_dict(self) -> Dict[str, Any]:
        """As in every other runtime: plain data, in camelCase."""
        return {
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "span": None if self.span is None else self.span.to_dict(),
            "reason": self.reason,
        }

Unverified = Literal["nothing", "name", "everything"]
"""What a proxy does not verify in its TLS connection to the host, from the best to the worst.

- `nothing`: The certificate is verified, or no proxy opens a TLS connection.
- `name`: The name in the certificate is not verified.
- `everything`: The certificate is not verified.
"""

Verdict = Literal["allowed", "blocked", "diverted", "unknown"]
"""The result of a request.

- `allowed`: The request arrives at its destination.
- `blocked`: The request does not arrive.
- `diverted`: The request, or one like it that a weight or a choice of an endpoint sends elsewhere, arrives at another host or port
than its destination.
- `unknown`: The result is unknown; [`Trace::unknown`] contains the reasons.
"""
