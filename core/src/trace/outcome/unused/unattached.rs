//! Routes of the Gateway API that a parent does not take.

use super::near::{Near, Unused};
use crate::trace::Verdict;
use crate::trace::outcome::host_name;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let routes = near.context.objects.unattached.iter().filter(|route| {
        // A route without hostnames is for every host, and is named only where something is missing.
        let is_for = |hostname: &String| near.names().iter().any(|name| host_name::is_within(name, hostname));
        route.hostnames.iter().any(is_for) || (route.hostnames.is_empty() && near.trace.verdict != Verdict::Allowed)
    });
    routes.map(|route| Unused::new(&route.meta, route.span, route.why.clone())).collect()
}
