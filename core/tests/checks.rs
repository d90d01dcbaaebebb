//! The rules of decoding, resolving and checking, beyond one example each.
//!
//! Tests speak of texts, slugs and field paths, so that the calls may change their shape without them.
#![cfg(test)]

use egressc_core::api::{CheckRequest, CheckResponse, Rendering, SourceInput, WireDiagnostic};
use egressc_core::diagnostic::codes;

// What tests are written in.

/// A mesh of which everything is known, so that nothing is said about it.
const MESH: &str = "\
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: prod}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: gw
    ports: [{port: 80, targetPort: 80}, {port: 443, targetPort: 443}, {port: 444, targetPort: 444}]
";

fn response(texts: &[&str]) -> CheckResponse {
    let sources =
        texts.iter().enumerate().map(|(index, text)| SourceInput::text(format!("{index}.yaml"), *text)).collect();
    let request = CheckRequest { sources, render: Some(Rendering::Plain), ..CheckRequest::default() };
    egressc_core::api::check(&request).unwrap()
}

/// What is said about a text, but for the note that nearly every short one gets: it has a test of its own.
fn said(text: &str) -> Vec<WireDiagnostic> {
    let mut diagnostics = response(&[text]).diagnostics;
    diagnostics.retain(|each| each.slug != "registry-only-assumed");
    diagnostics
}

/// Each diagnostic as `slug @ path` of its first place.
fn check(text: &str) -> Vec<String> {
    let line = |each: &WireDiagnostic| {
        let path = each.labels.first().map_or("nowhere", |label| label.path.as_deref().unwrap_or("no field"));
        format!("{} @ {path}", each.slug)
    };
    said(text).iter().map(line).collect()
}

/// The slugs alone.
fn slugs(text: &str) -> Vec<String> {
    said(text).into_iter().map(|each| each.slug).collect()
}

/// The one diagnostic with this slug.
fn the(slug: &str, text: &str) -> WireDiagnostic {
    let mut found = response(&[text]).diagnostics;
    found.retain(|each| each.slug == slug);
    assert_eq!(found.len(), 1, "{slug}: {found:#?}");
    found.remove(0)
}

/// Everything that a diagnostic tells a person.
fn words(diagnostic: &WireDiagnostic) -> String {
    let labels = diagnostic.labels.iter().map(|label| label.message.as_str());
    let rest = diagnostic.notes.iter().chain(&diagnostic.help).map(String::as_str);
    std::iter::once(diagnostic.message.as_str()).chain(labels).chain(rest).collect::<Vec<_>>().join(" | ")
}

/// `host:port at gatewayPort`, with a `*` where egressc chose.
fn gateway_ports(text: &str) -> Vec<String> {
    let rows = response(&[text]).gateway_ports;
    rows.iter()
        .map(|row| format!("{}:{} at {}{}", row.host, row.port, row.gateway_port, if row.allocated { "*" } else { "" }))
        .collect()
}

/// The text after its fix, and the fix must be the one of `slug`.
fn fixed(slug: &str, text: &str) -> String {
    let fix = the(slug, text).fix.unwrap_or_else(|| panic!("{slug} has no fix"));
    let offset = |at: u32| usize::try_from(at).unwrap();
    let (start, end) = (offset(fix.place.start.offset), offset(fix.place.end.offset));
    format!("{}{}{}", text.get(..start).unwrap(), fix.replacement, text.get(end..).unwrap())
}

fn documents(parts: &[&str]) -> String {
    parts.join("---\n")
}

/// A policy for gateway `gw` with these rules; each is a `from` and a `to` in YAML's flow style.
fn policy(rules: &[(&str, &str)]) -> String {
    let rules: Vec<String> = rules.iter().map(|(from, to)| format!("  - from: [{from}]\n    to: [{to}]\n")).collect();
    let rules = rules.concat();
    format!(
        "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {{name: egress-by-gw, namespace: istio-egress}}\n\
         spec:\n  byEgressGateway: {{name: gw}}\n  egressRules:\n{rules}"
    )
}

/// `to` for one host.
fn to(host: &str, port: u16, protocol: &str) -> String {
    with(host, port, protocol, "")
}

/// `to` for one host, with more fields.
fn with(host: &str, port: u16, protocol: &str, more: &str) -> String {
    format!("{{hosts: [{host}], port: {{number: {port}, protocol: {protocol}}}{more}}}")
}

const A: &str = "{namespace: mytest, workloadSelector: {app: a}}";
const B: &str = "{namespace: mytest, workloadSelector: {app: b}}";

/// A rule of A in a mesh that is known.
fn of_a(to: &[String]) -> String {
    documents(&[&policy(&[(A, &to.join(", "))]), MESH])
}

fn http() -> String {
    policy(&[(A, &to("a.example.org", 80, "HTTP"))])
}

/// [`MESH`] with more in its `spec`.
fn mesh(more: &str) -> String {
    format!("{MESH}{more}")
}

/// A MeshEnvironment with other gateways than [`MESH`].
fn gateways(list: &str) -> String {
    format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: prod}}\nspec:\n  gateways: [{list}]\n"
    )
}

fn service(name: &str, namespace: &str, spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n")
}

fn istio_gateway(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: istio.alibabacloud.com/v1beta1\nkind: IstioGateway\nmetadata: {{name: {name}, namespace: istio-system}}\nspec: {{{spec}}}\n"
    )
}

#[test]
fn a_known_mesh_and_a_plain_policy_need_no_word() {
    assert_eq!(check(&documents(&[&http(), MESH])), [""; 0]);
    assert!(response(&[&documents(&[&http(), MESH])]).ok);
}

// Hosts.

#[test]
fn hosts() {
    let label = "a".repeat(63);
    let long = |length: usize| format!("{label}.{label}.{label}.{}.org", "b".repeat(length - 196));
    assert_eq!(long(223).len(), 223);
    let table: &[(&str, &str)] = &[
        ("www.httpbin.org", ""),
        ("a-b.c--d.e1", ""),
        ("1.2.3.example", ""),
        ("xn--bcher-kva.example", ""),
        ("WWW.Httpbin.ORG", ""),
        (&format!("{label}.org"), ""),
        (&long(223), ""),
        (&long(224), "host-syntax"),
        (&format!("{label}a.org"), "host-syntax"),
        ("localhost", "host-syntax"),
        ("www.httpbin.org.", "host-syntax"),
        ("a_b.example.org", "host-syntax"),
        ("-a.example.org", "host-syntax"),
        ("a-.example.org", "host-syntax"),
        ("a..example.org", "host-syntax"),
        (".example.org", "host-syntax"),
        ("\"\"", "host-syntax"),
        ("\" \"", "host-syntax"),
        ("a b.example.org", "host-syntax"),
        ("\"https://www.httpbin.org\"", "host-syntax"),
        ("\"www.httpbin.org:443\"", "host-syntax"),
        ("\"www.httpbin.org/get\"", "host-syntax"),
        ("bücher.example", "host-syntax"),
        ("exämple.ORG", "host-syntax"),
        ("example.123", "host-syntax"),
        ("\"1.2.3\"", "host-syntax"),
        ("\"203.0.113.7:443\"", "host-syntax"),
        ("\"*\"", "wildcard-host"),
        ("\"*.httpbin.org\"", "wildcard-host"),
        ("\"www*.httpbin.org\"", "wildcard-host"),
        ("203.0.113.7", "ip-host"),
        ("203.0.113.0/24", "ip-host"),
        ("\"2001:db8::1\"", "ip-host"),
        ("\"[2001:db8::1]\"", "ip-host"),
        ("\"2001:db8::/32\"", "ip-host"),
        ("cluster.local", "cluster-host"),
        ("reviews.default.svc.cluster.local", "cluster-host"),
        ("Reviews.Default.SVC.Cluster.Local", "cluster-host"),
        ("reviews.default.svc", "cluster-host"),
        ("notcluster.local", ""),
        ("a.mysvc", ""),
        ("egressc.internal", "reserved-host"),
        ("tls-443.www.httpbin.org.l4.egressc.internal", "reserved-host"),
        ("notegressc.internal", ""),
    ];
    for (host, slug) in table {
        let expected: Vec<String> =
            if slug.is_empty() { Vec::new() } else { vec![format!("{slug} @ spec.egressRules[0].to[0].hosts[0]")] };
        assert_eq!(check(&of_a(&[to(host, 80, "HTTP")])), expected, "{host}");
    }
}

