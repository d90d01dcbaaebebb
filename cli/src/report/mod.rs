//! The diagnostics of `check` for other programs: one file for each format.
//!
//! Names of files and parts of documents may come from a stranger's pull request. Each format writes them so that they can
//! neither end what they stand in nor steer a terminal.

mod findings;
mod fingerprint;
mod github;
mod gitlab;
mod json;
mod junit;
mod junit_of_test;
mod sarif;
mod statistics;

pub(crate) use findings::Findings;
pub(crate) use github::github;
pub(crate) use gitlab::gitlab;
pub(crate) use json::json;
pub(crate) use junit::junit;
pub(crate) use junit_of_test::junit_of_test;
pub(crate) use sarif::sarif;
pub(crate) use statistics::{Frequency, table};
