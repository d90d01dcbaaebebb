//! Flows for one destination: a policy may have thousands, each for workloads with other labels.

use std::collections::BTreeMap;

use crate::model::Flow;
use crate::resource::{Labels, is_added_later};

/// So few flows are all looked at.
const FEW: usize = 8;

/// Flows, found by the labels of a client.
#[derive(Debug)]
pub(super) struct FlowList<'a> {
    flows: Vec<Flow<'a>>,
    /// The places of those with a selector, each under the one of its labels that the fewest have.
    by_label: BTreeMap<(&'a str, &'a str), Vec<usize>>,
    /// Those that may be for a client with other labels than these.
    others: Vec<usize>,
}

impl<'a> FlowList<'a> {
    pub(super) fn new(flows: Vec<Flow<'a>>) -> Self {
        let mut list = Self { flows, by_label: BTreeMap::new(), others: Vec::new() };
        if list.flows.len() <= FEW {
            return list;
        }
        let selectors: Vec<Option<&'a Labels>> =
            list.flows.iter().map(|flow| flow.client.selector.as_ref().map(|selector| &selector.value)).collect();
        let mut wanted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (key, value) in selectors.iter().flatten().copied().flatten() {
            let number = wanted.entry((key, value)).or_default();
            *number = number.saturating_add(1);
        }
        for (place, selector) in selectors.into_iter().enumerate() {
            // What pods get besides their labels may be wanted.
            let selector = selector.filter(|selector| !selector.keys().any(|key| is_added_later(key)));
            let labels = selector.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
            let rarest = labels.min_by_key(|label| wanted.get(label));
            match rarest {
                Some(label) => list.by_label.entry(label).or_default().push(place),
                None => list.others.push(place),
            }
        }
        list
    }

    pub(super) fn all(&self) -> &[Flow<'a>] {
        &self.flows
    }

    /// Those that may be for a client with these labels, in their order.
    pub(super) fn candidates(&self, labels: &Labels) -> impl Iterator<Item = Flow<'a>> {
        let mut places = self.others.clone();
        if self.flows.len() <= FEW {
            places.extend(0..self.flows.len());
        } else {
            let of_labels = labels.iter().filter_map(|(key, value)| self.by_label.get(&(key.as_str(), value.as_str())));
            places.extend(of_labels.flatten());
            places.sort_unstable();
        }
        places.into_iter().filter_map(|place| self.flows.get(place)).copied()
    }
}
