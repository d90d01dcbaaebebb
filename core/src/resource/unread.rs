//! Kinds that are not read, and what that means for a result.
//!
//! This is the one place that says it; `docs/design/kinds.md` has the same table, and a test compares them.

/// What a kind that is not read may do to a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
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
    pub effect: Effect,
}

const fn row(group: &'static str, kinds: &'static [&'static str], effect: Effect) -> Unread {
    Unread { group, kinds, effect }
}

/// The first row that has a kind counts.
pub const UNREAD: &[Unread] = &[
    row("networking.k8s.io", &["NetworkPolicy"], Effect::Blocks),
    row("networking.k8s.aws", &[], Effect::Blocks),
    row("policy.networking.k8s.io", &[], Effect::Blocks),
    row("cilium.io", &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"], Effect::Blocks),
    row("crd.projectcalico.org", &["NetworkPolicy", "GlobalNetworkPolicy"], Effect::Blocks),
    row("projectcalico.org", &["NetworkPolicy", "GlobalNetworkPolicy"], Effect::Blocks),
    row("k8s.ovn.org", &["EgressFirewall"], Effect::Blocks),
    row("network.openshift.io", &["EgressNetworkPolicy"], Effect::Blocks),
    row("networking.istio.io", &["WorkloadEntry", "WorkloadGroup"], Effect::Changes),
    row("gateway.networking.k8s.io", &["GatewayClass", "ReferenceGrant", "UDPRoute", "ListenerSet"], Effect::Changes),
    row("gateway.networking.x-k8s.io", &["XBackendTrafficPolicy"], Effect::None),
    row("gateway.networking.x-k8s.io", &[], Effect::Changes),
    row("inference.networking.k8s.io", &[], Effect::Changes),
    row("inference.networking.x-k8s.io", &[], Effect::Changes),
    row("multicluster.x-k8s.io", &[], Effect::Changes),
    row("discovery.k8s.io", &["EndpointSlice"], Effect::Changes),
    row("admissionregistration.k8s.io", &["MutatingWebhookConfiguration"], Effect::Changes),
    row(
        "cilium.io",
        &["CiliumLocalRedirectPolicy", "CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"],
        Effect::Changes,
    ),
    row("", &["Endpoints"], Effect::Changes),
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
        ],
        Effect::None,
    ),
    row("networking.k8s.io", &["Ingress", "IngressClass"], Effect::None),
    row("telemetry.istio.io", &["Telemetry"], Effect::None),
    row("rbac.authorization.k8s.io", &[], Effect::None),
    row("apiextensions.k8s.io", &["CustomResourceDefinition"], Effect::None),
    row("autoscaling", &[], Effect::None),
    row("policy", &["PodDisruptionBudget"], Effect::None),
    row("storage.k8s.io", &[], Effect::None),
    row("scheduling.k8s.io", &[], Effect::None),
    row("coordination.k8s.io", &[], Effect::None),
    row("admissionregistration.k8s.io", &["ValidatingWebhookConfiguration"], Effect::None),
    row("cert-manager.io", &[], Effect::None),
    row("monitoring.coreos.com", &[], Effect::None),
];

impl Effect {
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
