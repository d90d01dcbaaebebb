//! The digest of an object: what it says to Istio, and what we say about it, in one order.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{MADE_FOR, MANAGED_BY};

/// Bytes of the hash that are written: enough that no two objects meet by chance.
const BYTES: usize = 16;

/// What an object of one exit takes in JSON; longer ones take more.
const USUAL: usize = 1024;

/// What the digest is of: all that decides what the object does, and nothing that a cluster or an orchestrator adds.
///
/// The version of the API is not among it: versions of one group are one object.
#[derive(Debug, Serialize)]
pub struct DigestContent<'o, M, S> {
    /// The group of its `apiVersion`.
    pub group: &'o str,
    /// Its kind.
    pub kind: &'o str,
    /// `metadata.namespace`.
    pub namespace: &'o str,
    /// `metadata.name`.
    pub name: &'o str,
    /// `metadata.labels`, those that [count](counts), in alphabetical order.
    pub labels: M,
    /// `metadata.annotations`, those that [count](counts), in alphabetical order.
    pub annotations: M,
    /// `spec`, with the keys of every map in alphabetical order and without nulls, which Kubernetes drops.
    pub spec: S,
}

impl<M: Serialize, S: Serialize> DigestContent<'_, M, S> {
    /// As it is written; `None` for what JSON cannot hold, which is nothing that a compile makes.
    pub fn digest(&self) -> Option<String> {
        let mut text = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut text, self).ok()?;
        let half = |bits: u8| char::from_digit(u32::from(bits), 16);
        let bytes = Sha256::digest(&text);
        bytes.iter().take(BYTES).flat_map(|byte| [half(byte >> 4), half(byte & 15)]).collect()
    }
}

/// Whether a label or annotation is egressc's or Istio's: those change what an object does
/// (`internal.istio.io/route-semantics`, `networking.istio.io/enable-autoallocate-ip`). Others are for people and tools.
pub fn counts(key: &str) -> bool {
    let is_istios = || {
        let domain = key.split_once('/').map_or("", |(domain, _)| domain);
        domain == "istio.io" || domain.ends_with(".istio.io")
    };
    key == MANAGED_BY.0 || key == MADE_FOR || is_istios()
}
