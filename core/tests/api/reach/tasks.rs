//! The egress gateway tasks of istio.io, with the gateway as Istio's charts write it: no policy, one folder.

use egressc_core::api::{Flow, ReachRequest, Source, TraceRequest, Verdict, reach, trace};

use crate::ask::texts;

/// What every task has: the mesh config, the client, and the host.
const MESH: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}
---
apiVersion: v1
kind: Namespace
metadata: {name: default, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: curl, namespace: default}
spec:
  selector: {matchLabels: {app: curl}}
  template:
    metadata: {labels: {app: curl}}
    spec: {serviceAccountName: curl, containers: [{name: curl, image: curlimages/curl}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: cnn}
spec:
  hosts: [edition.cnn.com]
  ports:
  - {number: 80, name: http-port, protocol: HTTP}
  - {number: 443, name: https, protocol: HTTPS}
  resolution: DNS
";

/// As `istioctl manifest generate --set components.egressGateways[0].enabled=true` writes it.
const OPERATOR: &str = r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: istio-egressgateway-service-account, namespace: istio-system}
---
apiVersion: v1
kind: Service
metadata:
  name: istio-egressgateway
  namespace: istio-system
  labels: {app: istio-egressgateway, istio: egressgateway, release: istio, istio.io/rev: default, operator.istio.io/component: EgressGateways}
spec:
  type: ClusterIP
  selector: {app: istio-egressgateway, istio: egressgateway}
  ports:
  - {name: http2, port: 80, protocol: TCP, targetPort: 8080}
  - {name: https, port: 443, protocol: TCP, targetPort: 8443}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istio-egressgateway
  namespace: istio-system
  labels: {app: istio-egressgateway, istio: egressgateway, release: istio, istio.io/rev: default}
spec:
  selector: {matchLabels: {app: istio-egressgateway, istio: egressgateway}}
  template:
    metadata:
      annotations: {istio.io/rev: default, prometheus.io/path: /stats/prometheus, prometheus.io/port: "15020", prometheus.io/scrape: "true", sidecar.istio.io/inject: "false"}
      labels:
        app: istio-egressgateway
        app.kubernetes.io/name: istio-egressgateway
        chart: gateways
        heritage: Tiller
        install.operator.istio.io/owning-resource: unknown
        istio: egressgateway
        istio.io/dataplane-mode: none
        istio.io/rev: default
        operator.istio.io/component: EgressGateways
        release: istio
        service.istio.io/canonical-name: istio-egressgateway
        service.istio.io/canonical-revision: latest
        sidecar.istio.io/inject: "false"
    spec:
      serviceAccountName: istio-egressgateway-service-account
      containers:
      - name: istio-proxy
        image: gcr.io/istio-release/proxyv2:1.30.0
        args: [proxy, router, --domain, $(POD_NAMESPACE).svc.cluster.local]
        ports:
        - {containerPort: 8080, protocol: TCP}
        - {containerPort: 8443, protocol: TCP}
        - {containerPort: 15090, protocol: TCP, name: http-envoy-prom}
"#;

/// As `helm template istio-egressgateway istio/gateway -n istio-system` writes it.
const CHART: &str = r#"
apiVersion: v1
kind: Service
metadata:
  name: istio-egressgateway
  namespace: istio-system
  labels: {app.kubernetes.io/name: istio-egressgateway, app: istio-egressgateway, istio: egressgateway}
spec:
  type: ClusterIP
  ports:
  - {name: status-port, port: 15021, protocol: TCP, targetPort: 15021}
  - {name: http2, port: 80, protocol: TCP, targetPort: 80}
  - {name: https, port: 443, protocol: TCP, targetPort: 443}
  selector: {app: istio-egressgateway, istio: egressgateway}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istio-egressgateway
  namespace: istio-system
  labels: {app.kubernetes.io/name: istio-egressgateway, app: istio-egressgateway, istio: egressgateway}
