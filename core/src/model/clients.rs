//! The data plane of clients: what namespaces, workloads, ProxyConfigs and control planes say together.

use super::{
    Capture, ClientSettings, ControlPlane, DataPlane, Environment, MeshSetting, Namespace, OwnDnsCapture, ProxyConfig,
    Workload, is_never_injected,
};
use crate::resource::{AddedLabels, Labels, OutboundTrafficPolicy, is_added_later, selects};
use crate::source::Spanned;

impl Environment {
    /// The data planes that a client with these labels may have: one for each kind of workload that has all of them.
    ///
    /// If the documents list no such workload, its namespace decides. If they say nothing of that either, the client has a
    /// sidecar.
    pub fn clients(&self, namespace: &str, labels: &Labels) -> Vec<ClientSettings> {
        let known = self.namespaces.get(namespace);
        let workloads = known.map(|known| known.that_may_have(labels)).unwrap_or_default();
        // A workload with these labels and no others is meant before those that have more. Its pods are meant with it: they have
        // labels that nobody wrote down.
        let has_no_others =
            |workload: &Workload| workload.labels.keys().all(|key| labels.contains_key(key) || is_added_later(key));
        let is_exact = workloads.iter().any(|workload| workload.labels == *labels);
        let is_one = |workload: &&Workload| if is_exact { has_no_others(workload) } else { !labels.is_empty() };
        let mut found: Vec<ClientSettings> = Vec::new();
        for workload in workloads.into_iter().filter(is_one) {
            let client = self.client(namespace, &workload.labels, Some(workload));
            match found.iter_mut().find(|known| known.is_alike(&client)) {
                Some(known) => known.added_labels.keep_common(&client.added_labels),
                None => found.push(client),
            }
        }
        if found.is_empty() {
            found.push(self.client(namespace, labels, None));
        }
        found
    }

    /// The data plane that all of these have; `None` where they differ.
    pub fn data_plane(&self, namespace: &str, labels: &Labels) -> Option<DataPlane> {
        let clients = self.clients(namespace, labels);
        let (first, others) = clients.split_first()?;
        others.iter().all(|other| other.data_plane == first.data_plane).then_some(first.data_plane)
    }

    /// The data plane by which the traffic of such workloads is let out furthest: without a sidecar, if one of them has none.
    pub fn most_open_data_plane(&self, namespace: &str, labels: &Labels) -> DataPlane {
        let planes = self.clients(namespace, labels).into_iter().map(|client| client.data_plane);
        planes.max().unwrap_or(DataPlane::Sidecar)
    }

    /// The namespaces with workloads in ambient mode: ztunnel knows all hosts, whoever sees them.
    pub fn ambient_namespaces(&self) -> impl Iterator<Item = &str> {
        let is_ambient = |namespace: &Namespace| {
            let of_pods = namespace.known().map(|workload| workload.data_plane);
            of_pods.chain([namespace.data_plane()]).any(|plane| plane == Some(DataPlane::Ambient))
        };
        self.namespaces.iter().filter(move |(_, namespace)| is_ambient(namespace)).map(|(name, _)| name.as_str())
    }

    /// The labels of workloads whose sidecars treat traffic otherwise than those of other workloads of the namespace.
    pub fn special_workloads<'e>(&'e self, namespace: &'e str) -> impl Iterator<Item = &'e Labels> {
        let ordinary = self.client(namespace, &Labels::new(), None);
        let known = self.namespaces.get(namespace).into_iter().flat_map(Namespace::known);
        let is_special = move |workload: &&Workload| {
            let client = self.client(namespace, &workload.labels, Some(workload));
            client.data_plane != DataPlane::None && !client.is_alike(&ordinary)
        };
        known.filter(is_special).map(|workload| &workload.labels)
    }

