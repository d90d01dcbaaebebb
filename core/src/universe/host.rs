use std::collections::{BTreeMap, BTreeSet};

use super::ClientNamespace;
use super::labels::Named;
use super::route_match::RouteMatch;
use crate::model::Flow;
use crate::resource::Labels;
use crate::trace::Scheme;

/// Everything that objects and policies name about one host, which may be a wildcard.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// The ports that may be dialled, each with its scheme.
    pub(super) ports: BTreeSet<(u16, Scheme)>,
    /// Ports that a route names, for a host without a ServiceEntry.
    pub(super) routed: BTreeSet<(u16, Scheme)>,
    /// Namespaces that see an object for it that others do not see.
    pub(super) namespaces: BTreeSet<String>,
    /// Whether all namespaces see an object for it.
    pub(super) public: bool,
    /// Labels of clients that routes match.
    pub(super) labels: Named,
    /// Namespaces of clients that policies name.
    pub(super) clients: BTreeSet<String>,
    /// Labels of clients that policies name.
    pub(super) declared_labels: Named,
    /// Service accounts that policies name, by the client's namespace and its labels.
    declared_accounts: BTreeMap<String, BTreeMap<Labels, BTreeSet<String>>>,
}

impl Host {
    pub(super) fn client(&mut self, flow: &Flow) {
        self.clients.insert(flow.client_namespace().to_owned());
        if let Some(selector) = &flow.client.selector {
            self.declared_labels.add(Some(flow.client_namespace()), Some(flow.port()), &selector.value);
        }
        if let Some(accounts) = &flow.client.service_accounts {
            let labels = flow.client.selector.as_ref().map(|selector| selector.value.clone()).unwrap_or_default();
            let known = self.declared_accounts.entry(flow.client_namespace().to_owned()).or_default();
            known.entry(labels).or_default().extend(accounts.iter().cloned());
        }
    }

    /// The service accounts that policies name for clients with these labels.
    pub(super) fn accounts_of(&self, whose: &ClientNamespace, labels: &Labels) -> BTreeSet<&String> {
        let is_theirs = |wanted: &Labels| wanted.iter().all(|(key, value)| labels.get(key) == Some(value));
        let of_namespace = whose.name().and_then(|namespace| self.declared_accounts.get(namespace));
        let theirs = of_namespace.into_iter().flatten().filter(|(wanted, _)| is_theirs(wanted));
        theirs.flat_map(|(_, accounts)| accounts).collect()
    }

    pub(super) fn matched(&mut self, each: &RouteMatch, public: bool, viewers: &BTreeSet<String>) {
        self.public |= public;
        self.namespaces.extend(viewers.iter().cloned());
        match each.namespace {
            // A route for one namespace distinguishes that namespace, with or without labels.
            Some(namespace) if public || viewers.contains(namespace) => {
                self.namespaces.insert(namespace.to_owned());
                self.labels.add(Some(namespace), each.port, each.labels);
            }
            Some(_) => {}
            None if public => self.labels.add(None, each.port, each.labels),
            None => {
                for namespace in viewers {
                    self.labels.add(Some(namespace), each.port, each.labels);
                }
            }
        }
    }
}
