use std::collections::{BTreeMap, BTreeSet};

use super::fields::Fields;
use crate::resource::Labels;
use crate::source::Span;

/// How a host is connected to.
#[derive(Debug, Clone)]
pub struct DestinationRule {
    /// The host as written; may be a short name.
    pub host: String,
    /// Namespaces that see it, as written: Istio compares the words.
    pub export_to: BTreeSet<String>,
    /// Which workloads of its namespace use it.
    pub workload_selector: Option<Labels>,
    /// For all of the host.
    pub traffic_policy: Option<TrafficPolicy>,
    /// Named ways.
    pub subsets: BTreeMap<String, Subset>,
    /// The whole.
    pub span: Option<Span>,
}

/// A named way to connect.
#[derive(Debug, Clone)]
pub struct Subset {
    /// Labels of its endpoints.
    pub labels: Labels,
    /// Its own settings.
    pub traffic_policy: Option<TrafficPolicy>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// Settings of connections, as far as they decide where bytes go.
#[derive(Debug, Clone, Default)]
pub struct TrafficPolicy {
    /// TLS.
    pub tls: Option<TlsSettings>,
    /// The version of HTTP in which a proxy speaks to the host; `None` without a `connectionPool`.
    pub http: Option<UpstreamHttp>,
    /// Whether the `connectionPool` has a setting that is an option of HTTP in Envoy, and not one of the cluster.
    pub has_http_options: bool,
    /// Settings for one port, which replace the others.
    pub ports: BTreeMap<u16, TrafficPolicy>,
    /// Fields that may send bytes elsewhere.
    pub unsupported: Vec<String>,
    /// Whether it says itself, and not for one port, that connections go to the address that the client dialled.
    pub passes_through: bool,
}

impl TrafficPolicy {
    /// `GetPortLevelTrafficPolicy` of `pilot/pkg/networking/util/util.go`: settings for the port stand in for
    /// all others.
    pub fn for_port(&self, port: u16) -> &Self {
        self.ports.get(&port).unwrap_or(self)
    }
}

impl DestinationRule {
    /// TLS of the cluster for a port and a subset, as far as this rule sets it: a subset without settings for TLS has those of
    /// the host, and its setting for a port replaces all of the host's (`MergeSubsetTrafficPolicy` of
    /// `pilot/pkg/networking/util/util.go`).
    pub fn tls(&self, port: u16, subset: &str) -> Option<&TlsSettings> {
        let of_host = || self.traffic_policy.as_ref()?.for_port(port).tls.as_ref();
        let Some(own) = self.subsets.get(subset).and_then(|subset| subset.traffic_policy.as_ref()) else {
            return of_host();
        };
        match own.ports.get(&port) {
            Some(of_port) => of_port.tls.as_ref(),
            None => own.tls.as_ref().or_else(of_host),
        }
    }
}

/// The version of HTTP in which a proxy speaks to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamHttp {
    /// That of the port.
    OfPort,
    /// That in which the request came (`useClientProtocol`).
    OfClient,
    /// HTTP/2 (`h2UpgradePolicy`).
    Two,
}

/// TLS to a host.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    /// Which.
    pub mode: TlsMode,
    /// The server name; none when empty.
    pub sni: Option<String>,
    /// Names of which the server's certificate must have one.
    pub subject_alt_names: Vec<String>,
    /// A Secret with certificates.
    pub credential_name: Option<String>,
    /// Whether the server is not verified at all.
    pub insecure: bool,
    /// Where it stands.
    pub span: Option<Span>,
}

/// Kinds of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// None.
    Disable,
    /// As a browser does.
    Simple,
    /// With a certificate of one's own.
    Mutual,
    /// With the mesh's certificates.
    IstioMutual,
    /// Not understood.
    Unsupported,
}

pub(super) fn read(spec: Fields<'_>) -> DestinationRule {
    DestinationRule {
        // As written: Istio lowers the hosts of services and compares these with them (`pilot/pkg/model/push_context.go`,
        // `setDestinationRules`).
        host: spec.text("host").unwrap_or_default(),
        export_to: spec.texts("exportTo").into_iter().collect(),
        workload_selector: spec
            .child("workloadSelector")
            .map(|selector| selector.labels("matchLabels").unwrap_or_default()),
        traffic_policy: spec.child("trafficPolicy").map(traffic_policy),
        subsets: subsets(spec),
        span: spec.span(),
    }
}

