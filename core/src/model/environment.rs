use std::collections::{BTreeMap, BTreeSet};

use super::label_index::LabelIndex;
use super::{AddressesOfNames, Capture, ControlPlane, DataPlane, Doubts, NamespaceWaypoint, ProxyConfig};
use crate::resource::{
    AddedLabels, Authorization, ChangedHeaders, CniSettings, IstioApi, IstioRelease, Labels, OutboundTrafficPolicy,
    PathNormalization, Placement, is_added_later,
};
use crate::source::{Span, Spanned};

/// The kinds of facts of which a MeshEnvironment says that every object is given: what is not given does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Namespaces.
    pub namespaces: bool,
    /// Services of the cluster.
    pub services: bool,
    /// What makes pods.
    pub workloads: bool,
}

impl Completeness {
    /// Every object of every kind is given.
    pub const EVERYTHING: Self = Self { namespaces: true, services: true, workloads: true };
}

/// What is known about the mesh, defaults filled in.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of its own about the mesh")]
pub struct Environment {
    /// Istio's root namespace.
    pub root_namespace: String,
    /// Trust domain of identities.
    pub trust_domain: String,
    /// Other names of the trust domain.
    pub trust_domain_aliases: Vec<String>,
    /// Whether proxies speak mutual TLS by themselves to whom can.
    pub auto_mtls: bool,
    /// What proxies may make of a path: more than one where documents do not say which of them holds.
    pub path_normalization: Vec<PathNormalization>,
    /// Headers that proxies may treat otherwise than Istio has them do by itself: any of them where no document says.
    pub changed_headers: ChangedHeaders,
    /// Ports that sidecars may have for themselves otherwise than usual, with the setting that says so.
    pub moved_ports: Vec<(u16, String)>,
    /// What documents say of istio-cni.
    pub cni: Vec<CniSettings>,
    /// DNS domain of the cluster.
    pub cluster_domain: String,
    /// What a MeshEnvironment says that sidecars do with unknown hosts.
    pub stated_outbound_traffic_policy: Option<Spanned<OutboundTrafficPolicy>>,
    /// Whether policies are compiled: they rest on REGISTRY_ONLY, which is assumed where no document says anything.
    pub has_policies: bool,
    /// Whether a document has the values of the injector, which hold where a pod says nothing.
    pub describes_injector: bool,
    /// Whether a document has a mesh config, which may have sidecars capture nothing (`defaultConfig.interceptionMode`).
    pub describes_mesh_config: bool,
    /// Settings of the mesh that change which objects proxies see, and that are not followed.
    pub not_followed: Vec<String>,
    /// Whether proxies of a revision speak HTTP/2 to ports of HTTP (`h2UpgradePolicy` of the mesh).
    pub upgrades_http: bool,
    /// What a MeshEnvironment says about sidecars that answer DNS.
    pub stated_dns_capture: Option<bool>,
    /// Whether sidecars answer DNS where nothing else is said for a workload: what is compiled rests on it.
    pub dns_capture: bool,
    /// The control planes that are described, by revision.
    pub control_planes: Vec<ControlPlane>,
    /// Tags of revisions, with the revisions that they stand for.
    pub revision_tags: BTreeMap<String, String>,
    /// The ProxyConfigs.
    pub proxy_configs: Vec<ProxyConfig>,
    /// The kinds of which every object is given.
    pub complete: Completeness,
    /// The gateways, by the name that policies use.
    pub gateways: BTreeMap<String, Gateway>,
    /// The namespaces that something is known about.
    pub namespaces: BTreeMap<String, Namespace>,
    /// The pods behind the Services that are given, by namespace and name, as far as their workloads are given.
    pub service_pods: BTreeMap<(String, String), ServicePods>,
    /// What leaves results open, where questions are asked about the mesh.
    pub doubts: Doubts,
    /// The Services that are known, by namespace and name.
    pub services: BTreeSet<(String, String)>,
    /// The version of Istio, such as `1.30`, where it is stated.
    pub istio_version: Option<String>,
    /// API version to write.
    pub istio_api: IstioApi,
    /// Where client-side resources go.
    pub placement: Placement,
}

impl Environment {
    /// The revisions that are described, and their tags.
    pub fn revisions_and_tags(&self) -> impl Iterator<Item = &str> {
        let revisions = || self.control_planes.iter().map(|plane| plane.revision.as_str());
        let is_described = move |of: &str| revisions().any(|revision| revision == of);
        let tags = self.revision_tags.iter().filter(move |(_, of)| is_described(of)).map(|(tag, _)| tag.as_str());
        revisions().chain(tags)
    }

    /// Takes names to have addresses of both families.
    pub fn with_ipv6(&mut self) {
        let of_namespaces = self.namespaces.values_mut();
        let workloads = of_namespaces.flat_map(|known| known.workloads.iter_mut().flatten().chain(&mut known.seen));
        let of_planes = self.control_planes.iter_mut().map(|plane| &mut plane.capture);
        for capture in workloads.map(|workload| &mut workload.capture).chain(of_planes) {
            capture.addresses_of_names = AddressesOfNames::OfBothFamilies;
        }
    }

