use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::source::Span;

/// The result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The request arrives at its destination.
    Allowed,
    /// The request does not arrive.
    Blocked,
    /// The request, or one like it that a weight or a choice of an endpoint sends elsewhere, arrives at another host or port
    /// than its destination.
    Diverted,
    /// The result is unknown; [`Trace::unknown`] contains the reasons.
    Unknown,
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What comes of it.
    pub verdict: Verdict,
    /// The HTTP status of a proxy that answers it; `None` when none does.
    pub status: Option<u16>,
    /// Whether a proxy closes the connection.
    pub closed: bool,
    /// The gateway that it crosses, by Service name and namespace or by the name that policies use.
    pub gateway: Option<String>,
    /// The gateways of which it crosses one, where a weight decides anew for each request, and else the one that it crosses; empty
    /// where it crosses none, or a waypoint.
    pub crossed: Vec<Crossed>,
    /// Where it arrives.
    pub reached: Option<Reached>,
    /// The other places at which it may arrive: for each request a weight or a proxy's choice of an endpoint decides anew.
    pub also_reached: Vec<Reached>,
    /// Envoy's response flags, as access logs show them.
    pub response_flags: Option<&'static str>,
    /// Envoy's cluster of the last hop, as access logs show it.
    pub upstream_cluster: Option<String>,
    /// The proxies that it passes, in order.
    pub hops: Vec<Hop>,
    /// Whether requests that end in this way may take several ways, or may be decided by several objects: `hops` is one way.
    pub has_other_ways: bool,
    /// Whether the objects that decide are not the same in all of these ways, so that not all of `decided_by` decide for certain.
    pub has_other_deciders: bool,
    /// What decided; hops point into it. What decides in another way alone is here, too, and no hop points to it.
    pub decided_by: Vec<Decision>,
    /// Why it cannot be known; empty unless it is.
    pub unknown: Vec<String>,
    /// What would settle some of these reasons.
    pub missing: Vec<Missing>,
    /// Remarks on a request that succeeds, such as TLS that does not verify the name.
    pub notes: Vec<String>,
    /// How routes divide requests by weight, in words.
    pub weights: Vec<String>,
    /// What is taken for granted because no document says otherwise.
    pub assumed: Vec<String>,
    /// What TLS that a proxy began with the host does not verify.
    pub unverified: Unverified,
}

impl Trace {
    /// The places at which such requests arrive.
    pub fn places(&self) -> impl Iterator<Item = &Reached> {
        self.reached.iter().chain(&self.also_reached)
    }

    /// Whether such requests arrive at each of these places, and nowhere else.
    pub fn arrives_exactly_at(&self, places: &BTreeSet<Reached>) -> bool {
        self.arrives_within(places) && places.iter().all(|place| self.places().any(|known| known == place))
    }

    /// Whether every such request arrives at one of these places.
    pub fn arrives_within(&self, places: &BTreeSet<Reached>) -> bool {
        self.reached.is_some() && self.places().all(|place| places.contains(place))
    }

    /// The gateways that such requests may cross, by name.
    pub fn gateways(&self) -> BTreeSet<&str> {
        self.gateway.as_deref().into_iter().chain(self.crossed.iter().map(|crossed| crossed.gateway.as_str())).collect()
    }

    /// The gateways that it may cross besides [`Trace::gateway`].
    pub fn other_gateways(&self) -> impl Iterator<Item = &Crossed> {
        self.crossed.iter().filter(|crossed| Some(&crossed.gateway) != self.gateway.as_ref())
    }

    /// Nothing is known.
    pub(crate) fn of_nothing() -> Self {
        Self {
            verdict: Verdict::Unknown,
            status: None,
            closed: false,
            gateway: None,
            crossed: Vec::new(),
            reached: None,
            also_reached: Vec::new(),
            response_flags: None,
            upstream_cluster: None,
            hops: Vec::new(),
            has_other_ways: false,
            has_other_deciders: false,
            decided_by: Vec::new(),
            unknown: Vec::new(),
            missing: Vec::new(),
            notes: Vec::new(),
            weights: Vec::new(),
            assumed: Vec::new(),
            unverified: Unverified::Nothing,
        }
    }
}

/// A gateway that a request crosses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossed {
    /// Its name, as in [`Trace::gateway`].
    pub gateway: String,
    /// The port of its Service that the request is sent to.
    pub port: u16,
    /// How the bytes travel from the client to the first gateway.
    pub encryption: Encryption,
}

/// A reason why a result is unknown, and the document that would settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The reason, as in [`Trace::unknown`].
    pub reason: String,
    /// The document, or the part of one, in words.
    pub document: String,
}

/// What a proxy does not verify in its TLS connection to the host, from the best to the worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Unverified {
    /// The certificate is verified, or no proxy opens a TLS connection.
    #[default]
    Nothing,
    /// The name in the certificate is not verified.
    Name,
    /// The certificate is not verified.
    Everything,
}

/// An external host as a request reaches it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reached {
    /// The name that was resolved for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is spoken TLS to.
    pub tls: bool,
    /// The TLS server name that it sees.
    pub sni: Option<String>,
}

/// One proxy on the way, or the end of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Where.
    pub at: Stop,
    /// Envoy's listener.
    pub listener: Option<String>,
    /// Envoy's filter chain.
    pub chain: Option<String>,
    /// Envoy's route.
    pub route: Option<String>,
    /// Envoy's cluster.
    pub cluster: Option<String>,
    /// How the bytes leave this hop.
    pub encryption: Option<Encryption>,
    /// Indices into [`Trace::decided_by`].
    pub decided_by: Vec<usize>,
}

impl Hop {
    /// The port, the subset and the host of its cluster, where it is one of a service; the subset is empty where it is none.
    pub(crate) fn outbound(&self) -> Option<(u16, &str, &str)> {
        let mut parts = self.cluster.as_deref()?.strip_prefix("outbound|")?.splitn(3, '|');
        Some((parts.next()?.parse().ok()?, parts.next()?, parts.next()?))
    }
}

/// A place on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// The client's proxy.
    Sidecar,
    /// The egress gateway.
    Gateway,
    /// The waypoint of a client in ambient mode.
    Waypoint,
    /// The external host.
    Origin,
}

/// How bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// As they are.
    Plain,
    /// Inside Istio's mutual TLS.
    Mtls,
    /// Inside the client's own or the gateway's TLS.
    Tls,
    /// The client's own TLS inside Istio's mutual TLS.
    TlsInMtls,
}

/// An object that decided something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Where it, or the part of it that decided, stands; `None` for what egressc made.
    pub span: Option<Span>,
    /// The policy that it was made for, as `namespace/name`.
    pub policy: Option<String>,
    /// The rule that it was made for.
    pub rule: Option<String>,
}
