//! VirtualServices that another one for the same host keeps from a request of HTTP.

use super::near::Near;
use crate::istio::{Object, VirtualService};
use crate::trace::Stop;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::istiod::virtual_services::VirtualServiceConfig;
use crate::trace::outcome::istiod::visibility::Visibility;

/// Why the sidecar uses another VirtualService than this one; `None` where that depends on what is not known.
///
/// A sidecar has one virtual host for a name, with the routes of one VirtualService: the first of those that it sees, by
/// `exportTo` and then by age (`BuildSidecarVirtualHostWrapper` of core/route/route.go).
pub(super) fn by_another(near: &Near<'_, '_>, object: &Object<VirtualService>) -> Option<String> {
    let hop = near.trace.hops.iter().find(|hop| hop.at == Stop::Sidecar)?;
    if near.trace.has_other_ways || hop.chain.as_deref() != Some("http") {
        return None;
    }
    let (context, scope) = (near.context, near.scope.as_ref()?);
    let (_, exact) = context.canonical(near.http_host(), &near.query.namespace);
    let mut domains: Vec<HostId> = vec![exact];
    domains.extend(context.hosts.covering(context.hosts.name(exact)));
    let mut used = None;
    for domain in domains {
        let found = context.virtual_services.for_host(scope, domain);
        let configs = || {
            let all = found.iter();
            all.filter_map(|(visibility, id)| Some((*visibility, context.virtual_services.get(*id)?)))
        };
        let own = configs().find(|(_, config)| std::ptr::eq(config.spec, &raw const object.spec));
        match (used, own) {
            (None, None) => used = configs().find(|(_, config)| is_used(near, config)),
            (None, Some(own)) => {
                let other = configs().find(|(_, config)| is_used(near, config))?;
                return comes_first(near, other, own);
            }
            (Some((_, other)), Some(_)) => {
                let mut hosts = other.hosts.iter().zip(&other.host_ids);
                let host = hosts
                    .find(|(_, id)| **id == exact)
                    .map_or_else(|| other.hosts.first().map_or("", String::as_str), |(host, _)| host.as_str());
                return Some(format!(
                    "its host `{}` is less specific than `{host}` of {other}, and a sidecar takes one VirtualService for a host",
                    context.hosts.name(domain)
                ));
            }
            (Some(_), None) => {}
        }
    }
    None
}

fn is_used(near: &Near<'_, '_>, config: &VirtualServiceConfig<'_>) -> bool {
    let routes = || config.spec.http.iter().filter_map(|route| route.span);
    near.is_used_at(Stop::Sidecar, config.meta)
        && near.decisions_at(Stop::Sidecar).any(|decision| routes().any(|span| decision.span == Some(span)))
}

/// Why one of two VirtualServices for a host comes before the other.
fn comes_first(
    near: &Near<'_, '_>,
    (seen, first): (Visibility, &VirtualServiceConfig<'_>),
    (own_seen, own): (Visibility, &VirtualServiceConfig<'_>),
) -> Option<String> {
    let why = match seen.cmp(&own_seen) {
        std::cmp::Ordering::Greater => return None,
        std::cmp::Ordering::Less if seen == Visibility::OwnRoute => {
            format!("it is a route of namespace `{}` itself", near.query.namespace)
        }
        std::cmp::Ordering::Less if seen == Visibility::Own => {
            format!("it is of namespace `{}` itself, and exported to it by name", near.query.namespace)
        }
        std::cmp::Ordering::Less => format!("its `exportTo` names `{}`", near.query.namespace),
        std::cmp::Ordering::Equal => {
            let times = (first.meta.created.as_deref()?, own.meta.created.as_deref()?);
            if times.0 >= times.1 {
                return None;
            }
            "it is older".to_owned()
        }
    };
    Some(format!(
        "{first} is for the same host and comes first ({why}), and a sidecar takes one VirtualService for a host"
    ))
}
