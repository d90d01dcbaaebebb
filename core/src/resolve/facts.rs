//! The documents that describe the mesh, apart from the policies.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::in_force::keep_in_force;
use super::revision_tags::RevisionTags;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::{
    CniSettings, ControlPlaneDocument, EgressTrafficPolicy, InjectorWebhooks, IstioGateway, MeshEnvironment,
    NamespaceDocument, ProxyConfigDocument, Resource, RevisionTag, RunByAnother, ServiceDocument, UnreadPods,
    WorkloadDocument,
};
use crate::source::{Span, Spanned};

/// What the documents say about the mesh.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) environment: Option<MeshEnvironment>,
    pub(super) services: Vec<ServiceDocument>,
    pub(super) istio_gateways: Vec<IstioGateway>,
    pub(super) workloads: Vec<WorkloadDocument>,
    pub(super) unread_pods: Vec<UnreadPods>,
    pub(super) namespaces: Vec<NamespaceDocument>,
    pub(super) proxy_configs: Vec<ProxyConfigDocument>,
    /// By revision, and what istiod reads itself before what it is rendered from.
    pub(super) control_planes: Vec<ControlPlaneDocument>,
    pub(super) tags: RevisionTags,
    /// By revision and tag.
    pub(super) webhooks: Vec<InjectorWebhooks>,
    pub(super) cni: Vec<CniSettings>,
}

impl Facts {
    /// Parts the policies from the facts.
    pub(super) fn sort(resources: Vec<Resource>, report: &mut Report) -> (Vec<EgressTrafficPolicy>, Self) {
        let mut policies = Vec::new();
        let mut facts = Self::default();
        let mut environments = Vec::new();
        let mut tags: Vec<RevisionTag> = Vec::new();
        let mut run_by_another: Vec<RunByAnother> = Vec::new();
        for resource in resources {
            match resource {
                Resource::Policy(policy) => policies.push(policy),
                Resource::Environment(environment) => environments.push(*environment),
                Resource::Service(service) => facts.services.push(service),
                Resource::IstioGateway(gateway) => facts.istio_gateways.push(gateway),
                // They say what should be, not what is.
                Resource::Expectations(_) | Resource::CheckConfiguration(_) => {}
                Resource::Workload(workload) => facts.workloads.push(*workload),
                Resource::RunByAnother(workload) => run_by_another.push(workload),
                Resource::UnreadPods(pods) => facts.unread_pods.extend(pods),
                Resource::Namespace(namespace) => facts.namespaces.push(namespace),
                Resource::ProxyConfig(config) => facts.proxy_configs.push(config),
                Resource::RevisionTag(tag) => tags.push(tag),
                Resource::InjectorWebhooks(webhooks) => {
                    tags.extend(webhooks.revision_tag());
                    // Without any it says nothing of those that are there.
                    facts.webhooks.extend(Some(webhooks).filter(|given| !given.webhooks.is_empty()));
                }
                Resource::ControlPlane(mut document) => {
                    facts.cni.extend(document.cni.take());
                    facts.control_planes.push(*document);
                }
                Resource::Cni(settings) => facts.cni.push(settings),
            }
        }
        for second in environments.iter().skip(1) {
            let mut found =
                Diagnostic::new(&codes::TWO_ENVIRONMENTS, second.name.span, "this is a second MeshEnvironment");
            if let Some(first) = environments.first() {
                found = found.label(first.name.span, "the first MeshEnvironment");
            }
            report.push(found.help("one compilation is for one mesh: merge the two, or compile each mesh separately"));
        }
        facts.environment = environments.into_iter().next();
        // Documents may come in any order, and the result may not depend on it.
        facts
            .control_planes
            .sort_by(|a, b| (&a.revision, a.kept, &a.name.value).cmp(&(&b.revision, b.kept, &b.name.value)));
        facts.tags = RevisionTags::new(&tags, &facts.control_planes);
        facts.name_revisions();
        keep_in_force(&mut facts.control_planes, &facts.workloads, report);
        facts.webhooks.sort_by(|a, b| (&a.revision, &a.tag).cmp(&(&b.revision, &b.tag)));
        facts.cni.sort_by(|a, b| a.called.cmp(&b.called));
        facts.proxy_configs.sort_by(|a, b| {
            (place(a.namespace.as_ref()), &a.name.value).cmp(&(place(b.namespace.as_ref()), &b.name.value))
        });
        for run in &run_by_another {
            let is_it = |workload: &&mut WorkloadDocument| {
                workload.kind == run.kind
                    && workload.name.value == run.name
                    && place(workload.namespace.as_ref()) == place(run.namespace.as_ref())
            };
            facts.workloads.iter_mut().filter(is_it).for_each(|workload| workload.is_empty = false);
        }
        facts.workloads.sort_by(|a, b| {
            (place(a.namespace.as_ref()), &a.name.value).cmp(&(place(b.namespace.as_ref()), &b.name.value))
        });
        facts.unread_pods.sort_by(|a, b| (&a.made_by, &a.labels).cmp(&(&b.made_by, &b.labels)));
        if let Some(environment) = &facts.environment {
            listed_twice(environment, report);
        }
        (policies, facts)
    }

    /// Puts revisions in the place of tags.
    fn name_revisions(&mut self) {
        let named = |revision: &mut String| *revision = self.tags.revision(revision);
        for namespace in &mut self.namespaces {
            namespace.revision =
                namespace.revision.take().map(|revision| revision.map(|name| self.tags.revision(&name)));
        }
        for workload in &mut self.workloads {
            let pod = &mut workload.pod;
            pod.request.revision.iter_mut().for_each(named);
            pod.injected.iter_mut().filter_map(|injected| injected.revision.as_mut()).for_each(named);
        }
    }

    /// The workloads of a namespace.
    pub(super) fn workloads_of(&self, namespace: &str) -> &[WorkloadDocument] {
        let of = |workload: &WorkloadDocument| place(workload.namespace.as_ref()).cmp(namespace);
        let start = self.workloads.partition_point(|workload| of(workload).is_lt());
        let end = self.workloads.partition_point(|workload| of(workload).is_le());
        self.workloads.get(start..end).unwrap_or_default()
    }
}

/// The namespace that a document is for; Kubernetes' own default when it names none.
pub(super) fn place(namespace: Option<&Spanned<String>>) -> &str {
    namespace.map_or("default", |namespace| namespace.value.as_str())
}

/// One of two entries would silently win.
fn listed_twice(environment: &MeshEnvironment, report: &mut Report) {
    twice(
        "gateway",
        environment.gateways.iter().map(|gateway| (gateway.name.value.as_str(), gateway.name.span)),
        report,
    );
    twice(
        "namespace",
        environment.namespaces.iter().map(|namespace| (namespace.name.value.as_str(), namespace.name.span)),
        report,
    );
    for gateway in &environment.gateways {
        twice("port", gateway.ports.iter().flatten().map(|port| (port.port.value, port.port.span)), report);
    }
    for namespace in &environment.namespaces {
        let workloads = namespace.workloads.iter().flatten();
        twice("workload", workloads.map(|workload| (workload.name.value.as_str(), workload.name.span)), report);
    }
}

fn twice<K: Ord + Display>(what: &str, keys: impl Iterator<Item = (K, Span)>, report: &mut Report) {
    let mut seen = BTreeMap::new();
    for (key, span) in keys {
        let message = format!("{what} `{key}` is listed twice");
        if let Some(first) = seen.insert(key, span) {
            report.push(
                Diagnostic::new(&codes::LISTED_TWICE, span, message).label(first, "first here").help("merge the two"),
            );
        }
    }
}
