//! The gateway or gateways of a policy, a rule or an item of `to`.

use super::backends::weight;
use crate::resource::read;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// `byEgressGateway` and `byEgressGateways` at one place.
#[derive(Debug, Clone, Default)]
pub struct ByGateway {
    /// `byEgressGateway`.
    pub one: Option<GatewayFields>,
    /// `byEgressGateways`.
    pub several: Option<Spanned<Vec<GatewayFields>>>,
}

/// `byEgressGateway`, or an item of `byEgressGateways`.
#[derive(Debug, Clone)]
pub struct GatewayFields {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `port`.
    pub port: Option<Spanned<u16>>,
    /// `weight`.
    pub weight: Option<Spanned<u32>>,
    /// The whole field.
    pub span: Span,
}

impl ByGateway {
    /// The gateways that it names.
    pub fn names(&self) -> impl Iterator<Item = &Spanned<String>> {
        let several = self.several.iter().flat_map(|several| &several.value);
        self.one.iter().chain(several).filter_map(|fields| fields.name.as_ref())
    }
}

pub(super) fn read(node: &Node) -> ByGateway {
    ByGateway {
        one: node.given("byEgressGateway").map(fields),
        several: node
            .given("byEgressGateways")
            .map(|list| Spanned::new(list.items().iter().map(fields).collect(), list.span)),
    }
}

fn fields(node: &Node) -> GatewayFields {
    GatewayFields {
        name: read::text(node, "name"),
        port: read::port(node, "port"),
        weight: weight(node),
        span: node.span,
    }
}
