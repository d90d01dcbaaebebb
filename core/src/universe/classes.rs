//! The classes of requests that objects and policies distinguish, each once.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

use super::addresses::{AddressClass, Addresses};
use super::alike::AlikeNamespaces;
use super::identities::Identities;
use super::visible::Visible;
use super::{Aspects, Messages, RequestClass, counted_calls};
use crate::istio::Objects;
use crate::model::{Environment, PolicySet};
use crate::resource::Labels;
use crate::trace::Message;
use crate::trace::outcome::{DirectCall, Simulation};

/// How finely requests are distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granularity {
    /// By what the objects name: each class is a row of `reach`, whether it arrives or not.
    Row,
    /// Also by what no object names: other protocols, ports and names of declared hosts, and labels of several
    /// selectors. Such a class is reported only if it arrives.
    Proof,
}

/// The details of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The server names with which a client of the class may call a gateway.
    pub outer_names: BTreeSet<String>,
    /// The coarsest granularity that includes the class.
    pub granularity: Granularity,
}

/// Classes that are left out, because there would be too many.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Messages for this host.
    Messages(String),
    /// Combined labels of several selectors, in this namespace.
    Labels(String),
}

/// The inputs from which the classes are made.
#[derive(Debug, Clone, Copy)]
pub struct UniverseInputs<'m> {
    /// Istio's objects, both the compiled ones and the user's own.
    pub objects: &'m Objects,
    /// What is known about the mesh.
    pub environment: &'m Environment,
    /// The policies, if there are any.
    pub set: Option<&'m PolicySet>,
    /// The evaluator of the same objects, which lists the calls that the gateways accept.
    pub simulation: &'m Simulation<'m>,
    /// The clients that are told apart.
    pub clients: Clients,
    /// The namespaces that are told apart.
    pub namespaces: NamespaceGranularity,
}

/// The namespaces that a universe tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamespaceGranularity {
    /// Each that is named.
    Each,
    /// Where many have Sidecars that are alike, one stands for the others.
    Alike,
}

/// The clients that a universe tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// Those behind sidecars: policies are about them.
    OfSidecars,
    /// Those in ambient mode as well, of whom policies say nothing.
    OfEveryDataPlane,
}

/// Request classes with their details.
#[derive(Debug, Clone, Default)]
pub struct Universe {
    classes: BTreeMap<RequestClass, Members>,
    left_out: BTreeSet<LeftOut>,
    /// Messages that are ordinary for a declared flow.
    unremarkable: BTreeSet<Message>,
    /// The same by host, where policies allow only some messages.
    ordinary: BTreeMap<String, BTreeSet<Message>>,
    addresses: Addresses,
}

/// There are more classes than the limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// A lower bound of their number.
    pub at_least: usize,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are {} classes of requests or more", self.at_least)
    }
}

impl Error for TooMany {}

/// The largest number of messages that a proof distinguishes for one declared host; every kind of client sends each of
/// them.
const MOST_MESSAGES: usize = 32;

/// The inputs, prepared for making classes.
pub(super) struct Known<'k> {
    pub(super) objects: &'k Objects,
    pub(super) environment: &'k Environment,
    pub(super) set: Option<&'k PolicySet>,
    pub(super) simulation: &'k Simulation<'k>,
    pub(super) direct_calls: BTreeSet<DirectCall>,
    pub(super) visible: Visible<'k>,
    pub(super) identities: Identities,
    pub(super) messages: Messages,
    pub(super) declared: BTreeSet<&'k str>,
    /// Workloads whose pods do not treat traffic as others of their namespace, by namespace.
    pub(super) special_workloads: BTreeMap<&'k str, Vec<&'k Labels>>,
    /// Namespaces with workloads in ambient mode, if these are told apart.
    pub(super) ambient: BTreeSet<&'k str>,
    /// Namespaces of the policies' clients.
    pub(super) client_namespaces: BTreeSet<&'k str>,
    /// Namespaces that stand for each other, if these are not told apart.
    pub(super) alike: Option<AlikeNamespaces<'k>>,
    /// The special namespaces that are alike with none.
    pub(super) special_apart: BTreeSet<String>,
    pub(super) granularity: Granularity,
    pub(super) aspects: Aspects,
    /// The largest number of classes. They are counted before they are stored, because a short text can lead to very
    /// many.
    pub(super) most: usize,
}

impl Universe {
    /// Every class that the objects and policies distinguish.
    ///
    /// # Errors
    /// If there are more than `most`.
    pub fn of(inputs: &UniverseInputs, granularity: Granularity, most: usize) -> Result<Self, TooMany> {
        Self::made_of(Aspects::ALL, inputs, granularity, most)
    }

