//! What `check` must say of own objects, by what `reach` knows.
//!
//! A row of `reach` that no policy declares, that arrives, and that would not arrive without the own objects, is said:
//! with an error where it arrives at a host that a policy declares or crosses a gateway, and with one warning for all that
//! is about hosts that no policy knows. An error has its row. Whatever a user writes, no fault of ours is reported.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use egressc_core::api::Severity;
use egressc_core::api::{
    CheckRequest, CheckResponse, ClientPath, Diagnostic, Flow, FlowClient, FlowTarget, Query, QueryClient, QueryTarget,
    ReachRequest, Source, TraceRequest, check, reach, trace,
};
use egressc_core::stages::trace::{Reached, Scheme, Verdict};

use super::Set;
use super::regular::{PORTS, Regular};

/// An own object lets a request through that no policy allows, to a host that one declares.
const LETS_THROUGH: &str = "EGR0602";
/// Own objects let requests through to hosts that no policy knows.
const OPENS_OTHERS: &str = "EGR0605";
/// What becomes of a request beside own objects cannot be known.
const UNDECIDED: &str = "EGR0603";
/// What becomes of a flow depends on facts that the documents do not say.
const UNCERTAIN_FACTS: &str = "EGR0622";
/// Faults of ours.
const FAULTS: &str = "EGR05";
/// What nobody is called.
const NOBODY: &str = "a-namespace-that-nothing-names";

/// Something that `check` and `reach` do not agree about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which law is broken, and by what: differences of one kind are one mistake.
    pub kind: String,
    /// What stands on either side.
    pub detail: String,
}

/// How requests fare.
type Known = BTreeMap<(FlowClient, FlowTarget), (Option<Reached>, Verdict)>;

/// What is known of a set before it is judged.
pub struct Judge<'r> {
    regular: &'r Regular,
    /// How requests fare without own objects, as far as it was asked.
    rows: OnceCell<Known>,
}

/// How a set fared, for the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// `check` finds no error.
    Ok,
    /// It finds none, and says that it cannot know everything.
    Undecided,
    /// `check` finds own objects that open something.
    Opens,
    /// Something is wrong with the set itself.
    Refused,
}

impl<'r> Judge<'r> {
    /// A judge of all sets with these policies and facts.
    pub fn of(regular: &'r Regular) -> Self {
        Self { regular, rows: OnceCell::new() }
    }

    /// What is wrong with what is said about a set.
    pub fn differences(&self, set: &Set) -> (Fate, Vec<Difference>) {
        match catch_unwind(AssertUnwindSafe(|| self.compare(set))) {
            Ok(found) => found,
            Err(_) => (Fate::Refused, vec![difference("a panic", "")]),
        }
    }

    fn compare(&self, set: &Set) -> (Fate, Vec<Difference>) {
        let checked = match check(&CheckRequest { sources: set.sources(), ..CheckRequest::default() }) {
            Ok(checked) => checked,
            Err(error) => return (Fate::Refused, vec![difference("check does not answer", &error.to_string())]),
        };
        let mut found: Vec<Difference> = checked
            .diagnostics
            .iter()
            .filter(|said| said.code.starts_with(FAULTS))
            .map(|said| difference(&format!("a fault of ours, {}", said.code), &said.message))
            .collect();
        let reached = match reach(&ReachRequest { sources: set.sources(), ..ReachRequest::default() }) {
            Ok(reached) => reached,
            Err(error) => return (Fate::Refused, vec![difference("reach does not answer", &error.to_string())]),
        };
        if !reached.ok {
            if checked.ok {
                found.push(difference("check accepts what reach refuses", ""));
            }
            return (Fate::Refused, found);
        }
        let open: Vec<&Flow> =
            reached.flows.iter().filter(|row| row.reached.is_some() && self.is_caused(row)).collect();
        found.extend(self.unsaid(&checked, set, &reached.flows, &open));
        let arriving: Vec<&Flow> =
            reached.flows.iter().filter(|row| row.reached.is_some() || row.verdict == Verdict::Unknown).collect();
        found.extend(self.groundless(&checked, set, &arriving));
        let fate = if checked.ok {
            if says(&checked, UNDECIDED) { Fate::Undecided } else { Fate::Ok }
        } else if errors(&checked).all(|said| said.code == LETS_THROUGH) {
            Fate::Opens
        } else {
            Fate::Refused
        };
        (fate, found)
    }

