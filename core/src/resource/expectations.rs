//! `EgressExpectations`: requests that must, and must not, get out, in egressc's own kind.

use std::collections::{BTreeMap, BTreeSet};

use super::read;
use super::shape::{Field, METADATA, Shape, Text, list, object, optional, required, some};
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// More URLs in one row are a table of their own.
const MOST_TARGETS: usize = 256;

const ROW: Shape = object(&[
    required(
        "from",
        Shape::Text(Text::Unread),
        "The client: a namespace, then labels, for example `mytest,app=sleep-a`.",
    ),
    required(
        "to",
        some(&Shape::Text(Text::Unread), MOST_TARGETS),
        "The destinations: URLs, for example `https://www.httpbin.org`, with an optional method before each. Schemes are http, https, grpc, tls and tcp.",
    ),
    optional("headers", Shape::Headers, "Headers of the HTTP requests."),
    optional("serviceAccount", Shape::Text(Text::Subdomain), "Service account of the client."),
    optional("tls", Shape::Bool, "Whether the request arrives at the host in TLS. If absent, both are accepted."),
    optional(
        "arrivesAt",
        some(&Shape::Text(Text::Unread), 64),
        "The hosts at which such requests arrive, all of them, where a policy has backends or fallbacks. If absent, every host is accepted.",
    ),
    optional(
        "through",
        some(&Shape::Text(Text::Label), 64),
        "The gateways that such requests go through, all of them, where a policy has several. If absent, every gateway is accepted.",
    ),
    optional(
        "gateway",
        Shape::Text(Text::Label),
        "The gateway that the client calls with `direct`, where the policies name several.",
    ),
    optional(
        "direct",
        Shape::Bool,
        "The client calls the gateway directly, with its own mesh certificate; a port in `to` is a port of the gateway.",
    ),
]);

const FIELDS: &[Field] = &[
    required("apiVersion", Shape::Choice(&["egressc.dev/v1alpha1"]), "API version."),
    required("kind", Shape::Choice(&["EgressExpectations"]), "Kind of the document."),
    required("metadata", METADATA, "Name of the expectations; it has no effect."),
    required(
        "spec",
        object(&[
            optional("allow", list(&ROW), "Requests that arrive."),
            optional("deny", list(&ROW), "Requests that do not arrive."),
        ]),
        "The expectations.",
    ),
];

/// The fields of the kind.
pub(super) const SHAPE: Shape = object(FIELDS);

/// What is expected of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It arrives.
    Allow,
    /// It arrives nowhere.
    Deny,
}

/// One URL of a row.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What is expected.
    pub expected: Expected,
    /// Who asks, as written.
    pub from: Spanned<String>,
    /// What for, as written.
    pub to: Spanned<String>,
    /// `headers`, with their names in lower case.
    pub headers: Spanned<BTreeMap<String, String>>,
    /// `serviceAccount`.
    pub service_account: Option<String>,
    /// `tls`.
    pub tls: Option<bool>,
    /// `arrivesAt`, in lower case.
    pub arrives_at: Option<BTreeSet<String>>,
    /// `through`.
    pub through: Option<BTreeSet<String>>,
    /// `direct`.
    pub direct: bool,
    /// `gateway`.
    pub gateway: Option<Spanned<String>>,
    /// The row.
    pub span: Span,
}

/// The expectations of a document, row by row.
pub(super) fn read(root: &Node) -> Option<Vec<Expectation>> {
    let spec = root.given("spec")?;
    let rows = |key, expected| read::each(spec, key, move |node| Some(row(node, expected))).concat();
    Some([rows("allow", Expected::Allow), rows("deny", Expected::Deny)].concat())
}

fn row(node: &Node, expected: Expected) -> Vec<Expectation> {
    let Some(from) = read::text(node, "from") else { return Vec::new() };
    let given = node.given("headers");
    let entries = given.map(Node::entries).unwrap_or_default().iter();
    let headers: BTreeMap<String, String> =
        entries.filter_map(|entry| Some((entry.key.to_ascii_lowercase(), entry.value.text()?.to_owned()))).collect();
    let headers = Spanned::new(headers, given.map_or(node.span, |given| given.span));
    let targets = match node.given("to").map(|to| &to.kind) {
        Some(NodeKind::List(items)) => items.as_slice(),
        _ => &[],
    };
    targets
        .iter()
        .filter_map(|target| Some(Spanned::new(target.text()?.to_owned(), target.span)))
        .map(|to| Expectation {
            expected,
            from: from.clone(),
            to,
            headers: headers.clone(),
            service_account: read::text(node, "serviceAccount").map(|name| name.value),
            tls: read::boolean(node, "tls").map(|fact| fact.value),
            arrives_at: node
                .given("arrivesAt")
                .map(|hosts| hosts.items().iter().filter_map(|host| Some(host.text()?.to_ascii_lowercase())).collect()),
            through: node
                .given("through")
                .map(|names| names.items().iter().filter_map(|name| Some(name.text()?.to_owned())).collect()),
            gateway: read::text(node, "gateway"),
            direct: read::boolean(node, "direct").is_some_and(|fact| fact.value),
            span: node.span,
        })
        .collect()
}
