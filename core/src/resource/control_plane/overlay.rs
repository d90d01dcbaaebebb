//! One tree over another, key by key, as Helm and istioctl merge values.

use crate::syntax::{Entry, Node, NodeKind};

/// `over`, and what `under` has beside it. Calls itself once for each level, of which there are few.
pub(super) fn overlay(over: &Node, under: &Node) -> Node {
    let (NodeKind::Map(own), NodeKind::Map(others)) = (&over.kind, &under.kind) else { return over.clone() };
    let mut entries: Vec<Entry> = own.clone();
    for entry in &mut entries {
        if let Some(other) = under.get(&entry.key) {
            entry.value = overlay(&entry.value, other);
        }
    }
    entries.extend(others.iter().filter(|entry| over.get(&entry.key).is_none()).cloned());
    Node { span: over.span, kind: NodeKind::Map(entries) }
}
