use crate::reach::FlowOutcome;
use crate::universe::{AddressClass, RequestClass};

/// Flows that have another outcome than before.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    /// What kind of change it is.
    pub kind: FlowChange,
    /// The flows.
    pub class: RequestClass,
    /// The addresses that they go to, if these are told apart.
    pub dialled: Vec<AddressClass>,
    /// What became of them.
    pub before: FlowOutcome,
    /// What becomes of them now.
    pub after: FlowOutcome,
}

/// What a change does to flows, the dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FlowChange {
    /// They reached nothing and reach something now.
    Gained,
    /// A gateway admits a caller that it refused, or they arrive at a host at which they did not arrive.
    Widened,
    /// It cannot be known what comes of them now.
    Unknown,
    /// They travel with less encryption, or past the gateway.
    Weakened,
    /// They take another way, or end at another port, or at fewer hosts.
    Rerouted,
    /// They reached something and reach nothing now.
    Lost,
    /// A gateway refuses a caller that it admitted.
    Narrowed,
    /// They travel with more encryption.
    Strengthened,
}
