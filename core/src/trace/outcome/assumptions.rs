//! What cannot be known is assumed: true in one run, false in another.
//!
//! A run meets questions in an order that depends on the answers so far. A request is run once for each set of answers.
//! Where the runs end differently, the result is `unknown`, and the questions are the reasons.
//!
//! A question is a value that carries everything it is about: the same one has the same answer throughout a run, and two
//! different ones have nothing to do with each other.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::creation_order::{CreationOrder, ObjectAge, ObjectId};
use super::host_index::HostId;
use super::ids::{ContainerPort, GatewayPodsId, ServiceId, Visit};
use crate::resource::Labels;

/// The runs of one query. More could not be read as reasons anyway.
pub(crate) const MOST_RUNS: usize = 64;

/// What cannot be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Which of several kinds of workloads the client is.
    Workload,
    /// Whether a sidecar captures the connection, which depends on the address or on a setting that is not followed.
    Captured,
    /// What a sidecar does with unknown hosts.
    OutboundTrafficPolicy,
    /// Whether the client's sidecar answers DNS.
    DnsCapture,
    /// Whether Istio gives addresses to hosts that have none, in a release that does not do so by itself.
    AutomaticAddresses,
    /// Whether the client waits for the server to send the first bytes.
    WaitsForServer,
    /// Whether sidecars stop looking for HTTP after some time.
    DetectionTimeout,
    /// What proxies make of a path; where revisions differ, each proxy by itself.
    PathNormalization(Option<Visit>),
    /// Whether the cluster has a Service of this host, which no document describes.
    Service(String),
    /// Whether the cluster has a Service with HTTP on this port, which no document describes.
    HttpService(u16),
    /// Whether a namespace has pods with the labels that a ServiceEntry selects.
    SelectedPods { namespace: String, labels: String },
    /// Whether a namespace uses a waypoint.
    Waypoint(String),
    /// Whether a waypoint is there and ready.
    WaypointIsReady(String),
    /// Whether a waypoint allows services of a namespace.
    WaypointAllows { waypoint: String, namespace: String },
    /// Whether ztunnel answers the client's DNS queries.
    AmbientDnsCapture,
    /// Whether ztunnel takes the dialled address for one in a network of a service.
    AmbientNetwork(ServiceId),
    /// Which of some objects is the oldest.
    Oldest(Vec<ObjectId>),
    /// Whether services of the proxy's own namespace stand before those that are exported to it, as up to Istio 1.30.2.
    OwnServicesFirst,
    /// Whether a Sidecar that names its hosts imports one service of a namespace for each, as since Istio 1.31.
    ExactHostsLookedUp,
    /// Whether sidecars know the hosts of the registry with a dot behind them, as newer releases of Istio have it.
    DotBehindHost,
    /// Whether a route of the Gateway API without a backend answers with 404, as Istio 1.30.
    StatusWithoutBackend,
    /// Whether istiod reads the alpha kinds of the Gateway API.
    AlphaGatewayApi,
    /// Whether there is a revision of Istio of this name, or a tag.
    Revision(String),
    /// Whether the pods of a gateway have a label.
    Label { pods: GatewayPodsId, key: String, value: String },
    /// Whether the pods of the client have a label that a controller, the injector or istiod adds.
    LabelOfClient { key: String, value: String },
    /// Which container port is behind a port of a gateway's Service.
    ContainerPort { gateway: GatewayPodsId, port: u16 },
    /// Which servers listen on a container port: of several Services that select the pods the oldest decides.
    ServerPorts { gateway: GatewayPodsId, port: u16, container: ContainerPort },
    /// Whether a pod of a gateway runs on the client's node.
    OnTheNode(GatewayPodsId),
    /// Whether a gateway's certificate has one of some names.
    Identity { gateway: GatewayPodsId, names: Vec<String> },
    /// Whether the certificate of an external host has one of some names.
    Certificate { host: String, names: Vec<String> },
    /// Whether a match of an HTTP route is as the request is at a proxy.
    HttpMatch { at: Visit, route: ObjectId, http: usize, each: usize },
    /// Whether an HTTP route aborts the request.
    Abort { at: Visit, route: ObjectId, http: usize },
    /// Which destination of a route the request takes.
    Destination { at: Visit, route: ObjectId, part: RoutePart },
    /// Which endpoint of a service the request takes.
    Endpoint { at: Visit, service: ObjectId, host: HostId, labels: Option<Labels> },
    /// Which of several ServiceEntries for one host gives the endpoint that a request takes.
    EntryOfEndpoint { at: Visit, service: ObjectId, host: HostId, port: u16 },
    /// Whether the dialled address is in some networks.
    Subnets(Vec<String>),
    /// Whether a match of TLS or TCP with a field that is not understood holds.
    L4Match { route: ObjectId, fields: Vec<String> },
    /// Whether the dialled name resolves to an address of a service.
    ResolvesTo(ServiceId),
    /// Whether an address is that of a ready endpoint of a headless Service.
    EndpointOf(ServiceId, IpAddr),
    /// Which of the addresses of a service its client dials.
    AddressOf(ServiceId),
    /// Which host keeps an address.
    AddressOwner(String),
    /// Whether a sidecar knows a host by an address.
    KnownBy { host: HostId, address: String },
    /// Whether an external service refuses the request for a policy.
    External { at: Visit, policy: ObjectId },
    /// Whether a rule with a field that is not understood matches.
    Rule { at: Visit, policy: ObjectId, index: usize },
    /// Whether an attribute of the request is as a policy asks.
    Attribute { at: Visit, what: String, value: String },
}

