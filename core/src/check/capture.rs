//! Do the sidecars of clients capture what their policies route to the gateway?

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Capture, Captured, DataPlane, Flow, PolicySet, Workload};
use crate::source::Span;

pub(super) fn validate_capture(set: &PolicySet, report: &mut Report) {
    let mut said = BTreeSet::new();
    // There is hardly ever one, and nothing else is compared with each flow.
    let special: BTreeMap<&str, Vec<&Workload>> = set
        .environment
        .namespaces
        .iter()
        .map(|(name, namespace)| (name.as_str(), namespace.known().filter(|workload| is_special(workload)).collect()))
        .collect();
    for flow in set.flows_of_any_gateway() {
        let selector = flow.client.selector.as_ref().map(|selector| &selector.value);
        let special = special.get(flow.client_namespace()).into_iter().flatten();
        for workload in special.filter(|workload| selector.is_none_or(|labels| workload.has(labels))) {
            if let Some((why, place)) = not_captured(&flow, &workload.capture)
                && said.insert((place, flow.port()))
            {
                report.push(not_held(&flow, &format!("workload `{}`", workload.name), &why, place));
            }
        }
        for plane in &set.environment.control_planes {
            if let Some((why, place)) = not_captured(&flow, &plane.capture)
                && said.insert((place, flow.port()))
            {
                report.push(not_held(&flow, "each workload that says nothing else", &why, place));
            }
        }
    }
}

fn is_special(workload: &Workload) -> bool {
    !workload.capture.is_everything() && workload.data_plane.is_none_or(|plane| plane == DataPlane::Sidecar)
}

/// Why a sidecar does not capture a flow for certain, and where that is said.
fn not_captured(flow: &Flow, capture: &Capture) -> Option<(String, Span)> {
    let port = flow.port();
    match capture.captures(port, flow.address()) {
        Captured::Yes => None,
        Captured::No(setting) => Some((format!("does not capture port {port}"), setting.span)),
        Captured::ByAddress(setting) => Some((
            format!("captures port {port} of some addresses only, and that of the host is not known"),
            setting.span,
        )),
        Captured::NotFollowed(setting) => {
            Some((format!("may not capture port {port}, because of {}", setting.value), setting.span))
        }
    }
}

fn not_held(flow: &Flow, whose: &str, why: &str, place: Span) -> Diagnostic {
    let client = flow.client.selector.as_ref().map_or(flow.client.namespace.span, |selector| selector.span);
    Diagnostic::new(&codes::NOT_CAPTURED, place, format!("the sidecar of {whose} {why}"))
        .label(client, "a rule selects it here")
        .note(format!(
            "a request to `{}` port {} would bypass the gateway, whatever the policies allow",
            flow.host.value,
            flow.port()
        ))
        .help("remove the setting, or exclude only ports and networks that no policy names")
}
