use super::flow_outcome::{Declaration, FlowOutcome};
use crate::istio::Objects;
use crate::model::{Environment, PolicySet};
use crate::trace::outcome::Simulation;
use crate::trace::{ClientPath, Encryption, Intent, Intents, Query, Reached, Stop, Trace, Verdict};
use crate::universe::{
    AddressClass, Clients, Granularity, Members, NamespaceGranularity, RequestClass, SaidName, Universe,
    UniverseInputs, Way, sample,
};

/// A mesh: what Istio would do with each request, and what the policies say of it.
#[derive(Debug)]
pub struct Reachability<'m> {
    objects: &'m Objects,
    environment: &'m Environment,
    set: Option<&'m PolicySet>,
    intents: Option<Intents<'m>>,
    simulation: Simulation<'m>,
}

/// A row of `reach`.
#[derive(Debug)]
pub struct Row<'u> {
    /// The requests.
    pub class: &'u RequestClass,
    /// The addresses that they go to, if these are told apart.
    pub dialled: Vec<AddressClass>,
    /// What becomes of them.
    pub outcome: FlowOutcome,
}

impl<'m> Reachability<'m> {
    /// Objects and policies, ready to be asked.
    pub fn new(objects: &'m Objects, environment: &'m Environment, set: Option<&'m PolicySet>) -> Self {
        Self {
            objects,
            environment,
            set,
            intents: set.map(Intents::of),
            simulation: Simulation::new(objects, environment),
        }
    }

    /// What its requests are told apart by.
    pub fn universe_inputs(&self) -> UniverseInputs<'_> {
        UniverseInputs {
            objects: self.objects,
            environment: self.environment,
            set: self.set,
            simulation: &self.simulation,
            clients: Clients::OfEveryDataPlane,
            namespaces: NamespaceGranularity::Each,
        }
    }

    /// What becomes of the requests of a class.
    pub fn outcome(&self, class: &RequestClass, members: &Members) -> FlowOutcome {
        self.at(class, members, None)
    }

    /// What becomes of those of its requests that go to an address; `None` for that of the host, whatever it is.
    ///
    /// A gateway may be called by several names; what one of them opens is open.
    pub fn at(&self, class: &RequestClass, members: &Members, dialled: Option<AddressClass>) -> FlowOutcome {
        if let Way::Direct(gateway) = &class.client.way
            && !self.simulation.knows_gateway(gateway)
        {
            return FlowOutcome::nothing_to_call();
        }
        let rank = |outcome: &FlowOutcome| match outcome.verdict {
            Verdict::Allowed | Verdict::Diverted => 0_u8,
            Verdict::Unknown => 1,
            Verdict::Blocked => 2,
        };
        let mut best: Option<FlowOutcome> = None;
        for query in class.queries(self.environment, &members.outer_names) {
            let outcome = self.outcome_of_query(class, &Query { address: dialled.map(AddressClass::address), ..query });
            if best.as_ref().is_none_or(|known| rank(&outcome) < rank(known)) {
                best = Some(outcome);
            }
        }
        best.unwrap_or_else(FlowOutcome::nothing_to_call)
    }

    /// The rows: classes with their outcomes.
    ///
    /// A message that takes the same way as the plain one has no row. A class that is finer than rows has one only where
    /// it arrives although no policy foresees it. A class whose outcome depends on the dialled address has a row for each
    /// address that objects name.
    pub fn rows<'u>(&'u self, universe: &'u Universe) -> impl Iterator<Item = Row<'u>> {
        let mut classes = universe.classes().peekable();
        let mut plain: Option<FlowOutcome> = None;
        let rows = std::iter::from_fn(move || {
            loop {
                let (class, members) = classes.next()?;
                let outcome = self.outcome(class, members);
                if class.message.is_plain() {
                    let varied = classes.peek().is_some_and(|(next, _)| !next.message.is_plain());
                    plain = varied.then(|| outcome.clone());
                } else if plain.as_ref().is_some_and(|plain| outcome.takes_same_way_as(plain)) {
                    continue;
                }
                if members.granularity == Granularity::Row || outcome.arrives_unforeseen() {
                    return Some((class, members, outcome));
                }
            }
        });
        rows.flat_map(|(class, members, outcome)| match outcome.verdict {
            Verdict::Unknown => self.by_address(universe, (class, members), outcome),
            _ => vec![Row { class, dialled: Vec::new(), outcome }],
        })
    }

    /// The rows of a class whose outcome is unknown: by the dialled address, if that is what is not known.
    fn by_address<'u>(
        &self,
        universe: &Universe,
        (class, members): (&'u RequestClass, &Members),
        outcome: FlowOutcome,
    ) -> Vec<Row<'u>> {
        let addresses = if class.client.way == Way::Pod { universe.addresses(class) } else { Vec::new() };
        let mut rows: Vec<Row<'u>> = Vec::new();
        for dialled in addresses {
            let outcome = self.at(class, members, Some(dialled));
            match rows.iter_mut().find(|row| row.outcome.takes_same_way_as(&outcome)) {
                Some(row) => row.dialled.push(dialled),
                None => rows.push(Row { class, dialled: vec![dialled], outcome }),
            }
        }
        if rows.iter().all(|row| row.outcome.verdict == Verdict::Unknown) {
            return vec![Row { class, dialled: Vec::new(), outcome }];
        }
        rows
    }

    fn outcome_of_query(&self, class: &RequestClass, query: &Query) -> FlowOutcome {
        let trace = self.simulation.trace(query);
        let by = self.intents.as_ref().and_then(|intents| intents.declaration(query, trace.reached.as_ref()));
        let intent = self.intents.as_ref().map(|intents| intents.ask(query));
        // Each of several places counts.
        let is_own_exit = || by.is_some() && self.intents.as_ref().is_some_and(|all| all.admits_all(query, &trace));
        let declared = match &intent {
            Some(Intent::Arrives(_)) => true,
            Some(Intent::MayArrive(to)) => trace.reached.as_ref().is_none_or(|_| trace.arrives_within(to)),
            Some(Intent::ByIdentity) => is_own_exit(),
            Some(Intent::Diverted(_) | Intent::Blocked | Intent::NotCaptured) | None => false,
        };
        let foreseen = match &intent {
            Some(Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to)) => {
                trace.gateway.is_some() && trace.arrives_within(to)
            }
            Some(Intent::ByIdentity) => is_own_exit(),
            Some(Intent::Blocked | Intent::NotCaptured) | None => false,
        };
        let verdict = self.intents.as_ref().map_or(trace.verdict, |intents| intents.verdict(query, &trace));
        let audit = self.intents.as_ref().is_some_and(|intents| intents.opens_by_audit(query, &trace));
        let (to_gateway, gateway_port) = leg_to_gateway(class, query, &trace);
        let to_host = leg_to_host(class, &trace);
        let mut other_gateways: Vec<(String, u16)> =
            trace.other_gateways().map(|crossed| (crossed.gateway.clone(), crossed.port)).collect();
        other_gateways.sort();
        let Trace {
            gateway,
            reached,
            also_reached,
            status,
            response_flags,
            decided_by,
            unknown,
            missing,
            assumed,
            unverified,
            ..
        } = trace;
        let said = match &class.name {
            SaidName::Another(name) => name,
            SaidName::Dialled | SaidName::Nothing => &class.host,
        };
        let written = |name: String| match name {
            name if name == sample(&class.host) => class.host.clone(),
            name if name == sample(said) => said.clone(),
            name => name,
        };
        let place =
            |reached: Reached| Reached { host: written(reached.host), sni: reached.sni.map(written), ..reached };
        FlowOutcome {
            verdict,
            declared,
            foreseen,
            audit,
            by: by.map(|flow| Declaration {
                policy: flow.policy.id.clone(),
                rule: flow.destination.name.clone(),
                span: flow.destination.span,
            }),
            gateway,
            gateway_port,
            other_gateways,
            to_gateway,
            to_host,
            unverified,
            reached: reached.map(place),
            also_reached: also_reached.into_iter().map(place).collect(),
            status,
            response_flags,
            decided_by,
            unknown,
            missing,
            assumed,
        }
    }
}

