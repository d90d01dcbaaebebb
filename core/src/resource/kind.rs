//! Which kind a document is, and what to do with it.

use super::conform::conform;
use super::shape::{OBJECT_METADATA, Shape, open_object, required};
use super::unread::UnreadEffect;
use super::{
    ControlPlaneDocument, PolicyKind, Resource, check_configuration, cni, control_plane, expectations,
    injector_webhooks, istio_gateway, mesh_environment, name_rules, namespace, policy, proxy_config, revision_tag,
    service, unread_pods, workload,
};
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::{Document, Node, NodeKind};

/// A kind that is read.
#[derive(Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Its API group; empty for Kubernetes' core.
    pub group: &'static str,
    /// The versions that are read.
    pub versions: &'static [&'static str],
    /// Its fields.
    pub shape: &'static Shape,
    read: Read,
}

/// Kinds that Istio acts on, which are applied to what is compiled ([`crate::istio`] reads them).
const APPLIED: [(&str, &[&str]); 7] = [
    (
        "networking.istio.io",
        &["ServiceEntry", "WorkloadEntry", "VirtualService", "DestinationRule", "Gateway", "Sidecar", "EnvoyFilter"],
    ),
    ("security.istio.io", &["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"]),
    ("extensions.istio.io", &["WasmPlugin", "TrafficExtension"]),
    (
        "gateway.networking.k8s.io",
        &[
            "Gateway",
            "GatewayClass",
            "ListenerSet",
            "HTTPRoute",
            "GRPCRoute",
            "TLSRoute",
            "TCPRoute",
            "ReferenceGrant",
            "BackendTLSPolicy",
        ],
    ),
    ("gateway.networking.x-k8s.io", &["XBackend"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("", &["Endpoints"]),
];
/// What is asked of them here: a name, without which they would be passed over.
const APPLIED_SHAPE: Shape =
    open_object(&[required("metadata", OBJECT_METADATA, "Name of the object and its namespace.")]);

/// The versions of Kubernetes' workloads: clusters no longer serve the old ones, and files still have them.
const OF_APPS: &[&str] = &["v1", "v1beta2", "v1beta1"];

/// How a kind is read; a text in a document needs the source around it.
type Read = fn(&Node, &SourceMap, &mut Report) -> Option<Resource>;

impl Kind {
    /// `ASMEgressTrafficPolicy`.
    pub const POLICY: Self = Self {
        name: "ASMEgressTrafficPolicy",
        group: "istio.alibabacloud.com",
        versions: &["v1", "v1beta1"],
        shape: &policy::ASM_SHAPE,
        read: |root, _, _| policy::read(root, PolicyKind::Asm).map(Resource::Policy),
    };
    /// `EgressPolicy`.
    pub const EGRESS_POLICY: Self = Self {
        name: "EgressPolicy",
        group: "egressc.dev",
        versions: &["v1alpha1"],
        shape: &policy::EGRESS_POLICY_SHAPE,
        read: |root, _, _| policy::read(root, PolicyKind::Egress).map(Resource::Policy),
    };
    /// `MeshEnvironment`.
    pub const ENVIRONMENT: Self = Self {
        name: "MeshEnvironment",
        group: "egressc.dev",
        versions: &["v1alpha1"],
        shape: &mesh_environment::SHAPE,
        read: |root, _, _| mesh_environment::read(root).map(|environment| Resource::Environment(Box::new(environment))),
    };
    /// `EgressExpectations`.
    pub const EXPECTATIONS: Self = Self {
        name: "EgressExpectations",
        group: "egressc.dev",
        versions: &["v1alpha1"],
        shape: &expectations::SHAPE,
        read: |root, _, _| expectations::read(root).map(Resource::Expectations),
    };
    /// `CheckConfiguration`.
    pub const CHECK_CONFIGURATION: Self = Self {
        name: "CheckConfiguration",
        group: "egressc.dev",
        versions: &["v1alpha1"],
        shape: &check_configuration::SHAPE,
        read: |root, _, _| check_configuration::read(root).map(Resource::CheckConfiguration),
    };
    /// Kubernetes' `Service`.
    pub const SERVICE: Self = Self {
        name: "Service",
        group: "",
        versions: &["v1"],
        shape: &service::SHAPE,
        read: |root, _, _| service::read(root).map(Resource::Service),
    };
    /// ASM's `IstioGateway`.
    pub const ISTIO_GATEWAY: Self = Self {
        name: "IstioGateway",
        group: "istio.alibabacloud.com",
        versions: &["v1", "v1beta1"],
        shape: &istio_gateway::SHAPE,
        read: |root, _, _| istio_gateway::read(root).map(Resource::IstioGateway),
    };

    /// Kubernetes' `Namespace`.
    const NAMESPACE: Self = Self {
        name: "Namespace",
        group: "",
        versions: &["v1"],
        shape: &namespace::SHAPE,
        read: |root, _, _| namespace::read(root).map(Resource::Namespace),
    };
    /// The `ConfigMap`s of istiod and of istio-cni; others are none of our business.
    const CONFIG_MAP: Self = Self {
        name: "ConfigMap",
        group: "",
        versions: &["v1"],
        shape: &control_plane::CONFIG_MAP,
        read: |root, sources, report| {
            if cni::is_config_map(root) {
                return cni::of_config_map(root, sources).map(Resource::Cni);
            }
            control_plane::of_config_map(root, sources, report).map(of_control_plane)
        },
    };
    /// How istioctl installs Istio.
    const OPERATOR: Self = Self {
        name: "IstioOperator",
        group: "install.istio.io",
        versions: &["v1alpha1"],
        shape: &control_plane::OPERATOR,
        read: |root, _, report| control_plane::of_operator(root, report).map(of_control_plane),
    };
    /// How Sail's operator installs Istio.
    const ISTIO: Self = Self {
        name: "Istio",
        group: "sailoperator.io",
        versions: &["v1", "v1alpha1"],
        shape: &control_plane::INSTALLATION,
        read: |root, _, report| control_plane::of_istio(root, report).map(of_control_plane),
    };
    /// One revision of it.
    const ISTIO_REVISION: Self = Self {
        name: "IstioRevision",
        group: "sailoperator.io",
        versions: &["v1", "v1alpha1"],
        shape: &control_plane::INSTALLATION,
        read: |root, _, report| control_plane::of_revision(root, report).map(of_control_plane),
    };
    /// How Sail's operator installs istio-cni.
    const ISTIO_CNI: Self = Self {
        name: "IstioCNI",
        group: "sailoperator.io",
        versions: &["v1", "v1alpha1"],
        shape: &control_plane::INSTALLATION,
        read: |root, _, _| cni::of_sail(root).map(Resource::Cni),
    };
    /// Istio's `ProxyConfig`.
    const PROXY_CONFIG: Self = Self {
        name: "ProxyConfig",
        group: "networking.istio.io",
        versions: &["v1beta1", "v1"],
        shape: &proxy_config::SHAPE,
        read: |root, _, report| proxy_config::read(root, report).map(Resource::ProxyConfig),
    };

    /// Sail's tag of a revision.
    const REVISION_TAG: Self = Self {
        name: "IstioRevisionTag",
        group: "sailoperator.io",
        versions: &["v1", "v1alpha1"],
        shape: &revision_tag::SHAPE,
        read: |root, _, _| revision_tag::of_sail(root).map(Resource::RevisionTag),
    };
    /// The webhooks of the injector, or of a tag of it; others are not read.
    const INJECTOR_WEBHOOKS: Self = Self {
        name: "MutatingWebhookConfiguration",
        group: "admissionregistration.k8s.io",
        versions: &["v1"],
        shape: &revision_tag::SHAPE,
        read: |root, _, _| injector_webhooks::read(root).map(Resource::InjectorWebhooks),
    };

    const ALL: [Self; 31] = [
        Self::POLICY,
        Self::EGRESS_POLICY,
        Self::ENVIRONMENT,
        Self::EXPECTATIONS,
        Self::CHECK_CONFIGURATION,
        Self::SERVICE,
        Self::ISTIO_GATEWAY,
        Self::NAMESPACE,
        Self::CONFIG_MAP,
        Self::OPERATOR,
        Self::ISTIO,
        Self::ISTIO_REVISION,
        Self::ISTIO_CNI,
        Self::PROXY_CONFIG,
        Self::REVISION_TAG,
        Self::INJECTOR_WEBHOOKS,
        Self::of_template("Deployment", "apps", OF_APPS),
        Self::of_template("StatefulSet", "apps", OF_APPS),
        Self::of_template("DaemonSet", "apps", OF_APPS),
        Self::of_template("ReplicaSet", "apps", OF_APPS),
        Self::of_template("Deployment", "extensions", &["v1beta1"]),
        Self::of_template("DaemonSet", "extensions", &["v1beta1"]),
        Self::of_template("ReplicaSet", "extensions", &["v1beta1"]),
        Self::of_template("ReplicationController", "", &["v1"]),
        Self::of_template("Rollout", "argoproj.io", &["v1alpha1"]),
        Self::of_template("DeploymentConfig", "apps.openshift.io", &["v1"]),
        Self::of_template("CloneSet", "apps.kruise.io", &["v1alpha1", "v1beta1"]),
        Self::of_template("StatefulSet", "apps.kruise.io", &["v1alpha1", "v1beta1"]),
        Self::of_template("Job", "batch", &["v1"]),
        Self::workload("CronJob", "batch", &["v1", "v1beta1", "v2alpha1"], |root, sources, _| {
            workload::of_job_template(root, sources).map(Box::new).map(Resource::Workload)
        }),
        Self::workload("Pod", "", &["v1"], |root, sources, _| {
            workload::of_pod(root, sources).map(Box::new).map(Resource::Workload)
        }),
    ];

    const fn of_template(name: &'static str, group: &'static str, versions: &'static [&'static str]) -> Self {
        Self::workload(name, group, versions, |root, sources, _| {
            let workload = workload::of_template(root, sources).map(Box::new).map(Resource::Workload);
            workload.or_else(|| workload::run_by(root).map(Resource::RunByAnother))
        })
    }

    const fn workload(name: &'static str, group: &'static str, versions: &'static [&'static str], read: Read) -> Self {
        Self { name, group, versions, shape: &workload::SHAPE, read }
    }

    fn api_versions(&self) -> impl Iterator<Item = String> {
        let slash = if self.group.is_empty() { "" } else { "/" };
        self.versions.iter().map(move |version| format!("{}{slash}{version}", self.group))
    }

    /// Of some kinds only single objects are read.
    fn is_for(&self, object: &Node) -> bool {
        match self.name {
            "ConfigMap" => control_plane::is_config_map(object) || cni::is_config_map(object),
            "MutatingWebhookConfiguration" => injector_webhooks::is_of_injector(object),
            _ => true,
        }
    }

    /// Ours are refused when misspelt; the others belong to everybody and may be anything.
    fn is_ours(&self) -> bool {
        self.group == Self::ENVIRONMENT.group || self.name == Self::POLICY.name
    }
}

