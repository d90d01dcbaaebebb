//! The messages that objects distinguish: one for each match of a route, and for each rule of a gateway about requests.
//!
//! Each message is made from one object. A request that is allowed only by two objects together, each by another part
//! of it, is not found. If an expression cannot be evaluated here, the text is arbitrary and the verdict is unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::{Aspect, Aspects};
use crate::istio::{AuthorizationRule, HttpMatch, Listed, Meta, Objects, Operation, Pattern};
use crate::model::{Environment, Gateway, PolicySet};
use crate::resource::{Labels, may_be_of_one_pod};
use crate::trace::Message;

/// Stands for all texts that have only a beginning, or an end, in common.
const ANY: &str = "any-other";
const CONTENT_TYPE: &str = "content-type";
/// So many messages of one host are combined with others.
const MOST_COMBINED: usize = 16;
/// So many messages of one host may come from the rules of policies: a named set has about fifty.
const MOST_OF_POLICIES: usize = 96;
/// At least one of these is named by no rule, unless the rules name all methods.
const METHODS: [&str; 6] = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

/// Messages, by the hosts of the objects that distinguish them.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// By host, which may be a wildcard.
    by_host: BTreeMap<String, BTreeSet<Message>>,
    /// Those of rules that name no host.
    always: BTreeSet<Message>,
    /// Messages that are ordinary for a declared flow. No rule is written in order to block them.
    unremarkable: BTreeSet<Message>,
    /// The same for declared flows of which the policies allow only some messages, by host.
    ordinary: BTreeMap<String, BTreeSet<Message>>,
    /// How many there are because of the rules of policies, by host.
    of_policies: BTreeMap<String, usize>,
}

impl Messages {
    /// The messages that these objects distinguish.
    pub(super) fn of(objects: &Objects, environment: &Environment, set: Option<&PolicySet>, aspects: Aspects) -> Self {
        let mut messages = Self::default();
        if aspects.has(Aspect::Messages) {
            messages.told_apart(objects, environment);
            if let Some(set) = set {
                messages.declared(set);
            }
        }
        if aspects.has(Aspect::OtherMessages) {
            messages.unremarkable.extend(that_no_rule_names(objects, environment));
        }
        if aspects.has(Aspect::Tokens) && asks_for_tokens(objects, environment) {
            let headers = BTreeMap::from([("authorization".to_owned(), format!("Bearer {ANY}"))]);
            messages.unremarkable.insert(Message { headers, ..Message::default() });
        }
        messages
    }

    fn told_apart(&mut self, objects: &Objects, environment: &Environment) {
        for service in &objects.virtual_services {
            let matches = || service.spec.http.iter().flat_map(|route| &route.matches);
            let mut told = of_matches(matches());
            told.extend(typed(matches(), that_no_match_names(matches())));
            for host in service.spec.hosts.iter().filter(|_| !told.is_empty()) {
                let host = environment.full_name(host, &service.meta.namespace);
                self.by_host.entry(host).or_default().extend(told.iter().cloned());
            }
        }
        for rule in rules_at_gateways(objects, environment) {
            self.rule(rule);
        }
    }

    /// Those on both sides of the rules of policies: for the declared host each of them, also with the methods and paths that
    /// somebody's own objects compare there, and for every other name one that may be sent, because a route of somebody's
    /// own may lead to the declared host.
    fn declared(&mut self, set: &PolicySet) {
        let rules = set.policies.iter().flat_map(|policy| &policy.rules);
        for destination in rules.flat_map(|rule| &rule.destinations).filter(|each| !each.http.rules.are_empty()) {
            let usual = destination.protocol.usual_method();
            // Without the method that is usual, so that one request is not asked twice.
            let message = |example| {
                let message = Message::from(example);
                Message { method: message.method.filter(|method| method != usual), ..message }
            };
            let told: BTreeSet<Message> = destination.http.rules.examples().into_iter().map(message).collect();
            let allowed = destination.allowed_example().map(message);
            let allowed = allowed.filter(|message| !message.is_plain());
            self.always.extend(allowed.clone());
            for host in &destination.hosts {
                self.ordinary.entry(host.value.clone()).or_default().extend(allowed.clone());
                let known = self.by_host.entry(host.value.clone()).or_default();
                let combined: Vec<Message> =
                    known.iter().take(MOST_COMBINED).flat_map(|own| combined(own, &told)).collect();
                let without = known.len();
                known.extend(combined);
                known.extend(told.iter().cloned());
                let added = known.len().saturating_sub(without);
                let of_policies = self.of_policies.entry(host.value.clone()).or_default();
                *of_policies = of_policies.saturating_add(added).min(MOST_OF_POLICIES);
            }
        }
    }

