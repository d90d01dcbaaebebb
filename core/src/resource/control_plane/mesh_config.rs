//! Istio's mesh config, wherever people keep it.

use super::super::protobuf::{self, Unreadable};
use super::super::proxy_variables::{self, DNS_CAPTURE};
use super::super::read::is_true;
use super::super::{
    CaptureSettings, ChangedHeaders, OutboundTrafficPolicy, PathNormalization, Setting, name_rules, read,
};
use super::discovery::{DISCOVERY_SELECTORS, Discovery};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// Settings that change what a proxy does with a request, and that nothing here follows.
const NOT_FOLLOWED: [&str; 1] = ["serviceEntryVisibility"];

/// Settings that change which objects proxies see, or what they take them for.
const CHANGE_OBJECTS: [&str; 8] = [
    "rootNamespace",
    "trustDomain",
    "trustDomainAliases",
    "enableAutoMtls",
    DISCOVERY_SELECTORS,
    "defaultServiceExportTo",
    "defaultVirtualServiceExportTo",
    "defaultDestinationRuleExportTo",
];

/// It has proxies speak HTTP/2 to ports of HTTP, and changes nothing for others.
const HTTP_2: &str = "h2UpgradePolicy";

/// What istiod does with a mesh config that it cannot read.
const LAST_KNOWN: &str = "istiod keeps what it had before, and has its own defaults after a restart, which allow traffic to unknown hosts (`NewCollection` of pkg/config/mesh/meshwatcher/collection.go)";

/// No mode of Istio, so that what sidecars capture is not known.
const INTERCEPTION_MODE_UNREADABLE: &str = "interceptionMode in a mesh config that istiod cannot read";

/// A mesh config.
#[derive(Debug, Clone)]
pub struct MeshConfig {
    /// Where it is, for settings that it does not have.
    pub place: Span,
    /// Whether it is all that istiod reads: what it does not say is as Istio has it by itself.
    pub is_whole: bool,
    /// The place that keeps istiod from reading it. No setting is known then.
    pub unreadable: Option<Span>,
    /// The root namespace, when it says so: `istio-system` by itself, wherever istiod runs (`DefaultMeshConfig` of
    /// `pkg/config/mesh/mesh.go`).
    pub root_namespace: Option<Spanned<String>>,
    /// `trustDomain`.
    pub trust_domain: Option<Spanned<String>>,
    /// `trustDomainAliases`.
    pub trust_domain_aliases: Option<Spanned<Vec<String>>>,
    /// `enableAutoMtls`.
    pub auto_mtls: Option<Spanned<bool>>,
    /// What sidecars do with unknown hosts, when it says so.
    pub outbound_traffic_policy: Option<Spanned<OutboundTrafficPolicy>>,
    /// Whether sidecars answer DNS, when it says so.
    pub dns_capture: Option<Spanned<bool>>,
    /// Whether proxies stop looking for HTTP after some time, when it says so (`protocolDetectionTimeout`).
    pub detection_times_out: Option<Spanned<bool>>,
    /// What proxies make of a path, when it says so.
    pub path_normalization: Option<Spanned<PathNormalization>>,
    /// Headers that `defaultConfig` has proxies treat otherwise.
    pub changed_headers: ChangedHeaders,
    /// Ports that sidecars have for themselves otherwise than usual: the usual one and the one in its place, with the setting.
    pub moved_ports: Vec<(u16, String)>,
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
        self.not_followed.iter().filter(|setting| setting.value != HTTP_2)
    }

    /// Whether proxies speak HTTP/2 to ports of HTTP.
    pub(super) fn upgrades_http(&self) -> bool {
        self.not_followed.iter().any(|setting| setting.value == HTTP_2)
    }

    /// The same as all that istiod reads.
    #[must_use]
    pub(super) fn made_whole(mut self) -> Self {
        self.is_whole = true;
        if self.unreadable.is_none() {
            let default = Spanned::new(OutboundTrafficPolicy::AllowAny, self.place);
            self.outbound_traffic_policy = self.outbound_traffic_policy.or(Some(default));
        }
        self
    }
}

/// Reads a mesh config; `place` is where a setting is missing that it does not have.
pub(super) fn read(mesh: &Node, place: Span, report: &mut Report) -> MeshConfig {
    let read = protobuf::read(&protobuf::MESH_CONFIG, mesh);
    let unreadable = match &read {
        Ok(mesh) => validate(mesh),
        Err(unreadable) => unreadable.clone(),
    };
    match (read, unreadable.first()) {
        (Ok(read), None) => of_readable(&read, mesh.given("defaultConfig").is_some(), place),
        (_, first) => {
            report.extend(unreadable.iter().map(diagnostic));
            of_unreadable(mesh, first.map_or(place, |first| first.place), place)
        }
    }
}