    fn client(&self, namespace: &str, labels: &Labels, workload: Option<&Workload>) -> ClientSettings {
        let known = self.namespaces.get(namespace);
        let said = match workload {
            Some(workload) => workload.data_plane,
            None => known.and_then(Namespace::data_plane),
        };
        // A pod of such a namespace has a sidecar only where somebody has written it there.
        let is_skipped = workload.is_none() && is_never_injected(namespace) && said != Some(DataPlane::Ambient);
        let revision = match workload {
            Some(workload) => workload.revision.as_deref(),
            None => known.and_then(|known| known.revision.as_deref()),
        };
        let data_plane = if is_skipped { DataPlane::None } else { said.unwrap_or(DataPlane::Sidecar) };
        let cni_answers_dns = || {
            let mut said = self.cni.iter().map(|cni| cni.dns_capture);
            said.next().flatten().filter(|first| said.all(|other| other == Some(*first)))
        };
        let mut capture = self.capture_of(namespace, labels, workload, revision);
        for cni in self.cni.iter().filter(|cni| data_plane == DataPlane::Sidecar && cni.excludes(namespace)) {
            let called = format!("namespace `{namespace}` among those that {} has istio-cni leave alone", cni.called);
            capture.not_followed.extend(cni.span.map(|span| Spanned::new(called, span)));
        }
        ClientSettings {
            data_plane,
            capture,
            ambient_doubt: self.ambient_doubt(namespace, data_plane),
            dns_capture: match data_plane {
                DataPlane::Ambient => {
                    workload.and_then(|workload| workload.ambient_dns_capture).or_else(cni_answers_dns)
                }
                DataPlane::Sidecar | DataPlane::None => self.dns_capture_of(namespace, labels, workload, revision),
            },
            detection_times_out: self.detection_times_out_of(revision),
            outbound_traffic_policy: self.outbound_traffic_policy_of(revision),
            revision: match (revision, self.control_planes.as_slice()) {
                (None, [only]) => Some(only.revision.clone()),
                (named, _) => named.map(str::to_owned),
            },
            added_labels: workload.map_or_else(|| AddedLabels::of_sidecar(labels), Workload::labels_not_its_own),
            workload: workload.map(|workload| workload.name.clone()),
            service_account: workload.map(|workload| workload.service_account.clone()),
            not_described: self.not_described(namespace, workload, data_plane),
        }
    }

    /// Why it is not known whether ztunnel takes the traffic of a client. A pod with a sidecar is never in ambient mode
    /// (`CompiledEnablementSelectors.Matches` of `cni/pkg/util/enablement_selector.go`).
    fn ambient_doubt(&self, namespace: &str, data_plane: DataPlane) -> Option<String> {
        self.cni.iter().find_map(|cni| {
            let why = match data_plane {
                DataPlane::Sidecar => None,
                DataPlane::Ambient if cni.excludes(namespace) => Some("has istio-cni leave its namespace alone"),
                DataPlane::Ambient if cni.is_ambient == Some(false) => Some("has ambient mode off"),
                DataPlane::Ambient | DataPlane::None => (cni.has_own_selectors && cni.is_ambient != Some(false))
                    .then_some("has selectors of its own for ambient mode"),
            };
            why.map(|why| format!("whether ztunnel takes the client's traffic is not known: {} {why}", cni.called))
        })
    }

    /// What the sidecar of a client captures. A ProxyConfig may have variables that are not followed.
    fn capture_of(
        &self,
        namespace: &str,
        labels: &Labels,
        workload: Option<&Workload>,
        revision: Option<&str>,
    ) -> Capture {
        let mut capture = match workload {
            Some(workload) => workload.capture.clone(),
            None => self.control_plane(revision).map(|plane| plane.capture.clone()).unwrap_or_default(),
        };
        let is_started = workload.is_some_and(|workload| matches!(workload.dns_capture, OwnDnsCapture::InForce(_)));
        let is_one = |config: &&ProxyConfig| {
            is_for(config, namespace, labels) || config.selector.is_none() && config.namespace == self.root_namespace
        };
        for config in self.proxy_configs.iter().filter(|config| !is_started && is_one(config)) {
            capture.not_followed.extend(config.not_followed.iter().cloned());
        }
        capture
    }

