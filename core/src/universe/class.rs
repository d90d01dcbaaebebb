//! A class of requests: a client and a destination.

use crate::model::{DataPlane, Environment};
use crate::resource::Labels;
use crate::trace::{Message, Scheme};

/// Any service account that is not named, where a policy names some: a request of the class uses one of these.
pub(crate) const ANY_ACCOUNT: &str = "*";

/// One kind of client and one destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestClass {
    /// The host that is dialled; a wildcard stands for every host below it that has no class of its own.
    pub host: String,
    /// The port that is dialled: a port of the host, or of the gateway's Service if the gateway is called directly.
    pub port: u16,
    /// The protocol of the client.
    pub scheme: Scheme,
    /// The client.
    pub client: ClientClass,
    /// The port of the host behind a gateway's listener for bytes. Two such listeners at one port of a gateway are two
    /// classes.
    pub leads_to: Option<u16>,
    /// The name in the request.
    pub name: SaidName,
    /// The content of an HTTP request. It is the last field, so that classes with other messages are sorted after the
    /// plain one.
    pub message: Message,
}

/// The name in `Host`, or the TLS server name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaidName {
    /// The host that is dialled.
    Dialled,
    /// Another name; a wildcard stands for a host below it.
    Another(String),
    /// No name.
    Nothing,
}

/// A kind of client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientClass {
    /// How its requests leave its pod.
    pub way: Way,
    /// Its namespace.
    pub namespace: ClientNamespace,
    /// Its labels; an empty set stands for all workloads that have none of the named labels.
    pub labels: Labels,
    /// Its service account; `None` stands for all accounts that are not named.
    pub service_account: Option<String>,
}

/// How a client's requests leave its pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As its pod sends them: through its sidecar, or directly to the network if the pod has no sidecar by the facts.
    Pod,
    /// To this gateway, with its own mesh certificate.
    Direct(String),
    /// Directly to the network, without any certificate of the mesh.
    Plain,
}

impl ClientClass {
    /// The data plane that its pods have, by what is known about the mesh. One workload without a sidecar is enough for a
    /// class that has none.
    pub fn data_plane(&self, environment: &Environment) -> DataPlane {
        match (&self.way, self.namespace.name()) {
            (Way::Direct(_) | Way::Plain, _) => DataPlane::None,
            (Way::Pod, None) => DataPlane::Sidecar,
            (Way::Pod, Some(name)) => environment.most_open_data_plane(name, &self.labels),
        }
    }

    /// The gateway that it calls directly, with its own mesh certificate.
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
    /// This namespace.
    Named(String),
    /// Any namespace that is not named.
    AnyOther,
    /// Several namespaces with Sidecars that are alike, for each of which the result is the same.
    Alike {
        /// The first of them by name.
        first: String,
        /// How many others there are.
        others: usize,
    },
}

impl ClientNamespace {
    /// The name, of several the first; `None` for namespaces that are not named.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) | Self::Alike { first: name, .. } => Some(name),
            Self::AnyOther => None,
        }
    }

    /// How many other namespaces it stands for.
    pub fn others(&self) -> usize {
        match self {
            Self::Alike { others, .. } => *others,
            Self::Named(_) | Self::AnyOther => 0,
        }
    }
}
