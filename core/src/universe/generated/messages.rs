//! The HTTP messages that rules about requests distinguish.

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::Objects;
use crate::model::PolicySet;
use crate::trace::Message;
use crate::universe::messages_of_matches;

/// Messages by host: those on both sides of each declared rule, and those that the generated routes match, so that a route
/// that allows too much is found.
#[derive(Debug, Default)]
pub(super) struct RuleMessages {
    by_host: BTreeMap<String, BTreeSet<Message>>,
    none: BTreeSet<Message>,
}

impl RuleMessages {
    pub(super) fn of(set: &PolicySet, objects: &Objects) -> Self {
        let mut messages = Self::default();
        let rules = set.policies.iter().flat_map(|policy| &policy.rules);
        for destination in rules.flat_map(|rule| &rule.destinations) {
            let told = destination.http.rules.examples();
            for host in destination.hosts.iter().filter(|_| !told.is_empty()) {
                let known = messages.by_host.entry(host.value.clone()).or_default();
                known.extend(told.iter().cloned().map(Message::from));
            }
        }
        for service in &objects.virtual_services {
            let told = messages_of_matches(service.spec.http.iter().flat_map(|route| &route.matches));
            for host in service.spec.hosts.iter().filter(|_| !told.is_empty()) {
                messages.by_host.entry(host.clone()).or_default().extend(told.iter().cloned());
            }
        }
        messages
    }

    pub(super) fn about(&self, host: &str) -> &BTreeSet<Message> {
        self.by_host.get(host).unwrap_or(&self.none)
    }
}
