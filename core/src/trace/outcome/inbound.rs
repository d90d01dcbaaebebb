//! A gateway: filter chain, authorization, route (core/gateway.go).

use super::assumptions::Unknown;
use super::authorization::{Asked, Identity, Ruling, rule};
use super::cluster::{self, Arrival};
use super::doors::{Group, GroupId, UNMENTIONED};
use super::http::domains;
use super::listener::{Chain, Kind};
use super::request::{Caller, Reader, Request};
use super::routes;
use super::walk::{Pods, Proxy, Step, Walk, answered, cut, unknown};
use super::wire::{Certificate, Leg, Outer, Payload};
use crate::istio::L4Route;
use crate::trace::{ClientPath, Stop};

impl<'a> Walk<'a> {
    /// From a gateway's Service to the next hop.
    pub(super) fn inbound(&mut self, arrival: Arrival) -> Step<Arrival> {
        let world = self.world;
        let Some(group) = world.doors.get(arrival.group) else { return self.failed("UH") };
        self.arrive_at(Stop::Gateway);
        self.visit = self.visit.saturating_add(1);
        self.gateway = Some(&group.name);
        let (labels, are_all) = (&group.labels, group.labels_are_all);
        if let Some(meta) = world.strangers.at_proxy(Stop::Gateway, group.namespace, labels, are_all, self.has_token())
        {
            return unknown(format!(
                "{} `{}/{}` may change what gateway `{}` does",
                meta.kind, meta.namespace, meta.name, group.name
            ));
        }
        let pods = Pods::Gateway(arrival.group, group);
        let proxy = Proxy { at: Stop::Gateway, scope: world.scope_of_gateway(group.namespace), pods };
        if !group.ports.contains_key(&arrival.port) {
            return self.failed("NC");
        }
        let container = self.container_port(arrival.group, group, arrival.port);
        let spreads = group.spreads(arrival.port, container);
        let spread = self.assumptions.assume_one_of(
            spreads,
            || Unknown::ServerPorts { gateway: arrival.group, port: arrival.port, container },
            || {
                spreads
                    .iter()
                    .map(|spread| spread.why.as_str())
                    .find(|why| !why.is_empty())
                    .unwrap_or_default()
                    .to_owned()
            },
        );
        let Some(spread) = spread else { return self.failed("UF") };
        let listener = match spread.variants.pick(&mut self.assumptions) {
            Ok(listener) => listener,
            Err(too_many) => return unknown(too_many),
        };
        if let Some(refused) = &listener.refused {
            return unknown(refused.clone());
        }
        if listener.passes_to_cluster(arrival.leg.server_name()) {
            return unknown(format!("an AUTO_PASSTHROUGH server of gateway `{}` is not modelled", group.name));
        }
        if listener.is_empty() {
            self.elsewhere(group, arrival.port, container);
            return self.failed("UF");
        }
        self.hop(|hop| hop.listener = Some(listener.name.clone()));
        let leg = arrival.leg;
        let Some(chain) = listener.chain(leg.server_name()) else {
            // No chain is for this server name, or for plain text: the connection is closed.
            self.elsewhere(group, arrival.port, container);
            return self.failed("UF");
        };
        self.hop(|hop| hop.chain = Some(chain.name.clone()));
        self.decided(&chain.gateway.meta, chain.server.span);
        match &chain.kind {
            Kind::Http { route, hosts, .. } => {
                self.hop(|hop| hop.route = Some(route.clone()));
                let request = self.opened(chain, &leg)?;
                self.authorize((arrival.group, group), &leg, container, Some(&request))?;
                let host = request.host();
                // A host of which no route holds here has no virtual host.
                let mut found = None;
                for virtual_host in domains(&host).filter_map(|domain| hosts.get(&domain)) {
                    let ways = self.ways_at_gateway(&proxy, virtual_host);
                    if !ways.is_empty() || virtual_host.redirects_to_https {
                        found = Some((virtual_host, ways));
                        break;
                    }
                }
                let Some((virtual_host, ways)) = found else { return answered(404, Some("NR")) };
                if virtual_host.redirects_to_https && chain.mode().is_none() {
                    return answered(301, None);
                }
                let Some(way) = self.first_at_gateway(&ways, &request) else { return answered(404, Some("NR")) };
                let (host, port, subset, request) = self.take(&proxy, way, request)?;
                self.follow(&proxy, &host, port, subset, Payload::Http(request))
            }
            Kind::Tcp { ways } => {
                let payload = self.inner(chain, &leg)?.clone();
                self.authorize((arrival.group, group), &leg, container, None)?;
                let routes = ways.iter().filter_map(|(route, way)| Some((world.routes.get(*route)?, *way)));
                let rivals: Vec<(&'a routes::Service<'a>, &'a L4Route)> = routes.collect();
                let oldest = self.assumptions.oldest_of(&rivals, |(route, _)| route.age, |_, _| false, || {
                    format!("several VirtualServices route server `{}` of a gateway, of which the oldest wins: the files have no creation times", chain.name)
                });
                let Some((route, way)) = oldest else { return self.failed("UF") };
                self.forward(&proxy, route, way, chain.server.port, payload)
            }
            Kind::PassThrough { route, way } => {
                self.authorize((arrival.group, group), &leg, container, None)?;
                let Some(route) = world.routes.get(*route) else { return self.failed("UF") };
                self.passed(&proxy, leg, route, way, chain.server.port)
            }
        }
    }

    fn container_port(&mut self, gateway: GroupId, group: &Group<'_>, port: u16) -> u16 {
        let ports = group.container_ports(port);
        let picked = self.assumptions.assume_one_of(
            &ports,
            || Unknown::ContainerPort { gateway, port },
            || format!("the container port behind port {port} of gateway `{}` is not known", group.name),
        );
        picked.copied().unwrap_or(UNMENTIONED)
    }

    /// Says where the servers of a port listen, when the Service does not lead there.
    fn elsewhere(&mut self, group: &Group<'_>, port: u16, container: u16) {
        if let Some(elsewhere) = group.targets.elsewhere(port, container) {
            self.note(format!(
                "port {port} of the Service leads to container port {container} of gateway `{}`, and servers of that port listen on {elsewhere}",
                group.name
            ));
        }
    }

    fn has_token(&self) -> bool {
        self.query.headers.contains_key("authorization")
    }

    /// The request inside a connection to an HTTP filter chain.
    fn opened(&mut self, chain: &Chain<'_>, leg: &Leg) -> Step<Request> {
        match self.inner(chain, leg)? {
            Payload::Http(request) => {
                let caller = match leg.outer {
                    Outer::Plain => Caller::Plain,
                    Outer::Tls { certificate: Certificate::Nobody, .. } => Caller::Nameless,
                    Outer::Tls { certificate: Certificate::Mesh | Certificate::Own, .. } => Caller::Named,
                };
                Ok(request.clone().read_by(Reader::Gateway(caller), self.world.environment.path_normalization))
            }
            // Not HTTP: the codec refuses it.
            Payload::Tls(_) | Payload::Opaque => cut(Some("DPE")),
        }
    }

    /// What is inside the TLS of a connection, when the chain opens it.
    fn inner<'l>(&mut self, chain: &Chain<'_>, leg: &'l Leg) -> Step<&'l Payload> {
        let mutual = |leg: &Leg| matches!(leg.outer, Outer::Tls { certificate: Certificate::Mesh, .. });
        match chain.mode() {
            // Plain text: TLS is just bytes, and a handshake that is never answered.
            None => match (&leg.outer, &chain.kind) {
                (Outer::Plain, _) => Ok(&leg.payload),
                (Outer::Tls { .. }, _) => self.failed("UF"),
            },
            Some("ISTIO_MUTUAL") if mutual(leg) => Ok(&leg.payload),
            // Nobody's certificate, or none at all: the handshake fails.
            Some("ISTIO_MUTUAL") => match leg.outer {
                Outer::Tls { certificate: Certificate::Own, .. } => {
                    unknown("whether a gateway takes the client certificate of a DestinationRule is not known")
                }
                _ => self.failed("UF"),
            },
            // A client that calls the gateway itself looks at its certificate or not, as it likes.
            Some("SIMPLE" | "OPTIONAL_MUTUAL") if self.calls_without_certificate(leg) => Ok(&leg.payload),
            Some("MUTUAL") if self.calls_without_certificate(leg) => {
                unknown(format!("whether the client has a certificate that server `{}` takes is not known", chain.name))
            }
            Some("SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL") => match (&leg.outer, &leg.payload) {
                // The mesh's own TLS wants a mesh certificate of the server, which such a server does not show; plain
                // text is no handshake.
                (Outer::Tls { certificate: Certificate::Mesh, .. }, _)
                | (Outer::Plain, Payload::Http(_) | Payload::Opaque) => self.failed("UF"),
                _ => unknown(format!("whether a client takes the certificate of server `{}` is not known", chain.name)),
            },
            Some(mode) => unknown(format!("TLS mode `{mode}` of server `{}` is not modelled", chain.name)),
        }
    }

    fn calls_without_certificate(&self, leg: &Leg) -> bool {
        self.query.path == ClientPath::None && matches!(leg.outer, Outer::Tls { certificate: Certificate::Nobody, .. })
    }

    /// `AuthorizationPolicy`.
    fn authorize(
        &mut self,
        (gateway, group): (GroupId, &'a Group<'a>),
        leg: &Leg,
        container: u16,
        request: Option<&Request>,
    ) -> Step<()> {
        let query = self.query;
        let known = matches!(leg.outer, Outer::Tls { certificate: Certificate::Mesh, .. });
        let asked = Asked {
            caller: known
                .then(|| Identity { namespace: &query.namespace, service_account: query.service_account.as_deref() }),
            server_name: leg.server_name(),
            port: container,
            http: request,
            trust_domain: &self.world.environment.trust_domain,
            aliases: &self.world.environment.trust_domain_aliases,
            pods: (gateway, group),
            at: self.visit,
        };
        let ruling = rule(&group.guard, &asked, &mut self.assumptions);
        let refused = match ruling {
            Ruling::Pass(None) => return Ok(()),
            Ruling::Pass(Some(rule)) => {
                self.decided(&rule.policy.meta, rule.asks.span);
                return Ok(());
            }
            Ruling::Refused(rule) => (&rule.policy.meta, rule.asks.span),
            Ruling::NotAdmitted(policy) => (&policy.meta, policy.spec.span),
        };
        self.decided(refused.0, refused.1);
        // "RBAC: access denied"; bytes are just cut off. Envoy sets no response flag, its details name the policy.
        if request.is_some() { answered(403, None) } else { cut(None) }
    }

    /// One `tcp` route.
    fn forward(
        &mut self,
        proxy: &Proxy<'a>,
        route: &'a routes::Service<'a>,
        way: &'a L4Route,
        port: u16,
        payload: Payload,
    ) -> Step<Arrival> {
        let world = self.world;
        self.decided(route.meta, way.span);
        let at = self.visit;
        let weighted = self.weighed(&way.route, || cluster::destination(at, route, way), route)?;
        let host = cluster::host_of(&weighted.to, &route.meta.namespace, &world.environment.cluster_domain);
        let port = self.port_of(proxy, &host, weighted.to.port, port);
        self.follow(proxy, &host, port, &weighted.to.subset, payload)
    }

    /// TLS that the gateway does not open.
    fn passed(
        &mut self,
        proxy: &Proxy<'a>,
        leg: Leg,
        route: &'a routes::Service<'a>,
        way: &'a L4Route,
        port: u16,
    ) -> Step<Arrival> {
        match leg.outer {
            Outer::Plain => self.forward(proxy, route, way, port, leg.payload),
            // The host behind it has none of the mesh's certificates.
            Outer::Tls { certificate: Certificate::Mesh, .. } => self.failed("UF"),
            Outer::Tls { certificate: Certificate::Own, .. } => {
                unknown("whether a host takes the client certificate of a DestinationRule is not known")
            }
            Outer::Tls { certificate: Certificate::Nobody, server_name } => match leg.payload {
                // The sidecar's own TLS goes through to the host.
                Payload::Http(_) | Payload::Opaque => self.forward(proxy, route, way, port, Payload::Tls(server_name)),
                Payload::Tls(_) => unknown("TLS inside TLS: the client's handshake is data to the host"),
            },
        }
    }
}
