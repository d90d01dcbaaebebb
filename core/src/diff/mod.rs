//! What a change opens, closes, reroutes and weakens.
//!
//! Both sides answer the questions of both: what either tells apart is asked of both.

use std::collections::BTreeSet;

use crate::reach::{Answer, Side};
use crate::trace::{Encryption, Message, Reached, Verdict};
use crate::universe::{Grain, RequestClass, Universe, Way};

/// Flows that fare otherwise than before.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What kind of change it is.
    pub kind: Kind,
    /// The flows.
    pub class: RequestClass,
    /// How they fared.
    pub before: Answer,
    /// How they fare.
    pub after: Answer,
}

/// What a change does to flows, the dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// They reached nothing and reach something now.
    Gained,
    /// A gateway admits a caller that it refused.
    Widened,
    /// It cannot be known what comes of them now.
    Unknown,
    /// They travel with less encryption, or past the gateway.
    Weakened,
    /// They take another way, or end elsewhere.
    Rerouted,
    /// They reached something and reach nothing now.
    Lost,
    /// A gateway refuses a caller that it admitted.
    Narrowed,
    /// They travel with more encryption.
    Strengthened,
}

/// How all questions of a universe fare on both sides, where that differs; the dangerous first.
pub fn differences(before: &Side, after: &Side, universe: &Universe) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut direct = Vec::new();
    let mut doors = Doors::default();
    // What became of the plain message to the destination.
    let mut plain = None;
    for (class, members) in universe.classes() {
        let (old, new) = (before.answer(class, members), after.answer(class, members));
        // What is finer than rows is there only where it arrives although no policy foresees it.
        if members.grain == Grain::Proof && !old.is_news() && !new.is_news() {
            continue;
        }
        let kind = compare(&old, &new);
        // The change of the plain message is reported already.
        let is_news = class.message.is_plain() || kind != plain;
        if class.message.is_plain() {
            plain = kind;
        }
        if class.client.way != Way::Pod {
            doors.admitted_before.extend(passes(class, &old));
            doors.admitted_after.extend(passes(class, &new));
            if is_news {
                direct.push((class, old, new));
            }
        } else if let Some(kind) = kind.filter(|_| is_news) {
            let difference = Difference { kind, class: class.clone(), before: old, after: new };
            doors.explained.extend(explains(&difference));
            found.push(difference);
        }
    }
    for (class, old, new) in direct {
        if let Some(kind) = doors.compare(class, &old, &new) {
            found.push(Difference { kind, class: class.clone(), before: old, after: new });
        }
    }
    found.sort_by(|a, b| (a.kind, &a.class).cmp(&(b.kind, &b.class)));
    found
}

/// What a sidecar's traffic shows of a change; `None` when nothing changed that matters.
fn compare(before: &Answer, after: &Answer) -> Option<Kind> {
    match (before.verdict == Verdict::Unknown, after.verdict == Verdict::Unknown) {
        (true, true) => return None,
        (false, true) => return Some(Kind::Unknown),
        // What may have been blocked is open now; what may have been open is blocked.
        (true, false) => return Some(if after.arrives() { Kind::Gained } else { Kind::Lost }),
        (false, false) => {}
    }
    match (&before.reached, &after.reached) {
        (None, None) => None,
        (None, Some(_)) => Some(Kind::Gained),
        (Some(_), None) => Some(Kind::Lost),
        (Some(was), Some(is)) => {
            let legs = |answer: &Answer| (strength(answer.to_gateway), strength(answer.to_host));
            let ((old_gateway, old_host), (new_gateway, new_host)) = (legs(before), legs(after));
            let weaker = new_gateway < old_gateway || new_host < old_host || after.unverified > before.unverified;
            let stronger = new_gateway > old_gateway || new_host > old_host || after.unverified < before.unverified;
            let elsewhere = (&was.host, was.port) != (&is.host, is.port)
                || before.gateway != after.gateway
                || before.gateway_port != after.gateway_port
                || before.verdict != after.verdict;
            match (before.bypasses(), after.bypasses()) {
                (false, true) => Some(Kind::Weakened),
                (true, false) => Some(Kind::Strengthened),
                _ if weaker => Some(Kind::Weakened),
                _ if elsewhere => Some(Kind::Rerouted),
                _ if stronger => Some(Kind::Strengthened),
                _ => None,
            }
        }
    }
}

