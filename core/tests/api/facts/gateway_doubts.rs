//! Gateways whose pods may run none: the result is unknown, and `check` has the place.

use egressc_core::api::{Diagnostic, Query, TraceRequest, Verdict, trace};

use super::data_plane::{REGISTRY_ONLY, verdict};
use crate::ask::{self, checked, compiled, words};

const OBJECTS: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: x, namespace: istio-system}
spec: {hosts: [x.org], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: egress, namespace: istio-system}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.org]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: in, namespace: istio-system}
spec:
  hosts: [x.org]
  gateways: [mesh]
  http: [{route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 80}}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: out, namespace: istio-system}
spec:
  hosts: [x.org]
  gateways: [egress]
  http: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]
---
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway, namespace: istio-system}
spec: {clusterIP: 10.96.0.9, selector: {istio: egressgateway}, ports: [{name: http2, port: 80, targetPort: 8080}]}
";
const LABELLED: &str = "labels: {istio: egressgateway, sidecar.istio.io/inject: 'true'}";
const TEMPLATE: &str = "annotations: {inject.istio.io/templates: gateway}";
const AUTO: &str = "containers: [{name: istio-proxy, image: auto}]";
/// As `istioctl` writes it out: nothing has to be injected.
const WHOLE: &str = "containers: [{name: istio-proxy, image: istio/proxyv2, args: [proxy, router]}]";
const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}";

const READY: &str = "{addresses: [10.1.0.7], targetRef: {kind: Pod, name: a}}";
const NOT_READY: &str = "{addresses: [10.1.0.8], conditions: {ready: false}, targetRef: {kind: Pod, name: b}}";

fn pods(of: &str, metadata: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: istio-egressgateway, namespace: istio-system}}, spec: {{{of}template: {{metadata: {{{metadata}}}, spec: {{{spec}}}}}}}}}"
    )
}

/// A pod of the cluster.
fn pod(name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: istio-system, uid: a, {metadata}}}, spec: {{{spec}}}}}"
    )
}

fn good() -> String {
    pods("", &format!("{LABELLED}, {TEMPLATE}"), AUTO)
}

/// The verdict with its reasons, and what `check` says of the gateway.
fn asked(documents: &[&str]) -> (Verdict, Vec<String>, Vec<Diagnostic>) {
    let all: Vec<&str> = [REGISTRY_ONLY, OBJECTS].into_iter().chain(documents.iter().copied()).collect();
    let (verdict, reasons) = verdict(&all, "shop,app=cart -> http://x.org");
    let said = checked(ask::texts(&all)).diagnostics.into_iter().filter(|each| each.code == "EGR0623").collect();
    (verdict, reasons, said)
}

fn runs(documents: &[&str]) {
    let (verdict, reasons, said) = asked(documents);
    assert_eq!(verdict, Verdict::Allowed, "{reasons:?} {documents:?}");
    assert!(said.is_empty(), "{said:?} {documents:?}");
}

/// Something else is not known of the pods.
fn no_doubt(documents: &[&str]) {
    let (_, reasons, said) = asked(documents);
    assert!(said.is_empty() && !reasons.iter().any(|why| why.contains("arrives at a pod")), "{reasons:?} {said:?}");
}

/// The request is unknown and `check` says why, at one place, with a way out.
fn may_not_run(documents: &[&str], why: &str) {
    let (verdict, reasons, said) = asked(documents);
    assert_eq!(verdict, Verdict::Unknown, "{documents:?}");
    let reason = format!(
        "whether the request arrives at a pod of gateway `istio-system/istio-egressgateway` is not known: {why}"
    );
    assert_eq!(reasons, [reason], "{documents:?}");
    let [said] = said.as_slice() else { panic!("{said:?} {documents:?}") };
    assert_eq!(
        said.message,
        format!("Service `istio-egressgateway` of namespace `istio-system` may lead to no gateway: {why}")
    );
    assert!(said.help.is_some() && said.labels.len() == 1, "{said:?}");
}

