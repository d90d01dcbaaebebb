//! Reads a message out of a tree.

use super::value::{EnumWords, Message, Value};
use crate::resource::conform::join;
use crate::resource::duration::nanoseconds;
use crate::resource::name_rules::nearest;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};

/// A value that makes the message around it unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::resource) struct Unreadable {
    /// Where it stands.
    pub place: Span,
    /// What is wrong with it.
    pub rule: String,
    /// What to write instead, if that is plain.
    pub instead: Option<String>,
}

/// The same tree with the names that JSON has, and with the words of enums. `Err` where Istio cannot read it, with at least
/// one reason.
pub(in crate::resource) fn read(message: &'static Message, node: &Node) -> Result<Node, Vec<Unreadable>> {
    let mut reading = MessageReading { unreadable: Vec::new() };
    let found = reading.message(message, node, "");
    if reading.unreadable.is_empty() { Ok(found) } else { Err(reading.unreadable) }
}

struct MessageReading {
    unreadable: Vec<Unreadable>,
}

impl MessageReading {
    fn message(&mut self, message: &'static Message, node: &Node, path: &str) -> Node {
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries,
            NodeKind::Null => return node.clone(),
            _ => return self.wrong("a map", node, path),
        };
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some((name, value)) = message.0.iter().find(|(name, _)| is_called(&entry.key, name)) else {
                found.push(entry.clone());
                continue;
            };
            // Of both names that of JSON counts.
            if *entry.key != **name && node.get(name).is_some() {
                continue;
            }
            let value = match &entry.value.kind {
                NodeKind::Null => entry.value.clone(),
                _ => self.value(value, &entry.value, &join(path, &entry.key)),
            };
            found.push(Entry { key: (*name).into(), key_span: entry.key_span, value });
        }
        Node { span: node.span, kind: NodeKind::Map(found) }
    }

    fn value(&mut self, value: &'static Value, node: &Node, path: &str) -> Node {
        match (value, &node.kind) {
            (Value::Of(message), _) => self.message(message, node, path),
            (Value::List(of), NodeKind::List(items)) => {
                let item = |(index, item)| self.value(of, item, &format!("{path}[{index}]"));
                let items = items.iter().enumerate().map(item).collect();
                Node { span: node.span, kind: NodeKind::List(items) }
            }
            (Value::Map(of), NodeKind::Map(entries)) => {
                let each = |entry: &Entry| Entry {
                    key: entry.key.clone(),
                    key_span: entry.key_span,
                    value: self.value(of, &entry.value, &join(path, &entry.key)),
                };
                Node { span: node.span, kind: NodeKind::Map(entries.iter().map(each).collect()) }
            }
            (Value::Enum(words), NodeKind::Text(text)) => {
                if words.iter().all(|(word, _)| **word != **text) {
                    self.unknown_word(words, text, node, path);
                }
                node.clone()
            }
            (Value::Enum(words), NodeKind::Integer(number)) => {
                let word = words.iter().find(|(_, known)| known == number);
                let kind = word.map_or_else(|| node.kind.clone(), |(word, _)| NodeKind::Text((*word).into()));
                Node { span: node.span, kind }
            }
            (value, kind) if is_one(value, kind) => node.clone(),
            (value, _) => self.wrong(value.noun(), node, path),
        }
    }

    fn wrong(&mut self, expected: &str, node: &Node, path: &str) -> Node {
        let what = if path.is_empty() { "it".to_owned() } else { format!("`{path}`") };
        let instead = match &node.kind {
            NodeKind::Bool(fact) if expected == Value::Text.noun() => Some(format!("\"{fact}\"")),
            NodeKind::Integer(number) if expected == Value::Text.noun() => Some(format!("\"{number}\"")),
            NodeKind::Text(text) if matches!(&**text, "true" | "false") && expected == Value::Flag.noun() => {
                Some(text.to_string())
            }
            _ => None,
        };
        let rule = format!("{what} must be {expected}, and this is {}", node.describe());
        self.unreadable.push(Unreadable { place: node.span, rule, instead });
        node.clone()
    }

    fn unknown_word(&mut self, words: EnumWords, text: &str, node: &Node, path: &str) {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let rule = format!("`{path}` must be {}, and this is another word", known.join(", "));
        let instead = nearest(text, known.into_iter()).map(str::to_owned);
        self.unreadable.push(Unreadable { place: node.span, rule, instead });
    }
}

/// Whether a scalar, or any map, is such a value. A null in a list or map is what the type has without a value.
fn is_one(value: &Value, kind: &NodeKind) -> bool {
    match (value, kind) {
        (Value::Duration, NodeKind::Text(text)) => nanoseconds(text).is_some(),
        (Value::Duration, _) => false,
        (Value::Text, NodeKind::Text(_))
        | (Value::Flag, NodeKind::Bool(_))
        | (Value::Number, NodeKind::Integer(_) | NodeKind::Float(_))
        | (Value::Struct, NodeKind::Map(_))
        | (_, NodeKind::Null) => true,
        (Value::Integer { least, most }, NodeKind::Integer(number)) => (least..=most).contains(&number),
        // JSON has no whole numbers of their own: `5.0` is one, within the range.
        (Value::Integer { least, most }, NodeKind::Float(number)) => {
            number.fract() == 0.0
                && format!("{number:.0}").parse().is_ok_and(|number: i64| (least..=most).contains(&&number))
        }
        // Quotes around a number are taken off.
        (Value::Integer { least, most }, NodeKind::Text(text)) => {
            text.parse().is_ok_and(|number: i64| (least..=most).contains(&&number) && number.to_string() == **text)
        }
        (Value::Number, NodeKind::Text(text)) => text.parse::<f64>().is_ok(),
        _ => false,
    }
}

/// Whether a key is a field's name in JSON, or its name in the message, which has `_` where that has capitals.
fn is_called(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut expected = name.chars().peekable();
    let mut is_after_line = false;
    for given in key.chars() {
        if given == '_' {
            is_after_line = true;
            continue;
        }
        let given = if is_after_line { given.to_ascii_uppercase() } else { given };
        is_after_line = false;
        if expected.next() != Some(given) {
            return false;
        }
    }
    expected.peek().is_none() && key.contains('_')
}
