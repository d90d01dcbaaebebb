//! Services of type `ExternalName`: names of the cluster for hosts outside of it.

use super::mesh::{Asked, Mesh};
use super::registry::Declared;
use super::said::{ending, request, witness};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Object, PortProtocol, Service, ServicePort};
use crate::resource::Labels;
use crate::trace::{Message, Scheme, Stop, Verdict};

/// Of one Service so many ports are asked.
const MOST_PORTS: usize = 4;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    for service in &objects.services {
        let Some(host) = service.spec.external_name.as_deref().filter(|_| service.meta.span.is_some()) else {
            continue;
        };
        // A name for another Service leads to no external host.
        if mesh.environment.may_be_of_mesh(host) {
            continue;
        }
        for (port, scheme) in ports(mesh, service, host).into_iter().take(MOST_PORTS) {
            if let Some(found) = wrong(mesh, service, host, (port, scheme)) {
                report.push(found);
                break;
            }
        }
    }
}

/// The ports that clients use. Kubernetes needs none in such a Service, which then is for all ports of the host: those that are
/// declared. Without any it is not known what a client speaks, such as that of a database.
fn ports(mesh: &Mesh<'_>, service: &Object<Service>, host: &str) -> Vec<(u16, Scheme)> {
    if !service.spec.ports.is_empty() {
        return service.spec.ports.iter().map(|port| (port.port, scheme(port))).collect();
    }
    let declared = mesh.registry.covering(host).into_iter().flat_map(Declared::ports);
    declared.map(|(port, scheme)| (port.number, scheme)).collect()
}

/// What a client of a port speaks.
fn scheme(port: &ServicePort) -> Scheme {
    match PortProtocol::parse(&port.protocol) {
        PortProtocol::Https => Scheme::Https,
        PortProtocol::Tls => Scheme::Tls,
        PortProtocol::Http1 | PortProtocol::HttpProxy | PortProtocol::Http2 => Scheme::Http,
        PortProtocol::Tcp
        | PortProtocol::Mongo
        | PortProtocol::MySql
        | PortProtocol::Redis
        | PortProtocol::Udp
        | PortProtocol::Unsupported => match port.port {
            443 => Scheme::Https,
            80 | 8080 => Scheme::Http,
            _ => Scheme::Tcp,
        },
    }
}

/// EGR0725: a request for the Service is blocked, or goes past the gateway that a request for the host itself crosses.
fn wrong(
    mesh: &mut Mesh<'_>,
    service: &Object<Service>,
    host: &str,
    (port, scheme): (u16, Scheme),
) -> Option<Diagnostic> {
    let meta = &service.meta;
    let name = format!("{}.{}.svc.{}", meta.name, meta.namespace, mesh.environment.cluster_domain);
    let answer = ask(mesh, &meta.namespace, &name, (port, scheme))?;
    let service = format!("ExternalName Service `{}/{}`", meta.namespace, meta.name);
    if answer.trace.verdict == Verdict::Blocked {
        let message = format!("a request for {service} is blocked");
        let mut found = Diagnostic::at(&codes::EXTERNAL_NAME, meta.span, message).note(witness(&answer));
        if answer.trace.hops.iter().any(|hop| hop.at == Stop::Gateway) {
            found = found.note(format!("the routes of `{host}` apply, and the gateway gets the name of the Service"));
        }
        for reason in mesh.why_unused(&[&answer], meta) {
            found = found.note(reason);
        }
        return Some(
            found
                .help(format!("let clients use the name `{host}`, and declare it with a ServiceEntry for port {port}")),
        );
    }
    if answer.trace.verdict != Verdict::Allowed || answer.trace.gateway.is_some() {
        return None;
    }
    let of_host = ask(mesh, &meta.namespace, host, (port, scheme))?;
    let gateway = of_host.trace.gateway.as_deref().filter(|_| of_host.is_known())?;
    let message = format!("a request for {service} goes past gateway `{gateway}`");
    Some(
        Diagnostic::at(&codes::EXTERNAL_NAME, meta.span, message)
            .note(witness(&answer))
            .note(format!("{}, and {}", request(&of_host), ending(&of_host.trace)))
            .help(format!("remove the Service, or add its name to the hosts of the route for `{host}`")),
    )
}

fn ask(mesh: &mut Mesh<'_>, namespace: &str, host: &str, (port, scheme): (u16, Scheme)) -> Option<Asked> {
    let query = mesh.query((namespace, &Labels::new()), (scheme, host, port), &Message::default())?;
    Some(mesh.ask(query)).filter(Asked::is_known)
}