#[test]
fn a_cluster_has_the_domain_that_its_mesh_says() {
    let host = of_a(&[to("db.corp.example", 80, "HTTP")]);
    assert_eq!(slugs(&host), [""; 0]);
    assert_eq!(slugs(&format!("{host}  clusterDomain: corp.example\n")), ["cluster-host"]);
    let usual = of_a(&[to("db.prod.svc.cluster.local", 80, "HTTP")]);
    assert_eq!(
        slugs(&format!("{usual}  clusterDomain: corp.example\n")),
        ["cluster-host"],
        "the usual one is never external"
    );
}

#[test]
fn hosts_are_lowered_and_doubles_are_found_across_cases() {
    let text = of_a(&[to("WWW.Httpbin.ORG, a.example.org, www.httpbin.org", 80, "HTTP")]);
    assert_eq!(check(&text), ["duplicate-host @ spec.egressRules[0].to[0].hosts[2]"]);
    assert_eq!(the("duplicate-host", &text).labels[1].path.as_deref(), Some("spec.egressRules[0].to[0].hosts[0]"));
    assert_eq!(gateway_ports(&text), ["a.example.org:80 at 80*", "www.httpbin.org:80 at 80*"]);
    assert!(response(&[&text]).ok, "a warning refuses nothing");
}

#[test]
fn one_host_may_stand_in_several_lists() {
    assert_eq!(slugs(&of_a(&[to("a.example.org", 80, "HTTP"), to("a.example.org", 80, "HTTP")])), [""; 0]);
    assert_eq!(slugs(&of_a(&[to("a.example.org", 80, "HTTP"), to("a.example.org", 443, "HTTPS")])), [""; 0]);
}

// Gateway facts.

#[test]
fn what_nothing_describes_is_assumed_and_said() {
    let text = policy(&[(A, &[to("a.example.org", 80, "HTTP"), to("a.example.org", 443, "HTTPS")].join(", "))]);
    let name = "spec.byEgressGateway.name";
    let unknown = format!("target-port-unknown @ {name}");
    assert_eq!(check(&text), [format!("gateway-assumed @ {name}"), unknown.clone(), unknown]);
    let said = words(&the("gateway-assumed", &text));
    for fact in ["`istio-gw`", "`istio-system`", "`istio: gw`", "80 (http)", "443 and 444 (tls)"] {
        assert!(said.contains(fact), "{fact} is not in {said}");
    }
    assert_eq!(gateway_ports(&text), ["a.example.org:80 at 80*", "a.example.org:443 at 443*"]);
}

#[test]
fn a_gateway_is_assumed_once_however_many_policies_name_it() {
    let second = http().replace("name: egress-by-gw", "name: egress-by-gw-2");
    assert_eq!(slugs(&documents(&[&http(), &second])).iter().filter(|slug| *slug == "gateway-assumed").count(), 1);
}

#[test]
fn a_service_is_found_by_name_and_by_selector() {
    let ports = "ports: [{port: 8080, name: http}]";
    for (name, selector) in [("gw", ""), ("istio-gw", ""), ("other", "selector: {istio: gw}, ")] {
        let text = documents(&[&http(), &service(name, "egress", &format!("{selector}{ports}"))]);
        assert_eq!(slugs(&text), [""; 0], "{name}");
        assert_eq!(gateway_ports(&text), ["a.example.org:80 at 8080*"], "{name}");
    }
    let stranger = documents(&[&http(), &service("other", "egress", &format!("selector: {{istio: other}}, {ports}"))]);
    assert_eq!(slugs(&stranger), ["gateway-assumed", "target-port-unknown"]);
}

#[test]
fn several_services_are_refused_until_one_is_named() {
    let one = service("gw", "istio-system", "ports: [{port: 80}]");
    let two = service("public", "istio-system", "selector: {istio: gw}, ports: [{port: 81, name: http}]");
    let three = service("public", "elsewhere", "selector: {istio: gw}, ports: [{port: 82, name: http}]");
    let text = documents(&[&http(), &one, &two]);
    assert_eq!(check(&text), ["several-services @ spec.byEgressGateway.name"]);
    let paths: Vec<_> = the("several-services", &text).labels.into_iter().map(|label| label.path.unwrap()).collect();
    assert_eq!(paths, ["spec.byEgressGateway.name", "metadata.name", "metadata.name"]);

    let named = gateways("{name: gw, service: public}");
    assert_eq!(slugs(&documents(&[&http(), &one, &two, &named])), [""; 0]);
    assert_eq!(gateway_ports(&documents(&[&http(), &one, &two, &named])), ["a.example.org:80 at 81*"]);
    let ambiguous = slugs(&documents(&[&http(), &two, &three, &named]));
    assert!(
        ambiguous.iter().all(|slug| slug == "several-services") && !ambiguous.is_empty(),
        "one name in two namespaces: {ambiguous:?}"
    );
    let both = gateways("{name: gw, service: public, namespace: elsewhere}");
    assert_eq!(gateway_ports(&documents(&[&http(), &two, &three, &both])), ["a.example.org:80 at 82*"]);
}

#[test]
fn one_document_wins_over_the_next_field_by_field() {
    let asm = istio_gateway(
        "gw",
        "podLabels: {security.istio.io/tlsMode: istio}, ports: [{port: 83, name: http-0, targetPort: 83}]",
    );
    let service = service("istio-gw", "istio-system", "ports: [{port: 82, name: http, targetPort: 82}]");
    let environment = gateways("{name: gw, ports: [{port: 81, targetPort: 81, class: http}]}");
    let silent = gateways("{name: gw, namespace: istio-system}");
    let port = |parts: &[&str]| {
        let text = documents(&[&[http().as_str()], parts].concat());
        gateway_ports(&text)
    };
    assert_eq!(port(&[&asm]), ["a.example.org:80 at 83*"]);
    assert_eq!(port(&[&service, &asm]), ["a.example.org:80 at 82*"]);
    assert_eq!(port(&[&environment, &asm]), ["a.example.org:80 at 81*"]);
    assert_eq!(port(&[&environment, &service, &asm]), ["a.example.org:80 at 81*"]);
    assert_eq!(
        port(&[&silent, &service]),
        ["a.example.org:80 at 82*"],
        "a field that is not written wins over nothing"
    );
    assert_eq!(port(&[&silent]), ["a.example.org:80 at 80*"], "defaults fill the rest");
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let service =
        service("istio-gw", "istio-system", "ports: [{port: 80, targetPort: 8080}, {port: 444, targetPort: 444}]");
    let forward = documents(&[&http(), MESH, &service]);
    let backward = documents(&[&service, MESH, &http()]);
    let sorted = |text: &str| {
        let mut found = check(text);
        found.sort();
        found
    };
    assert_eq!(sorted(&forward), sorted(&backward));
    assert_eq!(gateway_ports(&forward), gateway_ports(&backward));
}

#[test]
fn a_class_comes_from_app_protocol_then_the_name_then_the_number() {
    let table = [
        ("{port: 80}", "{port: 81}", 80),
        ("{port: 80, name: tls}", "{port: 81, name: http-x}", 81),
        ("{port: 80, name: https}", "{port: 81, name: http2}", 81),
        ("{port: 80, name: http, appProtocol: tls}", "{port: 81, name: tcp, appProtocol: http}", 81),
        ("{port: 80, name: tcp}", "{port: 81, name: grpc-api}", 81),
        ("{port: 80, name: status}", "{port: 81, name: metrics}", 80),
        ("{port: 80, name: https, protocol: HTTPS}", "{port: 81, name: x, protocol: HTTP}", 81),
        ("{port: 80, name: HTTP}", "{port: 81}", 80),
    ];
    for (one, two, expected) in table {
        let text = documents(&[&http(), &service("gw", "istio-system", &format!("ports: [{one}, {two}]"))]);
        assert_eq!(gateway_ports(&text), [format!("a.example.org:80 at {expected}*")], "{one} {two}");
    }
}

