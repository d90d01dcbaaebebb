//! The questions.
//!
//! Istio only ever compares a request with what stands in its objects. So for each host and port that some client sees
//! it is enough to ask as each kind of client that some object names, as one workload of each such namespace that none
//! names, and as one of any other namespace. Indices keep it linear: nothing here compares objects with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::{accounts, add_workloads};
use super::seen::{Host, Seen};
use super::{Client, Question, Whose};
use crate::istio::{AuthorizationRule, Objects, Source};
use crate::model::{Environment, PolicySet};
use crate::resource::Labels;
use crate::trace::outcome::{Knock, World};
use crate::trace::{Message, Messages, Scheme, scheme_of};

/// Questions, each with the server names by which a gateway may be called for it.
#[derive(Debug, Clone, Default)]
pub struct Universe {
    pub(super) questions: BTreeMap<Question, BTreeSet<String>>,
}

/// There are more questions than may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// So many at the least.
    pub at_least: usize,
}

/// What questions are made from.
struct Known<'k> {
    seen: Seen<'k>,
    messages: Messages,
    environment: &'k Environment,
    /// How many there is room for: a short text can raise a great many, so that they are counted before they are kept.
    most: usize,
}

impl Universe {
    /// Every question that the objects and policies tell apart.
    ///
    /// # Errors
    /// When there are more than `most`.
    pub fn of(
        objects: &Objects,
        environment: &Environment,
        set: Option<&PolicySet>,
        world: &World,
        most: usize,
    ) -> Result<Self, TooMany> {
        let mut universe = Self::default();
        let known = Known {
            seen: Seen::of(objects, environment, set),
            messages: Messages::of(objects, environment),
            environment,
            most,
        };
        let at_least = known.seen.count();
        if at_least > most {
            return Err(TooMany { at_least });
        }
        for (name, host) in &known.seen.hosts {
            universe.captured(name, host, &known)?;
        }
        for host in known.seen.taken.values() {
            universe.captured("*", host, &known)?;
        }
        universe.past_sidecars(&known)?;
        universe.direct(objects, set, world, &known)?;
        Ok(universe)
    }

