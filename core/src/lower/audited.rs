//! What audit mode opens at sidecars.

use crate::model::Flow;

/// Whether workloads that no rule selects may take a way: these flows are all of one namespace, host, port and exit.
pub(super) fn is_open(flows: &[Flow]) -> bool {
    flows.iter().any(Flow::is_audited) && flows.iter().all(|flow| flow.client.selector.is_some())
}
