//! Is each host a name that Istio and Envoy can hold a request to?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::cluster_names::ClusterNames;
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{FoundBy, PolicySet, wildcard};
use crate::resource::{PolicyKind, name_rules};
use crate::scheme::names::OUTER_NAME_OVERHEAD;
use crate::source::{Span, Spanned};

/// A DNS name has at most 253 characters. The name that tells a host apart at the gateway contains the host's and is longer.
const LONGEST: usize = 253_usize.saturating_sub(OUTER_NAME_OVERHEAD);
/// Names under it are reserved at the gateway.
const RESERVED: &str = "egressc.internal";

pub(super) fn validate_hosts(set: &PolicySet, report: &mut Report) {
    let cluster = &ClusterNames::of(set);
    let rules = set.policies.iter().flat_map(|policy| policy.rules.iter().map(move |rule| (policy.kind, rule)));
    for (kind, destination) in rules.flat_map(|(kind, rule)| rule.destinations.iter().map(move |each| (kind, each))) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut overlapping: BTreeSet<(Span, Span)> = BTreeSet::new();
        for host in &destination.hosts {
            // Addresses have been read where they are written.
            let is_name = destination.found_by == FoundBy::Names;
            let problem = match (kind, wildcard::parent(host)) {
                _ if !is_name => None,
                (PolicyKind::Egress, Some(above)) => wildcard_problem(host, above, cluster),
                _ => host_problem(host, cluster),
            };
            if let Some(problem) = problem {
                report.push(problem);
            } else if let Some(first) = seen.insert(&host.value, host.span) {
                let what = if is_name { "host" } else { "address" };
                // Of two networks that overlap, one address says it.
                if !is_name && !overlapping.insert((first, host.span)) {
                    continue;
                }
                report.push(
                    Diagnostic::new(
                        &codes::DUPLICATE_HOST,
                        host.span,
                        format!("{what} `{}` is listed twice", host.value),
                    )
                    .label(first, "first here")
                    .help("remove one of the two"),
                );
            }
        }
    }
}

/// The name in a URL, or in front of a port or a last dot, if that can be a host.
fn name_alone(host: &Spanned<String>, cluster: &ClusterNames<'_>) -> Option<Spanned<String>> {
    let (_, rest) = host.split_once("://").unwrap_or(("", host));
    let authority = rest.split(['/', '?', '#']).next()?;
    let name = authority.split_once(':').map_or(authority, |(name, _)| name).trim_end_matches('.');
    let alone = Spanned::new(name.to_ascii_lowercase(), host.span);
    (alone.value != host.value && host_problem(&alone, cluster).is_none()).then_some(alone)
}

/// In quotes where it was: a JSON text has no others.
fn as_written(host: &Spanned<String>, name: &str) -> String {
    if host.span.range().len() > host.value.len() { format!("\"{name}\"") } else { name.to_owned() }
}

/// Why no policy can name a wildcard; `None` when one can.
fn wildcard_problem(host: &Spanned<String>, above: &str, cluster: &ClusterNames<'_>) -> Option<Diagnostic> {
    if !above.contains('.') && name_rules::is_dns_label(above) {
        return Some(
            Diagnostic::new(
                &codes::WILDCARD_HOST,
                host.span,
                format!("`{}` is a wildcard for a whole top-level domain", shown(host)),
            )
            .note("it would allow nearly every host of the internet")
            .help("write a wildcard for a domain of one owner, for example `*.example.com`"),
        );
    }
    // Without a fix: it would be for the name alone, and the wildcard would be lost.
    if let Some(help) = syntax_help(above).filter(|_| !above.contains('*')) {
        let message = format!("`{}` is not `*.` and a host name", shown(host));
        return Some(Diagnostic::new(&codes::HOST_SYNTAX, host.span, message).help(help));
    }
    if wildcard::has(host, cluster.domain) {
        return Some(
            Diagnostic::new(&codes::CLUSTER_HOST, host.span, format!("`{}` has the names of the cluster", shown(host)))
                .note(format!("the names of all Services end with `{}`", cluster.domain))
                .help("write a wildcard that the domain of the cluster is not below"),
        );
    }
    host_problem(&Spanned::new(above.to_owned(), host.span), cluster)
}

