//! Who can reach what: every request that some object could tell from others, and how it fares.
//!
//! [`Universe`] finds the questions, [`Side`] answers them. Both look at Istio's objects and the policies alike, so that a
//! cluster that was configured by hand is asked as one that was compiled.

mod answer;
mod labels;
mod seen;
mod universe;

pub use answer::{Answer, Side};
pub use universe::{TooMany, Universe};

use crate::model::Environment;
use crate::resource::Labels;
use crate::trace::{Message, Scheme};

/// One kind of client and one destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The host that is dialled; a wildcard stands for any host of it that has no row of its own.
    pub host: String,
    /// The port that is dialled: of the host, or of the gateway when it is called directly.
    pub port: u16,
    /// What the client speaks.
    pub scheme: Scheme,
    /// Who asks.
    pub client: Client,
    /// The port of the host behind a gateway's listener for bytes: two such listeners of one port are two questions.
    pub leads_to: Option<u16>,
    /// What an HTTP request says; last, so that what others say follows the plain one.
    pub message: Message,
}

/// A kind of client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    /// The gateway that it calls with its own mesh certificate; `None`: its sidecar takes its traffic.
    pub calls: Option<String>,
    /// Its namespace.
    pub namespace: Whose,
    /// Its labels; empty stands for all workloads that have none of the named ones.
    pub labels: Labels,
    /// Its service account; `None` stands for all that are not named.
    pub service_account: Option<String>,
}

impl Client {
    /// Whether a sidecar takes its traffic, by what is known about the mesh.
    pub fn is_captured(&self, environment: &Environment) -> bool {
        self.calls.is_none() && self.namespace.name().is_none_or(|name| environment.captures(name, &self.labels))
    }
}

/// A client's namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// This one.
    Named(String),
    /// Any that is not named.
    AnyOther,
}

impl Whose {
    /// The name; `None` for those that are not named.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::AnyOther => None,
        }
    }
}

/// A host that a wildcard covers and nothing names; `.invalid` is reserved for what there is not (RFC 2606).
fn sample(host: &str) -> String {
    match host.strip_prefix('*') {
        None => host.to_owned(),
        Some("") => "any-other-host.invalid".to_owned(),
        Some(rest) => format!("any-other-host{}{rest}", if rest.starts_with('.') { "" } else { "." }),
    }
}
