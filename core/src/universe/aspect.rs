//! The parts of the universe: each is a property by which it distinguishes requests.
//!
//! A test leaves out each part in turn and shows which mistakes would not be found without it.

/// One part of the universe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// A namespace that nothing names.
    OtherNamespaces,
    /// Namespaces that see an object for a host.
    Viewers,
    /// Namespaces whose proxies have a configuration of their own, from a Sidecar, an `EnvoyFilter` or a
    /// DestinationRule.
    SpecialNamespaces,
    /// Labels by which an object selects workloads.
    Labels,
    /// Workloads that have the labels of two selectors.
    LabelsTogether,
    /// Workloads that the facts list, with the labels by which objects select workloads.
    Workloads,
    /// Protocols other than the declared one.
    OtherProtocols,
    /// Other ports of a declared host.
    OtherPorts,
    /// Ports that a TCP port without an address captures for all hosts.
    TakenPorts,
    /// Names in the request that no object contains.
    UnknownNames,
    /// TLS without a server name.
    NoServerName,
    /// A name in the request for which the proxy connects to the dialled address (resolution NONE).
    OriginalDestination,
    /// Hosts that only the user's own objects name.
    OwnHosts,
    /// Names of Services of the cluster with routes that lead out of the cluster.
    ClusterNames,
    /// Hosts that no object names, where the outbound traffic policy allows them.
    UnknownHosts,
    /// Methods, paths and headers that objects match.
    Messages,
    /// The request with a method and a path that no rule names.
    OtherMessages,
    /// Requests with a token.
    Tokens,
    /// Clients that call gateways directly, with a mesh certificate.
    DirectCallers,
    /// Identities that authorization rules name.
    Identities,
    /// Clients that call gateways directly, without any certificate.
    Uncertified,
    /// Services of gateways, dialled through a sidecar.
    GatewayServices,
}

impl Aspect {
    /// All parts.
    pub const ALL: [Self; 22] = [
        Self::OtherNamespaces,
        Self::Viewers,
        Self::SpecialNamespaces,
        Self::Labels,
        Self::LabelsTogether,
        Self::Workloads,
        Self::OtherProtocols,
        Self::OtherPorts,
        Self::TakenPorts,
        Self::UnknownNames,
        Self::NoServerName,
        Self::OriginalDestination,
        Self::OwnHosts,
        Self::ClusterNames,
        Self::UnknownHosts,
        Self::Messages,
        Self::OtherMessages,
        Self::Tokens,
        Self::DirectCallers,
        Self::Identities,
        Self::Uncertified,
        Self::GatewayServices,
    ];
}

/// The parts that a universe is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aspects {
    /// The part that a test leaves out.
    without: Option<Aspect>,
}

impl Aspects {
    /// All parts. Every call uses them.
    pub const ALL: Self = Self { without: None };

    /// All parts except one.
    pub fn without(aspect: Aspect) -> Self {
        Self { without: Some(aspect) }
    }

    pub(super) fn has(self, aspect: Aspect) -> bool {
        self.without != Some(aspect)
    }
}