/// A mesh config whose text is no YAML, with what is wrong with it.
pub(super) fn no_yaml(place: Span, problems: Report, report: &mut Report) -> MeshConfig {
    let unreadable: Vec<Unreadable> = problems
        .sorted()
        .into_iter()
        .map(|problem| Unreadable {
            place: problem.labels.first().map_or(place, |label| label.span),
            rule: problem.message,
            instead: None,
        })
        .collect();
    report.extend(unreadable.iter().map(diagnostic));
    let nothing = Node { span: place, kind: NodeKind::Map(Vec::new()) };
    of_unreadable(&nothing, unreadable.first().map_or(place, |first| first.place), place)
}

/// The rules of `ValidateMeshConfig` (`pkg/config/validation/agent/validation.go`) that people break: the others are about
/// settings that have nothing to do with egress.
fn validate(mesh: &Node) -> Vec<Unreadable> {
    let aliases = mesh.given("trustDomainAliases").map(Node::items).unwrap_or_default();
    let domains = mesh.given("trustDomain").into_iter().chain(aliases);
    let is_domain = |text: &str| {
        let text = text.strip_suffix('.').unwrap_or(text);
        text.split('.').all(|label| name_rules::is_dns_label(&label.to_ascii_lowercase()))
    };
    let broken = domains.filter_map(|domain| Some((domain, domain.text().filter(|text| !is_domain(text))?)));
    let rule = "a trust domain is made of letters, digits, `-` and `.`, and this is another text";
    broken.map(|(domain, _)| Unreadable { place: domain.span, rule: rule.to_owned(), instead: None }).collect()
}

fn diagnostic(unreadable: &Unreadable) -> Diagnostic {
    let text = format!("istiod cannot read this mesh config: {}", unreadable.rule);
    let found = Diagnostic::new(&codes::UNREADABLE_MESH_CONFIG, unreadable.place, text).note(LAST_KNOWN);
    match &unreadable.instead {
        Some(instead) => found.help(format!("write `{instead}`")).fix(
            format!("write `{instead}`"),
            unreadable.place,
            instead.as_str(),
        ),
        None => found,
    }
}

/// Nothing is known of a setting. What it would say of objects is named, because it held before, or would.
fn of_unreadable(mesh: &Node, at: Span, place: Span) -> MeshConfig {
    let named = |key: &str| NOT_FOLLOWED.contains(&key) || CHANGE_OBJECTS.contains(&key);
    let entries = mesh.entries().iter().filter(|entry| named(&entry.key));
    let defaults = mesh.given("defaultConfig").map(Node::entries).unwrap_or_default();
    let interception = defaults.iter().find(|entry| matches!(&*entry.key, "interceptionMode" | "interception_mode"));
    MeshConfig {
        place,
        is_whole: false,
        unreadable: Some(at),
        root_namespace: None,
        trust_domain: None,
        trust_domain_aliases: None,
        auto_mtls: None,
        outbound_traffic_policy: None,
        dns_capture: None,
        detection_times_out: None,
        path_normalization: None,
        changed_headers: ChangedHeaders::ALL,
        moved_ports: Vec::new(),
        interception_mode: interception
            .map(|entry| Spanned::new(INTERCEPTION_MODE_UNREADABLE.to_owned(), entry.key_span)),
        variables_not_followed: Vec::new(),
        discovery: Discovery::default(),
        not_followed: entries.map(|entry| Spanned::new(entry.key.to_string(), entry.key_span)).collect(),
    }
}