    fn rule(&mut self, rule: &AuthorizationRule) {
        for operation in operations(rule) {
            let told = of_operation(operation, rule);
            let hosts = &operation.hosts.any;
            if hosts.is_empty() || hosts.iter().any(|host| host.contains('*')) {
                self.always.extend(told.iter().cloned());
            }
            for host in hosts {
                let host = host.split_once(':').map_or(host.as_str(), |(host, _)| host);
                self.by_host.entry(host.to_ascii_lowercase()).or_default().extend(told.iter().cloned());
            }
        }
    }

    /// Keeps at most `most` messages for each of these hosts, beside those of the rules of policies, and returns the first host
    /// that has more.
    pub(super) fn limit<'h>(&mut self, hosts: &BTreeSet<&'h str>, most: usize) -> Option<&'h str> {
        let most_of = |host: &str| most.saturating_add(self.of_policies.get(host).copied().unwrap_or_default());
        let found = hosts.iter().copied().find(|host| self.about(host).len() > most_of(host))?;
        let kept = |messages: &BTreeSet<Message>, most: usize| messages.iter().take(most).cloned().collect();
        self.always = kept(&self.always, most / 2);
        for messages in self.by_host.values_mut() {
            *messages = kept(messages, most / 2);
        }
        Some(found)
    }

    /// The messages that matter for a host.
    pub(super) fn about(&self, host: &str) -> BTreeSet<&Message> {
        let suffixes = host.char_indices().filter_map(|(at, _)| host.get(at..));
        let wildcards = suffixes.map(|suffix| format!("*{suffix}")).chain(["*".to_owned()]);
        let names = std::iter::once(host.to_owned()).chain(wildcards);
        let told = names.filter_map(|name| self.by_host.get(&name)).flatten();
        told.chain(&self.always).chain(&self.unremarkable).collect()
    }

    /// The messages that are ordinary for a declared flow to a host, where the policies allow only some.
    pub(super) fn ordinary(&self) -> &BTreeMap<String, BTreeSet<Message>> {
        &self.ordinary
    }

    /// How many of them there are, at least.
    pub(super) fn count_about(&self, host: &str) -> usize {
        let own = self.by_host.get(host).map_or(0, BTreeSet::len);
        own.max(self.always.len()).max(self.unremarkable.len())
    }

    /// The messages that are ordinary for a declared flow.
    pub(super) fn unremarkable(&self) -> &BTreeSet<Message> {
        &self.unremarkable
    }
}

/// A message of somebody's own objects with the methods and the paths of others, where it has none.
fn combined(own: &Message, told: &BTreeSet<Message>) -> Vec<Message> {
    let methods: BTreeSet<&String> = told.iter().filter_map(|message| message.method.as_ref()).collect();
    let paths: BTreeSet<&String> = told.iter().filter_map(|message| message.path.as_ref()).collect();
    let mut found = Vec::new();
    if own.method.is_none() {
        found.extend(methods.iter().map(|method| Message { method: Some((*method).clone()), ..own.clone() }));
    }
    if own.path.is_none() {
        let paths = paths.iter().take(MOST_COMBINED);
        found.extend(paths.map(|path| Message { path: Some((*path).clone()), ..own.clone() }));
    }
    found
}

/// A request with a path and a method that no match names, if some match names one: it reaches the routes after them.
fn that_no_match_names<'m>(matches: impl Iterator<Item = &'m HttpMatch>) -> Option<Message> {
    let (mut methods, mut any_path) = (BTreeSet::new(), false);
    for each in matches {
        let is_everything = |pattern: &Pattern| matches!(pattern, Pattern::Prefix(prefix) if prefix == "/");
        any_path |= each.uri.as_ref().is_some_and(|uri| !is_everything(uri));
        methods.extend(each.method.as_ref().or(each.headers.get(":method")).map(example));
    }
    let other = METHODS.iter().find(|method| !methods.contains(**method));
    let message = Message {
        method: other.filter(|_| !methods.is_empty()).map(|method| (*method).to_owned()),
        path: any_path.then(|| format!("/{ANY}")),
        headers: BTreeMap::new(),
    };
    (!message.is_plain()).then_some(message)
}

