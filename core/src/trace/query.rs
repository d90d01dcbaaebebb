use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Message;
use crate::resource::Labels;

/// A request, or the first of a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Namespace of the workload that asks.
    pub namespace: String,
    /// Labels of its pods.
    pub labels: Labels,
    /// Its service account; `None` when it is not known.
    pub service_account: Option<String>,
    /// How its traffic leaves the pod.
    pub path: ClientPath,
    /// What it speaks.
    pub scheme: Scheme,
    /// The name that it resolves and dials.
    pub host: String,
    /// The port that it dials: of the host, or of the gateway's Service when `path` is [`ClientPath::Direct`].
    pub port: u16,
    /// The TLS server name that it sends; `None` for TLS without one, and for plain text.
    pub sni: Option<String>,
    /// HTTP: the method; `GET` when `None`.
    pub method: Option<String>,
    /// HTTP: the path; `/` when `None`.
    pub http_path: Option<String>,
    /// HTTP: headers in lower case; `host` overrides the name that is dialled.
    pub headers: BTreeMap<String, String>,
}

impl Query {
    /// As a person would ask it.
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
            what = format!("{what} with `Host: {host}`");
        }
        match &self.sni {
            Some(sni) if *sni != self.host => what = format!("{what} with server name `{sni}`"),
            None if self.scheme.is_tls() => what.push_str(" without a server name"),
            _ => {}
        }
        match &self.path {
            ClientPath::Sidecar => format!("{who} asks for {what}"),
            ClientPath::Direct { gateway, outer_sni } => {
                format!("{who} calls gateway `{gateway}` itself as `{outer_sni}` and asks for {what}")
            }
            ClientPath::None => format!("{who} has no sidecar and asks for {what}"),
        }
    }
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
    /// Without a sidecar.
    None,
}

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// HTTP/1.1 in plain text.
    Http,
    /// HTTP inside TLS.
    Https,
    /// HTTP/2 in plain text.
    Grpc,
    /// Anything inside TLS.
    Tls,
    /// Any bytes that are neither HTTP nor TLS.
    Tcp,
}

impl Scheme {
    /// As in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Grpc => "grpc",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
        }
    }

    /// Whether the bytes are HTTP that a proxy can read.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Grpc)
    }

    /// Whether the bytes begin with a TLS handshake.
    pub fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::Tls)
    }
}
