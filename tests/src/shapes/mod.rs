//! Inputs of any size, in many shapes: what the tests about work and the measurements of time are made of.
//!
//! A shape has one thing that there are many of. An attacker would choose the one that costs most, so a new kind of object, and a
//! new list in one, is a new shape.

mod objects;
mod parts;
mod policies;

use egressc_core::api::Source;

/// A shape: its name, and its documents, so many of them that the input grows with the number.
#[derive(Clone, Copy)]
pub struct Shape {
    /// What there are many of.
    pub name: &'static str,
    /// Its text for a number.
    pub text: fn(usize) -> String,
}

impl Shape {
    /// Its sources for a number. The documents of one source are bounded, so that many are several sources.
    pub fn sources(self, number: usize) -> Vec<Source> {
        let text = (self.text)(number);
        let documents: Vec<&str> = text.split_inclusive("---\n").collect();
        let chunks = documents.chunks(5_000).enumerate();
        chunks.map(|(number, chunk)| Source::text(format!("{number}.yaml"), chunk.concat())).collect()
    }
}

/// Every shape.
pub fn shapes() -> impl Iterator<Item = Shape> {
    objects::SHAPES.iter().chain(policies::SHAPES).map(|(name, text)| Shape { name, text: *text })
}
