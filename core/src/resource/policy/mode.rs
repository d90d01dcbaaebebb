//! Whether a rule blocks what it does not allow.

use crate::resource::read;
use crate::source::Spanned;
use crate::syntax::Node;

/// `mode` of a policy or a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleMode {
    /// What it does not allow is blocked.
    Enforce,
    /// What it does not allow, and would be open to others of the namespace, is let through and visible in access logs.
    Audit,
}

impl RuleMode {
    /// As documents write it.
    pub(super) const NAMES: &'static [&'static str] = &["enforce", "audit"];
}

pub(super) fn read(node: &Node) -> Option<Spanned<RuleMode>> {
    let written = read::text(node, "mode")?;
    let mode = match written.value.as_str() {
        "enforce" => RuleMode::Enforce,
        "audit" => RuleMode::Audit,
        _ => return None,
    };
    Some(Spanned::new(mode, written.span))
}
