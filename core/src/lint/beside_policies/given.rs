use std::collections::BTreeMap;

use crate::lint::roots::roots;
use crate::model::PolicySet;
use crate::source::{SourceMap, Span};
use crate::syntax::{Document, Node};

/// What the rules look at.
pub(super) struct Given<'a> {
    pub(super) set: &'a PolicySet,
    pub(super) sources: &'a SourceMap,
    /// The documents by the places of their names.
    pub(super) roots: BTreeMap<Span, &'a Node>,
}

impl<'a> Given<'a> {
    pub(super) fn of(set: &'a PolicySet, documents: &'a [Document], sources: &'a SourceMap) -> Self {
        Self { set, sources, roots: roots(documents) }
    }
}
