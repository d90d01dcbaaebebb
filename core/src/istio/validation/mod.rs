//! Which objects are not in a mesh although a file has them, because the Kubernetes API or Istio's webhook refuses them.
//!
//! The rules are those that the releases of Istio from 1.30 on share: what only some of them refuse is not refused here.
//! Each file has the rules of one kind, in the order of Istio's own code, which it names. `docs/istio/validation.md` lists
//! them, and what is left out. The rules read the raw fields, because the typed readers lose what is wrong.

mod addresses;
mod authorization_policy;
mod broken_rule;
mod client_tls;
mod connection_pool;
mod destination_rule;
mod durations;
mod export_to;
mod gateway;
mod header_values;
mod http_route;
mod load_balancer;
mod metadata;
mod names;
mod ports;
mod regular_expressions;
mod route;
mod schema;
mod selector;
mod server_tls;
mod service_entry;
mod sidecar;
mod virtual_service;
mod workload_entry;

pub use broken_rule::{BrokenRule, RefusedObject};
pub(super) use header_values::value as header_value;
pub(super) use regular_expressions::usual_mistakes as mistakes_in_regex;
pub use schema::UnknownField;

use super::Meta;
use super::fields::Fields;
use broken_rule::BrokenRules;

/// The fields of a document that Istio does not know.
pub(super) fn unknown_fields(document: Fields<'_>) -> Vec<UnknownField> {
    let (Some(kind), Some(version)) = (document.text("kind"), document.text("apiVersion")) else { return Vec::new() };
    let group = if kind == "AuthorizationPolicy" { "security.istio.io" } else { "networking.istio.io" };
    match document.child("spec") {
        Some(spec) if version.split('/').next() == Some(group) => schema::unknown(&kind, spec),
        _ => Vec::new(),
    }
}

/// The rules that an object breaks.
pub(super) fn validate(document: Fields<'_>, spec: Fields<'_>, meta: &Meta) -> Vec<BrokenRule> {
    let mut broken = BrokenRules::default();
    let rules = match (meta.group.as_str(), meta.kind.as_str()) {
        ("networking.istio.io", "ServiceEntry") => service_entry::validate,
        ("networking.istio.io", "WorkloadEntry") => workload_entry::validate,
        ("networking.istio.io", "VirtualService") => virtual_service::validate,
        ("networking.istio.io", "DestinationRule") => destination_rule::validate,
        ("networking.istio.io", "Gateway") => gateway::validate,
        ("networking.istio.io", "Sidecar") => sidecar::validate,
        ("security.istio.io", "AuthorizationPolicy") => authorization_policy::validate,
        _ => return Vec::new(),
    };
    // The webhook is asked about what the API server takes.
    schema::validate(&meta.kind, spec, &mut broken);
    if broken.is_empty() {
        metadata::validate(document, spec, meta, &mut broken);
        rules(spec, meta, &mut broken);
    }
    broken.0.into_iter().map(|rule| BrokenRule { span: rule.span.or(meta.span), ..rule }).collect()
}