spec:
  selector: {matchLabels: {app: istio-egressgateway, istio: egressgateway}}
  template:
    metadata:
      annotations: {inject.istio.io/templates: gateway, prometheus.io/path: /stats/prometheus, prometheus.io/port: "15020", prometheus.io/scrape: "true", sidecar.istio.io/inject: "true"}
      labels: {sidecar.istio.io/inject: "true", app: istio-egressgateway, istio: egressgateway, app.kubernetes.io/name: istio-egressgateway}
    spec:
      serviceAccountName: istio-egressgateway
      containers:
      - name: istio-proxy
        image: auto
        ports: [{containerPort: 15090, protocol: TCP, name: http-envoy-prom}]
"#;

/// "Egress gateway for HTTP traffic".
const HTTP: &str = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: istio-egressgateway}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [edition.cnn.com]}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: egressgateway-for-cnn}
spec: {host: istio-egressgateway.istio-system.svc.cluster.local, subsets: [{name: cnn}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: direct-cnn-through-egress-gateway}
spec:
  hosts: [edition.cnn.com]
  gateways: [istio-egressgateway, mesh]
  http:
  - match: [{gateways: [mesh], port: 80}]
    route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, subset: cnn, port: {number: 80}}, weight: 100}]
  - match: [{gateways: [istio-egressgateway], port: 80}]
    route: [{destination: {host: edition.cnn.com, port: {number: 80}}, weight: 100}]
";

/// "Egress gateway for HTTPS traffic".
const HTTPS: &str = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: istio-egressgateway}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 443, name: tls, protocol: TLS}, hosts: [edition.cnn.com], tls: {mode: PASSTHROUGH}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: egressgateway-for-cnn}
spec: {host: istio-egressgateway.istio-system.svc.cluster.local, subsets: [{name: cnn}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: direct-cnn-through-egress-gateway}
spec:
  hosts: [edition.cnn.com]
  gateways: [mesh, istio-egressgateway]
  tls:
  - match: [{gateways: [mesh], port: 443, sniHosts: [edition.cnn.com]}]
    route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, subset: cnn, port: {number: 443}}}]
  - match: [{gateways: [istio-egressgateway], port: 443, sniHosts: [edition.cnn.com]}]
    route: [{destination: {host: edition.cnn.com, port: {number: 443}}, weight: 100}]
";

/// The same with the sidecar's mutual TLS around the client's TLS.
const HTTPS_IN_MUTUAL: &str = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: istio-egressgateway}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 443, name: tls-cnn, protocol: TLS}, hosts: [edition.cnn.com], tls: {mode: ISTIO_MUTUAL}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: egressgateway-for-cnn}
spec:
  host: istio-egressgateway.istio-system.svc.cluster.local
  subsets:
  - name: cnn
    trafficPolicy:
      loadBalancer: {simple: ROUND_ROBIN}
      portLevelSettings: [{port: {number: 443}, tls: {mode: ISTIO_MUTUAL, sni: edition.cnn.com}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: direct-cnn-through-egress-gateway}
spec:
  hosts: [edition.cnn.com]
  gateways: [mesh, istio-egressgateway]
  tls:
  - match: [{gateways: [mesh], port: 443, sniHosts: [edition.cnn.com]}]
    route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, subset: cnn, port: {number: 443}}}]
  tcp:
  - match: [{gateways: [istio-egressgateway], port: 443}]
    route: [{destination: {host: edition.cnn.com, port: {number: 443}}, weight: 100}]
";

/// "Egress Gateways with TLS Origination": HTTP to the gateway in mutual TLS, which begins TLS with the host.
const ORIGINATION: &str = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: istio-egressgateway}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 80, name: https-port-for-tls-origination, protocol: HTTPS}, hosts: [edition.cnn.com], tls: {mode: ISTIO_MUTUAL}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: egressgateway-for-cnn}
spec:
  host: istio-egressgateway.istio-system.svc.cluster.local
  subsets:
  - name: cnn
    trafficPolicy:
      loadBalancer: {simple: ROUND_ROBIN}
      portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL, sni: edition.cnn.com}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: direct-cnn-through-egress-gateway}