#[test]
fn a_probe_port_takes_no_traffic() {
    let text = documents(&[
        &http(),
        &service("gw", "istio-system", "ports: [{port: 15021, name: http-status}, {port: 15080, name: http}]"),
    ]);
    assert_eq!(gateway_ports(&text), ["a.example.org:80 at 15080*"]);
}

#[test]
fn contradictions_are_told_at_both_places() {
    let service =
        service("istio-gw", "istio-system", "ports: [{port: 80, targetPort: 8080}, {port: 444, targetPort: 444}]");
    let text = documents(&[&http(), MESH, &service]);
    let ports = "spec.gateways[0].ports";
    assert_eq!(
        check(&text),
        [format!("facts-contradict @ {ports}[0].targetPort"), format!("facts-contradict @ {ports}[1].port")]
    );
    let found = response(&[&text]).diagnostics;
    let second: Vec<_> = found.iter().map(|each| each.labels[1].path.as_deref().unwrap()).collect();
    assert_eq!(second, ["spec.ports[0].targetPort", "metadata.name"]);
    assert!(found.iter().all(|each| words(each).contains("MeshEnvironment is believed")));
    assert!(response(&[&text]).ok, "a warning");
    let labels = documents(&[
        &http(),
        &MESH.replace("name: gw\n", "name: gw\n    podLabels: {istio: gw, security.istio.io/tlsMode: istio}\n"),
        &self::service(
            "istio-gw",
            "istio-system",
            "selector: {istio: other}, ports: [{port: 80}, {port: 443}, {port: 444}]",
        ),
    ]);
    assert_eq!(
        check(&labels),
        ["facts-contradict @ spec.gateways[0].podLabels", "leads-elsewhere @ metadata.name"],
        "whichever is believed, that Service leads to no pod of the gateway"
    );
    let elsewhere = documents(&[&http(), &MESH.replace("name: gw\n", "name: gw\n    namespace: egress\n"), &service]);
    assert_eq!(slugs(&elsewhere), [""; 0], "a Service of another namespace is another Service");
}

#[test]
fn container_ports_are_known_or_said_to_be_unknown() {
    let ports = |spec: &str| slugs(&documents(&[&http(), &service("gw", "istio-system", &format!("ports: [{spec}]"))]));
    assert_eq!(ports("{port: 80}"), [""; 0], "an absent targetPort is the port");
    assert_eq!(ports("{port: 80, targetPort: 8080}"), [""; 0]);
    assert_eq!(ports("{port: 80, targetPort: http}"), ["target-port-unknown"], "a name needs the workload");
    let environment = |port: &str| slugs(&documents(&[&http(), &gateways(&format!("{{name: gw, ports: [{port}]}}"))]));
    assert_eq!(environment("{port: 80}"), ["target-port-unknown"]);
    assert_eq!(environment("{port: 80, targetPort: 80}"), [""; 0]);
    let both = [
        &http(),
        &gateways("{name: gw, ports: [{port: 80}]}"),
        &service("gw", "istio-system", "ports: [{port: 80, targetPort: 8080}]"),
    ];
    assert_eq!(
        slugs(&documents(&both.map(String::as_str))),
        [""; 0],
        "the Service fills what the MeshEnvironment leaves out"
    );
    let off = gateways("{name: gw, authorization: off, ports: [{port: 80}]}");
    assert_eq!(
        slugs(&documents(&[&http(), &off.replace("authorization: off", "authorization: \"off\"")])),
        [""; 0],
        "no policy names it"
    );
    let unused = gateways("{name: gw, ports: [{port: 80, targetPort: 80}, {port: 444}]}");
    assert_eq!(slugs(&documents(&[&http(), &unused])), [""; 0], "no flow uses port 444");
}

#[test]
fn an_unknown_gateway_is_refused_and_the_near_one_offered() {
    let near = documents(&[
        &http().replace("{name: gw}", "{name: egress-gatewya}"),
        &gateways("{name: egress-gateway}, {name: other}"),
    ]);
    assert_eq!(check(&near), ["unknown-gateway @ spec.byEgressGateway.name"]);
    assert!(words(&the("unknown-gateway", &near)).contains("did you mean `egress-gateway`?"));
    assert!(!slugs(&fixed("unknown-gateway", &near)).contains(&"unknown-gateway".to_owned()));
    let far = documents(&[&http().replace("{name: gw}", "{name: zzz}"), &istio_gateway("egress-gateway", "")]);
    let found = the("unknown-gateway", &far);
    assert!(found.fix.is_none() && words(&found).contains("known are `egress-gateway`"), "{found:?}");
    let complete = documents(&[
        &http(),
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: prod}\nspec: {complete: true, namespaces: [{name: mytest}]}\n",
    ]);
    assert_eq!(slugs(&complete), ["unknown-gateway"], "a complete mesh without gateways has none");
}

#[test]
fn the_mutual_tls_label_is_asked_for_where_pod_labels_are_known() {
    let environment = |labels: &str| {
        slugs(&documents(&[&http(), &MESH.replace("name: gw\n", &format!("name: gw\n    podLabels: {labels}\n"))]))
    };
    assert_eq!(environment("{istio: gw}"), ["tls-mode-label"]);
    assert_eq!(environment("{istio: gw, security.istio.io/tlsMode: disabled}"), ["tls-mode-label"]);
    assert_eq!(environment("{istio: gw, security.istio.io/tlsMode: istio}"), [""; 0]);
    let asm = |spec: &str| {
        slugs(&documents(&[&http(), &istio_gateway("gw", &format!("{spec}ports: [{{port: 80, targetPort: 80}}]"))]))
    };
    assert_eq!(asm(""), ["tls-mode-label"]);
    assert_eq!(asm("podLabels: {security.istio.io/tlsMode: istio}, "), [""; 0]);
}

// Gateway ports.

#[test]
fn gateway_ports_are_chosen_or_taken() {
    let all = |spec_port: &str, more: &str| {
        let text = of_a(&[
            with("a.example.org", 80, "HTTP", more),
            with("b.example.org", 50051, "GRPC", more),
            with("c.example.org", 443, "HTTPS", more),
            with("d.example.org", 5432, "TCP", more),
        ]);
        gateway_ports(
            &text.replace("byEgressGateway: {name: gw}", &format!("byEgressGateway: {{name: gw{spec_port}}}")),
        )
    };
    let at = |[a, b, c, d]: [&str; 4]| {
        [
            format!("a.example.org:80 at {a}"),
            format!("b.example.org:50051 at {b}"),
            format!("c.example.org:443 at {c}"),
            format!("d.example.org:5432 at {d}"),
        ]
    };
    assert_eq!(all("", ""), at(["80*", "80*", "443*", "443*"]), "the lowest of its class");
    assert_eq!(all("", ", byEgressGateway: {}"), at(["80*", "80*", "443*", "443*"]));
    assert_eq!(all("", ", byEgressGateway: {port: 444}"), at(["444"; 4]), "whatever its class");
    assert_eq!(all(", port: 444", ""), at(["444"; 4]), "the default of the policy");
    assert_eq!(all(", port: 444", ", byEgressGateway: {port: 80}"), at(["80"; 4]), "the nearer one wins");
    assert_eq!(all(", port: 444", ", byEgressGateway: {name: gw}"), at(["444"; 4]));
}

