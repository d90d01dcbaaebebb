//! Sidecars: several for one workload, and those that no workload reads.

use std::collections::BTreeMap;

use super::mesh::{Asked, Mesh, is};
use super::said::witness;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Object, Sidecar};
use crate::model::{DataPlane, Namespace};
use crate::resource::Labels;
use crate::trace::{ClientPath, Message, OtherLabels, Query, Scheme};
use crate::universe::sample;

/// A host that no object names.
const UNDECLARED: &str = "undeclared-host.invalid";
/// Of all ServiceEntries so many hosts are asked for a pair of Sidecars.
const MOST_HOSTS: usize = 16;
/// Of one namespace so many Sidecars are compared.
const MOST_SIDECARS: usize = 64;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    let mut by_namespace: BTreeMap<&str, Vec<&Object<Sidecar>>> = BTreeMap::new();
    for sidecar in objects.sidecars.iter().filter(|sidecar| sidecar.meta.span.is_some()) {
        by_namespace.entry(&sidecar.meta.namespace).or_default().push(sidecar);
    }
    for sidecar in by_namespace.values().flatten() {
        let found = in_ambient(mesh, sidecar);
        report.extend(found);
    }
    for (namespace, sidecars) in by_namespace {
        let sidecars: Vec<&Object<Sidecar>> = sidecars.into_iter().take(MOST_SIDECARS).collect();
        for (at, sidecar) in sidecars.iter().enumerate() {
            let before = sidecars.get(..at).unwrap_or_default();
            let found = before.iter().find_map(|other| {
                let labels = common_workload(mesh, namespace, other, sidecar)?;
                rivals(mesh, (namespace, &labels), other, sidecar)
            });
            report.extend(found);
        }
    }
}

/// EGR0729: ztunnel takes the traffic of all workloads that a Sidecar is for, and only sidecars read it
/// (`pilot/pkg/model/sidecar.go` is for proxies of the type sidecar).
fn in_ambient(mesh: &mut Mesh<'_>, sidecar: &Object<Sidecar>) -> Option<Diagnostic> {
    let (meta, environment) = (&sidecar.meta, mesh.environment);
    // Without a selector that of the root namespace is for all namespaces without one of their own.
    if sidecar.spec.selector.is_none() && meta.namespace == environment.root_namespace {
        return None;
    }
    let labels = sidecar.spec.selector.clone().unwrap_or_default();
    let mut workloads = environment.namespaces.get(&meta.namespace).into_iter().flat_map(Namespace::known);
    let is_read = workloads.any(|each| each.may_have(&labels) && each.data_plane != Some(DataPlane::Ambient));
    if is_read || environment.data_plane(&meta.namespace, &labels) != Some(DataPlane::Ambient) {
        return None;
    }
    let declared = mesh.registry.within("*").find_map(|each| Some((sample(each.host), each.ports().next()?)));
    let declared = declared.map(|(host, (port, scheme))| (host, port.number, scheme));
    let hosts = [(UNDECLARED.to_owned(), 443, Scheme::Https)].into_iter().chain(declared);
    let mut answers = hosts.map(|(host, port, scheme)| {
        mesh.ask(Query {
            namespace: meta.namespace.clone(),
            labels: labels.clone(),
            other_labels: OtherLabels::NoneIsNamed,
            service_account: None,
            path: ClientPath::Ambient,
            scheme,
            sni: scheme.is_tls().then(|| host.clone()),
            host,
            address: None,
            port,
            method: None,
            http_path: None,
            is_http_2: false,
            headers: BTreeMap::new(),
        })
    });
    let answer = answers.find(|answer| answer.is_known() && !answer.may_use(meta))?;
    let message =
        format!("Sidecar `{}/{}` has no effect: its workloads are in ambient mode", meta.namespace, meta.name);
    Some(
        Diagnostic::at(&codes::SIDECAR_IN_AMBIENT, meta.span, message)
            .note(witness(&answer))
            .note("the ztunnel of the node takes their traffic, and only sidecars read a Sidecar")
            .help("hold them with a NetworkPolicy or the policies of a waypoint, or give them sidecars"),
    )
}

/// Labels of a workload that both select.
fn common_workload(mesh: &Mesh<'_>, namespace: &str, one: &Object<Sidecar>, other: &Object<Sidecar>) -> Option<Labels> {
    match (&one.spec.selector, &other.spec.selector) {
        (None, None) => Some(Labels::new()),
        // The one with a selector counts.
        (None, Some(_)) | (Some(_), None) => None,
        (Some(one), Some(other)) if one == other => Some(one.clone()),
        (Some(one), Some(other)) => {
            let known = mesh.environment.namespaces.get(namespace).into_iter().flat_map(Namespace::known);
            let mut both = known.filter(|workload| workload.has(one) && workload.has(other));
            both.next().map(|workload| workload.labels.clone())
        }
    }
}

/// EGR0722: a request that one of two Sidecars decides, and not the other, or of which it is not known which does.
fn rivals(
    mesh: &mut Mesh<'_>,
    (namespace, labels): (&str, &Labels),
    one: &Object<Sidecar>,
    other: &Object<Sidecar>,
) -> Option<Diagnostic> {
    let entries = mesh.objects.service_entries.iter().filter(|entry| entry.meta.kind == "ServiceEntry");
    let hosts: Vec<String> =
        entries.flat_map(|entry| &entry.spec.hosts).take(MOST_HOSTS).map(|host| sample(host)).collect();
    let mut answers = Vec::new();
    for host in hosts {
        let ports: Vec<(u16, Scheme)> = mesh
            .registry
            .covering(&host)
            .into_iter()
            .flat_map(|declared| declared.ports().map(|(port, scheme)| (port.number, scheme)))
            .take(2)
            .collect();
        for (port, scheme) in ports {
            let query = mesh.query((namespace, labels), (scheme, &host, port), &Message::default());
            answers.extend(query.map(|query| mesh.ask(query)));
        }
    }
    let by = |answer: &Asked, sidecar: &Object<Sidecar>| answer.may_use(&sidecar.meta);
    let by_age = |answer: &&Asked| {
        !answer.is_known() && answer.trace.unknown.iter().any(|why| why.starts_with("several Sidecars are for"))
    };
    // Where both have the same hosts it does not matter which one holds.
    let hosts = |sidecar: &Object<Sidecar>| -> Vec<String> {
        sidecar.spec.egress.iter().flat_map(|listener| listener.hosts.clone()).collect()
    };
    let are_aged = one.meta.created.is_some() && other.meta.created.is_some() && hosts(one) != hosts(other);
    let by_one = |answer: &&Asked| {
        let known = answer.trace.decided_by.iter();
        are_aged
            && answer.is_known()
            && by(answer, one) != by(answer, other)
            && known.filter(|decision| is(decision, &one.meta) || is(decision, &other.meta)).count() == 1
    };
    let example = answers.iter().find(by_age).or_else(|| answers.iter().find(by_one))?;
    let (first, second) = (&one.meta, &other.meta);
    let message = format!(
        "Sidecar `{}/{}` and `{}/{}` are for one workload, and Istio takes only the older one",
        second.namespace, second.name, first.namespace, first.name
    );
    let found = Diagnostic::at(&codes::RIVAL_SIDECARS, second.span, message);
    let found = match first.span {
        Some(span) => found.label(span, "the other one"),
        None => found,
    };
    Some(found.note(witness(example)).help("keep one Sidecar for each workload, with all of its egress hosts"))
}
