//! What a sidecar does with a request: its listeners, routes and clusters.

mod addresses;
mod domains;
mod egress_clusters;
mod egress_routes;
mod endpoints;
mod http_proxy;
mod http_routes;
mod outbound_policy;
mod scope;
mod server_first;
mod tcp;
mod tls_routes;
mod virtual_hosts;
mod visibility;

pub(crate) const HTTP: &str = "{number: 80, name: http, protocol: HTTP}";
pub(crate) const HTTPS: &str = "{number: 443, name: https, protocol: HTTPS}";
pub(crate) const TCP: &str = "{number: 443, name: tcp, protocol: TCP}";

/// A ServiceEntry that DNS fills.
pub(crate) fn entry(name: &str, namespace: &str, export_to: &str, host: &str, port: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  hosts: [{host}]
  exportTo: [{export_to}]
  resolution: DNS
  ports: [{port}]
"
    )
}

/// A mesh VirtualService for `x.org`.
pub(crate) fn route(name: &str, export_to: &str, body: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: own}}
spec:
  hosts: [x.org]
  exportTo: [{export_to}]
{body}
"
    )
}

pub(crate) const TO_Y: &str = "route: [{destination: {host: y.org}}]";

pub(crate) fn two_hosts() -> String {
    entry("x", "own", "'*'", "x.org", &format!("{HTTP}, {HTTPS}"))
        + &entry("y", "own", "'*'", "y.org", &format!("{HTTP}, {HTTPS}"))
}
