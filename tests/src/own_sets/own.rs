use serde_json::{Value, json};

/// An object of the user's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// What it is like, in a word: differences are counted by it.
    pub shape: &'static str,
    /// The document.
    pub value: Value,
}

/// Documents as one `List`.
pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.into_iter().collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}
