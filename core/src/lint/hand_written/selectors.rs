//! Selectors of AuthorizationPolicies, Sidecars, DestinationRules and Gateways that select none of the given workloads.

use std::collections::BTreeSet;

use super::mesh::{Mesh, is};
use super::said::{listed, witness};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{GatewaySelector, Meta};
use crate::model::{Namespace, Workload};
use crate::resource::Labels;
use crate::resource::name_rules::nearest;
use crate::trace::Message;

/// An object with a selector, and whose workloads it may select.
struct Selecting<'o> {
    meta: &'o Meta,
    selector: &'o Labels,
    scope: Scope,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    OwnNamespace,
    EveryNamespace,
}

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    for selecting in selecting(mesh) {
        report.extend(selects_nothing(mesh, &selecting));
    }
}

fn selecting<'m>(mesh: &Mesh<'m>) -> Vec<Selecting<'m>> {
    let objects = mesh.objects;
    let root = mesh.environment.root_namespace.as_str();
    let policies = objects.authorization_policies.iter().filter(|policy| !policy.spec.has_targets()).map(|policy| {
        let scope = if policy.meta.namespace == root { Scope::EveryNamespace } else { Scope::OwnNamespace };
        (&policy.meta, policy.spec.selector.as_ref(), scope)
    });
    let sidecars = objects.sidecars.iter().map(|each| (&each.meta, each.spec.selector.as_ref(), Scope::OwnNamespace));
    let rules = objects.destination_rules.iter();
    let rules = rules.map(|each| (&each.meta, each.spec.workload_selector.as_ref(), Scope::OwnNamespace));
    let gateways = objects.gateways.iter().filter(|gateway| !gateway.spec.is_alpha);
    let gateways = gateways.filter_map(|each| match &each.spec.pods {
        GatewaySelector::Labelled(labels) => Some((&each.meta, Some(labels), Scope::EveryNamespace)),
        GatewaySelector::All | GatewaySelector::BehindServices { .. } => None,
    });
    let all = policies.chain(sidecars).chain(rules).chain(gateways);
    let written = all.filter(|(meta, _, _)| meta.span.is_some());
    let selecting = written.filter_map(|(meta, selector, scope)| {
        Some(Selecting { meta, selector: selector.filter(|selector| !selector.is_empty())?, scope })
    });
    selecting.collect()
}

/// EGR0721. Where no workload of the kind is given nothing is known, and where one may get the labels, either.
fn selects_nothing(mesh: &mut Mesh<'_>, selecting: &Selecting<'_>) -> Option<Diagnostic> {
    let Selecting { meta, selector, scope } = selecting;
    let environment = mesh.environment;
    // Pods of gateways that a MeshEnvironment or a chart describes are no workloads.
    let is_of_gateway = environment.gateways.values().any(|gateway| {
        let labels = gateway.pod_labels.iter().chain([&gateway.selector]);
        let has = |(key, value): (&String, &String)| labels.clone().any(|labels| labels.get(key) == Some(value));
        (*scope == Scope::EveryNamespace || gateway.namespace == meta.namespace) && selector.iter().any(has)
    });
    if is_of_gateway {
        return None;
    }
    let own = environment.namespaces.get_key_value(&meta.namespace).into_iter();
    let all = environment.namespaces.iter().filter(|_| *scope == Scope::EveryNamespace);
    let in_scope = own.filter(|_| *scope == Scope::OwnNamespace).chain(all);
    // Nearly always there is one.
    if in_scope.clone().any(|(_, namespace)| !namespace.that_may_have(selector).is_empty()) {
        return None;
    }
    let workloads: Vec<(&str, &Workload)> = in_scope
        .flat_map(|(name, namespace)| Namespace::known(namespace).map(move |each| (name.as_str(), each)))
        .collect();
    // A Gateway is for proxies, and others say nothing about it.
    let counts = |workload: &Workload| meta.kind != "Gateway" || workload.is_proxy;
    if !workloads.iter().any(|(_, workload)| counts(workload)) {
        return None;
    }
    // A proxy outside of the cluster has the labels of its WorkloadEntry, or of the WorkloadGroup that makes it one.
    if mesh.entries_may_have(selector, (*scope == Scope::OwnNamespace).then_some(&*meta.namespace)) {
        return None;
    }
    let (key, value) = selector
        .iter()
        .find(|(key, value)| !workloads.iter().any(|(_, workload)| workload.labels.get(*key) == Some(value)))?;
    let written: BTreeSet<String> = workloads
        .iter()
        .filter(|(_, workload)| counts(workload))
        .filter_map(|(_, workload)| workload.labels.get(key))
        .map(|value| format!("{key}: {value}"))
        .collect();
    let wanted = format!("{key}: {value}");
    let place = if *scope == Scope::OwnNamespace { format!(" in `{}`", meta.namespace) } else { String::new() };
    let message =
        format!("{} `{}/{}` selects none of the workloads that are given{place}", meta.kind, meta.namespace, meta.name);
    let mut found = Diagnostic::at(&codes::SELECTS_NO_WORKLOAD, meta.span, message)
        .note(format!("none of them has the label `{wanted}`"));
    if !written.is_empty() {
        found = found.note(format!("they have {}", listed(&written)));
    }
    if let Some(example) = untouched(mesh, &workloads, meta) {
        found = found.note(example);
    }
    Some(match nearest(&wanted, written.iter().map(String::as_str)) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help("mend the selector, or add the workload that it is for"),
    })
}

/// A request of one of the workloads on which the object has no effect.
fn untouched(mesh: &mut Mesh<'_>, workloads: &[(&str, &Workload)], meta: &Meta) -> Option<String> {
    let (namespace, workload) = workloads.iter().find(|(_, workload)| !workload.is_proxy)?;
    let entry = mesh.objects.service_entries.iter().find(|entry| entry.meta.kind == "ServiceEntry")?;
    let host = entry.spec.hosts.first().filter(|host| !host.starts_with('*'))?;
    let (port, scheme) = mesh
        .registry
        .covering(host)
        .into_iter()
        .find_map(|declared| declared.ports().next().map(|(port, scheme)| (port.number, scheme)))?;
    let query = mesh.query((namespace, &workload.labels), (scheme, host, port), &Message::default())?;
    let answer = mesh.ask(query);
    let is_used = answer.trace.decided_by.iter().any(|by| is(by, meta));
    (answer.is_known() && !is_used).then(|| witness(&answer))
}
