//! What the documents of a mesh say, and what is made of it.

mod added_labels;
mod automatic_addresses;
mod cni;
mod data_plane;
mod discovery;
mod documents;
mod gateway_doubts;
mod gateway_services;
mod headless;
mod injection;
mod injector_config;
mod injector_webhooks;
mod mesh_config;
mod openshift;
mod operator;
mod overrides;
mod pod_templates;
mod proxy_settings;
mod revision_tags;
mod taken_away;
mod waypoints;
