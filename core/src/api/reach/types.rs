use serde::{Deserialize, Serialize};

use crate::api::{Accountability, ClientPath, Diagnostic, OtherGateway, Place, Rendering, Source};
use crate::resource::{Date, Labels};
use crate::source::PositionEncoding;
use crate::trace::{Encryption, Message, Reached, Scheme, Unverified, Verdict};

/// The request of `reach`: which clients can reach which hosts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `reach`: an object")]
pub struct ReachRequest {
    /// All policies of the mesh, the documents that describe it, and Istio objects.
    pub sources: Vec<Source>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the result in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ReachFormat>,
    /// Which rows the response contains; without it, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<ReachFilter>,
    /// Title of the formats `html` and `svg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Date that the formats `html` and `svg` show, such as `2027-03-31`. Without it they show none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// Which rows a response of `reach` contains: those for which all of this holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default, expecting = "a filter of `reach`: an object")]
pub struct ReachFilter {
    /// The client is this one: a namespace, then labels, for example `mytest,app=sleep-a`. Without labels, it is any client of the
    /// namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The destination is this host; `*.example.com` is every host below `example.com`. A port may follow: `example.com:443`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The result is this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<ReachOnly>,
    /// The client is in one of these namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
}

/// The result of the rows of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReachOnly {
    /// The request arrives somewhere, or it is unknown whether it does.
    Allowed,
    /// The request is blocked.
    Blocked,
    /// The request arrives, and bypasses every gateway.
    Bypass,
}

/// How flows are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReachFormat {
    /// Aligned columns.
    Table,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz graph.
    Dot,
    /// A page with a picture and a table, in one file without scripts.
    Html,
    /// A picture, in one file without scripts.
    Svg,
}

/// The response of `reach`: which clients can reach which hosts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReachResponse {
    /// Whether the sources could be evaluated; if not, `diagnostics` contains the reasons.
    pub ok: bool,
    /// One row for each group of requests that no object distinguishes, including blocked requests.
    pub flows: Vec<Flow>,
    /// Why results are unknown, with the number of rows; the reason of most rows comes first.
    pub unknowns: Vec<UnknownReason>,
    /// What the results take for granted because no document describes it.
    pub assumed: Vec<String>,
    /// The flows as text, if requested.
    pub text: Option<String>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// A reason why the results of some rows are unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnknownReason {
    /// The number of rows.
    pub rows: usize,
    /// The document that would settle the results; null if no document does.
    pub missing: Option<String>,
    /// The reason; if one document would settle several reasons, the first of them.
    pub reason: String,
}

/// One kind of client and one destination, with the result of its requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Flow {
    /// The client.
    pub from: FlowClient,
    /// The destination.
    pub to: FlowTarget,
    /// The result.
    pub verdict: Verdict,
    /// Whether a policy allows the request.
    pub declared: bool,
    /// Whether the request arrives only because its rule is in audit mode: an enforced rule would block it.
    pub audit: bool,
    /// Whether the request reaches a host and bypasses every gateway.
    pub bypass: bool,
    /// The gateway that the request goes through.
    pub gateway: Option<String>,
    /// The port of the gateway's Service.
    pub gateway_port: Option<u16>,
    /// The other gateways that it may go through: a weight decides for each request.
    pub other_gateways: Vec<OtherGateway>,
    /// Encryption between the client's proxy and the gateway.
    pub to_gateway: Option<Encryption>,
    /// Encryption on the connection to the host.
    pub to_host: Option<Encryption>,
    /// What a proxy does not verify in its TLS connection to the host.
    pub unverified: Unverified,
    /// Where the request arrives.
    pub reached: Option<Reached>,
    /// The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request.
    pub also_reached: Vec<Reached>,
    /// The HTTP status, if a proxy answers the request.
    pub status: Option<u16>,
    /// Envoy's response flags.
    pub response_flags: Option<String>,
    /// The policy that declares the flow, in the form `namespace/name`.
    pub policy: Option<String>,
    /// The rule that declares the flow.
    pub rule: Option<String>,
    /// Who answers for the rule; null if the rule does not say so.
    pub accountability: Option<Accountability>,
    /// The place of the declaration, or of the object that allows the request.
    pub place: Option<Place>,
    /// Why the result is unknown; empty if it is known.
    pub unknown: Vec<String>,
}

/// A kind of client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FlowClient {
    /// Its namespace; null stands for all namespaces that are not named.
    pub namespace: Option<String>,
    /// How many other namespaces the row stands for: they have the same kind of Sidecar, and no object tells them apart for the
    /// destination. It is 0 where the row is about one namespace, as nearly all rows are.
    pub other_namespaces: usize,
    /// Labels of its pods; empty stands for all pods with none of the named labels.
    pub labels: Labels,
    /// Its service account; null if unknown. `*` stands for all accounts that are not named, where a policy names some.
    pub service_account: Option<String>,
    /// How its traffic leaves the pod.
    pub path: ClientPath,
    /// The client as a text for people.
    pub description: String,
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FlowTarget {
    /// The protocol of the client.
    pub scheme: Scheme,
    /// The host that the client calls.
    pub host: String,
    /// The addresses, or networks of addresses, that the client dials, if the result depends on them: `*` stands for all that have no
    /// row of their own.
    pub addresses: Vec<String>,
    /// The port that the client calls.
    pub port: u16,
    /// The name that the client sends in `Host` or as TLS server name, if it is not the host that it calls; empty if it sends none.
    pub name: Option<String>,
    /// Method, path and headers of its HTTP requests, if an object distinguishes them and they have another result; null stands for
    /// all other requests.
    pub message: Option<Message>,
}
