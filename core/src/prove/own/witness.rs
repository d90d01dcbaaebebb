//! One request that shows what an object does.

use super::help::help;
use super::verdict::{Assessment, Effect, Policies};
use crate::diagnostic::Diagnostic;
use crate::istio::{Meta, Objects};
use crate::model::{PolicySet, wildcard};
use crate::source::Span;
use crate::trace::outcome::Simulation;
use crate::trace::{Decision, Query, Trace};
use crate::universe::{ClientNamespace, OTHER_NAMESPACE, RequestClass, Universe};

/// What requests have in common that are shown by one of them.
pub(super) type SharedCause = (Effect, Vec<String>);

/// The first of several requests with the same result for the same reasons.
pub(super) struct Witness {
    assessment: Assessment,
    class: RequestClass,
    query: Query,
    decided: Vec<Decision>,
    more: usize,
}

impl Witness {
    /// `trace` is the whole way of the request.
    pub(super) fn of(assessment: Assessment, class: &RequestClass, query: &Query, trace: &Trace) -> Self {
        let decided = trace.decided_by.iter().filter(|by| by.span.is_some()).cloned().collect();
        Self { assessment, class: class.clone(), query: query.clone(), decided, more: 0 }
    }

    pub(super) fn effect(&self) -> Effect {
        self.assessment.effect
    }

    /// Why it cannot be known what comes of it.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.assessment.trace.unknown.iter().map(String::as_str)
    }

    /// Adds a request with the same result; a request from any other namespace is a better example than one from a named namespace.
    pub(super) fn or(&mut self, other: Self) {
        let more = self.more.saturating_add(1);
        let is_wider = |witness: &Self| witness.class.client.namespace == ClientNamespace::AnyOther;
        if is_wider(&other) && !is_wider(self) {
            *self = other;
        }
        self.more = more;
    }

    pub(super) fn key(&self) -> SharedCause {
        let decided = self.decided.iter().map(|by| format!("{by:?}"));
        (self.effect(), decided.chain(self.assessment.trace.unknown.iter().cloned()).collect())
    }

    pub(super) fn diagnostic(
        &self,
        set: &PolicySet,
        policies: &Policies,
        universe: &Universe,
        proven: &Objects,
        theirs: &Objects,
    ) -> Diagnostic {
        let culprit = self.culprit(set, policies, universe, proven, theirs);
        let (kind, place) = match (&culprit, self.decided.last()) {
            (Some(meta), _) => (meta.kind.as_str(), self.place(meta)),
            (None, Some(decision)) => (decision.kind.as_str(), decision.span),
            (None, None) => ("", None),
        };
        let because = match &culprit {
            Some(meta) if self.effect() != Effect::Undecided => {
                format!(", because of {} `{}/{}`", meta.kind, meta.namespace, meta.name)
            }
            _ => String::new(),
        };
        let asked = self.query.describe().replace(&format!("`{OTHER_NAMESPACE}`"), "any other namespace");
        let what = policies.tell(&self.query, &self.assessment);
        let message = format!("{asked}: {what}{because}");
        let nearest = self.nearest_declaration(set);
        let code = self.effect().code();
        let found = match (place, nearest) {
            (Some(place), Some(nearest)) => {
                Diagnostic::new(code, place, message).label(nearest, "the nearest declaration")
            }
            (place, nearest) => Diagnostic::at(code, place.or(nearest), message),
        };
        let found = match self.more {
            0 => found,
            1 => found.note("one more request is affected in the same way"),
            more => found.note(format!("{more} more requests are affected in the same way")),
        };
        found.help(help(self.effect(), kind, set))
    }

    /// The declaration that is nearest to what was asked, or to where it arrived.
    fn nearest_declaration(&self, set: &PolicySet) -> Option<Span> {
        let dialled = set.flows().find(|flow| flow.host.value == self.class.host && flow.port() == self.class.port);
        let host = |name: &str| set.flows().find(|flow| wildcard::has(&flow.host.value, name));
        let reached = || self.assessment.trace.reached.as_ref().and_then(|reached| host(&reached.host));
        let near = dialled.or_else(|| host(&self.class.host)).or_else(reached);
        near.map(|flow| flow.destination.span).or_else(|| set.policies.first().map(|policy| policy.name_span))
    }

    /// Where the culprit decided, or else what it is called.
    fn place(&self, culprit: &Meta) -> Option<Span> {
        let is_it =
            |by: &&Decision| by.kind == culprit.kind && by.namespace == culprit.namespace && by.name == culprit.name;
        self.decided.iter().rev().find(is_it).and_then(|by| by.span).or(culprit.span)
    }

    /// The object with which the request begins to have this outcome, when the user's objects are added one by one.
    fn culprit(
        &self,
        set: &PolicySet,
        policies: &Policies,
        universe: &Universe,
        proven: &Objects,
        theirs: &Objects,
    ) -> Option<Meta> {
        let mut metas: Vec<&Meta> = theirs.metas().collect();
        metas.sort_by_key(|meta| meta.span);
        let is_so = |count: usize| {
            let Some(last) = count.checked_sub(1).and_then(|last| metas.get(last)) else { return false };
            let mut some = theirs.clone();
            some.retain(|meta| meta.span <= last.span);
            let together = proven.and(&some);
            let simulation = Simulation::new(&together, &set.environment);
            let found = policies.assess(&simulation, &self.class, &self.query, universe);
            found.is_some_and(|found| found.effect == self.effect())
        };
        // So with all, not so with none; somewhere between it turns.
        let (mut without, mut with) = (0, metas.len());
        while with.saturating_sub(without) > 1 {
            let middle = without.midpoint(with);
            if is_so(middle) {
                with = middle;
            } else {
                without = middle;
            }
        }
        metas.get(with.checked_sub(1)?).map(|meta| (*meta).clone())
    }
}
