use std::collections::BTreeSet;

use crate::model::{Environment, PolicyId};
use crate::source::Span;
use crate::trace::{Decision, Encryption, Missing, Reached, Unverified, Verdict};

/// What becomes of the requests of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowOutcome {
    /// What comes of them.
    pub verdict: Verdict,
    /// Whether a policy allows them.
    pub declared: bool,
    /// Whether the policies foresee that they arrive: they allow it, or TCP that takes its port diverts them (EGR0433).
    pub foreseen: bool,
    /// Whether they arrive only because a rule is in audit mode.
    pub audit: bool,
    /// The declaration by which they arrive, or would.
    pub by: Option<Declaration>,
    /// The gateway that they cross.
    pub gateway: Option<String>,
    /// The port of its Service.
    pub gateway_port: Option<u16>,
    /// The other gateways of which they may cross one, by weight, each with the port of its Service.
    pub other_gateways: Vec<(String, u16)>,
    /// How the bytes travel to the gateway.
    pub to_gateway: Option<Encryption>,
    /// How the bytes travel to the host.
    pub to_host: Option<Encryption>,
    /// What a proxy's TLS to the host does not verify.
    pub unverified: Unverified,
    /// Where they arrive.
    pub reached: Option<Reached>,
    /// The other places at which they may arrive, by weight or by a proxy's choice of an endpoint.
    pub also_reached: Vec<Reached>,
    /// The HTTP status of the proxy that answers.
    pub status: Option<u16>,
    /// Envoy's response flags.
    pub response_flags: Option<&'static str>,
    /// What decided, in the order of the way.
    pub decided_by: Vec<Decision>,
    /// Why it cannot be known.
    pub unknown: Vec<String>,
    /// What would settle some of these reasons.
    pub missing: Vec<Missing>,
    /// What is taken for granted because no document says otherwise.
    pub assumed: Vec<String>,
}

/// A `to` item of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The policy.
    pub policy: PolicyId,
    /// The rule, by name.
    pub rule: String,
    /// The item.
    pub span: Span,
}

impl FlowOutcome {
    /// The outcome where there is no gateway to call.
    pub(super) fn nothing_to_call() -> Self {
        Self {
            verdict: Verdict::Blocked,
            declared: false,
            foreseen: false,
            audit: false,
            by: None,
            gateway: None,
            gateway_port: None,
            other_gateways: Vec::new(),
            to_gateway: None,
            to_host: None,
            unverified: Unverified::Nothing,
            reached: None,
            also_reached: Vec::new(),
            status: None,
            response_flags: None,
            decided_by: Vec::new(),
            unknown: Vec::new(),
            missing: Vec::new(),
            assumed: Vec::new(),
        }
    }

    /// Whether requests get to the same place by the same way, or to none.
    pub fn takes_same_way_as(&self, other: &Self) -> bool {
        self.verdict == other.verdict
            && self.audit == other.audit
            && self.reached == other.reached
            && self.also_reached == other.also_reached
            && self.gateways() == other.gateways()
            && (self.to_gateway, self.to_host, self.unverified) == (other.to_gateway, other.to_host, other.unverified)
    }

    /// Every place at which they may arrive.
    pub fn places(&self) -> impl Iterator<Item = &Reached> {
        self.reached.iter().chain(&self.also_reached)
    }

    /// The gateways of which they cross one, each with the port of its Service where it is known.
    pub fn gateways(&self) -> BTreeSet<(&str, Option<u16>)> {
        let others = self.other_gateways.iter().map(|(name, port)| (name.as_str(), Some(*port)));
        self.gateway.as_deref().map(|name| (name, self.gateway_port)).into_iter().chain(others).collect()
    }

    /// Whether bytes arrive somewhere.
    pub fn arrives(&self) -> bool {
        self.reached.is_some()
    }

    /// Whether they arrive although no policy foresees it.
    pub fn arrives_unforeseen(&self) -> bool {
        self.arrives() && !self.foreseen
    }

    /// Whether they arrive past every gateway.
    pub fn bypasses(&self) -> bool {
        self.reached.is_some() && self.gateway.is_none()
    }

    /// Where to look: the declaration, or what lets them through.
    pub fn span(&self, environment: &Environment) -> Option<Span> {
        if let Some(by) = &self.by {
            return Some(by.span);
        }
        let of = |kinds: &[&str]| {
            self.decided_by.iter().filter(|each| kinds.contains(&each.kind.as_str())).find_map(|each| each.span)
        };
        let through = of(&["VirtualService"]).or_else(|| of(&["ServiceEntry"])).or_else(|| of(&["Sidecar"]));
        match self.verdict {
            Verdict::Allowed | Verdict::Diverted => through.or_else(|| {
                environment.open_outbound_traffic_policy().filter(|_| self.bypasses()).map(|open| open.span)
            }),
            Verdict::Unknown => self.decided_by.iter().rev().find_map(|each| each.span),
            Verdict::Blocked => of(&["AuthorizationPolicy"]),
        }
    }
}
