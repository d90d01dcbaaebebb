//! What the written resources are called, where they stand, and on which ports the gateway sees their traffic.
//!
//! These are decisions about the policies alone, made before any resource exists. `lower` writes resources by them;
//! `check`, `facts` and `lint` use the same ones, so that a policy is refused for exactly what would be written.

mod container_ports;
mod entry_home;
pub(crate) mod names;
mod shards;

pub(crate) use container_ports::container_ports;
pub(crate) use entry_home::EntryHome;
pub(crate) use shards::{HttpShards, divide};
