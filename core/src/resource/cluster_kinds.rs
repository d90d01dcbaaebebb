//! The kinds that are read from a cluster, by the names that the Kubernetes API has for them.

/// A kind of which a cluster has objects that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterKind {
    /// Plural name and group, as `kubectl api-resources --output name` prints them.
    pub resource: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The fields that are read.
    pub fields: &'static str,
    /// What its objects are for.
    pub purpose: &'static str,
    /// Where they stand.
    pub place: ClusterScope,
}

/// Where objects of a kind are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterScope {
    /// In every namespace.
    Everywhere,
    /// In the namespace of Istio.
    NamespaceOfIstio,
    /// Those with a label.
    WithLabel(&'static str),
}

const fn everywhere(resource: &'static str, kind: &'static str, purpose: &'static str) -> ClusterKind {
    ClusterKind { resource, kind, fields: "metadata, spec", purpose, place: ClusterScope::Everywhere }
}

const fn workload(resource: &'static str, kind: &'static str) -> ClusterKind {
    let purpose = "workloads: their labels, service accounts and sidecars";
    let fields = "metadata, spec.template (of a CronJob spec.jobTemplate)";
    ClusterKind { resource, kind, fields, purpose, place: ClusterScope::Everywhere }
}

const POLICIES: &str = "policies";
const ROUTES: &str = "what leads requests to gateways and hosts";
const ACCESS: &str = "what denies requests";
const EXTENSIONS: &str = "what changes proxies, so that results are unknown";
const MESH: &str = "the mesh config and the values of the injector";

/// All of them. `Pod` and `ReplicaSet` are not among them: what makes them is, and clusters have too many. Of `Endpoints` a cluster
/// makes `EndpointSlice`s.
pub const CLUSTER_KINDS: &[ClusterKind] = &[
    everywhere("asmegresstrafficpolicies.istio.alibabacloud.com", "ASMEgressTrafficPolicy", POLICIES),
    everywhere("egresspolicies.egressc.dev", "EgressPolicy", POLICIES),
    everywhere("services", "Service", "ports and pods of the gateways, and the services of the cluster"),
    everywhere("istiogateways.istio.alibabacloud.com", "IstioGateway", "ports and pods of the gateways"),
    ClusterKind {
        resource: "namespaces",
        kind: "Namespace",
        fields: "metadata",
        purpose: "which pods get sidecars or are in ambient mode",
        place: ClusterScope::Everywhere,
    },
    ClusterKind {
        resource: "endpointslices.discovery.k8s.io",
        kind: "EndpointSlice",
        fields: "metadata, addressType, endpoints, ports",
        purpose: "the addresses of headless services",
        place: ClusterScope::Everywhere,
    },
    workload("deployments.apps", "Deployment"),
    workload("statefulsets.apps", "StatefulSet"),
    workload("daemonsets.apps", "DaemonSet"),
    workload("replicationcontrollers", "ReplicationController"),
    workload("jobs.batch", "Job"),
    workload("cronjobs.batch", "CronJob"),
    workload("rollouts.argoproj.io", "Rollout"),
    workload("deploymentconfigs.apps.openshift.io", "DeploymentConfig"),
    workload("clonesets.apps.kruise.io", "CloneSet"),
    workload("statefulsets.apps.kruise.io", "StatefulSet"),
    everywhere("istiooperators.install.istio.io", "IstioOperator", MESH),
    everywhere("istios.sailoperator.io", "Istio", MESH),
    everywhere("istiorevisions.sailoperator.io", "IstioRevision", MESH),
    everywhere("istiocnis.sailoperator.io", "IstioCNI", "what istio-cni leaves alone"),
    everywhere("istiorevisiontags.sailoperator.io", "IstioRevisionTag", "other names of revisions"),
    everywhere("proxyconfigs.networking.istio.io", "ProxyConfig", "whether sidecars answer DNS"),
    everywhere("serviceentries.networking.istio.io", "ServiceEntry", "external hosts"),
    everywhere("workloadentries.networking.istio.io", "WorkloadEntry", "endpoints of external hosts"),
    everywhere("virtualservices.networking.istio.io", "VirtualService", ROUTES),
    everywhere("destinationrules.networking.istio.io", "DestinationRule", "how proxies connect"),
    everywhere("gateways.networking.istio.io", "Gateway", ROUTES),
    everywhere("sidecars.networking.istio.io", "Sidecar", "which hosts the sidecars of a namespace know"),
    everywhere("envoyfilters.networking.istio.io", "EnvoyFilter", EXTENSIONS),
    everywhere("authorizationpolicies.security.istio.io", "AuthorizationPolicy", ACCESS),
    everywhere("peerauthentications.security.istio.io", "PeerAuthentication", ACCESS),
    everywhere("requestauthentications.security.istio.io", "RequestAuthentication", ACCESS),
    everywhere("wasmplugins.extensions.istio.io", "WasmPlugin", EXTENSIONS),
    everywhere("trafficextensions.extensions.istio.io", "TrafficExtension", EXTENSIONS),
    ClusterKind {
        resource: "gateways.gateway.networking.k8s.io",
        kind: "Gateway",
        fields: "metadata, spec, status",
        purpose: ROUTES,
        place: ClusterScope::Everywhere,
    },
    everywhere("gatewayclasses.gateway.networking.k8s.io", "GatewayClass", ROUTES),
    everywhere("listenersets.gateway.networking.k8s.io", "ListenerSet", ROUTES),
    everywhere("httproutes.gateway.networking.k8s.io", "HTTPRoute", ROUTES),
    everywhere("grpcroutes.gateway.networking.k8s.io", "GRPCRoute", ROUTES),
    everywhere("tlsroutes.gateway.networking.k8s.io", "TLSRoute", ROUTES),
    everywhere("tcproutes.gateway.networking.k8s.io", "TCPRoute", ROUTES),
    everywhere("referencegrants.gateway.networking.k8s.io", "ReferenceGrant", ROUTES),
    everywhere("backendtlspolicies.gateway.networking.k8s.io", "BackendTLSPolicy", "how gateways connect"),
    everywhere("xbackends.gateway.networking.x-k8s.io", "XBackend", "external hosts"),
    ClusterKind {
        resource: "configmaps",
        kind: "ConfigMap",
        fields: "metadata, data",
        purpose: MESH,
        place: ClusterScope::NamespaceOfIstio,
    },
    ClusterKind {
        resource: "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        kind: "MutatingWebhookConfiguration",
        fields: "metadata",
        purpose: "other names of revisions",
        place: ClusterScope::WithLabel("istio.io/tag"),
    },
];

impl ClusterKind {
    /// The group of the API; empty for Kubernetes' core.
    pub fn group(&self) -> &'static str {
        self.resource.split_once('.').map_or("", |(_, group)| group)
    }

    /// Whether this is the `ConfigMap` of istiod, of its injector or of istio-cni, which all have such names.
    pub fn is_of_istio(name: &str) -> bool {
        name == "values" || name == "istio" || name.starts_with("istio-")
    }
}
