//! A `BackendTLSPolicy`, as it is read (`pilot/pkg/config/kube/gateway/backend_policies.go`).

use super::reference::{Referent, referent};
use crate::istio::fields::Fields;
use crate::istio::{Meta, TlsMode, TlsSettings};
use crate::source::Span;

/// A policy for TLS to backends.
#[derive(Debug, Clone)]
pub(super) struct BackendTlsPolicy {
    pub(super) targets: Vec<PolicyTarget>,
    pub(super) tls: TlsSettings,
    /// Why it is not known what it means.
    pub(super) unknown: Option<String>,
    pub(super) span: Option<Span>,
}

/// What a policy is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PolicyTarget {
    pub(super) to: Referent,
    pub(super) name: String,
    /// The name of a port.
    pub(super) section: Option<String>,
}

/// `BackendTLSPolicyCollection`; `None` for a policy that says it is not for Istio.
pub(super) fn read(spec: Fields<'_>, meta: &Meta) -> Option<BackendTlsPolicy> {
    let ignored = meta.annotations.get("istio.io/ignore-policy-attachment");
    if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let target = |target: Fields<'_>| PolicyTarget {
        to: referent(target, "", ""),
        name: target.text("name").unwrap_or_default(),
        section: target.text("sectionName").filter(|name| !name.is_empty()),
    };
    let validation = spec.child("validation");
    let names = validation.into_iter().flat_map(|validation| validation.items("subjectAltNames"));
    let name = |name: Fields<'_>| match name.text("type").as_deref() {
        Some("Hostname") => name.text("hostname"),
        Some("URI") => name.text("uri"),
        _ => None,
    };
    let certificate = validation.and_then(|validation| validation.items("caCertificateRefs").next());
    let certificate = certificate.filter(|_| !validation.is_some_and(|it| it.has("wellKnownCACertificates")));
    let is_config_map = |reference: &Fields<'_>| reference.text("kind").as_deref() == Some("ConfigMap");
    Some(BackendTlsPolicy {
        targets: spec.items("targetRefs").map(target).collect(),
        tls: TlsSettings {
            mode: TlsMode::Simple,
            sni: validation.and_then(|validation| validation.text("hostname")).filter(|name| !name.is_empty()),
            subject_alt_names: names.filter_map(name).collect(),
            // `configmap://<namespace>/<name>`: any proxy may use it.
            credential_name: None,
            insecure: false,
            span: spec.span(),
        },
        unknown: certificate
            .filter(|reference| !is_config_map(reference))
            .map(|_| "caCertificateRefs of a kind other than ConfigMap".to_owned()),
        span: spec.span(),
    })
}
