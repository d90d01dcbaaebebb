#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod api;
pub mod check;
pub mod diagnostic;
pub mod diff;
pub mod emit;
pub mod facts;
pub mod istio;
pub mod lint;
pub mod lower;
pub mod manifest;
pub mod model;
pub mod mutate;
pub mod origin;
pub mod prove;
pub mod reach;
pub mod resolve;
pub mod resource;
pub mod rollout;
mod scheme;
pub mod source;
pub mod syntax;
pub mod trace;
pub mod universe;
