//! `OpenShift` Service Mesh 2, whose control plane is not Istio's: it sees the objects of its members alone, injects pods by an
//! annotation whatever the labels of their namespace are, and is configured by kinds of its own (`maistra.io`).

use super::kind::Header;
use crate::source::Spanned;
use crate::syntax::Node;

/// The group of its kinds, and of the label that its operator sets on namespaces of members.
const GROUP: &str = "maistra.io";
const MEMBER_OF: &str = "maistra.io/member-of";
/// Kinds that set it up.
const KINDS: [&str; 3] = ["ServiceMeshControlPlane", "ServiceMeshMemberRoll", "ServiceMeshMember"];

/// What shows, in an object, that the mesh is one of `OpenShift` Service Mesh 2.
pub fn of_openshift_2(object: &Node) -> Option<Spanned<String>> {
    let Header { group, kind } = Header::of(object)?;
    let metadata = object.given("metadata")?;
    if group == GROUP && KINDS.contains(&kind) {
        let name = metadata.given("name")?;
        return Some(Spanned::new(format!("{kind} `{}`", name.text()?), name.span));
    }
    if !group.is_empty() || kind != "Namespace" {
        return None;
    }
    let label = metadata.given("labels")?.entries().iter().find(|entry| &*entry.key == MEMBER_OF)?;
    let name = metadata.given("name").and_then(Node::text)?;
    Some(Spanned::new(format!("label `{MEMBER_OF}` of namespace `{name}`"), label.key_span))
}
