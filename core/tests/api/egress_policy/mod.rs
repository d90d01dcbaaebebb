//! `EgressPolicy`: the fields that ASM's kind does not have.

use egressc_core::api::Source;
use serde_json::Value;

use crate::ask::compiled;

mod accounts;
mod addresses;
mod audit;
mod backends;
mod beside;
mod gateways;
mod http_rules;
mod like_asm;
mod named_sets;
mod one_mistake;
mod refused;
mod settings;
mod silent_widenings;
mod tools;
mod upstream;
mod wildcards;

/// A policy of gateway `gw` with one rule of `from` and `to`, each in YAML's flow style.
pub(super) fn egress_policy(from: &str, to: &str) -> String {
    format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata: {{name: p, namespace: istio-egress}}\nspec:\n  byEgressGateway: {{name: gw}}\n  egressRules:\n  - from: [{from}]\n    to: [{to}]\n"
    )
}

/// The objects of a compile.
pub(super) fn objects(sources: Vec<Source>) -> Vec<Value> {
    let response = compiled(sources);
    assert!(!response.resources.is_empty(), "{:#?}", response.diagnostics);
    response.resources.iter().map(|resource| serde_json::to_value(resource).unwrap()).collect()
}