    /// What no document describes of a client.
    fn not_described(&self, namespace: &str, workload: Option<&Workload>, data_plane: DataPlane) -> Vec<&'static str> {
        let is_stated = workload.is_some_and(|workload| workload.is_stated);
        if is_stated {
            return Vec::new();
        }
        let complete = self.complete;
        let known = self.namespaces.get(namespace);
        // Who lists what is injected knows how it is injected, and the injector leaves some namespaces alone. Whether ztunnel
        // takes their pods stands in labels.
        let is_known_how = complete.workloads && complete.namespaces || is_never_injected(namespace);
        let has_mode_of_its_own = workload.is_some_and(|workload| workload.has_interception_mode);
        let parts = [
            (workload.is_none() && !complete.workloads, "its workload"),
            (known.is_none_or(|known| known.injection.is_none()) && !complete.namespaces, "its namespace"),
            (!(self.describes_injector || is_known_how), "the injector's values"),
            (
                data_plane == DataPlane::Sidecar
                    && !(self.describes_mesh_config || is_known_how || has_mode_of_its_own),
                "the mesh config",
            ),
        ];
        parts.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, part)| part).collect()
    }

    /// The control plane of a revision; of none that is named, the only one.
    fn control_plane(&self, revision: Option<&str>) -> Option<&ControlPlane> {
        match (revision, self.control_planes.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(revision), all) => all.iter().find(|plane| plane.revision == revision),
        }
    }

    /// What sidecars of a revision do with unknown hosts; `None` where no document says.
    fn outbound_traffic_policy_of(&self, revision: Option<&str>) -> Option<OutboundTrafficPolicy> {
        if let Some(stated) = &self.stated_outbound_traffic_policy {
            return Some(stated.value);
        }
        let of = |plane: &ControlPlane| plane.outbound_traffic_policy.as_ref().map(|policy| policy.value);
        let assumed = self.has_policies.then_some(OutboundTrafficPolicy::RegistryOnly);
        match (self.control_plane(revision), self.control_planes.split_first()) {
            (Some(plane), _) => of(plane).or(assumed.filter(|_| plane.doubts.is_empty())),
            (None, Some((first, others))) if revision.is_none() => {
                of(first).filter(|_| others.iter().all(|other| of(other) == of(first)))
            }
            (None, Some(_)) => None,
            (None, None) => assumed,
        }
    }

    /// Why a setting of a control plane is not known, although documents are given.
    pub fn doubt(&self, revision: Option<&str>, about: MeshSetting) -> Option<&str> {
        match self.control_plane(revision) {
            Some(plane) => plane.doubt(about),
            None => self.control_planes.iter().filter(|_| revision.is_none()).find_map(|plane| plane.doubt(about)),
        }
    }

    /// Whether a control plane has a mesh config that istiod cannot read, so that what it has in force is not in a document.
    pub fn has_unreadable_mesh_config(&self) -> bool {
        self.control_planes.iter().any(|plane| plane.is_unreadable)
    }

    /// Where it is said that sidecars let unknown hosts out.
    pub fn open_outbound_traffic_policy(&self) -> Option<&Spanned<OutboundTrafficPolicy>> {
        let is_open = |policy: &&Spanned<OutboundTrafficPolicy>| policy.value != OutboundTrafficPolicy::RegistryOnly;
        match &self.stated_outbound_traffic_policy {
            Some(stated) => Some(stated).filter(is_open),
            None => self.control_planes.iter().flat_map(ControlPlane::possible_policies).find(is_open),
        }
    }

    /// Whether sidecars of some workloads may let unknown hosts out, by what the whole mesh is configured with.
    pub fn may_allow_unknown_hosts(&self) -> bool {
        let is_said = self.stated_outbound_traffic_policy.is_some()
            || self.control_planes.iter().any(|plane| plane.possible_policies().next().is_some());
        self.open_outbound_traffic_policy().is_some() || !(is_said || self.has_policies)
    }

    /// `EffectiveProxyConfig` of `pilot/pkg/model/proxy_config.go`: a ProxyConfig with a selector wins over the pod's
    /// annotation, that over a ProxyConfig of its namespace, that over one of the root namespace, and that over the mesh.
    fn dns_capture_of(
        &self,
        namespace: &str,
        labels: &Labels,
        workload: Option<&Workload>,
        revision: Option<&str>,
    ) -> Option<bool> {
        let selecting = |config: &ProxyConfig| config.selector.is_some() && is_for(config, namespace, labels);
        let whole = |of: &str| self.oldest(|config| config.selector.is_none() && config.namespace == of);
        let own = workload.map_or(OwnDnsCapture::Nothing, |workload| workload.dns_capture);
        // A proxy keeps the variables that it was started with (`nodeUsesAutoallocatedIPs` of `pilot/pkg/model/service.go` reads
        // them).
        if let OwnDnsCapture::InForce(fact) = own {
            return Some(fact);
        }
        let steps = [
            self.oldest(selecting),
            if let OwnDnsCapture::Wanted(fact) = own { Said::Fact(fact) } else { Said::Nothing },
            if namespace == self.root_namespace { Said::Nothing } else { whole(namespace) },
            whole(&self.root_namespace),
        ];
        for step in steps {
            match step {
                Said::Nothing => {}
                Said::Fact(fact) => return Some(fact),
                Said::Unknown => return None,
            }
        }
        if let Some(stated) = self.stated_dns_capture {
            return Some(stated);
        }
        self.of_mesh(revision, |plane| plane.dns_capture)
    }

    /// Whether sidecars of a revision stop looking for HTTP after some time; `None` where no document says.
    fn detection_times_out_of(&self, revision: Option<&str>) -> Option<bool> {
        self.of_mesh(revision, |plane| plane.detection_times_out)
    }

    /// A setting of the mesh config of a revision, which Istio has off by itself.
    fn of_mesh(&self, revision: Option<&str>, of: impl Fn(&ControlPlane) -> Option<bool>) -> Option<bool> {
        let assumed = self.has_policies.then_some(false);
        match (self.control_plane(revision), self.control_planes.split_first()) {
            (Some(plane), _) => of(plane).or(assumed.filter(|_| plane.doubts.is_empty())),
            (None, Some((first, others))) if revision.is_none() => {
                of(first).filter(|_| others.iter().all(|other| of(other) == of(first)))
            }
            (None, Some(_)) => None,
            (None, None) => assumed,
        }
    }

    /// What the first of some ProxyConfigs says; the oldest is the first, and creation times are rarely given.
    fn oldest(&self, is_one: impl Fn(&ProxyConfig) -> bool) -> Said {
        let found: Vec<&ProxyConfig> = self.proxy_configs.iter().filter(|config| is_one(config)).collect();
        let dated = found.iter().map(|config| Some((config.created.as_deref()?, config.dns_capture)));
        let first = match dated.collect::<Option<Vec<_>>>() {
            Some(dated) => dated.into_iter().min().map(|(_, fact)| fact),
            None => None,
        };
        let Some(any) = found.first() else { return Said::Nothing };
        let alike = found.iter().all(|other| other.dns_capture == any.dns_capture).then_some(any.dns_capture);
        match alike.or(first) {
            Some(Some(fact)) => Said::Fact(fact),
            Some(None) => Said::Nothing,
            None => Said::Unknown,
        }
    }
}

/// Whether a ProxyConfig is for the workloads of a namespace that have these labels.
fn is_for(config: &ProxyConfig, namespace: &str, labels: &Labels) -> bool {
    let selects = |wanted: &Labels| !wanted.is_empty() && selects(wanted, labels);
    config.namespace == namespace && config.selector.as_ref().is_none_or(selects)
}

/// What a ProxyConfig says about DNS.
#[derive(Debug, Clone, Copy)]
enum Said {
    Nothing,
    Fact(bool),
    Unknown,
}
