//! Is each host a name that Istio and Envoy can hold a request to?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::PolicySet;
use crate::resource::name_rules;
use crate::scheme::names::OUTER_NAME_OVERHEAD;
use crate::source::{Span, Spanned};

/// The longest DNS name is 253; ours stand around the host's in the name that tells it apart at the gateway.
const LONGEST: usize = 253_usize.saturating_sub(OUTER_NAME_OVERHEAD);
/// Names that are ours at the gateway.
const RESERVED: &str = "egressc.internal";

pub(super) fn check(set: &PolicySet, report: &mut Report) {
    let cluster = &Cluster::of(set);
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for host in &destination.hosts {
            if let Some(problem) = problem(host, cluster) {
                report.push(problem);
            } else if let Some(first) = seen.insert(&host.value, host.span) {
                report.push(
                    Diagnostic::new(
                        &codes::DUPLICATE_HOST,
                        host.span,
                        format!("host `{}` is listed twice", host.value),
                    )
                    .label(first, "first here")
                    .help("remove one of the two"),
                );
            }
        }
    }
}

/// The cluster, as far as names of hosts may be its own.
pub(crate) struct Cluster<'a> {
    domain: &'a str,
    services: BTreeSet<(&'a str, &'a str)>,
    namespaces: BTreeSet<&'a str>,
}

impl<'a> Cluster<'a> {
    pub(crate) fn of(set: &'a PolicySet) -> Self {
        let environment = &set.environment;
        let given = environment.services.iter().map(|(namespace, name)| (namespace.as_str(), name.as_str()));
        let gateways = environment.gateways.values();
        let clients = set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.clients);
        Self {
            domain: &environment.cluster_domain,
            services: given
                .chain(gateways.clone().map(|gateway| (gateway.namespace.as_str(), gateway.service.as_str())))
                .collect(),
            namespaces: ["default", "kube-system", "kube-public", "kube-node-lease"]
                .into_iter()
                .chain([environment.root_namespace.as_str()])
                .chain(environment.services.iter().map(|(namespace, _)| namespace.as_str()))
                .chain(environment.namespaces.keys().map(String::as_str))
                .chain(gateways.map(|gateway| gateway.namespace.as_str()))
                .chain(clients.map(|client| client.namespace.value.as_str()))
                .collect(),
        }
    }

    /// The Service, and its namespace, that a name of two parts is short for: resolvers in pods try `svc` and the
    /// cluster's domain behind it first (`ndots`, Kubernetes' DNS for Services and Pods), and sidecars know Services by
    /// such names (`pilot/pkg/networking/core/httproute.go`, `GenerateAltVirtualHosts`).
    ///
    /// A namespace may be called as a domain is, `dev` or `shop`: there only a Service that is known has the name.
    fn short_for<'h>(&self, host: &'h str) -> Option<(&'h str, &'h str)> {
        let (service, namespace) = host.split_once('.').filter(|(_, rest)| !rest.contains('.'))?;
        let known = self.services.contains(&(namespace, service));
        (known || self.namespaces.contains(namespace) && !is_public_domain(namespace)).then_some((service, namespace))
    }
}

/// Whether a word is a top-level domain that a namespace could be called after: those of two letters are countries' or
/// kept for them, and of the others these are much used, or likely names.
fn is_public_domain(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "academy",
        "agency",
        "app",
        "art",
        "audio",
        "auto",
        "bank",
        "bar",
        "bet",
        "bike",
        "biz",
        "blog",
        "bot",
        "box",
        "build",
        "business",
        "cafe",
        "cam",
        "camera",
        "capital",
        "cards",
        "care",
        "careers",
        "cash",
        "center",
        "chat",
        "claims",
        "cloud",
        "club",
        "coach",
        "codes",
        "coffee",
        "com",
        "community",
        "company",
        "computer",
        "consulting",
        "coop",
        "credit",
        "data",
        "date",
        "day",
        "deals",
        "delivery",
        "demo",
        "design",
        "dev",
        "digital",
        "direct",
        "directory",
        "doctor",
        "dog",
        "domains",
        "download",
        "earth",
        "edu",
        "education",
        "email",
        "energy",
        "engineer",
        "engineering",
        "equipment",
        "events",
        "exchange",
        "expert",
        "express",
        "family",
        "fan",
        "farm",
        "film",
        "finance",
        "financial",
        "fit",
        "food",
        "forum",
        "foundation",
        "fun",
        "fund",
        "gallery",
        "game",
        "games",
        "gift",
        "global",
        "gold",
        "goog",
        "gov",
        "group",
        "guide",
        "guru",
        "health",
        "help",
        "hockey",
        "holdings",
        "host",
        "hosting",
        "house",
        "inc",
        "info",
        "insurance",
        "int",
        "international",
        "invest",
        "jobs",
        "land",
        "law",
        "legal",
        "life",
        "limited",
        "link",
        "live",
        "loan",
        "loans",
        "ltd",
        "management",
        "map",
        "market",
        "marketing",
        "mba",
        "media",
        "menu",
        "mil",
        "mobi",
        "mobile",
        "money",
        "movie",
        "museum",
        "music",
        "name",
        "net",
        "network",
        "news",
        "ngo",
        "now",
        "one",
        "ong",
        "online",
        "org",
        "page",
        "partners",
        "parts",
        "pay",
        "phone",
        "photo",
        "photos",
        "pics",
        "pictures",
        "pizza",
        "place",
        "plus",
        "press",
        "pro",
        "prod",
        "productions",
        "properties",
        "pub",
        "radio",
        "read",
        "realty",
        "rent",
        "rentals",
        "report",
        "review",
        "reviews",
        "rocks",
        "room",
        "run",
        "safe",
        "sale",
        "save",
        "scan",
        "school",
        "science",
        "search",
        "secure",
        "security",
        "services",
        "shop",
        "shopping",
        "show",
        "site",
        "social",
        "software",
        "solar",
        "solutions",
        "space",
        "sport",
        "storage",
        "store",
        "stream",
        "studio",
        "style",
        "supply",
        "support",
        "systems",
        "tax",
        "team",
        "tech",
        "technology",
        "tel",
        "tickets",
        "tips",
        "today",
        "tools",
        "top",
        "tours",
        "town",
        "trade",
        "trading",
        "training",
        "travel",
        "tube",
        "university",
        "video",
        "vip",
        "vote",
        "watch",
        "weather",
        "web",
        "webcam",
        "website",
        "wiki",
        "win",
        "work",
        "works",
        "world",
        "xyz",
        "you",
        "zip",
        "zone",
    ];
    word.len() == 2 || word.starts_with("xn--") || WORDS.binary_search(&word).is_ok()
}