    /// What `reach` knows and `check` does not say.
    fn unsaid(&self, checked: &CheckResponse, set: &Set, rows: &[Flow], open: &[&Flow]) -> Vec<Difference> {
        let mut found = Vec::new();
        let open = || open.iter().copied().filter(|row| !row.declared);
        let silent = errors(checked).next().is_none();
        if let Some(row) = open().find(|row| silent && self.concerns(row, set)) {
            let way = if row.gateway.is_some() { "through a gateway" } else { "past every gateway" };
            let to = if self.is_declared(row) { "a declared host" } else { "any host" };
            found.push(difference(&format!("no error: {}, {way}, reaches {to}", path(row.from.path)), &told(row)));
        }
        let undecided = rows.iter().find(|row| {
            let known = || self.rows().get(&(row.from.clone(), row.to.clone()));
            row.verdict == Verdict::Unknown
                && self.regular.declares(&row.to.host)
                && known().is_some_and(|(_, verdict)| *verdict != Verdict::Unknown)
        });
        if let Some(row) =
            undecided.filter(|_| checked.ok && !says(checked, UNDECIDED) && !says(checked, UNCERTAIN_FACTS))
        {
            found.push(difference(&format!("no {UNDECIDED}: {}, a declared host", path(row.from.path)), &told(row)));
        }
        let warnings = checked.diagnostics.iter().filter(|said| said.code == OPENS_OTHERS).count();
        let other = open().find(|row| !self.concerns(row, set));
        let any = open().find(|row| wildcard(row).is_some());
        match (warnings, other) {
            (1, None) if any.is_some() => {}
            (0, Some(row)) if checked.ok => found.push(difference(&format!("no {OPENS_OTHERS}"), &told(row))),
            (1, None) => found.push(difference(&format!("{OPENS_OTHERS} without a row"), "")),
            (0 | 1, _) => {}
            _ => found.push(difference(&format!("{OPENS_OTHERS} more than once"), "")),
        }
        found
    }

    /// Errors of `check` that no row of `reach` stands behind.
    fn groundless(&self, checked: &CheckResponse, set: &Set, open: &[&Flow]) -> Vec<Difference> {
        let mut found = Vec::new();
        for said in errors(checked).filter(|said| said.code == LETS_THROUGH) {
            let place = place(&said.message);
            let stands = open.iter().any(|row| {
                // What weights or endpoints decide is not known of a single request, and done by some.
                let Some(reached) = &row.reached else { return row.verdict == Verdict::Unknown };
                let there = place.is_none_or(|(host, port)| covers(&reached.host, host) && reached.port == port);
                there && (row.declared || self.concerns(row, set))
            });
            if !stands {
                let past = if said.message.contains("bypassing every gateway") { ", past every gateway" } else { "" };
                found.push(difference(&format!("{LETS_THROUGH} without a row{past}"), &said.message));
            }
        }
        found
    }

    /// Whether it arrives at a host that a policy declares, or crosses a gateway.
    fn concerns(&self, row: &Flow, set: &Set) -> bool {
        if row.gateway.is_some() || self.is_declared(row) {
            return true;
        }
        // A row about any host of a port is about a declared one too, if that fares alike.
        let Some(wild) = wildcard(row) else { return false };
        let mut hosts: Vec<&str> = self.regular.declared.iter().map(|declared| declared.host).collect();
        hosts.dedup();
        hosts.into_iter().filter(|host| covers(wild, host)).any(|host| {
            let asked = asked(set.sources(), row, host, None, row.to.port);
            asked.is_some_and(|reached| reached.host == host) && asked_without(self.regular, row, host).is_none()
        })
    }

    fn is_declared(&self, row: &Flow) -> bool {
        row.reached.as_ref().is_some_and(|reached| self.regular.declares(&reached.host))
    }

    /// How requests fare without own objects.
    fn rows(&self) -> &Known {
        self.rows.get_or_init(|| {
            let request = ReachRequest { sources: self.regular.sources(), ..ReachRequest::default() };
            let flows = reach(&request).map(|answer| answer.flows).unwrap_or_default();
            flows.into_iter().map(|row| ((row.from, row.to), (row.reached, row.verdict))).collect()
        })
    }

