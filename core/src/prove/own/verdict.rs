//! Compares the result of a request with the policies, and describes the difference.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::{describe, describe_all};
use crate::diagnostic::{Code, codes};
use crate::istio::{Endpoint, Objects, ServiceEntry};
use crate::model::{DeclaredHosts, PolicySet};
use crate::trace::outcome::{Case, Simulation};
use crate::trace::{Intent, Intents, Query, Reached, Scheme, Trace, Verdict};
use crate::universe::{RequestClass, SaidName, Universe, Way, networks};

/// What the user's own objects do to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// It arrives at a declared host, or crosses a gateway of a policy, and no policy says so.
    LetsThrough,
    /// It is declared, and does not arrive.
    TakesAway,
    /// It is declared and arrives, with less protection.
    Weakens,
    /// What comes of it cannot be known.
    Undecided,
    /// It arrives at a host that no policy speaks of, past their gateways.
    OpensOtherHost,
    /// It is for a host that no policy speaks of, and where it arrives cannot be known.
    LeadsSomewhere,
}

impl Effect {
    pub(super) fn code(self) -> &'static Code {
        match self {
            Self::LetsThrough => &codes::LETS_THROUGH,
            Self::TakesAway => &codes::TAKES_AWAY,
            Self::Weakens => &codes::WEAKENS,
            Self::Undecided | Self::LeadsSomewhere => &codes::UNDECIDED,
            Self::OpensOtherHost => &codes::OPENS_OTHER_HOSTS,
        }
    }

    /// Whether the request has the same result without the user's own objects.
    pub(super) fn is_the_same_before(self, trace: &Trace, before: &Trace) -> bool {
        match self {
            Self::LetsThrough | Self::OpensOtherHost => {
                trace.reached == before.reached && trace.gateways() == before.gateways()
            }
            Self::TakesAway => trace.places().eq(before.places()) && before.verdict != Verdict::Unknown,
            Self::Weakens => trace.notes == before.notes,
            Self::Undecided => before.verdict == Verdict::Unknown,
            // Of a Service of the cluster it is never known where its pods are.
            Self::LeadsSomewhere => trace.unknown == before.unknown,
        }
    }
}

/// What is wrong with a request.
pub(super) struct Assessment {
    pub(super) effect: Effect,
    /// What comes of it; by chance, where chance decides.
    pub(super) trace: Trace,
    /// Where it may arrive, when that cannot be known.
    pub(super) worst: Option<Reached>,
}

/// The policies, and what they speak of.
pub(super) struct Policies<'p> {
    intents: Intents<'p>,
    hosts: DeclaredHosts,
    gateways: BTreeSet<&'p str>,
    speaks_http2: BTreeSet<(&'p str, u16)>,
}

impl<'p> Policies<'p> {
    /// `theirs` are the user's own objects.
    pub(super) fn of(set: &'p PolicySet, theirs: &'p Objects) -> Self {
        let addresses: BTreeSet<IpAddr> = set.flows().filter_map(|flow| flow.address()).collect();
        // A host that is at a declared address is another name for it.
        let is_declared =
            |endpoint: &Endpoint| endpoint.address.parse().is_ok_and(|address| addresses.contains(&address));
        let entries = theirs.service_entries.iter().map(|entry| &entry.spec);
        // Without endpoints it leads to the address that the client dials.
        let is_network_of_declared = |entry: &ServiceEntry| {
            let networks = networks(&entry.addresses);
            addresses.iter().any(|address| networks.iter().any(|network| network.contains(address)))
        };
        let at_addresses =
            entries.filter(|entry| entry.endpoints.iter().any(is_declared) || is_network_of_declared(entry));
        let others = at_addresses.flat_map(|entry| &entry.hosts).map(String::as_str);
        let http2 = set.flows().filter(|flow| flow.destination.protocol.is_http2());
        Self {
            intents: Intents::of(set),
            hosts: set.hosts().into_iter().chain(others).collect(),
            gateways: set.named_gateways().into_keys().collect(),
            speaks_http2: http2.map(|flow| (flow.host.value.as_str(), flow.port())).collect(),
        }
    }

    /// What is wrong with a request; `None` where its outcome is what the policies say. Where the outcome is unknown, each
    /// possible one counts: a destination that some such requests reach is open.
    pub(super) fn assess(
        &self,
        simulation: &Simulation,
        class: &RequestClass,
        query: &Query,
        universe: &Universe,
    ) -> Option<Assessment> {
        let trace = simulation.trace_end(query);
        let judge = |trace: &Trace| self.judge(class, query, trace, universe);
        if trace.verdict != Verdict::Unknown {
            // Each of several places counts.
            let is_divided = !trace.also_reached.is_empty() || trace.other_gateways().next().is_some();
            let cases = if is_divided { simulation.cases(query) } else { Vec::new() };
            let ends = || cases.iter().map(|case| &case.trace);
            let end = ends()
                .find(|end| judge(end) == Some(Effect::LetsThrough))
                .or_else(|| ends().find(|end| judge(end).is_some()));
            if end.is_none()
                && let Some(missing) = self.missing(query, &trace)
            {
                return Some(Assessment { effect: Effect::TakesAway, trace, worst: Some(missing) });
            }
            let end = end.cloned().unwrap_or(trace);
            return judge(&end).map(|effect| Assessment { effect, trace: end, worst: None });
        }
        let effect = judge(&trace);
        let is_open = |case: &&Case| judge(&case.trace) == Some(Effect::LetsThrough);
        let cases = simulation.cases(query);
        let open = || cases.iter().filter(is_open);
        match (open().find(|case| case.by_chance), open().next()) {
            (Some(case), _) => Some(Assessment { effect: Effect::LetsThrough, trace: case.trace.clone(), worst: None }),
            (None, Some(case)) => {
                Some(Assessment { effect: Effect::Undecided, trace, worst: case.trace.reached.clone() })
            }
            (None, None) => effect.map(|effect| Assessment { effect, trace, worst: None }),
        }
    }