    /// A name in full: one without a dot is a Service of the object's namespace (`ResolveShortnameToFQDN` of
    /// pilot/pkg/model/config.go).
    pub fn full_name(&self, host: &str, namespace: &str) -> String {
        if host.contains('.') || host == "*" {
            host.to_owned()
        } else {
            format!("{host}.{namespace}.svc.{}", self.cluster_domain)
        }
    }

    /// Whether Istio is older than `1.<minor>.<patch>`; `None` where no document says so.
    pub fn is_istio_before(&self, minor: u32, patch: u32) -> Option<bool> {
        IstioRelease::parse(self.istio_version.as_deref()?)?.is_before(minor, patch)
    }

    /// Whether the version of Istio is given, and is older than `1.<minor>`.
    pub fn is_before(&self, minor: u32) -> bool {
        self.is_istio_before(minor, 0) == Some(true)
    }

    /// Whether an address may be a pod's or a Service's: an IP address says nothing of what has it.
    pub fn may_be_of_mesh(&self, address: &str) -> bool {
        let is_of_cluster = || {
            let name = address.trim_end_matches('.');
            let short =
                name.strip_suffix(self.cluster_domain.as_str()).map_or(name, |short| short.trim_end_matches('.'));
            !name.contains('.') || short.rsplit_once('.').is_some_and(|(_, last)| last == "svc")
        };
        address.parse::<std::net::IpAddr>().is_ok() || is_of_cluster()
    }
}

/// Whether Istio's injector leaves a namespace out even when its labels ask for injection (`pkg/kube/inject/initializer.go`,
/// `IgnoredNamespaces`).
pub fn is_never_injected(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease" | "local-path-storage")
}

/// An egress gateway: a Service and the pods behind it.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// What policies call it.
    pub name: String,
    /// Namespace of its Service and pods.
    pub namespace: String,
    /// Name of its Service.
    pub service: String,
    /// Labels that select its pods.
    pub selector: Labels,
    /// Labels of its pods, by a MeshEnvironment and their workloads; `None` when neither is given.
    pub pod_labels: Option<Labels>,
    /// What its workloads say about its pods; `None` when none is given.
    pub pods: Option<ServicePods>,
    /// Whether its pods say that they speak Istio's mutual TLS; `None` when their labels are not known.
    pub tls_mode_istio: Option<Spanned<bool>>,
    /// How far its AuthorizationPolicies go.
    pub authorization: Authorization,
    /// Whether some document describes it; if not, all of this is assumed.
    pub described: bool,
    /// Where it is described.
    pub span: Option<Span>,
    /// Ports of its Service, by number.
    pub ports: Vec<GatewayPort>,
}

/// What the given workloads say about the pods behind a Service.
#[derive(Debug, Clone)]
pub struct ServicePods {
    /// The labels that all of them are made with.
    pub labels: Labels,
    /// Whether they have no others, but for those that injection and controllers add.
    pub are_all_labels: bool,
    /// Whether they say that they speak Istio's mutual TLS; `None` when injection may still add that label.
    pub speak_mutual_tls: Option<bool>,
    /// Whether each of them is a gateway.
    pub are_gateways: bool,
    /// Whether any has no listeners on ports below 1024 (`ISTIO_META_UNPRIVILEGED_POD`).
    pub are_unprivileged: bool,
    /// The setting by which any wants the PROXY protocol before anything else.
    pub proxy_protocol: Option<Spanned<String>>,
    /// Their ports that have a name, as far as all of them agree.
    pub ports: BTreeMap<String, u16>,
}

impl Gateway {
    /// The port with this number.
    pub fn port(&self, number: u16) -> Option<&GatewayPort> {
        self.ports.iter().find(|port| port.port == number)
    }
}

/// A port of a gateway's Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayPort {
    /// Its number.
    pub port: u16,
    /// The container's port behind it.
    pub target: TargetPort,
    /// Whether plain HTTP goes here when a policy names no port, or everything else.
    pub http: bool,
    /// Where it stands in the list of them: of two ports with one container port Istio keeps the first.
    pub place: usize,
    /// Where it is described.
    pub span: Option<Span>,
}

/// A container's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetPort {
    /// This one.
    Known(u16),
    /// No document says.
    Unknown,
}

/// A namespace that something is known about.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// Whether sidecars are injected.
    pub injection: Option<Spanned<bool>>,
    /// Whether ztunnel captures its pods.
    pub ambient: Option<Spanned<bool>>,
    /// The revision of Istio that its label names.
    pub revision: Option<String>,
    /// The waypoint that it uses.
    pub waypoint: NamespaceWaypoint,
    /// Its labels; `None` when no document has them.
    pub labels: Option<Labels>,
    /// The users and groups that the proxies of its pods may run as.
    pub proxy_ids: Vec<i64>,
    /// Its workloads, all of them; `None` when some may be missing.
    pub workloads: Option<Vec<Workload>>,
    /// Workloads that it has, which need not be all; when `workloads` are known, those of kinds that are not read.
    pub seen: Vec<Workload>,
    /// Finds workloads by their labels.
    index: LabelIndex,
}

