//! `ValidateWorkloadEntry` of pkg/config/validation/validation.go, and the CEL rules of the CRD.

use super::broken_rule::BrokenRules;
use super::{addresses, names, selector, service_entry};
use crate::istio::Meta;
use crate::istio::fields::Fields;

const SOURCE: &str = "`validateWorkloadEntry` of pkg/config/validation/validation.go";

pub(super) fn validate(spec: Fields<'_>, _: &Meta, broken: &mut BrokenRules) {
    service_entry::of_crd(spec, broken);
    let address = spec.child("address").map_or("", Fields::str);
    let network = spec.child("network").map_or("", Fields::str);
    if address.is_empty() {
        if network.is_empty() {
            broken.refuse(spec, SOURCE, "an endpoint needs an address");
        }
    } else if !address.starts_with("unix://") && !addresses::is_address(address) && names::domain(address).is_err() {
        broken.refuse(spec, SOURCE, format!("the address `{address}` is neither an IP address nor a host name"));
    }
    selector::labels(spec.child("labels"), broken);
}
