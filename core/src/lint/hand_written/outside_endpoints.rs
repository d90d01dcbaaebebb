//! Addresses outside of the cluster behind a Service of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::mesh::Mesh;
use super::route_requests::MESH;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{
    EndpointSlice, ExportTo, Gateway, GatewaySelector, Meta, Object, Service, VirtualService, is_private,
};

/// EGR0730: a Service has an address that is no pod's and not a private one, beside an egress gateway. A sidecar connects to each
/// address of a Service, whatever it does with unknown hosts (`pilot/pkg/serviceregistry/kube/controller/endpointslice.go`).
pub(super) fn lint(mesh: &Mesh<'_>, report: &mut Report) {
    let gateways = mesh.gateway_hosts();
    if !mesh.environment.has_policies && !has_egress_gateway(mesh, &gateways) {
        return;
    }
    let mut slices: BTreeMap<(&str, &str), Vec<&Object<EndpointSlice>>> = BTreeMap::new();
    for slice in &mesh.objects.endpoint_slices {
        slices.entry((&slice.meta.namespace, &slice.spec.service)).or_default().push(slice);
    }
    for service in &mesh.objects.services {
        let (meta, spec) = (&service.meta, &service.spec);
        let Some(slices) = slices.get(&(meta.namespace.as_str(), meta.name.as_str())) else { continue };
        let host = format!("{}.{}.svc.{}", meta.istio_name(), meta.namespace, mesh.environment.cluster_domain);
        // A headless Service beside policies is EGR0605. What is no pod behind a gateway's Service is EGR0623.
        let is_said = spec.is_headless() && mesh.environment.has_policies || gateways.contains(&host);
        if is_said
            || is_of_the_cluster(meta, mesh)
            || spec.external_name.is_some()
            || spec.export_to == ExportTo::Nobody
            || spec.ports.is_empty()
        {
            continue;
        }
        report.extend(outside(service, slices));
    }
}

/// Whether the cluster itself writes the addresses: of its API server, of its nodes (`kubelet` in `kube-system`), and of a control
/// plane that runs elsewhere (the chart's `remote-istiod-endpointslices.yaml`).
fn is_of_the_cluster(meta: &Meta, mesh: &Mesh<'_>) -> bool {
    match (meta.namespace.as_str(), meta.name.as_str()) {
        ("default", "kubernetes") | ("kube-system", _) => true,
        (namespace, name) => namespace == mesh.environment.root_namespace && name.starts_with("istiod"),
    }
}

/// Whether something is meant to be held at a gateway: one is called so by its labels, or a route of sidecars leads to one.
fn has_egress_gateway(mesh: &Mesh<'_>, gateways: &BTreeSet<String>) -> bool {
    let is_called_so = |object: &Object<Gateway>| match &object.spec.pods {
        GatewaySelector::Labelled(labels) => labels.values().any(|value| value.contains("egress")),
        GatewaySelector::All | GatewaySelector::BehindServices { .. } => false,
    };
    let leads_to_gateway = |object: &Object<VirtualService>| {
        let full = |host: &str| mesh.environment.full_name(host, &object.meta.namespace);
        object.spec.gateways.iter().any(|gateway| gateway == MESH)
            && object.spec.destinations().any(|to| gateways.contains(&full(&to.to.host)))
    };
    mesh.objects.gateways.iter().any(is_called_so) || mesh.objects.virtual_services.iter().any(leads_to_gateway)
}

/// The first such address, with the number of the others.
fn outside(service: &Object<Service>, slices: &[&Object<EndpointSlice>]) -> Option<Diagnostic> {
    let mut addresses = slices.iter().flat_map(|slice| {
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
