//! The requests of a class.

use std::collections::BTreeSet;

use super::{ClientNamespace, RequestClass, SaidName, Way};
use crate::model::Environment;
use crate::trace::{ClientPath, OtherLabels, Query};

/// A namespace that nothing names. It is longer than a DNS label, so no namespace can have this name.
pub(crate) const OTHER_NAMESPACE: &str = "a-namespace-that-no-object-of-this-mesh-names-and-that-cannot-be-there";
/// A host that nothing names: `.invalid` is reserved for names that do not exist (RFC 2606).
pub(super) const UNDECLARED: &str = "undeclared.invalid";
/// A service account that no object names.
pub(super) const NO_ACCOUNT: &str = "no-such-account";

impl RequestClass {
    /// The requests of the class: one, or one for each server name with which its client may call a gateway.
    pub fn queries(&self, environment: &Environment, outer_names: &BTreeSet<String>) -> Vec<Query> {
        match &self.client.way {
            Way::Pod => vec![self.query(environment, self.client.data_plane(environment).into())],
            Way::Plain => vec![self.query(environment, ClientPath::None)],
            Way::Direct(gateway) => {
                let by = |name: &str| ClientPath::Direct { gateway: gateway.clone(), outer_sni: sample(name) };
                if outer_names.is_empty() {
                    return vec![self.query(environment, by(&self.host))];
                }
                outer_names.iter().map(|name| self.query(environment, by(name))).collect()
            }
        }
    }

    fn query(&self, environment: &Environment, path: ClientPath) -> Query {
        let Self { host, port, scheme, client, name, message, .. } = self;
        let known = client.namespace.name().and_then(|name| environment.namespaces.get(name));
        let all_are_known = known.is_some_and(|known| known.workloads.is_some());
        let has_none = client.namespace == ClientNamespace::AnyOther || all_are_known || client.calls().is_some();
        let host = sample(host);
        let said = match name {
            SaidName::Dialled => Some(host.clone()),
            SaidName::Another(name) => Some(sample(name)),
            SaidName::Nothing => None,
        };
        let mut headers = message.headers.clone();
        if let (SaidName::Another(_), Some(said)) = (name, &said) {
            headers.insert("host".to_owned(), said.clone());
        }
        Query {
            namespace: one_of(client.namespace.name().unwrap_or(OTHER_NAMESPACE)),
            labels: client.labels.clone(),
            other_labels: OtherLabels::NoneIsNamed,
            service_account: match &client.service_account {
                Some(account) => Some(one_of(account)),
                None => has_none.then(|| NO_ACCOUNT.to_owned()),
            },
            path,
            scheme: *scheme,
            sni: said.filter(|_| scheme.is_tls()),
            host,
            address: None,
            port: *port,
            method: message.method.clone(),
            http_path: message.path.clone(),
            is_http_2: false,
            headers,
        }
    }
}

/// A name that a pattern of an authorization rule matches.
fn one_of(pattern: &str) -> String {
    pattern.replace('*', "any-other")
}

/// A host that a wildcard matches and nothing names; `.invalid` is reserved for names that do not exist (RFC 2606).
pub(crate) fn sample(host: &str) -> String {
    match host.strip_prefix('*') {
        None => host.to_owned(),
        Some("") => "any-other-host.invalid".to_owned(),
        Some(rest) => format!("any-other-host{}{rest}", if rest.starts_with(['.', '-']) { "" } else { "." }),
    }
}