/// The name in a URL, or in front of a port or a last dot, if that can be a host.
fn name_alone(host: &Spanned<String>, cluster: &Cluster<'_>) -> Option<Spanned<String>> {
    let (_, rest) = host.split_once("://").unwrap_or(("", host));
    let authority = rest.split(['/', '?', '#']).next()?;
    let name = authority.split_once(':').map_or(authority, |(name, _)| name).trim_end_matches('.');
    let alone = Spanned::new(name.to_ascii_lowercase(), host.span);
    (alone.value != host.value && problem(&alone, cluster).is_none()).then_some(alone)
}

/// In quotes where it was: a JSON text has no others.
fn as_written(host: &Spanned<String>, name: &str) -> String {
    if host.span.range().len() > host.value.len() { format!("\"{name}\"") } else { name.to_owned() }
}

/// Why no policy can name a host; `None` when one can.
pub(crate) fn problem(host: &Spanned<String>, cluster: &Cluster<'_>) -> Option<Diagnostic> {
    let name = shown(host);
    let under =
        |domain: &str| host.value == domain || host.value.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    if host.value.contains('*') {
        return Some(
            Diagnostic::new(&codes::WILDCARD_HOST, host.span, format!("wildcard host `{name}` cannot be limited to one destination"))
                .note("an egress gateway resolves one name per route, and a server name alone does not prove where a connection goes")
                .help("list each host name that the clients need"),
        );
    }
    let bare = host.value.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok()
        || host.value.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok())
    {
        return Some(
            Diagnostic::new(&codes::IP_HOST, host.span, format!("host `{name}` is an address, not a name"))
                .note("HTTP and TLS are matched by host name, and the gateway resolves that name")
                .help("use a DNS name of the destination"),
        );
    }
    let syntax = |why: String| {
        let found = Diagnostic::new(&codes::HOST_SYNTAX, host.span, format!("`{name}` is not a host name")).help(why);
        Some(match name_alone(host, cluster) {
            Some(alone) => found.fix(format!("write `{}`", alone.value), host.span, as_written(host, &alone.value)),
            None => found,
        })
    };
    if let Some(rest) = host.value.strip_suffix('.') {
        return syntax(format!("remove the final dot: `{}`", shown(rest)));
    }
    if host.value.contains("://") || host.value.contains(':') || host.value.contains('/') {
        return syntax("write only the host name, without scheme, port and path".to_owned());
    }
    if !host.value.is_ascii() {
        return syntax("write an international name in its ASCII form (`xn--…`)".to_owned());
    }
    if host.value.len() > LONGEST {
        return syntax(format!("a host name has at most {LONGEST} characters"));
    }
    if !name_rules::is_dns_subdomain(&host.value) {
        return syntax(
            "a host name has parts separated by dots; a part has letters, digits and `-`, and begins and ends with a letter or digit"
                .to_owned(),
        );
    }
    if !host.value.contains('.') {
        return syntax(
            "write the full name: Istio appends a namespace of the cluster to a name without a dot".to_owned(),
        );
    }
    // All-digit last labels are read as addresses by resolvers (WHATWG URL, section 3.5).
    if host.value.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit())) {
        return syntax("the last part of a host name is not a number".to_owned());
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
