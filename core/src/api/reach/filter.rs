//! Which rows of an answer are wanted.

use std::collections::{BTreeMap, BTreeSet};

use super::{Flow, FlowClient, FlowTarget, ReachFilter, ReachOnly};
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
    // A client without a row for the host itself has that of a wildcard.
    let own: BTreeSet<FlowClient> = target
        .iter()
        .flat_map(|target| flows.iter().filter(|flow| target.is_of(flow)))
        .map(|flow| flow.from.clone())
        .collect();
    let rows = client.map(|client| RowsOf::of(&flows, &client));
    let is_kept = |flow: &Flow| {
        let name = flow.from.namespace.as_deref();
        // A row that stands for other namespaces does not say for which.
        let stands_for_others = flow.from.other_namespaces > 0;
        let of_these =
            |names: &Vec<String>| stands_for_others || name.is_some_and(|name| names.iter().any(|each| each == name));
        filter.namespaces.as_ref().is_none_or(of_these)
            && rows.as_ref().is_none_or(|rows| rows.have(flow))
            && target
                .as_ref()
                .is_none_or(|target| target.is_of(flow) || (target.covers(flow) && !own.contains(&flow.from)))
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

/// The rows that are about one client: for each destination those of the labels that it has, where no row has more of them. A
/// destination without a row for its labels has one for all other workloads of its namespace, or of all others.
struct RowsOf {
    by_target: BTreeMap<(FlowTarget, ClientPath), OfTarget>,
}

/// A destination, whatever the request says and which address is dialled, and the way of the client.
fn way(flow: &Flow) -> (FlowTarget, ClientPath) {
    let to = FlowTarget { addresses: Vec::new(), message: None, ..flow.to.clone() };
    (to, flow.from.path)
}

/// The clients of a destination that one client is.
struct OfTarget {
    /// The namespace; `None` for all that are not named.
    namespace: Option<String>,
    labels: BTreeSet<Labels>,
}

impl RowsOf {
    fn of(flows: &[Flow], client: &QueryClient) -> Self {
        let mut groups: BTreeMap<(FlowTarget, ClientPath), Vec<&Flow>> = BTreeMap::new();
        for flow in flows {
            groups.entry(way(flow)).or_default().push(flow);
        }
        let by_target = groups.into_iter().map(|(target, rows)| (target, OfTarget::of(&rows, client)));
        Self { by_target: by_target.collect() }
    }

    fn have(&self, flow: &Flow) -> bool {
        self.by_target.get(&way(flow)).is_some_and(|of| of.have(flow))
    }
}

impl OfTarget {
    fn of(rows: &[&Flow], client: &QueryClient) -> Self {
        let has = |labels: &Labels| labels.iter().all(|(key, value)| client.labels.get(key) == Some(value));
        let own = rows.iter().filter(|flow| flow.from.namespace.as_ref() == Some(&client.namespace));
        // Without labels the whole namespace is asked about.
        let fitting = own.map(|flow| &flow.from.labels).filter(|labels| client.labels.is_empty() || has(labels));
        let mut labels: BTreeSet<Labels> = fitting.cloned().collect();
        if labels.is_empty() {
            // A namespace without a row is one of all that are not named.
            return Self { namespace: None, labels: BTreeSet::from([Labels::default()]) };
        }
        if !client.labels.is_empty() && labels.len() > 1 {
            labels.remove(&Labels::default());
        }
        Self { namespace: Some(client.namespace.clone()), labels }
    }

    fn have(&self, flow: &Flow) -> bool {
        // Without a row of its own, a namespace may be one of those for which the row of another one stands.
        let may_stand_for_it = self.namespace.is_none() && flow.from.other_namespaces > 0;
        may_stand_for_it || (flow.from.namespace == self.namespace && self.labels.contains(&flow.from.labels))
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

    /// Whether a row for many hosts is about this one, too.
    fn covers(&self, flow: &Flow) -> bool {
        let covers = match flow.to.host.strip_prefix('*') {
            Some("") => true,
            Some(domain) => self.host.strip_suffix(domain).is_some_and(|head| !head.is_empty()),
            None => false,
        };
        covers && self.port.is_none_or(|wanted| wanted == flow.to.port)
    }
}