#[test]
fn a_gateway_runs_as_istio_writes_it() {
    no_doubt(&[]);
    runs(&[&good()]);
    runs(&[&good(), NAMESPACE]);
    runs(&[&pods("", "labels: {istio: egressgateway}", WHOLE), NAMESPACE]);
    runs(&[&pods("replicas: 1, ", &format!("{LABELLED}, {TEMPLATE}"), AUTO)]);
    // What wraps the proxy in a shell is one all the same.
    let wrapped = "containers: [{name: gateway, image: x, command: [sh, -c, 'exec pilot-agent proxy router']}]";
    no_doubt(&[&pods("", "labels: {istio: egressgateway}", wrapped), NAMESPACE]);
    // Nobody knows what is in it.
    no_doubt(&[&pods("", "labels: {istio: egressgateway}", "containers: [{name: istio-proxy, image: own}]")]);
    no_doubt(&[&pods("", "labels: {istio: egressgateway}", "")]);
    // A pod in which the injector has put the proxy.
    let made = pod(
        "a",
        &format!("{LABELLED}, annotations: {{sidecar.istio.io/status: '{{}}', inject.istio.io/templates: gateway}}"),
        WHOLE,
    );
    runs(&[&good(), &made]);
}

#[test]
fn a_gateway_without_replicas_may_run_none() {
    let none = pods("replicas: 0, ", &format!("{LABELLED}, {TEMPLATE}"), AUTO);
    let why = "Deployment `istio-egressgateway` has `replicas: 0`, so its pods run only when something scales it";
    may_not_run(&[&none], why);
    may_not_run(&[&none.replace("kind: Deployment", "kind: StatefulSet")], &why.replace("Deployment", "StatefulSet"));
    // Another one runs, or its pods are given.
    let second = good().replace("name: istio-egressgateway,", "name: second,");
    runs(&[&none, &second]);
    let running = pod("a", LABELLED, WHOLE);
    runs(&[&none, &running]);
    // The pods of an earlier run have ended.
    let ended = running.replace("spec: {", "status: {phase: Failed}, spec: {");
    may_not_run(&[&none, &ended], why);
    // What a Deployment leaves behind, and what a Rollout runs in its place, is as usual.
    let left = none.replace("kind: Deployment", "kind: ReplicaSet").replace(
        "name: istio-egressgateway, namespace",
        "name: istio-egressgateway-1, ownerReferences: [{kind: Deployment, name: istio-egressgateway}], namespace",
    );
    no_doubt(&[&left]);
    let rollout = "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: r, namespace: istio-system}, spec: {replicas: 2, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: istio-egressgateway}}}";
    runs(&[&none, rollout]);
    may_not_run(&[&none, &rollout.replace("namespace: istio-system", "namespace: other")], why);
}

#[test]
fn a_gateway_that_is_not_injected_has_no_proxy() {
    let of = |why: &str| format!("the pods of Deployment `istio-egressgateway` get no proxy from the injector: {why}");
    let off = of("`sidecar.istio.io/inject: \"false\"` turns it off");
    let label = LABELLED.replace("'true'", "'false'");
    may_not_run(&[&pods("", &format!("{label}, {TEMPLATE}"), AUTO)], &off);
    let annotation = "annotations: {inject.istio.io/templates: gateway, sidecar.istio.io/inject: 'false'}";
    let enabled = NAMESPACE.replace("{name:", "{labels: {istio-injection: enabled}, name:");
    may_not_run(&[&pods("", &format!("labels: {{istio: egressgateway}}, {annotation}"), AUTO), &enabled], &off);
    let on_host = pods("", &format!("{LABELLED}, {TEMPLATE}"), &format!("hostNetwork: true, {AUTO}"));
    may_not_run(&[&on_host], &of("it skips pods with `hostNetwork: true`"));
    runs(&[&on_host.replace("image: auto", "image: istio/proxyv2, args: [proxy, router]")]);
    // The labels of a namespace decide where they are given.
    let silent = pods("", &format!("labels: {{istio: egressgateway}}, {TEMPLATE}"), AUTO);
    may_not_run(&[&silent, NAMESPACE], &of("neither their labels nor those of namespace `istio-system` turn it on"));
    runs(&[&silent, &enabled]);
    runs(&[&silent]);
    // A pod that was made before injection was on has none.
    let made = pod("a", &format!("{LABELLED}, {TEMPLATE}"), AUTO);
    let why = "the pods of Pod `a` get no proxy from the injector: they were made without it, and injection is over";
    may_not_run(&[&made], why);
}

#[test]
fn a_service_that_selects_other_pods_leads_to_them_too() {
    let other = pods("", "labels: {istio: egressgateway}", "containers: [{name: web, image: nginx}]")
        .replace("name: istio-egressgateway,", "name: web,");
    let why = "it selects the pods of Deployment `web`, which run no gateway";
    may_not_run(&[&good(), &other], why);
    may_not_run(&[&other, &good()], why);
    may_not_run(&[&other], why);
    // Elsewhere, or with other labels, they are none of its business.
    runs(&[&good(), &other.replace("namespace: istio-system", "namespace: shop")]);
    runs(&[&good(), &other.replace("istio: egressgateway", "istio: web")]);
}

