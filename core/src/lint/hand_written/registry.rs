//! The external hosts that ServiceEntries declare.

use std::collections::BTreeMap;

use crate::istio::{EntryPort, Object, Objects, PortProtocol, ServiceEntry};
use crate::resource::name_rules::nearest;
use crate::trace::Scheme;

/// More hosts than these are not compared with a name that is written wrongly.
const MOST_COMPARED: usize = 5_000;

/// The ServiceEntries of each host, by the host's letters from the end: what is below a wildcard stands together.
pub(super) struct Registry<'o> {
    entries: BTreeMap<String, Vec<Declared<'o>>>,
}

/// A host of a ServiceEntry.
#[derive(Clone, Copy)]
pub(super) struct Declared<'o> {
    pub(super) host: &'o str,
    pub(super) entry: &'o Object<ServiceEntry>,
}

impl<'o> Registry<'o> {
    pub(super) fn of(objects: &'o Objects) -> Self {
        let mut entries: BTreeMap<String, Vec<Declared<'o>>> = BTreeMap::new();
        for entry in &objects.service_entries {
            for host in &entry.spec.hosts {
                entries.entry(reversed(host)).or_default().push(Declared { host, entry });
            }
        }
        Self { entries }
    }

    /// The hosts that a name covers: itself, and what is below it if it is a wildcard.
    pub(super) fn within(&self, name: &str) -> impl Iterator<Item = Declared<'o>> {
        let (start, is_wildcard) = match name.strip_prefix('*') {
            Some(suffix) => (reversed(suffix), true),
            None => (reversed(name), false),
        };
        let end = start.clone();
        let covered = self
            .entries
            .range(start..)
            .take_while(move |(key, _)| if is_wildcard { key.starts_with(&end) } else { **key == end });
        covered.flat_map(|(_, declared)| declared.iter().copied())
    }

    /// The ServiceEntries for a host: of just its name, or else of the wildcard that is nearest to it.
    pub(super) fn covering(&self, host: &str) -> Vec<Declared<'o>> {
        if let Some(exact) = self.entries.get(&reversed(host)) {
            return exact.clone();
        }
        let suffixes = host.match_indices('.').filter_map(|(at, _)| host.get(at..));
        let mut wildcards = suffixes.map(|suffix| format!("*{suffix}"));
        wildcards.find_map(|wildcard| self.entries.get(&reversed(&wildcard))).cloned().unwrap_or_default()
    }

    /// The declared host that was probably meant by a name.
    pub(super) fn nearest(&self, name: &str) -> Option<&'o str> {
        if self.entries.len() > MOST_COMPARED {
            return None;
        }
        nearest(name, self.entries.values().flatten().map(|declared| declared.host))
    }
}

impl<'o> Declared<'o> {
    /// The ports, each with what a client of it speaks.
    pub(super) fn ports(self) -> impl Iterator<Item = (&'o EntryPort, Scheme)> {
        self.entry.spec.ports.iter().filter_map(|port| Some((port, scheme(port)?)))
    }
}

/// What a client of a port speaks; `None` for datagrams.
fn scheme(port: &EntryPort) -> Option<Scheme> {
    match PortProtocol::parse(&port.protocol) {
        PortProtocol::Http1 | PortProtocol::HttpProxy => Some(Scheme::Http),
        PortProtocol::Http2 => Some(Scheme::Grpc),
        PortProtocol::Https => Some(Scheme::Https),
        PortProtocol::Tls => Some(Scheme::Tls),
        PortProtocol::Tcp | PortProtocol::Mongo | PortProtocol::MySql | PortProtocol::Redis => Some(Scheme::Tcp),
        PortProtocol::Udp => None,
        PortProtocol::Unsupported => Some(match port.number {
            443 => Scheme::Https,
            80 | 8080 => Scheme::Http,
            _ => Scheme::Tcp,
        }),
    }
}

fn reversed(host: &str) -> String {
    host.chars().rev().collect()
}