impl Namespace {
    /// One of whose workloads nothing is known.
    pub fn new(labels: Option<Labels>, waypoint: NamespaceWaypoint) -> Self {
        Self {
            injection: None,
            ambient: None,
            revision: None,
            waypoint,
            labels,
            proxy_ids: Vec::new(),
            workloads: None,
            seen: Vec::new(),
            index: LabelIndex::default(),
        }
    }

    /// The same with workloads: all of them, and those that need not be all.
    #[must_use]
    pub fn with_workloads(mut self, workloads: Option<Vec<Workload>>, seen: Vec<Workload>) -> Self {
        (self.workloads, self.seen) = (workloads, seen);
        self.index = LabelIndex::new(self.known().map(|workload| (&workload.labels, &workload.added)));
        self
    }

    /// The workloads whose pods may have all these labels, in the order of [`Self::known`].
    pub fn that_may_have(&self, labels: &Labels) -> Vec<&Workload> {
        let all = self.workloads.as_deref().unwrap_or_default();
        let at = |place: usize| all.get(place).or_else(|| self.seen.get(place.checked_sub(all.len())?));
        match self.index.candidates(labels) {
            Some(places) => places.into_iter().filter_map(at).filter(|workload| workload.may_have(labels)).collect(),
            None => self.known().collect(),
        }
    }

    /// The workloads of a list of all of them whose pods have all these labels.
    pub fn listed_with(&self, labels: &Labels) -> Vec<&Workload> {
        let all = self.workloads.as_deref().unwrap_or_default();
        let places = self.index.candidates(labels).unwrap_or_else(|| (0..all.len()).collect());
        // Those that need not be all stand behind them.
        places.into_iter().filter_map(|place| all.get(place)).filter(|workload| workload.has(labels)).collect()
    }

    /// The data plane of its pods that say nothing of their own.
    pub fn data_plane(&self) -> Option<DataPlane> {
        match (&self.injection, &self.ambient) {
            (Some(injection), _) if injection.value => Some(DataPlane::Sidecar),
            (_, Some(ambient)) if ambient.value => Some(DataPlane::Ambient),
            (Some(_), _) => Some(DataPlane::None),
            (None, _) => None,
        }
    }

    /// The workloads that are known, be they all or some: enough to find one, too little to miss one.
    pub fn known(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().flatten().chain(&self.seen)
    }
}

/// A workload.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Labels of its pods, as somebody wrote them.
    pub labels: Labels,
    /// Labels that its pods get besides.
    pub added: AddedLabels,
    /// Its service account.
    pub service_account: String,
    /// Whether a MeshEnvironment lists it, or its pod was injected already: either says all that matters.
    pub is_stated: bool,
    /// How its traffic leaves its pods; `None` when neither it nor its namespace says.
    pub data_plane: Option<DataPlane>,
    /// What its sidecar captures.
    pub capture: Capture,
    /// Whether its document says how its sidecars capture (`interceptionMode`), so that the mesh config does not.
    pub has_interception_mode: bool,
    /// What it says about a sidecar that answers DNS.
    pub dns_capture: OwnDnsCapture,
    /// What it says about ztunnel answering its DNS queries.
    pub ambient_dns_capture: Option<bool>,
    /// The revision of Istio that configures its sidecar: that of its namespace before that which it asks for itself, and before
    /// both the one that has injected its pod.
    pub revision: Option<String>,
    /// Whether it is a proxy itself: a gateway, a waypoint or ztunnel, which makes no requests of its own.
    pub is_proxy: bool,
    /// Where it is described.
    pub span: Span,
}

/// What a workload says about a sidecar that answers DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnDnsCapture {
    /// Nothing.
    Nothing,
    /// What it wants; a ProxyConfig that selects it wins over that.
    Wanted(bool),
    /// What its sidecar was started with.
    InForce(bool),
}

impl Workload {
    /// Whether it has all these labels.
    pub fn has(&self, labels: &Labels) -> bool {
        labels.iter().all(|(key, value)| self.labels.get(key).or_else(|| self.added.known.get(key)) == Some(value))
    }

    /// Labels that its pods get besides, or have got already.
    pub(super) fn labels_not_its_own(&self) -> AddedLabels {
        let mut added = self.added.clone();
        let got = self.labels.iter().filter(|(key, _)| is_added_later(key));
        added.known.extend(got.map(|(key, value)| (key.clone(), value.clone())));
        added
    }

    /// Whether its pods may have all these labels.
    pub fn may_have(&self, labels: &Labels) -> bool {
        labels.iter().all(|(key, value)| self.added.may_have(&self.labels, key, value))
    }
}
