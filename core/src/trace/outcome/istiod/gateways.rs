//! The gateways: their pods, and what istiod sends to them.

use std::collections::{BTreeMap, BTreeSet};

use super::authorization_policies::AuthorizationPolicies;
use super::gateway_listener::GatewayListener;
use super::gateway_pods::GatewayPods;
use super::merged_servers::SelectingGateway;
use super::pods::Selects;
use super::possible_listeners::{PossibleListeners, possible_listeners};
use super::server_ports::ServerPorts;
use super::virtual_services::VirtualServices;
use crate::istio::{Gateway, GatewaySelector, Object, Objects, Server, class_of};
use crate::model::Environment;
use crate::resource::Labels;
use crate::trace::outcome::creation_order::{ObjectAge, ObjectKind, ages};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::{ContainerPort, GatewayPodsId};

/// A gateway: its pods, and their configuration.
#[derive(Debug)]
pub(crate) struct GatewayProxy<'w> {
    pub(crate) pods: GatewayPods<'w>,
    /// Where servers listen.
    pub(crate) server_ports: ServerPorts<'w>,
    pub(crate) policies: AuthorizationPolicies<'w>,
    /// What may listen on a container port, by port of the Service and container port.
    listeners: BTreeMap<(u16, ContainerPort), Vec<AssignedListeners<'w>>>,
}

/// The listeners of a container port, for one assignment of servers to container ports.
#[derive(Debug)]
pub(crate) struct AssignedListeners<'w> {
    /// Numbers of the servers that listen there.
    pub(crate) numbers: BTreeSet<u16>,
    /// What is not known about the assignment; empty when all is.
    pub(crate) why: String,
    pub(crate) listeners: PossibleListeners<'w>,
}

/// All gateways.
#[derive(Debug, Default)]
pub(crate) struct Gateways<'w> {
    all: Vec<GatewayProxy<'w>>,
    by_host: BTreeMap<String, GatewayPodsId>,
    /// How many of them the environment describes; these come first.
    described: usize,
}

impl<'w> Gateways<'w> {
    pub(crate) fn new(
        objects: &'w Objects,
        environment: &'w Environment,
        virtual_services: &VirtualServices<'w>,
    ) -> Self {
        let mut all: Vec<GatewayPods<'w>> = Vec::new();
        let mut by_host = BTreeMap::new();
        let host =
            |service: &str, namespace: &str| host_name::of_service(service, namespace, &environment.cluster_domain);
        for gateway in environment.gateways.values() {
            by_host.insert(host(&gateway.service, &gateway.namespace), all.len());
            all.push(GatewayPods::of_environment(gateway, objects, environment));
        }
        let described = all.len();
        for service in &objects.services {
            let host = host(service.meta.istio_name(), &service.meta.namespace);
            if by_host.contains_key(&host) || service.spec.selector.is_empty() {
                continue;
            }
            let pods = GatewayPods::of_service(service, objects, environment);
            let selects_it = |gateway: &Object<Gateway>| match &gateway.spec.pods {
                GatewaySelector::All => false,
                GatewaySelector::Labelled(labels) => pods.labels.selected_by(labels) == Selects::Yes,
                GatewaySelector::BehindServices { namespace, hosts } => {
                    *namespace == service.meta.namespace && hosts.contains(&host)
                }
            };
            let is_made = service.spec.made_pods.is_some();
            // At a Gateway of a class that others configure, other servers listen than those of Istio's Gateways.
            let is_others = class_of(&service.meta).is_some() && !is_made;
            if is_made || (!is_others && objects.gateways.iter().any(selects_it)) {
                by_host.insert(host, all.len());
                all.push(pods);
            }
        }
        let mut gateways: Vec<(&'w Object<Gateway>, ObjectAge<'w>)> =
            objects.gateways.iter().zip(ages(ObjectKind::Gateway, &objects.gateways)).collect();
        gateways.sort_by(|(_, a), (_, b)| a.order(b));
        let proxy = |(id, pods): (GatewayPodsId, GatewayPods<'w>)| {
            let server_ports = ServerPorts::new(&pods, objects, environment);
            let policies = AuthorizationPolicies::new(objects, environment, &pods);
            let selecting = gateways.iter().filter_map(|(gateway, age)| {
                let labels = match selection(&pods, gateway, objects, environment) {
                    Selection::All => None,
                    Selection::Labelled(labels) => Some(labels),
                    Selection::None => return None,
                };
                Some(SelectingGateway { gateway, age: *age, labels })
            });
            let selecting: Vec<SelectingGateway<'w>> = selecting.collect();
            let listeners = listeners((id, &pods), &server_ports, &selecting, virtual_services);
            GatewayProxy { pods, server_ports, policies, listeners }
        };
        Self { all: all.into_iter().enumerate().map(proxy).collect(), by_host, described }
    }

