//! The endpoint that ztunnel connects to for a service (`src/state.rs`, `find_upstream`).

use std::net::IpAddr;
use std::ops::ControlFlow;

use crate::istio::{Endpoint, Resolution};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::service::{Endpoints, Service};
use crate::trace::outcome::proxy::journey::{Journey, Step, closed, unknown};

/// Where ztunnel sends what is for a service without a waypoint.
pub(super) enum Upstream {
    /// To an endpoint: this host, at this port.
    Endpoint(String, u16),
    /// To the dialled address, whatever the port.
    OriginalDestination,
    /// It has none, for this reason (`Error::NoHealthyUpstream`).
    Missing(String),
}

/// Where ztunnel sends what is for a service without a waypoint.
pub(super) fn upstream(journey: &mut Journey<'_>, service: &Service<'_>) -> Step<Upstream> {
    let port = journey.query.port;
    let Endpoints::Entry(entry) = service.endpoints else {
        return unknown(format!("what ztunnel does with a connection to `{}` is not modelled", service.host));
    };
    let not_modelled = || unknown(format!("what ztunnel does with port {port} of `{}` is not modelled", service.host));
    match entry.resolution {
        Resolution::None if entry.endpoints.is_empty() && entry.selector.is_none() => {
            return ControlFlow::Continue(Upstream::OriginalDestination);
        }
        Resolution::Static | Resolution::Dns | Resolution::DnsRoundRobin => {}
        Resolution::None | Resolution::Dynamic | Resolution::Unsupported => return not_modelled(),
    }
    if entry.selector.is_some() || entry.internal || !entry.unsupported.is_empty() {
        return not_modelled();
    }
    let Some(written) = entry.ports.iter().find(|each| each.number == port) else {
        return ControlFlow::Continue(Upstream::Missing(format!("`{}` does not list port {port}", service.host)));
    };
    let target = written.target.unwrap_or(port);
    if entry.endpoints.is_empty() {
        return match entry.resolution {
            Resolution::Static => {
                ControlFlow::Continue(Upstream::Missing(format!("`{}` has no endpoint", service.host)))
            }
            _ if host_name::is_wildcard(&service.host) => not_modelled(),
            _ => ControlFlow::Continue(Upstream::Endpoint(service.host.to_string(), target)),
        };
    }
    let environment = journey.context.environment;
    // An address is dialled as it is written; a name of the cluster may be that of another service.
    let is_name = |endpoint: &&Endpoint| endpoint.address.parse::<IpAddr>().is_err();
    if entry.endpoints.iter().filter(is_name).any(|endpoint| environment.may_be_of_mesh(&endpoint.address)) {
        return not_modelled();
    }
    let (at, age) = (journey.visit, service.age);
    let question = || Unknown::Endpoint { at, service: age.id, host: service.id, labels: None };
    let all: Vec<&Endpoint> = entry.endpoints.iter().collect();
    let why = || format!("`{}` has several endpoints", service.host);
    let name = |endpoint: &&Endpoint| format!("`{}`", endpoint.address);
    let Some(endpoint) = journey.assumptions.assume_one_of(&all, question, why, name) else { return closed(None) };
    let port = endpoint.ports.iter().find(|(known, _)| *known == written.name).map_or(target, |(_, port)| *port);
    // An address is where the entry says that its host is; another name is another host.
    let is_address = endpoint.address.parse::<IpAddr>().is_ok();
    let host = if is_address && !host_name::is_wildcard(&service.host) {
        service.host.to_string()
    } else {
        endpoint.address.to_ascii_lowercase()
    };
    ControlFlow::Continue(Upstream::Endpoint(host, port))
}
