//! What a policy set compiles to, or why it does not.

mod types;

pub use types::{CompileRequest, CompileResponse, Format, GatewayPortRow, Resource, ResourceOrigins};

use std::collections::{BTreeMap, BTreeSet};

use super::workspace::Said;
use super::{Accountability, OriginRow, Place, UsageError, Workspace};
use crate::emit;
use crate::manifest::Object;
use crate::model::PolicySet;
use crate::source::Span;

/// Compiles a policy set to the resources that enforce it, and proves that they do.
///
/// A policy that is wrong is not an error of the call: `ok` is false, and `diagnostics` contain the reasons.
///
/// ```
/// use egressc_core::api::{CompileRequest, Format, Source, compile};
///
/// let policy = r#"
/// apiVersion: istio.alibabacloud.com/v1
/// kind: ASMEgressTrafficPolicy
/// metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}
/// spec:
///   byEgressGateway: {name: egressgateway-a}
///   egressRules:
///   - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
///     to:
///     - hosts: [www.httpbin.org]
///       port: {name: http, number: 80, protocol: HTTP}
/// "#;
/// let response = compile(&CompileRequest {
///     sources: vec![Source::text("policy.yaml", policy)],
///     format: Some(Format::Yaml),
///     ..CompileRequest::default()
/// })?;
/// assert!(response.ok);
/// assert_eq!(response.resources[0].kind(), "AuthorizationPolicy");
/// assert!(response.text.is_some_and(|text| text.starts_with("---\napiVersion: security.istio.io/v1\n")));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When the text cannot be written, which is a bug.
pub fn compile(request: &CompileRequest) -> Result<CompileResponse, UsageError> {
    let CompileRequest { sources, position_encoding, format, render } = request;
    let workspace = Workspace::load(sources).position_encoding(*position_encoding).rendering(*render);
    let mut response = workspace.compiled_without_resources(*format)?;
    if response.ok {
        // The resources are moved and not copied, because there may be thousands of them.
        response.resources = workspace.into_manifests().objects.into_iter().map(Resource).collect();
    }
    Ok(response)
}

impl Workspace {
    /// The resources that enforce the policies, as in [`compile()`]. With a format, the response also contains them as
    /// text.
    ///
    /// ```
    /// use egressc_core::api::{Format, Source, Workspace};
    ///
    /// let workspace = Workspace::load(&[Source::text("policy.yaml", "kind: ASMEgressTrafficPolicy")]);
    /// let response = workspace.compile(Some(Format::Json))?;
    /// assert!(!response.ok && response.resources.is_empty() && response.text.is_none());
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// When the text cannot be written, which is a bug.
    pub fn compile(&self, format: Option<Format>) -> Result<CompileResponse, UsageError> {
        let mut response = self.compiled_without_resources(format)?;
        if response.ok {
            response.resources = self.compiled().manifests.objects.iter().cloned().map(Resource).collect();
        }
        Ok(response)
    }

    fn compiled_without_resources(&self, format: Option<Format>) -> Result<CompileResponse, UsageError> {
        let proof = self.proof();
        let (Said { diagnostics, rendered }, mut places) = self.say(proof.clone());
        let mut response = CompileResponse {
            ok: !proof.has_errors(),
            resources: Vec::new(),
            origins: Vec::new(),
            gateway_ports: Vec::new(),
            diagnostics,
            text: None,
            rendered,
        };
        let Some(set) = self.policy_set().filter(|_| response.ok) else { return Ok(response) };

        let objects = &self.compiled().manifests.objects;
        response.gateway_ports = gateway_ports(set);
        response.text = format.map(|format| text(objects, format)).transpose()?;
        // Shared objects have the same origins many times, so each place is computed only once.
        let mut known: BTreeMap<Span, Place> = BTreeMap::new();
        let accountability = set.accountability();
        for object in objects {
            let origins = object.origins.iter().map(|origin| OriginRow {
                policy: origin.policy.to_string(),
                rule: origin.rule.clone(),
                place: known.entry(origin.span).or_insert_with(|| places.place(origin.span, "")).clone(),
                accountability: Accountability::at(origin.span, &accountability),
            });
            response.origins.push(ResourceOrigins {
                kind: object.spec.kind().to_owned(),
                namespace: object.namespace.clone(),
                name: object.name.clone(),
                origins: origins.collect(),
            });
        }
        Ok(response)
    }
}

fn text(resources: &[Object], format: Format) -> Result<String, UsageError> {
    match format {
        Format::Yaml => emit::yaml(resources),
        Format::Json => emit::json(resources),
    }
    .map_err(UsageError::unwritten)
}

/// The gateway port of each destination of a set.
pub(super) fn gateway_ports(set: &PolicySet) -> Vec<GatewayPortRow> {
    let rows: BTreeSet<GatewayPortRow> = set
        .flows()
        .map(|flow| GatewayPortRow {
            host: flow.host.value.clone(),
            port: flow.port(),
            gateway: flow.gateway().to_owned(),
            gateway_port: flow.through.port.port,
            allocated: flow.through.port.span.is_none(),
        })
        .collect();
    rows.into_iter().collect()
}
