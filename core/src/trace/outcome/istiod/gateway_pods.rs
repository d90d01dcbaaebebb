//! The pods behind a gateway's Service.

use std::collections::BTreeMap;

use super::pods::{ClientLabels, PodLabels, Selects};
use crate::istio::{Object, Objects, Service, TargetPort, WorkloadEntry};
use crate::model::{self, Environment};
use crate::resource::Labels;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::ids::{ContainerPort, GatewayPodsId};

/// The label of pods that speak Istio's mutual TLS.
pub(crate) const TLS_MODE: &str = "security.istio.io/tlsMode";

/// The pods behind a gateway's Service.
#[derive(Debug)]
pub(crate) struct GatewayPods<'w> {
    /// As a trace names the gateway.
    pub(crate) name: String,
    pub(crate) namespace: &'w str,
    /// The gateway's Service.
    pub(crate) service: &'w str,
    pub(crate) labels: PodLabels,
    /// Whether istiod assumes that they speak its mutual TLS.
    pub(crate) speaks_mutual_tls: Option<bool>,
    /// Container ports by port of the Service; `None` where no document says.
    pub(crate) ports: BTreeMap<u16, Option<u16>>,
    /// Container ports by name, as far as the workloads are given.
    pub(crate) named_ports: BTreeMap<String, u16>,
    /// A `WorkloadEntry` that its Service selects beside the pods (`EnableK8SServiceSelectWorkloadEntries` of
    /// `pilot/pkg/features`).
    pub(crate) workload_entry: Option<&'w str>,
    /// Why some of them may run no gateway.
    doubt: Option<&'w model::GatewayDoubtKind>,
    /// Whether they have no listeners on ports below 1024.
    are_unprivileged: bool,
    /// The setting by which they want the PROXY protocol before anything else.
    pub(crate) proxy_protocol: Option<&'w str>,
    /// The document that is not given and would tell more about them.
    missing: Option<&'static str>,
}

/// The first `WorkloadEntry` that a Service selects.
fn selected_beside<'w>(service: &Object<Service>, objects: &'w Objects) -> Option<&'w str> {
    let selector = Some(&service.spec.selector).filter(|selector| !selector.is_empty())?;
    let is_selected = |entry: &&Object<WorkloadEntry>| {
        entry.meta.namespace == service.meta.namespace
            && entry.spec.is_selected_by(selector)
            && entry.spec.has_address()
    };
    objects.workload_entries.iter().find(is_selected).map(|entry| entry.meta.name.as_str())
}

fn doubt<'w>(environment: &'w Environment, namespace: &str, service: &str) -> Option<&'w model::GatewayDoubtKind> {
    let doubt = environment.doubts.gateways.get(&(namespace.to_owned(), service.to_owned()))?;
    Some(&doubt.kind)
}

fn wanted_first(pods: &model::ServicePods) -> Option<&str> {
    pods.proxy_protocol.as_ref().map(|setting| setting.value.as_str())
}

/// The documents that describe a gateway's pods.
const SERVICE: &str = "Service";
const WORKLOAD: &str = "Deployment";

impl<'w> GatewayPods<'w> {
    /// Why it is not known whether a connection arrives at a gateway, where some of the pods may run none.
    pub(crate) fn may_run_none(&self) -> Option<String> {
        let doubt = self.doubt?;
        Some(format!("whether the request arrives at a pod of gateway `{}` is not known: {doubt}", self.name))
    }

    /// The pods of a gateway that the environment describes.
    pub(crate) fn of_environment(
        gateway: &'w model::Gateway,
        objects: &'w Objects,
        environment: &'w Environment,
    ) -> Self {
        let mut labels = gateway.selector.clone();
        labels.extend(gateway.pod_labels.clone().unwrap_or_default());
        let described = objects.services.iter().find(|service| {
            service.meta.istio_name() == gateway.service && service.meta.namespace == gateway.namespace
        });
        if let Some(service) = described {
            // Whatever else is said about the gateway's pods, those behind its Service have these labels.
            labels.extend(service.spec.selector.clone());
        }
        let pods = gateway.pods.as_ref();
        let stated = gateway.tls_mode_istio.as_ref().map(|fact| fact.value);
        let stated = stated.or_else(|| pods.and_then(|pods| pods.speak_mutual_tls));
        Self {
            name: gateway.name.clone(),
            namespace: &gateway.namespace,
            service: &gateway.service,
            speaks_mutual_tls: labels.get(TLS_MODE).map(|mode| mode == "istio").or(stated),
            labels: PodLabels {
                known: labels,
                are_all: environment.complete.workloads || pods.is_some_and(|pods| pods.are_all_labels),
            },
            named_ports: pods.map(|pods| pods.ports.clone()).unwrap_or_default(),
            are_unprivileged: pods.is_some_and(|pods| pods.are_unprivileged),
            proxy_protocol: pods.and_then(wanted_first),
            doubt: doubt(environment, &gateway.namespace, &gateway.service),
            workload_entry: described.and_then(|service| selected_beside(service, objects)),
            missing: match (described, pods) {
                (None, _) => Some(SERVICE),
                (Some(_), None) => Some(WORKLOAD),
                (Some(_), Some(_)) => None,
            },
            ports: gateway
                .ports
                .iter()
                .map(|port| match port.target {
                    model::TargetPort::Known(target) => (port.port, Some(target)),
                    model::TargetPort::Unknown => (port.port, None),
                })
                .collect(),
        }
    }

