//! What the object of a place is called.

use crate::api::Workspace;
use crate::resource::object_at;
use crate::source::Span;
use crate::syntax::Node;

/// What an object is called in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where the document has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

pub(super) fn object_name(workspace: &Workspace, place: Span) -> Option<ObjectName> {
    let object = workspace.documents().iter().find_map(|document| object_at(&document.root, place))?;
    let metadata = object.get("metadata");
    let word = |node: Option<&Node>| node.and_then(Node::text).map(str::to_owned);
    Some(ObjectName {
        kind: word(object.get("kind"))?,
        namespace: word(metadata.and_then(|metadata| metadata.get("namespace"))).unwrap_or_default(),
        name: word(metadata.and_then(|metadata| metadata.get("name")))?,
    })
}
