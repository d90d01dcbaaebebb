//! What the Kubernetes API refuses before the webhook is asked: wrong types, unknown words, missing fields, and lists,
//! maps and texts that are too long.
//!
//! The tables are those of Istio's CRDs (`manifests/charts/base/files/crd-all.gen.yaml`). A field that no table has is
//! dropped by the API server without a word. A field that only some of the releases from 1.30 on know is not listed.

mod authorization_policy;
mod destination_rule;
mod gateway;
mod service_entry;
mod shape;
mod sidecar;
mod unknown;
mod virtual_service;

use super::broken_rule::BrokenRules;
use crate::istio::fields::{Fields, View};
use shape::Schema;
pub use unknown::UnknownField;

/// Where the rules stand.
const CRD: &str = "the schema in Istio's CRD (manifests/charts/base/files/crd-all.gen.yaml)";

/// The schema of a kind.
fn of_kind(kind: &str) -> Option<&'static Schema> {
    Some(match kind {
        "ServiceEntry" => &service_entry::SERVICE_ENTRY,
        "WorkloadEntry" => &service_entry::ENDPOINT,
        "VirtualService" => &virtual_service::VIRTUAL_SERVICE,
        "DestinationRule" => &destination_rule::DESTINATION_RULE,
        "Gateway" => &gateway::GATEWAY,
        "Sidecar" => &sidecar::SIDECAR,
        "AuthorizationPolicy" => &authorization_policy::AUTHORIZATION_POLICY,
        _ => return None,
    })
}

/// The fields of `spec` that the schema of a kind does not have.
pub(super) fn unknown(kind: &str, spec: Fields<'_>) -> Vec<UnknownField> {
    let mut found = Vec::new();
    if let Some(schema) = of_kind(kind) {
        unknown::collect(schema, "spec", spec, &mut found);
    }
    found
}

/// Compares `spec` with the schema of a kind.
pub(super) fn validate(kind: &str, spec: Fields<'_>, broken: &mut BrokenRules) {
    let Some(schema) = of_kind(kind) else { return };
    // Without a spec there is nothing to compare; only a ServiceEntry and a WorkloadEntry need one.
    if spec.view() == View::Null {
        if ["ServiceEntry", "WorkloadEntry"].contains(&kind) {
            broken.refuse(spec, CRD, format!("a {kind} needs the field `spec`"));
        }
        return;
    }
    schema.validate("spec", spec, &mut |at, rule| broken.refuse(at, CRD, rule));
}