/// The port of a waypoint (`HBoneInboundListenPort` of pilot/pkg/model/network.go).
const HBONE: u16 = 15008;

/// How the bytes travel to the gateway, and to which port of its Service.
fn leg_to_gateway(class: &RequestClass, query: &Query, trace: &Trace) -> (Option<Encryption>, Option<u16>) {
    if trace.gateway.is_none() {
        return (None, None);
    }
    // ztunnel puts everything into HBONE.
    if trace.hops.iter().any(|hop| hop.at == Stop::Waypoint) {
        let encryption = if class.scheme.is_tls() { Encryption::TlsInMtls } else { Encryption::Mtls };
        return (Some(encryption), Some(HBONE));
    }
    if class.client.way == Way::Pod {
        let first = trace.hops.iter().find(|hop| hop.at == Stop::Sidecar);
        return (first.and_then(|hop| hop.encryption), first.and_then(|hop| port_of(hop.cluster.as_deref()?)));
    }
    let encryption = match (&query.path, class.scheme.is_tls()) {
        (ClientPath::Direct { .. }, true) => Encryption::TlsInMtls,
        (ClientPath::Direct { .. }, false) => Encryption::Mtls,
        (ClientPath::Sidecar | ClientPath::Ambient | ClientPath::None, true) => Encryption::Tls,
        (ClientPath::Sidecar | ClientPath::Ambient | ClientPath::None, false) => Encryption::Plain,
    };
    (Some(encryption), Some(class.port))
}

/// How the bytes travel to the host that they reach.
fn leg_to_host(class: &RequestClass, trace: &Trace) -> Option<Encryption> {
    trace.reached.as_ref()?;
    let is_last = |at: Stop| match at {
        Stop::Gateway | Stop::Waypoint => true,
        Stop::Sidecar => trace.gateway.is_none(),
        Stop::Origin => false,
    };
    let by_proxy = trace.hops.iter().rev().find(|hop| is_last(hop.at)).and_then(|hop| hop.encryption);
    // A sidecar that lets unknown hosts out leaves the bytes as they are.
    Some(by_proxy.unwrap_or(if class.scheme.is_tls() { Encryption::Tls } else { Encryption::Plain }))
}

/// The port of `outbound|443|subset|host`.
fn port_of(cluster: &str) -> Option<u16> {
    cluster.split('|').nth(1)?.parse().ok()
}