/// What an object is, by its own words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'n> {
    pub(super) group: &'n str,
    pub(super) kind: &'n str,
}

impl<'n> Header<'n> {
    /// `None` for what is no object of Kubernetes.
    pub(super) fn of(node: &'n Node) -> Option<Self> {
        let text = |key| node.get(key).and_then(Node::text);
        Some(Self { group: text("apiVersion")?.split_once('/').map_or("", |(group, _)| group), kind: text("kind")? })
    }
}

/// Whether objects of a kind are Istio's or of the Gateway API, or say how Istio is installed.
pub fn is_kind_of_istio(kind: &str) -> bool {
    let applied = APPLIED.iter().filter(|(group, _)| !matches!(*group, "" | "discovery.k8s.io"));
    applied.flat_map(|(_, kinds)| *kinds).any(|known| *known == kind)
        || [Kind::OPERATOR.name, Kind::ISTIO.name, Kind::ISTIO_REVISION.name, Kind::ISTIO_CNI.name].contains(&kind)
}

/// Whether a second object of one name replaces the first. Of our own kinds each has an error of its own.
pub(super) fn is_replaced(group: &str, kind: &str) -> bool {
    !Kind::ALL.iter().any(|known| known.is_ours() && known.group == group && known.name == kind)
}

/// Whether a document is an object of Kubernetes, or values of a chart that are read.
pub(super) fn is_known(node: &Node) -> bool {
    Header::of(node).is_some() || control_plane::is_values(node)
}

