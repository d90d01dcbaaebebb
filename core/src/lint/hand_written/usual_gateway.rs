//! The egress gateway of Istio's own charts, whose Service is seldom among the objects that lead to it.

use crate::istio::Objects;
use crate::model::Environment;
use crate::source::Span;

/// The first VirtualService that leads to `istio-egressgateway` in `istio-system`.
pub(crate) fn leads_to_usual_gateway(objects: &Objects, environment: &Environment) -> Option<Span> {
    let usual = format!("istio-egressgateway.istio-system.svc.{}", environment.cluster_domain);
    let mut leads = objects.virtual_services.iter().filter(|object| {
        object.spec.destinations().any(|each| environment.full_name(&each.to.host, &object.meta.namespace) == usual)
    });
    leads.find_map(|object| object.meta.span)
}
