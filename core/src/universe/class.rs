//! A class of requests: who asks, and what for.

use crate::model::Environment;
use crate::resource::Labels;
use crate::trace::{Message, Scheme};

/// One kind of client and one destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestClass {
    /// The host that is dialled; a wildcard stands for any host of it that has no class of its own.
    pub host: String,
    /// The port that is dialled: of the host, or of the gateway's Service when the gateway is called directly.
    pub port: u16,
    /// What the client speaks.
    pub scheme: Scheme,
    /// Who asks.
    pub client: ClientClass,
    /// The port of the host behind a gateway's listener for bytes: two such listeners of one port are two classes.
    pub leads_to: Option<u16>,
    /// The name that the request says.
    pub name: SaidName,
    /// What an HTTP request says; last, so that what others say follows the plain one.
    pub message: Message,
}

/// The name in `Host`, or the TLS server name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaidName {
    /// The host that is dialled.
    Dialled,
    /// Another one; a wildcard stands for a host of it.
    Another(String),
    /// None at all.
    Nothing,
}

/// A kind of client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientClass {
    /// How its requests leave its pod.
    pub way: Way,
    /// Its namespace.
    pub namespace: ClientNamespace,
    /// Its labels; empty stands for all workloads that have none of the named ones.
    pub labels: Labels,
    /// Its service account; `None` stands for all that are not named.
    pub service_account: Option<String>,
}

/// How a client's requests leave its pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As its pod has it: through its sidecar, or straight to the network where the facts say that it has none.
    Pod,
    /// To this gateway, with its own mesh certificate.
    Direct(String),
    /// Straight to the network, without any certificate of the mesh.
    Plain,
}

impl ClientClass {
    /// Whether a sidecar captures its traffic, by what is known about the mesh.
    pub fn is_captured(&self, environment: &Environment) -> bool {
        self.way == Way::Pod && self.namespace.name().is_none_or(|name| environment.captures(name, &self.labels))
    }

    /// The gateway that it calls with its own mesh certificate.
    pub fn calls(&self) -> Option<&str> {
        match &self.way {
            Way::Direct(gateway) => Some(gateway),
            Way::Pod | Way::Plain => None,
        }
    }
}

/// A client's namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientNamespace {
    /// This one.
    Named(String),
    /// Any that is not named.
    AnyOther,
}

impl ClientNamespace {
    /// The name; `None` for those that are not named.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::AnyOther => None,
        }
    }
}
