//! The answers.

use crate::istio::Objects;
use crate::model::{Environment, PolicyId, PolicySet};
use crate::source::Span;
use crate::trace::outcome::Simulation;
use crate::trace::{
    ClientPath, Decision, Encryption, Intent, Intents, Query, Reached, Stop, Trace, Unverified, Verdict,
};
use crate::universe::{Grain, Members, RequestClass, SaidName, Universe, Way, sample};

/// A mesh that is asked: what Istio would do, and what the policies say.
#[derive(Debug)]
pub struct Side<'m> {
    environment: &'m Environment,
    intents: Option<Intents<'m>>,
    simulation: Simulation<'m>,
}

/// How the requests of a question fare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What comes of them.
    pub verdict: Verdict,
    /// Whether a policy allows them.
    pub declared: bool,
    /// Whether the policies foresee that they arrive: they allow it, or TCP that takes its port diverts them (EGR0433).
    pub foreseen: bool,
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
            foreseen: false,
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

    /// Whether they arrive although no policy foresees it.
    pub fn is_news(&self) -> bool {
        self.arrives() && !self.foreseen
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
        Self { environment, intents: set.map(Intents::of), simulation: Simulation::new(objects, environment) }
    }

    /// What Istio would do.
    pub fn simulation(&self) -> &Simulation<'m> {
        &self.simulation
    }

    /// How the requests of a class fare.
    ///
    /// A gateway may be called by several names; what one of them opens is open.
    pub fn answer(&self, class: &RequestClass, members: &Members) -> Answer {
        if let Way::Direct(gateway) = &class.client.way
            && !self.simulation.knows_gateway(gateway)
        {
            return Answer::nobody_there();
        }
        let rank = |answer: &Answer| match answer.verdict {
            Verdict::Allowed | Verdict::Diverted => 0_u8,
            Verdict::Unknown => 1,
            Verdict::Blocked => 2,
        };
        let mut best: Option<Answer> = None;
        for query in class.queries(self.environment, &members.outer_names) {
            let answer = self.ask(class, &query);
            if best.as_ref().is_none_or(|known| rank(&answer) < rank(known)) {
                best = Some(answer);
            }
        }
        best.unwrap_or_else(Answer::nobody_there)
    }

    /// The classes that have a row, each with its answer: a message that fares as the plain one has none, and what is
    /// finer than rows only where it arrives although no policy foresees it.
    pub fn answers<'u>(&'u self, universe: &'u Universe) -> impl Iterator<Item = (&'u RequestClass, Answer)> {
        let mut classes = universe.classes().peekable();
        let mut plain: Option<Answer> = None;
        std::iter::from_fn(move || {
            loop {
                let (class, members) = classes.next()?;
                let answer = self.answer(class, members);
                if class.message.is_plain() {
                    let varied = classes.peek().is_some_and(|(next, _)| !next.message.is_plain());
                    plain = varied.then(|| answer.clone());
                } else if plain.as_ref().is_some_and(|plain| answer.fares_as(plain)) {
                    continue;
                }
                if members.grain == Grain::Row || answer.is_news() {
                    return Some((class, answer));
                }
            }
        })
    }

    fn ask(&self, class: &RequestClass, query: &Query) -> Answer {
        let trace = self.simulation.trace(query);
        let by = self.intents.as_ref().and_then(|intents| intents.declaration(query, trace.reached.as_ref()));
        let intent = self.intents.as_ref().map(|intents| intents.ask(query));
        let declared = match &intent {
            Some(Intent::Arrives(_)) => true,
            Some(Intent::MayArrive(to)) => trace.reached.as_ref().is_none_or(|reached| reached == to),
            Some(Intent::ByIdentity) => by.is_some(),
            Some(Intent::Diverted(_) | Intent::Blocked | Intent::NotCaptured) | None => false,
        };
        let foreseen = match &intent {
            Some(Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to)) => {
                trace.gateway.is_some() && trace.reached.as_ref() == Some(to)
            }
            Some(Intent::ByIdentity) => by.is_some(),
            Some(Intent::Blocked | Intent::NotCaptured) | None => false,
        };
        let at = |stop: Stop| trace.hops.iter().filter(move |hop| hop.at == stop);
        let direct = class.client.way != Way::Pod && trace.gateway.is_some();
        let (to_gateway, gateway_port) = match (&trace.gateway, direct) {
            (None, _) => (None, None),
            (Some(_), true) => {
                let to_gateway = match (&query.path, class.scheme.is_tls()) {
                    (ClientPath::Direct { .. }, true) => Encryption::TlsInMtls,
                    (ClientPath::Direct { .. }, false) => Encryption::Mtls,
                    (ClientPath::Sidecar | ClientPath::None, true) => Encryption::Tls,
                    (ClientPath::Sidecar | ClientPath::None, false) => Encryption::Plain,
                };
                (Some(to_gateway), Some(class.port))
            }
            (Some(_), false) => {
                let first = at(Stop::Sidecar).next();
                (first.and_then(|hop| hop.encryption), first.and_then(|hop| port_of(hop.cluster.as_deref()?)))
            }
        };
        let last = if trace.gateway.is_some() { at(Stop::Gateway).next_back() } else { at(Stop::Sidecar).next_back() };
        // A sidecar that lets unknown hosts out leaves the bytes as they are.
        let as_they_are = if class.scheme.is_tls() { Encryption::Tls } else { Encryption::Plain };
        let to_host = trace.reached.is_some().then(|| last.and_then(|hop| hop.encryption).unwrap_or(as_they_are));
        let Trace { verdict, gateway, reached, status, response_flags, decided_by, unknown, unverified, .. } = trace;
        let said = match &class.name {
            SaidName::Another(name) => name,
            SaidName::Dialled | SaidName::Nothing => &class.host,
        };
        let written = |name: String| match name {
            name if name == sample(&class.host) => class.host.clone(),
            name if name == sample(said) => said.clone(),
            name => name,
        };
        Answer {
            verdict,
            declared,
            foreseen,
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
