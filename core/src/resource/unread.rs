//! Kinds that are not read, and what that means for a result.
//!
//! This is the one place that says it; `docs/design/kinds.md` has the same table, and a test compares them.

/// What a kind that is not read may do to a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadEffect {
    /// It changes no result.
    None,
    /// It can block what a result allows.
    Blocks,
    /// It may change a result.
    Changes,
    /// The kind is not known.
    Unknown,
}

/// The kinds of one API group; no kind stands for all of them.
#[derive(Debug)]
pub struct Unread {
    /// The API group; empty for Kubernetes' core.
    pub group: &'static str,
    /// The kinds.
    pub kinds: &'static [&'static str],
    /// What they may do.
    pub effect: UnreadEffect,
}

const fn row(group: &'static str, kinds: &'static [&'static str], effect: UnreadEffect) -> Unread {
    Unread { group, kinds, effect }
}

/// The first row that has a kind counts.
pub const UNREAD: &[Unread] = &[
    row("networking.k8s.io", &["NetworkPolicy"], UnreadEffect::Blocks),
    row("networking.k8s.aws", &[], UnreadEffect::Blocks),
    row("policy.networking.k8s.io", &[], UnreadEffect::Blocks),
    row("cilium.io", &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"], UnreadEffect::Blocks),
    row("crd.projectcalico.org", &["NetworkPolicy", "GlobalNetworkPolicy"], UnreadEffect::Blocks),
    row("projectcalico.org", &["NetworkPolicy", "GlobalNetworkPolicy"], UnreadEffect::Blocks),
    row("k8s.ovn.org", &["EgressFirewall"], UnreadEffect::Blocks),
    row("network.openshift.io", &["EgressNetworkPolicy"], UnreadEffect::Blocks),
    row("networking.istio.io", &["WorkloadGroup"], UnreadEffect::Changes),
    // Istio reads no UDPRoute.
    row("gateway.networking.k8s.io", &["UDPRoute"], UnreadEffect::None),
    row("gateway.networking.x-k8s.io", &["XBackendTrafficPolicy"], UnreadEffect::None),
    row("gateway.networking.x-k8s.io", &[], UnreadEffect::Changes),
    row("inference.networking.k8s.io", &[], UnreadEffect::Changes),
    row("inference.networking.x-k8s.io", &[], UnreadEffect::Changes),
    row("multicluster.x-k8s.io", &[], UnreadEffect::Changes),
    row("admissionregistration.k8s.io", &["MutatingWebhookConfiguration"], UnreadEffect::Changes),
    row(
        "cilium.io",
        &["CiliumLocalRedirectPolicy", "CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"],
        UnreadEffect::Changes,
    ),
    row("kyverno.io", &[], UnreadEffect::Changes),
    // OpenShift Service Mesh 2.
    row("maistra.io", &[], UnreadEffect::Changes),
    row("federation.maistra.io", &[], UnreadEffect::Changes),
    row(
        "",
        &[
            "ConfigMap",
            "Secret",
            "ServiceAccount",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Event",
            "LimitRange",
            "ResourceQuota",
            "Node",
            "PodTemplate",
        ],
        UnreadEffect::None,
    ),
    row("networking.k8s.io", &["Ingress", "IngressClass"], UnreadEffect::None),
    row("telemetry.istio.io", &["Telemetry"], UnreadEffect::None),
    row("rbac.authorization.k8s.io", &[], UnreadEffect::None),
    row("apiextensions.k8s.io", &["CustomResourceDefinition"], UnreadEffect::None),
    row("apps", &["ControllerRevision"], UnreadEffect::None),
    row("autoscaling", &[], UnreadEffect::None),
    row("policy", &["PodDisruptionBudget"], UnreadEffect::None),
    row("storage.k8s.io", &[], UnreadEffect::None),
    row("scheduling.k8s.io", &[], UnreadEffect::None),
    row("coordination.k8s.io", &[], UnreadEffect::None),
    row("admissionregistration.k8s.io", &["ValidatingWebhookConfiguration"], UnreadEffect::None),
    row("cert-manager.io", &[], UnreadEffect::None),
    row("monitoring.coreos.com", &[], UnreadEffect::None),
];

impl UnreadEffect {
    /// What a kind of an API group may do.
    pub fn of(group: &str, kind: &str) -> Self {
        let has_it = |row: &&Unread| row.group == group && (row.kinds.is_empty() || row.kinds.contains(&kind));
        UNREAD.iter().find(has_it).map_or(Self::Unknown, |row| row.effect)
    }

    /// The note of a document of such a kind.
    pub const fn note(self) -> &'static str {
        match self {
            Self::None => "the document does not affect the result",
            Self::Blocks => {
                "egressc does not evaluate it: it can block what this result allows, and it never allows what this result blocks"
            }
            Self::Changes => "egressc does not evaluate it, and it may change the result",
            Self::Unknown => {
                "egressc does not know this kind: if a controller makes pods, Services or Istio objects of it, add these as documents"
            }
        }
    }
}
