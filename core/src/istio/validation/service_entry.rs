//! `ValidateServiceEntry` of pkg/config/validation/validation.go, and the CEL rules of the CRD.

use std::collections::BTreeSet;

use super::broken_rule::BrokenRules;
use super::export_to::{self, Nobody};
use super::{addresses, names, ports, selector};
use crate::istio::fields::Fields;
use crate::istio::{Meta, PortProtocol};

const SOURCE: &str = "`ValidateServiceEntry` of pkg/config/validation/validation.go";
const ENDPOINT: &str = "`validateWorkloadEntry` of pkg/config/validation/validation.go";
const CEL: &str = "a rule of the CRD (manifests/charts/base/files/crd-all.gen.yaml)";

pub(super) fn validate(spec: Fields<'_>, meta: &Meta, broken: &mut BrokenRules) {
    let resolution = spec.child("resolution").map_or("NONE", Fields::str);
    selector::validate(spec.child("workloadSelector").and_then(|it| it.child("labels")), SOURCE, broken);
    if let Some(endpoints) = spec.child("endpoints") {
        if spec.has("workloadSelector") {
            broken.refuse(endpoints, SOURCE, "an entry has either `endpoints` or a `workloadSelector`");
        }
        if resolution == "NONE" {
            broken.refuse(endpoints, CEL, "an entry with resolution NONE, which is the default, has no endpoints");
        }
    }
    hosts(spec, broken);
    virtual_addresses(spec, resolution, broken);
    listed_ports(spec, broken);
    endpoints(spec, resolution, broken);
    match resolution {
        "DNS" | "DNS_ROUND_ROBIN" => resolved(spec, resolution, broken),
        "DYNAMIC_DNS" => resolved_per_request(spec, meta, broken),
        _ => {}
    }
    let told_apart = |port: &Fields<'_>| {
        let protocol = port.child("protocol").map_or("", Fields::str);
        PortProtocol::parse(protocol).is_http() || ports::is_tls(protocol)
    };
    if resolution != "NONE"
        && spec.items("hosts").count() > 1
        && let Some(port) = spec.items("ports").find(|port| !told_apart(port))
    {
        broken.refuse(
            port,
            SOURCE,
            format!("an entry with several hosts and resolution {resolution} may have HTTP, HTTPS and TLS ports only"),
        );
    }
    export_to::validate(spec, meta, Nobody::Allowed, broken);
}

fn hosts(spec: Fields<'_>, broken: &mut BrokenRules) {
    for host in spec.items("hosts") {
        if host.str() == "*" {
            broken.refuse(host, SOURCE, "the host `*` is not allowed");
        } else {
            broken.check(host, SOURCE, names::wildcard_domain(host.str()));
        }
    }
}

fn virtual_addresses(spec: Fields<'_>, resolution: &str, broken: &mut BrokenRules) {
    for address in spec.items("addresses") {
        broken.check(address, SOURCE, addresses::subnet(address.str()));
        if address.str().contains('/') && !["NONE", "STATIC"].contains(&resolution) {
            broken.refuse(address, SOURCE, "networks are allowed only with resolution NONE and STATIC");
        }
    }
}

fn listed_ports(spec: Fields<'_>, broken: &mut BrokenRules) {
    let (mut numbers, mut called) = (BTreeSet::new(), BTreeSet::new());
    for port in spec.items("ports") {
        let number = port.number("number").unwrap_or_default();
        if !numbers.insert(number) {
            broken.refuse(port, SOURCE, format!("port {number} is listed twice"));
        }
        broken.check(port, SOURCE, ports::number(number));
        if let Some(target) = port.number("targetPort") {
            broken.check(port, CEL, ports::number(target));
        }
        let name = port.child("name").map_or("", Fields::str);
        if !called.insert(name) {
            broken.refuse(port, SOURCE, format!("two ports have the name `{name}`"));
        }
        broken.check(port, SOURCE, names::port(name));
        broken.check(port, SOURCE, ports::protocol(port.child("protocol").map_or("", Fields::str)));
    }
}

fn endpoints(spec: Fields<'_>, resolution: &str, broken: &mut BrokenRules) {
    let known: BTreeSet<&str> = spec.items("ports").map(|port| port.child("name").map_or("", Fields::str)).collect();
    for endpoint in spec.items("endpoints") {
        of_crd(endpoint, broken);
        let address = endpoint.child("address").map_or("", Fields::str);
        if !["STATIC", "DNS", "DNS_ROUND_ROBIN"].contains(&resolution) {
            continue;
        }
        for (name, port) in endpoint.child("ports").into_iter().flat_map(Fields::given_entries) {
            if !known.contains(name) {
                broken.refuse(port, ENDPOINT, format!("the entry has no port with the name `{name}`"));
            }
        }
        if resolution == "STATIC" {
            at_address(endpoint, address, known.len(), broken);
        } else if !addresses::is_address(address) && names::domain(address).is_err() {
            broken.refuse(
                endpoint,
                SOURCE,
                format!("the endpoint `{address}` is neither an IP address nor a host name"),
            );
        }
        selector::labels(endpoint.child("labels"), broken);
    }
}

