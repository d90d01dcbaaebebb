//! The gateways through which a destination is reached.

use super::GatewayPortChoice;
use crate::source::{Span, Spanned};

/// One of the gateways through which a destination is reached.
#[derive(Debug, Clone)]
pub struct Through {
    /// The gateway, a key of [`Environment::gateways`](super::Environment::gateways), and where the policy names it.
    pub gateway: Spanned<String>,
    /// The port that it is sent to.
    pub port: GatewayPortChoice,
    /// Its share of the requests and connections; 0 is none.
    pub weight: u32,
    /// Where the policy sets the share; `None` where it does not.
    pub weight_span: Option<Span>,
}

impl Through {
    /// Whether it gets requests now.
    pub fn is_in_use(&self) -> bool {
        self.weight > 0
    }
}