    /// The pods of a Service that a Gateway selects and that the environment does not describe.
    pub(crate) fn of_service(service: &'w Object<Service>, objects: &'w Objects, environment: &'w Environment) -> Self {
        let name = (service.meta.namespace.clone(), service.meta.istio_name().to_owned());
        let made = service.spec.made_pods.as_ref();
        let pods = environment.service_pods.get(&name);
        let named_ports = pods.map(|pods| pods.ports.clone()).unwrap_or_default();
        let mut labels = service.spec.selector.clone();
        labels.extend(made.map(|made| made.labels.clone()).unwrap_or_default());
        labels.extend(pods.map(|pods| pods.labels.clone()).unwrap_or_default());
        let are_known = made.is_some_and(|made| made.are_all_labels);
        // A port of UDP has no cluster in a sidecar.
        let ports = service.spec.ports.iter().filter(|port| port.protocol != "UDP").map(|port| {
            let target = match &port.target {
                TargetPort::Number(number) => Some(*number),
                TargetPort::Name(name) => named_ports.get(name).copied(),
            };
            (port.port, target)
        });
        Self {
            name: format!(
                "{}/{}",
                service.meta.namespace,
                made.map_or(service.meta.istio_name(), |made| &made.gateway)
            ),
            namespace: &service.meta.namespace,
            service: service.meta.istio_name(),
            speaks_mutual_tls: labels
                .get(TLS_MODE)
                .map(|mode| mode == "istio")
                // Nothing is injected into the pods that Istio makes.
                .or_else(|| are_known.then_some(false))
                .or_else(|| pods.and_then(|pods| pods.speak_mutual_tls)),
            labels: PodLabels {
                known: labels,
                are_all: environment.complete.workloads || are_known || pods.is_some_and(|pods| pods.are_all_labels),
            },
            ports: ports.collect(),
            named_ports,
            are_unprivileged: pods.is_some_and(|pods| pods.are_unprivileged),
            proxy_protocol: pods.and_then(wanted_first),
            doubt: doubt(environment, &service.meta.namespace, &service.meta.name),
            workload_entry: selected_beside(service, objects),
            missing: if pods.is_some() || are_known { None } else { Some(WORKLOAD) },
        }
    }

    /// Whether istiod makes no listener for a container port, whatever the servers are (`buildGatewayListeners` of
    /// core/gateway.go).
    pub(crate) fn cannot_listen_on(&self, port: ContainerPort) -> bool {
        self.are_unprivileged && matches!(port, ContainerPort::Number(number) if number < 1024)
    }

    /// Why something of the pods is not known.
    pub(crate) fn what_is_missing(&self) -> String {
        self.missing.map_or_else(String::new, |kind| format!(": no {kind} of these pods is given"))
    }

    /// The container ports that may be behind a port of the Service; several where no document says.
    ///
    /// Istio's own gateway images listen on 8080 and 8443 for 80 and 443.
    pub(crate) fn container_ports(&self, port: u16) -> Vec<ContainerPort> {
        if let Some(target) = self.ports.get(&port).copied().flatten() {
            return vec![ContainerPort::Number(target)];
        }
        let usual = match port {
            80 => Some(ContainerPort::Number(8080)),
            443 => Some(ContainerPort::Number(8443)),
            _ => None,
        };
        [Some(ContainerPort::Number(port)), usual, Some(ContainerPort::Unmentioned)].into_iter().flatten().collect()
    }

    /// Whether a selector selects the pods, whose number is `id`; labels that are not known are assumed.
    pub(crate) fn are_selected(
        &self,
        id: GatewayPodsId,
        selector: &Labels,
        assumptions: &mut Assumptions,
        why: impl Fn() -> String,
    ) -> bool {
        match self.labels.selected_by(selector) {
            Selects::Yes => true,
            Selects::No => false,
            Selects::Maybe => {
                self.labels.unknown_of(selector).all(|(key, value)| assumptions.assume_label(id, key, value, &why))
            }
        }
    }
}

/// The pods of a proxy.
#[derive(Clone, Copy)]
pub(crate) enum Pods<'a> {
    /// The client's.
    Client(ClientLabels<'a>),
    /// A gateway's.
    Gateway(GatewayPodsId, &'a GatewayPods<'a>),
    /// A waypoint's: no selector selects what it does for the services behind it.
    Waypoint,
}

impl Pods<'_> {
    /// Whether a selector selects them; labels that are not known are assumed.
    pub(crate) fn are_selected(
        self,
        selector: &Labels,
        assumptions: &mut Assumptions,
        why: impl Fn() -> String,
    ) -> bool {
        match self {
            Self::Client(labels) => labels.are_selected(selector, assumptions),
            Self::Gateway(id, pods) => pods.are_selected(id, selector, assumptions, why),
            Self::Waypoint => false,
        }
    }
}
