//! Splits what would outgrow an object.
//!
//! Items are divided by the bits of a hash of their name, so that one more item moves at most the items of one shard.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use crate::model::{Class, Flow, PolicySet, wildcard};

/// Hosts or subsets in one object; a hundred bytes each keeps it far below etcd's and kubectl's limits.
const MOST: usize = 250;

/// Divides names into groups of at most [`MOST`]; the group's suffix is empty while one is enough.
pub(crate) fn divide<'a>(names: &BTreeSet<&'a str>) -> BTreeMap<String, Vec<&'a str>> {
    let mut shards = BTreeMap::new();
    let hashed: Vec<(u32, &str)> = names
        .iter()
        .map(|name| {
            let [a, b, c, d, ..] = names::hash(&["shard", name]);
            (u32::from_be_bytes([a, b, c, d]), *name)
        })
        .collect();
    split(hashed, 0, &mut shards);
    shards
}

fn split<'a>(names: Vec<(u32, &'a str)>, bits: u32, shards: &mut BTreeMap<String, Vec<&'a str>>) {
    // After 32 bits the hashes are the same, and no division helps.
    if names.len() <= MOST || bits == 32 {
        let prefix = names.first().map_or(0, |(hash, _)| *hash);
        let suffix: String = (0..bits).map(|bit| if prefix.rotate_left(bit) >> 31 == 0 { '0' } else { '1' }).collect();
        let suffix = if suffix.is_empty() { suffix } else { format!("-{suffix}") };
        shards.insert(suffix, names.into_iter().map(|(_, name)| name).collect());
        return;
    }
    let (ones, zeros): (Vec<_>, Vec<_>) = names.into_iter().partition(|(hash, _)| hash.rotate_left(bits) >> 31 == 1);
    for half in [zeros, ones] {
        if !half.is_empty() {
            split(half, bits.saturating_add(1), shards);
        }
    }
}

/// Divides the HTTP hosts of a gateway port. A host below a wildcard has another listener than the wildcard: in one listener
/// Istio would use the routes of both for it, in the order of their ages (`Intersection` of `pkg/config/host/names.go`).
fn divide_hosts<'a>(hosts: &BTreeSet<&'a str>) -> BTreeMap<String, Vec<&'a str>> {
    let mut by_depth: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for host in hosts {
        let is_there = |above: &&str| hosts.contains(format!("*.{above}").as_str());
        let depth = wildcard::parents(wildcard::parent(host).unwrap_or(host)).filter(is_there).count();
        by_depth.entry(depth).or_default().insert(host);
    }
    let mut shards = BTreeMap::new();
    for (depth, hosts) in by_depth {
        let beginning = if depth == 0 { String::new() } else { format!("-below{depth}") };
        shards.extend(divide(&hosts).into_iter().map(|(suffix, hosts)| (format!("{beginning}{suffix}"), hosts)));
    }
    shards
}

/// Which shard of a gateway port's HTTP listener a host belongs to.
#[derive(Debug)]
pub(crate) struct HttpShards<'a> {
    listeners: BTreeMap<(&'a str, u16), BTreeMap<String, Vec<&'a str>>>,
    shards: BTreeMap<(&'a str, u16, &'a str), String>,
}

impl<'a> HttpShards<'a> {
    /// Divides the HTTP hosts of every gateway port.
    pub(crate) fn of(set: &'a PolicySet) -> Self {
        let mut hosts: BTreeMap<(&str, u16), BTreeSet<&str>> = BTreeMap::new();
        for exit in set.flows().map(|flow: Flow<'a>| flow.exit()).filter(|exit| exit.class == Class::Http) {
            hosts.entry((exit.gateway, exit.gateway_port)).or_default().insert(exit.host);
        }
        let listeners: BTreeMap<_, _> = hosts.into_iter().map(|(port, hosts)| (port, divide_hosts(&hosts))).collect();
        let mut shards = BTreeMap::new();
        for ((gateway, port), listener) in &listeners {
            for (shard, hosts) in listener {
                shards.extend(hosts.iter().map(|host| ((*gateway, *port, *host), shard.clone())));
            }
        }
        Self { listeners, shards }
    }

    /// The listeners: gateway, port, shard, hosts.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = (&'a str, u16, &str, &[&'a str])> {
        self.listeners.iter().flat_map(|((gateway, port), shards)| {
            shards.iter().map(move |(shard, hosts)| (*gateway, *port, shard.as_str(), hosts.as_slice()))
        })
    }

    /// The hosts of a gateway port that are below one of its wildcards.
    pub(crate) fn below(&self, gateway: &'a str, port: u16, host: &str) -> Vec<&'a str> {
        let shards = self.listeners.get(&(gateway, port)).filter(|_| wildcard::parent(host).is_some());
        let hosts = shards.into_iter().flat_map(BTreeMap::values).flatten().copied();
        let mut below: Vec<&str> = hosts.filter(|each| wildcard::is_below(each, host)).collect();
        below.sort_unstable();
        below
    }

    /// The shard of a host.
    pub(crate) fn shard(&self, gateway: &'a str, port: u16, host: &'a str) -> &str {
        self.shards.get(&(gateway, port, host)).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_names_stay_together_and_many_are_divided_for_good() {
        let names: Vec<String> = (0..2000).map(|n| format!("h{n}.example.org")).collect();
        let few: BTreeSet<&str> = names.iter().take(MOST).map(String::as_str).collect();
        assert_eq!(divide(&few).keys().collect::<Vec<_>>(), [""]);

        let all: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let shards = divide(&all);
        assert!(shards.values().all(|shard| shard.len() <= MOST));
        assert_eq!(shards.values().map(Vec::len).sum::<usize>(), all.len());

        let mut more = all.clone();
        more.insert("one-more.example.org");
        let changed = divide(&more).iter().filter(|(name, hosts)| shards.get(*name) != Some(hosts)).count();
        assert!(changed <= 2, "{changed} shards changed");
    }
}
