use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Class, Client, Destination, FoundBy, Gateway, Policy, PolicySet, Rule, Through, registry_name, wildcard};
use crate::source::Spanned;

/// One client, one host, one port, one gateway: the atom that checks and lowering work on.
#[derive(Debug, Clone, Copy)]
pub struct Flow<'a> {
    /// The policy that declares it.
    pub policy: &'a Policy,
    /// Its rule.
    pub rule: &'a Rule,
    /// Who.
    pub client: &'a Client,
    /// Where to.
    pub destination: &'a Destination,
    /// Which of its hosts or addresses.
    pub host: &'a Spanned<String>,
    /// Which of the gateways of its destination.
    pub through: &'a Through,
}

/// What a gateway can tell apart: flows with the same exit leave the mesh in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exit<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The port of its Service.
    pub gateway_port: u16,
    /// How it is told apart from other exits of that port.
    pub class: Class,
    /// The external host, or its address where it has no name.
    pub host: &'a str,
    /// The external port.
    pub port: u16,
    /// Whether the gateway makes HTTPS of plain HTTP.
    pub upgraded: bool,
}

impl<'a> Flow<'a> {
    /// How it leaves the mesh.
    pub fn exit(&self) -> Exit<'a> {
        Exit {
            gateway: self.gateway(),
            gateway_port: self.through.port.port,
            class: self.class(),
            host: &self.host.value,
            port: self.destination.external_port(),
            upgraded: self.destination.upgrade.is_some(),
        }
    }

    /// Whether its gateway is the first one of its destination.
    pub fn is_through_first(&self) -> bool {
        self.destination.through.first().is_some_and(|first| std::ptr::eq(first, self.through))
    }

    /// The address that it is for; `None` where it is for a host.
    pub fn address(&self) -> Option<IpAddr> {
        match self.destination.found_by {
            FoundBy::Names => None,
            FoundBy::Addresses => self.host.value.parse().ok(),
        }
    }

    /// What Istio's registry calls its host or address.
    pub fn registry_name(&self) -> Cow<'a, str> {
        registry_name(&self.host.value)
    }

    /// Whether a sidecar without DNS capture has no address for it, so that it takes its whole port
    /// (`pilot/pkg/networking/core/listener.go`).
    pub fn takes_port(&self) -> bool {
        self.class() == Class::Tcp && self.address().is_none()
    }

    /// Whether it is in audit mode: every workload of the client's namespace may use it, for every request.
    pub fn is_audited(&self) -> bool {
        self.rule.audit.is_some()
    }

    /// How it is told apart.
    pub fn class(&self) -> Class {
        self.destination.protocol.class()
    }

    /// What its host is below, if it is a wildcard.
    pub fn wildcard(&self) -> Option<&'a str> {
        wildcard::parent(&self.host.value)
    }

    /// The namespace of its client.
    pub fn client_namespace(&self) -> &'a str {
        &self.client.namespace.value
    }

    /// The port that the client dials.
    pub fn port(&self) -> u16 {
        self.destination.port.value
    }
}

impl PolicySet {
    /// Every flow that is declared.
    pub fn flows(&self) -> impl Iterator<Item = Flow<'_>> {
        self.policies.iter().flat_map(|policy| {
            policy.rules.iter().flat_map(move |rule| {
                rule.destinations.iter().flat_map(move |destination| {
                    destination.hosts.iter().flat_map(move |host| {
                        rule.clients.iter().flat_map(move |client| {
                            let through = destination.through.iter();
                            through.map(move |through| Flow { policy, rule, client, destination, host, through })
                        })
                    })
                })
            })
        })
    }

    /// Every client, host and port that is declared, once for all gateways of the destination: for questions to which the gateway
    /// does not matter.
    pub fn flows_of_any_gateway(&self) -> impl Iterator<Item = Flow<'_>> {
        self.flows().filter(Flow::is_through_first)
    }

    /// How many there are, without walking them: a short text can declare a great many.
    pub fn flow_count(&self) -> usize {
        let rules = self.policies.iter().flat_map(|policy| &policy.rules);
        rules.fold(0, |sum, rule| {
            let hosts = rule.destinations.iter().fold(0_usize, |sum, destination| {
                sum.saturating_add(destination.hosts.len().saturating_mul(destination.through.len()))
            });
            sum.saturating_add(hosts.saturating_mul(rule.clients.len()))
        })
    }

    /// The flows of each group that `key` makes, both in order.
    pub fn flows_by<'a, K: Ord>(&'a self, key: impl Fn(&Flow<'a>) -> K) -> BTreeMap<K, Vec<Flow<'a>>> {
        let mut groups: BTreeMap<K, Vec<Flow>> = BTreeMap::new();
        for flow in self.flows() {
            groups.entry(key(&flow)).or_default().push(flow);
        }
        groups
    }

    /// The gateway that an exit names.
    pub fn gateway(&self, name: &str) -> Option<&Gateway> {
        self.environment.gateways.get(name)
    }
}
