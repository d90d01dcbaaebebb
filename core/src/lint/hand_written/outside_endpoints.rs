//! Addresses outside of the cluster behind a Service of the cluster.

use super::mesh::Mesh;
use super::route_requests::MESH;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{
    Answer, EndpointSlice, ExportTo, Gateway, GatewaySelector, Object, Service, VirtualService, is_private,
};

/// EGR0730: a Service has an address that is no pod's and not a private one, beside an egress gateway. A sidecar connects to each
/// address of a Service, whatever it does with unknown hosts (`pilot/pkg/serviceregistry/kube/controller/endpointslice.go`).
pub(super) fn lint(mesh: &Mesh<'_>, report: &mut Report) {
    if !mesh.environment.has_policies && !has_egress_gateway(mesh) {
        return;
    }
    for service in &mesh.objects.services {
        let (meta, spec) = (&service.meta, &service.spec);
        let host = format!("{}.{}.svc.{}", meta.istio_name(), meta.namespace, mesh.environment.cluster_domain);
        // What is no pod behind a gateway's Service is EGR0623. A headless Service beside policies is EGR0605. Of the API server
        // the cluster itself writes the addresses.
        let is_said = spec.is_headless() && mesh.environment.has_policies
            || (meta.namespace.as_str(), meta.name.as_str()) == ("default", "kubernetes")
            // A control plane that runs elsewhere is reached like this (the chart's `remote-istiod-endpointslices.yaml`).
            || meta.namespace == mesh.environment.root_namespace && meta.name.starts_with("istiod");
        if is_said || spec.external_name.is_some() || spec.export_to == ExportTo::Nobody || spec.ports.is_empty() {
            continue;
        }
        report.extend(outside(mesh, service).filter(|_| !mesh.is_gateway(&host)));
    }
}

/// Whether something is meant to be held at a gateway: one is called so by its labels, or a route of sidecars leads to one.
fn has_egress_gateway(mesh: &Mesh<'_>) -> bool {
    let is_called_so = |object: &Object<Gateway>| match &object.spec.pods {
        GatewaySelector::Labelled(labels) => labels.values().any(|value| value.contains("egress")),
        GatewaySelector::All | GatewaySelector::BehindServices { .. } => false,
    };
    let leads_to_gateway = |object: &Object<VirtualService>| {
        let of_http = object.spec.http.iter().filter_map(|route| match &route.answer {
            Answer::Send(to) => Some(to),
            Answer::Direct(_) | Answer::WithoutBackend | Answer::Redirect(_) => None,
        });
        let mut to = of_http.chain(object.spec.tls.iter().chain(&object.spec.tcp).map(|route| &route.route)).flatten();
        object.spec.gateways.iter().any(|gateway| gateway == MESH)
            && to.any(|to| mesh.is_gateway(&mesh.environment.full_name(&to.to.host, &object.meta.namespace)))
    };
    mesh.objects.gateways.iter().any(is_called_so) || mesh.objects.virtual_services.iter().any(leads_to_gateway)
}

/// The first such address, with the number of the others.
fn outside(mesh: &Mesh<'_>, service: &Object<Service>) -> Option<Diagnostic> {
    let is_of = |slice: &&Object<EndpointSlice>| {
        slice.meta.namespace == service.meta.namespace && slice.spec.service == service.meta.name
    };
    let slices = mesh.objects.endpoint_slices.iter().filter(is_of);
    let mut addresses = slices.flat_map(|slice| {
        let endpoints = slice.spec.endpoints.iter();
        endpoints
            .filter(|each| each.is_ready && !each.is_pod && !is_private(each.address))
            .map(move |each| (each.address, &slice.meta))
    });
    let (address, meta) = addresses.next()?;
    let more = match addresses.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let name = format!("{}/{}", service.meta.namespace, service.meta.name);
    let mut found = Diagnostic::at(
        &codes::ENDPOINT_OUTSIDE,
        meta.span,
        format!("requests for Service `{name}` arrive at `{address}`{more} past the egress gateway"),
    );
    if let Some(span) = service.meta.span {
        found = found.label(span, "the Service");
    }
    Some(
        found
            .note("the address is not one of a pod, and not a private one")
            .note("a sidecar connects to each address of a Service, also with REGISTRY_ONLY")
            .help("remove the address, and declare the host for the clients that need it, so that its requests cross the gateway"),
    )
}
