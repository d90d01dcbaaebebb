//! The answers.

use std::collections::BTreeSet;

use super::{Client, Question, Universe, Whose, sample};
use crate::istio::Objects;
use crate::model::{Environment, PolicyId, PolicySet};
use crate::source::Span;
use crate::trace::outcome::World;
use crate::trace::{
    ClientPath, Decision, Encryption, Intent, Intents, Query, Reached, Stop, Trace, Unverified, Verdict,
};

/// A namespace that no object names; longer than a DNS label, so that there is no such namespace.
const ANY_OTHER: &str = "a-namespace-that-no-object-of-this-mesh-names-and-that-cannot-be-there";
/// A service account that no object names.
const NO_ACCOUNT: &str = "no-such-account";

/// A mesh that is asked: what Istio would do, and what the policies say.
#[derive(Debug)]
pub struct Side<'m> {
    environment: &'m Environment,
    intents: Option<Intents<'m>>,
    world: World<'m>,
}

/// How the requests of a question fare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What comes of them.
    pub verdict: Verdict,
    /// Whether a policy allows them.
    pub declared: bool,
    /// The declaration by which they arrive, or would.
    pub by: Option<Declaration>,
    /// The gateway that they cross.
    pub gateway: Option<String>,
    /// The port of its Service.
    pub gateway_port: Option<u16>,
    /// How the bytes travel to the gateway.
    pub to_gateway: Option<Encryption>,
    /// How the bytes travel to the host.
    pub to_host: Option<Encryption>,
    /// What a proxy's TLS to the host does not verify.
    pub unverified: Unverified,
    /// Where they arrive.
    pub reached: Option<Reached>,
    /// The HTTP status of the proxy that answers.
    pub status: Option<u16>,
    /// Envoy's response flags.
    pub response_flags: Option<&'static str>,
    /// What decided, in the order of the way.
    pub decided_by: Vec<Decision>,
    /// Why it cannot be known.
    pub unknown: Vec<String>,
}

/// A `to` item of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The policy.
    pub policy: PolicyId,
    /// The rule, by name.
    pub rule: String,
    /// The item.
    pub span: Span,
}

impl Answer {
    /// There is nothing to call.
    fn nobody_there() -> Self {
        Self {
            verdict: Verdict::Blocked,
            declared: false,
            by: None,
            gateway: None,
            gateway_port: None,
            to_gateway: None,
            to_host: None,
            unverified: Unverified::Nothing,
            reached: None,
            status: None,
            response_flags: None,
            decided_by: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Whether requests get to the same place by the same way, or to none.
    pub fn fares_as(&self, other: &Self) -> bool {
        self.verdict == other.verdict
            && self.reached == other.reached
            && (&self.gateway, self.gateway_port) == (&other.gateway, other.gateway_port)
            && (self.to_gateway, self.to_host, self.unverified) == (other.to_gateway, other.to_host, other.unverified)
    }

    /// Whether bytes arrive somewhere.
    pub fn arrives(&self) -> bool {
        self.reached.is_some()
    }

    /// Whether they arrive past every gateway.
    pub fn bypasses(&self) -> bool {
        self.reached.is_some() && self.gateway.is_none()
    }

    /// Where to look: the declaration, or what lets them through.
    pub fn span(&self, environment: &Environment) -> Option<Span> {
        if let Some(by) = &self.by {
            return Some(by.span);
        }
        let of = |kinds: &[&str]| {
            self.decided_by.iter().filter(|each| kinds.contains(&each.kind.as_str())).find_map(|each| each.span)
        };
        let through = of(&["VirtualService"]).or_else(|| of(&["ServiceEntry"])).or_else(|| of(&["Sidecar"]));
        match self.verdict {
            Verdict::Allowed | Verdict::Diverted => {
                through.or_else(|| environment.outbound_traffic_policy_span.filter(|_| self.bypasses()))
            }
            Verdict::Unknown => self.decided_by.iter().rev().find_map(|each| each.span),
            Verdict::Blocked => of(&["AuthorizationPolicy"]),
        }
    }
}

impl<'m> Side<'m> {
    /// Objects and policies, ready to be asked.
    pub fn new(objects: &'m Objects, environment: &'m Environment, set: Option<&'m PolicySet>) -> Self {
        Self { environment, intents: set.map(Intents::of), world: World::new(objects, environment) }
    }

    /// What Istio would do.
    pub fn world(&self) -> &World<'m> {
        &self.world
    }

    /// How the requests of a question fare.
    ///
    /// A gateway may be called by several names; what one of them opens is open.
    pub fn answer(&self, question: &Question, names: &BTreeSet<String>) -> Answer {
        let Some(gateway) = &question.client.calls else {
            let captured = question.client.is_captured(self.environment);
            return self.ask(question, if captured { ClientPath::Sidecar } else { ClientPath::None });
        };
        if !self.world.knows_gateway(gateway) {
            return Answer::nobody_there();
        }
        let mut best: Option<Answer> = None;
        for name in names {
            let path = ClientPath::Direct { gateway: gateway.clone(), outer_sni: sample(name) };
            let answer = self.ask(question, path);
            let rank = |answer: &Answer| match answer.verdict {
                Verdict::Allowed | Verdict::Diverted => 0_u8,
                Verdict::Unknown => 1,
                Verdict::Blocked => 2,
            };
            if best.as_ref().is_none_or(|known| rank(&answer) < rank(known)) {
                best = Some(answer);
            }
        }
        best.unwrap_or_else(|| {
            let outer_sni = sample(&question.host);
            self.ask(question, ClientPath::Direct { gateway: gateway.clone(), outer_sni })
        })
    }

    /// The questions that have an answer of their own, each with it: a message that fares as the plain one is none.
    pub fn answers<'u>(&'u self, universe: &'u Universe) -> impl Iterator<Item = (&'u Question, Answer)> {
        let mut questions = universe.questions().peekable();
        let mut plain: Option<Answer> = None;
        std::iter::from_fn(move || {
            loop {
                let (question, names) = questions.next()?;
                let answer = self.answer(question, names);
                if question.message.is_plain() {
                    let varied = questions.peek().is_some_and(|(next, _)| !next.message.is_plain());
                    plain = varied.then(|| answer.clone());
                } else if plain.as_ref().is_some_and(|plain| answer.fares_as(plain)) {
                    continue;
                }
                return Some((question, answer));
            }
        })
    }

