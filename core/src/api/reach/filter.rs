//! Which rows of an answer are wanted.

use std::collections::BTreeSet;

use super::{Flow, ReachFilter, ReachOnly};
use crate::api::{ClientPath, QueryClient, UsageError};
use crate::resource::Labels;
use crate::trace::Verdict;

/// Keeps the rows that a filter selects.
///
/// # Errors
/// When the filter names no client or no host.
pub(super) fn kept(flows: Vec<Flow>, filter: &ReachFilter) -> Result<Vec<Flow>, UsageError> {
    let client: Option<QueryClient> = filter.from.as_deref().map(str::parse).transpose()?;
    let target = filter.to.as_deref().map(Target::parse);
    let rows = client.map(|client| RowsOf::of(&flows, &client));
    let is_kept = |flow: &Flow| {
        let name = flow.from.namespace.as_deref();
        let of_these = |names: &Vec<String>| name.is_some_and(|name| names.iter().any(|each| each == name));
        filter.namespaces.as_ref().is_none_or(of_these)
            && rows.as_ref().is_none_or(|rows| rows.have(flow))
            && target.as_ref().is_none_or(|target| target.is_of(flow))
            && filter.only.is_none_or(|only| is_only(only, flow))
    };
    Ok(flows.into_iter().filter(is_kept).collect())
}

fn is_only(only: ReachOnly, flow: &Flow) -> bool {
    match only {
        // What is unknown may arrive, so that nobody takes a list without it for all that does.
        ReachOnly::Allowed => flow.verdict != Verdict::Blocked,
        ReachOnly::Blocked => flow.verdict == Verdict::Blocked,
        ReachOnly::Bypass => flow.bypass,
    }
}

/// The rows that are about one client: those of the labels that it has, where no row has more of them.
struct RowsOf {
    namespace: Option<String>,
    labels: BTreeSet<Labels>,
}

impl RowsOf {
    fn of(flows: &[Flow], client: &QueryClient) -> Self {
        let is_named = flows.iter().any(|flow| flow.from.namespace.as_ref() == Some(&client.namespace));
        // A namespace without rows is one of all that are not named.
        let namespace = is_named.then(|| client.namespace.clone());
        let of_namespace = flows.iter().filter(|flow| flow.from.namespace == namespace);
        let all: BTreeSet<&Labels> = of_namespace.map(|flow| &flow.from.labels).collect();
        let has = |labels: &Labels| labels.iter().all(|(key, value)| client.labels.get(key) == Some(value));
        let mut of_client: BTreeSet<Labels> = all.iter().filter(|labels| has(labels)).copied().cloned().collect();
        if client.labels.is_empty() {
            // Without labels the whole namespace is asked about.
            of_client = all.into_iter().cloned().collect();
        } else if of_client.len() > 1 {
            of_client.remove(&Labels::default());
        }
        Self { namespace, labels: of_client }
    }

    fn have(&self, flow: &Flow) -> bool {
        flow.from.namespace == self.namespace
            && (self.labels.contains(&flow.from.labels) || flow.from.path == ClientPath::Direct)
    }
}

/// A host, all hosts below a domain, or one of them with its port.
struct Target {
    host: String,
    port: Option<u16>,
}

impl Target {
    fn parse(text: &str) -> Self {
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let text = text.split(['/', '?']).next().unwrap_or_default();
        let with_port = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        let (host, port) = with_port.map_or((text, None), |(host, port)| (host, Some(port)));
        Self { host: host.trim_end_matches('.').to_lowercase(), port }
    }

    fn is_of(&self, flow: &Flow) -> bool {
        let reached = flow.reached.iter().chain(&flow.also_reached).map(|place| (place.host.as_str(), place.port));
        let named = flow.to.name.iter().map(|name| (name.as_str(), flow.to.port));
        std::iter::once((flow.to.host.as_str(), flow.to.port)).chain(named).chain(reached).any(|(host, port)| {
            let is_host = match self.host.strip_prefix("*.") {
                Some(domain) => host == self.host || host.strip_suffix(domain).is_some_and(|head| head.ends_with('.')),
                None => host == self.host,
            };
            is_host && self.port.is_none_or(|wanted| wanted == port)
        })
    }
}
