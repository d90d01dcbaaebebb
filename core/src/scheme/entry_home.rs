use crate::model::{Flow, PolicySet};
use crate::resource::Placement;

/// Where the hollow ServiceEntry and the VirtualService of a host stand for the clients of one namespace.
///
/// A client's namespace sees exactly one of each.
pub(crate) struct EntryHome {
    /// The namespace of the two objects.
    pub(crate) namespace: String,
    /// Who sees them.
    pub(crate) export_to: Vec<String>,
}

impl EntryHome {
    /// The home for the flows of one host and client namespace.
    ///
    /// Never a gateway's namespace: there the objects would meet the real ServiceEntry of the same host, and Istio
    /// keeps one of two entries of one namespace (`pilot/pkg/model/push_context.go`, `HostnameAndNamespace`).
    pub(crate) fn of(set: &PolicySet, client_namespace: &str, flows: &[Flow]) -> Self {
        let policy_namespace =
            flows.iter().map(|flow| flow.policy.id.namespace.as_str()).min().unwrap_or(client_namespace);
        let beside_gateway = set.environment.gateways.values().any(|gateway| gateway.namespace == policy_namespace);
        if set.environment.placement == Placement::Client || beside_gateway {
            Self { namespace: client_namespace.to_owned(), export_to: vec![".".to_owned()] }
        } else {
            Self { namespace: policy_namespace.to_owned(), export_to: vec![client_namespace.to_owned()] }
        }
    }
}
