//! Who can reach what: every request that some object could tell from others, and what becomes of it.
//!
//! [`crate::universe`] finds the classes of requests, and [`Reachability`] finds the outcome of each. Both work on Istio's
//! objects and the policies in the same way, so a cluster that was configured by hand is asked like one that was compiled.

mod flow_outcome;
mod reachability;

pub use flow_outcome::{Declaration, FlowOutcome};
pub use reachability::{Reachability, Row};