    /// Whether it would not arrive there without own objects.
    fn is_caused(&self, row: &Flow) -> bool {
        let there = |reached: &Reached| (reached.host.clone(), reached.port, reached.tls);
        let arrives = |without: Option<Reached>| without.as_ref().map(there) == row.reached.as_ref().map(there);
        match self.rows().get(&(row.from.clone(), row.to.clone())) {
            Some((reached, _)) => !arrives(reached.clone()),
            // A second Service is another name for the gateways' pods: who gets in by it may have got in before.
            None if row.from.path == ClientPath::Direct => {
                let at = |gateway, port| asked(self.regular.sources(), row, &sample(&row.to.host), Some(gateway), port);
                let by_name = || {
                    self.regular
                        .gateways
                        .iter()
                        .any(|gateway| PORTS.iter().any(|(port, ..)| arrives(at(gateway, *port))))
                };
                // An entry may say another protocol of a port, and bytes get through a gateway in either.
                let end = |reached: &Reached| (reached.host.clone(), reached.port);
                let is_named = self.rows().keys().any(|(from, _)| from.namespace == row.from.namespace);
                let is_among = |from: &FlowClient| {
                    let is_any_other = from.namespace.is_none() && from.path == row.from.path && !is_named;
                    *from == row.from || is_any_other
                };
                let in_another_protocol = || {
                    self.rows().iter().any(|((from, to), (reached, _))| {
                        is_among(from)
                            && (&to.host, to.port) == (&row.to.host, row.to.port)
                            && reached.as_ref().map(end) == row.reached.as_ref().map(end)
                    })
                };
                !by_name() && !in_another_protocol()
            }
            None => !arrives(asked_without(self.regular, row, &sample(&row.to.host))),
        }
    }
}

/// A request of a row to this host, asked of these sources: own objects tell more requests apart than there are rows
/// without them, and a row may stand for many hosts.
fn asked(sources: Vec<Source>, row: &Flow, host: &str, gateway: Option<&str>, port: u16) -> Option<Reached> {
    let Flow { from, to, .. } = row;
    let mut message = to.message.clone().unwrap_or_default();
    let said = to.name.clone().filter(|name| !name.is_empty()).map(|name| sample(&name));
    message.headers.extend(said.clone().map(|name| ("host".to_owned(), name)));
    let mut client = QueryClient::in_namespace(from.namespace.as_deref().unwrap_or(NOBODY));
    client.labels.clone_from(&from.labels);
    client.service_account.clone_from(&from.service_account);
    client.path = from.path;
    client.gateway = gateway.map(str::to_owned);
    let mut target = QueryTarget::new(to.scheme, host);
    target.port = Some(port);
    target.sni = if to.name.as_deref() == Some("") { to.name.clone() } else { said }.filter(|_| to.scheme.is_tls());
    target.method = message.method;
    target.path = message.path;
    target.headers = message.headers;
    let query = Query { from: client, to: target };
    trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).ok()?.trace?.reached
}

fn asked_without(regular: &Regular, row: &Flow, host: &str) -> Option<Reached> {
    asked(regular.sources(), row, host, None, row.to.port)
}

/// The hosts that a row is about, where they are many.
fn wildcard(row: &Flow) -> Option<&str> {
    row.reached.as_ref().map(|reached| reached.host.as_str()).filter(|host| host.starts_with('*'))
}

fn covers(written: &str, host: &str) -> bool {
    written == host || written.strip_prefix('*').is_some_and(|rest| host.ends_with(rest))
}

type Class = fn(&Flow, &Regular) -> bool;

