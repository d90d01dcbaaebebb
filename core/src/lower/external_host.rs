//! How gateways connect to external hosts: the subsets of a DestinationRule that nobody but the gateway's namespace sees.
//! A sidecar would leave out TLS that names a Secret, and send plain text.
//!
//! Istio makes no subsets for a wildcard that DNS resolves anew for each request (`core/cluster_builder.go`,
//! `applyDestinationRule`), so its ports have the settings.

use std::collections::BTreeMap;

use super::object::object;
use super::seconds::seconds;
use crate::manifest::{
    ConnectionPool, ConnectionPoolHttp, ConnectionPoolTcp, DestinationRule, Object, OutlierDetection, PortSelector,
    PortTrafficPolicies, PortTrafficPolicy, Spec, Subset, TlsSettings, TrafficPolicy,
};
use crate::model::{Authorities, Flow, Outliers, PolicySet, Pool, Presents, UpstreamTls, wildcard};
use crate::scheme::names;

/// The subset through which a gateway speaks TLS to a host as usual.
const HTTPS: &str = "https";

/// The subset through which a flow leaves the gateway. Only its own route names it, so that passthrough to the same port stays
/// passthrough.
pub(super) fn subset_name(flow: &Flow) -> Option<String> {
    if flow.wildcard().is_some() {
        return None;
    }
    if !flow.destination.upstream.is_default() {
        return Some(names::exit(&flow.exit()));
    }
    flow.destination.upgrade.is_some().then(|| HTTPS.to_owned())
}

/// One for each gateway's namespace and host that has settings.
pub(super) fn lower(set: &PolicySet) -> Vec<Object> {
    let gateway_namespace =
        |flow: &Flow| set.gateway(&flow.policy.gateway.value).map(|gateway| gateway.namespace.clone());
    let has_settings = |flow: &Flow| flow.destination.upgrade.is_some() || !flow.destination.upstream.is_default();
    let mut hosts: BTreeMap<(String, &str), Vec<Flow>> = BTreeMap::new();
    for flow in set.flows().filter(has_settings) {
        let Some(namespace) = gateway_namespace(&flow) else { continue };
        hosts.entry((namespace, &flow.host.value)).or_default().push(flow);
    }
    hosts
        .into_iter()
        .map(|((namespace, host), flows)| {
            let (ports, subsets) = if wildcard::parent(host).is_some() {
                (Some(PortTrafficPolicies { port_level_settings: ports(&flows) }), Vec::new())
            } else {
                (None, subsets(&flows))
            };
            let export_to = vec![".".to_owned()];
            let rule = DestinationRule { export_to, host: host.to_owned(), subsets, traffic_policy: ports };
            object(set, &namespace, names::external(host), Spec::DestinationRule(rule), &flows)
        })
        .collect()
}

/// The ports of a wildcard, each with the settings of its flows, which are equal.
fn ports(flows: &[Flow]) -> Vec<PortTrafficPolicy> {
    let ports: BTreeMap<u16, &Flow> = flows.iter().map(|flow| (flow.destination.external_port(), flow)).collect();
    let policy =
        |(number, flow)| PortTrafficPolicy { port: PortSelector { number }, traffic_policy: traffic_policy(flow) };
    ports.into_iter().map(policy).collect()
}

fn subsets(flows: &[Flow]) -> Vec<Subset> {
    let named: BTreeMap<String, &Flow> =
        flows.iter().rev().filter_map(|flow| Some((subset_name(flow)?, flow))).collect();
    named.into_iter().map(|(name, flow)| Subset { name, traffic_policy: traffic_policy(flow) }).collect()
}

fn traffic_policy(flow: &Flow) -> TrafficPolicy {
    let upstream = &flow.destination.upstream;
    // Without a name Envoy takes that in `Host`, asks for it, and verifies it.
    let name = flow.wildcard().is_none().then_some(flow.host.value.as_str());
    TrafficPolicy {
        connection_pool: connection_pool(&upstream.pool),
        outlier_detection: upstream.outliers.as_ref().map(outlier_detection),
        tls: flow.destination.upgrade.is_some().then(|| tls(&upstream.tls, name)),
    }
}

/// With the certificate's name checked: `sni` without `subjectAltNames` would switch that check off (`core/cluster_tls.go`,
/// `setAutoSniAndAutoSanValidation`).
fn tls(settings: &UpstreamTls, name: Option<&str>) -> TlsSettings {
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
        sni: name.map(str::to_owned),
        subject_alt_names: name.into_iter().map(str::to_owned).collect(),
    }
}

fn connection_pool(pool: &Pool) -> Option<ConnectionPool> {
    let http = ConnectionPoolHttp {
        http1_max_pending_requests: pool.max_pending_requests,
        http2_max_requests: pool.max_requests,
        idle_timeout: pool.http_idle_timeout.map(seconds),
        max_requests_per_connection: pool.max_requests_per_connection,
        use_client_protocol: None,
    };
    let tcp = ConnectionPoolTcp {
        connect_timeout: pool.connect_timeout.map(seconds),
        idle_timeout: pool.idle_timeout.map(seconds),
        max_connections: pool.max_connections,
    };
    let http = (http != ConnectionPoolHttp::default()).then_some(http);
    let tcp = (tcp != ConnectionPoolTcp::default()).then_some(tcp);
    (http.is_some() || tcp.is_some()).then_some(ConnectionPool { http, tcp })
}

fn outlier_detection(outliers: &Outliers) -> OutlierDetection {
    OutlierDetection {
        base_ejection_time: outliers.base_ejection_time.map(seconds),
        consecutive_5xx_errors: outliers.consecutive_5xx_errors,
        consecutive_gateway_errors: outliers.consecutive_gateway_errors,
        interval: outliers.interval.map(seconds),
        max_ejection_percent: outliers.max_ejection_percent,
    }
}
