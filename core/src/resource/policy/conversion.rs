//! What changes in a document where one kind of policy becomes the other.

use super::{ASM_SHAPE, PolicyKind};
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::conform::conform;
use crate::resource::kind::{Header, list_items};
use crate::source::Span;
use crate::syntax::Node;

impl PolicyKind {
    /// The `apiVersion` that is written for it.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Asm => "istio.alibabacloud.com/v1",
            Self::Egress => "egressc.dev/v1alpha1",
        }
    }
}

/// A text that takes the place of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// The place of the value.
    pub span: Span,
    /// The new value.
    pub text: &'static str,
}

/// The replacements that make the policies of a document policies of another kind. What has no place in it is reported.
pub fn conversion(root: &Node, to: PolicyKind, report: &mut Report) -> Vec<Replacement> {
    if let Some(items) = list_items(root) {
        return items.items().iter().flat_map(|item| conversion(item, to, report)).collect();
    }
    let from = match Header::of(root).map(|header| (header.group, header.kind)) {
        Some(("istio.alibabacloud.com", "ASMEgressTrafficPolicy")) => PolicyKind::Asm,
        Some(("egressc.dev", "EgressPolicy")) => PolicyKind::Egress,
        _ => return Vec::new(),
    };
    if from == to {
        return Vec::new();
    }
    if to == PolicyKind::Asm {
        report.extend(without_place(root));
    }
    let replaced = [("apiVersion", to.api_version()), ("kind", to.name())];
    replaced.into_iter().filter_map(|(key, text)| Some(Replacement { span: root.get(key)?.span, text })).collect()
}

/// The fields that ASM's kind does not have.
fn without_place(root: &Node) -> Vec<Diagnostic> {
    let mut found = Report::default();
    conform(root, &ASM_SHAPE, "", &mut found);
    let of_shape = found.into_diagnostics().filter(|each| each.code == &codes::FIELD_OF_EGRESS_POLICY);
    of_shape.chain(wildcards(root)).chain(other_gateways(root)).collect()
}

/// The rules that use another gateway than their policy.
fn other_gateways(root: &Node) -> Vec<Diagnostic> {
    let Some(spec) = root.given("spec") else { return Vec::new() };
    let name = |node: &Node| Some(node.given("byEgressGateway")?.given("name")?.clone());
    let of_policy = name(spec);
    let items = |node: &Node, key: &str| node.given(key).map(Node::items).unwrap_or_default().to_vec();
    let to = items(spec, "egressRules").into_iter().flat_map(|rule| items(&rule, "to"));
    let others = to.filter_map(|to| name(&to)).filter(|other| {
        let text = of_policy.as_ref().and_then(Node::text);
        other.text().is_some() && other.text() != text
    });
    others
        .map(|other| {
            Diagnostic::new(
                &codes::OTHER_GATEWAY,
                other.span,
                format!(
                    "a rule of `ASMEgressTrafficPolicy` cannot use gateway `{}`, which is not that of its policy",
                    shown(other.text().unwrap_or_default())
                ),
            )
            .help("move the rule to a policy for that gateway first")
        })
        .collect()
}

/// The hosts that are wildcards.
fn wildcards(root: &Node) -> impl Iterator<Item = Diagnostic> {
    let items = |node: &'_ Node, key: &str| node.given(key).map(Node::items).unwrap_or_default().to_vec();
    let rules = root.given("spec").map(|spec| items(spec, "egressRules")).unwrap_or_default();
    let to = rules.into_iter().flat_map(move |rule| items(&rule, "to"));
    let hosts = to.flat_map(move |to| items(&to, "hosts"));
    hosts.filter_map(|host| {
        let name = host.text().filter(|name| name.starts_with("*."))?;
        Some(
            Diagnostic::new(
                &codes::WILDCARD_HOST,
                host.span,
                format!("`ASMEgressTrafficPolicy` has no wildcards such as `{}`", shown(name)),
            )
            .help("list each host name first"),
        )
    })
}
