//! What is known about the mesh as a whole.

use super::control_planes::control_planes;
use super::facts::{Facts, place};
use super::namespace::namespaces;
use super::service_pods::service_pods;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Completeness, ControlPlane, Doubts, Environment, MeshSetting, ProxyConfig};
use crate::resource::{
    ChangedHeaders, CompleteKind, ControlPlaneDocument, IstioApi, Kept, MeshConfig, PathNormalization, Placement,
    ProxyConfigDocument,
};
use crate::source::Spanned;

/// The mesh without its gateways, which are found when a policy names them.
pub(super) fn environment(facts: &Facts, report: &mut Report) -> Environment {
    let given = facts.environment.as_ref();
    let is_complete = |kind| given.is_some_and(|given| given.is_complete(kind));
    let configs: Vec<&MeshConfig> = facts.control_planes.iter().filter_map(|document| document.mesh.as_ref()).collect();
    let configs = configs.as_slice();
    not_followed(facts, report);
    let root = said(
        "root namespace",
        given.and_then(|given| given.root_namespace.as_ref()),
        configs,
        |config| config.root_namespace.as_ref(),
        report,
    );
    let domain = said(
        "trust domain",
        given.and_then(|given| given.trust_domain.as_ref()),
        configs,
        |config| config.trust_domain.as_ref(),
        report,
    );
    let aliases = said("trust domain aliases", None, configs, |config| config.trust_domain_aliases.as_ref(), report);
    let auto_mtls = said("automatic mutual TLS", None, configs, |config| config.auto_mtls.as_ref(), report);
    let dns_capture = said(
        "DNS capture",
        given.and_then(|given| given.dns_capture.as_ref()),
        configs,
        |config| config.dns_capture.as_ref(),
        report,
    );
    let stated = given.and_then(|given| given.outbound_traffic_policy.as_ref());
    if stated.is_some() {
        said("outbound traffic policy", stated, configs, |config| config.outbound_traffic_policy.as_ref(), report);
    }
    let control_planes = control_planes(facts, report);
    let stated_capture = given.map(|given| given.dns_capture.as_ref().is_some_and(|fact| fact.value));
    Environment {
        root_namespace: root.map_or_else(|| "istio-system".to_owned(), |root| root.value.clone()),
        trust_domain: domain.map_or_else(|| "cluster.local".to_owned(), |domain| domain.value.clone()),
        trust_domain_aliases: aliases.map(|aliases| aliases.value.clone()).unwrap_or_default(),
        auto_mtls: auto_mtls.is_none_or(|fact| fact.value),
        path_normalization: path_normalization(&control_planes),
        changed_headers: configs
            .iter()
            .map(|config| config.changed_headers)
            .reduce(ChangedHeaders::or)
            .unwrap_or(ChangedHeaders::NOT_GIVEN)
            .or(of_pods(facts)),
        moved_ports: configs.iter().flat_map(|config| config.moved_ports.iter().cloned()).collect(),
        cni: facts.cni.clone(),
        cluster_domain: given
            .and_then(|given| given.cluster_domain.as_ref())
            .map_or_else(|| "cluster.local".to_owned(), |domain| domain.value.clone()),
        stated_outbound_traffic_policy: stated.cloned(),
        has_policies: false,
        describes_injector: facts
            .control_planes
            .iter()
            .any(|document| document.mesh.is_none() || document.kept != Kept::ConfigMap),
        describes_mesh_config: !configs.is_empty(),
        not_followed: objects_in_doubt(facts, &control_planes),
        upgrades_http: facts.control_planes.iter().any(ControlPlaneDocument::upgrades_http),
        stated_dns_capture: stated_capture
            .filter(|_| configs.is_empty() || given.is_some_and(|given| given.dns_capture.is_some())),
        control_planes,
        revision_tags: facts.tags.names().map(|(tag, revision)| (tag.to_owned(), revision)).collect(),
        proxy_configs: facts.proxy_configs.iter().map(proxy_config).collect(),
        dns_capture: dns_capture.is_some_and(|fact| fact.value),
        complete: Completeness {
            namespaces: is_complete(CompleteKind::Namespace),
            services: is_complete(CompleteKind::Service),
            workloads: is_complete(CompleteKind::Workload),
        },
        gateways: std::collections::BTreeMap::new(),
        namespaces: namespaces(facts, report),
        service_pods: service_pods(facts),
        doubts: Doubts::default(),
        services: facts
            .services
            .iter()
            .map(|service| (place(service.namespace.as_ref()).to_owned(), service.name.value.clone()))
            .collect(),
        istio_version: given
            .and_then(|given| given.istio_version.as_ref())
            .map_or_else(|| version_of_documents(facts), |version| Some(version.value.clone())),
        istio_api: given.and_then(|given| given.istio_api).unwrap_or(IstioApi::V1),
        placement: given.and_then(|given| given.placement).unwrap_or(Placement::Policy),
    }
}

