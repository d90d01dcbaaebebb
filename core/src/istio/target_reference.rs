//! `targetRefs`: the objects that a policy is attached to, in place of a selector.

use super::fields::Fields;

/// An object that a policy is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetReference {
    /// Its API group; Kubernetes' core is empty.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, if one is written; no other than the policy's own ever matches.
    pub namespace: Option<String>,
}

impl TargetReference {
    /// Whether it names an object of this kind.
    pub fn is(&self, group: &str, kind: &str, name: &str) -> bool {
        self.group == group && self.kind == kind && self.name == name
    }
}

/// The targets of a policy; `targetRef` is the older form (`GetTargetRefs` of pilot/pkg/model/policyattachment.go).
pub(super) fn read(spec: Fields<'_>) -> Vec<TargetReference> {
    let target = |target: Fields<'_>| TargetReference {
        group: target.text("group").filter(|group| group != "core").unwrap_or_default(),
        kind: target.text("kind").unwrap_or_default(),
        name: target.text("name").unwrap_or_default(),
        namespace: target.text("namespace").filter(|namespace| !namespace.is_empty()),
    };
    let all: Vec<TargetReference> = spec.items("targetRefs").map(target).collect();
    if all.is_empty() { spec.child("targetRef").map(target).into_iter().collect() } else { all }
}