    /// A request of the question.
    pub fn query(&self, question: &Question, path: ClientPath) -> Query {
        let Question { host, port, scheme, client, message, .. } = question;
        let Client { namespace, labels, service_account, .. } = client;
        let known = namespace.name().and_then(|name| self.environment.namespaces.get(name));
        let all_are_known = known.is_some_and(|known| known.workloads.is_some());
        let has_none = *namespace == Whose::AnyOther || all_are_known || client.calls.is_some();
        let host = sample(host);
        Query {
            namespace: namespace.name().unwrap_or(ANY_OTHER).to_owned(),
            labels: labels.clone(),
            service_account: service_account.clone().or_else(|| has_none.then(|| NO_ACCOUNT.to_owned())),
            path,
            scheme: *scheme,
            sni: scheme.is_tls().then(|| host.clone()),
            host,
            port: *port,
            method: message.method.clone(),
            http_path: message.path.clone(),
            headers: message.headers.clone(),
        }
    }

    fn ask(&self, question: &Question, path: ClientPath) -> Answer {
        let query = self.query(question, path);
        let trace = self.world.outcome(&query);
        let by = self.intents.as_ref().and_then(|intents| intents.declaration(&query, trace.reached.as_ref()));
        let declared = match self.intents.as_ref().map(|intents| intents.ask(&query)) {
            Some(Intent::Arrives(_) | Intent::MayArrive(_)) => true,
            Some(Intent::ByItsOwnExits) => by.is_some(),
            Some(Intent::Diverted(_) | Intent::Blocked | Intent::NotCaptured) | None => false,
        };
        let at = |stop: Stop| trace.hops.iter().filter(move |hop| hop.at == stop);
        let direct = question.client.calls.is_some();
        let (to_gateway, gateway_port) = match (&trace.gateway, direct) {
            (None, _) => (None, None),
            (Some(_), true) => {
                let inside = if question.scheme.is_tls() { Encryption::TlsInMtls } else { Encryption::Mtls };
                (Some(inside), Some(question.port))
            }
            (Some(_), false) => {
                let first = at(Stop::Sidecar).next();
                (first.and_then(|hop| hop.encryption), first.and_then(|hop| port_of(hop.cluster.as_deref()?)))
            }
        };
        let last = if trace.gateway.is_some() { at(Stop::Gateway).next_back() } else { at(Stop::Sidecar).next_back() };
        // A sidecar that lets unknown hosts out leaves the bytes as they are.
        let as_they_are = if question.scheme.is_tls() { Encryption::Tls } else { Encryption::Plain };
        let to_host = trace.reached.is_some().then(|| last.and_then(|hop| hop.encryption).unwrap_or(as_they_are));
        let Trace { verdict, gateway, reached, status, response_flags, decided_by, unknown, unverified, .. } = trace;
        let host = sample(&question.host);
        let written = |name: String| if name == host { question.host.clone() } else { name };
        Answer {
            verdict,
            declared,
            by: by.map(|flow| Declaration {
                policy: flow.policy.id.clone(),
                rule: flow.destination.name.clone(),
                span: flow.destination.span,
            }),
            gateway,
            gateway_port,
            to_gateway,
            to_host,
            unverified,
            reached: reached.map(|reached| Reached {
                host: written(reached.host),
                sni: reached.sni.map(written),
                ..reached
            }),
            status,
            response_flags,
            decided_by,
            unknown,
        }
    }
}

/// The port of `outbound|443|subset|host`.
fn port_of(cluster: &str) -> Option<u16> {
    cluster.split('|').nth(1)?.parse().ok()
}
