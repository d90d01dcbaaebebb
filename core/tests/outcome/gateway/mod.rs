//! The way through a gateway: the DestinationRule for it, its servers and its routes.

use crate::mesh::Mesh;

mod destination_rules;
mod pods;
mod routes;
mod servers;
mod ways;
mod wildcards;

pub(crate) const HTTP: &str = "http://x.org";
pub(crate) const HTTPS: &str = "https://x.org";
pub(crate) const TCP: &str = "tcp://x.org:25";
pub(crate) const VIA: &str = "allowed via egressgateway-a x.org:80";
pub(crate) const VIA_TLS: &str = "allowed via egressgateway-a x.org:443 tls(x.org)";
pub(crate) const VIA_TCP: &str = "allowed via egressgateway-a x.org:25";

/// The parts of a way to `x.org` through the gateway, so that a test can change one.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) hollow: String,
    pub(crate) real: String,
    pub(crate) rule: String,
    pub(crate) gateway: String,
    pub(crate) mesh_route: String,
    pub(crate) gateway_route: String,
    pub(crate) more: String,
}

impl Parts {
    pub(crate) fn mesh(&self) -> Mesh {
        let Self { hollow, real, rule, gateway, mesh_route, gateway_route, more } = self;
        Mesh::new(&[hollow, real, rule, gateway, mesh_route, gateway_route, more].map(String::as_str).join("\n---\n"))
    }
}

/// HTTP on port 80, TLS by server name on port 444, TCP 25 beside it.
pub(crate) fn parts() -> Parts {
    Parts {
        hollow: "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: hollow, namespace: istio-egress}
spec:
  hosts: [x.org]
  exportTo: [a]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports:
  - {number: 80, name: http, protocol: HTTP}
  - {number: 443, name: https, protocol: HTTPS}
  - {number: 25, name: tcp, protocol: TCP}
"
        .into(),
        real: "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: real, namespace: istio-system}
spec:
  hosts: [x.org]
  exportTo: [.]
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
  - {number: 80, name: http, protocol: HTTP}
  - {number: 443, name: https, protocol: HTTPS}
  - {number: 25, name: tcp, protocol: TCP}
"
        .into(),
        rule: "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: way, namespace: istio-system}
spec:
  host: istio-egressgateway-a.istio-system.svc.cluster.local
  exportTo: [a]
  subsets:
  - name: http
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: http.outer}}
  - name: tls
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: tls.outer}}
  - name: tcp
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: tcp.outer}}
"
        .into(),
        gateway: "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  servers:
  - port: {number: 80, name: http, protocol: HTTPS}
    hosts: [istio-system/http.outer, istio-system/x.org]
    tls: {mode: ISTIO_MUTUAL}
  - port: {number: 444, name: tls, protocol: TLS}
    hosts: [istio-system/tls.outer]
    tls: {mode: ISTIO_MUTUAL}
  - port: {number: 444, name: tcp, protocol: TLS}
    hosts: [istio-system/tcp.outer]
    tls: {mode: ISTIO_MUTUAL}
"
        .into(),
        mesh_route: "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: m, namespace: istio-egress}
spec:
  hosts: [x.org]
  exportTo: [a]
  gateways: [mesh]
  http:
  - match: [{port: 80, sourceLabels: {app: s}}]
    route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: http, port: {number: 80}}}]
  - directResponse: {status: 502}
  tls:
  - match: [{port: 443, sniHosts: [x.org], sourceLabels: {app: s}}]
    route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: tls, port: {number: 444}}}]
  tcp:
  - match: [{port: 25, sourceLabels: {app: s}}]
    route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: tcp, port: {number: 444}}}]
"
        .into(),
        gateway_route: "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: h, namespace: istio-system}
spec:
  hosts: [x.org]
  exportTo: [.]
  gateways: [istio-system/g]
  http: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: t, namespace: istio-system}
spec:
  hosts: [tls.outer]
  exportTo: [.]
  gateways: [istio-system/g]
  tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: c, namespace: istio-system}
spec:
  hosts: [tcp.outer]
  exportTo: [.]
  gateways: [istio-system/g]
  tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 25}}}]}]
"
        .into(),
        more: String::new(),
    }
}
