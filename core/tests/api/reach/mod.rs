//! Who can reach what, and what a change makes of it.

mod laws;
mod messages;
mod past_sidecars;

pub(crate) use laws::compared;