#[test]
fn addresses_behind_the_service_of_a_gateway_are_read() {
    let slice = |endpoints: &str| {
        format!(
            "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: s, namespace: istio-system, labels: {{kubernetes.io/service-name: istio-egressgateway}}}}, addressType: IPv4, endpoints: [{endpoints}]}}"
        )
    };
    runs(&[&good(), &slice(READY)]);
    runs(&[&good(), &slice(&format!("{NOT_READY}, {READY}"))]);
    let none = "no address of EndpointSlice `s` is ready";
    may_not_run(&[&good(), &slice("")], none);
    may_not_run(&[&good(), &slice(NOT_READY)], none);
    // One of a family that is not used is empty.
    runs(&[&good(), &slice(READY), &slice("").replace("name: s,", "name: t,")]);
    runs(&[&good(), &slice("").replace("service-name: istio-", "service-name: other-")]);
    let outside = "EndpointSlice `s` has the address `203.0.113.9`, which is not one of a pod of the cluster";
    may_not_run(&[&good(), &slice(&format!("{READY}, {{addresses: [203.0.113.9]}}"))], outside);
    let endpoints = "{apiVersion: v1, kind: Endpoints, metadata: {name: istio-egressgateway, namespace: istio-system}, subsets: []}";
    may_not_run(&[&good(), endpoints], "no address of Endpoints `istio-egressgateway` is ready");
}

#[test]
fn what_is_compiled_takes_its_gateway_to_run_and_check_warns() {
    let policy = policy!(
        "egressgateway",
        "  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to: [{hosts: [www.httpbin.org], port: {number: 80, protocol: HTTP}}]
"
    );
    let service = OBJECTS.split("---").last().unwrap();
    let none = pods("replicas: 0, ", &format!("{LABELLED}, {TEMPLATE}"), AUTO);
    let all = [policy, REGISTRY_ONLY, service, &none];
    let response = compiled(ask::texts(&all));
    assert!(response.ok, "{:#?}", response.diagnostics);
    let said: Vec<&Diagnostic> = response.diagnostics.iter().filter(|each| each.code == "EGR0623").collect();
    let [said] = said.as_slice() else { panic!("{:#?}", response.diagnostics) };
    assert!(words(said).contains("KEDA") || words(said).contains("autoscaler"), "{}", words(said));
    let (verdict, reasons) = verdict(&all, "mytest,app=sleep-a -> http://www.httpbin.org");
    assert_eq!(verdict, Verdict::Unknown);
    assert!(reasons[0].contains("`replicas: 0`"), "{reasons:?}");
}

#[test]
fn without_the_template_of_gateways_a_pod_gets_a_sidecar() {
    let why = "it selects the pods of Deployment `istio-egressgateway`, which run no gateway";
    may_not_run(&[&pods("", LABELLED, AUTO)], why);
    may_not_run(&[&pods("", &format!("{LABELLED}, annotations: {{inject.istio.io/templates: sidecar}}"), AUTO)], why);
    // Nobody knows what somebody's own template makes.
    no_doubt(&[&pods("", &format!("{LABELLED}, annotations: {{inject.istio.io/templates: own}}"), AUTO)]);
}

#[test]
fn a_client_without_a_sidecar_meets_the_same_pods() {
    let none = pods("replicas: 0, ", &format!("{LABELLED}, {TEMPLATE}"), AUTO);
    let client = "{apiVersion: v1, kind: Namespace, metadata: {name: plain, labels: {istio-injection: disabled}}}";
    for (gateway, expected) in [(good(), Verdict::Allowed), (none, Verdict::Unknown)] {
        let all = [REGISTRY_ONLY, OBJECTS, &gateway, client];
        let url = "http://istio-egressgateway.istio-system.svc.cluster.local";
        let mut query: Query = format!("plain,app=cart -> {url}").parse().unwrap();
        query.to.headers.insert("host".to_owned(), "x.org".to_owned());
        let request = TraceRequest { sources: ask::texts(&all), query: Some(query), ..TraceRequest::default() };
        let found = trace(&request).unwrap().trace.unwrap();
        assert_eq!(found.verdict, expected, "{:?}", found.unknown);
    }
}
