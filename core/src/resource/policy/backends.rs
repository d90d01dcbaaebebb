//! The fields of a destination that are about other hosts than the one that the workload calls.

use super::Upgrade;
use super::upstream;
use crate::resource::read;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// An item of `backends`.
#[derive(Debug, Clone)]
pub struct BackendFields {
    /// `host`, as written.
    pub host: Spanned<String>,
    /// `port`.
    pub port: Option<Spanned<u16>>,
    /// `weight`.
    pub weight: Option<Spanned<u32>>,
    /// `httpsUpgrade`.
    pub upgrade: Option<Upgrade>,
    /// `fallback`, as written.
    pub fallback: Option<Spanned<Vec<Spanned<String>>>>,
    /// The whole item.
    pub span: Span,
}

pub(super) fn read(to: &Node) -> Option<Spanned<Vec<BackendFields>>> {
    let list = to.given("backends")?;
    Some(Spanned::new(list.items().iter().filter_map(backend).collect(), list.span))
}

pub(super) fn fallback(node: &Node) -> Option<Spanned<Vec<Spanned<String>>>> {
    let list = node.given("fallback")?;
    let hosts = list.items().iter().filter_map(|host| Some(Spanned::new(host.text()?.to_owned(), host.span)));
    Some(Spanned::new(hosts.collect(), list.span))
}

/// `httpsUpgrade` of an item of `to`, or of a backend.
pub(super) fn upgrade(node: &Node) -> Option<Upgrade> {
    node.given("httpsUpgrade").map(|upgrade| Upgrade {
        enabled: read::boolean(upgrade, "enabled"),
        port: read::port(upgrade, "port"),
        tls: upstream::tls(upgrade),
        span: upgrade.span,
    })
}

fn backend(node: &Node) -> Option<BackendFields> {
    Some(BackendFields {
        host: read::text(node, "host")?,
        port: read::port(node, "port"),
        weight: weight(node),
        upgrade: upgrade(node),
        fallback: fallback(node),
        span: node.span,
    })
}

pub(super) fn weight(node: &Node) -> Option<Spanned<u32>> {
    let weight = node.given("weight")?;
    match weight.kind {
        NodeKind::Integer(number) => Some(Spanned::new(u32::try_from(number).ok()?, weight.span)),
        _ => None,
    }
}
