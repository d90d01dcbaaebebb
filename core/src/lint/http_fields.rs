//! HTTP fields of an authorization rule on filter chains without HTTP.

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// EGR0611: on such a chain Istio drops what only HTTP has: an ALLOW rule as a whole, of a DENY rule only the fields.
pub(super) fn on_tcp(place: Span, denies: bool) -> Diagnostic {
    let (message, reason) = if denies {
        (
            "this DENY rule also denies all TLS and TCP of its callers",
            "TLS and TCP have no methods, paths or hosts, and on such ports Istio removes these fields from a DENY rule",
        )
    } else {
        (
            "this ALLOW rule allows no TLS and no TCP",
            "TLS and TCP have no methods, paths or hosts, and on such ports Istio removes an ALLOW rule with these fields",
        )
    };
    Diagnostic::new(&codes::HTTP_FIELDS_ON_TCP, place, message).note(reason)
}
