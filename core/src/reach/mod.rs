//! Who can reach what: every request that some object could tell from others, and how it fares.
//!
//! [`crate::universe`] finds the classes of requests, [`Side`] answers them. Both look at Istio's objects and the policies
//! alike, so that a cluster that was configured by hand is asked as one that was compiled.

mod answer;

pub use answer::{Answer, Side};