/// Whether anything is read of an object.
pub(super) fn is_read(object: &Node) -> bool {
    if control_plane::is_values(object) {
        return true;
    }
    let Some(Header { group, kind }) = Header::of(object) else { return false };
    let is_it = |known: &Kind| known.group == group && known.name == kind;
    Kind::ALL.iter().any(is_it)
        && (kind != "ConfigMap" || control_plane::has_its_name(object) || cni::is_config_map(object))
        && (kind != Kind::INJECTOR_WEBHOOKS.name || injector_webhooks::is_of_injector(object))
        || APPLIED.iter().any(|(known, kinds)| *known == group && kinds.contains(&kind))
}

/// Whether a place is in an object of which nothing is read, so that a mistake there changes no answer.
pub fn is_ignored(document: &Document, place: Span) -> bool {
    let contains = |node: &Node| node.span.start <= place.start && place.end <= node.span.end;
    let root = &document.root;
    if !contains(root) {
        return false;
    }
    !may_be_read(innermost(root, &contains))
}

/// The object at a place: an item of a list may be a list.
fn innermost<'n>(object: &'n Node, contains: &impl Fn(&Node) -> bool) -> &'n Node {
    let items = list_items(object).map(Node::items).unwrap_or_default();
    items.iter().find(|item| contains(item)).map_or(object, |item| innermost(item, contains))
}

