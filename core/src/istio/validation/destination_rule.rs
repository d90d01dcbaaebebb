//! `ValidateDestinationRule` of pkg/config/validation/validation.go.

use std::collections::BTreeSet;

use super::broken_rule::BrokenRules;
use super::export_to::{self, Nobody};
use super::{addresses, client_tls, connection_pool, load_balancer, names, ports, selector};
use crate::istio::Meta;
use crate::istio::fields::Fields;

const SOURCE: &str = "`ValidateDestinationRule` of pkg/config/validation/validation.go";
const EXPORT: &str = "`validateExportTo` of pkg/config/validation/validation.go";
const POLICY: &str = "`validateTrafficPolicy` of pkg/config/validation/validation.go";
const PORT: &str = "`validatePortTrafficPolicies` of pkg/config/validation/validation.go";
const TUNNEL: &str = "`validateTunnelSettings` of pkg/config/validation/validation.go";
const SUBSET: &str = "`validateSubset` of pkg/config/validation/validation.go";

pub(super) fn validate(spec: Fields<'_>, meta: &Meta, broken: &mut BrokenRules) {
    let host = spec.child("host");
    broken.check(host.unwrap_or(spec), SOURCE, names::wildcard_domain(host.map_or("", Fields::str)));
    traffic_policy(spec.child("trafficPolicy"), &meta.namespace, broken);
    let mut subsets = BTreeSet::new();
    for subset in spec.items("subsets") {
        let name = subset.child("name").map_or("", Fields::str);
        if !subsets.insert(name) {
            broken.refuse(subset, SOURCE, format!("two subsets have the name `{name}`"));
        }
        broken.check(subset, SUBSET, names::subset(name));
        selector::labels(subset.child("labels"), broken);
        traffic_policy(subset.child("trafficPolicy"), &meta.namespace, broken);
    }
    let namespaces = export_to::validate(spec, meta, Nobody::Refused, broken);
    let is_exported = !namespaces.is_empty() && (namespaces.len() > 1 || !namespaces.contains(meta.namespace.as_str()));
    if let (Some(list), true) = (spec.child("exportTo"), spec.has("workloadSelector") && is_exported) {
        broken.refuse(
            list,
            EXPORT,
            "a DestinationRule with a `workloadSelector` can be exported to its own namespace only",
        );
    }
    let labels = spec.child("workloadSelector").and_then(|it| it.child("matchLabels"));
    selector::validate(labels, SOURCE, broken);
}

fn traffic_policy(policy: Option<Fields<'_>>, namespace: &str, broken: &mut BrokenRules) {
    let Some(policy) = policy else { return };
    let has_settings = policy.items("portLevelSettings").next().is_some();
    let fields =
        ["outlierDetection", "connectionPool", "loadBalancer", "tls", "tunnel", "proxyProtocol", "retryBudget"];
    if !has_settings && !fields.into_iter().any(|field| policy.has(field)) {
        broken.refuse(policy, POLICY, "a traffic policy needs at least one field");
        return;
    }
    if policy.has("tunnel") && policy.has("proxyProtocol") {
        broken.refuse(policy, POLICY, "`tunnel` and `proxyProtocol` exclude each other");
        return;
    }
    settings(policy, namespace, broken);
    for each in policy.items("portLevelSettings") {
        if !each.has("port") {
            broken.refuse(each, PORT, "the policy of a port needs `port`");
        }
        if ["outlierDetection", "connectionPool", "loadBalancer", "tls"].into_iter().any(|field| each.has(field)) {
            settings(each, namespace, broken);
        } else {
            broken.refuse(each, PORT, "the policy of a port needs at least one field");
        }
    }
    if let Some(tunnel) = policy.child("tunnel") {
        let text = |key: &str| tunnel.child(key).map_or("", Fields::str);
        if !["", "CONNECT", "POST"].contains(&text("protocol")) {
            broken.refuse(tunnel, TUNNEL, "the protocol of a tunnel is neither CONNECT nor POST");
        }
        if !addresses::is_address(text("targetHost")) {
            broken.check(tunnel, TUNNEL, names::domain(text("targetHost")));
        }
        broken.check(tunnel, TUNNEL, ports::number(tunnel.number("targetPort").unwrap_or_default()));
    }
}

fn settings(policy: Fields<'_>, namespace: &str, broken: &mut BrokenRules) {
    connection_pool::outliers(policy.child("outlierDetection"), broken);
    connection_pool::validate(policy.child("connectionPool"), broken);
    load_balancer::validate(policy.child("loadBalancer"), broken);
    client_tls::validate(policy.child("tls"), namespace, broken);
}
