//! How gateways connect to external hosts: the subsets of a DestinationRule that nobody but the gateway's namespace sees.
//! A sidecar would leave out TLS that names a Secret, and send plain text.

use std::collections::BTreeMap;

use super::object::object;
use super::seconds::seconds;
use crate::manifest::{
    ConnectionPool, ConnectionPoolHttp, ConnectionPoolTcp, DestinationRule, Object, OutlierDetection, Spec, Subset,
    TlsSettings, TrafficPolicy,
};
use crate::model::{Authorities, Flow, Outliers, PolicySet, Pool, Presents, UpstreamTls};
use crate::scheme::names;

/// The subset through which a gateway speaks TLS to a host as usual.
const HTTPS: &str = "https";

/// The subset through which a flow leaves the gateway. Only its own route names it, so that passthrough to the same port stays
/// passthrough.
pub(super) fn subset_name(flow: &Flow) -> Option<String> {
    if !flow.destination.upstream.is_default() {
        return Some(names::exit(&flow.exit()));
    }
    flow.destination.upgrade.is_some().then(|| HTTPS.to_owned())
}

/// One for each gateway's namespace and host.
pub(super) fn lower(set: &PolicySet) -> Vec<Object> {
    let mut hosts: BTreeMap<(&str, &str), BTreeMap<String, Vec<Flow>>> = BTreeMap::new();
    for flow in set.flows() {
        let Some(gateway) = set.gateway(&flow.policy.gateway.value) else { continue };
        let Some(name) = subset_name(&flow) else { continue };
        let subsets = hosts.entry((&gateway.namespace, &flow.host.value)).or_default();
        subsets.entry(name).or_default().push(flow);
    }
    hosts
        .into_iter()
        .map(|((namespace, host), subsets)| {
            let flows = subsets.values().flatten().copied().collect::<Vec<_>>();
            let subsets = subsets.into_iter().filter_map(|(name, flows)| Some(subset(name, flows.first()?))).collect();
            let rule = DestinationRule { export_to: vec![".".to_owned()], host: host.to_owned(), subsets };
            object(set, namespace, names::external(host), Spec::DestinationRule(rule), &flows)
        })
        .collect()
}

fn subset(name: String, flow: &Flow) -> Subset {
    let upstream = &flow.destination.upstream;
    let traffic_policy = TrafficPolicy {
        connection_pool: connection_pool(&upstream.pool),
        outlier_detection: upstream.outliers.as_ref().map(outlier_detection),
        tls: flow.destination.upgrade.is_some().then(|| tls(&upstream.tls, &flow.host.value)),
    };
    Subset { name, traffic_policy }
}

/// With the certificate's name checked: `sni` without `subjectAltNames` would switch that check off (`core/cluster_tls.go`,
/// `setAutoSniAndAutoSanValidation`).
fn tls(settings: &UpstreamTls, host: &str) -> TlsSettings {
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
        sni: host.to_owned(),
        subject_alt_names: vec![host.to_owned()],
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
