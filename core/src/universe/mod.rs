//! The requests that stand for all.
//!
//! Istio only ever compares a request with what stands in its objects. So one request stands for each class that no
//! object tells apart: for each host and port that some client sees or a policy declares, each kind of client that some
//! object or fact names, one of each such namespace that none names, and one of any other namespace.
//!
//! Everything that asks takes its requests from here: [`generated`] has those that the compile's own proof asks of what
//! it made, [`Universe`] those that `reach`, `diff` and the check of the user's own objects ask of any objects.
//! A class is a row of `reach`, or finer than that ([`Granularity`]): it is asked wherever something must be proven, and has
//! a row only where it arrives although no policy says so.
//!
//! Indices keep it linear: nothing here compares objects with each other.

mod aspect;
mod captured;
mod class;
mod classes;
mod direct;
mod gateway_services;
pub(crate) mod generated;
mod host;
mod identities;
mod labels;
mod messages;
mod original_destination;
mod outside;
mod past_sidecars;
mod query;
mod route_match;
mod schemes;
mod visible;

pub use aspect::{Aspect, Aspects};
pub use class::{ClientClass, ClientNamespace, RequestClass, SaidName, Way};
pub use classes::{Granularity, LeftOut, Members, TooMany, Universe, UniverseInputs};
use messages::Messages;
pub(crate) use past_sidecars::uncaptured;
pub(crate) use query::{OTHER_NAMESPACE, sample};