/// Headers that the proxies of some pods treat otherwise: which proxies a request crosses is not asked.
fn of_pods(facts: &Facts) -> ChangedHeaders {
    let all = facts.workloads.iter().map(|workload| workload.pod.proxy.changed_headers);
    all.fold(ChangedHeaders::default(), ChangedHeaders::or)
}

/// The version that the documents of control planes have, if all of them have one.
fn version_of_documents(facts: &Facts) -> Option<String> {
    let mut versions = facts.control_planes.iter().filter_map(|document| document.version.as_ref());
    let first = versions.next()?;
    versions.all(|other| other == first).then(|| first.clone())
}

/// What proxies may make of a path: any of it where no document says.
fn path_normalization(control_planes: &[ControlPlane]) -> Vec<PathNormalization> {
    let said: Option<Vec<PathNormalization>> = control_planes.iter().map(|plane| plane.path_normalization).collect();
    match said {
        Some(mut said) if !said.is_empty() => {
            said.sort_unstable();
            said.dedup();
            said
        }
        _ => PathNormalization::ALL.to_vec(),
    }
}

/// The switches of the istiods that are given themselves.
fn switches(facts: &Facts) -> impl Iterator<Item = &Spanned<String>> {
    facts
        .workloads
        .iter()
        .filter(|workload| !workload.is_empty)
        .filter_map(|workload| workload.istiod.as_ref())
        .flatten()
}

/// What may change which objects proxies see, in words.
fn objects_in_doubt(facts: &Facts, control_planes: &[ControlPlane]) -> Vec<String> {
    let settings = facts.control_planes.iter().flat_map(ControlPlaneDocument::changes_objects);
    let settings = settings.chain(switches(facts).map(|switch| switch.value.clone()));
    let doubts = control_planes.iter().flat_map(|plane| &plane.doubts);
    let doubts = doubts.filter(|doubt| doubt.about == MeshSetting::Discovery).map(|doubt| doubt.why.clone());
    settings.map(|setting| format!("the mesh has `{setting}`")).chain(doubts).collect()
}

/// The value of the MeshEnvironment, or else of the first mesh config that sets it. A document with another value is
/// reported.
fn said<'f, T: PartialEq>(
    what: &str,
    given: Option<&'f Spanned<T>>,
    configs: &[&'f MeshConfig],
    of: impl Fn(&'f MeshConfig) -> Option<&'f Spanned<T>>,
    report: &mut Report,
) -> Option<&'f Spanned<T>> {
    let mut all = given.into_iter().chain(configs.iter().filter_map(|config| of(config)));
    let first = all.next()?;
    for other in all.filter(|other| other.value != first.value) {
        let believed = if given.is_some() {
            "the MeshEnvironment takes precedence"
        } else {
            "the first document takes precedence"
        };
        contradiction(what, first, other, believed, report);
    }
    Some(first)
}

fn proxy_config(document: &ProxyConfigDocument) -> ProxyConfig {
    ProxyConfig {
        namespace: place(document.namespace.as_ref()).to_owned(),
        selector: document.selector.clone(),
        dns_capture: document.dns_capture.as_ref().map(|fact| fact.value),
        not_followed: document.not_followed.clone(),
        created: document.created.clone(),
    }
}

fn contradiction<T>(what: &str, first: &Spanned<T>, other: &Spanned<T>, believed: &str, report: &mut Report) {
    report.push(
        Diagnostic::new(
            &codes::FACTS_CONTRADICT,
            first.span,
            format!("two documents set a different {what} for the mesh"),
        )
        .label(other.span, "the other document")
        .note(believed),
    );
}

fn not_followed(facts: &Facts, report: &mut Report) {
    let overlays = facts.control_planes.iter().flat_map(|document| &document.overlays);
    report.extend(overlays.map(overlay));
    let settings = facts.control_planes.iter().flat_map(ControlPlaneDocument::not_followed);
    for setting in settings.chain(switches(facts)) {
        report.push(
            Diagnostic::new(
                &codes::SETTING_NOT_FOLLOWED,
                setting.span,
                format!("egressc ignores `{}` of the mesh config", setting.value),
            )
            .note("answers about your own Istio objects, and about pods that this setting applies to, may be wrong")
            .help(if setting.value.ends_with("ExportTo") {
                "set `exportTo` in your own objects"
            } else {
                "check these objects and pods yourself"
            }),
        );
    }
}

fn overlay(overlay: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(
        &codes::SETTING_NOT_FOLLOWED,
        overlay.span,
        format!("egressc does not apply `{}` to the mesh config", overlay.value),
    )
    .note("results of requests are unknown, and the compiled resources rest on a mesh config that may not be in force")
    .help("add the ConfigMap `istio` as istiod reads it, which takes precedence: `kubectl get configmap istio -n istio-system -o yaml`")
}
