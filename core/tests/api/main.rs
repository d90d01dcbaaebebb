//! What the calls of the library answer, beyond one example each.
#![cfg(test)]

#[macro_use]
mod fixtures;

mod ask;
mod check;
mod codes;
mod decode;
mod diagnostics;
mod documents;
mod egress_policy;
mod facts;
mod generate;
mod hand_written;
mod laws;
mod own_objects;
mod reach;
mod refused_objects;
mod replay;
mod rollout;
mod said;
mod suppressions;
mod unknown;
mod unused;