#[test]
fn ports_that_are_missing_are_refused_where_they_are_written() {
    let port = of_a(&[with("a.example.org", 80, "HTTP", ", byEgressGateway: {port: 8443}")]);
    assert_eq!(check(&port), ["gateway-port-missing @ spec.egressRules[0].to[0].byEgressGateway.port"]);
    let spec = of_a(&[to("a.example.org", 80, "HTTP")]).replace("{name: gw}", "{name: gw, port: 8443}");
    assert_eq!(check(&spec), ["gateway-port-missing @ spec.byEgressGateway.port"]);
    assert!(words(&the("gateway-port-missing", &spec)).contains("80 (http), 443 (tls), 444 (tls)"));

    let tls_only = documents(&[&http(), &gateways("{name: gw, ports: [{port: 444, targetPort: 444}]}")]);
    assert_eq!(check(&tls_only), ["no-fitting-port @ spec.egressRules[0].to[0]"]);
    let none = documents(&[&http(), &gateways("{name: gw, ports: []}")]);
    assert_eq!(slugs(&none), ["no-fitting-port"]);
    assert!(words(&the("no-fitting-port", &none)).contains("no ports"));
    let http_only = documents(&[
        &policy(&[(A, &to("a.example.org", 443, "TLS"))]),
        &gateways("{name: gw, ports: [{port: 80, targetPort: 80}]}"),
    ]);
    assert_eq!(slugs(&http_only), ["no-fitting-port"]);
}

#[test]
fn a_rule_may_repeat_its_gateway_and_not_change_it() {
    assert_eq!(slugs(&of_a(&[with("a.example.org", 80, "HTTP", ", byEgressGateway: {name: gw}")])), [""; 0]);
    let other = of_a(&[with("a.example.org", 80, "HTTP", ", byEgressGateway: {name: other}")]);
    assert_eq!(check(&other), ["other-gateway @ spec.egressRules[0].to[0].byEgressGateway.name"]);
    assert_eq!(the("other-gateway", &other).labels[1].path.as_deref(), Some("spec.byEgressGateway.name"));
}

// Policies.

#[test]
fn a_name_is_unique_in_its_namespace() {
    assert_eq!(slugs(&documents(&[&http(), &http(), MESH])), ["duplicate-policy"]);
    let unnamed = http().replace(", namespace: istio-egress", "");
    assert_eq!(slugs(&documents(&[&http(), &unnamed, MESH])), ["duplicate-policy"], "istio-egress is taken");
    let elsewhere = http().replace("istio-egress", "team-egress");
    assert_eq!(slugs(&documents(&[&http(), &elsewhere, MESH])), ["policy-namespace"]);
}

#[test]
fn conventions_are_warnings() {
    let text = documents(&[&http().replace("egress-by-gw", "mine").replace("istio-egress", "team"), MESH]);
    assert_eq!(check(&text), ["policy-name @ metadata.name", "policy-namespace @ metadata.namespace"]);
    assert!(response(&[&text]).ok);
    assert_eq!(slugs(&fixed("policy-name", &text)), ["policy-namespace"]);
    let unnamed = documents(&[&http().replace(", namespace: istio-egress", ""), MESH]);
    assert_eq!(check(&unnamed), ["policy-namespace @ metadata.name"]);
    let taken = documents(&[&http(), &http().replace("egress-by-gw", "mine"), MESH]);
    assert!(the("policy-name", &taken).fix.is_none(), "the right name is taken");
}

#[test]
fn one_mesh_has_one_environment() {
    assert_eq!(slugs(&documents(&[&http(), MESH, MESH, MESH])), ["two-environments", "two-environments"]);
}

#[test]
fn an_upgrade_is_on_only_when_it_says_so() {
    let upgrade =
        |fields: &str| slugs(&of_a(&[with("a.example.org", 80, "HTTP", &format!(", httpsUpgrade: {{{fields}}}"))]));
    assert_eq!(upgrade(""), ["upgrade-not-enabled"]);
    assert_eq!(upgrade("port: 443"), ["upgrade-not-enabled"]);
    assert_eq!(upgrade("enabled: false, port: 443"), [""; 0]);
    assert_eq!(upgrade("enabled: true"), [""; 0]);
    for protocol in ["HTTPS", "TLS", "TCP", "MONGO"] {
        let text = of_a(&[with("a.example.org", 9000, protocol, ", httpsUpgrade: {enabled: true}")]);
        assert!(slugs(&text).contains(&"upgrade-not-http".to_owned()), "{protocol}");
    }
    for protocol in ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"] {
        assert_eq!(
            slugs(&of_a(&[with("a.example.org", 9000, protocol, ", httpsUpgrade: {enabled: true}")])),
            [""; 0],
            "{protocol}"
        );
    }
}

// Collisions.

#[test]
fn http_for_one_host_leaves_one_gateway_port_in_one_way() {
    let upgrade = ", httpsUpgrade: {enabled: true}";
    let collision = ["http-collision @ spec.egressRules[0].to[1]"];
    assert_eq!(check(&of_a(&[to("a.example.org", 80, "HTTP"), to("a.example.org", 8080, "HTTP")])), collision);
    assert_eq!(
        check(&of_a(&[to("a.example.org", 80, "HTTP"), with("a.example.org", 8080, "HTTP", upgrade)])),
        collision
    );
    assert_eq!(
        check(&of_a(&[to("A.example.org", 80, "HTTP"), to("a.Example.org", 8080, "HTTP")])),
        collision,
        "in any case"
    );
    assert_eq!(
        check(&of_a(&[to("a.example.org", 80, "HTTP"), to("b.example.org", 8080, "HTTP")])),
        [""; 0],
        "two hosts"
    );
    assert_eq!(
        check(&of_a(&[with("a.example.org", 80, "HTTP", upgrade), with("a.example.org", 8080, "HTTP", upgrade)])),
        [""; 0],
        "dialled differently, and leaving in the same way"
    );
    assert_eq!(
        check(&of_a(&[
            to("a.example.org", 80, "HTTP"),
            with("a.example.org", 8080, "HTTP", ", byEgressGateway: {port: 444}")
        ])),
        [""; 0],
        "another port of the gateway"
    );
    assert_eq!(
        check(&of_a(&[to("a.example.org", 443, "HTTPS"), to("a.example.org", 8443, "HTTPS")])),
        [""; 0],
        "TLS is told apart by port too"
    );
}

#[test]
fn collisions_are_found_across_namespaces_and_policies() {
    let other = "{namespace: other}";
    let text = documents(&[
        &policy(&[(A, &to("a.example.org", 80, "HTTP")), (other, &to("a.example.org", 8080, "HTTP"))]),
        MESH,
    ]);
    assert_eq!(check(&text), ["http-collision @ spec.egressRules[1].to[0]"]);
    let second = policy(&[(other, &to("a.example.org", 8080, "HTTP"))]).replace("egress-by-gw", "z");
    assert_eq!(slugs(&documents(&[&http(), &second, MESH])), ["policy-name", "http-collision"]);
    let found = the("http-collision", &documents(&[&http(), &second, MESH]));
    assert!(
        found.labels[0].start.line > found.labels[1].start.line,
        "both places are named, and the first one stays: {found:?}"
    );
}

#[test]
fn one_client_has_one_way_to_a_host_and_port() {
    let here = with("a.example.org", 80, "HTTP", ", byEgressGateway: {port: 80}");
    let there = with("a.example.org", 80, "HTTP", ", byEgressGateway: {port: 444}");
    let ways = |one: &str, two: &str| check(&documents(&[&policy(&[(one, &here), (two, &there)]), MESH]));
    let refused = ["two-ways @ spec.egressRules[1].to[0]"];
    assert_eq!(ways(A, A), refused);
    assert_eq!(ways(A, "{namespace: mytest}"), refused, "the whole namespace has A in it");
    assert_eq!(ways(A, "{namespace: mytest, workloadSelector: {tier: x}}"), refused, "a pod may have both labels");
    assert_eq!(ways(A, "{namespace: mytest, workloadSelector: {app: a, tier: x}}"), refused);
    assert_eq!(ways(A, B), [""; 0], "no pod has both");
    assert_eq!(ways(A, "{namespace: other, workloadSelector: {app: a}}"), [""; 0]);
    let tls = |port: u16| with("a.example.org", 443, "HTTPS", &format!(", byEgressGateway: {{port: {port}}}"));
    assert_eq!(check(&documents(&[&policy(&[(A, &tls(443)), (A, &tls(444))]), MESH])), refused);
}

