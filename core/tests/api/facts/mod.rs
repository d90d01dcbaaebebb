//! What the documents of a mesh say, and what is made of it.

mod documents;
mod gateway_services;
