//! Hosts by other names than their own: addresses, and Services that are names for others.

use crate::mesh::{Ask, Mesh, is, query};

fn entry(host: &str, more: &str, port: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {host}, namespace: own}}
spec: {{hosts: [{host}], {more}, ports: [{port}]}}
"
    )
}

const HTTP: &str = "{number: 80, name: http, protocol: HTTP}";

/// `generateVirtualHostDomains` of core/httproute.go.
#[test]
fn an_address_of_an_http_host_is_a_name_of_it() {
    let x = |addresses: &str| entry("x.org", &format!("resolution: DNS, addresses: [{addresses}]"), HTTP);
    let y = entry("y.org", "resolution: DNS", HTTP);
    let to = |yaml: &str, host: &str| Mesh::bare(&(yaml.to_owned() + &y)).from("a", &format!("http://{host}"));
    let one = x("93.184.216.34");
    is(&to(&one, "93.184.216.34"), "allowed x.org:80");
    is(&to(&one, "93.184.216.35"), "blocked 502");
    let network = |addresses: &str| {
        entry(
            "x.org",
            &format!("resolution: STATIC, endpoints: [{{address: 10.0.0.1}}], addresses: [{addresses}]"),
            HTTP,
        )
    };
    is(&to(&network("93.184.216.34/32"), "93.184.216.34"), "allowed x.org:80");
    // A network is nobody's name.
    is(&to(&network("93.184.216.0/24"), "93.184.216.34"), "blocked 502");
    is(&Mesh::bare(&(one.clone() + &y)).ask(&query("a", "http://y.org").host("93.184.216.34:80")), "diverted x.org:80");
    // Each address makes a service of its own, of which one is left.
    is(&to(&x("93.184.216.34, 93.184.216.35"), "93.184.216.34"), "unknown");
    let two = one.clone() + &entry("z.org", "resolution: DNS, addresses: [93.184.216.34]", HTTP);
    is(&to(&two, "93.184.216.34"), "unknown");
    // Routes of the host are the address's too.
    let route = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: r, namespace: own}
spec: {hosts: [x.org], http: [{route: [{destination: {host: y.org}}]}]}
";
    is(&to(&(one.clone() + route), "93.184.216.34"), "diverted y.org:80");
    // On another port it is no name.
    is(
        &to(
            &(one + &entry("w.org", "resolution: DNS", "{number: 81, name: http, protocol: HTTP}")),
            "93.184.216.34:81",
        ),
        "blocked 502",
    );
}

#[test]
fn the_address_of_a_service_of_the_cluster_is_a_name_of_it() {
    let service = |ip: &str| {
        format!(
            "
---
apiVersion: v1
kind: Service
metadata: {{name: s, namespace: app}}
spec: {{clusterIP: {ip}, selector: {{app: s}}, ports: [{{port: 80, name: http}}, {{port: 25, name: tcp}}]}}
"
        )
    };
    let mesh = Mesh::bare(&service("10.0.0.5"));
    // Of pods it is not known what they do; of other addresses it is that nobody has them.
    is(&mesh.from("a", "http://10.0.0.5"), "unknown");
    is(&mesh.from("a", "tcp://10.0.0.5:25"), "unknown");
    is(&mesh.from("a", "http://10.0.0.6"), "blocked 502");
    is(&mesh.from("a", "tcp://10.0.0.6:25"), "blocked closed UH");
    is(&Mesh::bare(&service("None")).complete().from("a", "http://None"), "blocked 502");
    is(&Mesh::bare(&service("None")).from("a", "http://None"), "unknown");
}

fn alias(name: &str, external_name: &str) -> String {
    format!(
        "
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: app}}
spec: {{type: ExternalName, externalName: {external_name}, ports: [{{port: 80, name: http}}]}}
"
    )
}