/// What the CRD asks of an endpoint, and of a `WorkloadEntry`.
pub(super) fn of_crd(endpoint: Fields<'_>, broken: &mut BrokenRules) {
    let address = endpoint.child("address").map_or("", Fields::str);
    if !endpoint.has("address") && !endpoint.has("network") {
        broken.refuse(endpoint, CEL, "an endpoint needs an address");
    }
    let unix = address.strip_prefix("unix://");
    if let Some(path) = unix {
        broken.check(endpoint, CEL, addresses::unix(path));
        if endpoint.has("ports") {
            broken.refuse(endpoint, CEL, "an endpoint that is a socket has no ports");
        }
    }
    for (name, port) in endpoint.child("ports").into_iter().flat_map(Fields::given_entries) {
        broken.check(port, CEL, names::port(name));
        if name.len() > 62 {
            broken.refuse(port, CEL, format!("the port name `{name}` has more than 62 characters"));
        }
        broken.check(port, CEL, ports::number(port.whole().unwrap_or_default()));
    }
}

/// What `validateWorkloadEntry` adds for resolution STATIC.
fn at_address(endpoint: Fields<'_>, address: &str, ports: usize, broken: &mut BrokenRules) {
    let network = endpoint.child("network").map_or("", Fields::str);
    if address.is_empty() && network.is_empty() {
        broken.refuse(endpoint, ENDPOINT, "an endpoint needs an address");
    } else if address.starts_with("unix://") {
        if ports != 1 {
            broken.refuse(endpoint, ENDPOINT, "an entry whose endpoint is a socket has exactly one port");
        }
    } else if !address.is_empty() && !addresses::is_address(address) {
        broken.refuse(
            endpoint,
            ENDPOINT,
            format!("the endpoint `{address}` is not an IP address, which resolution STATIC needs"),
        );
    }
}

fn resolved(spec: Fields<'_>, resolution: &str, broken: &mut BrokenRules) {
    let count = spec.items("endpoints").count();
    if count == 0
        && let Some(host) = spec.items("hosts").find(|host| names::domain(host.str()).is_err())
    {
        broken.refuse(
            host,
            SOURCE,
            format!("with resolution {resolution} and without endpoints `{}` cannot be resolved", host.str()),
        );
    }
    if resolution == "DNS_ROUND_ROBIN"
        && count > 1
        && let Some(endpoints) = spec.child("endpoints")
    {
        broken.refuse(endpoints, SOURCE, "an entry with resolution DNS_ROUND_ROBIN has at most one endpoint");
    }
}

/// Resolution `DYNAMIC_DNS`.
fn resolved_per_request(spec: Fields<'_>, meta: &Meta, broken: &mut BrokenRules) {
    for host in spec.items("hosts").filter(|host| !host.str().starts_with('*')) {
        broken.refuse(host, SOURCE, "with resolution DYNAMIC_DNS every host has a wildcard");
    }
    for field in ["addresses", "endpoints"] {
        if let Some(list) = spec.child(field)
            && list.elements().next().is_some()
        {
            broken.refuse(list, SOURCE, format!("an entry with resolution DYNAMIC_DNS has no `{field}`"));
        }
    }
    for port in spec.items("ports") {
        let protocol = port.child("protocol").map_or("", Fields::str).to_ascii_lowercase();
        if !["http", "tls", "grpc", "http2"].contains(&protocol.as_str()) {
            broken.refuse(
                port,
                SOURCE,
                "with resolution DYNAMIC_DNS only the protocols HTTP, HTTP2, GRPC and TLS are allowed",
            );
        }
    }
    // `usesWaypoint`.
    let waypoint = meta.labels.get("istio.io/use-waypoint").unwrap_or_default();
    if let Some(location) = spec.child("location")
        && location.str() == "MESH_INTERNAL"
        && !waypoint.is_empty()
        && !waypoint.eq_ignore_ascii_case("none")
    {
        broken.refuse(location, SOURCE, "an entry with resolution DYNAMIC_DNS and a waypoint must be MESH_EXTERNAL");
    }
}