/// Why no policy can name a host; `None` when one can.
pub(crate) fn host_problem(host: &Spanned<String>, cluster: &ClusterNames<'_>) -> Option<Diagnostic> {
    let name = shown(host);
    let under =
        |domain: &str| host.value == domain || host.value.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    if host.value.contains('*') {
        return Some(
            Diagnostic::new(&codes::WILDCARD_HOST, host.span, format!("wildcard host `{name}` cannot be limited to one destination"))
                .note("an egress gateway resolves one name per route, and a server name alone does not prove where a connection goes")
                .help("list each host name that the clients need; `hosts` of an EgressPolicy may have `*.` before a domain"),
        );
    }
    let bare = host.value.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok()
        || host.value.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok())
    {
        return Some(
            Diagnostic::new(&codes::IP_HOST, host.span, format!("host `{name}` is an address, not a name"))
                .note("HTTP and TLS are matched by host name, and the gateway resolves that name")
                .help(
                    "use a DNS name of the destination, or name the address in `addresses` of an EgressPolicy, for TCP",
                ),
        );
    }
    if let Some(help) = syntax_help(&host.value) {
        let found = Diagnostic::new(&codes::HOST_SYNTAX, host.span, format!("`{name}` is not a host name")).help(help);
        return Some(match name_alone(host, cluster) {
            Some(alone) => found.fix(format!("write `{}`", alone.value), host.span, as_written(host, &alone.value)),
            None => found,
        });
    }
    if under(cluster.domain) || under("svc") || under("cluster.local") {
        return Some(
            Diagnostic::new(&codes::CLUSTER_HOST, host.span, format!("host `{name}` is inside the cluster"))
                .note("a Service of that name would take precedence over all compiled resources")
                .help(
                    "egress policies are for external hosts; allow traffic inside the mesh with an AuthorizationPolicy",
                ),
        );
    }
    if let Some((service, namespace)) = cluster.short_for(&host.value) {
        return Some(
            Diagnostic::new(
                &codes::CLUSTER_HOST,
                host.span,
                format!("host `{name}` is the short name of a Service in the cluster"),
            )
            .note(format!("for clients this name is Service `{service}` in namespace `{namespace}`"))
            .help("egress policies are for external hosts; allow traffic inside the mesh with an AuthorizationPolicy"),
        );
    }
    if under(RESERVED) {
        return Some(Diagnostic::new(&codes::RESERVED_HOST, host.span, format!("host `{name}` is reserved")).note(
            format!("egressc uses names under `{RESERVED}` to distinguish destinations between sidecar and gateway"),
        ));
    }
    None
}

/// How to write a host name, for a text that is none.
fn syntax_help(host: &str) -> Option<String> {
    if let Some(rest) = host.strip_suffix('.') {
        return Some(format!("remove the final dot: `{}`", shown(rest)));
    }
    if host.contains("://") || host.contains(':') || host.contains('/') {
        return Some("write only the host name, without scheme, port and path".to_owned());
    }
    if !host.is_ascii() {
        return Some("write an international name in its ASCII form (`xn--…`)".to_owned());
    }
    if host.len() > LONGEST {
        return Some(format!("a host name has at most {LONGEST} characters"));
    }
    if !name_rules::is_dns_subdomain(host) {
        return Some(
            "a host name has parts separated by dots; a part has letters, digits and `-`, and begins and ends with a letter or digit"
                .to_owned(),
        );
    }
    if !host.contains('.') {
        return Some(
            "write the full name: Istio appends a namespace of the cluster to a name without a dot".to_owned(),
        );
    }
    // All-digit last labels are read as addresses by resolvers (WHATWG URL, section 3.5).
    if host.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit())) {
        return Some("the last part of a host name is not a number".to_owned());
    }
    None
}
