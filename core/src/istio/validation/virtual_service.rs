//! `ValidateVirtualService` of pkg/config/validation/validation.go.

use super::broken_rule::BrokenRules;
use super::export_to::{self, Nobody};
use super::names::Hosts;
use super::{addresses, http_route, names, route, selector};
use crate::istio::Meta;
use crate::istio::fields::Fields;

const SOURCE: &str = "`ValidateVirtualService` of pkg/config/validation/validation.go";
const TLS_ROUTE: &str = "`validateTLSRoute` of pkg/config/validation/validation.go";
const TLS_MATCH: &str = "`validateTLSMatch` of pkg/config/validation/validation.go";
const SNI: &str = "`validateSniHost` of pkg/config/validation/validation.go";
const TCP_ROUTE: &str = "`validateTCPRoute` of pkg/config/validation/validation.go";
const TCP_MATCH: &str = "`validateTCPMatch` of pkg/config/validation/validation.go";

pub(super) fn validate(spec: Fields<'_>, meta: &Meta, broken: &mut BrokenRules) {
    let is_empty = |field: &str| spec.items(field).next().is_none();
    let is_delegate = is_empty("hosts");
    for field in ["gateways", "tls", "tcp"] {
        if is_delegate && !is_empty(field) {
            broken.refuse(
                spec,
                SOURCE,
                format!("a VirtualService without hosts is a delegate, which has no `{field}`"),
            );
        }
    }
    // Istio converts HTTPRoutes to VirtualServices, which it marks so.
    let of_gateway_api = meta.annotations.get("internal.istio.io/route-semantics") == Some("gateway");
    route::gateways(spec, of_gateway_api, broken);
    // `isGateway`: with `mesh` beside other gateways the rules are those of the mesh.
    let at_gateways = !spec.items("gateways").any(|gateway| gateway.str() == "mesh");
    let only_at_gateways = at_gateways && !is_empty("gateways");
    if !only_at_gateways {
        claims(spec, broken);
    }
    hosts(spec, only_at_gateways, broken);
    if ["http", "tcp", "tls"].into_iter().all(is_empty) {
        broken.refuse(spec, SOURCE, "a VirtualService needs `http`, `tcp` or `tls`");
    }
    for each in spec.items("http") {
        http_route::validate(each, is_delegate, of_gateway_api, broken);
    }
    let hosts = Hosts::of(spec.items("hosts").map(Fields::str));
    for each in spec.items("tls") {
        tls_route(each, &hosts, at_gateways, of_gateway_api, broken);
    }
    for each in spec.items("tcp") {
        tcp_route(each, of_gateway_api, broken);
    }
    export_to::validate(spec, meta, Nobody::Refused, broken);
}

/// Routing by the claims of a token is for gateways.
fn claims(spec: Fields<'_>, broken: &mut BrokenRules) {
    for matching in spec.items("http").flat_map(|each| each.items("match")) {
        for field in ["headers", "withoutHeaders"] {
            for (name, value) in matching.child(field).into_iter().flat_map(Fields::given_entries) {
                if http_route::is_claim(name) {
                    broken.refuse(value, SOURCE, format!("`{name}` can be matched at gateways only"));
                }
            }
        }
    }
}

fn hosts(spec: Fields<'_>, only_at_gateways: bool, broken: &mut BrokenRules) {
    // `isSniHost`.
    let mut matches = spec.items("tls").flat_map(|each| each.items("match"));
    let sni = matches.any(|each| each.items("sniHosts").next().is_some());
    let mut all_valid = true;
    for host in spec.items("hosts") {
        let checked = if only_at_gateways {
            names::wildcard_domain_at_gateway(sni, host.str())
        } else {
            names::wildcard_domain(host.str())
        };
        match checked {
            Err(_) if addresses::is_address(host.str()) => {}
            Err(rule) => {
                broken.refuse(host, SOURCE, rule);
                all_valid = false;
            }
            Ok(()) if host.str() == "*" && !only_at_gateways => {
                broken.refuse(host, SOURCE, "the host `*` is allowed at gateways only, not in the mesh");
                all_valid = false;
            }
            Ok(()) => {}
        }
    }
    if all_valid
        && let Some(overlap) = Hosts::of(spec.items("hosts").map(Fields::str)).overlap()
        && let Some(list) = spec.child("hosts")
    {
        broken.refuse(list, SOURCE, format!("two hosts of the VirtualService overlap: {overlap}"));
    }
}

fn tls_route(each: Fields<'_>, hosts: &Hosts<'_>, at_gateways: bool, of_gateway_api: bool, broken: &mut BrokenRules) {
    if each.items("match").next().is_none() {
        broken.refuse(each, TLS_ROUTE, "a `tls` route needs a match");
    }
    for matching in each.items("match") {
        if matching.items("sniHosts").next().is_none() {
            broken.refuse(matching, TLS_MATCH, "a match of a `tls` route needs `sniHosts`");
        }
        for host in matching.items("sniHosts") {
            let checked = if at_gateways {
                names::wildcard_domain_at_gateway(true, host.str())
            } else {
                names::wildcard_domain(host.str())
            };
            match checked {
                Err(_) if addresses::is_address(host.str()) => {}
                Err(rule) => broken.refuse(host, SNI, rule),
                Ok(()) if hosts.contain(host.str()) => {}
                Ok(()) => broken.refuse(
                    host,
                    SNI,
                    format!("the server name `{}` is within none of the VirtualService's hosts", host.str()),
                ),
            }
        }
        layer_4_match(matching, TLS_MATCH, broken);
    }
    if each.items("route").next().is_none() {
        broken.refuse(each, TLS_ROUTE, "a `tls` route needs a destination");
    }
    route::weighted(each, of_gateway_api, broken);
}

fn tcp_route(each: Fields<'_>, of_gateway_api: bool, broken: &mut BrokenRules) {
    for matching in each.items("match") {
        layer_4_match(matching, TCP_MATCH, broken);
    }
    if each.items("route").next().is_none() {
        broken.refuse(each, TCP_ROUTE, "a `tcp` route needs a destination");
    }
    route::weighted(each, of_gateway_api, broken);
}

fn layer_4_match(matching: Fields<'_>, source: &'static str, broken: &mut BrokenRules) {
    for subnet in matching.items("destinationSubnets") {
        broken.check(subnet, source, addresses::subnet(subnet.str()));
    }
    route::match_port(matching, source, broken);
    selector::labels(matching.child("sourceLabels"), broken);
    route::gateways(matching, false, broken);
}
