//! By which names the gateways may be called.

use std::collections::BTreeSet;

use super::World;
use super::cluster;
use super::listener::{Chain, Kind};
use super::names;

/// A way to call a gateway with a mesh certificate of one's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Knock {
    /// The gateway, by the name that a trace has for it.
    pub gateway: String,
    /// The port of its Service.
    pub port: u16,
    /// The server name of the mutual TLS.
    pub outer: String,
    /// What to ask for; may be a wildcard.
    pub host: String,
    /// The port of the host behind it; `None` where routes by `Host` decide.
    pub leads_to: Option<u16>,
}

impl World<'_> {
    /// Whether there is a gateway of this name.
    pub fn knows_gateway(&self, name: &str) -> bool {
        self.doors.named(name).is_some()
    }

    /// Every listener that takes the mesh's certificates, by each name that something is behind.
    ///
    /// An HTTP listener is called by the first of its names, as sidecars do, and by the host's own, which it answers to
    /// as well.
    pub fn knocks(&self) -> BTreeSet<Knock> {
        let mut knocks = BTreeSet::new();
        for group in self.doors.all() {
            for port in group.ports.keys().copied() {
                let containers = group.container_ports(port);
                let variants = containers.iter().flat_map(|container| group.variants(port, *container));
                for (chain, outer_names) in variants.flat_map(|variant| variant.listener.chains()) {
                    if chain.mode() != Some("ISTIO_MUTUAL") {
                        continue;
                    }
                    let mut knock = |outer: &str, host: &str, leads_to| {
                        knocks.insert(Knock {
                            gateway: group.name.clone(),
                            port,
                            outer: outer.to_owned(),
                            host: host.to_owned(),
                            leads_to,
                        });
                    };
                    let first = first_name(chain);
                    match &chain.kind {
                        Kind::Http { hosts, .. } => {
                            for (host, _) in hosts.iter().filter(|(_, host)| !host.routes.is_empty()) {
                                knock(first, host, None);
                                if outer_names.binary_search(&host.as_str()).is_ok() {
                                    knock(host, host, None);
                                }
                            }
                        }
                        Kind::Tcp { ways } => {
                            for (route, way) in ways {
                                let Some(route) = self.routes.get(*route) else { continue };
                                let to = way.route.iter().map(|weighted| &weighted.to);
                                for to in to {
                                    let host =
                                        cluster::host_of(to, &route.meta.namespace, &self.environment.cluster_domain);
                                    for outer in
                                        outer_names.iter().copied().chain(outer_names.is_empty().then_some(first))
                                    {
                                        knock(outer, &host, to.port);
                                    }
                                }
                            }
                        }
                        Kind::PassThrough { .. } => {}
                    }
                }
            }
        }
        knocks
    }
}

/// The first name of a server; a wildcard stands for a name below it.
fn first_name<'c>(chain: &'c Chain<'_>) -> &'c str {
    let name = chain.server.hosts.first().map_or("*", String::as_str);
    let name = name.split_once('/').map_or(name, |(_, name)| name);
    if names::is_wildcard(name) { name.trim_start_matches(['*', '.']) } else { name }
}