impl Unknown {
    /// Whether the answer is another one for each request: a weight decides, or which endpoint is next.
    pub(crate) fn is_of_chance(&self) -> bool {
        matches!(self, Self::Destination { .. } | Self::Endpoint { .. } | Self::Abort { .. })
    }
}

/// A list of destinations in a VirtualService.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoutePart {
    Http(usize),
    Tls(usize),
    Tcp(usize),
}

/// What one run assumes.
#[derive(Debug, Default)]
pub(crate) struct Assumptions {
    script: Vec<usize>,
    made: Vec<Assumption>,
    ages: CreationOrder,
}

/// A question, and the answer that a run takes for it.
#[derive(Debug)]
pub(crate) struct Assumption {
    pub(crate) unknown: Unknown,
    /// How many answers there are.
    pub(crate) options: usize,
    pub(crate) answer: usize,
    /// Why the answer is not known.
    pub(crate) why: String,
    /// The candidate that the answer stands for, in words; empty for yes or no, and for an age.
    pub(crate) candidate: String,
}

impl Assumptions {
    /// A run in which the first questions are answered so, and the others by their first candidate.
    pub(crate) fn following(script: Vec<usize>) -> Self {
        Self { script, ..Self::default() }
    }

    /// One of the candidates; none where there are none. `name` is a candidate in words.
    pub(crate) fn assume_one_of<'c, T>(
        &mut self,
        candidates: &'c [T],
        unknown: impl FnOnce() -> Unknown,
        why: impl FnOnce() -> String,
        name: impl Fn(&T) -> String,
    ) -> Option<&'c T> {
        // This is nearly always so; then the question is not even built.
        if candidates.len() < 2 {
            return candidates.first();
        }
        let name = |answer: usize| candidates.get(answer).map(name).unwrap_or_default();
        candidates.get(self.answer(unknown(), candidates.len(), why, name))
    }

    /// Whether it is so.
    pub(crate) fn assume(&mut self, unknown: Unknown, why: impl FnOnce() -> String) -> bool {
        self.answer(unknown, 2, why, |_| String::new()) == 0
    }

    /// Whether pods have a label: a key has one value at most.
    pub(crate) fn assume_label(
        &mut self,
        pods: GatewayPodsId,
        key: &str,
        value: &str,
        why: impl FnOnce() -> String,
    ) -> bool {
        let has_another = self.made.iter().any(|assumption| {
            assumption.answer == 0
                && matches!(&assumption.unknown, Unknown::Label { pods: known, key: name, value: other }
                    if *known == pods && name == key && other != value)
        });
        let label = || Unknown::Label { pods, key: key.to_owned(), value: value.to_owned() };
        !has_another && self.assume(label(), why)
    }

    /// Whether the pods of the client have a label that somebody adds to those that are written: a key has one value at most.
    pub(crate) fn assume_label_of_client(&mut self, key: &str, value: &str) -> bool {
        let has_another = self.made.iter().any(|assumption| {
            assumption.answer == 0
                && matches!(&assumption.unknown, Unknown::LabelOfClient { key: name, value: other }
                    if name == key && other != value)
        });
        let label = || Unknown::LabelOfClient { key: key.to_owned(), value: value.to_owned() };
        !has_another
            && self.assume(label(), || {
                format!(
                    "no document gives the value of the label `{key}` of the client's pods, and an object selects by it"
                )
            })
    }

    /// The oldest of some candidates, which come in Istio's order.
    ///
    /// Known creation times decide, and what was assumed before. Where all candidates that may be the oldest are alike, nothing
    /// is assumed. What is assumed holds for every later question.
    pub(crate) fn oldest_of<'c, 'w, T>(
        &mut self,
        candidates: &'c [T],
        age: impl Fn(&T) -> ObjectAge<'w>,
        alike: impl Fn(&T, &T) -> bool,
        why: impl FnOnce() -> String,
    ) -> Option<&'c T> {
        if candidates.len() < 2 {
            return candidates.first();
        }
        let firsts = self.possible_firsts(candidates, &age);
        let (first, others) = firsts.split_first()?;
        if others.iter().all(|other| alike(first, other)) {
            return Some(first);
        }
        let unknown = Unknown::Oldest(firsts.iter().map(|candidate| age(candidate).id).collect());
        let pick = self.answer(unknown, firsts.len(), why, |_| String::new());
        let oldest = firsts.get(pick).copied()?;
        for other in &firsts {
            let (oldest, other) = (age(oldest), age(other));
            // When there are more than can be tried, what follows does not matter.
            if firsts.len() <= MOST_RUNS && oldest != other {
                self.ages.assume(&oldest, &other);
            }
        }
        Some(oldest)
    }

    /// Whether the first of two objects comes before the second.
    pub(crate) fn is_older(&mut self, a: &ObjectAge<'_>, b: &ObjectAge<'_>, why: impl FnOnce() -> String) -> bool {
        self.oldest_of(&[*a, *b], |age| *age, |_, _| false, why) == Some(a)
    }

    /// Puts objects into one of all orders that are possible.
    pub(crate) fn in_order<'w, T: Copy>(
        &mut self,
        mut objects: Vec<T>,
        age: impl Fn(&T) -> ObjectAge<'w>,
        why: impl Fn() -> String,
    ) -> Vec<T> {
        let mut ordered = Vec::with_capacity(objects.len());
        while let Some(oldest) = self.oldest_of(&objects, &age, |_, _| false, &why).copied() {
            let id = age(&oldest).id;
            objects.retain(|other| age(other).id != id);
            ordered.push(oldest);
        }
        ordered
    }

    /// What is known and assumed of the order of objects.
    pub(crate) fn ages(&self) -> &CreationOrder {
        &self.ages
    }

    /// Those of which none of the others is known to come before; a few more than can be tried are enough.
    fn possible_firsts<'c, 'w, T>(&self, candidates: &'c [T], age: &impl Fn(&T) -> ObjectAge<'w>) -> Vec<&'c T> {
        // Only the oldest of those with a known time can be the first.
        let mut rivals: Vec<&'c T> = Vec::new();
        let mut oldest_known: Option<usize> = None;
        // Of very many, which come in Istio's order, those after enough others change nothing as long as nothing is assumed: each
        // object without a time may be the first, with the first of its candidates.
        let are_very_many = candidates.len() > MOST_RUNS.saturating_mul(2) && self.ages.is_empty();
        let mut objects: BTreeSet<ObjectId> = BTreeSet::new();
        for candidate in candidates {
            let this = age(candidate);
            let known = oldest_known.and_then(|at| rivals.get_mut(at));
            match known.filter(|known| this.is_known_beside(&age(known))) {
                Some(known) if this.order(&age(known)).is_lt() => *known = candidate,
                Some(_) => {}
                None if this.is_timed() => {
                    oldest_known = Some(rivals.len());
                    rivals.push(candidate);
                }
                None if are_very_many && !objects.insert(this.object()) => {}
                None => rivals.push(candidate),
            }
            if objects.len() > MOST_RUNS {
                break;
            }
        }
        let is_first = |candidate: &&T| {
            let this = age(candidate);
            !rivals.iter().any(|other| self.ages.is_before(&age(other), &this))
        };
        rivals.iter().copied().filter(is_first).take(MOST_RUNS.saturating_add(1)).collect()
    }

    /// Answers with less than `options`.
    fn answer(
        &mut self,
        unknown: Unknown,
        options: usize,
        why: impl FnOnce() -> String,
        name: impl FnOnce(usize) -> String,
    ) -> usize {
        // Another list of candidates would be another question.
        if let Some(known) = self.made.iter().find(|made| made.options == options && made.unknown == unknown) {
            return known.answer;
        }
        let answer = self.script.get(self.made.len()).copied().unwrap_or(0);
        self.made.push(Assumption { unknown, options, answer, why: why(), candidate: name(answer) });
        answer
    }

    /// How many assumptions were made.
    pub(crate) fn count(&self) -> usize {
        self.made.len()
    }

    /// The next run's script; `None` after the last.
    pub(crate) fn next(&self) -> Option<Vec<usize>> {
        let last = self.made.iter().rposition(|made| made.answer.saturating_add(1) < made.options)?;
        let mut script: Vec<usize> = self.made.iter().take(last).map(|made| made.answer).collect();
        script.push(self.made.get(last)?.answer.saturating_add(1));
        Some(script)
    }

    /// Whether a question has more answers than there may be runs, so that not every answer is tried.
    pub(crate) fn outnumber_the_runs(&self) -> bool {
        self.made.iter().any(|made| made.options > MOST_RUNS)
    }

    /// Whether everything that was assumed is decided anew for each request: by a weight, or by which endpoint is next.
    pub(crate) fn are_of_chance(&self) -> bool {
        self.made.iter().all(|made| made.unknown.is_of_chance())
    }

    /// Whether something that was assumed is decided anew for each request.
    pub(crate) fn have_chance(&self) -> bool {
        self.made.iter().any(|made| made.unknown.is_of_chance())
    }

    /// The assumptions, in the order in which they were made.
    pub(crate) fn made(&self) -> &[Assumption] {
        &self.made
    }

    /// The same, when the run is over.
    pub(crate) fn into_made(self) -> Vec<Assumption> {
        self.made
    }
}