/// `resolveServiceAliases` of `pilot/pkg/model/push_context.go`.
#[test]
fn an_external_name_is_another_name_of_a_known_host() {
    let mesh = Mesh::bare(&(alias("alias", "ext.example") + &entry("ext.example", "resolution: DNS", HTTP)));
    for name in ["alias", "alias.app", "alias.app.svc", "alias.app.svc.cluster.local"] {
        let trace = mesh.from("app", &format!("http://{name}"));
        is(&trace, "allowed ext.example:80");
        assert_eq!(trace.upstream_cluster.as_deref(), Some("outbound|80||ext.example"));
    }
    is(&mesh.from("other", "http://alias.app"), "allowed ext.example:80");
    // Short for nothing elsewhere, if all Services are given.
    is(&mesh.from("other", "http://alias"), "unknown");
    let complete =
        Mesh::bare(&(alias("alias", "ext.example") + &entry("ext.example", "resolution: DNS", HTTP))).complete();
    is(&complete.from("other", "http://alias"), "blocked 502");
    is(&mesh.ask(&query("app", "http://ext.example").host("alias")), "allowed ext.example:80");
    // A name for a name.
    let twice = alias("first", "alias.app.svc.cluster.local")
        + &alias("alias", "ext.example")
        + &entry("ext.example", "resolution: DNS", HTTP);
    is(&Mesh::bare(&twice).from("app", "http://first"), "allowed ext.example:80");
}

/// An alias that no host has is in no route (`BuildSidecarVirtualHostWrapper` of core/route/route.go); without HTTP it is a
/// name for an address.
#[test]
fn an_external_name_for_a_host_without_http_is_an_unknown_host() {
    let ext = entry("ext.example", "resolution: DNS", HTTP);
    let app = |yaml: &str, to: &str| Mesh::bare(yaml).from("app", to);
    let y = entry("y.org", "resolution: DNS", HTTP);
    let lone = alias("alias", "ext.example") + &y;
    is(&app(&lone, "http://alias"), "blocked 502");
    is(&Mesh::bare(&lone).allow_any().from("app", "http://alias"), "allowed ext.example:80");
    is(&Mesh::bare(&lone).allow_any().from("app", "tcp://alias:5432"), "allowed ext.example:5432");
    is(
        &Mesh::bare(&(alias("alias", "ext.example") + &ext)).complete().from("app", "http://alias:81"),
        "blocked closed UH",
    );
    // The cluster may have what it is a name for.
    is(&app(&(alias("alias", "b.other.svc.cluster.local") + &y), "http://alias"), "unknown");
    let circle = alias("a", "b.app.svc.cluster.local") + &alias("b", "a.app.svc.cluster.local") + &y;
    is(&app(&circle, "http://a"), "unknown");
}

/// `buildSidecarOutboundTLSFilterChainOpts` of core/tls.go adds the aliases of a host to its server names.
#[test]
fn an_external_name_is_a_server_name_and_an_address_too() {
    let tls = |more: &str| {
        alias("alias", "ext.example") + &entry("ext.example", more, "{number: 443, name: tls, protocol: TLS}")
    };
    for name in ["alias", "alias.app.svc", "alias.app.svc.cluster.local", "ext.example"] {
        let trace = Mesh::bare(&tls("resolution: DNS")).from("app", &format!("https://{name}"));
        is(&trace, &format!("allowed ext.example:443 tls({name})"));
    }
    let mesh = Mesh::bare(&tls("resolution: DNS"));
    is(&mesh.ask(&query("app", "https://alias").sni(Some("ext.example"))), "allowed ext.example:443 tls(ext.example)");
    is(&mesh.ask(&query("app", "https://alias").sni(Some("other.example"))), "blocked closed UH");
    // Istio's DNS has no aliases: the client dials the host's own address, where no listener is.
    is(&Mesh::bare(&tls("resolution: DNS")).dns_capture().from("app", "https://alias"), "blocked closed UH");
    is(
        &Mesh::bare(&tls("resolution: DNS")).dns_capture().from("app", "https://ext.example"),
        "allowed ext.example:443 tls(ext.example)",
    );
    is(&Mesh::bare(&tls("resolution: DNS, addresses: [203.0.113.7]")).from("app", "https://alias"), "unknown");
    let tcp = alias("alias", "ext.example")
        + &entry("ext.example", "resolution: DNS", "{number: 5432, name: tcp, protocol: TCP}");
    is(&Mesh::bare(&tcp).from("app", "tcp://alias:5432"), "allowed ext.example:5432");
    is(&Mesh::bare(&tcp).dns_capture().from("app", "tcp://alias:5432"), "blocked closed UH");
}

