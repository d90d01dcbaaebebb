//! A host that a ServiceEntry gives the address of another name.

use super::istiod::push_context::PushContext;
use crate::trace::{Query, Trace, Verdict};

/// Why a request arrives at another name than its own: an endpoint of the ServiceEntry is that name.
///
/// Such a request is diverted all the same: only an IP address is surely the host's own, while another name may be another
/// party, or a gateway.
pub(crate) fn note(context: &PushContext<'_>, query: &Query, trace: &Trace) -> Option<String> {
    let reached = trace.reached.as_ref().filter(|_| trace.verdict == Verdict::Diverted)?;
    let host = query.host.to_ascii_lowercase();
    let entry = context.objects.service_entries.iter().find(|entry| {
        entry.spec.hosts.contains(&host)
            && entry.spec.endpoints.iter().any(|endpoint| endpoint.address.eq_ignore_ascii_case(&reached.host))
            && trace.decided_by.iter().any(|decision| {
                decision.kind == entry.meta.kind
                    && decision.namespace == entry.meta.namespace
                    && decision.name == entry.meta.name
            })
    })?;
    Some(format!(
        "`{host}` is another name for `{}`: it is an endpoint of ServiceEntry `{}/{}`",
        reached.host, entry.meta.namespace, entry.meta.name
    ))
}
