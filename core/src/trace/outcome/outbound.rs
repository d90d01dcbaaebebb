//! A sidecar's listeners for what leaves its pod (core/listener.go, core/httproute.go, core/tls.go).

use super::assumptions::Unknown;
use super::chains::Chain;
use super::cluster::Arrival;
use super::registry::{Kind, on_port, spoken_on};
use super::service::{Address, Backing, Service, ServiceId, Spoken};
use super::walk::{Front, Proxy, Step, Walk, cut, unknown};
use super::wire::{Leg, Outer, Payload};
use crate::istio::OutboundMode;
use crate::trace::Stop;

/// The ports to which a pod's traffic is redirected: outbound and inbound (tools/istio-iptables, `ProxyOutboundCapturePort`,
/// `ProxyInboundCapturePort`).
const CAPTURE_PORTS: [u16; 2] = [15001, 15006];
/// What a listener has for all that no other chain is for.
const CATCH_ALL: &str = "PassthroughFilterChain";

impl<'a> Walk<'a> {
    /// From the application to the next hop.
    pub(super) fn outbound(&mut self, proxy: &Proxy<'a>) -> Step<Arrival> {
        self.arrive_at(Stop::Sidecar);
        if let Some(sidecar) = proxy.scope.sidecar {
            self.decided(&sidecar.meta, sidecar.spec.span);
        }
        let query = self.query;
        let payload = Payload::of(query);
        if CAPTURE_PORTS.contains(&query.port) {
            return self.capture_port(proxy);
        }
        self.dialled_alias(proxy, &payload)?;
        for id in self.world.registry.mixed(query.port) {
            if let Some(service) = self
                .world
                .registry
                .get(id)
                .filter(|_| self.world.registry.is_selected(&proxy.scope, id, &mut self.assumptions))
            {
                Self::unmixed(service)?;
            }
        }
        if let Some(service) = self.dialled(proxy)
            && let Some(arrival) = self.own_listener(proxy, service, &payload)?
        {
            return Ok(arrival);
        }
        for (_, id) in on_port(&proxy.scope, query.port, Kind::Network) {
            let Some(service) = self.world.registry.get(id) else { continue };
            if !self.world.registry.is_selected(&proxy.scope, id, &mut self.assumptions) {
                continue;
            }
            let host = &service.host;
            let is_everything = matches!(service.backing, Backing::Entry(entry) if entry.addresses.iter().any(|each| each.ends_with("/0")));
            if is_everything
                || self.perhaps(Unknown::Network(id), || {
                    format!("whether the dialled address is in the network of `{host}` is not known")
                })
            {
                let chain = self.tcp_chain(proxy, id);
                return self.bytes(proxy, &payload, &chain);
            }
        }
        let port = query.port;
        let has_http = self.exists(proxy, Kind::Http);
        let has_open = self.exists(proxy, Kind::Open);
        let has_tls = self.exists(proxy, Kind::Tls);
        if !has_http && !has_open && !has_tls {
            self.hop(|hop| hop.listener = Some("virtualOutbound".to_owned()));
            return self.unmatched("virtualOutbound-catchall-tcp", proxy, &payload);
        }
        self.hop(|hop| hop.listener = Some(format!("0.0.0.0_{port}")));
        self.server_first(proxy)?;
        match &payload {
            Payload::Http(request) if has_http => {
                self.front = Front::Http;
                self.hop(|hop| hop.chain = Some("http".to_owned()));
                return self.by_host(proxy, request.clone());
            }
            Payload::Tls(Some(server_name)) if has_tls => {
                if let Some(chain) = self.by_server_name(proxy, server_name)? {
                    return self.bytes(proxy, &payload, &chain);
                }
            }
            _ => {}
        }
        if has_open && let Some(id) = self.first_open(proxy) {
            let chain = self.tcp_chain(proxy, id);
            return self.bytes(proxy, &payload, &chain);
        }
        self.unmatched(CATCH_ALL, proxy, &payload)
    }

    /// A port on which the sidecar listens for all traffic of its pod: its own chain closes what was meant for the port
    /// (`core/listener_builder.go`, `virtualOutbound-blackhole`). TLS and TCP make a second listener there, of which Envoy takes
    /// one.
    fn capture_port(&mut self, proxy: &Proxy<'a>) -> Step<Arrival> {
        let port = self.query.port;
        if [Kind::Tls, Kind::Open, Kind::Network].into_iter().any(|kind| self.exists(proxy, kind)) {
            return unknown(format!(
                "a host on port {port} makes a second listener on a port that the sidecar itself has, and Envoy refuses one of them"
            ));
        }
        self.hop(|hop| {
            hop.listener = Some("virtualOutbound".to_owned());
            hop.chain = Some("virtualOutbound-blackhole".to_owned());
        });
        self.cluster(|| "BlackHoleCluster".to_owned());
        cut(Some("UH"))
    }

    fn exists(&mut self, proxy: &Proxy<'a>, kind: Kind) -> bool {
        let world = self.world;
        on_port(&proxy.scope, self.query.port, kind)
            .any(|(_, id)| world.registry.is_selected(&proxy.scope, id, &mut self.assumptions))
    }

