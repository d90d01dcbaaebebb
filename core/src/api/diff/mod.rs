//! What a change opens, closes and reroutes.

mod words;

pub use words::{ApplyAction, ApplyStep, Change, ChangeKind, DiffFormat, DiffRequest, DiffResponse};
