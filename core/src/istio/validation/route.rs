//! What the routes of a VirtualService share.

use super::broken_rule::BrokenRules;
use super::{names, ports};
use crate::istio::fields::Fields;

const DESTINATION: &str = "`validateDestination` of pkg/config/validation/validation.go";
const WEIGHTS: &str = "`validateRouteDestinations` of pkg/config/validation/validation.go";
const GATEWAYS: &str = "`validateGatewayNames` of pkg/config/validation/validation.go";

/// `validateDestination`.
pub(super) fn destination(destination: Option<Fields<'_>>, broken: &mut BrokenRules) {
    let Some(destination) = destination else { return };
    let host = destination.child("host").map_or("", Fields::str);
    if host == "*" {
        broken.refuse(destination, DESTINATION, "the destination `*` is not a host");
    } else {
        broken.check(destination, DESTINATION, names::wildcard_domain(host));
    }
    if let Some(subset) = destination.child("subset")
        && !subset.str().is_empty()
    {
        broken.check(subset, DESTINATION, names::subset(subset.str()));
    }
    if let Some(port) = destination.child("port") {
        broken.check(port, DESTINATION, ports::number(port.number("number").unwrap_or_default()));
    }
}

/// The destinations of a `tls` or `tcp` route, and of an `http` route.
pub(super) fn weighted(route: Fields<'_>, of_gateway_api: bool, broken: &mut BrokenRules) {
    let mut total: i64 = 0;
    for each in route.items("route") {
        if !of_gateway_api {
            destination(each.child("destination"), broken);
        }
        let weight = each.number("weight").unwrap_or_default();
        if weight < 0 {
            broken.refuse(each, WEIGHTS, format!("the weight {weight} is negative"));
        }
        total = total.saturating_add(weight);
    }
    if let Some(list) = route.child("route")
        && list.elements().count() > 1
        && total == 0
    {
        broken.refuse(list, WEIGHTS, "all weights of the destinations are 0");
    }
}

/// `validateGatewayNames`: a name without a namespace ends the list.
pub(super) fn gateways(list: Fields<'_>, of_gateway_api: bool, broken: &mut BrokenRules) {
    for item in list.items("gateways") {
        let Some((namespace, name)) = item.str().split_once('/') else {
            broken.check(item, GATEWAYS, names::domain(item.str()));
            return;
        };
        if !names::is_label(namespace) {
            broken.refuse(item, GATEWAYS, format!("`{namespace}` is not a namespace"));
        }
        if name.is_empty() || !(names::is_label(name) || of_gateway_api) {
            broken.refuse(item, GATEWAYS, format!("`{name}` is not the name of a Gateway"));
        }
    }
}

/// The port of a match; 0 is the same as none.
pub(super) fn match_port(each: Fields<'_>, source: &'static str, broken: &mut BrokenRules) {
    if let Some(port) = each.child("port")
        && port.whole() != Some(0)
    {
        broken.check(port, source, ports::number(port.whole().unwrap_or_default()));
    }
}
