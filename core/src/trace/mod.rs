//! One request: who sends it, what for, how far it gets and why.
//!
//! Two evaluators answer the same [`Query`] and share nothing but these types:
//! [`Intents`] from the policies, and `outcome` from Istio's objects by Istio's rules.

mod flow_list;
mod intent;
mod message;
pub mod outcome;
mod query;
mod scheme;
mod verdict;

pub(crate) use intent::scheme_of;
pub use intent::{Intent, Intents};
pub use message::Message;
pub use query::{ClientPath, OtherLabels, Query};
pub use scheme::Scheme;
pub use verdict::{Crossed, Decision, Encryption, Hop, Missing, Reached, Stop, Trace, Unverified, Verdict};
