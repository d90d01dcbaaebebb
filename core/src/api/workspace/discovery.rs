//! Which of the given objects the control plane reads, and who sees them.
//!
//! One control plane is followed, and several that are configured alike. Where they differ, what they differ in is named in
//! `Environment::not_followed`, and answers that may depend on it are unknown.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{DefaultExports, Meta, Objects};
use crate::model::{Environment, Namespace, PolicySet};
use crate::resource::Discovery;

/// Leaves out what the control plane does not read.
pub(super) fn discover(objects: &mut Objects, set: &mut PolicySet, report: &mut Report) {
    if let Some(revision) = only_revision(&set.environment) {
        let is_read = |meta: &Meta| {
            let of_another = meta.only_revision().filter(|of| *of != revision);
            of_another.map(|of| format!("its label `istio.io/rev: {of}` is not the revision `{revision}`"))
        };
        leave_out(objects, is_read, report);
    }
    if let Some(discovery) = of_all(&set.environment) {
        read_namespaces(objects, set, &discovery, report);
    } else {
        let setting = "`discoverySelectors` or a default `exportTo`, in which revisions differ,";
        set.environment.not_followed.push(setting.to_owned());
    }
}

/// Gives the objects without `exportTo` the exports of the mesh config.
pub(super) fn export_by_default(objects: &mut Objects, environment: &Environment) {
    let Some(discovery) = of_all(environment) else { return };
    objects.export_by_default(DefaultExports {
        services: discovery.services.as_deref(),
        virtual_services: discovery.virtual_services.as_deref(),
        destination_rules: discovery.destination_rules.as_deref(),
    });
}

/// Leaves out the objects of namespaces that no selector selects, and says where it is not known.
fn read_namespaces(objects: &mut Objects, set: &mut PolicySet, discovery: &Discovery, report: &mut Report) {
    let Some(selectors) = &discovery.selectors else { return };
    let environment = &set.environment;
    let reads = |namespace: &str| {
        let labels = environment.namespaces.get(namespace).and_then(|known| known.labels.as_ref());
        discovery.reads(namespace, labels)
    };
    let used: BTreeSet<String> = set.namespaces().chain(objects.metas().map(|meta| meta.namespace.clone())).collect();
    for namespace in used.iter().filter(|namespace| reads(namespace) == Some(false)) {
        if set.namespaces().any(|of_policies| of_policies == *namespace) {
            let text = format!("istiod does not read namespace `{namespace}`, in which the compiled resources need it");
            report.push(Diagnostic::new(&codes::SETTING_NOT_FOLLOWED, selectors.span, text));
        }
    }
    leave_out(
        objects,
        |meta| {
            let is_skipped = reads(&meta.namespace) == Some(false);
            is_skipped.then(|| format!("`discoverySelectors` do not select namespace `{}`", meta.namespace))
        },
        report,
    );
    let unknown: Vec<String> = used.into_iter().filter(|namespace| reads(namespace).is_none()).collect();
    let Some((first, others)) = unknown.split_first() else { return };
    let more = match others.len() {
        0 => format!("namespace `{first}`"),
        1 => format!("namespace `{first}` and one more"),
        more => format!("namespace `{first}` and {more} more"),
    };
    report.push(
        Diagnostic::new(
            &codes::SETTING_NOT_FOLLOWED,
            selectors.span,
            format!("it is not known whether istiod reads the objects of {more}"),
        )
        .note("`discoverySelectors` select by labels that no document has")
        .help("add the Namespaces, with their labels"),
    );
    let setting = format!("`discoverySelectors`, which select by labels of {more} that no document has,");
    set.environment.not_followed.push(setting);
}

/// What all control planes say alike.
fn of_all(environment: &Environment) -> Option<Discovery> {
    let mut all = environment.control_planes.iter().map(|plane| &plane.discovery);
    let Some(first) = all.next() else { return Some(Discovery::default()) };
    all.all(|other| other.is_alike(first)).then(|| first.clone())
}

/// The revision of the only control plane, if all namespaces are given and no document names another one, or a tag: an object
/// for another revision shows that there may be one.
fn only_revision(environment: &Environment) -> Option<String> {
    if !environment.complete.namespaces {
        return None;
    }
    let [only] = environment.control_planes.as_slice() else { return None };
    let of_namespaces = environment.namespaces.values().filter_map(|namespace| namespace.revision.as_ref());
    let workloads = environment.namespaces.values().flat_map(Namespace::known);
    let mut named = of_namespaces.chain(workloads.filter_map(|workload| workload.revision.as_ref()));
    named.all(|revision| *revision == only.revision).then(|| only.revision.clone())
}

/// Leaves out the objects for which there is a reason, and reports each.
fn leave_out(objects: &mut Objects, why: impl Fn(&Meta) -> Option<String>, report: &mut Report) {
    objects.retain(|meta| {
        let Some(why) = why(meta) else { return true };
        if let Some(span) = meta.span {
            let text = format!("Istio does not read {} `{}/{}`", meta.kind, meta.namespace, meta.name);
            report.push(Diagnostic::new(&codes::NOT_READ_BY_ISTIO, span, text).note(why));
        }
        false
    });
}
