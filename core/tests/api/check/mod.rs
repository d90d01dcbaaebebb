//! The checks of a policy set, by their question.

mod clients;
mod collisions;
mod gateways;
mod hosts;
mod mesh;
mod naming;
mod ports;
mod protocols;
mod tcp;
