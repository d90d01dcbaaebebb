//! Mistakes in the user's own Istio objects.
//!
//! `refused` names what a cluster does not take, `beside_policies` what is wrong about the gateways of policies, and
//! `hand_written` what is wrong whether there are policies or not.

mod beside_policies;
mod edit;
mod hand_written;
mod http_fields;
mod refused;
mod refused_by_envoy;
mod roots;
mod unknown_fields;
mod within;

pub(crate) use beside_policies::beside_policies;
pub(crate) use hand_written::{hand_written, leads_to_usual_gateway};
pub(crate) use refused::refused;
pub(crate) use refused_by_envoy::refused_by_envoy;
pub(crate) use unknown_fields::report_unknown_fields;
