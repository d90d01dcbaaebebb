//! Takes typed values out of a tree.
//!
//! What is absent or wrong gives nothing: [`super::conform`] has said so already, and once is enough.

use super::{Labels, Metadata, PortRef};
use crate::source::Spanned;
use crate::syntax::{Node, NodeKind};

pub(super) fn text(node: &Node, key: &str) -> Option<Spanned<String>> {
    let value = node.given(key)?;
    Some(Spanned::new(value.text()?.to_owned(), value.span))
}

pub(super) fn boolean(node: &Node, key: &str) -> Option<Spanned<bool>> {
    let value = node.given(key)?;
    match value.kind {
        NodeKind::Bool(fact) => Some(Spanned::new(fact, value.span)),
        _ => None,
    }
}

pub(super) fn port(node: &Node, key: &str) -> Option<Spanned<u16>> {
    let value = node.given(key)?;
    Some(Spanned::new(port_number(value)?, value.span))
}

fn port_number(node: &Node) -> Option<u16> {
    match node.kind {
        NodeKind::Integer(number) => u16::try_from(number).ok().filter(|number| *number != 0),
        _ => None,
    }
}

pub(super) fn port_ref(node: &Node, key: &str) -> Option<Spanned<PortRef>> {
    let value = node.given(key)?;
    let port = match value.text() {
        Some(name) => PortRef::Name(name.to_owned()),
        None => PortRef::Number(port_number(value)?),
    };
    Some(Spanned::new(port, value.span))
}

/// Labels; nothing when the selector is empty or misshapen, so that a broken one never selects all.
pub(super) fn labels(node: &Node, key: &str) -> Option<Spanned<Labels>> {
    let value = node.given(key)?;
    let labels: Labels = value
        .entries()
        .iter()
        .filter_map(|entry| Some((entry.key.to_string(), entry.value.text()?.to_owned())))
        .collect();
    Some(Spanned::new(labels, value.span))
}

pub(super) fn metadata(root: &Node) -> Option<Metadata> {
    let metadata = root.given("metadata")?;
    Some(Metadata { name: text(metadata, "name")?, namespace: text(metadata, "namespace") })
}

/// Kind and name of the object that made this one.
pub(super) fn owner(root: &Node) -> Option<(String, String)> {
    let owners = root.given("metadata").and_then(|own| own.given("ownerReferences")).map(Node::items);
    let owner = owners?.first()?;
    let said = |key| text(owner, key).map(|text| text.value).unwrap_or_default();
    Some((said("kind"), said("name")))
}

/// The items of a list, each read by `read`; what cannot be read is left out.
pub(super) fn each<T>(node: &Node, key: &str, read: impl Fn(&Node) -> Option<T>) -> Vec<T> {
    node.given(key).map(Node::items).unwrap_or_default().iter().filter_map(read).collect()
}

/// A text, or a number or truth value that somebody forgot to quote.
pub(super) fn word(node: &Node, key: &str) -> Option<Spanned<String>> {
    let value = node.given(key)?;
    let text = match &value.kind {
        NodeKind::Integer(number) => number.to_string(),
        NodeKind::Bool(fact) => fact.to_string(),
        _ => value.text()?.to_owned(),
    };
    Some(Spanned::new(text, value.span))
}

/// A truth value as Go reads it (`strconv.ParseBool`); nothing for other texts.
pub(super) fn is_true(node: &Node, key: &str) -> Option<Spanned<bool>> {
    let word = word(node, key)?;
    let fact = match word.as_str() {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => true,
        "0" | "f" | "F" | "FALSE" | "false" | "False" => false,
        _ => return None,
    };
    Some(word.map(|_| fact))
}
