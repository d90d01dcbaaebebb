//! The content of a picture: clients, the exits of the gateways, hosts, and the edges between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Flow;
use super::row::target;
use super::table::{places, to_host, word};
use crate::api::ClientPath;
use crate::trace::Verdict;

/// A picture of all requests that arrive or may arrive.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Clients, in order; the number of a client is its index.
    pub(super) clients: Vec<String>,
    /// Exits by gateway.
    pub(super) gateways: BTreeMap<String, Vec<Exit>>,
    /// Hosts.
    pub(super) hosts: Vec<String>,
    /// The edges.
    pub(super) edges: BTreeSet<Edge>,
}

/// An exit of a gateway. Each host has its own exits, so that a picture shows which client reaches which host.
#[derive(Debug)]
pub(super) struct Exit {
    pub(super) number: usize,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    Client(usize),
    Exit(usize),
    Host(usize),
}

/// The identifier of a node in Mermaid and in Graphviz.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(number) => write!(f, "c{number}"),
            Self::Exit(number) => write!(f, "e{number}"),
            Self::Host(number) => write!(f, "h{number}"),
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: Node,
    pub(super) to: Node,
    pub(super) kind: EdgeKind,
    pub(super) label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EdgeKind {
    Through,
    Bypass,
    Unknown,
}

impl Graph {
    /// Clients that call gateways directly are left out, because they would hide the paths of the other clients.
    pub(super) fn of(flows: &[&Flow]) -> Self {
        let mut graph = Self::default();
        let mut clients = Numbers::default();
        let mut exits = Numbers::default();
        let mut hosts = Numbers::default();
        let shown =
            flows.iter().filter(|flow| flow.from.path != ClientPath::Direct && flow.verdict != Verdict::Blocked);
        for flow in shown {
            let client = Node::Client(clients.of(flow.from.description.clone()));
            let audited = if flow.audit { ", by audit mode" } else { "" };
            let asked = format!("{}{audited}", target(&flow.to));
            let mut places: Vec<String> = places(flow).map(|place| format!("{}:{}", place.host, place.port)).collect();
            if places.is_empty() {
                places.push(format!("{}:{}", flow.to.host, flow.to.port));
            }
            for host in places {
                let host_node = Node::Host(hosts.of(host.clone()));
                let to_gateway = flow.to_gateway.map_or("unknown", word);
                let to_host = to_host(flow).unwrap_or_else(|| "unknown".to_owned());
                if flow.verdict == Verdict::Unknown {
                    graph.edge(client, host_node, EdgeKind::Unknown, format!("{asked}, unknown"));
                    continue;
                }
                if flow.gateway.is_none() {
                    let label = format!("{asked}, {to_host}, bypassing every gateway");
                    graph.edge(client, host_node, EdgeKind::Bypass, label);
                }
                let first = flow.gateway.as_deref().map(|gateway| (gateway, flow.gateway_port));
                let others = flow.other_gateways.iter().map(|other| (other.name.as_str(), Some(other.port)));
                for (gateway, port) in first.into_iter().chain(others) {
                    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                    let name = format!("{gateway}{port} to {host}");
                    let known = exits.numbers.len();
                    let number = exits.of(name.clone());
                    if number == known {
                        graph.gateways.entry(gateway.to_owned()).or_default().push(Exit { number, name });
                    }
                    let exit = Node::Exit(number);
                    graph.edge(client, exit, EdgeKind::Through, format!("{asked}, {to_gateway}"));
                    graph.edge(exit, host_node, EdgeKind::Through, to_host.clone());
                }
            }
        }
        graph.clients = clients.names;
        graph.hosts = hosts.names;
        graph
    }

    fn edge(&mut self, from: Node, to: Node, kind: EdgeKind, label: String) {
        self.edges.insert(Edge { from, to, kind, label });
    }
}

/// Numbers for names, in the order in which the names appear.
#[derive(Debug, Default)]
struct Numbers {
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Numbers {
    fn of(&mut self, name: String) -> usize {
        let next = self.names.len();
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        number
    }
}
