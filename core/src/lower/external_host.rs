//! How gateways connect to external hosts: the subsets of a DestinationRule that nobody but the gateway's namespace sees.
//! A sidecar would leave out TLS that names a Secret, and send plain text.
//!
//! Istio makes no subsets for a wildcard that DNS resolves anew for each request (`core/cluster_builder.go`,
//! `applyDestinationRule`), so its ports have the settings.

use std::collections::{BTreeMap, BTreeSet};

use super::failover;
use super::object::{object, upstreams};
use crate::manifest::{
    ConnectionPool, ConnectionPoolHttp, ConnectionPoolTcp, DestinationRule, HostPolicy, Object, OutlierDetection,
    PortPolicy, PortSelector, Spec, Subset, TlsSettings, TrafficPolicy,
};
use crate::model::{
    Authorities, Flow, Outliers, PolicySet, Pool, Presents, UpstreamHost, UpstreamTls, registry_name, wildcard,
};
use crate::scheme::names;

/// The subset through which a gateway speaks TLS to a host as usual.
const HTTPS: &str = "https";

/// The subset through which a flow leaves the gateway for a host. Only its own route names it, so that passthrough to the same
/// port stays passthrough.
///
/// A host with fallbacks has none: in a subset of a host that DNS resolves, Istio leaves out the order of the endpoints
/// (`buildSubsetCluster` of `core/cluster_builder.go` has no `dnsWrappedLocalityLbEndpoints`). Neither has a wildcard.
pub(super) fn subset_name(flow: &Flow, upstream: &UpstreamHost) -> Option<String> {
    if has_no_subsets(upstream) {
        return None;
    }
    if !upstream.settings.is_default() {
        let exit = flow.exit();
        return Some(match upstream.share {
            None => names::exit(&exit),
            Some(_) => names::backend(&exit, &upstream.host.value, upstream.port),
        });
    }
    upstream.is_upgraded.then(|| HTTPS.to_owned())
}

/// Whether its settings stand at its ports.
fn has_no_subsets(upstream: &UpstreamHost) -> bool {
    !upstream.settings.fallback.is_empty() || is_wildcard(upstream)
}

fn is_wildcard(upstream: &UpstreamHost) -> bool {
    wildcard::parent(upstream.host).is_some()
}

/// One for each gateway's namespace and host that has settings.
pub(super) fn lower(set: &PolicySet) -> Vec<Object> {
    let upstreams = upstreams(set);
    let wildcards_with_settings: BTreeSet<(&str, &str)> = upstreams
        .iter()
        .filter(|(_, upstreams)| upstreams.iter().any(|(_, upstream)| upstream.has_settings()))
        .filter_map(|((namespace, host), _)| Some((*namespace, wildcard::parent(host)?)))
        .collect();
    upstreams
        .into_iter()
        .filter_map(|((namespace, host), upstreams)| {
            let all: Vec<Flow> = upstreams.iter().map(|(flow, _)| *flow).collect();
            let mut subsets: BTreeMap<String, UpstreamHost> = BTreeMap::new();
            let mut ports: BTreeMap<u16, UpstreamHost> = BTreeMap::new();
            let mut flows: Vec<Flow> = Vec::new();
            for (flow, upstream) in upstreams {
                if let Some(name) = subset_name(&flow, &upstream) {
                    subsets.entry(name).or_insert(upstream);
                } else if has_no_subsets(&upstream) && upstream.has_settings() {
                    ports.entry(upstream.port).or_insert(upstream);
                } else {
                    continue;
                }
                flows.push(flow);
            }
            // Without a rule of its own, it would have that of a wildcard above it.
            let is_below =
                || wildcard::parents(host).any(|above| wildcards_with_settings.contains(&(namespace, above)));
            if flows.is_empty() {
                if !is_below() {
                    return None;
                }
                flows = all;
            }
            let port_level_settings: Vec<PortPolicy> = ports.values().map(port_policy).collect();
            let rule = DestinationRule {
                export_to: vec![".".to_owned()],
                host: registry_name(host).into_owned(),
                subsets: subsets.into_iter().map(|(name, upstream)| subset(name, &upstream)).collect(),
                traffic_policy: (!port_level_settings.is_empty()).then_some(HostPolicy { port_level_settings }),
            };
            Some(object(set, namespace, names::external(host), Spec::DestinationRule(rule), &flows))
        })
        .collect()
}