    /// One of several declared places at which the request never arrives.
    fn missing(&self, query: &Query, trace: &Trace) -> Option<Reached> {
        match self.intents.ask(query) {
            Intent::Arrives(to) if trace.arrives_within(&to) => {
                to.into_iter().find(|place| !trace.places().any(|known| known == place))
            }
            _ => None,
        }
    }

    fn judge(&self, class: &RequestClass, query: &Query, trace: &Trace, universe: &Universe) -> Option<Effect> {
        let intent = self.intents.ask(query);
        let is_declared = matches!(intent, Intent::Arrives(_) | Intent::MayArrive(_) | Intent::Diverted(_));
        // A rule about certain messages of a declared flow is intended, and does not block the flow as a whole.
        let is_meant = is_declared && !universe.is_unremarkable(class);
        if trace.verdict == Verdict::Unknown {
            if !self.is_about(class) {
                return Some(Effect::LeadsSomewhere);
            }
            return (!is_meant && !self.is_other_http(query)).then_some(Effect::Undecided);
        }
        match (&intent, &trace.reached) {
            (Intent::Blocked | Intent::MayArrive(_) | Intent::ByIdentity | Intent::NotCaptured, None) => None,
            (Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to), Some(_))
                if trace.arrives_within(to) && self.intents.crosses_within(query, trace) =>
            {
                (!trace.notes.is_empty()).then_some(Effect::Weakens)
            }
            (Intent::ByIdentity, Some(_)) if self.intents.admits_all(query, trace) => None,
            (Intent::Arrives(_) | Intent::Diverted(_), None) => {
                (!is_meant && !self.is_other_http(query)).then_some(Effect::TakesAway)
            }
            // Istio does not control a client without a sidecar, except at a gateway.
            (Intent::NotCaptured, Some(_)) if class.client.way != Way::Plain => None,
            (_, Some(reached)) => {
                let is_theirs = self.hosts.have(&reached.host)
                    || trace.gateways().iter().any(|gateway| self.gateways.contains(gateway));
                Some(if is_theirs { Effect::LetsThrough } else { Effect::OpensOtherHost })
            }
        }
    }

    /// The outcome of a request that policies do not allow, in words.
    pub(super) fn tell(&self, query: &Query, assessment: &Assessment) -> String {
        let Assessment { effect, trace, worst } = assessment;
        match (effect, &trace.reached) {
            (Effect::Undecided | Effect::LeadsSomewhere, _) => {
                let why = trace.unknown.join("; ");
                match worst {
                    Some(reached) => format!("it is unknown whether it reaches {}: {why}", describe(reached)),
                    None => format!("the result is unknown: {why}"),
                }
            }
            (Effect::Weakens, _) => trace.notes.join("; "),
            (Effect::TakesAway, Some(_)) => {
                worst.as_ref().map_or_else(String::new, |missing| format!("it never reaches {}", describe(missing)))
            }
            (Effect::TakesAway, None) => {
                let how = match trace.status {
                    Some(status) => format!("the response is {status}"),
                    None => "the connection is closed".to_owned(),
                };
                match self.intents.ask(query) {
                    Intent::Arrives(to) | Intent::Diverted(to) => {
                        format!("it does not reach {} ({how})", describe_all(&to))
                    }
                    _ => how,
                }
            }
            (Effect::LetsThrough | Effect::OpensOtherHost, Some(reached)) => {
                let way = match &trace.gateway {
                    None => ", bypassing every gateway".to_owned(),
                    Some(_) if self.hosts.have(&reached.host) => String::new(),
                    Some(gateway) => format!(" through gateway `{gateway}`, which the policies use"),
                };
                format!("it reaches {}{way}", describe(reached))
            }
            (Effect::LetsThrough | Effect::OpensOtherHost, None) => "it is allowed".to_owned(),
        }
    }

    /// Whether a class is for a declared host, by the name that is dialled or the name that is said.
    pub(super) fn is_about(&self, class: &RequestClass) -> bool {
        let said = match &class.name {
            SaidName::Another(name) => Some(name.as_str()),
            SaidName::Dialled | SaidName::Nothing => None,
        };
        [Some(class.host.as_str()), said].into_iter().flatten().any(|name| self.hosts.have(name))
    }

    /// gRPC passes a port that is declared as HTTP and is not what was declared: a rule about POST may refuse it.
    fn is_other_http(&self, query: &Query) -> bool {
        query.scheme == Scheme::Grpc && !self.speaks_http2.contains(&(query.host.as_str(), query.port))
    }
}
