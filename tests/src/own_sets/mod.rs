//! Generated meshes: policies, regular facts, and beside them objects of the user's own, of every kind that touches
//! egress or a gateway.
//!
//! [`law`] holds what `check` says of such a set against what `reach` knows of it, [`shrink`] makes a difference small,
//! and [`emit`] writes a set as a case of the mesh lab, where real proxies have the last word.
#![expect(
    clippy::indexing_slicing,
    reason = "to write a field of a JSON object makes it; all that is written into is one"
)]

pub mod dice;
pub mod emit;
pub mod law;
mod own;
pub mod regular;
mod shapes;
pub mod shrink;

pub use own::Own;

use egressc_core::api::Source;

use dice::Dice;
use own::list;
use regular::Regular;

/// One mesh.
#[derive(Debug, Clone)]
pub struct Set {
    /// What would be there without own objects.
    pub regular: Regular,
    /// The user's own.
    pub own: Vec<Own>,
}

impl Set {
    /// The set of this number; `None` when chance made policies that `check` refuses by themselves.
    pub fn generated(seed: u64, number: u64) -> Option<Self> {
        let mut dice = Dice::of(seed, number);
        let regular = Regular::generated(&mut dice)?;
        let count = dice.pick(&[1, 1, 1, 2, 2, 2, 2, 3, 3, 4]);
        if regular.faulty {
            return Some(Self { regular, own: Vec::new() });
        }
        let own = (0..count).flat_map(|index| shapes::of(&mut dice, &regular, index)).collect();
        Some(Self { regular, own })
    }

    /// What is handed to `check` and `reach`.
    pub fn sources(&self) -> Vec<Source> {
        let mut sources = self.regular.sources();
        sources.push(Source::value("extra.yaml", list(self.own.iter().map(|own| own.value.clone()))));
        sources
    }

    /// The shapes of the own objects, each once.
    pub fn shapes(&self) -> String {
        let mut shapes: Vec<&str> = self.own.iter().map(|own| own.shape).collect();
        shapes.sort_unstable();
        shapes.dedup();
        shapes.join(" + ")
    }
}
