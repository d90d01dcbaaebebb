//! The outline of a document as a tree: aliases followed, merge keys applied, keys unique.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::outline::{ItemKind, Outline};
use super::place::Place;
use super::problems::Problems;
use super::scalar::Scalar;
use super::template::RENDER_FIRST;
use super::{Entry, Node, NodeKind};
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// What becomes of a key that a map has twice.
#[derive(Debug, Clone, Copy)]
pub(super) enum RepeatedKey {
    /// It is reported, as is one that is written before a merge key which has it too: `kubectl` takes the merged value
    /// (`mapping` of `decode.go` in Go's `sigs.k8s.io/yaml/goyaml.v2`), and other readers the written one.
    Reported,
    /// The last one counts, also where it is merged: `mapping` and `merge` of `decode.go` in Go's `sigs.k8s.io/yaml/goyaml.v2`.
    LastCounts,
}

/// The tree of a complete outline; `None` when it holds no node.
pub(super) fn tree(
    outline: &Outline<'_>,
    place: Place<'_>,
    repeated: RepeatedKey,
    problems: &mut Problems<'_>,
) -> Option<Node> {
    Tree { outline, place, repeated, problems, copying: 0 }.node(0)
}

struct Tree<'t, 'a, 'r> {
    outline: &'t Outline<'a>,
    place: Place<'t>,
    repeated: RepeatedKey,
    problems: &'t mut Problems<'r>,
    /// How many aliases are being followed: a copy repeats no problem of its original.
    copying: usize,
}

