//! How many classes there are for calls to gateways: they are counted before they are made.

use std::collections::BTreeSet;

use super::identities::Identities;
use super::{Aspect, Aspects, Messages};
use crate::trace::outcome::{Callers, DirectCall};

/// A lower bound of the number of classes for these calls.
pub(super) fn count(
    calls: &BTreeSet<DirectCall>,
    identities: &Identities,
    messages: &Messages,
    aspects: Aspects,
) -> usize {
    // Two calls by different names of a listener may be of one class.
    let told: BTreeSet<(&str, u16, &str, Option<u16>, Callers)> = calls
        .iter()
        .map(|call| (call.gateway.as_str(), call.port, call.host.as_str(), call.external_port, call.callers))
        .collect();
    let number = |(_, _, host, external, callers): &(&str, u16, &str, Option<u16>, Callers)| {
        let messages = messages.count_about(host).saturating_add(1);
        match callers {
            Callers::WithMeshCertificate if aspects.has(Aspect::Identities) && aspects.has(Aspect::DirectCallers) => {
                identities.count_about(host).saturating_mul(if external.is_none() { messages } else { 1 })
            }
            Callers::Anyone(scheme) if aspects.has(Aspect::Uncertified) => {
                if scheme.is_http() {
                    messages
                } else {
                    1
                }
            }
            Callers::WithMeshCertificate | Callers::Anyone(_) => 0,
        }
    };
    told.iter().map(number).fold(0, usize::saturating_add)
}