// Protocols.

#[test]
fn a_namespace_agrees_on_the_protocol_of_a_host_and_port() {
    let pair = |clients: [&str; 2], protocols: [&str; 2]| {
        let rules = [
            (clients[0], &*to("a.example.org", 9000, protocols[0])),
            (clients[1], &*to("a.example.org", 9000, protocols[1])),
        ];
        check(&documents(&[&policy(&rules), MESH]))
    };
    let other = "{namespace: other}";
    let refused = ["two-protocols @ spec.egressRules[1].to[0].port.protocol"];
    assert_eq!(pair([A, A], ["HTTP", "GRPC"]), refused);
    assert_eq!(pair([A, B], ["HTTP", "GRPC"]), refused, "whatever the selectors");
    assert_eq!(pair([A, other], ["HTTP", "GRPC"]), refused, "the gateway speaks one of them to the host");
    assert_eq!(pair([A, A], ["HTTP", "HTTPS"]), refused);
    assert_eq!(pair([A, other], ["HTTP", "HTTPS"]), refused, "their entries stand in one namespace, and mix");
    let rules = [(A, &*to("a.example.org", 9000, "HTTP")), (other, &*to("a.example.org", 9000, "HTTPS"))];
    let apart = mesh("  output: {placement: client}\n");
    assert_eq!(check(&documents(&[&policy(&rules), &apart])), [""; 0], "nothing is shared");
    assert_eq!(pair([A, A], ["GRPC", "HTTP2"]), [""; 0], "both are HTTP/2");
    assert_eq!(pair([A, A], ["HTTPS", "TLS"]), [""; 0], "both are told apart by server name");
}

// TCP.

#[test]
fn tcp_without_an_address_takes_its_port() {
    let one = of_a(&[to("db.example.org", 5432, "TCP")]);
    assert_eq!(check(&one), ["tcp-takes-port @ spec.egressRules[0].to[0].port.number"]);
    assert!(response(&[&one]).ok);
    assert_eq!(slugs(&of_a(&[to("db.example.org", 27017, "MONGO")])), ["tcp-takes-port"]);

    let beside_tls = of_a(&[to("db.example.org", 8443, "TCP"), to("b.example.org, a.example.org", 8443, "TLS")]);
    let said = words(&the("tcp-takes-port", &beside_tls));
    assert!(
        said.contains("TLS with the server name `a.example.org` or `b.example.org` is told apart and not affected"),
        "{said}"
    );
    assert!(
        !words(&the("tcp-takes-port", &one)).contains("TLS with the server name"),
        "nothing is spared where nothing is declared"
    );
    let both = documents(&[
        &policy(&[(A, &to("db.example.org", 5432, "TCP")), (B, &to("db.example.org", 5432, "TCP"))]),
        MESH,
    ]);
    assert!(
        words(&the("tcp-takes-port", &both)).contains("`app=a` in `mytest` or `app=b` in `mytest`"),
        "every declared client"
    );
    let whole = documents(&[&policy(&[("{namespace: mytest}", &to("db.example.org", 5432, "TCP"))]), MESH]);
    assert!(!words(&the("tcp-takes-port", &whole)).contains("other workloads"), "there are none");

    let two_namespaces =
        documents(&[&policy(&[("{namespace: one}, {namespace: two}", &to("db.example.org", 5432, "TCP"))]), MESH]);
    assert_eq!(slugs(&two_namespaces), ["tcp-takes-port", "tcp-takes-port"], "each namespace has its listeners");
}

#[test]
fn two_tcp_hosts_need_two_addresses_two_ports_or_two_namespaces() {
    let two = of_a(&[to("db.example.org", 5432, "TCP"), to("other.example.org", 5432, "TCP")]);
    assert_eq!(check(&two), ["two-tcp-hosts @ spec.egressRules[0].to[1].hosts[0]"]);
    assert_eq!(slugs(&of_a(&[to("db.example.org, other.example.org", 5432, "TCP")])), ["two-tcp-hosts"]);
    assert_eq!(
        slugs(&of_a(&[to("a.example.org, b.example.org, c.example.org", 5432, "TCP")])),
        ["two-tcp-hosts"; 2],
        "each that is too many"
    );
    let clients = documents(&[
        &policy(&[(A, &to("db.example.org", 5432, "TCP")), (B, &to("other.example.org", 5432, "TCP"))]),
        MESH,
    ]);
    assert_eq!(slugs(&clients), ["two-tcp-hosts"], "listeners are a matter of namespaces");
    assert_eq!(
        slugs(&of_a(&[to("db.example.org", 5432, "TCP"), to("db.example.org", 5432, "TCP")])),
        ["tcp-takes-port"],
        "one host twice"
    );
    assert_eq!(
        slugs(&of_a(&[to("db.example.org", 5432, "TCP"), to("other.example.org", 5433, "TCP")])),
        ["tcp-takes-port", "tcp-takes-port"]
    );
}

#[test]
fn tcp_and_http_do_not_share_a_port() {
    let pair = |http: &str| check(&of_a(&[to("db.example.org", 9000, "TCP"), to("a.example.org", 9000, http)]));
    for http in ["HTTP", "GRPC"] {
        assert_eq!(
            pair(http),
            [
                "tcp-takes-port @ spec.egressRules[0].to[0].port.number",
                "http-beside-tcp @ spec.egressRules[0].to[0].port.protocol"
            ],
            "{http}"
        );
    }
    assert_eq!(pair("HTTPS"), ["tcp-takes-port @ spec.egressRules[0].to[0].port.number"]);
}

#[test]
fn dns_capture_gives_every_tcp_host_an_address() {
    for hosts in [
        vec![to("db.example.org", 5432, "TCP")],
        vec![to("db.example.org", 5432, "TCP"), to("other.example.org", 5432, "TCP")],
        vec![to("db.example.org", 9000, "TCP"), to("a.example.org", 9000, "HTTP")],
    ] {
        assert_eq!(slugs(&format!("{}  dnsCapture: true\n", of_a(&hosts))), [""; 0], "{hosts:?}");
        assert_ne!(slugs(&format!("{}  dnsCapture: false\n", of_a(&hosts))), [""; 0], "{hosts:?}");
    }
}

#[test]
fn port_443_as_tcp_is_probably_https() {
    let text = of_a(&[to("a.example.org", 443, "TCP")]);
    assert_eq!(
        check(&text),
        [
            "tcp-takes-port @ spec.egressRules[0].to[0].port.number",
            "https-as-tcp @ spec.egressRules[0].to[0].port.protocol"
        ]
    );
    assert_eq!(slugs(&fixed("https-as-tcp", &text)), [""; 0]);
    assert_eq!(
        slugs(&fixed("https-as-tcp", &text.replace("protocol: TCP", "protocol: \"TCP\""))),
        [""; 0],
        "with its quotes"
    );
}

// Clients and the mesh.

#[test]
fn clients_do_not_live_beside_a_gateway() {
    let client = |namespace: &str, environment: &str| {
        check(&documents(&[
            &policy(&[(&format!("{{namespace: {namespace}}}"), &to("a.example.org", 80, "HTTP"))]),
            environment,
        ]))
    };
    let refused = ["client-beside-gateway @ spec.egressRules[0].from[0].namespace"];
    assert_eq!(client("istio-system", MESH), refused);
    let moved = MESH.replace("name: gw\n", "name: gw\n    namespace: egress\n");
    assert_eq!(client("istio-system", &moved), [""; 0]);
    assert_eq!(client("egress", &moved), refused);
}

