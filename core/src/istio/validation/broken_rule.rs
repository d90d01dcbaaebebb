//! What is wrong with an object, as data.

use crate::istio::Meta;
use crate::istio::fields::Fields;
use crate::source::Span;

/// A rule that an object breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    /// The rule, in words about this object.
    pub rule: String,
    /// Where the rule stands: a function of Istio and its file, or the schema.
    pub source: &'static str,
    /// The field; `None` in what egressc made.
    pub span: Option<Span>,
}

/// An object that is not in the mesh, because the Kubernetes API or Istio's webhook refuses it.
#[derive(Debug, Clone)]
pub struct RefusedObject {
    /// What it is called.
    pub meta: Meta,
    /// Why; there is at least one.
    pub broken: Vec<BrokenRule>,
}

/// How many broken rules of one object are kept: more are never read.
const MOST: usize = 8;

/// Collects what is wrong with one object.
#[derive(Default)]
pub(super) struct BrokenRules(pub(super) Vec<BrokenRule>);

impl BrokenRules {
    /// Adds a rule that is broken at a field.
    pub(super) fn refuse(&mut self, at: Fields<'_>, source: &'static str, rule: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(BrokenRule { rule: rule.into(), source, span: at.span() });
        }
    }

    /// Adds the rule that a check found broken.
    pub(super) fn check(&mut self, at: Fields<'_>, source: &'static str, checked: Result<(), String>) {
        if let Err(rule) = checked {
            self.refuse(at, source, rule);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
