//! Namespaces and their workloads.
//!
//! A MeshEnvironment lists all workloads of a namespace. Deployments and the like may be only some of them, so nothing
//! follows from one that is missing, unless the MeshEnvironment says that it is complete.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, place};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Namespace, Workload};
use crate::resource::{EnvironmentNamespace, EnvironmentWorkload, NamespaceDocument, PodSidecar, WorkloadDocument};
use crate::source::Spanned;

pub(super) fn namespaces(facts: &Facts, report: &mut Report) -> BTreeMap<String, Namespace> {
    let complete = facts.environment.as_ref().and_then(|given| given.complete.as_ref()).is_some_and(|fact| fact.value);
    let mut listed: BTreeMap<&str, &EnvironmentNamespace> = BTreeMap::new();
    for namespace in facts.environment.iter().flat_map(|given| &given.namespaces) {
        listed.insert(&namespace.name.value, namespace);
    }
    let mut labelled: BTreeMap<&str, &NamespaceDocument> = BTreeMap::new();
    for namespace in &facts.namespaces {
        labelled.entry(&namespace.name.value).or_insert(namespace);
    }
    let mut running: BTreeMap<&str, Vec<&WorkloadDocument>> = BTreeMap::new();
    for workload in &facts.workloads {
        running.entry(place(workload.namespace.as_ref())).or_default().push(workload);
    }
    let names: BTreeSet<&str> = listed.keys().chain(labelled.keys()).chain(running.keys()).copied().collect();
    names
        .into_iter()
        .map(|name| {
            let (listed, labelled) = (listed.get(name).copied(), labelled.get(name).copied());
            let running = running.get(name).map(Vec::as_slice).unwrap_or_default();
            contradictions(listed, labelled, running, report);
            (name.to_owned(), namespace(listed, labelled, running, complete))
        })
        .collect()
}

fn namespace(
    listed: Option<&EnvironmentNamespace>,
    labelled: Option<&NamespaceDocument>,
    running: &[&WorkloadDocument],
    complete: bool,
) -> Namespace {
    let injection = listed.and_then(|given| given.injection.clone()).or_else(|| {
        // Without a label there is no injection (`namespaceSelector` of the webhook).
        labelled.map(|given| given.injection.clone().unwrap_or_else(|| given.name.clone().map(|_| false)))
    });
    // Only a namespace that says no outright keeps its pods from asking for a sidecar.
    let forbidden = match listed.and_then(|given| given.injection.as_ref()) {
        Some(fact) => !fact.value,
        None => labelled.and_then(|given| given.injection.as_ref()).is_some_and(|fact| !fact.value),
    };
    let by_default = injection.as_ref().map(|fact| fact.value);
    if let Some(workloads) = listed.and_then(|given| given.workloads.as_ref()) {
        let workloads = workloads.iter().map(|workload| of_list(workload, by_default)).collect();
        return Namespace { injection, workloads: Some(workloads), seen: Vec::new() };
    }
    let found: Vec<Workload> = running.iter().map(|workload| of_document(workload, by_default, forbidden)).collect();
    if complete && !found.is_empty() {
        Namespace { injection, workloads: Some(found), seen: Vec::new() }
    } else {
        Namespace { injection, workloads: None, seen: found }
    }
}

fn of_list(workload: &EnvironmentWorkload, injection: Option<bool>) -> Workload {
    Workload {
        name: workload.name.value.clone(),
        labels: workload.labels.clone(),
        service_account: account(workload).to_owned(),
        sidecar: workload.sidecar.or(injection),
        span: workload.span,
    }
}

fn account(workload: &EnvironmentWorkload) -> &str {
    workload.service_account.as_ref().map_or("default", |name| name.value.as_str())
}

fn of_document(workload: &WorkloadDocument, injection: Option<bool>, forbidden: bool) -> Workload {
    Workload {
        name: workload.name.value.clone(),
        labels: workload.labels.value.clone(),
        service_account: workload.service_account.value.clone(),
        sidecar: match workload.sidecar {
            PodSidecar::AsNamespace => injection,
            PodSidecar::Wanted => Some(!forbidden),
            PodSidecar::Present => Some(true),
            PodSidecar::Never => Some(false),
        },
        span: workload.name.span,
    }
}

fn contradictions(
    listed: Option<&EnvironmentNamespace>,
    labelled: Option<&NamespaceDocument>,
    running: &[&WorkloadDocument],
    report: &mut Report,
) {
    let Some(listed) = listed else { return };
    if let (Some(given), Some(label)) = (&listed.injection, labelled.and_then(|labelled| labelled.injection.as_ref()))
        && given.value != label.value
    {
        let message = format!("the labels of namespace `{}` set a different sidecar injection", listed.name.value);
        differ(given, label, message, report);
    }
    let Some(workloads) = &listed.workloads else { return };
    // What another object made is the business of that one.
    for document in running.iter().filter(|document| !document.owned) {
        match workloads.iter().find(|workload| workload.name.value == document.name.value) {
            Some(workload) => differing(workload, document, report),
            None => report.push(
                Diagnostic::new(
                    &codes::FACTS_CONTRADICT,
                    listed.name.span,
                    format!(
                        "workload `{}` is not among those listed for namespace `{}`",
                        document.name.value, listed.name.value
                    ),
                )
                .label(document.name.span, "this Service")
                .note("the MeshEnvironment takes precedence, so no rule about service accounts matches this workload")
                .help("add the workload to the list, or remove `workloads`"),
            ),
        }
    }
}

fn differing(workload: &EnvironmentWorkload, document: &WorkloadDocument, report: &mut Report) {
    let name = &workload.name;
    // A list need not have every label.
    if workload.labels.iter().any(|(key, value)| document.labels.get(key) != Some(value)) {
        differ(name, &document.labels, format!("the pods of workload `{}` have different labels", name.value), report);
    }
    if account(workload) != document.service_account.value {
        let place = workload.service_account.as_ref().unwrap_or(name);
        let message =
            format!("workload `{}` runs with service account `{}`", name.value, document.service_account.value);
        differ(place, &document.service_account, message, report);
    }
    let says = match document.sidecar {
        PodSidecar::AsNamespace => None,
        PodSidecar::Wanted | PodSidecar::Present => Some(true),
        PodSidecar::Never => Some(false),
    };
    if let (Some(given), Some(says)) = (workload.sidecar, says)
        && given != says
    {
        let what = if says { "a" } else { "no" };
        differ(name, &document.name, format!("the pods of workload `{}` have {what} sidecar", name.value), report);
    }
}

fn differ<A, B>(given: &Spanned<A>, other: &Spanned<B>, message: String, report: &mut Report) {
    report.push(
        Diagnostic::new(&codes::FACTS_CONTRADICT, given.span, message)
            .label(other.span, "set here")
            .note("the MeshEnvironment takes precedence"),
    );
}