/// A request with a method and a path that no rule names, if rules name `GET` or a path.
fn that_no_rule_names(objects: &Objects, environment: &Environment) -> Option<Message> {
    let (mut methods, mut paths): (BTreeSet<&str>, BTreeSet<&str>) = (BTreeSet::new(), BTreeSet::new());
    for rule in rules_at_gateways(objects, environment) {
        for operation in operations(rule) {
            let asked = RequestFields::by(operation, rule);
            methods.extend(named(&asked.methods).map(String::as_str));
            paths.extend(named(&asked.paths).map(String::as_str));
        }
    }
    let names_get = methods.iter().any(|method| matches!(*method, "GET" | "*"));
    let other = METHODS.iter().find(|method| !methods.contains(**method));
    if names_get && other.is_none() {
        return None;
    }
    let message = Message {
        method: other.filter(|_| names_get).map(|method| (*method).to_owned()),
        path: (!paths.is_empty()).then(|| format!("/{ANY}")),
        headers: BTreeMap::new(),
    };
    (!message.is_plain()).then_some(message)
}

/// The rules of gateways. Rules of other workloads apply to the traffic that enters those workloads.
fn rules_at_gateways<'o>(
    objects: &'o Objects,
    environment: &'o Environment,
) -> impl Iterator<Item = &'o AuthorizationRule> {
    let policies = objects.authorization_policies.iter();
    policies
        .filter(|policy| is_at_gateway(&policy.meta, policy.spec.selector.as_ref(), environment))
        .flat_map(|policy| &policy.spec.rules)
}

/// Whether requests with a token are treated differently from those without one (`RequestAuthentication`).
fn asks_for_tokens(objects: &Objects, environment: &Environment) -> bool {
    objects
        .others
        .iter()
        .filter(|other| other.meta.kind == "RequestAuthentication")
        .any(|other| is_at_gateway(&other.meta, other.spec.selector.as_ref(), environment))
}

fn is_at_gateway(meta: &Meta, selector: Option<&Labels>, environment: &Environment) -> bool {
    environment.gateways.values().any(|gateway| {
        (meta.namespace == environment.root_namespace || meta.namespace == gateway.namespace)
            && selector.is_none_or(|selector| may_select(selector, gateway))
    })
}

/// The operations of a rule; a rule without operations applies to every request.
fn operations(rule: &AuthorizationRule) -> Vec<&Operation> {
    const ANYTHING: Listed = Listed { any: Vec::new(), none: Vec::new() };
    static ALL: Operation = Operation { hosts: ANYTHING, ports: ANYTHING, methods: ANYTHING, paths: ANYTHING };
    if rule.to.is_empty() { vec![&ALL] } else { rule.to.iter().collect() }
}

/// Whether a selector may select the gateway's pods: no label that is known of them has another value.
fn may_select(selector: &Labels, gateway: &Gateway) -> bool {
    let known = gateway.pod_labels.as_ref().unwrap_or(&gateway.selector);
    may_be_of_one_pod(selector, known)
}

/// The messages of the matches of one object.
pub(crate) fn of_matches<'m>(matches: impl Iterator<Item = &'m HttpMatch> + Clone) -> BTreeSet<Message> {
    typed(matches.clone(), matches.flat_map(of_match))
}

/// The same messages, with a type of their body where one of the matches compares it.
fn typed<'m>(
    mut matches: impl Iterator<Item = &'m HttpMatch>,
    messages: impl IntoIterator<Item = Message>,
) -> BTreeSet<Message> {
    let compare_a_type = matches.any(|each| each.headers.contains_key(CONTENT_TYPE));
    let messages = messages.into_iter();
    if compare_a_type { messages.map(with_type).collect() } else { messages.collect() }
}

/// A body without a type has one that is not known.
fn with_type(mut message: Message) -> Message {
    if !matches!(message.method.as_deref(), None | Some("GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE")) {
        message.headers.entry(CONTENT_TYPE.to_owned()).or_insert_with(|| format!("{ANY}-value"));
    }
    message
}

/// A message that this match matches, and for each header that must be absent, one that fails only because of that
/// header. The last one matches.
pub(crate) fn of_match(each: &HttpMatch) -> Vec<Message> {
    let mut message = Message {
        method: each.method.as_ref().or(each.headers.get(":method")).map(method_example),
        path: each.uri.as_ref().or(each.headers.get(":path")).map(example).map(absolute),
        headers: BTreeMap::new(),
    };
    let query: Vec<String> = each.query.iter().map(|(name, pattern)| format!("{name}={}", example(pattern))).collect();
    if !query.is_empty() {
        message.path = Some(format!("{}?{}", message.path.as_deref().unwrap_or("/"), query.join("&")));
    }
    let headers = |patterns: &BTreeMap<String, Pattern>| -> Vec<(String, String)> {
        let examples = patterns.iter().map(|(name, pattern)| (name.clone(), example(pattern)));
        examples.filter(|(name, _)| !name.starts_with(['@', ':'])).collect()
    };
    message.headers.extend(headers(&each.headers));
    let mut messages: Vec<Message> = headers(&each.without_headers)
        .into_iter()
        .map(|header| {
            let mut with = message.clone();
            with.headers.extend([header]);
            with
        })
        .collect();
    messages.push(message);
    messages.retain(|message| !message.is_plain());
    messages
}

