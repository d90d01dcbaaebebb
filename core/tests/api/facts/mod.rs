//! What the documents of a mesh say, and what is made of it.

mod data_plane;
mod discovery;
mod documents;
mod gateway_services;
mod injection;
mod mesh_config;
mod pod_templates;
mod taken_away;
mod waypoints;
