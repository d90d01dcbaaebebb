//! The requests that stand for all requests.
//!
//! Istio only compares a request with the values in its objects. So one request stands for each class that no object
//! distinguishes. For each host and port that some client sees or a policy declares, the classes are: each kind of
//! client that some object or fact names, one other client of each namespace that is named, and one of any other
//! namespace.
//!
//! All stages that evaluate requests take them from here. [`generated`] makes those for the compile's own proof about
//! generated objects. [`Universe`] makes those for `reach`, `diff` and the check of the user's own objects. A class is
//! a row of `reach`, or finer than a row ([`Granularity`]). A finer class is evaluated where something must be proven,
//! and has a row only if it arrives although no policy allows it.
//!
//! Nothing here compares objects with each other, and lookups use indices, so the time grows linearly with the objects.

mod addresses;
mod alike;
mod aspect;
mod captured;
mod class;
mod classes;
mod counted_calls;
mod direct;
mod gateway_services;
pub(crate) mod generated;
mod host;
mod identities;
mod labels;
mod messages;
mod networks;
mod original_destination;
mod outside;
mod past_sidecars;
mod query;
mod route_match;
mod schemes;
mod visible;

pub use addresses::AddressClass;
pub use aspect::{Aspect, Aspects};
pub(crate) use class::ANY_ACCOUNT;
pub use class::{ClientClass, ClientNamespace, RequestClass, SaidName, Way};
pub use classes::{Clients, Granularity, LeftOut, Members, NamespaceGranularity, TooMany, Universe, UniverseInputs};
use messages::Messages;
pub(crate) use messages::{of_match as messages_of, of_matches as messages_of_matches};
pub(crate) use networks::networks;
pub(crate) use past_sidecars::uncaptured;
pub(crate) use query::{OTHER_NAMESPACE, sample};
