use std::collections::BTreeMap;

use serde::Serialize;

/// Hosts that are added to the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntry {
    /// Virtual addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Where connections go, if not to what DNS says of the hosts; without any and without DNS, nowhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<EntryEndpoint>,
    /// Namespaces that see it.
    pub export_to: Vec<String>,
    /// The hosts.
    pub hosts: Vec<String>,
    /// Whether they are of the mesh.
    pub location: Location,
    /// Their ports.
    pub ports: Vec<ServicePort>,
    /// Where their addresses come from.
    pub resolution: Resolution,
}

/// Whether hosts are of the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Location {
    /// They are not.
    MeshExternal,
}

/// Where addresses come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Resolution {
    /// From `endpoints`; without any the host is hollow, and nothing can reach it.
    Static,
    /// From DNS, asked by the proxy.
    Dns,
    /// From DNS, asked by the proxy for each name in `Host`; for wildcards.
    #[serde(rename = "DYNAMIC_DNS")]
    DynamicDns,
}

/// Where a host is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryEndpoint {
    /// Its address, or a name that resolves to it.
    pub address: String,
    /// By which a DestinationRule orders endpoints.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// A port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ServicePort {
    /// Its name, unique in the resource.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// Its protocol.
    pub protocol: &'static str,
}
