#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod api;
mod check;
mod diagnostic;
mod diff;
mod emit;
mod facts;
mod istio;
mod lint;
mod lower;
mod manifest;
mod model;
mod mutate;
mod origin;
mod prove;
mod reach;
mod resolve;
mod resource;
mod rollout;
mod scheme;
mod source;
#[doc(hidden)]
pub mod stages;
mod syntax;
mod trace;
mod universe;