fn subset(name: String, upstream: &UpstreamHost) -> Subset {
    let settings = upstream.settings;
    let traffic_policy = TrafficPolicy {
        connection_pool: connection_pool(&settings.pool),
        outlier_detection: settings.outliers.as_ref().map(outlier_detection),
        tls: upstream.is_upgraded.then(|| tls(&settings.tls, upstream)),
    };
    Subset { name, traffic_policy }
}

fn port_policy(upstream: &UpstreamHost) -> PortPolicy {
    let settings = upstream.settings;
    let fallback = Some(settings).filter(|settings| !settings.fallback.is_empty());
    PortPolicy {
        connection_pool: connection_pool(&settings.pool),
        load_balancer: fallback.map(failover::load_balancer),
        outlier_detection: fallback.map(|settings| outlier_detection(&failover::outliers(settings))),
        port: PortSelector { number: upstream.port },
        tls: upstream.is_upgraded.then(|| tls(&settings.tls, upstream)),
    }
}

/// With the certificate's name checked: `sni` without `subjectAltNames` would switch that check off (`core/cluster_tls.go`,
/// `setAutoSniAndAutoSanValidation`).
///
/// A fallback gets the host's own name as the server name, and presents a certificate for it, or one for its own name. For a
/// wildcard Envoy takes the name in `Host`, asks for it, and verifies it.
fn tls(settings: &UpstreamTls, upstream: &UpstreamHost) -> TlsSettings {
    let (ca_certificates, credential_name) = match &settings.authorities {
        Authorities::System => (Some("system".to_owned()), None),
        Authorities::File(file) => (Some(file.clone()), None),
        Authorities::Secret(secret) => (None, Some(secret.clone())),
    };
    let (client_certificate, private_key) = match &settings.presents {
        Presents::Files { certificate, key } => (Some(certificate.clone()), Some(key.clone())),
        Presents::Nothing | Presents::Secret => (None, None),
    };
    TlsSettings {
        ca_certificates,
        client_certificate,
        credential_name,
        mode: if settings.presents == Presents::Nothing { "SIMPLE" } else { "MUTUAL" },
        private_key,
        sni: (!is_wildcard(upstream)).then(|| upstream.host.value.clone()),
        subject_alt_names: upstream.into_names().filter(|_| !is_wildcard(upstream)).map(str::to_owned).collect(),
    }
}

fn connection_pool(pool: &Pool) -> Option<ConnectionPool> {
    let http = ConnectionPoolHttp {
        http1_max_pending_requests: pool.max_pending_requests,
        http2_max_requests: pool.max_requests,
        idle_timeout: pool.http_idle_timeout.map(|length| length.to_string()),
        max_requests_per_connection: pool.max_requests_per_connection,
        use_client_protocol: None,
    };
    let tcp = ConnectionPoolTcp {
        connect_timeout: pool.connect_timeout.map(|length| length.to_string()),
        idle_timeout: pool.idle_timeout.map(|length| length.to_string()),
        max_connections: pool.max_connections,
    };
    let http = (http != ConnectionPoolHttp::default()).then_some(http);
    let tcp = (tcp != ConnectionPoolTcp::default()).then_some(tcp);
    (http.is_some() || tcp.is_some()).then_some(ConnectionPool { http, tcp })
}

fn outlier_detection(outliers: &Outliers) -> OutlierDetection {
    OutlierDetection {
        base_ejection_time: outliers.base_ejection_time.map(|length| length.to_string()),
        consecutive_5xx_errors: outliers.consecutive_5xx_errors,
        consecutive_gateway_errors: outliers.consecutive_gateway_errors,
        interval: outliers.interval.map(|length| length.to_string()),
        max_ejection_percent: outliers.max_ejection_percent,
    }
}