/// The items of a list of objects.
pub(super) fn list_items(object: &Node) -> Option<&Node> {
    object.get("kind").and_then(Node::text).filter(|kind| kind.ends_with("List"))?;
    object.get("items")
}

/// Whether an object is read, or would be if it were written as somebody meant it.
fn may_be_read(object: &Node) -> bool {
    let is_near = |kind: &str| {
        let ours = Kind::ALL.into_iter().filter(Kind::is_ours).map(|kind| kind.name);
        name_rules::nearest(kind, ours).is_some()
    };
    is_read(object) || object.get("kind").and_then(Node::text).is_some_and(is_near)
}

/// Reads an object.
pub fn decode(root: &Node, sources: &SourceMap, report: &mut Report) -> Option<Resource> {
    if control_plane::is_values(root) {
        return control_plane::of_values(root, report).map(of_control_plane);
    }
    let api_version = header(root, "apiVersion", report);
    let kind_name = header(root, "kind", report);
    let (api_version, kind_name) = (api_version?, kind_name?);

    let kinds = Kind::ALL;
    let is_named = |kind: &&Kind| kind.name == *kind_name && kind.is_for(root);
    let group = group_of(&api_version);
    let of_group = kinds.iter().filter(is_named).find(|kind| kind.group == group);
    let Some(kind) = of_group.or_else(|| kinds.iter().find(is_named)) else {
        if APPLIED.iter().any(|(known, kinds)| *known == group && kinds.contains(&kind_name.as_str())) {
            conform(root, &APPLIED_SHAPE, "", report);
            return None;
        }
        not_ours(&api_version, &kind_name, report);
        return unread_pods(root, &api_version, &kind_name);
    };
    if !kind.api_versions().any(|known| known == *api_version) {
        wrong_version(kind, &api_version, &kind_name, report);
        return unread_pods(root, &api_version, &kind_name);
    }
    conform(root, kind.shape, "", report);
    (kind.read)(root, sources, report)
}

/// The pods of an object that somebody's controller knows and nobody here.
fn unread_pods(root: &Node, api_version: &str, kind_name: &Spanned<String>) -> Option<Resource> {
    let is_unknown = UnreadEffect::of(group_of(api_version), kind_name) == UnreadEffect::Unknown;
    let is_ours = Kind::ALL.iter().any(|kind| kind.is_ours() && kind.name == **kind_name);
    if !is_unknown || is_ours {
        return None;
    }
    let pods = unread_pods::read(root, api_version, kind_name);
    (!pods.is_empty()).then_some(Resource::UnreadPods(pods))
}

fn of_control_plane(document: ControlPlaneDocument) -> Resource {
    Resource::ControlPlane(Box::new(document))
}

