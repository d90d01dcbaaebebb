//! `ASMEgressTrafficPolicy`, and `EgressPolicy`, which has the same fields and more. Both become one typed form.

mod asm;
mod backends;
mod by_gateway;
mod conversion;
mod egress_policy;
mod fields;
mod http;
mod mode;
mod named_sets;
mod protocol;
mod read;
mod upstream;

pub(super) use asm::SHAPE as ASM_SHAPE;
pub use backends::BackendFields;
pub use by_gateway::{ByGateway, GatewayFields};
pub use conversion::{Replacement, conversion};
pub(super) use egress_policy::SHAPE as EGRESS_POLICY_SHAPE;
pub use http::{HeaderFields, HttpFields, RequestItem, Retries};
pub use mode::RuleMode;
pub use named_sets::{NAMED_SETS, NamedSet, WithheldPaths, WithheldRequests};
pub use protocol::Protocol;
pub(super) use read::read;
pub use upstream::{OutlierFields, PoolFields, TlsFields, UpstreamFields};

use super::{Date, Labels};
use crate::source::{Span, Spanned};

/// Which kind of policy a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// `ASMEgressTrafficPolicy`.
    Asm,
    /// `EgressPolicy`.
    Egress,
}

impl PolicyKind {
    /// As documents name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asm => "ASMEgressTrafficPolicy",
            Self::Egress => "EgressPolicy",
        }
    }
}

/// The document.
#[derive(Debug, Clone)]
pub struct EgressTrafficPolicy {
    /// Its kind.
    pub kind: PolicyKind,
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Option<Spanned<String>>,
    /// `spec.byEgressGateway` or `spec.byEgressGateways`: the default of all rules.
    pub by_gateway: ByGateway,
    /// `spec.mode`: the default of all rules.
    pub mode: Option<Spanned<RuleMode>>,
    /// `spec.egressRules`.
    pub rules: Vec<EgressRule>,
}

/// An item of `egressRules`.
#[derive(Debug, Clone)]
pub struct EgressRule {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// Who answers for it, and until when.
    pub accountability: Accountability,
    /// `mode`.
    pub mode: Option<Spanned<RuleMode>>,
    /// `byEgressGateway` or `byEgressGateways`: the default of all its destinations.
    pub by_gateway: ByGateway,
    /// `from`.
    pub from: Vec<From>,
    /// `to`.
    pub to: Vec<To>,
}

/// An item of `from`.
#[derive(Debug, Clone)]
pub struct From {
    /// `namespace`.
    pub namespace: Spanned<String>,
    /// `workloadSelector`; `None` is the whole namespace.
    pub selector: Option<Spanned<Labels>>,
    /// `serviceAccounts`; `None` is every account.
    pub service_accounts: Option<Spanned<Vec<String>>>,
}

/// Fields of a rule for people, which change nothing in what is compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accountability {
    /// `owner`.
    pub owner: Option<String>,
    /// `reason`.
    pub reason: Option<String>,
    /// `ticket`.
    pub ticket: Option<String>,
    /// `until`.
    pub until: Option<Spanned<Date>>,
}

/// An item of `to`.
#[derive(Debug, Clone)]
pub struct To {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `hosts`, as written.
    pub hosts: Vec<Spanned<String>>,
    /// `addresses`, as written.
    pub addresses: Vec<Spanned<String>>,
    /// `port`.
    pub port: Port,
    /// `byEgressGateway` or `byEgressGateways`.
    pub by_gateway: ByGateway,
    /// `httpsUpgrade`.
    pub upgrade: Option<Upgrade>,
    /// `backends`.
    pub backends: Option<Spanned<Vec<BackendFields>>>,
    /// `fallback`, as written.
    pub fallback: Option<Spanned<Vec<Spanned<String>>>>,
    /// The fields that are about HTTP requests.
    pub http: HttpFields,
    /// The fields that are about connections to the host.
    pub upstream: UpstreamFields,
    /// The whole item.
    pub span: Span,
}

/// `port`.
#[derive(Debug, Clone)]
pub struct Port {
    /// `number`.
    pub number: Spanned<u16>,
    /// `protocol`.
    pub protocol: Spanned<Protocol>,
}

/// `httpsUpgrade`.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// `enabled`; absent is off.
    pub enabled: Option<Spanned<bool>>,
    /// `port`.
    pub port: Option<Spanned<u16>>,
    /// The fields that are about TLS with the host.
    pub tls: TlsFields,
    /// The whole field.
    pub span: Span,
}
