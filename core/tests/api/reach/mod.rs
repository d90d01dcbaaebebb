//! Who can reach what, and what a change makes of it.

mod addresses;
mod alike;
mod filter;
mod laws;
mod messages;
mod past_sidecars;
mod settings_of_clients;
mod several_places;
mod size;
mod tasks;

pub(crate) use laws::compared;
