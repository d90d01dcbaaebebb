//! Namespaces and their workloads.
//!
//! A MeshEnvironment lists all workloads of a namespace. Deployments and the like may be only some of them, so nothing
//! follows from one that is missing, unless the MeshEnvironment says that they are complete.

use std::collections::{BTreeMap, BTreeSet};

use super::capture::capture;
use super::control_planes::{capture_settings, of_revision};
use super::facts::{Facts, place};
use super::injection::{ByWebhooks, Injection, NamespaceInjection, by_webhooks, injection, injects_by_default};
use super::unread_pods::unread_pods;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Capture, DataPlane, Namespace, NamespaceWaypoint, OwnDnsCapture, Workload};
use crate::resource::{
    AddedLabels, CompleteKind, EnvironmentNamespace, EnvironmentWorkload, NamespaceDocument, PROXY_ID, PodSettings,
    PodSidecar, WorkloadDocument,
};
use crate::source::Spanned;

pub(super) fn namespaces(facts: &Facts, report: &mut Report) -> BTreeMap<String, Namespace> {
    let complete = facts.environment.as_ref().is_some_and(|given| given.is_complete(CompleteKind::Workload));
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
        // What has no pods, and is kept for the record, sends nothing. What somebody wrote may get pods at any time.
        if !workload.is_empty || workload.owner.is_none() && workload.kind != "Pod" {
            running.entry(place(workload.namespace.as_ref())).or_default().push(workload);
        }
    }
    let of_unread = facts.unread_pods.iter().map(|pods| place(pods.namespace.as_ref()));
    let described = listed.keys().chain(labelled.keys()).chain(running.keys()).copied();
    let names: BTreeSet<&str> = described.chain(of_unread).collect();
    names
        .into_iter()
        .map(|name| {
            let (listed, labelled) = (listed.get(name).copied(), labelled.get(name).copied());
            let running = running.get(name).map(Vec::as_slice).unwrap_or_default();
            contradictions(listed, labelled, running, report);
            (name.to_owned(), namespace(name, listed, labelled, running, facts, complete))
        })
        .collect()
}

fn namespace(
    name: &str,
    listed: Option<&EnvironmentNamespace>,
    labelled: Option<&NamespaceDocument>,
    running: &[&WorkloadDocument],
    facts: &Facts,
    complete: bool,
) -> Namespace {
    let by_webhooks = labelled.and_then(|given| by_webhooks(given, facts));
    let injection = listed.and_then(|given| given.injection.clone()).or_else(|| {
        // Without a label there is no injection, unless the injector is set to it (`mutatingwebhook.yaml` of the chart).
        let by_default = || injects_by_default(facts);
        let by_labels = |given: &NamespaceDocument| {
            given.injection.clone().unwrap_or_else(|| given.name.clone().map(|_| by_default()))
        };
        let given = labelled?;
        match &by_webhooks {
            Some(ByWebhooks::Injected(_)) => Some(given.name.clone().map(|_| true)),
            Some(ByWebhooks::NotInjected) => Some(given.name.clone().map(|_| false)),
            Some(ByWebhooks::InDoubt) => None,
            None => Some(by_labels(given)),
        }
    });
    let own = NamespaceInjection::of(listed, labelled);
    let waypoint = match labelled {
        None => NamespaceWaypoint::Unknown,
        Some(given) => given
            .waypoint
            .clone()
            .map_or(NamespaceWaypoint::None, |(name, namespace)| NamespaceWaypoint::Named { name, namespace }),
    };
    let mut namespace = Namespace::new(labelled.map(|given| given.labels.clone()), waypoint);
    namespace.injection = injection;
    namespace.proxy_ids = labelled.map_or_else(|| vec![PROXY_ID], |given| given.proxy_ids.clone());
    namespace.ambient = labelled.and_then(|given| given.ambient.clone());
    namespace.revision = labelled.and_then(|given| given.revision.as_ref()).map(|revision| revision.value.clone());
    if let Some(ByWebhooks::Injected(revision)) = by_webhooks {
        namespace.revision = Some(revision);
    }
    if let Some(workloads) = listed.and_then(|given| given.workloads.as_ref()) {
        let all = workloads.iter().map(|workload| of_list(workload, running, (name, own), &namespace, facts)).collect();
        return namespace.with_workloads(Some(all), Vec::new());
    }
    let found: Vec<Workload> =
        running.iter().map(|workload| of_document(workload, (name, own), &namespace, facts)).collect();
    let (all, mut seen) = if complete && !found.is_empty() { (Some(found), Vec::new()) } else { (None, found) };
    seen.extend(unread_pods(facts, name));
    namespace.with_workloads(all, seen)
}