/// A method that a pattern matches: a usual one, if it matches one of these.
fn method_example(pattern: &Pattern) -> String {
    let usual = std::iter::once("GET").chain(METHODS).find(|method| pattern.matches(method) == Some(true));
    usual.map_or_else(|| example(pattern), str::to_owned)
}

fn example(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Exact(exact) => exact.clone(),
        Pattern::Prefix(prefix) => format!("{prefix}{ANY}"),
        Pattern::PathPrefix(prefix) => format!("{}/{ANY}", prefix.strip_suffix('/').unwrap_or(prefix)),
        Pattern::Present => ANY.to_owned(),
        Pattern::Regex(regex) => regex.example(ANY),
    }
}

/// Messages that an operation matches, one for each of its values, and one for each value that it excludes.
fn of_operation(operation: &Operation, rule: &AuthorizationRule) -> BTreeSet<Message> {
    let RequestFields { methods, paths, headers } = RequestFields::by(operation, rule);
    let any = |value: Option<&String>| value.map(|value| matched(value).unwrap_or_else(|| ANY.to_owned()));
    let first = Message {
        method: wanted(&methods).and_then(|method| matched(method)),
        path: wanted(&paths).and_then(|path| matched(path)).map(absolute),
        headers: headers.iter().filter_map(|(name, values)| Some((name.clone(), any(values.any.first())?))).collect(),
    };
    let mut told = BTreeSet::from([first.clone()]);
    for method in named(&methods) {
        told.insert(Message { method: matched(method), ..first.clone() });
    }
    if named(&methods).next().is_some() {
        let other = METHODS.iter().find(|method| !named(&methods).any(|known| known == **method));
        told.insert(Message { method: other.map(|method| (*method).to_owned()), ..first.clone() });
    }
    for path in named(&paths) {
        told.insert(Message { path: matched(path).map(absolute), ..first.clone() });
    }
    if named(&paths).next().is_some() {
        told.insert(Message { path: Some(format!("/{ANY}")), ..first.clone() });
    }
    for (name, values) in &headers {
        for value in named(&[*values]) {
            let mut message = first.clone();
            message.headers.extend(any(Some(value)).map(|value| (name.clone(), value)));
            told.insert(message);
        }
    }
    told.retain(|message| !message.is_plain());
    told
}

/// The methods, paths and headers that a rule names, as fields or as conditions.
struct RequestFields<'r> {
    methods: Vec<&'r Listed>,
    paths: Vec<&'r Listed>,
    headers: Vec<(String, &'r Listed)>,
}

impl<'r> RequestFields<'r> {
    fn by(operation: &'r Operation, rule: &'r AuthorizationRule) -> Self {
        let conditions = || rule.when.iter().filter_map(|when| Some((header(&when.key)?, &when.values)));
        let of = |key: &'static str| conditions().filter(move |(name, _)| name == key).map(|(_, values)| values);
        Self {
            methods: std::iter::once(&operation.methods).chain(of(":method")).collect(),
            paths: std::iter::once(&operation.paths).chain(of(":path")).collect(),
            headers: conditions().filter(|(name, _)| !name.starts_with(':')).collect(),
        }
    }
}

/// A value that a rule matches.
fn wanted<'l>(lists: &[&'l Listed]) -> Option<&'l String> {
    lists.iter().find_map(|listed| listed.any.first())
}

/// Every value that a rule matches or excludes.
fn named<'l>(lists: &[&'l Listed]) -> impl Iterator<Item = &'l String> {
    let values: Vec<&String> = lists.iter().flat_map(|listed| listed.any.iter().chain(&listed.none)).collect();
    values.into_iter()
}

/// The header that a condition compares, except `Host`, which belongs to the destination.
fn header(key: &str) -> Option<String> {
    let name = key.strip_prefix("request.headers[")?.strip_suffix(']')?.to_ascii_lowercase();
    (!matches!(name.as_str(), "host" | ":authority")).then_some(name)
}

/// A text that a value of a rule matches; `None` for `*`, because it matches any text.
fn matched(value: &str) -> Option<String> {
    (value != "*").then(|| value.replace("{**}", ANY).replace("{*}", ANY).replace('*', ANY))
}

fn absolute(path: String) -> String {
    if path.starts_with('/') { path } else { format!("/{path}") }
}