fn strength(encryption: Option<Encryption>) -> u8 {
    match encryption {
        None | Some(Encryption::Plain) => 0,
        Some(Encryption::Tls | Encryption::Mtls) => 1,
        Some(Encryption::TlsInMtls) => 2,
    }
}

/// An identity, and where it gets with what: HTTP that a gateway reads, or bytes that it passes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pass {
    namespace: Option<String>,
    service_account: Option<String>,
    host: String,
    port: u16,
    tls: bool,
    http: bool,
    message: Message,
}

fn pass(class: &RequestClass, reached: &Reached) -> Pass {
    Pass {
        namespace: class.client.namespace.name().map(str::to_owned),
        service_account: class.client.service_account.clone(),
        host: reached.host.clone(),
        port: reached.port,
        tls: reached.tls,
        http: class.scheme.is_http(),
        message: class.message.clone(),
    }
}

fn passes(class: &RequestClass, answer: &Answer) -> Option<Pass> {
    answer.reached.as_ref().map(|reached| pass(class, reached))
}

/// The direct calls of a gateway that a change of captured flows explains, so that they are not reported again.
///
/// Example: if all workloads of a namespace gain a host, the gateway must now allow the namespace, and this is not reported.
/// If only workloads with some label gain the host, the gateway still allows the whole namespace, and this is reported.
fn explains(difference: &Difference) -> Option<(Kind, Pass)> {
    let Difference { kind, class, before, after } = difference;
    let reached = match kind {
        Kind::Lost => before.reached.as_ref(),
        _ => after.reached.as_ref(),
    };
    let client = &class.client;
    let is_identity = client.labels.is_empty() || client.service_account.is_some();
    let mut said = pass(class, reached?);
    if matches!(kind, Kind::Gained | Kind::Lost) {
        return is_identity.then_some((*kind, said));
    }
    // How a gateway goes on is the same for all that it admits.
    said.service_account = None;
    Some((*kind, said))
}

/// Callers of the gateways themselves.
#[derive(Debug, Default)]
struct Doors {
    admitted_before: BTreeSet<Pass>,
    admitted_after: BTreeSet<Pass>,
    explained: BTreeSet<(Kind, Pass)>,
}

impl Doors {
    /// A caller that gets to the same host by another door is neither admitted nor refused anew.
    fn compare(&self, class: &RequestClass, before: &Answer, after: &Answer) -> Option<Kind> {
        let kind = compare(before, after)?;
        let (kind, reached, known) = match kind {
            Kind::Gained => (Kind::Widened, after.reached.as_ref(), &self.admitted_before),
            Kind::Lost => (Kind::Narrowed, before.reached.as_ref(), &self.admitted_after),
            Kind::Unknown => return Some(kind),
            _ => {
                let said = passes(class, after).is_some_and(|pass| self.is_explained(kind, &pass));
                return (!said).then_some(kind);
            }
        };
        let pass = pass(class, reached?);
        let as_captured = if kind == Kind::Widened { Kind::Gained } else { Kind::Lost };
        (!known.contains(&pass) && !self.is_explained(as_captured, &pass)).then_some(kind)
    }

    fn is_explained(&self, kind: Kind, pass: &Pass) -> bool {
        let whole_namespace = Pass { service_account: None, ..pass.clone() };
        self.explained.contains(&(kind, pass.clone())) || self.explained.contains(&(kind, whole_namespace))
    }
}
