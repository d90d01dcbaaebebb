//! By what requests are told apart: the parts of the universe.
//!
//! A test leaves out each part in turn and shows which mistakes would not be found without it.

/// One part of the universe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// A namespace that nothing names.
    OtherNamespaces,
    /// Namespaces that see something of a host.
    Viewers,
    /// Namespaces whose proxies are configured otherwise than all: by a Sidecar, an `EnvoyFilter`, a DestinationRule.
    SpecialNamespaces,
    /// Labels that an object selects by.
    Labels,
    /// Labels of two selectors at one workload.
    LabelsTogether,
    /// Workloads of the facts, with the labels that objects select by.
    Workloads,
    /// Other protocols than the declared one.
    OtherProtocols,
    /// Other ports of a declared host.
    OtherPorts,
    /// Ports that TCP without an address takes, whatever host is dialled.
    TakenPorts,
    /// Names that no object knows.
    UnknownNames,
    /// TLS without a server name.
    NoServerName,
    /// A name that leads to whatever address is dialled (resolution NONE).
    OriginalDestination,
    /// Hosts that only own objects name.
    OwnHosts,
    /// Names of the cluster whose routes lead out of it.
    ClusterNames,
    /// Hosts of which nothing is known, where they are let out.
    UnknownHosts,
    /// Methods, paths and headers that objects ask for.
    Messages,
    /// The request that no rule names.
    OtherMessages,
    /// Requests with a token of their own.
    Tokens,
    /// Callers of gateways with a mesh certificate.
    DirectCallers,
    /// Identities that rules name.
    Identities,
    /// Callers of gateways without any certificate.
    Uncertified,
    /// Services of gateways that are dialled through a sidecar.
    GatewayServices,
}

impl Aspect {
    /// All of them.
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
    /// Everything, which is what every call asks.
    pub const ALL: Self = Self { without: None };

    /// All parts but one.
    pub fn without(aspect: Aspect) -> Self {
        Self { without: Some(aspect) }
    }

    pub(super) fn has(self, aspect: Aspect) -> bool {
        self.without != Some(aspect)
    }
}
