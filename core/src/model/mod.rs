//! The policies as egressc understands them: who may reach what, through which gateway.
//!
//! A field is optional only where its meaning is, and names are linked to what they name.

mod address;
mod backend;
mod capture;
mod clients;
mod data_plane;
mod doubts;
mod environment;
mod exit_shares;
mod flow;
mod header_pattern;
mod http;
mod http_examples;
mod label_index;
mod mcp;
mod through;
mod upstream;
pub(crate) mod wildcard;

pub use address::{dialled_name, registry_name};
pub use backend::{BackendHost, UpstreamHost};
pub use capture::{AddressesOfNames, Capture, Captured, Excluded, IncludedNetworks, IncludedPorts};
pub use data_plane::{ClientSettings, ControlPlane, DataPlane, Doubt, MeshSetting, NamespaceWaypoint, ProxyConfig};
pub use doubts::{Doubts, GatewayDoubt, GatewayDoubtKind};
pub use environment::{
    Completeness, Environment, Gateway, GatewayPort, Namespace, OwnDnsCapture, ServicePods, TargetPort, Workload,
    is_never_injected,
};
pub use exit_shares::ExitShares;
pub use flow::{Exit, Flow};
pub use header_pattern::HeaderPattern;
pub use http::{
    HeaderRules, Http, HttpRules, Milliseconds, PathPattern, PathSegment, RequestList, RequestPattern, RetryRules,
};
pub use http_examples::RequestExample;
pub(crate) use mcp::{TOOL_CALL, is_header_of_mcp};
pub use through::Through;
pub use upstream::{Authorities, Fallback, Outliers, Pool, Presents, UpstreamSettings, UpstreamTls};
pub(crate) use wildcard::DeclaredHosts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::resource::{Accountability, Labels, PolicyKind, Protocol, may_be_of_one_pod};
use crate::source::{Span, Spanned};

/// All policies of a mesh and what is known about it: the unit of compilation.
#[derive(Debug, Clone)]
pub struct PolicySet {
    /// The mesh.
    pub environment: Environment,
    /// The policies, by namespace and name.
    pub policies: Vec<Policy>,
    /// What is told where questions are asked about the mesh ([`Environment::doubts`]).
    pub doubts: Doubts,
}

impl PolicySet {
    /// Whether some rule is in audit mode.
    pub fn has_audited_rules(&self) -> bool {
        self.policies.iter().flat_map(|policy| &policy.rules).any(|rule| rule.audit.is_some())
    }

    /// Who answers for the rules that say so, by the places of their destinations.
    pub fn accountability(&self) -> BTreeMap<Span, &Accountability> {
        let rules = self.policies.iter().flat_map(|policy| &policy.rules);
        let accountable = rules.filter(|rule| rule.accountability != Accountability::default());
        accountable
            .flat_map(|rule| rule.destinations.iter().map(|destination| (destination.span, &rule.accountability)))
            .collect()
    }

    /// The gateways through which destinations are reached, each with the place where a policy names it first.
    pub fn named_gateways(&self) -> BTreeMap<&str, Span> {
        let mut named = BTreeMap::new();
        let rules = self.policies.iter().flat_map(|policy| &policy.rules);
        for through in rules.flat_map(|rule| &rule.destinations).flat_map(|destination| &destination.through) {
            named.entry(through.gateway.value.as_str()).or_insert(through.gateway.span);
        }
        named
    }

    /// The namespaces in which what is compiled stands, or where its clients are.
    pub fn namespaces(&self) -> impl Iterator<Item = String> {
        let clients = self.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.clients);
        let of_clients = clients.map(|client| client.namespace.value.clone());
        let of_policies = self.policies.iter().map(|policy| policy.id.namespace.clone());
        let gateways = self.named_gateways().into_keys().filter_map(|name| self.gateway(name));
        of_clients.chain(of_policies).chain(gateways.map(|gateway| gateway.namespace.clone()))
    }
}

/// Namespace and name of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyId {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its kind.
    pub kind: PolicyKind,
    /// What it is called.
    pub id: PolicyId,
    /// Where its name stands.
    pub name_span: Span,
    /// Where its namespace stands; `None` when it was left out.
    pub namespace_span: Option<Span>,
    /// The gateway that it names first: the default of all its rules.
    pub gateway: Spanned<String>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// Every client of a rule may reach every destination of it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Who answers for it, and until when.
    pub accountability: Accountability,
    /// Where the policy puts it in audit mode; `None` where it is enforced.
    pub audit: Option<Span>,
    /// Who.
    pub clients: Vec<Client>,
    /// Where to.
    pub destinations: Vec<Destination>,
}

/// A set of workloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Their namespace.
    pub namespace: Spanned<String>,
    /// Labels that they have; `None` is the whole namespace.
    pub selector: Option<Spanned<Labels>>,
    /// Service accounts, of which they have one; `None` is every account.
    pub service_accounts: Option<Spanned<BTreeSet<String>>>,
}

