//! One document as a flat list: every node before its children, in the order of the text.
//!
//! Aliases stay aliases here, but what they would add is counted already.
//! So a bomb is refused before anything is copied, and an anchored node is kept once however deep it lies.

use std::collections::BTreeMap;

use super::scalar::Scalar;
use crate::source::Span;

/// The nodes of one document.
#[derive(Default)]
pub(super) struct Outline<'a> {
    items: Vec<Item<'a>>,
    anchors: BTreeMap<usize, Anchor>,
    open: Vec<Open>,
}

/// A node, without its children.
pub(super) struct Item<'a> {
    pub(super) span: Span,
    /// The first item that is not inside this one. Short, since there may be millions of items.
    end: u32,
    pub(super) shape: ItemKind<'a>,
}

impl Item<'_> {
    fn end(&self) -> usize {
        usize::try_from(self.end).unwrap_or(usize::MAX)
    }
}

/// A text of 32 bits holds no more items.
fn short(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

pub(super) enum ItemKind<'a> {
    Scalar(Scalar<'a>),
    /// `<<` as a merge key, and only a text anywhere else.
    Merge,
    List,
    /// Its items are keys and values in turn.
    Map,
    /// The item that it stands for.
    Alias(usize),
    /// What could not be read, and was reported.
    Missing,
}

/// How much stands behind an anchor, with its own aliases followed.
#[derive(Clone, Copy, Default)]
pub(super) struct Bulk {
    pub(super) nodes: usize,
    pub(super) depth: usize,
}

struct Anchor {
    item: usize,
    /// `None` while the node is still being read.
    bulk: Option<Bulk>,
}

/// A list or map that is being read.
struct Open {
    item: usize,
    anchor: usize,
    children: usize,
    bulk: Bulk,
    /// Where the last child ends.
    end: Option<u32>,
}

/// What an alias stands for.
pub(super) enum AliasTarget {
    Item(usize, Bulk),
    /// The alias lies inside what it stands for.
    Itself,
    Nothing,
}

impl<'a> Outline<'a> {
    /// The item with this number.
    pub(super) fn item(&self, index: usize) -> Option<&Item<'a>> {
        self.items.get(index)
    }

    /// The children of a list or map, by their numbers.
    pub(super) fn children(&self, parent: usize) -> impl Iterator<Item = usize> {
        let end = self.items.get(parent).map_or(0, Item::end);
        let first = parent.saturating_add(1);
        let next = move |&index: &usize| self.items.get(index).map(|item| item.end().max(index.saturating_add(1)));
        std::iter::successors(Some(first), next).take_while(move |&index| index < end)
    }

    /// How many lists and maps are being read.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Where the key ends whose value comes next; `None` when no value does.
    pub(super) fn value_follows(&self) -> Option<u32> {
        let open = self.open.last().filter(|open| open.children % 2 == 1)?;
        matches!(self.items.get(open.item)?.shape, ItemKind::Map).then_some(open.end).flatten()
    }

    /// Whether the next node is a key.
    pub(super) fn key_follows(&self) -> bool {
        let map = self.open.last().filter(|open| open.children % 2 == 0).and_then(|open| self.items.get(open.item));
        map.is_some_and(|item| matches!(item.shape, ItemKind::Map))
    }

    /// What an alias with this anchor stands for.
    pub(super) fn target(&self, anchor: usize) -> AliasTarget {
        match self.anchors.get(&anchor) {
            Some(Anchor { item, bulk: Some(bulk) }) => AliasTarget::Item(*item, *bulk),
            Some(Anchor { bulk: None, .. }) => AliasTarget::Itself,
            None => AliasTarget::Nothing,
        }
    }

    /// Adds a node without children. `bulk` is what it will be once its alias is followed.
    pub(super) fn leaf(&mut self, span: Span, anchor: usize, shape: ItemKind<'a>, bulk: Bulk) {
        let index = self.items.len();
        self.items.push(Item { span, end: short(index.saturating_add(1)), shape });
        self.remember(anchor, Anchor { item: index, bulk: Some(bulk) });
        self.grow(bulk, span);
    }

    /// Begins a list or map.
    pub(super) fn open(&mut self, span: Span, anchor: usize, shape: ItemKind<'a>) {
        let item = self.items.len();
        // Until it is closed it has no end, so that nothing can be read from it.
        self.items.push(Item { span, end: short(item), shape });
        self.remember(anchor, Anchor { item, bulk: None });
        self.open.push(Open { item, anchor, children: 0, bulk: Bulk::default(), end: None });
    }

    /// Ends the innermost list or map, which reaches to `end` or else to the end of its last child.
    pub(super) fn close(&mut self, end: Option<u32>) {
        let Some(open) = self.open.pop() else { return };
        let next = self.items.len();
        let first = self.items.get(open.item.saturating_add(1)).map(|child| child.span.start);
        let Some(item) = self.items.get_mut(open.item) else { return };
        item.end = short(next);
        if end.is_none() {
            // A block begins with its first key, not with a property of that key; a list with its dash.
            item.span.start = match item.shape {
                ItemKind::Map => first.unwrap_or(item.span.start),
                _ => first.unwrap_or(item.span.start).min(item.span.start),
            };
        }
        item.span.end = end.or(open.end).unwrap_or(item.span.end).max(item.span.start);
        let span = item.span;
        let bulk = Bulk { nodes: open.bulk.nodes.saturating_add(1), depth: open.bulk.depth.saturating_add(1) };
        self.remember(open.anchor, Anchor { item: open.item, bulk: Some(bulk) });
        self.grow(bulk, span);
    }

    /// Anchors are numbered from 1; 0 is none.
    fn remember(&mut self, number: usize, anchor: Anchor) {
        if number != 0 {
            self.anchors.insert(number, anchor);
        }
    }

    fn grow(&mut self, child: Bulk, span: Span) {
        if let Some(parent) = self.open.last_mut() {
            parent.children = parent.children.saturating_add(1);
            parent.bulk.nodes = parent.bulk.nodes.saturating_add(child.nodes);
            parent.bulk.depth = parent.bulk.depth.max(child.depth);
            parent.end = Some(span.end);
        }
    }
}
