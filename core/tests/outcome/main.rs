//! The evaluator of Istio's configuration, rule by rule, in the words of Istio's objects.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the examples are files, and a test may read them")]

mod alternatives;
mod assumptions;
mod authorization;
mod examples;
mod gateway;
mod gateway_api;
mod generated;
mod mesh;
mod mutants;
mod not_modelled;
mod other_names;
mod record;
mod refused_by_envoy;
mod releases;
mod requests;
mod sidecar;
mod tls;