#[test]
fn no_gateway_of_the_set_is_a_neighbour() {
    let two = gateways(
        "{name: gw, namespace: one, ports: [{port: 80, targetPort: 80}]}, {name: other, namespace: two, ports: [{port: 80, targetPort: 80}]}",
    );
    let second = http().replace("gw", "other");
    let first = policy(&[("{namespace: two}", &to("b.example.org", 80, "HTTP"))]);
    assert_eq!(slugs(&documents(&[&first, &two])), [""; 0], "a gateway that no policy uses knows no hosts");
    assert_eq!(slugs(&documents(&[&first, &second, &two])), ["client-beside-gateway"]);
}

#[test]
fn workloads_with_a_sidecar_do_not_live_beside_a_gateway() {
    let beside = |namespace: &str| check(&documents(&[&http(), &mesh(&format!("  namespaces: [{namespace}]\n"))]));
    let refused = ["beside-gateway @ spec.namespaces[0].workloads[0]"];
    assert_eq!(beside("{name: istio-system, workloads: [{name: x, sidecar: true}]}"), refused);
    assert_eq!(
        beside("{name: istio-system, injection: true, workloads: [{name: x}]}"),
        refused,
        "as its namespace says"
    );
    assert_eq!(beside("{name: istio-system, injection: true, workloads: [{name: x, sidecar: false}]}"), [""; 0]);
    assert_eq!(beside("{name: istio-system, workloads: [{name: x}]}"), [""; 0], "not known");
    assert_eq!(
        beside("{name: istio-system, workloads: [{name: gw, labels: {istio: gw}, sidecar: true}]}"),
        [""; 0],
        "the gateway itself"
    );
    assert_eq!(beside("{name: other, workloads: [{name: x, sidecar: true}]}"), [""; 0]);
}

#[test]
fn gateways_may_be_neighbours() {
    let two = "{name: gw, ports: [{port: 80, targetPort: 80}]}, {name: other, ports: [{port: 80, targetPort: 80}]}";
    let pods = "  namespaces: [{name: istio-system, injection: true, workloads: [{name: x, labels: {istio: gw}}, {name: y2, labels: {istio: other}}]}]\n";
    let second = http().replace("gw", "other").replace("a.example", "b.example");
    assert_eq!(slugs(&documents(&[&http(), &second, &format!("{}{pods}", gateways(two))])), [""; 0]);
}

#[test]
fn a_namespace_without_sidecars_is_told_about() {
    let namespace =
        |facts: &str| check(&documents(&[&http(), &mesh(&format!("  namespaces: [{{name: mytest{facts}}}]\n"))]));
    assert_eq!(namespace(", injection: false"), ["no-injection @ spec.egressRules[0].from[0].namespace"]);
    assert_eq!(namespace(", injection: true"), [""; 0]);
    assert_eq!(namespace(""), [""; 0]);
    assert_eq!(
        namespace(", injection: false, workloads: [{name: a, labels: {app: a}, sidecar: true}]"),
        [""; 0],
        "a pod asked for one"
    );
}

#[test]
fn a_selector_selects_something_where_workloads_are_known() {
    let select = |workloads: &str| {
        check(&documents(&[&http(), &mesh(&format!("  namespaces: [{{name: mytest{workloads}}}]\n"))]))
    };
    let warned = ["selects-nothing @ spec.egressRules[0].from[0].workloadSelector"];
    assert_eq!(select(", workloads: [{name: b, labels: {app: b}}]"), warned);
    assert_eq!(select(", workloads: [{name: a, labels: {App: a}}]"), warned, "letter by letter");
    assert_eq!(select(", workloads: [{name: a}]"), warned);
    assert_eq!(select(", workloads: []"), warned, "all of them were given");
    assert_eq!(select(""), [""; 0], "none were given");
    assert_eq!(select(", workloads: [{name: b, labels: {app: b}}, {name: a, labels: {app: a, tier: x}}]"), [""; 0]);
    let whole = documents(&[
        &policy(&[("{namespace: mytest}", &to("a.example.org", 80, "HTTP"))]),
        &mesh("  namespaces: [{name: mytest, workloads: []}]\n"),
    ]);
    assert_eq!(slugs(&whole), [""; 0], "a namespace needs no workload");
}

#[test]
fn a_complete_mesh_lists_every_namespace() {
    let complete = |spec: &str| check(&documents(&[&http(), &mesh(spec)]));
    assert_eq!(complete("  complete: true\n"), ["unknown-namespace @ spec.egressRules[0].from[0].namespace"]);
    assert_eq!(complete("  complete: true\n  namespaces: [{name: mytest}]\n"), [""; 0]);
    assert_eq!(complete("  complete: false\n"), [""; 0]);
}

#[test]
fn what_sidecars_do_with_unknown_hosts_is_said_or_assumed_aloud() {
    let assumed =
        |text: &str| response(&[text]).diagnostics.iter().filter(|each| each.slug == "registry-only-assumed").count();
    let facts = service("gw", "istio-system", "ports: [{port: 80}]");
    assert_eq!(assumed(&http()), 1);
    assert_eq!(assumed(&documents(&[&http(), &facts])), 1, "a Service does not say");
    assert_eq!(assumed(&documents(&[&http(), &gateways("{name: gw}")])), 1, "a MeshEnvironment need not say");
    assert_eq!(assumed(&documents(&[&http(), MESH])), 0);
    let second = http().replace("egress-by-gw", "other");
    assert_eq!(assumed(&documents(&[&http(), &second])), 1, "once for a mesh");
}

#[test]
fn allow_any_is_refused_where_it_is_said() {
    let text = documents(&[&http(), &MESH.replace("REGISTRY_ONLY", "ALLOW_ANY")]);
    assert_eq!(check(&text), ["allow-any @ spec.outboundTrafficPolicy"]);
    assert!(!response(&[&text]).ok);
}

// Decoding.