spec:
  hosts: [edition.cnn.com]
  gateways: [istio-egressgateway, mesh]
  http:
  - match: [{gateways: [mesh], port: 80}]
    route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, subset: cnn, port: {number: 80}}, weight: 100}]
  - match: [{gateways: [istio-egressgateway], port: 80}]
    route: [{destination: {host: edition.cnn.com, port: {number: 443}}, weight: 100}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: originate-tls-for-edition-cnn-com}
spec:
  host: edition.cnn.com
  trafficPolicy:
    loadBalancer: {simple: ROUND_ROBIN}
    portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]
";

const GATEWAY: &str = "istio-system/istio-egressgateway";

/// Each task, what a client asks, and at which port of the host it arrives.
const TASKS: [(&str, &str, &str, u16); 4] = [
    ("HTTP", HTTP, "http://edition.cnn.com", 80),
    ("HTTPS", HTTPS, "https://edition.cnn.com", 443),
    ("HTTPS in mutual TLS", HTTPS_IN_MUTUAL, "https://edition.cnn.com", 443),
    ("TLS origination", ORIGINATION, "http://edition.cnn.com", 443),
];

fn rows(sources: Vec<Source>) -> Vec<Flow> {
    reach(&ReachRequest { sources, ..ReachRequest::default() }).unwrap().flows
}

#[test]
fn the_tasks_of_istio_have_no_unknown_and_no_false_alarm() {
    for (name, task, request, port) in TASKS {
        for (chart, gateway) in [("operator", OPERATOR), ("chart", CHART)] {
            let sources = texts(&[MESH, gateway, task]);
            let ask = Some(format!("default,app=curl -> {request}"));
            let answer = trace(&TraceRequest { sources: sources.clone(), ask, ..TraceRequest::default() }).unwrap();
            let trace = answer.trace.unwrap();
            assert_eq!(trace.verdict, Verdict::Allowed, "{name}, {chart}: {trace:#?}");
            assert_eq!(trace.gateway.as_deref(), Some(GATEWAY), "{name}, {chart}");
            assert_eq!(trace.reached.map(|reached| reached.port), Some(port), "{name}, {chart}");
            let rows = rows(sources);
            let unknown: Vec<_> = rows.iter().filter(|row| row.verdict == Verdict::Unknown).collect();
            assert!(unknown.is_empty(), "{name}, {chart}: {unknown:#?}");
            // The task leaves a direct way for the other port of the ServiceEntry; the gateway's own pods have no row.
            let of_gateway = rows.iter().filter(|row| row.from.namespace.as_deref() == Some("istio-system"));
            let past: Vec<_> = of_gateway.filter(|row| row.bypass && !row.from.labels.is_empty()).collect();
            assert!(past.is_empty(), "{name}, {chart}: {past:#?}");
        }
    }
}

#[test]
fn without_the_deployment_the_answer_is_unknown_and_names_it() {
    let service = |text: &str| text.split("---").find(|part| part.contains("kind: Service\n")).unwrap().to_owned();
    for (name, task, request, _) in TASKS {
        for gateway in [OPERATOR, CHART] {
            let ask = Some(format!("default,app=curl -> {request}"));
            let sources = texts(&[MESH, &service(gateway), task]);
            let answer = trace(&TraceRequest { sources, ask, ..TraceRequest::default() }).unwrap().trace.unwrap();
            // A DestinationRule that sets mutual TLS settles it without the pods' label.
            if task.contains("ISTIO_MUTUAL") {
                assert_eq!(answer.verdict, Verdict::Allowed, "{name}: {answer:#?}");
            } else {
                assert_eq!(answer.verdict, Verdict::Unknown, "{name}: {answer:#?}");
                assert!(answer.unknown.iter().all(|why| why.contains("no Deployment")), "{name}: {answer:#?}");
            }
        }
    }
}
