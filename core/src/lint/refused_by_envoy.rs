//! Routes that Istio's webhook takes, and Envoy refuses.

use super::roots::roots;
use super::within::within;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Object, Objects, VirtualService};
use crate::syntax::Document;

/// Reports each of them.
pub(crate) fn refused_by_envoy(given: &Objects, documents: &[Document], report: &mut Report) {
    let is_refused = |object: &Object<VirtualService>| object.spec.http.iter().any(|route| route.refused.is_some());
    if !given.virtual_services.iter().any(is_refused) {
        return;
    }
    let roots = roots(documents);
    for object in &given.virtual_services {
        for route in &object.spec.http {
            let Some(refused) = &route.refused else { continue };
            let meta = route.of.as_deref().unwrap_or(&object.meta);
            let message =
                format!("Envoy refuses a route of {} `{}/{}`: {}", meta.kind, meta.namespace, meta.name, refused.rule);
            let found = Diagnostic::at(&codes::REFUSED_BY_ENVOY, refused.span, message).note(
                "with the route Envoy refuses all routes of its port, for every host: a proxy keeps those that it had before, or has none",
            );
            report.push(match meta.span.and_then(|name| roots.get(&name)) {
                Some(root) => within(found, root, meta.span),
                None => found,
            });
        }
    }
}
