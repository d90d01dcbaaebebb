use serde::{Deserialize, Serialize};

use crate::api::{Diagnostic, OriginRow, Rendering, Source};
use crate::manifest::Object;
use crate::source::PositionEncoding;

/// The request of `compile`: the resources of a policy set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `compile`: an object")]
pub struct CompileRequest {
    /// All policies of the mesh, and the documents that describe it.
    pub sources: Vec<Source>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the resources in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// How resources are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A YAML stream.
    Yaml,
    /// A JSON `List`.
    Json,
}

/// The response of `compile`: the resources of a policy set.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CompileResponse {
    /// Whether the policies compile; if not, `resources` is empty.
    pub ok: bool,
    /// The resources, in the order in which they should be applied.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"))]
    pub resources: Vec<Resource>,
    /// The origin of each resource, in the same order.
    pub origins: Vec<ResourceOrigins>,
    /// The gateway port of each destination.
    pub gateway_ports: Vec<GatewayPortRow>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The resources as text, if requested.
    pub text: Option<String>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// A resource of Istio's, made by egressc. Written with serde it is the object that the Kubernetes API takes.
///
/// ```
/// # use egressc_core::api::{CompileResponse, UsageError};
/// # fn shown(response: &CompileResponse) -> Result<(), Box<dyn std::error::Error>> {
/// for resource in &response.resources {
///     println!("{} {}/{}", resource.kind(), resource.namespace(), resource.name());
///     println!("{}", serde_json::to_string_pretty(resource)?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Resource(pub(super) Object);

impl Resource {
    /// Its API group, such as `networking.istio.io`.
    pub fn group(&self) -> &'static str {
        self.0.spec.group()
    }

    /// Its kind, such as `VirtualService`.
    pub fn kind(&self) -> &'static str {
        self.0.spec.kind()
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The same with its fields, for [`crate::stages`].
    #[doc(hidden)]
    pub fn object(&self) -> &Object {
        &self.0
    }
}

/// The origin of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceOrigins {
    /// Kind of the resource.
    pub kind: String,
    /// Namespace of the resource.
    pub namespace: String,
    /// Name of the resource.
    pub name: String,
    /// The `to` items.
    pub origins: Vec<OriginRow>,
}

/// The gateway port of a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GatewayPortRow {
    /// The external host.
    pub host: String,
    /// The port that clients call.
    pub port: u16,
    /// The gateway.
    pub gateway: String,
    /// The port of its Service.
    pub gateway_port: u16,
    /// Whether egressc chose the port because the policy does not set one.
    pub allocated: bool,
}
