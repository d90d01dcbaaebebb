use std::collections::BTreeSet;

use super::change::FlowChange;
use crate::reach::FlowOutcome;
use crate::trace::{Encryption, Verdict};

/// The change of one class; `None` when nothing changed that matters.
pub(super) fn compare(before: &FlowOutcome, after: &FlowOutcome) -> Option<FlowChange> {
    match (before.verdict == Verdict::Unknown, after.verdict == Verdict::Unknown) {
        (true, true) => {
            let is_new = |reason: &String| !before.unknown.contains(reason);
            return after.unknown.iter().any(is_new).then_some(FlowChange::Unknown);
        }
        (false, true) => return Some(FlowChange::Unknown),
        // What may have been blocked is open now; what may have been open is blocked.
        (true, false) => return Some(if after.arrives() { FlowChange::Gained } else { FlowChange::Lost }),
        (false, false) => {}
    }
    match (&before.reached, &after.reached) {
        (None, None) => None,
        (None, Some(_)) => Some(FlowChange::Gained),
        (Some(_), None) => Some(FlowChange::Lost),
        (Some(_), Some(_)) => {
            let legs = |answer: &FlowOutcome| (strength(answer.to_gateway), strength(answer.to_host));
            let ((old_gateway, old_host), (new_gateway, new_host)) = (legs(before), legs(after));
            let weaker = new_gateway < old_gateway || new_host < old_host || after.unverified > before.unverified;
            let stronger = new_gateway > old_gateway || new_host > old_host || after.unverified < before.unverified;
            let places = |answer: &FlowOutcome| -> BTreeSet<(String, u16)> {
                answer.places().map(|place| (place.host.clone(), place.port)).collect()
            };
            let hosts = |answer: &FlowOutcome| -> BTreeSet<String> {
                answer.places().map(|place| place.host.clone()).collect()
            };
            let at_another_host = !hosts(after).is_subset(&hosts(before));
            let elsewhere = places(before) != places(after)
                || before.gateways() != after.gateways()
                || before.verdict != after.verdict;
            match (before.bypasses(), after.bypasses()) {
                (false, true) => Some(FlowChange::Weakened),
                (true, false) => Some(FlowChange::Strengthened),
                _ if weaker => Some(FlowChange::Weakened),
                _ if at_another_host => Some(FlowChange::Widened),
                _ if elsewhere => Some(FlowChange::Rerouted),
                _ if stronger => Some(FlowChange::Strengthened),
                // The host is asked for under another name, and so another certificate is verified.
                _ if server_names(before) != server_names(after) => Some(FlowChange::Rerouted),
                _ => None,
            }
        }
    }
}

/// The server names that hosts see.
fn server_names(outcome: &FlowOutcome) -> BTreeSet<(&str, Option<&str>)> {
    outcome.places().map(|place| (place.host.as_str(), place.sni.as_deref())).collect()
}

fn strength(encryption: Option<Encryption>) -> u8 {
    match encryption {
        None | Some(Encryption::Plain) => 0,
        Some(Encryption::Tls | Encryption::Mtls) => 1,
        Some(Encryption::TlsInMtls) => 2,
    }
}