/// `has_defaults` is whether `defaultConfig` goes by its name in JSON: by another one it is not merged (`ApplyMeshConfig` of
/// `pkg/config/mesh/mesh.go`).
fn of_readable(mesh: &Node, has_defaults: bool, place: Span) -> MeshConfig {
    let defaults = mesh.given("defaultConfig").filter(|_| has_defaults);
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
    not_followed.extend(config_sources(mesh));
    not_followed.extend(changing_proxies(mesh, defaults));
    let aliases = mesh.given("trustDomainAliases").map(|node| {
        let aliases = read::each(mesh, "trustDomainAliases", |alias| alias.text().map(str::to_owned));
        Spanned::new(aliases, node.span)
    });
    let outbound = mesh.given("outboundTrafficPolicy").map(|policy| outbound(policy, &mut not_followed));
    let variables = defaults.and_then(|defaults| defaults.given("proxyMetadata"));
    let dns_capture = variables.and_then(|variables| is_true(variables, DNS_CAPTURE));
    if dns_capture.is_none()
        && let Some(other) = variables.and_then(|variables| read::text(variables, DNS_CAPTURE))
    {
        // Istiod does not serve a proxy that says neither yes nor no (`StringBool` of `pkg/model/proxy.go`).
        not_followed.push(other.map(|other| format!("{DNS_CAPTURE}: {other}")));
    }
    MeshConfig {
        place,
        is_whole: false,
        unreadable: None,
        root_namespace: read::text(mesh, "rootNamespace"),
        trust_domain: read::text(mesh, "trustDomain"),
        trust_domain_aliases: aliases,
        auto_mtls: read::boolean(mesh, "enableAutoMtls"),
        outbound_traffic_policy: outbound,
        dns_capture,
        // A time of zero is none (core/listener.go, `buildListenerFromEntry`).
        detection_times_out: read::text(mesh, "protocolDetectionTimeout")
            .map(|time| time.map(|time| time.contains(|digit| matches!(digit, '1'..='9')))),
        path_normalization: normalization
            .and_then(|word| Some(Spanned::new(PathNormalization::of_word(&word.value)?, word.span))),
        changed_headers: defaults.map(ChangedHeaders::of_proxy_config).unwrap_or_default(),
        moved_ports: moved_ports(mesh),
        interception_mode: defaults.and_then(|defaults| read::text(defaults, "interceptionMode")),
        variables_not_followed: proxy_variables::not_followed(
            defaults.and_then(|defaults| defaults.given("proxyMetadata")),
            "the mesh config",
        ),
        discovery: discovery.unwrap_or_default(),
        not_followed,
    }
}

/// `proxyListenPort` and `proxyInboundListenPort`, where they are not the usual ones.
fn moved_ports(mesh: &Node) -> Vec<(u16, String)> {
    let moved = |(key, usual): (&str, u16)| {
        // A number with a fraction of zero is a whole one, and a text may be a number (`INT32` in protobuf's JSON).
        let written = read::word(mesh, key).map(|word| word.value).unwrap_or_default();
        let port = written.strip_suffix(".0").unwrap_or(&written).parse::<u16>().ok();
        let port = port.filter(|port| *port != usual)?;
        Some([usual, port].map(|number| (number, format!("`{key}: {port}` of the mesh config"))))
    };
    [("proxyListenPort", 15001), ("proxyInboundListenPort", 15006)].into_iter().filter_map(moved).flatten().collect()
}

/// Istio's objects come from there, and not from the cluster alone (`initConfigSources` of `pilot/pkg/bootstrap`).
fn config_sources(mesh: &Node) -> Option<Spanned<String>> {
    let sources = mesh.given("configSources")?;
    let is_cluster = |source: &Node| {
        let address = source.given("address").and_then(Node::text).unwrap_or_default();
        address.starts_with("k8s:")
    };
    (!sources.items().iter().all(is_cluster)).then(|| Spanned::new("configSources".to_owned(), sources.span))
}

/// Settings that change how every gateway or every proxy speaks, by their values.
fn changing_proxies(mesh: &Node, defaults: Option<&Node>) -> Vec<Spanned<String>> {
    let named = |name: &str, node: &Node| Spanned::new(name.to_owned(), node.span);
    let upgrade = mesh.given(HTTP_2).filter(|policy| policy.text() == Some("UPGRADE"));
    let topology = defaults.and_then(|defaults| defaults.given("gatewayTopology"));
    // Gateways then want its header before anything else, also from sidecars (core/gateway.go).
    let proxy_protocol = topology.and_then(|topology| topology.given("proxyProtocol"));
    [
        upgrade.map(|node| named(HTTP_2, node)),
        proxy_protocol.map(|node| named("defaultConfig.gatewayTopology.proxyProtocol", node)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A policy that is given replaces Istio's own, also one without a mode: the mode with the number 0 is REGISTRY_ONLY.
fn outbound(policy: &Node, not_followed: &mut Vec<Spanned<String>>) -> Spanned<OutboundTrafficPolicy> {
    let Some(mode) = policy.given("mode") else {
        return Spanned::new(OutboundTrafficPolicy::RegistryOnly, policy.span);
    };
    let known = mode.text().and_then(OutboundTrafficPolicy::of_word);
    if known.is_none() {
        not_followed.push(Spanned::new("outboundTrafficPolicy.mode".to_owned(), mode.span));
    }
    Spanned::new(known.unwrap_or(OutboundTrafficPolicy::AllowAny), mode.span)
}
