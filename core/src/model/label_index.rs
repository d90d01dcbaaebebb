//! The workloads of a namespace by their labels: a namespace may have thousands, and each client is looked up among them.

use std::collections::BTreeMap;

use crate::resource::{AddedLabels, Labels};

/// The places of workloads in a list, by one label.
#[derive(Debug, Clone, Default)]
pub(super) struct LabelIndex {
    /// Those that have a label, as somebody wrote it or as it is known to be added.
    by_label: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    /// Those whose pods get a label with this key and a value that is not known.
    by_unknown_label: BTreeMap<String, Vec<usize>>,
}

impl LabelIndex {
    pub(super) fn new<'w>(workloads: impl Iterator<Item = (&'w Labels, &'w AddedLabels)>) -> Self {
        let mut index = Self::default();
        for (place, (labels, added)) in workloads.enumerate() {
            for (key, value) in labels.iter().chain(&added.known) {
                let places = index.by_label.entry(key.clone()).or_default().entry(value.clone()).or_default();
                // A label that is written and added is one label.
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
            for key in added.unknown.keys() {
                index.by_unknown_label.entry(key.clone()).or_default().push(place);
            }
        }
        index
    }

    /// The places of all workloads that may have these labels, and of others: those of the label that the fewest have. `None` for
    /// no labels, which every workload has.
    pub(super) fn candidates(&self, labels: &Labels) -> Option<Vec<usize>> {
        let of_label = |(key, value): (&String, &String)| {
            let known = self.by_label.get(key).and_then(|values| values.get(value));
            let unknown = self.by_unknown_label.get(key);
            [known, unknown].map(|places| places.map(Vec::as_slice).unwrap_or_default())
        };
        let [known, unknown] =
            labels.iter().map(of_label).min_by_key(|of| of.iter().map(|places| places.len()).sum::<usize>())?;
        let mut places = [known, unknown].concat();
        places.sort_unstable();
        places.dedup();
        Some(places)
    }
}
