//! The external hosts to which a gateway sends what is for one host.

use std::collections::BTreeSet;

use super::{Flow, PolicySet, UpstreamSettings};
use crate::source::{Span, Spanned};

/// One of several external hosts for the requests of a destination.
#[derive(Debug, Clone)]
pub struct BackendHost {
    /// The host, in lower case.
    pub host: Spanned<String>,
    /// Its port.
    pub port: u16,
    /// Its share of the requests; 0 is none.
    pub weight: u32,
    /// Where the policy sets the share; `None` where it does not.
    pub weight_span: Option<Span>,
    /// Whether the gateway makes HTTPS of plain HTTP.
    pub is_upgraded: bool,
    /// How the gateway connects to it.
    pub upstream: UpstreamSettings,
    /// The whole item.
    pub span: Span,
}

impl BackendHost {
    /// Whether it is the same as another one, wherever they stand.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.host.value, self.port, self.weight, self.is_upgraded)
            == (&other.host.value, other.port, other.weight, other.is_upgraded)
            && self.upstream == other.upstream
    }
}

/// A host to which a gateway connects for a flow: the host of the flow, or a backend.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamHost<'a> {
    /// The host.
    pub host: &'a Spanned<String>,
    /// Its port.
    pub port: u16,
    /// Whether the gateway makes HTTPS of plain HTTP.
    pub is_upgraded: bool,
    /// How the gateway connects to it.
    pub settings: &'a UpstreamSettings,
    /// Its share, where there are backends.
    pub share: Option<u32>,
}

impl<'a> UpstreamHost<'a> {
    /// Whether the gateway connects to it otherwise than in plain text with Istio's defaults.
    pub fn has_settings(&self) -> bool {
        self.is_upgraded || !self.settings.is_default()
    }

    /// Whether it gets requests now.
    pub fn is_in_use(&self) -> bool {
        self.share != Some(0)
    }

    /// The names that resolve to it: its own, and those that are used while it fails.
    pub fn into_names(self) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.host.value.as_str()).chain(self.settings.fallback.iter().map(|host| host.value.as_str()))
    }
}

impl<'a> Flow<'a> {
    /// The hosts to which the gateway connects, those that get nothing now among them.
    pub fn upstreams(&self) -> Vec<UpstreamHost<'a>> {
        let destination = self.destination;
        if destination.backends.is_empty() {
            return vec![UpstreamHost {
                host: self.host,
                port: destination.external_port(),
                is_upgraded: destination.upgrade.is_some(),
                settings: &destination.upstream,
                share: None,
            }];
        }
        let backends = destination.backends.iter().map(|backend| UpstreamHost {
            host: &backend.host,
            port: backend.port,
            is_upgraded: backend.is_upgraded,
            settings: &backend.upstream,
            share: Some(backend.weight),
        });
        backends.collect()
    }
}

impl PolicySet {
    /// Every external host that a policy names: those that workloads call, and those that gateways connect to.
    pub fn hosts(&self) -> BTreeSet<&str> {
        let called = self.flows().map(|flow| flow.host.value.as_str());
        called.chain(self.flows().flat_map(|flow| flow.upstreams()).flat_map(UpstreamHost::into_names)).collect()
    }
}
