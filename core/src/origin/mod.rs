//! The marks that egressc writes on its objects, and the decision which objects are its own.
//!
//! People and tools write the label too, and a copy keeps its annotations. So an object is egressc's own only when its
//! digest shows that it is as it was written. This finds mistakes. It does not keep an attacker out, who can compute a
//! digest by hand.

mod digest;

pub use digest::{DigestContent, counts};

use std::collections::BTreeSet;

/// Who made an object; `kubectl apply --prune -l app.kubernetes.io/managed-by=egressc` deletes what is no longer made.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "egressc");
/// The policies and rules that an object was made for.
pub const MADE_FOR: &str = "egressc.dev/origin";
/// The digest of what was written.
pub const DIGEST: &str = "egressc.dev/digest";

/// What makes an object the same one: versions of one group share their objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    group: String,
    kind: String,
    namespace: String,
    name: String,
}

impl Identity {
    /// Of the words of an object.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self { group: group.to_owned(), kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// What an object says about who made it, and whether that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It has none of our marks.
    None,
    /// It has one of our marks, as people and tools write them too.
    Partial,
    /// It has our marks, and is not what was written with them.
    Broken,
    /// It is as egressc wrote it.
    Holds,
}

impl Claim {
    /// The claim of an object; `label` and `annotation` look a mark up, `digest` computes what ought to be written.
    pub fn of<'m>(
        label: impl Fn(&str) -> Option<&'m str>,
        annotation: impl Fn(&str) -> Option<&'m str>,
        digest: impl FnOnce() -> Option<String>,
    ) -> Self {
        let (key, maker) = MANAGED_BY;
        let labelled = label(key) == Some(maker);
        match (labelled, annotation(MADE_FOR), annotation(DIGEST)) {
            (false, None, None) => Self::None,
            (true, Some(_), Some(written)) if digest().is_some_and(|digest| digest == written) => Self::Holds,
            (true, Some(_), _) => Self::Broken,
            _ => Self::Partial,
        }
    }
}

/// What an object is to a compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// This compile makes it anew.
    Replaced,
    /// An earlier compile made it, and it has not been changed since.
    MadeBefore,
    /// It is the user's own, even where its marks claim something else.
    Own,
}

/// The decision. Only an object that is replaced, or verifiably made by egressc, is left out of the proof.
pub fn standing(identity: &Identity, claim: Claim, made: &BTreeSet<Identity>) -> Standing {
    match claim {
        _ if made.contains(identity) => Standing::Replaced,
        Claim::Holds => Standing::MadeBefore,
        Claim::None | Claim::Partial | Claim::Broken => Standing::Own,
    }
}
