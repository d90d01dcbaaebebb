//! Protobuf messages as Istio reads them from YAML (`ApplyYAML` of `pkg/util/protomarshal/protomarshal.go`, which stands on
//! `jsonpb` of golang/protobuf).
//!
//! A field goes by its name in JSON or by that in the message, an enum by its word or by its number, and a null is a field
//! that is not given. One value of a wrong type makes the whole message unreadable. Fields that no message has are ignored.

mod extension_provider;
mod mesh_config;
mod proxy_config;
mod read;
mod shared;
mod value;

pub(super) use mesh_config::MESH_CONFIG;
pub(super) use proxy_config::PROXY_CONFIG;
pub(super) use read::{Unreadable, read};
