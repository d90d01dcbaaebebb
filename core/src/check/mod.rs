//! The rules that a policy set must keep, and the only door to [`Valid`].
//!
//! One file per question, one code per rule. After this stage nothing may refuse: a lowering that would want to is a
//! missing rule here.

mod clients;
mod collisions;
mod gateways;
mod hosts;
mod mesh;
mod naming;
mod ports;
mod protocols;
mod tcp;
mod valid;

pub(crate) use hosts::{Cluster, problem as host_problem};
pub use valid::Valid;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::PolicySet;

/// Flows of one set; far above a mesh that istiod could serve, and quick to refuse.
const MOST_FLOWS: usize = 500_000;

/// Applies every rule, and hands the set on when neither they nor an earlier stage found an error.
pub fn check(set: PolicySet, report: &mut Report) -> Option<Valid<PolicySet>> {
    if set.flow_count() > MOST_FLOWS {
        // Before anything walks them.
        report.push(
            Diagnostic::nowhere(&codes::TOO_MANY_FLOWS, format!("the policies declare more than {MOST_FLOWS} flows"))
                .note("a flow is one client, one host and one port")
                .help("select by namespace instead of listing workloads, or split the set by mesh"),
        );
        return None;
    }
    naming::check(&set, report);
    mesh::check(&set, report);
    gateways::check(&set, report);
    clients::check(&set, report);
    hosts::check(&set, report);
    ports::check(&set, report);
    protocols::check(&set, report);
    collisions::check(&set, report);
    tcp::check(&set, report);
    valid::seal(set, report)
}