/// What stands before a value.
enum Key<'t> {
    Text(Cow<'t, str>),
    Merge,
    Missing,
    /// A thing that JSON cannot have as a key.
    Bad(&'static str),
}

impl<'t> Tree<'t, '_, '_> {
    /// Calls itself once for each level and each alias on the way; the outline holds both below the depth limit.
    fn node(&mut self, index: usize) -> Option<Node> {
        let outline = self.outline;
        let item = outline.item(index)?;
        let kind = match &item.shape {
            ItemKind::Scalar(scalar) => kind(scalar),
            ItemKind::Merge => NodeKind::Text("<<".into()),
            ItemKind::Missing => NodeKind::Null,
            ItemKind::List => {
                let mut items = Vec::with_capacity(outline.children(index).count());
                items.extend(outline.children(index).filter_map(|child| self.node(child)));
                NodeKind::List(items)
            }
            ItemKind::Map => NodeKind::Map(self.entries(index)),
            ItemKind::Alias(target) => return self.copied(|tree| tree.node(*target)),
        };
        Some(Node { span: item.span, kind })
    }

    fn copied<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        self.copying = self.copying.saturating_add(1);
        let copy = f(self);
        self.copying = self.copying.saturating_sub(1);
        copy
    }

    fn entries(&mut self, map: usize) -> Vec<Entry> {
        match self.repeated {
            RepeatedKey::Reported => self.entries_without_repeated_keys(map),
            RepeatedKey::LastCounts => self.last_entries(map),
        }
    }

    fn last_entries(&mut self, map: usize) -> Vec<Entry> {
        let mut last: Vec<Entry> = Vec::new();
        let mut places: BTreeMap<Box<str>, usize> = BTreeMap::new();
        let mut put = |entry: Entry| {
            if let Some(earlier) = places.get(&entry.key).and_then(|at| last.get_mut(*at)) {
                *earlier = entry;
            } else {
                places.insert(entry.key.clone(), last.len());
                last.push(entry);
            }
        };
        let mut children = self.outline.children(map);
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let Some(key_span) = self.outline.item(key).map(|item| item.span) else { break };
            match self.key(key) {
                Key::Text(text) => {
                    if let Some(value) = self.node(value) {
                        put(Entry { key: text.as_ref().into(), key_span, value });
                    }
                }
                // Of several maps that are merged the first counts.
                Key::Merge => self.merged(value, true).into_iter().rev().for_each(&mut put),
                Key::Missing => {}
                Key::Bad(found) => self.bad_key(found, key_span),
            }
        }
        last
    }

    fn entries_without_repeated_keys(&mut self, map: usize) -> Vec<Entry> {
        // Exactly: most maps are small, and a text may hold millions of them.
        let mut entries = Vec::with_capacity(self.outline.children(map).count() / 2);
        let mut first_places: BTreeMap<Cow<'t, str>, Span> = BTreeMap::new();
        let mut merge: Option<(Span, usize, BTreeSet<Cow<'t, str>>)> = None;
        let mut children = self.outline.children(map);
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let Some(key_span) = self.outline.item(key).map(|item| item.span) else { break };
            match self.key(key) {
                Key::Text(text) => {
                    if let Some(&first) = first_places.get(&text) {
                        self.duplicate(&text, first, key_span);
                        continue;
                    }
                    if let Some(value) = self.node(value) {
                        entries.push(Entry { key: text.as_ref().into(), key_span, value });
                    }
                    first_places.insert(text, key_span);
                }
                Key::Merge => match merge {
                    Some((first, ..)) => self.duplicate("<<", first, key_span),
                    None => merge = Some((key_span, value, first_places.keys().cloned().collect())),
                },
                Key::Missing => {}
                Key::Bad(found) => self.bad_key(found, key_span),
            }
        }
        if let Some((key_span, value, written_before)) = merge {
            for entry in self.merged(value, true) {
                if let (true, Some(&first)) = (written_before.contains(&*entry.key), first_places.get(&*entry.key)) {
                    self.merged_over(&entry.key, first, key_span);
                }
                if !first_places.contains_key(&*entry.key) {
                    first_places.insert(Cow::Owned(entry.key.to_string()), entry.key_span);
                    entries.push(entry);
                }
            }
        }
        entries
    }

    fn key(&self, index: usize) -> Key<'t> {
        match self.outline.item(index).map(|item| &item.shape) {
            Some(ItemKind::Scalar(scalar)) => scalar.key().map_or(Key::Bad("nothing"), Key::Text),
            Some(ItemKind::Merge) => Key::Merge,
            Some(ItemKind::List) => Key::Bad("a list"),
            Some(ItemKind::Map) => Key::Bad("a map"),
            Some(ItemKind::Alias(target)) => match self.key(*target) {
                // Only what is written at the key itself merges.
                Key::Merge => Key::Text(Cow::Borrowed("<<")),
                key => key,
            },
            Some(ItemKind::Missing) | None => Key::Missing,
        }
    }

    /// What a merge key brings in, the winner of two equal keys first.
    fn merged(&mut self, value: usize, list_allowed: bool) -> Vec<Entry> {
        let outline = self.outline;
        let Some(written) = outline.item(value) else { return Vec::new() };
        let (meant, alias) = match written.shape {
            ItemKind::Alias(target) => (target, true),
            _ => (value, false),
        };
        let found = match outline.item(meant).map(|item| &item.shape) {
            Some(ItemKind::Map) if alias => return self.copied(|tree| tree.entries(meant)),
            Some(ItemKind::Map) => return self.entries(meant),
            Some(ItemKind::List) if list_allowed => {
                let items = outline.children(meant);
                return items.flat_map(|item| self.merged(item, false)).collect();
            }
            Some(ItemKind::Missing) | None => return Vec::new(),
            Some(ItemKind::List) => "a list in a list",
            Some(ItemKind::Scalar(Scalar::Null)) => "nothing",
            Some(ItemKind::Scalar(_) | ItemKind::Merge | ItemKind::Alias(_)) => "a scalar",
        };
        let span = written.span;
        self.report(|| {
            Diagnostic::new(&codes::BAD_MERGE, span, format!("the value of `<<` is {found}"))
                .help("use a map, or a list of maps; write `\"<<\"` for a key of that name")
        });
        Vec::new()
    }

    fn bad_key(&mut self, found: &str, key_span: Span) {
        let place = self.place;
        self.report(|| {
            let problem = Diagnostic::new(&codes::BAD_KEY, key_span, format!("a key is {found}"))
                .note("Kubernetes converts every document to JSON, and in JSON every key is a string");
            // `{{ .Values.a }}` is a map in a map.
            let key = key_span.range();
            let is_map = place.slice(key_span).starts_with('{');
            let is_action = is_map && place.before(key.start).ends_with('{') && place.after(key.end).starts_with('}');
            if is_action { problem.help(RENDER_FIRST) } else { problem }
        });
    }

    fn duplicate(&mut self, key: &str, first: Span, again: Span) {
        let place = self.place;
        self.report(|| {
            let problem = Diagnostic::new(
                &codes::DUPLICATE_KEY,
                again,
                format!("key `{}` is listed twice in one map", shown(key)),
            )
            .label(first, "first here");
            if key == "<<" {
                problem.help("merge several maps with one key: `<<: [*first, *second]`")
            } else if place.slice(first).trim_matches(['"', '\'']) == place.slice(again).trim_matches(['"', '\'']) {
                problem
            } else {
                problem.note(format!(
                    "{} and {} are the same key in JSON",
                    shown(place.slice(first)),
                    shown(place.slice(again)),
                ))
            }
        });
    }

    fn merged_over(&mut self, key: &str, written: Span, merge: Span) {
        self.report(|| {
            let key = shown(key);
            Diagnostic::new(
                &codes::DUPLICATE_KEY,
                merge,
                format!("`<<` merges the key `{key}`, which is written before it"),
            )
            .label(written, "written here")
            .note("`kubectl` takes the merged value, and other readers take the written one")
            .help("move `<<` to the beginning of the map: then what is written counts everywhere")
        });
    }

    /// Reports, unless this is a copy.
    fn report(&mut self, problem: impl FnOnce() -> Diagnostic) {
        if self.copying == 0 {
            self.problems.push(problem());
        }
    }
}

fn kind(scalar: &Scalar<'_>) -> NodeKind {
    match scalar {
        Scalar::Null => NodeKind::Null,
        Scalar::Bool(value) => NodeKind::Bool(*value),
        Scalar::Integer(value) => NodeKind::Integer(*value),
        Scalar::Float(value) => NodeKind::Float(*value),
        Scalar::Text(text) => NodeKind::Text(text.as_ref().into()),
    }
}
