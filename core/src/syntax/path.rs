use super::{Node, NodeKind};
use crate::source::Span;

/// The field that a span is of, as `spec.egressRules[0].to[0]`; `None` when the span is not inside the tree.
///
/// What an alias stands for has the place of its anchor, so the path is the anchor's.
pub fn path(root: &Node, span: Span) -> Option<String> {
    let holds = |outer: Span| outer.source == span.source && outer.start <= span.start && span.end <= outer.end;
    if !holds(root.span) {
        return None;
    }
    let mut path = String::new();
    let mut node = root;
    loop {
        match &node.kind {
            NodeKind::Map(entries) => {
                let Some(entry) = entries.iter().find(|entry| holds(entry.key_span) || holds(entry.value.span)) else {
                    break;
                };
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entry.key);
                if holds(entry.key_span) {
                    break;
                }
                node = &entry.value;
            }
            NodeKind::List(items) => {
                // Bisected, since lists may be long; what an alias stands for is out of order and not looked for.
                let after = items.partition_point(|item| item.span.start <= span.start);
                let Some((index, item)) = after.checked_sub(1).and_then(|index| Some((index, items.get(index)?)))
                else {
                    break;
                };
                if !holds(item.span) {
                    break;
                }
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                node = item;
            }
            _ => break,
        }
    }
    Some(path)
}
