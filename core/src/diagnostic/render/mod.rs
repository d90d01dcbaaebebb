//! Diagnostics as something to read. One file per format; each is a function of data and sources.

mod text;

pub use text::{Style, text};