#[test]
fn routes_beside_an_external_name_are_unknown() {
    let ext = entry("ext.example", "resolution: DNS", HTTP);
    let app = |yaml: &str, to: &str| Mesh::bare(yaml).from("app", to);
    let y = entry("y.org", "resolution: DNS", HTTP);
    // A route for the name, or to it.
    let route = |hosts: &str, to: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: r, namespace: app}}
spec: {{hosts: ['{hosts}'], http: [{{route: [{{destination: {{host: {to}}}}}]}}]}}
"
        )
    };
    let known = alias("alias", "ext.example") + &ext + &y;
    is(&app(&(known.clone() + &route("alias", "y.org")), "http://alias"), "unknown");
    is(&app(&(known.clone() + &route("*.app.svc.cluster.local", "y.org")), "http://alias"), "unknown");
}

/// `GetDestinationCluster` of core/route/route.go: a route to an alias is a route to the host that it is written to be a name
/// for. The routes of a sidecar know the Services of the listener's port alone.
#[test]
fn a_route_to_an_external_name_leads_to_the_host_behind_it() {
    let route = |destination: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: r, namespace: app}}
spec: {{hosts: [y.org], http: [{{route: [{{destination: {{{destination}}}}}]}}]}}
"
        )
    };
    let hosts = entry(
        "ext.example",
        "resolution: DNS",
        "{number: 80, name: http, protocol: HTTP}, {number: 81, name: other, protocol: HTTP}",
    ) + &entry("y.org", "resolution: DNS", HTTP);
    let asked = |aliases: &str, destination: &str| {
        Mesh::bare(&format!("{aliases}{hosts}{}", route(destination))).complete().from("app", "http://y.org")
    };
    let known = alias("alias", "ext.example");
    let trace = asked(&known, "host: alias");
    is(&trace, "diverted ext.example:80");
    assert_eq!(trace.upstream_cluster.as_deref(), Some("outbound|80||ext.example"));
    is(&asked(&known, "host: alias, port: {number: 81}"), "diverted ext.example:81");
    is(&asked(&known, "host: alias, port: {number: 82}"), "blocked 503 NC");
    is(&asked(&known, "host: alias, subset: v1"), "blocked 503 NC");
    // It is a name for a host that nobody has, or for another name, which has no cluster.
    is(&asked(&alias("alias", "nowhere.example"), "host: alias"), "blocked 503 NC");
    let twice = alias("alias", "second.app.svc.cluster.local") + &alias("second", "ext.example");
    is(&asked(&twice, "host: alias"), "blocked 503 NC");
    // The Service has another port, or the client's namespace does not see it.
    is(&asked(&known.replace("port: 80", "port: 8080"), "host: alias"), "blocked 503 NC");
    let hidden =
        known.replace("namespace: app}", "namespace: app, annotations: {networking.istio.io/exportTo: other}}");
    is(&asked(&hidden, "host: alias"), "blocked 503 NC");
    // Istio's hosts have no dot at their end.
    is(&asked(&alias("alias", "ext.example."), "host: alias"), "unknown");
}

/// Istio lowers the hosts of services, and compares those of DestinationRules and destinations as they are written.
#[test]
fn hosts_of_rules_and_destinations_are_compared_as_they_are_written() {
    let rule = |host: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: tls, namespace: own}}
spec: {{host: {host}, trafficPolicy: {{tls: {{mode: SIMPLE, sni: x.org, subjectAltNames: [x.org]}}}}}}
"
        )
    };
    let tls = |host: &str| {
        let mesh = Mesh::bare(&(entry("x.org", "resolution: DNS", HTTP) + &rule(host)));
        mesh.from("a", "http://x.org").reached.unwrap().tls
    };
    assert!(tls("x.org") && !tls("X.ORG"));
    let route = |host: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: way, namespace: own}}
spec: {{hosts: [x.org], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}
"
        )
    };
    let to =
        |host: &str| Mesh::bare(&(entry("x.org", "resolution: DNS", HTTP) + &route(host))).from("a", "http://x.org");
    is(&to("x.org"), "allowed x.org:80");
    is(&to("X.org"), "blocked 503 NC");
}
