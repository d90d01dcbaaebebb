//! The labels of pods, and whether a selector selects them.

use crate::resource::{Labels, is_added_later};

/// The labels of some pods, as far as they are known.
#[derive(Debug, Clone)]
pub(crate) struct PodLabels {
    pub(crate) known: Labels,
    /// Whether the pods have no other labels than these.
    pub(crate) are_all: bool,
}

/// Whether a selector selects pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selects {
    Yes,
    /// It depends on labels that are not known.
    Maybe,
    No,
}

impl PodLabels {
    /// Whether a selector selects the pods.
    pub(crate) fn selected_by(&self, selector: &Labels) -> Selects {
        selects(selector, &self.known, self.are_all)
    }

    /// The labels of a selector of which it is not known whether the pods have them.
    pub(crate) fn unknown_of<'s>(&self, selector: &'s Labels) -> impl Iterator<Item = (&'s String, &'s String)> {
        selector.iter().filter(|(key, _)| !self.known.contains_key(*key))
    }
}

/// Whether a selector selects pods of which these labels are known.
pub(crate) fn selects(selector: &Labels, known: &Labels, are_all: bool) -> Selects {
    let mut all_known = true;
    for (key, value) in selector {
        match known.get(key) {
            Some(known) if known == value => {}
            Some(_) => return Selects::No,
            None if are_all && !is_added_later(key) => return Selects::No,
            None => all_known = false,
        }
    }
    if all_known { Selects::Yes } else { Selects::Maybe }
}

/// Whether labels that are all known have all of a selector's.
pub(crate) fn has_all(labels: &Labels, selector: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}
