//! Own objects: shapes that people write and attackers wrote, with their fields changed by chance.

mod authorization;
mod entry;
mod gateway;
mod other;
mod route;
mod rule;
mod scribe;
mod service;
mod sidecar;

use super::Own;
use super::dice::Dice;
use super::regular::Regular;
use scribe::Scribe;

/// The objects of one idea: mostly one, two where one alone would do nothing.
pub(super) fn of(dice: &mut Dice, regular: &Regular, index: usize) -> Vec<Own> {
    let mut scribe = Scribe { dice, regular, index, made: Vec::new() };
    match scribe.dice.below(100) {
        0..16 => entry::entry(&mut scribe),
        16..24 => route::alias(&mut scribe),
        24..36 => route::route(&mut scribe),
        36..44 => rule::rule(&mut scribe),
        44..50 => gateway::task(&mut scribe),
        50..56 => gateway::gateway(&mut scribe),
        56..65 => sidecar::sidecar(&mut scribe),
        65..82 => authorization::policy(&mut scribe),
        82..91 => service::service(&mut scribe),
        _ => other::other(&mut scribe),
    }
    scribe.made
}
