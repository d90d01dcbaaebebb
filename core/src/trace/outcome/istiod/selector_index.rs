//! Selectors by one of their labels: a namespace may have thousands, and each client is selected by few of them.

use std::collections::BTreeMap;

use super::pods::ClientLabels;
use crate::resource::Labels;

/// The places of selectors in a list.
#[derive(Debug, Default)]
pub(crate) struct SelectorIndex {
    /// Those that want a label: each stands only under the one of its labels that the fewest want.
    by_label: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    /// Those that want none.
    of_all: Vec<usize>,
}

impl SelectorIndex {
    pub(crate) fn new<'s>(selectors: impl Iterator<Item = Option<&'s Labels>> + Clone) -> Self {
        let mut wanted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (key, value) in selectors.clone().flatten().flatten() {
            let number = wanted.entry((key, value)).or_default();
            *number = number.saturating_add(1);
        }
        let mut index = Self::default();
        for (place, selector) in selectors.enumerate() {
            let rarest =
                selector.into_iter().flatten().min_by_key(|(key, value)| wanted.get(&(key.as_str(), value.as_str())));
            match rarest {
                Some((key, value)) => {
                    index.by_label.entry(key.clone()).or_default().entry(value.clone()).or_default().push(place);
                }
                None => index.of_all.push(place),
            }
        }
        index
    }

    /// The places of selectors that select everything.
    pub(crate) fn of_all(&self) -> impl Iterator<Item = usize> {
        self.of_all.iter().copied()
    }

    /// The places of all selectors that may select a client, and of others, in their order.
    pub(crate) fn candidates(&self, client: ClientLabels<'_>) -> Vec<usize> {
        let mut places = self.of_all.clone();
        for (key, value) in client.known() {
            places.extend(self.by_label.get(key).and_then(|values| values.get(value)).into_iter().flatten());
        }
        for (key, beginning) in client.unknown() {
            let values = self.by_label.get(key).into_iter().flat_map(|values| values.range(beginning.clone()..));
            let possible = values.take_while(|(value, _)| value.starts_with(beginning.as_str()));
            places.extend(possible.flat_map(|(_, places)| places));
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::AddedLabels;

    #[test]
    fn a_client_is_compared_with_few_of_many_selectors() {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let mut selectors: Vec<Option<Labels>> =
            (0..1_000).map(|n| Some(labels(&[("app", &format!("a{n}")), ("tier", "web")]))).collect();
        selectors.extend([None, Some(Labels::new()), Some(labels(&[("hash", "x1"), ("tier", "web")]))]);
        let index = SelectorIndex::new(selectors.iter().map(Option::as_ref));
        let mut added = AddedLabels { unknown: [("hash".to_owned(), "x".to_owned())].into(), ..AddedLabels::default() };
        let listed = labels(&[("app", "a7"), ("tier", "web")]);
        assert_eq!(index.candidates(ClientLabels::new(&listed, &added)), [7, 1_000, 1_001, 1_002]);
        added.unknown.insert("hash".to_owned(), "y".to_owned());
        assert_eq!(index.candidates(ClientLabels::new(&Labels::new(), &added)), [1_000, 1_001]);
        added.known = labels(&[("app", "a9")]);
        assert_eq!(index.candidates(ClientLabels::new(&Labels::new(), &added)), [9, 1_000, 1_001]);
        assert_eq!(index.of_all().collect::<Vec<_>>(), [1_000, 1_001]);
    }
}
