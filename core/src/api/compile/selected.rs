//! `check` for a linter: the diagnostics of some codes, with what tells one from another when lines move.

use super::types::CheckResponse;
use crate::api::Workspace;
use crate::api::workspace::{Said, shown};
use crate::diagnostic::{Code, Report, codes};
use crate::resource::object_at;
use crate::source::Span;
use crate::syntax::Node;

/// The diagnostics of some codes.
#[derive(Debug)]
pub struct Selected {
    /// The response of `check` with these diagnostics alone. `ok` is that of all of them.
    pub response: CheckResponse,
    /// For each of its diagnostics, the object with the first place.
    pub objects: Vec<Option<ObjectName>>,
    /// How many there are of each code, in the order of the codes. The response may show fewer.
    pub counts: Vec<(&'static Code, usize)>,
}

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

/// As [`Workspace::check`], with the diagnostics of some codes. The others do not count towards the number that is shown.
pub fn check_selected(workspace: &Workspace, is_selected: impl Fn(&'static Code) -> bool) -> Selected {
    let selected: Vec<_> = workspace.checked().iter().filter(|each| is_selected(each.code)).cloned().collect();
    let selected = Report::from(selected).sorted();
    let number = |code: &Code| selected.iter().filter(|each| each.code == code).count();
    let counts = codes::ALL.iter().map(|code| (*code, number(code))).filter(|(_, number)| *number > 0).collect();
    let shown = shown(Report::from(selected));
    let objects = shown.iter().map(|each| each.span().and_then(|span| object_name(workspace, span))).collect();
    let (Said { diagnostics, rendered }, _) = workspace.say_all(&shown);
    Selected { response: CheckResponse { diagnostics, rendered, ..workspace.check() }, objects, counts }
}

fn object_name(workspace: &Workspace, place: Span) -> Option<ObjectName> {
    let object = workspace.documents().iter().find_map(|document| object_at(&document.root, place))?;
    let metadata = object.get("metadata");
    let word = |node: Option<&Node>| node.and_then(Node::text).map(str::to_owned);
    Some(ObjectName {
        kind: word(object.get("kind"))?,
        namespace: word(metadata.and_then(|metadata| metadata.get("namespace"))).unwrap_or_default(),
        name: word(metadata.and_then(|metadata| metadata.get("name")))?,
    })
}
