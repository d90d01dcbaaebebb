//! The rules that a policy set must keep, and the only maker of [`Valid`].
//!
//! Each file answers one question, and each rule has a code of its own. No later stage refuses a policy: if `lower` would
//! have to, a rule is missing here.

mod accounts;
mod addresses;
mod audit;
mod backends;
mod capture;
mod clients;
mod cluster_names;
mod collisions;
mod exit_settings;
mod gateways;
mod hosts;
mod http;
mod mesh;
mod naming;
mod ports;
mod protocols;
mod public_domains;
mod shared_parents;
mod tcp;
mod tools;
mod valid;
mod ways_around;
mod wildcards;

pub(crate) use cluster_names::ClusterNames;
pub(crate) use hosts::host_problem;
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
    naming::validate_names(&set, report);
    mesh::validate_mesh(&set, report);
    gateways::validate_gateways(&set, report);
    clients::validate_clients(&set, report);
    accounts::validate_accounts(&set, report);
    capture::validate_capture(&set, report);
    hosts::validate_hosts(&set, report);
    backends::validate_backends(&set, report);
    addresses::validate_addresses(&set, report);
    ports::validate_ports(&set, report);
    protocols::validate_protocols(&set, report);
    collisions::validate_collisions(&set, report);
    http::validate_http(&set, report);
    tools::warn_about_open_tools(&set, report);
    ways_around::warn_about_ways_around(&set, report);
    exit_settings::validate_exit_settings(&set, report);
    tcp::validate_tcp_ports(&set, report);
    wildcards::validate_wildcards(&set, report);
    audit::validate_audit(&set, report);
    valid::seal(set, report)
}