impl Client {
    /// Whether some workload could be of both, for a sidecar, which does not compare service accounts.
    ///
    /// Two selectors exclude each other only when they want different values of one label.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.namespace.value == other.namespace.value
            && match (&self.selector, &other.selector) {
                (Some(a), Some(b)) => may_be_of_one_pod(a, b),
                _ => true,
            }
    }

    /// Whether some workload could be of both, where a gateway compares service accounts.
    pub fn overlaps_at_gateway(&self, other: &Self) -> bool {
        let shares_account = match (&self.service_accounts, &other.service_accounts) {
            (Some(a), Some(b)) => !a.value.is_disjoint(&b.value),
            _ => true,
        };
        shares_account && self.overlaps(other)
    }

    /// Whether every workload of another client is one of this.
    pub fn has_all_of(&self, other: &Self) -> bool {
        let by_labels = self.selector.as_ref().is_none_or(|wanted| {
            let given = other.selector.as_ref();
            wanted.iter().all(|(key, value)| given.is_some_and(|given| given.get(key) == Some(value)))
        });
        let by_account = self
            .service_accounts
            .as_ref()
            .is_none_or(|wanted| other.service_accounts.as_ref().is_some_and(|given| given.is_subset(wanted)));
        self.namespace.value == other.namespace.value && by_labels && by_account
    }

    /// Whether it is less than its namespace.
    pub fn is_restricted(&self) -> bool {
        self.selector.is_some() || self.service_accounts.is_some()
    }

    /// As a person would name it.
    pub fn describe(&self) -> String {
        let who = match &self.selector {
            None => format!("every workload in namespace `{}`", self.namespace.value),
            Some(labels) => {
                let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("`{}` in `{}`", labels.join(","), self.namespace.value)
            }
        };
        match &self.service_accounts {
            None => who,
            Some(accounts) => {
                let accounts: Vec<String> = accounts.iter().map(|account| format!("`{account}`")).collect();
                format!("{who} with service account {}", accounts.join(" or "))
            }
        }
    }
}

/// Hosts that are reached the same way.
#[derive(Debug, Clone)]
pub struct Destination {
    /// What the policy calls it: the names of its rule and `to`, else its first host and port.
    pub name: String,
    /// Its hosts, in lower case, or the addresses that the policy names in their place.
    pub hosts: Vec<Spanned<String>>,
    /// Which of the two they are.
    pub found_by: FoundBy,
    /// The port that the client dials.
    pub port: Spanned<u16>,
    /// What the client sends.
    pub protocol: Spanned<Protocol>,
    /// The gateways through which it is reached, at least one, in the order of their names and ports.
    pub through: Vec<Through>,
    /// The external port of the HTTPS connection that the gateway makes of plain HTTP.
    pub upgrade: Option<Spanned<u16>>,
    /// What the gateway does with HTTP requests.
    pub http: Http,
    /// Where the policy says so first; `None` if it says nothing about HTTP requests.
    pub http_span: Option<Span>,
    /// How the gateway connects to the host.
    pub upstream: UpstreamSettings,
    /// The hosts to which the gateway sends the requests; empty is the host itself.
    pub backends: Vec<BackendHost>,
    /// Where they stand.
    pub backends_span: Option<Span>,
    /// The whole item.
    pub span: Span,
}

impl Destination {
    /// A request that the rules admit, the plain one if they admit it; `None` if none was found.
    pub fn allowed_example(&self) -> Option<RequestExample> {
        self.http.rules.allowed_example(self.protocol.usual_method())
    }

    /// The port of the external host.
    pub fn external_port(&self) -> u16 {
        self.upgrade.as_ref().map_or(self.port.value, |port| port.value)
    }
}

/// By what clients find a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// By the names of hosts.
    Names,
    /// By addresses, without a name.
    Addresses,
}

/// A port of the gateway and who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayPortChoice {
    /// The port of the gateway's Service.
    pub port: u16,
    /// Where the policy says so; `None` when it was chosen for it.
    pub span: Option<Span>,
}

/// By what proxies tell traffic apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// By `Host`.
    Http,
    /// By the TLS server name.
    Tls,
    /// By address and port alone.
    Tcp,
}

impl Class {
    /// As it is named in generated names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
        }
    }
}

impl Protocol {
    /// How it is told apart.
    pub fn class(self) -> Class {
        match self {
            Self::Http | Self::Http2 | Self::Grpc | Self::GrpcWeb => Class::Http,
            Self::Https | Self::Tls => Class::Tls,
            Self::Tcp | Self::Mongo => Class::Tcp,
        }
    }

    /// The method of a request of which nothing is said: gRPC posts.
    pub fn usual_method(self) -> &'static str {
        if self.is_http2() { "POST" } else { "GET" }
    }

    /// Whether it is HTTP/2 in plain text (`pkg/config/protocol/instance.go`, `IsHTTP2`).
    pub fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::Grpc | Self::GrpcWeb)
    }
}
