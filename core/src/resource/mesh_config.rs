//! Istio's mesh config, in the `ConfigMap` that istiod reads: YAML in a text in YAML.

use super::conform::conform;
use super::shape::{Field, METADATA, Shape, Text, list, open_object, optional, required};
use super::{CaptureSettings, OutboundTrafficPolicy, read};
use crate::diagnostic::Report;
use crate::source::{SourceMap, Spanned};
use crate::syntax::{Node, NodeKind, embedded};

const FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name of the ConfigMap, `istio` or `istio-<revision>`, and istiod's namespace."),
    required(
        "data",
        open_object(&[required("mesh", Shape::Text(Text::Unread), "The mesh config, as a string.")]),
        "The data.",
    ),
];

/// The fields of the kind that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// The fields of the text in it.
const MESH: Shape = open_object(&[
    optional("rootNamespace", Shape::Text(Text::Label), "Root namespace."),
    optional("trustDomain", Shape::Text(Text::Free), "Trust domain."),
    optional("trustDomainAliases", list(&Shape::Text(Text::Free)), "Other names of the trust domain."),
    optional("enableAutoMtls", Shape::Bool, "Whether proxies use mutual TLS automatically."),
    optional(
        "pathNormalization",
        open_object(&[optional("normalization", Shape::Text(Text::Free), "How.")]),
        "How proxies normalize a path before they match it.",
    ),
    optional(
        "outboundTrafficPolicy",
        open_object(&[optional(
            "mode",
            Shape::Choice(&OutboundTrafficPolicy::WORDS),
            "What sidecars do with traffic to unknown hosts.",
        )]),
        "`REGISTRY_ONLY` blocks traffic to unknown hosts, `ALLOW_ANY` allows it.",
    ),
]);

/// Settings that change what a proxy does with a request, and that nothing here follows.
const NOT_FOLLOWED: [&str; 4] =
    ["defaultServiceExportTo", "defaultVirtualServiceExportTo", "defaultDestinationRuleExportTo", "discoverySelectors"];

/// The one of them that decides which path a rule sees.
const PATH_NORMALIZATION: &str = "pathNormalization.normalization";

/// The document.
#[derive(Debug, Clone)]
pub struct MeshConfigDocument {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// The revision that it is for; `default` where the name has none.
    pub revision: String,
    /// What sidecars capture, where a pod says nothing else.
    pub capture: CaptureSettings,
    /// The root namespace: istiod's own unless it says otherwise.
    pub root_namespace: Option<Spanned<String>>,
    /// `trustDomain`.
    pub trust_domain: Option<Spanned<String>>,
    /// `trustDomainAliases`.
    pub trust_domain_aliases: Option<Spanned<Vec<String>>>,
    /// `enableAutoMtls`.
    pub auto_mtls: Option<Spanned<bool>>,
    /// What sidecars do with unknown hosts. Istio lets them out when it says nothing.
    pub outbound_traffic_policy: Spanned<OutboundTrafficPolicy>,
    /// Whether sidecars answer DNS, when it says so.
    pub dns_capture: Option<Spanned<bool>>,
    /// Settings that are not followed.
    pub not_followed: Vec<Spanned<String>>,
}

impl MeshConfigDocument {
    /// Whether proxies treat paths otherwise than Istio has them do by itself.
    pub fn changes_paths(&self) -> bool {
        self.not_followed.iter().any(|setting| setting.value.starts_with(PATH_NORMALIZATION))
    }
}

/// Whether a `ConfigMap` is one of istiod's.
pub(super) fn is_one(root: &Node) -> bool {
    let name = root.given("metadata").and_then(|metadata| metadata.given("name")).and_then(Node::text);
    name.is_some_and(|name| name == "istio" || name.starts_with("istio-"))
        && root.given("data").is_some_and(|data| data.given("mesh").is_some())
}

pub(super) fn read(root: &Node, sources: &SourceMap, report: &mut Report) -> Option<MeshConfigDocument> {
    let metadata = read::metadata(root)?;
    let data = root.given("data")?.entries().iter().find(|entry| &*entry.key == "mesh")?;
    let nothing = Node { span: data.key_span, kind: NodeKind::Map(Vec::new()) };
    // An empty text is the mesh config that has all defaults; one that cannot be read is none at all.
    let mut problems = Report::default();
    let mesh = embedded(data, sources, &mut problems).unwrap_or(nothing);
    conform(&mesh, &MESH, "", &mut problems);
    let broken = problems.has_errors();
    problems.sorted().into_iter().for_each(|problem| report.push(problem));
    if broken {
        return None;
    }
    let outbound = mesh.given("outboundTrafficPolicy").and_then(|policy| read::text(policy, "mode"));
    let capture = mesh
        .given("defaultConfig")
        .and_then(|config| config.given("proxyMetadata"))
        .and_then(|metadata| metadata.given("ISTIO_META_DNS_CAPTURE"));
    let is_true = |node: &Node| node.kind == NodeKind::Bool(true) || node.text() == Some("true");
    let is_said = |node: &Node| !matches!(&node.kind, NodeKind::List(items) if items.is_empty());
    let mut not_followed: Vec<Spanned<String>> = NOT_FOLLOWED
        .iter()
        .filter_map(|key| mesh.entries().iter().find(|entry| &*entry.key == *key && is_said(&entry.value)))
        .map(|entry| Spanned::new(entry.key.to_string(), entry.key_span))
        .collect();
    let interception_mode = mesh.given("defaultConfig").and_then(|config| read::text(config, "interceptionMode"));
    let normalization = mesh.given("pathNormalization").and_then(|paths| read::text(paths, "normalization"));
    if let Some(other) = normalization.filter(|known| !matches!(known.value.as_str(), "DEFAULT" | "BASE")) {
        not_followed.push(other.map(|other| format!("{PATH_NORMALIZATION}: {other}")));
    }
    let aliases = mesh.given("trustDomainAliases").map(|node| {
        let aliases = read::each(&mesh, "trustDomainAliases", |alias| alias.text().map(str::to_owned));
        Spanned::new(aliases, node.span)
    });
    Some(MeshConfigDocument {
        root_namespace: read::text(&mesh, "rootNamespace").or(metadata.namespace),
        trust_domain: read::text(&mesh, "trustDomain"),
        trust_domain_aliases: aliases,
        auto_mtls: read::boolean(&mesh, "enableAutoMtls"),
        outbound_traffic_policy: match outbound {
            Some(mode) => {
                mode.map(|mode| OutboundTrafficPolicy::of_word(&mode).unwrap_or(OutboundTrafficPolicy::AllowAny))
            }
            None => Spanned::new(OutboundTrafficPolicy::AllowAny, data.key_span),
        },
        dns_capture: capture.map(|node| Spanned::new(is_true(node), node.span)),
        not_followed,
        revision: metadata.name.strip_prefix("istio-").unwrap_or("default").to_owned(),
        capture: CaptureSettings { interception_mode, ..CaptureSettings::default() },
        name: metadata.name,
    })
}