    pub(crate) fn get(&self, id: GatewayPodsId) -> Option<&GatewayProxy<'w>> {
        self.all.get(id)
    }

    /// Whether container ports of a gateway are already behind the Service of a described gateway.
    pub(crate) fn are_behind_another(&self, id: GatewayPodsId, containers: &[ContainerPort]) -> bool {
        let Some(GatewayProxy { pods, .. }) = self.all.get(id).filter(|_| id >= self.described) else { return false };
        self.all.iter().take(self.described).any(|GatewayProxy { pods: known, .. }| {
            let is_target = |container: &ContainerPort| {
                known.ports.values().flatten().any(|target| ContainerPort::Number(*target) == *container)
            };
            known.namespace == pods.namespace
                && known.labels.selected_by(&pods.labels.known) == Selects::Yes
                && containers.iter().all(is_target)
        })
    }

    pub(crate) fn by_host(&self) -> &BTreeMap<String, GatewayPodsId> {
        &self.by_host
    }

    /// The gateway that a trace or a policy names.
    pub(crate) fn named(&self, name: &str) -> Option<GatewayPodsId> {
        self.all.iter().position(|GatewayProxy { pods, .. }| {
            pods.name == name || pods.name.split_once('/').is_some_and(|(_, short)| short == name)
        })
    }
}

impl<'w> GatewayProxy<'w> {
    /// What may listen on a container port: one entry for each assignment of servers to container ports.
    pub(crate) fn assignments(&self, port: u16, container: ContainerPort) -> &[AssignedListeners<'w>] {
        self.listeners.get(&(port, container)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every listener that may be on a container port.
    pub(crate) fn listeners(&self, port: u16, container: ContainerPort) -> impl Iterator<Item = &GatewayListener<'w>> {
        self.assignments(port, container).iter().flat_map(|assigned| assigned.listeners.all())
    }
}

/// Whether a Gateway may be for some pods.
enum Selection<'w> {
    /// It is, in any case.
    All,
    /// It is, if they have these labels.
    Labelled(&'w Labels),
    /// It is not.
    None,
}

/// Whether a Gateway may be for some pods (`mergeGateways` of `pilot/pkg/model/push_context.go`).
fn selection<'w>(
    pods: &GatewayPods<'w>,
    gateway: &'w Object<Gateway>,
    objects: &'w Objects,
    environment: &Environment,
) -> Selection<'w> {
    let may_select = |labels: &&Labels| pods.labels.selected_by(labels) != Selects::No;
    let by_labels = |labels: Option<&'w Labels>| labels.map_or(Selection::None, Selection::Labelled);
    match &gateway.spec.pods {
        GatewaySelector::All => Selection::All,
        GatewaySelector::Labelled(labels) => by_labels(Some(labels).filter(may_select)),
        GatewaySelector::BehindServices { namespace, hosts } => {
            let is_bound = |name: &str| {
                let host = host_name::of_service(name, namespace, &environment.cluster_domain);
                *namespace == pods.namespace && hosts.contains(&host)
            };
            // A listener is for a port of its Service, and nowhere if the Service has no such port (`resolvePorts`).
            let has_port = |server: &Server| pods.ports.contains_key(&server.port);
            if is_bound(pods.service) {
                let is_here = gateway.spec.servers.iter().any(has_port);
                return if is_here { Selection::All } else { Selection::None };
            }
            let services = objects.services.iter().filter(|service| service.meta.namespace == pods.namespace);
            let mut labels = services
                .filter(|service| is_bound(service.meta.istio_name()) && !service.spec.selector.is_empty())
                .map(|service| &service.spec.selector);
            by_labels(labels.find(may_select))
        }
    }
}

/// Every listener that a connection to the Service may end at.
fn listeners<'w>(
    (id, pods): (GatewayPodsId, &GatewayPods<'w>),
    server_ports: &ServerPorts<'w>,
    selecting: &[SelectingGateway<'w>],
    virtual_services: &VirtualServices<'w>,
) -> BTreeMap<(u16, ContainerPort), Vec<AssignedListeners<'w>>> {
    let servers = selecting.iter().flat_map(|selecting| &selecting.gateway.spec.servers);
    let numbers: BTreeSet<u16> = servers.map(|server| server.port).collect();
    let mut listeners = BTreeMap::new();
    for port in pods.ports.keys() {
        for container in pods.container_ports(*port) {
            let assigned = server_ports.assignments(&numbers, *port, container).into_iter().map(|assignment| {
                let is_here = |number: u16| assignment.numbers.contains(&number);
                let has_server_here = |selecting: &&SelectingGateway<'w>| {
                    selecting.gateway.spec.servers.iter().any(|server| is_here(server.port))
                };
                let at_port: Vec<SelectingGateway<'w>> = selecting.iter().filter(has_server_here).copied().collect();
                let listeners = possible_listeners((id, pods), container, &at_port, &is_here, virtual_services);
                AssignedListeners { numbers: assignment.numbers, why: assignment.why, listeners }
            });
            listeners.insert((*port, container), assigned.collect());
        }
    }
    listeners
}
