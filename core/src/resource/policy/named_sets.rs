//! Requests that policies name together, as data: `core/data/named-sets`.
//!
//! The name of a set ends with the number of its edition. What an edition says never changes, so that a new release of egressc
//! opens nothing in a policy that nobody touched; a set that needs other requests gets another edition. A set has no hosts:
//! most of those who limit such requests have mirrors and servers of their own.

use super::http::{self, RequestItem};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, standing_alone};

/// A set.
#[derive(Debug)]
pub struct NamedSet {
    /// As policies write it, with its edition.
    pub name: &'static str,
    /// Its file: what it is for in comments, and `allow` as a policy has it.
    text: &'static str,
    /// What it is there to leave out.
    pub withheld: WithheldRequests,
}

/// The requests for which a set is used instead of an item that allows more.
#[derive(Debug)]
pub struct WithheldRequests {
    /// What they do.
    pub what: &'static str,
    /// Their methods.
    pub methods: &'static [&'static str],
    /// Where they go.
    pub paths: WithheldPaths,
}

/// Paths of requests that a set leaves out.
#[derive(Debug)]
pub enum WithheldPaths {
    /// Every path with this last segment.
    EndingIn(&'static str),
    /// These, which stand for all.
    Usual(&'static [&'static str]),
}

/// Every edition of every set, by name.
pub const NAMED_SETS: [NamedSet; 2] = [
    NamedSet {
        name: "git-clone/1",
        text: include_str!("../../../data/named-sets/git-clone-1.yaml"),
        withheld: WithheldRequests {
            what: "a push",
            methods: &["POST"],
            paths: WithheldPaths::EndingIn("git-receive-pack"),
        },
    },
    NamedSet {
        name: "python-registry/1",
        text: include_str!("../../../data/named-sets/python-registry-1.yaml"),
        withheld: WithheldRequests {
            what: "the upload of a package",
            methods: &["POST", "PUT"],
            // Where the servers of PyPI and of common mirrors take packages.
            paths: WithheldPaths::Usual(&["/", "/legacy/", "/simple/", "/packages/a", "/pypi/a"]),
        },
    },
];

impl NamedSet {
    /// The set of this name, which may be written with the `@` by which `explain` knows it.
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = name.strip_prefix('@').unwrap_or(name);
        NAMED_SETS.iter().find(|set| set.name == name)
    }

    /// What it is for, without its fields.
    pub fn about(&self) -> String {
        let comments = self.text.lines().map_while(|line| line.strip_prefix('#'));
        let lines: Vec<&str> = comments.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n")
    }

    /// Its fields, as a policy would have them.
    pub fn fields(&self) -> String {
        let lines: Vec<&str> = self.text.lines().skip_while(|line| line.starts_with('#')).collect();
        lines.join("\n")
    }

    /// The requests that it allows, all at the place of its name. A file that cannot be read allows nothing.
    pub fn requests(&self, at: Span) -> Vec<RequestItem> {
        let Some(mut root) = standing_alone(self.text) else { return Vec::new() };
        place(&mut root, at);
        http::read(&root).allow.map(|allow| allow.value).unwrap_or_default()
    }
}

/// Gives every node of a file, which has few levels, the place of the set's name.
fn place(node: &mut Node, at: Span) {
    node.span = at;
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().for_each(|item| place(item, at)),
        NodeKind::Map(entries) => {
            for entry in entries {
                entry.key_span = at;
                place(&mut entry.value, at);
            }
        }
        _ => {}
    }
}
