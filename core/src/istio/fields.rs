//! Takes values out of an object without judging them: what is not understood is named, so that it can be doubted.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::object::Marks;
use crate::resource::{LabelRequirement, Labels, NamespaceSelector};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

/// A value of an object, mostly a map.
#[derive(Clone, Copy)]
pub(super) enum Fields<'n> {
    /// In a text, with its place.
    Given(&'n Node),
    /// In an object that egressc made: it has no place.
    Made(&'n Value),
}

/// What a value is, without its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum View<'n> {
    Null,
    Flag(bool),
    Integer(i64),
    Number(f64),
    Text(&'n str),
    List,
    Map,
}

impl View<'_> {
    /// What it is called in a sentence.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag(_) => "`true` or `false`",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

impl<'n> Fields<'n> {
    /// What it is.
    pub(super) fn view(self) -> View<'n> {
        match self {
            Self::Given(node) => match &node.kind {
                NodeKind::Null => View::Null,
                NodeKind::Bool(flag) => View::Flag(*flag),
                NodeKind::Integer(number) => View::Integer(*number),
                NodeKind::Float(number) => View::Number(*number),
                NodeKind::Text(text) => View::Text(text),
                NodeKind::List(_) => View::List,
                NodeKind::Map(_) => View::Map,
            },
            Self::Made(value) => match value {
                Value::Null => View::Null,
                Value::Bool(flag) => View::Flag(*flag),
                Value::Number(number) => {
                    number.as_i64().map_or_else(|| View::Number(number.as_f64().unwrap_or_default()), View::Integer)
                }
                Value::String(text) => View::Text(text),
                Value::Array(_) => View::List,
                Value::Object(_) => View::Map,
            },
        }
    }

    /// The text that it is; empty for anything else.
    pub(super) fn str(self) -> &'n str {
        match self.view() {
            View::Text(text) => text,
            _ => "",
        }
    }

    /// The whole number that it is.
    pub(super) fn whole(self) -> Option<i64> {
        match self.view() {
            View::Integer(number) => Some(number),
            View::Number(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }

    /// The number that it is.
    pub(super) fn real(self) -> Option<f64> {
        match self.view() {
            View::Integer(number) => number.to_string().parse().ok(),
            View::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Where it stands; `None` in what egressc made.
    pub(super) fn span(self) -> Option<Span> {
        match self {
            Self::Given(node) => Some(node.span),
            Self::Made(_) => None,
        }
    }

    /// A value that is there: Kubernetes drops nulls before it looks.
    pub(super) fn child(self, key: &str) -> Option<Self> {
        match self {
            Self::Given(node) => node.get(key).filter(|value| value.kind != NodeKind::Null).map(Self::Given),
            Self::Made(value) => value.get(key).filter(|value| !value.is_null()).map(Self::Made),
        }
    }

    pub(super) fn has(self, key: &str) -> bool {
        self.child(key).is_some()
    }

    pub(super) fn text(self, key: &str) -> Option<String> {
        self.child(key)?.itself()
    }

    pub(super) fn number(self, key: &str) -> Option<i64> {
        match self.child(key)? {
            Self::Given(node) => match &node.kind {
                NodeKind::Integer(number) => Some(*number),
                NodeKind::Text(text) => text.parse().ok(),
                _ => None,
            },
            Self::Made(Value::String(text)) => text.parse().ok(),
            Self::Made(value) => value.as_i64(),
        }
    }

    pub(super) fn port(self, key: &str) -> Option<u16> {
        self.number(key).and_then(|number| u16::try_from(number).ok()).filter(|port| *port != 0)
    }

    pub(super) fn flag(self, key: &str) -> bool {
        match self.child(key) {
            Some(Self::Given(node)) => node.kind == NodeKind::Bool(true),
            Some(Self::Made(value)) => value.as_bool() == Some(true),
            None => false,
        }
    }

    /// The items of a list; of anything else there are none.
    pub(super) fn items(self, key: &str) -> impl Iterator<Item = Self> {
        Self::elements_of(self.child(key))
    }

    /// What is made of the items of a list, with place for no more.
    pub(super) fn each<T>(self, key: &str, made: impl FnMut(Self) -> Option<T>) -> Vec<T> {
        let items = self.items(key);
        let mut all = Vec::with_capacity(items.size_hint().0);
        all.extend(items.filter_map(made));
        all
    }

    /// Whether it is a list.
    pub(super) fn is_list(self) -> bool {
        match self {
            Self::Given(node) => matches!(node.kind, NodeKind::List(_)),
            Self::Made(value) => value.is_array(),
        }
    }

    /// The items of the list that it is.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        Self::elements_of(Some(self))
    }

    /// Their number is known, so that a list of what is made of them has no spare places: most have one, and few are small.
    fn elements_of(list: Option<Self>) -> impl Iterator<Item = Self> {
        let (given, made): (&[Node], &[Value]) = match list {
            Some(Self::Given(node)) => (node.items(), &[]),
            Some(Self::Made(value)) => (&[], value.as_array().map_or(&[], Vec::as_slice)),
            None => (&[], &[]),
        };
        given.iter().map(Self::Given).chain(made.iter().map(Self::Made))
    }

    /// Keys and values of a map; of anything else there are none.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'n str, Self)> {
        let (given, made) = match self {
            Self::Given(node) => (node.entries(), None),
            Self::Made(value) => (&[][..], value.as_object()),
        };
        let given = given.iter().map(|entry| (&*entry.key, Self::Given(&entry.value)));
        given.chain(made.into_iter().flatten().map(|(key, value)| (key.as_str(), Self::Made(value))))
    }

    /// The same without nulls, which Kubernetes drops.
    pub(super) fn given_entries(self) -> impl Iterator<Item = (&'n str, Self)> {
        self.entries().filter(|(_, value)| value.view() != View::Null)
    }

    pub(super) fn texts(self, key: &str) -> Vec<String> {
        self.each(key, Self::itself)
    }

    pub(super) fn labels(self, key: &str) -> Option<Labels> {
        let entries = self.child(key)?.entries();
        Some(entries.filter_map(|(key, value)| Some((key.to_owned(), value.itself()?))).collect())
    }

    /// A label selector for namespaces; `None` for one with an operator that Kubernetes does not know.
    pub(super) fn namespace_selector(self) -> Option<NamespaceSelector> {
        let requirement = |each: Self| {
            let (key, operator) = (each.text("key").unwrap_or_default(), each.text("operator").unwrap_or_default());
            LabelRequirement::new(key, &operator, each.texts("values"))
        };
        Some(NamespaceSelector {
            labels: self.labels("matchLabels").unwrap_or_default(),
            requirements: self.items("matchExpressions").map(requirement).collect::<Option<_>>()?,
        })
    }

    pub(super) fn marks(self, key: &str) -> Marks {
        let entries = self.child(key).into_iter().flat_map(Self::entries);
        let mut marks: Vec<(String, String)> =
            entries.filter_map(|(key, value)| Some((key.to_owned(), value.itself()?))).collect();
        marks.sort_unstable();
        Marks(marks.into_boxed_slice())
    }

    /// The text of the value itself, when it is a scalar.
    pub(super) fn itself(self) -> Option<String> {
        match self {
            Self::Given(node) => match &node.kind {
                NodeKind::Text(text) => Some(text.to_string()),
                NodeKind::Integer(number) => Some(number.to_string()),
                NodeKind::Float(number) => Some(number.to_string()),
                NodeKind::Bool(fact) => Some(fact.to_string()),
                NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
            },
            Self::Made(value) => match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(fact) => Some(fact.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            },
        }
    }

    /// Keys that have a value and are not among those that are understood.
    pub(super) fn unsupported(self, known: &[&str]) -> Vec<String> {
        let unsupported = self.entries().filter(|(key, value)| !known.contains(key) && !value.is_empty());
        unsupported.map(|(key, _)| key.to_owned()).collect()
    }

    fn is_null(self) -> bool {
        match self {
            Self::Given(node) => node.kind == NodeKind::Null,
            Self::Made(value) => value.is_null(),
        }
    }

    fn is_empty(self) -> bool {
        match self {
            Self::Given(node) => match &node.kind {
                NodeKind::Null => true,
                NodeKind::List(items) => items.is_empty(),
                _ => false,
            },
            Self::Made(value) => value.is_null() || value.as_array().is_some_and(Vec::is_empty),
        }
    }
}

/// As digests are computed: keys in order, and without the nulls that Kubernetes drops.
impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Given(Node { kind: NodeKind::Map(_), .. }) | Self::Made(Value::Object(_)) => {
                let entries = self.entries().filter(|(_, value)| !value.is_null());
                serializer.collect_map(entries.collect::<BTreeMap<_, _>>())
            }
            Self::Given(Node { kind: NodeKind::List(items), .. }) => {
                serializer.collect_seq(items.iter().map(Self::Given))
            }
            Self::Given(node) => match &node.kind {
                NodeKind::Text(text) => serializer.serialize_str(text),
                NodeKind::Integer(number) => serializer.serialize_i64(*number),
                NodeKind::Float(number) => serializer.serialize_f64(*number),
                NodeKind::Bool(fact) => serializer.serialize_bool(*fact),
                NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => serializer.serialize_unit(),
            },
            Self::Made(Value::Array(items)) => serializer.collect_seq(items.iter().map(Self::Made)),
            Self::Made(value) => value.serialize(serializer),
        }
    }
}
