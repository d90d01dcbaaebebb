//! Hosts that are used while another one fails: endpoints of one ServiceEntry, in an order that a DestinationRule sets.
//!
//! A VirtualService has no failover between its destinations, only weights. Endpoints of one host share its port, its `Host` and
//! its TLS, and so a fallback serves what the host serves.

use std::collections::BTreeMap;

use crate::manifest::{EntryEndpoint, LoadBalancer, LocalityLbSetting};
use crate::model::{Outliers, UpstreamHost, UpstreamSettings};

/// Envoy's own default.
const CONSECUTIVE_5XX_ERRORS: u32 = 5;
/// Istio's default of 10 could leave a host that fails in use.
const MAX_EJECTION_PERCENT: u32 = 100;

/// The host and its fallbacks; empty is the host alone, at its own name.
pub(super) fn endpoints(upstream: &UpstreamHost) -> Vec<EntryEndpoint> {
    let fallbacks = upstream.settings.fallback.len();
    if fallbacks == 0 {
        return Vec::new();
    }
    let ranked = upstream.into_names().enumerate();
    ranked
        .map(|(rank, name)| EntryEndpoint {
            address: name.to_owned(),
            labels: (rank.saturating_add(1)..=fallbacks)
                .map(|later| (before(later), "yes".to_owned()))
                .collect::<BTreeMap<_, _>>(),
        })
        .collect()
}

/// The label of an endpoint that is taken before the fallback of this number.
fn before(fallback: usize) -> String {
    format!("egressc.dev/before-{fallback}")
}

/// The priority of an endpoint is the number of labels from the first one that it misses to the last one
/// (`applyFailoverPriorityPerLocality` of core/loadbalancer/loadbalancer.go), so the label that most endpoints have is first.
pub(super) fn load_balancer(settings: &UpstreamSettings) -> LoadBalancer {
    let labels = (1..=settings.fallback.len()).rev().map(before);
    let failover_priority = labels.map(|label| format!("{label}=yes")).collect();
    LoadBalancer { locality_lb_setting: LocalityLbSetting { enabled: true, failover_priority } }
}

/// Without it a proxy never uses a fallback (`ApplyLocalityLoadBalancer`).
pub(super) fn outliers(settings: &UpstreamSettings) -> Outliers {
    let written = settings.outliers.clone().unwrap_or_default();
    let is_given = written.consecutive_5xx_errors.is_some() || written.consecutive_gateway_errors.is_some();
    let usual = (!is_given).then_some(CONSECUTIVE_5XX_ERRORS);
    Outliers {
        consecutive_5xx_errors: written.consecutive_5xx_errors.or(usual),
        max_ejection_percent: Some(written.max_ejection_percent.unwrap_or(MAX_EJECTION_PERCENT)),
        ..written
    }
}
