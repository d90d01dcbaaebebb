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
use crate::trace::{Scheme, scheme_of};

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

/// How many questions there is room for: a short text can raise a great many, so that they are counted before they are
/// kept.
struct Room {
    most: usize,
    left: usize,
}

impl Room {
    fn take(&mut self) -> Result<(), TooMany> {
        let at_least = self.most.saturating_add(1);
        self.left = self.left.checked_sub(1).ok_or(TooMany { at_least })?;
        Ok(())
    }
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
        let mut room = Room { most, left: most };
        let seen = Seen::of(objects, environment, set);
        let at_least = seen.count();
        if at_least > most {
            return Err(TooMany { at_least });
        }
        for (name, host) in &seen.hosts {
            universe.captured(name, host, &seen, environment, &mut room)?;
        }
        for host in seen.taken.values() {
            universe.captured("*", host, &seen, environment, &mut room)?;
        }
        universe.direct(objects, set, world, &seen, &mut room)?;
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

    fn captured(
        &mut self,
        name: &str,
        host: &Host,
        seen: &Seen,
        environment: &Environment,
        room: &mut Room,
    ) -> Result<(), TooMany> {
        if host.doors.is_empty() {
            return Ok(());
        }
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
                        room.take()?;
                        let client =
                            Client { calls: None, namespace: whose.clone(), labels: labels.clone(), service_account };
                        let question =
                            Question { host: name.to_owned(), port: *port, scheme: *scheme, client, leads_to: None };
                        self.questions.entry(question).or_default();
                    }
                }
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
        seen: &Seen,
        room: &mut Room,
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
                    let by_entry = || seen.spoken.get(&(host.clone(), external));
                    by_policy.or_else(by_entry).copied().filter(|scheme| !scheme.is_http()).unwrap_or(Scheme::Tcp)
                }
            };
            let mut callers: BTreeSet<(Whose, Option<String>)> = BTreeSet::from([(Whose::AnyOther, None)]);
            for name in [&outer, &host] {
                callers.extend(identities.about(name).cloned());
            }
            for (namespace, service_account) in callers {
                room.take()?;
                let client = Client { calls: Some(gateway.clone()), namespace, labels: Labels::new(), service_account };
                let question = Question { host: host.clone(), port, scheme, client, leads_to };
                self.questions.entry(question).or_default().insert(outer.clone());
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