/// What requests are told apart by. A universe of questions that leaves out one of these classes does not see the sets in
/// which nothing else is open.
pub const CLASSES: [(&str, Class); 16] = [
    ("clients that a policy's namespace has besides those that it selects", |row, regular| {
        in_named(row, regular) && row.from.path == ClientPath::Sidecar
    }),
    ("namespaces that no policy names, and an object does", |row, regular| {
        row.from.namespace.is_some() && !in_named(row, regular)
    }),
    ("any other namespace", |row, _| row.from.namespace.is_none()),
    ("workloads that an object tells apart by labels", |row, _| !row.from.labels.is_empty()),
    ("callers of the gateway itself", |row, _| row.from.path == ClientPath::Direct),
    ("declared hosts", |row, regular| regular.declares(&row.to.host)),
    ("other names", |row, regular| !regular.declares(&row.to.host) && !row.to.host.starts_with('*')),
    ("declared ports", |row, regular| is_declared_door(row, regular)),
    ("undeclared ports of declared hosts", |row, regular| {
        regular.declares(&row.to.host) && !is_declared_door(row, regular)
    }),
    ("HTTP", |row, _| row.to.scheme.is_http()),
    ("TLS", |row, _| row.to.scheme.is_tls()),
    ("bytes", |row, _| row.to.scheme == Scheme::Tcp),
    ("messages", |row, _| row.to.message.is_some()),
    ("past every gateway", |row, _| row.gateway.is_none()),
    ("through a gateway", |row, _| row.gateway.is_some()),
    ("through a gateway, by a sidecar", |row, _| row.gateway.is_some() && row.from.path == ClientPath::Sidecar),
];

fn in_named(row: &Flow, regular: &Regular) -> bool {
    row.from.namespace.as_ref().is_some_and(|name| regular.callers.iter().any(|(namespace, _)| namespace == name))
}

fn is_declared_door(row: &Flow, regular: &Regular) -> bool {
    regular.declared.iter().any(|declared| declared.host == row.to.host && declared.port == row.to.port)
}

impl Judge<'_> {
    /// The classes without which nothing of what own objects open would be seen.
    pub fn needed(&self, set: &Set) -> Vec<&'static str> {
        let Ok(reached) = reach(&ReachRequest { sources: set.sources(), ..ReachRequest::default() }) else {
            return Vec::new();
        };
        let open =
            |row: &&Flow| !row.declared && row.reached.is_some() && self.is_caused(row) && self.concerns(row, set);
        let open: Vec<&Flow> = reached.flows.iter().filter(open).collect();
        let only = |(_, class): &&(_, Class)| open.iter().all(|row| class(row, self.regular));
        CLASSES.iter().filter(|_| !open.is_empty()).filter(only).map(|(name, _)| *name).collect()
    }
}

/// Whether a set still has a difference of this kind.
pub fn has(judge: &Judge, set: &Set, kind: &str) -> bool {
    judge.differences(set).1.iter().any(|found| found.kind == kind)
}

fn difference(kind: &str, detail: &str) -> Difference {
    Difference { kind: kind.to_owned(), detail: detail.to_owned() }
}

fn says(checked: &CheckResponse, code: &str) -> bool {
    checked.diagnostics.iter().any(|said| said.code == code)
}

fn errors(checked: &CheckResponse) -> impl Iterator<Item = &Diagnostic> {
    checked.diagnostics.iter().filter(|said| said.severity == Severity::Error)
}

/// Host and port of `... reaches www.example.org port 443 in TLS ...`.
fn place(message: &str) -> Option<(&str, u16)> {
    let (_, rest) = message.split_once("reaches ")?;
    let (host, rest) = rest.split_once(" port ")?;
    let port = rest.split(|each: char| !each.is_ascii_digit()).next()?;
    Some((host, port.parse().ok()?))
}

fn path(path: ClientPath) -> &'static str {
    match path {
        ClientPath::Sidecar => "behind a sidecar",
        ClientPath::Direct => "calling the gateway itself",
        ClientPath::Ambient => "in ambient mode",
        ClientPath::None => "without a sidecar",
    }
}

/// A row in a sentence.
fn told(row: &Flow) -> String {
    let Flow { from, to, reached, gateway, .. } = row;
    let message = to.message.clone().unwrap_or_default().said_to(to.scheme, &to.host, to.port);
    let place = reached.as_ref().map(|reached| format!("{}:{}", reached.host, reached.port)).unwrap_or_default();
    let way = gateway.as_ref().map_or("past every gateway".to_owned(), |gateway| format!("through {gateway}"));
    format!("{} requests {message} and reaches {place} {way}", from.description)
}

/// A host below a wildcard that nothing names.
fn sample(host: &str) -> String {
    match host.strip_prefix('*') {
        None => host.to_owned(),
        Some("") => "any-other-host.invalid".to_owned(),
        Some(rest) => format!("any-other-host{rest}"),
    }
}