    /// The service whose own address the client dials, if any.
    fn dialled(&mut self, proxy: &Proxy<'a>) -> Option<ServiceId> {
        let (world, query) = (self.world, self.query);
        let (host, id) = world.canonical(&query.host, proxy.scope.namespace);
        for id in world.registry.selected(&proxy.scope, id, &mut self.assumptions).iter().copied() {
            let Some(service) = world.registry.get(id) else { continue };
            if !service.ports.iter().any(|port| port.number == query.port) {
                continue;
            }
            let at_its_address = match &service.address {
                Address::None | Address::Networks => false,
                Address::Cluster | Address::Automatic => true,
                Address::Fixed(_) if world.environment.dns_capture => true,
                // Addresses that nobody has are only dialled by those whom Istio's DNS gave them.
                Address::Fixed(addresses) if addresses.iter().all(|address| is_reserved(address)) => false,
                Address::Fixed(_) => self.perhaps(Unknown::ResolvesTo(id), || {
                    format!("whether `{host}` resolves to an address of its ServiceEntry is not known")
                }),
            };
            if at_its_address {
                return Some(id);
            }
        }
        // An address that is dialled as such.
        if world.addresses.is_empty() || query.host.parse::<std::net::IpAddr>().is_err() {
            return None;
        }
        let mut dialled: Vec<(usize, ServiceId)> = Vec::new();
        for id in world.addressed(&query.host) {
            if world.registry.is_selected(&proxy.scope, id, &mut self.assumptions) {
                dialled.extend(world.registry.with_tier(&proxy.scope, id));
            }
        }
        dialled.sort_unstable();
        world.registry.first_of(&dialled, |_, _| false, &mut self.assumptions, || {
            format!("several hosts have the address `{}`, and which one is taken depends on their ages or on Istio's version", query.host)
        })
    }

    /// A listener on a service's own address; HTTP has none.
    fn own_listener(&mut self, proxy: &Proxy<'a>, id: ServiceId, payload: &Payload) -> Step<Option<Arrival>> {
        let (world, query) = (self.world, self.query);
        let Some(service) = world.registry.get(id) else { return Ok(None) };
        let Some(spoken) = service.ports.iter().find(|port| port.number == query.port).map(|port| port.spoken) else {
            return Ok(None);
        };
        if matches!(spoken, Spoken::Http | Spoken::Udp) {
            return Ok(None);
        }
        self.hop(|hop| hop.listener = Some(format!("{}_{}", address_of(service), query.port)));
        if spoken == Spoken::Any
            && let Payload::Http(request) = payload
        {
            self.front = Front::Http;
            return self.by_host(proxy, request.clone()).map(Some);
        }
        if spoken == Spoken::Tls {
            let chains = self.tls_chains(proxy, id);
            if chains.iter().all(|chain| chain.way.is_none()) {
                // The address says which service it is: no server name is asked for (core/tls.go).
                let chain = Chain::of(id);
                return self.bytes(proxy, payload, &chain).map(Some);
            }
            let name = if let Payload::Tls(name) = payload { name.clone() } else { None };
            for name in name.iter().flat_map(|name| world.hosts.domains(name)).map(|name| world.hosts.name(name)) {
                let named: Vec<Chain<'a>> =
                    chains.iter().filter(|chain| chain.server_names.contains(&name)).cloned().collect();
                if let Some(chain) = self.first_chain(proxy, name, &named)? {
                    return self.bytes(proxy, payload, &chain).map(Some);
                }
            }
            return self.unmatched(CATCH_ALL, proxy, payload).map(Some);
        }
        let chain = self.tcp_chain(proxy, id);
        self.bytes(proxy, payload, &chain).map(Some)
    }

    /// `MySQL` and MongoDB wait for the server to speak: Istio keeps them apart from what must be looked at first
    /// (core/listener.go, `isConflictWithWellKnownPort`).
    fn server_first(&mut self, proxy: &Proxy<'a>) -> Step<()> {
        let port = self.query.port;
        let mut spoken = spoken_on(&proxy.scope, port);
        let is_first = |spoken: Spoken| spoken == Spoken::ServerFirst;
        if spoken.any(is_first) && spoken_on(&proxy.scope, port).any(|spoken| !is_first(spoken)) {
            return unknown(format!("port {port} has MySQL or MongoDB beside other protocols"));
        }
        Ok(())
    }

    /// What no filter chain is for (`core/listener_builder.go`, `buildOutboundCatchAllNetworkFiltersOnly`).
    fn unmatched(&mut self, chain: &str, proxy: &Proxy<'a>, payload: &Payload) -> Step<Arrival> {
        self.hop(|hop| hop.chain = Some(chain.to_owned()));
        match proxy.scope.outbound {
            OutboundMode::RegistryOnly => {
                self.cluster(|| "BlackHoleCluster".to_owned());
                cut(Some("UH"))
            }
            OutboundMode::AllowAny => self.pass_through(payload),
            OutboundMode::Proxy => unknown("`outboundTrafficPolicy.egressProxy` of a Sidecar is not modelled"),
        }
    }

    pub(super) fn pass_through(&mut self, payload: &Payload) -> Step<Arrival> {
        let query = self.query;
        self.cluster(|| "PassthroughCluster".to_owned());
        self.hop(|hop| {
            hop.encryption = Some(Leg { outer: Outer::Plain, payload: payload.clone() }.encryption());
        });
        self.note(format!("`{}` is reached past every gateway: unknown hosts are let out (ALLOW_ANY)", query.host));
        self.reached(&query.host.to_ascii_lowercase(), query.port, &Outer::Plain, payload)
    }
}

fn address_of(service: &Service<'_>) -> String {
    match &service.address {
        Address::Fixed(addresses) => addresses.first().cloned().unwrap_or_default(),
        Address::Cluster | Address::Automatic | Address::None | Address::Networks => service.host.to_string(),
    }
}

/// 240.0.0.0/4: no host has such an address.
fn is_reserved(address: &str) -> bool {
    address
        .parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.octets().first().is_some_and(|first| *first >= 240))
}
