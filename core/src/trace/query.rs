use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::message::Message;
use super::scheme::Scheme;
use crate::model::DataPlane;
use crate::resource::Labels;

/// A request, or the first of a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Namespace of the client's workload.
    pub namespace: String,
    /// Labels of its pods.
    pub labels: Labels,
    /// What is meant of labels that pods get besides.
    pub other_labels: OtherLabels,
    /// Its service account; `None` when it is not known.
    pub service_account: Option<String>,
    /// How its traffic leaves the pod.
    pub path: ClientPath,
    /// Its protocol.
    pub scheme: Scheme,
    /// The name that it resolves and dials.
    pub host: String,
    /// The address that it dials; `None` where it is left to DNS.
    pub address: Option<IpAddr>,
    /// The port that it dials: of the host, or of the gateway's Service when `path` is [`ClientPath::Direct`].
    pub port: u16,
    /// The TLS server name that it sends; `None` for TLS without one, and for plain text.
    pub sni: Option<String>,
    /// HTTP: the method; `GET` when `None`.
    pub method: Option<String>,
    /// HTTP: the path; `/` when `None`.
    pub http_path: Option<String>,
    /// HTTP: whether the client speaks HTTP/2; gRPC always does.
    pub is_http_2: bool,
    /// HTTP: headers in lower case, each with its values as lines; `host` overrides the name that is dialled.
    pub headers: BTreeMap<String, String>,
}

impl Query {
    /// The address that it dials, if it is known without DNS.
    pub fn dialled_address(&self) -> Option<IpAddr> {
        self.address.or_else(|| self.host.parse().ok())
    }

    /// Whether it is a request of HTTP/2 in plain text.
    pub(crate) fn is_in_http_2(&self) -> bool {
        self.scheme == Scheme::Grpc || self.scheme == Scheme::Http && self.is_http_2
    }

    /// Its server name as proxies compare it: in lower case, whatever the client sends.
    pub(crate) fn compared_sni(&self) -> Option<String> {
        self.sni.as_deref().map(str::to_ascii_lowercase)
    }

    /// The name that it writes into `Host`, if this is not the one that it dials. HTTP/2 has `:authority` instead, which
    /// counts where both are given.
    pub(crate) fn written_authority(&self) -> Option<&str> {
        let names = if self.is_in_http_2() { [":authority", "host"] } else { ["host", ":authority"] };
        names.into_iter().find_map(|name| self.headers.get(name)).map(String::as_str)
    }

    /// The request, for people.
    pub fn describe(&self) -> String {
        let who = if self.labels.is_empty() {
            format!("a workload without labels in `{}`", self.namespace)
        } else {
            let labels: Vec<String> = self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("`{}` in `{}`", labels.join(","), self.namespace)
        };
        let mut message =
            Message { method: self.method.clone(), path: self.http_path.clone(), headers: self.headers.clone() };
        message.headers.remove("host");
        let mut what = message.said_to(self.scheme, &self.host, self.port);
        if let Some(host) = self.headers.get("host") {
            // Several are joined.
            what = format!("{what} with `Host: {}`", host.replace('\n', ","));
        }
        match &self.sni {
            Some(sni) if *sni != self.host => what = format!("{what} with server name `{sni}`"),
            None if self.scheme.is_tls() => what.push_str(" without a server name"),
            _ => {}
        }
        if let Some(address) = self.address {
            what = format!("{what} at `{address}`");
        }
        match &self.path {
            ClientPath::Sidecar => format!("{who} requests {what}"),
            ClientPath::Direct { gateway, outer_sni } => {
                format!("{who} calls gateway `{gateway}` directly as `{outer_sni}` and requests {what}")
            }
            ClientPath::Ambient => format!("{who} is in ambient mode and requests {what}"),
            ClientPath::None => format!("{who} has no sidecar and requests {what}"),
        }
    }
}

impl From<DataPlane> for ClientPath {
    fn from(plane: DataPlane) -> Self {
        match plane {
            DataPlane::Sidecar => Self::Sidecar,
            DataPlane::Ambient => Self::Ambient,
            DataPlane::None => Self::None,
        }
    }
}

/// What is meant of the labels of a client that are not listed, where no document says what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OtherLabels {
    /// They are not known: the client is a pod.
    Unknown,
    /// The client stands for all pods that have none of the labels that objects name, except for those that are listed.
    NoneIsNamed,
}

/// How a client's traffic leaves its pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientPath {
    /// Through its sidecar.
    Sidecar,
    /// To a gateway's Service with its own mesh certificate, past its sidecar's routes.
    Direct {
        /// The gateway, by the name that policies use.
        gateway: String,
        /// The server name of its mutual TLS.
        outer_sni: String,
    },
    /// Through the ztunnel of its node.
    Ambient,
    /// Without a sidecar.
    None,
}