#[test]
fn all_problems_are_told_at_once_with_their_fields() {
    let text = "\
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: Egress_By, namespace: istio-egress}
spec:
  byEgressGateway: {name: gw, prot: 80}
  egressRules:
  - from: []
    to:
    - hosts: a.example.org
      port: {number: 0, protocol: http}
    - hosts: [a.example.org, 5]
      port: {number: \"80\"}
      httpsUpgrade: {enabled: \"yes\"}
    - port: []
  - from:
    - namespace: MyTest
      workloadSelector: {app: 7, \"b d\": x, e: \"f g\"}
    - workloadSelector: null
    to: [1]
    unknown: true
";
    // What later stages add about the parts that could be read is theirs.
    let later = ["gateway-assumed", "policy-name"];
    let decode: Vec<String> =
        check(text).into_iter().filter(|line| !later.iter().any(|slug| line.starts_with(slug))).collect();
    assert_eq!(
        decode,
        [
            "bad-name @ metadata.name",
            "unknown-field @ spec.byEgressGateway.prot",
            "empty-list @ spec.egressRules[0].from",
            "wrong-type @ spec.egressRules[0].to[0].hosts",
            "out-of-range @ spec.egressRules[0].to[0].port.number",
            "unknown-value @ spec.egressRules[0].to[0].port.protocol",
            "wrong-type @ spec.egressRules[0].to[1].hosts[1]",
            "missing-field @ spec.egressRules[0].to[1].port.number",
            "wrong-type @ spec.egressRules[0].to[1].port.number",
            "wrong-type @ spec.egressRules[0].to[1].httpsUpgrade.enabled",
            "missing-field @ spec.egressRules[0].to[2].port",
            "wrong-type @ spec.egressRules[0].to[2].port",
            "bad-name @ spec.egressRules[1].from[0].namespace",
            "wrong-type @ spec.egressRules[1].from[0].workloadSelector.app",
            "bad-name @ spec.egressRules[1].from[0].workloadSelector.b d",
            "bad-name @ spec.egressRules[1].from[0].workloadSelector.e",
            "missing-field @ spec.egressRules[1].from[1].workloadSelector",
            "empty-selector @ spec.egressRules[1].from[1].workloadSelector",
            "wrong-type @ spec.egressRules[1].to[0]",
            "unknown-field @ spec.egressRules[1].unknown",
        ]
    );
}

#[test]
fn a_selector_narrows_or_is_not_there() {
    let selector = |value: &str| {
        let from = format!("{{namespace: mytest, workloadSelector: {value}}}");
        check(&documents(&[&policy(&[(&from, &to("a.example.org", 80, "HTTP"))]), MESH]))
    };
    let at = |slug: &str, field: &str| [format!("{slug} @ spec.egressRules[0].from[0].workloadSelector{field}")];
    assert_eq!(selector("{}"), at("empty-selector", ""));
    assert_eq!(selector("null"), at("empty-selector", ""));
    assert_eq!(selector("\"\""), at("wrong-type", ""));
    assert_eq!(selector("[]"), at("wrong-type", ""));
    assert_eq!(selector("{matchLabels: {app: a}}"), at("selector-wrapper", ".matchLabels"));
    assert_eq!(selector("{labels: {app: a}}"), at("selector-wrapper", ".labels"));
    assert_eq!(selector("{matchExpressions: []}"), at("selector-wrapper", ".matchExpressions"));
    assert_eq!(selector("{app: null}"), at("wrong-type", ".app"));
    assert_eq!(selector("{app: \"\"}"), [""; 0], "an empty value is a value");
    assert_eq!(selector("{labels: a}"), [""; 0], "a label may be called so");
    assert_eq!(selector("{app.kubernetes.io/name: a}"), [""; 0]);
}

#[test]
fn nulls_are_missing_fields() {
    let text = documents(&[&http(), MESH]);
    assert_eq!(slugs(&text.replace("{number: 80, protocol: HTTP}", "{number: 80, protocol: null}")), ["missing-field"]);
    assert_eq!(slugs(&text.replace("protocol: HTTP}}", "protocol: HTTP}, byEgressGateway: null}")), [""; 0]);
}

#[test]
fn nulls_of_optional_fields_are_missing_fields() {
    let upgrade = documents(&[&http().replace("protocol: HTTP}}", "protocol: HTTP}, httpsUpgrade: null}"), MESH]);
    assert_eq!(slugs(&upgrade), [""; 0]);
    let ports = documents(&[&http(), &gateways("{name: gw, ports: null}")]);
    assert_eq!(slugs(&ports), ["target-port-unknown"], "the usual ports");
    let workloads = documents(&[&http(), &mesh("  namespaces: [{name: mytest, workloads: null}]\n")]);
    assert_eq!(slugs(&workloads), [""; 0], "nobody has said that there are none");
}

#[test]
fn labels_that_are_no_selector_may_be_empty() {
    let workload = documents(&[&http(), &mesh("  namespaces: [{name: other, workloads: [{name: x, labels: {}}]}]\n")]);
    assert_eq!(slugs(&workload), [""; 0]);
}

#[test]
fn an_environment_lists_a_thing_once() {
    let gateways = documents(&[
        &http(),
        &gateways("{name: gw, ports: [{port: 80, targetPort: 80}]}, {name: gw, namespace: other}"),
    ]);
    assert_eq!(check(&gateways), ["listed-twice @ spec.gateways[1].name"]);
    let namespaces = documents(&[
        &http(),
        &mesh("  namespaces: [{name: mytest, injection: false}, {name: mytest, injection: true}]\n"),
    ]);
    assert_eq!(check(&namespaces), ["listed-twice @ spec.namespaces[1].name"]);
    let ports = documents(&[&http(), &MESH.replace("{port: 443, targetPort: 443}", "{port: 80, targetPort: 81}")]);
    assert_eq!(check(&ports), ["listed-twice @ spec.gateways[0].ports[1].port"]);
    let workloads = documents(&[
        &http(),
        &mesh("  namespaces: [{name: mytest, workloads: [{name: a, labels: {app: a}}, {name: a}]}]\n"),
    ]);
    assert_eq!(check(&workloads), ["listed-twice @ spec.namespaces[0].workloads[1].name"]);
}

#[test]
fn a_misspelt_word_is_named_and_its_fix_mends_it() {
    let text = documents(&[&http(), MESH]);
    for (right, wrong, slug) in [
        ("workloadSelector: ", "workloadselector: ", "unknown-field"),
        ("workloadSelector: ", "workloadSelectors: ", "unknown-field"),
        ("  - name: gw\n", "  - name: gw\n    servcie: gw\n", "unknown-field"),
        ("protocol: HTTP}", "protocol: http}", "unknown-value"),
        ("protocol: HTTP}", "protocol: \"HTPT\"}", "unknown-value"),
        ("REGISTRY_ONLY", "registry_only", "unknown-value"),
        ("kind: ASMEgressTrafficPolicy", "kind: AsmEgressTrafficPolicy", "unknown-kind"),
        ("name: egress-by-gw", "name: \"egress-by-wg\"", "policy-name"),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "{wrong}");
        assert_eq!(slugs(&broken), [slug], "{wrong}");
        assert_eq!(slugs(&fixed(slug, &broken)), [""; 0], "{wrong}");
    }
    let broken = text.replace("kind: MeshEnvironment", "kind: MeshEnviroment");
    assert!(slugs(&broken).contains(&"unknown-kind".to_owned()), "beside what is assumed without it");
    assert_eq!(slugs(&fixed("unknown-kind", &broken)), [""; 0]);
}

#[test]
fn a_field_that_is_near_nothing_lists_what_is_there() {
    let text = documents(&[&http().replace("{name: gw}", "{name: gw, zzz: 1}"), MESH]);
    let found = the("unknown-field", &text);
    assert!(found.fix.is_none() && words(&found).contains("`name`, `port`"), "{found:?}");
}

#[test]
fn kinds_and_versions() {
    let with_header = |api_version: &str, kind: &str| {
        let other = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        check(&documents(&[&http(), MESH, &other]))
    };
    assert_eq!(with_header("v1", "ConfigMap"), ["kind-not-read @ kind"]);
    assert_eq!(with_header("serving.knative.dev/v1", "Service"), ["kind-not-read @ kind"], "somebody else's Service");
    assert_eq!(with_header("v2", "Service"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("istio.alibabacloud.com/v2", "ASMEgressTrafficPolicy"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("example.org/v1", "ASMEgressTrafficPolicy"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("egressc.dev/v1", "MeshEnvironment"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("v1", "\"\""), ["kind-not-read @ kind"]);
    assert_eq!(slugs(&documents(&[&http().replace("com/v1\n", "com/v1beta1\n"), MESH])), [""; 0]);
}

#[test]
fn documents_that_are_no_objects() {
    for (other, expected) in [
        ("[1]\n", vec!["not-an-object"]),
        ("text\n", vec!["not-an-object"]),
        ("a: 1\n", vec!["not-an-object", "not-an-object"]),
        ("kind: Service\n", vec!["not-an-object"]),
        ("apiVersion: v1\nkind: 1\n", vec!["not-an-object"]),
        ("# nothing\n", vec![]),
    ] {
        assert_eq!(slugs(&documents(&[&http(), MESH, other])), expected, "{other}");
    }
}

#[test]
fn lists_hold_objects() {
    let indented = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
    let list = |kind: &str| format!("apiVersion: v1\nkind: {kind}\nitems:\n{}{}", indented(&http()), indented(MESH));
    assert_eq!(slugs(&list("List")), [""; 0]);
    assert_eq!(slugs(&list("ASMEgressTrafficPolicyList")), [""; 0]);
    let wrong = list("List").replace("protocol: HTTP", "protocol: HTPP");
    assert_eq!(check(&wrong), ["unknown-value @ items[0].spec.egressRules[0].to[0].port.protocol"]);
    assert_eq!(slugs("apiVersion: v1\nkind: List\nitems: {}\n"), ["wrong-type"]);
    assert_eq!(slugs("apiVersion: v1\nkind: List\nitems: null\n"), ["no-policy"]);
}

#[test]
fn no_policy_is_said_only_when_nothing_else_is_wrong() {
    assert_eq!(check(MESH), ["no-policy @ nowhere"]);
    assert_eq!(check(""), ["no-policy @ nowhere"]);
    assert_eq!(slugs(&MESH.replace("REGISTRY_ONLY", "X")), ["unknown-value"]);
}

// What holds for every diagnostic.

/// Texts that say as much as possible, and some that try to get control characters into a message.
fn everything() -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for code in codes::ALL {
        let blocks = code.page.split("```yaml").skip(1).filter_map(|rest| rest.split("```").next());
        texts.extend(blocks.filter_map(|block| block.split_once('\n')).map(|(_, text)| text.to_owned()));
    }
    texts.push(of_a(&[
        to("db.example.org", 443, "TCP"),
        to("b.example.org", 443, "TCP"),
        to("b.example.org", 443, "HTTP"),
    ]));
    texts
}

/// Texts of a stranger, with line breaks and terminal escapes wherever a text can stand.
fn hostile() -> Vec<String> {
    let evil = r#""a\nb\u001b[31m\u202e""#;
    let text = documents(&[&http(), MESH]);
    let places = [
        "egress-by-gw",
        "istio-egress",
        "{name: gw}",
        "mytest",
        "app: a",
        "a.example.org",
        "HTTP",
        "REGISTRY_ONLY",
        "ASMEgressTrafficPolicy",
        "istio.alibabacloud.com/v1",
        "workloadSelector",
        "MeshEnvironment",
        "prod",
        "egressRules",
    ];
    let mut texts: Vec<String> = places
        .iter()
        .map(|place| match *place {
            "{name: gw}" => text.replacen(place, &format!("{{name: {evil}}}"), 1),
            "app: a" => text.replacen(place, &format!("{evil}: {evil}, {{}}: 1"), 1),
            _ => text.replacen(place, evil, 1),
        })
        .collect();
    let label = format!("{{namespace: mytest, workloadSelector: {{{evil}: [1]}}}}");
    texts.push(policy(&[(&label, &to("a.example.org", 80, "HTTP"))]));
    texts.push(policy(&[(
        &format!("{{namespace: {evil}, workloadSelector: {{app: {evil}}}}}"),
        &to("db.example.org", 443, "TCP"),
    )]));
    texts.push(documents(&[
        &http(),
        &gateways(&format!("{{name: {evil}, service: {evil}}}, {{name: gw, service: {evil}}}")),
    ]));
    texts.push(documents(&[
        &http(),
        &service(evil, evil, &format!("selector: {{istio: gw}}, ports: [{{port: 81, name: {evil}}}]")),
    ]));
    texts.push(documents(&[
        &http(),
        &mesh(&format!("  namespaces: [{{name: istio-system, workloads: [{{name: {evil}, sidecar: true}}]}}]\n")),
    ]));
    texts
}

fn tame(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[test]
fn every_diagnostic_is_registered_short_and_on_one_line() {
    for text in everything() {
        for found in response(&[&text]).diagnostics {
            let code = codes::find(&found.code).unwrap_or_else(|| panic!("{} is not registered", found.code));
            assert_eq!((code.slug, code.severity), (found.slug.as_str(), found.severity));
            let all = words(&found);
            assert!(tame(&all), "{all:?}");
            assert!(
                !found.message.is_empty() && !found.message.ends_with('.') && found.message.chars().count() < 200,
                "{}",
                found.message
            );
            // A missing field is explained in the words of its own documentation.
            let notes = found.notes.iter().filter(|_| found.code != codes::MISSING_FIELD.id);
            for said in notes.chain(&found.help) {
                assert!(!said.is_empty() && !said.ends_with('.'), "{said}");
            }
            for place in &found.labels {
                let length = u32::try_from(text.len()).unwrap();
                assert_eq!(place.source, "0.yaml");
                assert!(place.start.offset <= place.end.offset && place.end.offset <= length, "{found:?}");
            }
            // What is missing everywhere can be shown nowhere.
            let nowhere = ["no-policy", "too-many-flows", "too-many-diagnostics", "internal"];
            assert_eq!(found.labels.is_empty(), nowhere.contains(&&*found.slug), "{found:?}");
        }
    }
}

#[test]
fn a_strangers_text_cannot_break_a_line_or_steer_a_terminal() {
    let mut wrong = Vec::new();
    for text in hostile() {
        for found in response(&[&text]).diagnostics {
            let fix = found.fix.as_ref().map_or("", |fix| &fix.title);
            if !tame(&words(&found)) || !tame(fix) {
                wrong.push(format!("{}: {:?}", found.slug, words(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn diagnostics_stand_in_reading_order_each_once() {
    for text in everything() {
        let found = response(&[&text]).diagnostics;
        let places: Vec<_> = found.iter().map(|each| each.labels.first().map(|label| label.start.offset)).collect();
        assert!(places.iter().filter(|place| place.is_some()).is_sorted(), "{places:?}");
        for (index, each) in found.iter().enumerate() {
            assert!(!found[..index].contains(each), "{each:?}");
        }
    }
}

#[test]
fn an_unknown_container_port_is_a_warning_in_every_mode_of_authorization() {
    for mode in ["shared", "managed", "off"] {
        let mesh = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: m}}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n  gateways:\n  - {{name: egressgateway-a, authorization: '{mode}', ports: [{{port: 80, class: http}}]}}\n"
        );
        let policy = "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {name: egress-by-egressgateway-a, namespace: istio-egress}\nspec:\n  byEgressGateway: {name: egressgateway-a}\n  egressRules:\n  - from: [{namespace: mytest}]\n    to: [{hosts: [www.httpbin.org], port: {name: http, number: 80, protocol: HTTP}}]\n";
        let request = egressc_core::api::CompileRequest {
            sources: vec![SourceInput::text("policy.yaml", policy), SourceInput::text("mesh.yaml", mesh)],
            ..egressc_core::api::CompileRequest::default()
        };
        let response = egressc_core::api::compile(&request).unwrap();
        assert!(response.ok, "{mode}: {:?}", response.diagnostics);
    }
}

#[test]
fn slips_of_the_pen_have_an_edit() {
    let policy = |host: &str, number: &str, gateway: &str| {
        format!(
            "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {{name: egress-by-gw, namespace: istio-egress}}\nspec:\n  {gateway}: {{name: gw}}\n  egressRules:\n  - from: [{{namespace: mytest}}]\n    to: [{{hosts: [{host}], port: {{number: {number}, protocol: HTTPS}}}}]\n---\n{MESH}"
        )
    };
    let right = policy("api.example.org", "443", "byEgressGateway");
    assert!(slugs(&right).is_empty(), "{:?}", slugs(&right));
    for host in ["https://api.example.org/v1?q=1", "api.example.org:443", "api.example.org.", "HTTPS://API.example.org"]
    {
        assert_eq!(fixed("host-syntax", &policy(host, "443", "byEgressGateway")), right, "{host}");
    }
    // A text in JSON stays one.
    let quoted = fixed("host-syntax", &policy("\"api.example.org:443\"", "443", "byEgressGateway"));
    assert_eq!(quoted, policy("\"api.example.org\"", "443", "byEgressGateway"));
    assert_eq!(fixed("wrong-type", &policy("api.example.org", "\"443\"", "byEgressGateway")), right);
    for number in ["\"0443\"", "\"x\"", "[443]"] {
        assert!(the("wrong-type", &policy("api.example.org", number, "byEgressGateway")).fix.is_none(), "{number}");
    }
    // No edit where the rest is no host either.
    for host in ["https://localhost/", "10.0.0.1:80", "a..b:80"] {
        assert!(said(&policy(host, "443", "byEgressGateway")).iter().all(|each| each.fix.is_none()), "{host}");
    }
    // A field that is written wrong is not missing as well.
    let slip = policy("api.example.org", "443", "byEgressGatway");
    assert_eq!(slugs(&slip), ["unknown-field"]);
    assert_eq!(fixed("unknown-field", &slip), right);
}
