//! Routes that Istio's webhook takes, and Envoy refuses.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::Objects;

/// Reports each of them.
pub(crate) fn refused_by_envoy(given: &Objects, report: &mut Report) {
    for object in &given.virtual_services {
        for route in &object.spec.http {
            let Some(refused) = &route.refused else { continue };
            let meta = route.of.as_deref().unwrap_or(&object.meta);
            let message =
                format!("Envoy refuses a route of {} `{}/{}`: {}", meta.kind, meta.namespace, meta.name, refused.rule);
            report.push(
                Diagnostic::at(&codes::REFUSED_BY_ENVOY, refused.span, message)
                    .note("with the route Envoy refuses all routes of its port, for every host: a proxy keeps those that it had before, or has none"),
            );
        }
    }
}
