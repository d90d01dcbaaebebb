//! Hosts that no policy speaks of and that own objects open: one warning for all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::trace::{Query, Reached, Trace};
use crate::universe::{OTHER_NAMESPACE, RequestClass, SaidName, sample};

/// Hosts that the message names.
const MOST_NAMED: usize = 5;

/// Hosts that requests reach which no policy declares.
#[derive(Default)]
pub(super) struct OtherHosts {
    /// By the host that is reached: the object that lets the first request through.
    by_host: BTreeMap<String, Option<Span>>,
    kinds: usize,
    /// The first request, as a person would ask it.
    first: Option<String>,
}

impl OtherHosts {
    pub(super) fn add(
        &mut self,
        class: &RequestClass,
        query: &Query,
        reached: Option<&Reached>,
        trace: impl FnOnce() -> Trace,
    ) {
        self.kinds = self.kinds.saturating_add(1);
        let reached = reached.map_or(class.host.as_str(), |reached| reached.host.as_str());
        // A request for any host of a wildcard may reach any of them.
        let host = if reached == sample(&class.host) { &class.host } else { reached };
        if self.by_host.contains_key(host) {
            return;
        }
        let place = trace().decided_by.iter().rev().find_map(|by| by.span);
        self.by_host.insert(host.to_owned(), place);
        if self.first.is_none() {
            self.first = Some(query.describe().replace(&format!("`{OTHER_NAMESPACE}`"), "any other namespace"));
        }
    }

    pub(super) fn diagnostic(self) -> Option<Diagnostic> {
        let first = self.first?;
        let named: Vec<String> = self.by_host.keys().take(MOST_NAMED).map(|host| name(host)).collect();
        let rest = self.by_host.len().saturating_sub(MOST_NAMED);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let message =
            format!("your own objects allow requests to hosts that no policy declares: {}{rest}", named.join(", "));
        let mut places = self.by_host.into_values().flatten();
        let found = Diagnostic::at(&codes::OPENS_OTHER_HOSTS, places.next(), message);
        Some(
            found
                .note(format!("for example: {first}, and the request arrives"))
                .note(match self.kinds {
                    1 => "one kind of request is allowed; `egressc reach` shows it".to_owned(),
                    kinds => format!("{kinds} kinds of requests are allowed; `egressc reach` lists them"),
                })
                .help("declare these hosts in a policy, or remove the objects; keep them if this is intended"),
        )
    }
}

/// Hosts that no policy declares, and of which it cannot be known where requests for them arrive.
#[derive(Default)]
pub(super) struct Unfollowed {
    /// By the host that is asked for: the first reason, and the object that decides.
    by_host: BTreeMap<String, (String, Option<Span>)>,
}

impl Unfollowed {
    pub(super) fn add(&mut self, class: &RequestClass, fate: &Trace, trace: impl FnOnce() -> Trace) {
        let asked = match &class.name {
            SaidName::Another(name) => name,
            SaidName::Dialled | SaidName::Nothing => &class.host,
        };
        if !self.by_host.contains_key(asked) {
            let why = fate.unknown.first().cloned().unwrap_or_default();
            let place = trace().decided_by.iter().rev().find_map(|by| by.span);
            self.by_host.insert(asked.clone(), (why, place));
        }
    }

    /// Leaves out what has been said of declared hosts.
    pub(super) fn without(mut self, said: &BTreeSet<&str>) -> Self {
        self.by_host.retain(|_, (why, _)| !said.contains(why.as_str()));
        self
    }

    pub(super) fn diagnostic(self) -> Option<Diagnostic> {
        let (first, (why, _)) = self.by_host.first_key_value()?;
        let why = format!("for {}: {why}", name(first));
        let named: Vec<String> = self.by_host.keys().take(MOST_NAMED).map(|host| name(host)).collect();
        let rest = self.by_host.len().saturating_sub(MOST_NAMED);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let message = format!(
            "your own objects route hosts that no policy declares, and it is unknown where requests for them arrive: {}{rest}",
            named.join(", ")
        );
        let found = Diagnostic::at(&codes::UNDECIDED, self.by_host.values().find_map(|(_, place)| *place), message);
        Some(
            found
                .note(why)
                .note("such a request may arrive at a host that a policy declares")
                .help("check these routes yourself, or write them in a form that egressc can evaluate"),
        )
    }
}

fn name(host: &str) -> String {
    if host == "*" { "any host".to_owned() } else { format!("`{host}`") }
}
