//! Decoding documents to our own kinds.

mod fields;
mod given;
mod kinds;
mod kustomizations;
mod misspelt;
