//! How a gateway connects to an external host.

use super::Milliseconds;
use crate::source::Spanned;

/// How a gateway connects to an external host. What is `None` has Istio's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamSettings {
    /// TLS with it, where the gateway makes HTTPS of plain HTTP.
    pub tls: UpstreamTls,
    /// Limits of connections.
    pub pool: Pool,
    /// When an address of the host is left out.
    pub outliers: Option<Outliers>,
    /// The hosts that are used in its place while it fails, in their order.
    pub fallback: Vec<Fallback>,
}

/// A host that is used while another one fails. Places do not count in a comparison.
#[derive(Debug, Clone)]
pub struct Fallback(pub Spanned<String>);

impl std::ops::Deref for Fallback {
    type Target = Spanned<String>;

    fn deref(&self) -> &Spanned<String> {
        &self.0
    }
}

impl PartialEq for Fallback {
    fn eq(&self, other: &Self) -> bool {
        self.0.value == other.0.value
    }
}

impl Eq for Fallback {}

impl UpstreamSettings {
    /// Whether nothing is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// TLS with an external host. The name in its certificate is always verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamTls {
    /// The certificate that is presented to it.
    pub presents: Presents,
    /// Where its authorities come from.
    pub authorities: Authorities,
}

/// The certificate that a gateway presents to a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Presents {
    /// None.
    #[default]
    Nothing,
    /// The one in the Secret of [`Authorities::Secret`].
    Secret,
    /// The one in these files of the gateway's pod.
    Files {
        /// The certificate.
        certificate: String,
        /// Its key.
        key: String,
    },
}

/// Where the authorities of a host's certificate come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Authorities {
    /// The gateway's system.
    #[default]
    System,
    /// A Secret of the gateway's namespace.
    Secret(String),
    /// A file of the gateway's pod.
    File(String),
}

/// Limits of connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pool {
    /// Connections at once.
    pub max_connections: Option<u32>,
    /// How long to wait for one.
    pub connect_timeout: Option<Milliseconds>,
    /// How long one without bytes stays open.
    pub idle_timeout: Option<Milliseconds>,
    /// Requests that wait for a connection at once.
    pub max_pending_requests: Option<u32>,
    /// Requests at once.
    pub max_requests: Option<u32>,
    /// Requests over one connection.
    pub max_requests_per_connection: Option<u32>,
    /// How long a connection without requests stays open.
    pub http_idle_timeout: Option<Milliseconds>,
}

/// When an address of a host is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outliers {
    /// After how many 5xx in a row.
    pub consecutive_5xx_errors: Option<u32>,
    /// After how many 502, 503 or 504 in a row.
    pub consecutive_gateway_errors: Option<u32>,
    /// How often the addresses are looked at.
    pub interval: Option<Milliseconds>,
    /// How long one is left out at first.
    pub base_ejection_time: Option<Milliseconds>,
    /// How many percent of them at once.
    pub max_ejection_percent: Option<u32>,
}