    /// The same without the aspects that a test leaves out.
    ///
    /// # Errors
    /// If there are more than `most`.
    pub fn made_of(
        aspects: Aspects,
        inputs: &UniverseInputs,
        granularity: Granularity,
        most: usize,
    ) -> Result<Self, TooMany> {
        let UniverseInputs { objects, environment, set, simulation, clients, namespaces } = *inputs;
        let mut universe = Self { addresses: Addresses::of(objects, environment), ..Self::default() };
        let declared: BTreeSet<&str> =
            set.into_iter().flat_map(PolicySet::flows).map(|flow| flow.host.value.as_str()).collect();
        let mut messages = Messages::of(objects, environment, set, aspects);
        if granularity == Granularity::Proof
            && let Some(host) = messages.limit(&declared, MOST_MESSAGES)
        {
            universe.left_out.insert(LeftOut::Messages(host.to_owned()));
        }
        universe.unremarkable.clone_from(messages.unremarkable());
        universe.ordinary.clone_from(messages.ordinary());
        let ambient = match clients {
            Clients::OfEveryDataPlane => environment.ambient_namespaces().collect(),
            Clients::OfSidecars => BTreeSet::new(),
        };
        let visible = Visible::of(objects, environment, set, (aspects, !ambient.is_empty()));
        let identities = Identities::of(objects);
        let client_namespaces: BTreeSet<&str> =
            set.into_iter().flat_map(PolicySet::flows).map(|flow| flow.client_namespace()).collect();
        let alike = (namespaces == NamespaceGranularity::Alike).then(|| {
            AlikeNamespaces::of(objects, environment, &visible, &identities, (&client_namespaces, simulation))
        });
        let is_apart = |name: &&String| !alike.as_ref().is_some_and(|alike| alike.contains(name));
        let known = Known {
            special_apart: visible.special.iter().filter(is_apart).cloned().collect(),
            alike,
            direct_calls: simulation.direct_calls(),
            objects,
            environment,
            set,
            simulation,
            visible,
            identities,
            messages,
            declared,
            special_workloads: environment
                .namespaces
                .keys()
                .map(|name| (name.as_str(), environment.special_workloads(name).collect()))
                .collect(),
            ambient,
            client_namespaces,
            granularity,
            aspects,
            most,
        };
        let of_hosts = known.visible.count(&known.messages, &known.special_apart);
        let of_gateways = counted_calls::count(&known.direct_calls, &known.identities, &known.messages, aspects);
        let at_least = of_hosts.saturating_add(of_gateways);
        if at_least > most {
            return Err(TooMany { at_least });
        }
        universe.captured(&known)?;
        universe.original_destinations(&known)?;
        universe.services_of_gateways(&known)?;
        universe.past_sidecars(&known)?;
        universe.calls_of_gateways(&known)?;
        Ok(universe)
    }

    /// The classes of both: everything that one of the two distinguishes.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (class, members) in &other.classes {
            self.add(class.clone(), members.outer_names.iter().cloned(), members.granularity);
        }
        self.addresses.extend(&other.addresses);
        self.left_out.extend(other.left_out.iter().cloned());
        self.unremarkable.extend(other.unremarkable.iter().cloned());
        for (host, messages) in &other.ordinary {
            self.ordinary.entry(host.clone()).or_default().extend(messages.iter().cloned());
        }
        self
    }

    /// The classes, by host, port, scheme and client.
    pub fn classes(&self) -> impl Iterator<Item = (&RequestClass, &Members)> {
        self.classes.iter()
    }

    /// Whether this class is a row.
    pub fn has_row(&self, class: &RequestClass) -> bool {
        self.classes.get(class).is_some_and(|members| members.granularity == Granularity::Row)
    }

    /// Whether its message is the plain one, or another one that is ordinary for a declared flow.
    pub fn is_unremarkable(&self, class: &RequestClass) -> bool {
        let message = &class.message;
        let is_ordinary = self.ordinary.get(&class.host).is_some_and(|known| known.contains(message));
        message.is_plain() || self.unremarkable.contains(message) || is_ordinary
    }

    /// The addresses that are told apart where the result for a class depends on them.
    pub fn addresses(&self, class: &RequestClass) -> Vec<AddressClass> {
        self.addresses.told_apart(class)
    }

    /// The classes that are left out.
    pub fn left_out(&self) -> impl Iterator<Item = &LeftOut> {
        self.left_out.iter()
    }

    pub(super) fn leave_out(&mut self, what: LeftOut) {
        self.left_out.insert(what);
    }

    fn add(&mut self, class: RequestClass, names: impl IntoIterator<Item = String>, granularity: Granularity) {
        let members = self.classes.entry(class).or_insert(Members { outer_names: BTreeSet::new(), granularity });
        members.outer_names.extend(names);
        members.granularity = members.granularity.min(granularity);
    }

    /// Adds a class with the plain message, and one with each of these messages.
    pub(super) fn ask(
        &mut self,
        class: RequestClass,
        names: impl IntoIterator<Item = String> + Clone,
        granularity: Granularity,
        messages: &BTreeSet<&Message>,
        most: usize,
    ) -> Result<(), TooMany> {
        for message in messages.iter().filter(|_| class.scheme.is_http()) {
            let class = RequestClass { message: (*message).clone(), ..class.clone() };
            self.add(class, names.clone(), granularity);
            if self.classes.len() > most {
                break;
            }
        }
        self.add(class, names, granularity);
        let at_least = self.classes.len();
        if at_least > most { Err(TooMany { at_least }) } else { Ok(()) }
    }
}
