use super::fields::Fields;
use crate::resource::Labels;
use crate::source::Span;

/// What the sidecars of a namespace, or some of them, see.
#[derive(Debug, Clone)]
pub struct Sidecar {
    /// The workloads; `None` is all of the namespace.
    pub selector: Option<Labels>,
    /// What they see; empty is everything.
    pub egress: Vec<EgressListener>,
    /// What they do with unknown hosts, when it says so.
    pub outbound: Option<OutboundMode>,
    /// The whole.
    pub span: Option<Span>,
}

/// A set of hosts that is seen.
#[derive(Debug, Clone)]
pub struct EgressListener {
    /// The hosts, as `namespace/host`.
    pub hosts: Vec<String>,
    /// The port; without one the listener is for all ports that no other one has.
    pub port: Option<ListenerPort>,
    /// The address or socket on which it listens instead of the services' own.
    pub bind: Option<String>,
    /// Whether it takes only what is sent to its own address, and nothing that is captured.
    pub not_captured: bool,
    /// Fields that are not understood.
    pub unsupported: Vec<String>,
}

/// The port of an egress listener.
#[derive(Debug, Clone)]
pub struct ListenerPort {
    /// Its number; 0 for a socket that is no port.
    pub number: u16,
    /// Its protocol, as written.
    pub protocol: String,
}

/// What is done with unknown hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutboundMode {
    /// They are blocked.
    RegistryOnly,
    /// They are let out.
    AllowAny,
    /// They are let out; of plain HTTP the `Host` is resolved. A mesh may say so, a Sidecar may not.
    AllowAnyDynamicDns,
    /// They are sent somewhere.
    Proxy,
}

pub(super) fn read(spec: Fields<'_>) -> Sidecar {
    Sidecar {
        selector: spec.child("workloadSelector").map(|selector| selector.labels("labels").unwrap_or_default()),
        egress: spec
            .items("egress")
            .map(|egress| EgressListener {
                hosts: egress.texts("hosts"),
                port: egress.child("port").map(|port| ListenerPort {
                    number: port.port("number").unwrap_or(0),
                    protocol: port.text("protocol").unwrap_or_default(),
                }),
                bind: egress.text("bind").filter(|bind| !bind.is_empty()),
                not_captured: matches!(egress.text("captureMode").as_deref(), Some("NONE" | "2")),
                unsupported: egress.unsupported(&["hosts", "port", "bind", "captureMode"]),
            })
            .collect(),
        outbound: spec.child("outboundTrafficPolicy").map(|policy| {
            if policy.has("egressProxy") {
                OutboundMode::Proxy
            } else if policy.text("mode").as_deref() == Some("ALLOW_ANY") {
                OutboundMode::AllowAny
            } else {
                // The first of the enum.
                OutboundMode::RegistryOnly
            }
        }),
        span: spec.span(),
    }
}
