//! Is each port one that a sidecar can listen for?

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, PolicySet};

pub(super) fn validate_ports(set: &PolicySet, report: &mut Report) {
    let mut said = BTreeSet::new();
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let port = &destination.port;
        let Some(use_of) = istios(port.value) else { continue };
        if !said.insert(port.span) {
            continue;
        }
        let what = match (destination.protocol.class(), port.value) {
            (Class::Http, _) => {
                "Istio configures no HTTP listener for this port in a sidecar, so no request to it arrives"
            }
            (_, 15001 | 15006) => {
                "Istio configures a second listener for this address, and a pod that starts with both cannot send anything"
            }
            _ => "Envoy rejects a second listener for this address, so no traffic to it arrives",
        };
        report.push(
            Diagnostic::new(&codes::PORT_OF_ISTIO, port.span, format!("port {} is reserved by Istio", port.value))
                .note(format!("in each sidecar it is {use_of}"))
                .note(what)
                .help("use another port of the external host"),
        );
    }
}

/// What Istio needs a port for (`pilot/pkg/model/context.go`, `conflictWithReservedListener`; pkg/config/mesh, `ProxyListenPort`
/// and `ProxyInboundListenPort`; `tools/packaging/common/envoy_bootstrap.json`, `static_resources.listeners`).
///
/// Others of its ports are taken on other addresses, or in the pod alone, and a client may dial them elsewhere.
fn istios(port: u16) -> Option<&'static str> {
    match port {
        15001 => Some("the listener for all outbound traffic"),
        15006 => Some("the listener for all inbound traffic"),
        15021 => Some("the listener for health checks"),
        15090 => Some("the listener for Prometheus"),
        _ => None,
    }
}