fn subsets(spec: Fields<'_>) -> BTreeMap<String, Subset> {
    let mut subsets = BTreeMap::new();
    for subset in spec.items("subsets") {
        let Some(name) = subset.text("name") else { continue };
        // The first of a name stays, as its cluster does (`normalizeClusters` of core/cluster_builder.go).
        subsets.entry(name).or_insert_with(|| Subset {
            labels: subset.labels("labels").unwrap_or_default(),
            traffic_policy: subset.child("trafficPolicy").map(traffic_policy),
            span: subset.span(),
        });
    }
    subsets
}

/// Fields of a trafficPolicy that change how, but not where and in what.
const HARMLESS: [&str; 7] =
    ["tls", "portLevelSettings", "connectionPool", "outlierDetection", "loadBalancer", "retryBudget", "port"];

/// What sends connections to the address that the client dialled.
pub const PASSTHROUGH: &str = "loadBalancer.simple: PASSTHROUGH";

fn traffic_policy(policy: Fields<'_>) -> TrafficPolicy {
    let mut ports = BTreeMap::new();
    for each in policy.items("portLevelSettings") {
        let number = each.child("port").and_then(|port| port.port("number"));
        if let Some(number) = number {
            ports.entry(number).or_insert_with(|| traffic_policy(each));
        }
    }
    TrafficPolicy {
        tls: policy.child("tls").map(tls),
        http: policy.child("connectionPool").map(upstream_http),
        has_http_options: policy.child("connectionPool").is_some_and(has_http_options),
        ports,
        unsupported: unsupported(policy),
        passes_through: passes_through(policy),
    }
}

/// `shouldH2Upgrade` of `core/cluster_traffic_policy.go`.
fn upstream_http(pool: Fields<'_>) -> UpstreamHttp {
    let http = pool.child("http");
    if http.is_some_and(|http| http.flag("useClientProtocol")) {
        return UpstreamHttp::OfClient;
    }
    match http.and_then(|http| http.text("h2UpgradePolicy")).as_deref() {
        Some("UPGRADE" | "2") => UpstreamHttp::Two,
        _ => UpstreamHttp::OfPort,
    }
}

/// `applyConnectionPool` of `core/cluster_traffic_policy.go`.
fn has_http_options(pool: Fields<'_>) -> bool {
    let has =
        |part: &str, fields: &[&str]| pool.child(part).is_some_and(|part| fields.iter().any(|field| part.has(field)));
    has("http", &["idleTimeout", "maxRequestsPerConnection", "maxConcurrentStreams", "useClientProtocol"])
        || has("tcp", &["idleTimeout", "maxConnectionDuration"])
}

/// Whether connections go to the address that the client dialled.
fn passes_through(policy: Fields<'_>) -> bool {
    let simple = policy.child("loadBalancer").and_then(|balancer| balancer.text("simple"));
    simple.as_deref() == Some("PASSTHROUGH")
}

fn unsupported(policy: Fields<'_>) -> Vec<String> {
    let mut unsupported = policy.unsupported(&HARMLESS);
    if passes_through(policy) {
        unsupported.push(PASSTHROUGH.to_owned());
    }
    unsupported
}

fn tls(tls: Fields<'_>) -> TlsSettings {
    let mode = match tls.text("mode").as_deref() {
        None | Some("DISABLE" | "0") => TlsMode::Disable,
        Some("SIMPLE" | "1") => TlsMode::Simple,
        Some("MUTUAL" | "2") => TlsMode::Mutual,
        Some("ISTIO_MUTUAL" | "3") => TlsMode::IstioMutual,
        Some(_) => TlsMode::Unsupported,
    };
    TlsSettings {
        mode,
        sni: tls.text("sni").filter(|sni| !sni.is_empty()),
        subject_alt_names: tls.texts("subjectAltNames"),
        credential_name: tls.text("credentialName").filter(|name| !name.is_empty()),
        insecure: tls.flag("insecureSkipVerify"),
        span: tls.span(),
    }
}