    /// The questions of both: what either tells apart.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (question, names) in &other.questions {
            self.questions.entry(question.clone()).or_default().extend(names.iter().cloned());
        }
        self
    }

    /// The questions, by host, port, scheme and client.
    pub fn questions(&self) -> impl Iterator<Item = (&Question, &BTreeSet<String>)> {
        self.questions.iter()
    }

    /// Whether this one is among them.
    pub fn asks(&self, question: &Question) -> bool {
        self.questions.contains_key(question)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// A question in each of the messages that are told apart, and in the plain one.
    fn ask(
        &mut self,
        question: Question,
        names: impl IntoIterator<Item = String> + Clone,
        messages: &BTreeSet<&Message>,
        most: usize,
    ) -> Result<(), TooMany> {
        for message in messages.iter().filter(|_| question.scheme.is_http()) {
            let question = Question { message: (*message).clone(), ..question.clone() };
            self.questions.entry(question).or_default().extend(names.clone());
            if self.questions.len() > most {
                break;
            }
        }
        self.questions.entry(question).or_default().extend(names);
        let at_least = self.questions.len();
        if at_least > most { Err(TooMany { at_least }) } else { Ok(()) }
    }

    fn captured(&mut self, name: &str, host: &Host, known: &Known) -> Result<(), TooMany> {
        let Known { seen, messages, environment, most } = known;
        if host.doors.is_empty() {
            return Ok(());
        }
        let messages = messages.about(name);
        let wilder: Vec<&Host> = seen.covering(name).collect();
        let all = || std::iter::once(host).chain(wilder.iter().copied());
        let public = all().any(|host| host.public);
        let mut clients: BTreeSet<Whose> = all().flat_map(|host| &host.namespaces).cloned().map(Whose::Named).collect();
        if public {
            clients.extend(seen.special.iter().cloned().map(Whose::Named));
        }
        clients.insert(Whose::AnyOther);
        for (port, scheme) in &host.doors {
            for whose in &clients {
                let named = all().flat_map(|host| host.labels.of(whose, *port));
                let mut kinds: BTreeSet<Labels> = named.chain(seen.everywhere.of(whose, *port)).cloned().collect();
                add_workloads(&mut kinds, environment, whose);
                kinds.insert(Labels::new());
                for labels in kinds {
                    for service_account in accounts(environment, whose, &labels) {
                        let client =
                            Client { calls: None, namespace: whose.clone(), labels: labels.clone(), service_account };
                        let question = Question {
                            host: name.to_owned(),
                            port: *port,
                            scheme: *scheme,
                            client,
                            leads_to: None,
                            message: Message::default(),
                        };
                        self.ask(question, None, &messages, *most)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Workloads that the facts say have no sidecar: whatever they ask for, nothing of Istio's holds it. A gateway's
    /// namespace is the gateway's.
    fn past_sidecars(&mut self, known: &Known) -> Result<(), TooMany> {
        let Known { environment, most, .. } = known;
        let of_gateway = |name: &str| environment.gateways.values().any(|gateway| gateway.namespace == name);
        for (name, namespace) in environment.namespaces.iter().filter(|(name, _)| !of_gateway(name)) {
            let others = namespace.injection.as_ref().filter(|injection| !injection.value).map(|_| Labels::new());
            let listed = namespace.known().map(|workload| workload.labels.clone());
            let kinds: BTreeSet<Labels> =
                listed.chain(others).filter(|labels| !environment.captures(name, labels)).collect();
            for (labels, (port, scheme)) in kinds
                .into_iter()
                .flat_map(|labels| [(80, Scheme::Http), (443, Scheme::Https)].map(|door| (labels.clone(), door)))
            {
                let namespace = Whose::Named(name.clone());
                let client = Client { calls: None, namespace, labels, service_account: None };
                let message = Message::default();
                let question = Question { host: "*".to_owned(), port, scheme, client, leads_to: None, message };
                self.ask(question, None, &BTreeSet::new(), *most)?;
            }
        }
        Ok(())
    }

    /// Callers of the gateways themselves: each identity that a rule about the name names, and one that none does.
    fn direct(
        &mut self,
        objects: &Objects,
        set: Option<&PolicySet>,
        world: &World,
        known: &Known,
    ) -> Result<(), TooMany> {
        let identities = Identities::of(objects);
        let mut declared: BTreeMap<(&str, u16, &str, u16), Scheme> = BTreeMap::new();
        for flow in set.into_iter().flat_map(PolicySet::flows) {
            let exit = flow.exit();
            declared.insert((exit.gateway, exit.gateway_port, exit.host, exit.port), scheme_of(&flow));
        }
        for Knock { gateway, port, outer, host, leads_to } in world.knocks() {
            let scheme = match leads_to {
                None => Scheme::Http,
                Some(external) => {
                    let by_policy = declared.get(&(gateway.as_str(), port, host.as_str(), external));
                    let by_entry = || known.seen.spoken.get(&(host.clone(), external));
                    by_policy.or_else(by_entry).copied().filter(|scheme| !scheme.is_http()).unwrap_or(Scheme::Tcp)
                }
            };
            let mut callers: BTreeSet<(Whose, Option<String>)> = BTreeSet::from([(Whose::AnyOther, None)]);
            let messages = known.messages.about(&host);
            for name in [&outer, &host] {
                callers.extend(identities.about(name).cloned());
            }
            for (namespace, service_account) in callers {
                let client = Client { calls: Some(gateway.clone()), namespace, labels: Labels::new(), service_account };
                let message = Message::default();
                let question = Question { host: host.clone(), port, scheme, client, leads_to, message };
                self.ask(question, [outer.clone()], &messages, known.most)?;
            }
        }
        Ok(())
    }
}

/// Who is named by rules, and about which host or server name.
#[derive(Debug, Default)]
struct Identities {
    by_name: BTreeMap<String, BTreeSet<(Whose, Option<String>)>>,
    /// By rules that name none, or wildcards.
    always: BTreeSet<(Whose, Option<String>)>,
}

impl Identities {
    fn of(objects: &Objects) -> Self {
        let mut identities = Self::default();
        for rule in objects.authorization_policies.iter().flat_map(|policy| &policy.spec.rules) {
            let callers: BTreeSet<(Whose, Option<String>)> = rule.from.iter().flat_map(callers).collect();
            let names = names(rule);
            if names.is_empty() || names.iter().any(|name| name.contains('*')) {
                identities.always.extend(callers.iter().cloned());
            }
            for name in names {
                identities.by_name.entry(name).or_default().extend(callers.iter().cloned());
            }
        }
        identities
    }

    fn about(&self, name: &str) -> impl Iterator<Item = &(Whose, Option<String>)> {
        self.by_name.get(name).into_iter().flatten().chain(&self.always)
    }
}

/// Hosts without their ports, and server names.
fn names(rule: &AuthorizationRule) -> BTreeSet<String> {
    let hosts = rule.to.iter().flat_map(|to| to.hosts.any.iter().chain(&to.hosts.none));
    let hosts = hosts.map(|host| host.split_once(':').map_or(host.as_str(), |(host, _)| host));
    let conditions = rule.when.iter().filter(|when| when.key == "connection.sni");
    // What a rule is not about does not narrow it.
    let server_names = conditions.flat_map(|when| when.values.any.iter()).map(String::as_str);
    hosts.chain(server_names).map(str::to_ascii_lowercase).collect()
}

/// The identities that a source names, and for each account one of its namespace that is not named.
fn callers(source: &Source) -> BTreeSet<(Whose, Option<String>)> {
    let mut callers = BTreeSet::new();
    let mut add = |namespace: &str, account: Option<&str>| {
        if !namespace.contains('*') {
            callers.insert((Whose::Named(namespace.to_owned()), None));
            callers.insert((
                Whose::Named(namespace.to_owned()),
                account.filter(|name| !name.contains('*')).map(str::to_owned),
            ));
        }
    };
    for namespace in source.namespaces.any.iter().chain(&source.namespaces.none) {
        add(namespace, None);
    }
    for principal in source.principals.any.iter().chain(&source.principals.none) {
        if let Some((namespace, account)) = principal.split_once("/ns/").and_then(|(_, rest)| rest.split_once("/sa/")) {
            add(namespace, Some(account));
        }
    }
    for account in source.service_accounts.any.iter().chain(&source.service_accounts.none) {
        if let Some((namespace, account)) = account.split_once('/') {
            add(namespace, Some(account));
        }
    }
    callers
}
