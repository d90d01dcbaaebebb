//! How the sidecar of a client divides the requests of a flow.

use super::{Exit, Flow};

/// What the sidecar of a client does with the requests of a flow: the exits among which it divides them, each with its share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExitShares<'a>(Vec<(Exit<'a>, u32)>);

impl<'a> ExitShares<'a> {
    /// The exits with their shares, in the order of their gateways. There is at least one.
    pub fn each(&self) -> impl Iterator<Item = (Exit<'a>, u32)> {
        self.0.iter().copied()
    }

    /// Whether there are several exits.
    pub fn is_divided(&self) -> bool {
        self.0.len() > 1
    }
}

impl<'a> Flow<'a> {
    /// The name of its gateway.
    pub fn gateway(&self) -> &'a str {
        &self.through.gateway.value
    }

    /// What the client's sidecar does with its requests, those of the other gateways of its destination among them. Gateways that
    /// get nothing now are left out.
    pub fn exit_shares(&self) -> ExitShares<'a> {
        let in_use = self.destination.through.iter().filter(|through| through.is_in_use());
        let mut shares: Vec<(Exit, u32)> =
            in_use.map(|through| (Flow { through, ..*self }.exit(), through.weight)).collect();
        // A single one has everything, whatever its share is called.
        if let [(_, share)] = shares.as_mut_slice() {
            *share = 1;
        }
        ExitShares(shares)
    }
}
