//! Who can reach what.

mod words;

pub use words::{FlowClient, FlowRow, FlowTarget, ReachFormat, ReachRequest, ReachResponse};