fn header(root: &Node, key: &str, report: &mut Report) -> Option<Spanned<String>> {
    let found = root.get(key);
    if let Some(text) = found.and_then(Node::text) {
        return found.map(|node| Spanned::new(text.to_owned(), node.span));
    }
    let place =
        found.map_or_else(|| root.entries().first().map_or(root.span, |entry| entry.key_span), |node| node.span);
    let message = match &root.kind {
        NodeKind::Map(_) => format!("the document has no `{key}`"),
        _ => format!("a document must be a map with `apiVersion` and `kind`, and this is {}", root.describe()),
    };
    // Said once for a document that is no map at all.
    if matches!(root.kind, NodeKind::Map(_)) || key == "kind" {
        report.push(
            Diagnostic::new(&codes::NOT_AN_OBJECT, place, message).help("every document must be a Kubernetes object"),
        );
    }
    None
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn not_ours(api_version: &Spanned<String>, kind_name: &Spanned<String>, report: &mut Report) {
    let name = shown(kind_name);
    let ours = Kind::ALL.into_iter().filter(Kind::is_ours).map(|kind| kind.name);
    if let Some(near) = name_rules::nearest(kind_name, ours) {
        report.push(
            Diagnostic::new(&codes::UNKNOWN_KIND, kind_name.span, format!("unknown kind `{name}`"))
                .help(format!("did you mean `{near}`?"))
                .fix(format!("write `{near}`"), kind_name.span, near),
        );
    } else if group_of(api_version) == Kind::EGRESS_POLICY.group {
        // Nobody else has kinds in our group, so this was meant to be one of ours.
        let ours = Kind::ALL.into_iter().filter(|kind| kind.group == Kind::EGRESS_POLICY.group);
        let ours: Vec<String> = ours.map(|kind| format!("`{}`", kind.name)).collect();
        report.push(
            Diagnostic::new(
                &codes::UNKNOWN_KIND,
                kind_name.span,
                format!("unknown kind `{name}` of `{}`", shown(api_version)),
            )
            .help(format!("the kinds of this group are {}", ours.join(", "))),
        );
    } else {
        report.push(
            Diagnostic::new(
                &codes::KIND_NOT_READ,
                kind_name.span,
                format!("egressc ignores `{name}` of `{}`", shown(api_version)),
            )
            .note(UnreadEffect::of(group_of(api_version), kind_name).note()),
        );
    }
}

fn wrong_version(kind: &Kind, api_version: &Spanned<String>, kind_name: &Spanned<String>, report: &mut Report) {
    let known: Vec<String> = kind.api_versions().collect();
    // What only old clusters serve is no mistake, and no object of a cluster of today.
    if kind.is_ours() || kind.group == Kind::POLICY.group {
        report.push(
            Diagnostic::new(
                &codes::UNKNOWN_VERSION,
                api_version.span,
                format!("`{}` is not a known version of `{}`", shown(api_version), kind.name),
            )
            .label(kind_name.span, "this kind")
            .help(format!("write `{}`", known.join("` or `"))),
        );
    } else {
        report.push(
            Diagnostic::new(
                &codes::KIND_NOT_READ,
                kind_name.span,
                format!("egressc ignores `{}` of `{}`", kind.name, shown(api_version)),
            )
            .note(UnreadEffect::of(group_of(api_version), kind_name).note()),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::resource::CLUSTER_KINDS;

    /// What is read from files is read from clusters, unless a cluster has none or the list says why not.
    #[test]
    fn every_kind_is_read_from_a_cluster() {
        let of_files = ["MeshEnvironment", "EgressExpectations", "CheckConfiguration"];
        let made_by_others = ["Pod", "ReplicaSet", "Endpoints"];
        let is_wanted = |(group, name): &(&str, &str)| {
            !of_files.contains(name) && !made_by_others.contains(name) && *group != "extensions"
        };
        let applied = APPLIED.iter().flat_map(|(group, kinds)| kinds.iter().map(move |name| (*group, *name)));
        let read = Kind::ALL.iter().map(|kind| (kind.group, kind.name)).chain(applied);
        let wanted: BTreeSet<(&str, &str)> = read.filter(is_wanted).collect();
        let listed: BTreeSet<(&str, &str)> = CLUSTER_KINDS.iter().map(|each| (each.group(), each.kind)).collect();
        assert_eq!(listed, wanted);
        assert_eq!(listed.len(), CLUSTER_KINDS.len());
    }
}