#[cfg(test)]
mod tests {
    use super::super::creation_order::ObjectKind;
    use super::*;

    fn runs<T>(mut run: impl FnMut(&mut Assumptions) -> T) -> Vec<T> {
        let mut ends = Vec::new();
        let mut script = Some(Vec::new());
        while let Some(answers) = script {
            let mut assumptions = Assumptions::following(answers);
            ends.push(run(&mut assumptions));
            script = assumptions.next();
        }
        ends
    }

    fn network(at: usize) -> Unknown {
        Unknown::ResolvesTo(at)
    }

    fn age(at: usize) -> ObjectAge<'static> {
        ObjectAge::named(ObjectKind::ServiceEntry, at, None, ["a", "b", "c", "d"][at], "n")
    }

    fn oldest(assumptions: &mut Assumptions, of: &[usize]) -> usize {
        *assumptions.oldest_of(of, |at| age(*at), |_, _| false, String::new).unwrap()
    }

    #[test]
    fn every_way_is_tried_once() {
        let seen = runs(|assumptions| {
            let first = assumptions.assume(network(1), String::new);
            let second = if first {
                *assumptions.assume_one_of(&[7, 8, 9], || network(2), String::new, |_| String::new()).unwrap()
            } else {
                0
            };
            assert_eq!(assumptions.assume(network(1), String::new), first, "a question is answered once");
            (first, second)
        });
        assert_eq!(seen, [(true, 7), (true, 8), (true, 9), (false, 0)]);
    }

    #[test]
    fn a_question_may_have_more_answers_than_there_are_runs() {
        let mut assumptions = Assumptions::default();
        assumptions.assume_one_of(&[0; MOST_RUNS], || network(1), String::new, |_| String::new());
        assert!(!assumptions.outnumber_the_runs());
        assumptions.assume_one_of(&[0; MOST_RUNS + 1], || network(2), String::new, |_| String::new());
        assert!(assumptions.outnumber_the_runs() && assumptions.next().is_some());
    }

    #[test]
    fn two_lists_that_share_objects_have_every_pair_of_oldest_ones_that_ages_allow() {
        let seen = runs(|assumptions| (oldest(assumptions, &[0, 1]), oldest(assumptions, &[1, 2])));
        assert_eq!(seen, [(0, 1), (0, 2), (1, 1), (1, 2)]);
        let seen = runs(|assumptions| {
            (oldest(assumptions, &[0, 1]), oldest(assumptions, &[1, 2]), oldest(assumptions, &[0, 2]))
        });
        assert_eq!(seen, [(0, 1, 0), (0, 2, 0), (0, 2, 2), (1, 1, 0), (1, 1, 2), (1, 2, 2)], "six orders of three");
    }

    #[test]
    fn all_orders_are_tried() {
        let orders = runs(|assumptions| assumptions.in_order(vec![0, 1, 2, 3], |at| age(*at), String::new));
        assert_eq!(orders.len(), 24);
        assert_eq!(orders.iter().collect::<BTreeSet<_>>().len(), 24);
    }

    #[test]
    fn a_key_of_pods_has_one_value_at_most() {
        let seen = runs(|assumptions| ["x", "y"].map(|value| assumptions.assume_label(0, "app", value, String::new)));
        assert_eq!(seen, [[true, false], [false, true], [false, false]]);
    }
}
