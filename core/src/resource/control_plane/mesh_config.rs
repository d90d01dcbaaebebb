//! Istio's mesh config, wherever people keep it.

use super::super::conform::conform;
use super::super::proxy_variables::{self, DNS_CAPTURE};
use super::super::read::is_true;
use super::super::shape::{Shape, Text, list, open_object, optional};
use super::super::{CaptureSettings, OutboundTrafficPolicy, Setting, read};
use super::discovery::{DISCOVERY_SELECTORS, Discovery};
use crate::diagnostic::Report;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// The fields of a mesh config that are read.
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
const NOT_FOLLOWED: [&str; 1] = ["serviceEntryVisibility"];

/// The one of them that decides which path a rule sees.
const PATH_NORMALIZATION: &str = "pathNormalization.normalization";

/// A mesh config.
#[derive(Debug, Clone)]
pub struct MeshConfig {
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
    /// Whether proxies stop looking for HTTP after some time, when it says so (`protocolDetectionTimeout`).
    pub detection_times_out: Option<Spanned<bool>>,
    /// `defaultConfig.interceptionMode`.
    pub interception_mode: Option<Spanned<String>>,
    /// Variables of `defaultConfig.proxyMetadata` that change what sidecars capture, and are not followed.
    pub variables_not_followed: Vec<Spanned<String>>,
    /// Which objects istiod reads, and who sees them.
    pub discovery: Discovery,
    /// Settings that are not followed.
    pub not_followed: Vec<Spanned<String>>,
}

impl MeshConfig {
    /// What its `defaultConfig` says about capture.
    pub(super) fn capture(&self) -> CaptureSettings {
        let mode = self.interception_mode.clone();
        CaptureSettings {
            interception_mode: mode.map(|mode| Setting::new("defaultConfig.interceptionMode", mode, "the mesh config")),
            not_followed: self.variables_not_followed.clone(),
            ..CaptureSettings::default()
        }
    }

    /// The settings that change which objects proxies see.
    pub(super) fn changes_objects(&self) -> impl Iterator<Item = &Spanned<String>> {
        let changes = |name: &str| name == DISCOVERY_SELECTORS || NOT_FOLLOWED.contains(&name);
        self.not_followed.iter().filter(move |setting| changes(&setting.value))
    }

    /// Whether proxies treat paths otherwise than Istio has them do by itself.
    pub fn changes_paths(&self) -> bool {
        self.not_followed.iter().any(|setting| setting.value.starts_with(PATH_NORMALIZATION))
    }
}

impl MeshConfig {
    /// These settings, and others where the text of these, `own`, says nothing.
    #[must_use]
    pub(super) fn or(self, others: Self, own: &Node) -> Self {
        let says_mode = own.given("outboundTrafficPolicy").is_some_and(|policy| policy.given("mode").is_some());
        Self {
            root_namespace: self.root_namespace.or(others.root_namespace),
            trust_domain: self.trust_domain.or(others.trust_domain),
            trust_domain_aliases: self.trust_domain_aliases.or(others.trust_domain_aliases),
            auto_mtls: self.auto_mtls.or(others.auto_mtls),
            outbound_traffic_policy: if says_mode {
                self.outbound_traffic_policy
            } else {
                others.outbound_traffic_policy
            },
            dns_capture: self.dns_capture.or(others.dns_capture),
            detection_times_out: self.detection_times_out.or(others.detection_times_out),
            interception_mode: self.interception_mode.or(others.interception_mode),
            variables_not_followed: self
                .variables_not_followed
                .into_iter()
                .chain(others.variables_not_followed)
                .collect(),
            discovery: self.discovery.or(others.discovery),
            not_followed: self.not_followed.into_iter().chain(others.not_followed).collect(),
        }
    }
}

/// Reads a mesh config; `place` is where a setting is missing that it does not have. `None` where it is misshapen.
pub(super) fn read(mesh: &Node, place: Span, report: &mut Report) -> Option<MeshConfig> {
    let mut problems = Report::default();
    conform(mesh, &MESH, "", &mut problems);
    let broken = problems.has_errors();
    problems.sorted().into_iter().for_each(|problem| report.push(problem));
    if broken {
        return None;
    }
    let outbound = mesh.given("outboundTrafficPolicy").and_then(|policy| read::text(policy, "mode"));
    let defaults = mesh.given("defaultConfig");
    let is_said = |node: &Node| !matches!(&node.kind, NodeKind::List(items) if items.is_empty());
    let mut not_followed: Vec<Spanned<String>> = NOT_FOLLOWED
        .iter()
        .filter_map(|key| mesh.entries().iter().find(|entry| &*entry.key == *key && is_said(&entry.value)))
        .map(|entry| Spanned::new(entry.key.to_string(), entry.key_span))
        .collect();
    let discovery = Discovery::read(mesh);
    if discovery.is_none()
        && let Some(entry) = mesh.entries().iter().find(|entry| &*entry.key == DISCOVERY_SELECTORS)
    {
        not_followed.push(Spanned::new(DISCOVERY_SELECTORS.to_owned(), entry.key_span));
    }
    let normalization = mesh.given("pathNormalization").and_then(|paths| read::text(paths, "normalization"));
    if let Some(other) = normalization.filter(|known| !matches!(known.value.as_str(), "DEFAULT" | "BASE")) {
        not_followed.push(other.map(|other| format!("{PATH_NORMALIZATION}: {other}")));
    }
    let aliases = mesh.given("trustDomainAliases").map(|node| {
        let aliases = read::each(mesh, "trustDomainAliases", |alias| alias.text().map(str::to_owned));
        Spanned::new(aliases, node.span)
    });
    Some(MeshConfig {
        root_namespace: read::text(mesh, "rootNamespace"),
        trust_domain: read::text(mesh, "trustDomain"),
        trust_domain_aliases: aliases,
        auto_mtls: read::boolean(mesh, "enableAutoMtls"),
        outbound_traffic_policy: match outbound {
            Some(mode) => {
                mode.map(|mode| OutboundTrafficPolicy::of_word(&mode).unwrap_or(OutboundTrafficPolicy::AllowAny))
            }
            None => Spanned::new(OutboundTrafficPolicy::AllowAny, place),
        },
        dns_capture: defaults
            .and_then(|defaults| defaults.given("proxyMetadata"))
            .and_then(|variables| is_true(variables, DNS_CAPTURE)),
        // A time of zero is none (core/listener.go, `buildListenerFromEntry`).
        detection_times_out: read::text(mesh, "protocolDetectionTimeout")
            .map(|time| time.map(|time| time.contains(|digit| matches!(digit, '1'..='9')))),
        interception_mode: defaults.and_then(|defaults| read::text(defaults, "interceptionMode")),
        variables_not_followed: proxy_variables::not_followed(
            defaults.and_then(|defaults| defaults.given("proxyMetadata")),
            "the mesh config",
        ),
        discovery: discovery.unwrap_or_default(),
        not_followed,
    })
}