/// A workload of a MeshEnvironment. What the list has no field for, its document says, if it is given.
fn of_list(
    workload: &EnvironmentWorkload,
    running: &[&WorkloadDocument],
    injection: (&str, NamespaceInjection<'_>),
    namespace: &Namespace,
    facts: &Facts,
) -> Workload {
    let document = running.iter().find(|document| document.name.value == workload.name.value);
    let settings = document.map(|document| &document.pod);
    let described = document.map(|document| DescribedPod::of(document, injection, namespace, facts));
    let revision = described.as_ref().and_then(|pod| pod.revision.clone()).or_else(|| namespace.revision.clone());
    // Who lists a sidecar, or none, knows it.
    let doubt = described.as_ref().and_then(|pod| pod.doubt.clone()).filter(|_| workload.sidecar.is_none());
    Workload {
        name: workload.name.value.clone(),
        labels: workload.labels.clone(),
        added: document.map_or_else(|| AddedLabels::of_sidecar(&workload.labels), |document| added(document)),
        service_account: account(workload).to_owned(),
        is_stated: workload.sidecar.is_some(),
        data_plane: match workload.sidecar {
            Some(true) => Some(DataPlane::Sidecar),
            Some(false) => Some(settings.map_or(DataPlane::None, |pod| without_sidecar(pod, namespace))),
            None => described.map_or_else(|| namespace.data_plane(), |pod| pod.data_plane),
        },
        capture: in_doubt(capture_of(settings, revision.as_deref(), namespace, facts), doubt),
        has_interception_mode: settings.is_some_and(|pod| pod.capture.has_mode_of_its_own()),
        dns_capture: settings.map_or(OwnDnsCapture::Nothing, dns_capture),
        ambient_dns_capture: settings.and_then(|pod| pod.ambient_dns_capture.as_ref()).map(|fact| fact.value),
        revision,
        is_proxy: settings.is_some_and(|pod| pod.sidecar == PodSidecar::IsProxy),
        span: workload.span,
    }
}

/// The labels that pods get besides those of a document. A pod that was injected already has them.
fn added(document: &WorkloadDocument) -> AddedLabels {
    let mut added = document.added.clone();
    if document.pod.injected.is_some() {
        added.with_place();
    } else {
        added.with_injection(&document.labels, document.called_by_injector.as_deref());
    }
    added
}

/// What the sidecar of a pod captures: what is in force in it, or what its annotations say, and else what its control plane is
/// configured with.
fn capture_of(pod: Option<&PodSettings>, revision: Option<&str>, namespace: &Namespace, facts: &Facts) -> Capture {
    let of_plane = || capture_settings(of_revision(facts, revision));
    match pod {
        Some(PodSettings { injected: Some(injected), .. }) => capture(&injected.capture),
        Some(pod) => {
            let mut settings = pod.capture.or(&of_plane());
            let as_the_proxy = pod.run_as.iter().filter(|own| namespace.proxy_ids.contains(&own.id));
            settings.not_followed.extend(as_the_proxy.map(|own| own.called.clone()));
            capture(&settings)
        }
        None => capture(&of_plane()),
    }
}

fn dns_capture(pod: &PodSettings) -> OwnDnsCapture {
    match (&pod.injected, &pod.dns_capture) {
        (Some(injected), _) => OwnDnsCapture::InForce(injected.dns_capture),
        (None, Some(asked)) => OwnDnsCapture::Wanted(asked.value),
        (None, None) => OwnDnsCapture::Nothing,
    }
}

/// The data plane of a pod without a sidecar (`cni/pkg/util/enablement_selector.go`, `Matches`, with the selectors of the
/// chart: the label of a pod, and else that of its namespace).
fn without_sidecar(pod: &PodSettings, namespace: &Namespace) -> DataPlane {
    let is_ambient = match pod.dataplane_mode.as_ref().map(|mode| mode.value.as_str()) {
        Some("ambient") => true,
        Some("none") => false,
        _ => namespace.ambient.as_ref().is_some_and(|ambient| ambient.value),
    };
    // A pod that says that it was injected is left alone, whether it has a sidecar or not.
    if is_ambient && pod.on_host_network.is_none() && pod.status.is_none() {
        DataPlane::Ambient
    } else {
        DataPlane::None
    }
}

fn account(workload: &EnvironmentWorkload) -> &str {
    workload.service_account.as_ref().map_or("default", |name| name.value.as_str())
}

/// What a document says of the pods of a workload, together with their namespace and the injector.
struct DescribedPod {
    data_plane: Option<DataPlane>,
    /// The revision that configures their sidecars.
    revision: Option<String>,
    /// The setting by which they may have no sidecar.
    doubt: Option<Spanned<String>>,
}

impl DescribedPod {
    fn of(
        document: &WorkloadDocument,
        (name, of_namespace): (&str, NamespaceInjection<'_>),
        namespace: &Namespace,
        facts: &Facts,
    ) -> Self {
        let pod = &document.pod;
        let of_labels = || namespace.revision.clone().or_else(|| pod.request.revision.clone());
        let with = |data_plane: DataPlane| Self { data_plane: Some(data_plane), revision: of_labels(), doubt: None };
        if let Some(injected) = &pod.injected {
            let revision = injected.revision.clone().or_else(of_labels);
            return Self { revision, ..with(DataPlane::Sidecar) };
        }
        match pod.sidecar {
            PodSidecar::Present => with(DataPlane::Sidecar),
            PodSidecar::Never | PodSidecar::IsProxy => with(without_sidecar(pod, namespace)),
            PodSidecar::ByInjector => match injection(name, of_namespace, document, facts) {
                Injection::By(revision) => Self { revision: revision.or_else(of_labels), ..with(DataPlane::Sidecar) },
                Injection::Doubtful(revision, setting) => {
                    Self { revision: revision.or_else(of_labels), doubt: Some(setting), ..with(DataPlane::Sidecar) }
                }
                Injection::None => with(without_sidecar(pod, namespace)),
                Injection::Unknown => {
                    // Where nothing is said of injection, a pod that asks for ztunnel gets it.
                    let asks = pod.dataplane_mode.as_ref().is_some_and(|mode| mode.value == "ambient");
                    Self { data_plane: asks.then(|| without_sidecar(pod, namespace)), ..with(DataPlane::None) }
                }
            },
        }
    }
}

/// What a sidecar captures that may not be there: nothing is certain.
fn in_doubt(capture: Capture, doubt: Option<Spanned<String>>) -> Capture {
    match doubt {
        Some(setting) => Capture { not_followed: vec![setting], ..Capture::default() },
        None => capture,
    }
}

fn of_document(
    workload: &WorkloadDocument,
    injection: (&str, NamespaceInjection<'_>),
    namespace: &Namespace,
    facts: &Facts,
) -> Workload {
    let pod = &workload.pod;
    let DescribedPod { data_plane, revision, doubt } = DescribedPod::of(workload, injection, namespace, facts);
    Workload {
        name: workload.name.value.clone(),
        labels: workload.labels.value.clone(),
        added: added(workload),
        service_account: workload.service_account.value.clone(),
        // What is in force in a pod says all that matters of it.
        is_stated: pod.injected.is_some(),
        data_plane,
        capture: in_doubt(capture_of(Some(pod), revision.as_deref(), namespace, facts), doubt),
        has_interception_mode: pod.capture.has_mode_of_its_own(),
        dns_capture: dns_capture(pod),
        ambient_dns_capture: pod.ambient_dns_capture.as_ref().map(|fact| fact.value),
        revision,
        is_proxy: pod.sidecar == PodSidecar::IsProxy,
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
    for document in running.iter().filter(|document| document.owner.is_none()) {
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
    let says = match document.pod.sidecar {
        PodSidecar::ByInjector => {
            let request = &document.pod.request;
            (request.label.as_deref() == Some("true") || request.revision.is_some()).then_some(true)
        }
        PodSidecar::Present => Some(true),
        PodSidecar::Never | PodSidecar::IsProxy => Some(false),
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
