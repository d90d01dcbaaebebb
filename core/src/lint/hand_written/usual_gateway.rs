//! The egress gateway of Istio's own charts, whose Service is seldom among the objects that lead to it.

use crate::istio::{Answer, Objects, VirtualService, Weighted};
use crate::model::Environment;
use crate::source::Span;

/// The first VirtualService that leads to `istio-egressgateway` in `istio-system`.
pub(crate) fn leads_to_usual_gateway(objects: &Objects, environment: &Environment) -> Option<Span> {
    let usual = format!("istio-egressgateway.istio-system.svc.{}", environment.cluster_domain);
    let mut leads = objects.virtual_services.iter().filter(|object| {
        destinations(&object.spec).any(|each| environment.full_name(&each.to.host, &object.meta.namespace) == usual)
    });
    leads.find_map(|object| object.meta.span)
}

fn destinations(service: &VirtualService) -> impl Iterator<Item = &Weighted> {
    let http = service.http.iter().filter_map(|route| match &route.answer {
        Answer::Send(destinations) => Some(destinations),
        Answer::Direct(_) | Answer::Redirect(_) | Answer::WithoutBackend => None,
    });
    let opaque = service.tls.iter().chain(&service.tcp).map(|route| &route.route);
    http.chain(opaque).flatten()
}
