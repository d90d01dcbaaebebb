//! Decoding documents to our own kinds.

mod fields;
mod kinds;
mod misspelt;
