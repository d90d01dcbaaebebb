//! Requests as users write them, and as [`crate::trace`] takes them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::str::FromStr;

use super::QueryPart::{Client, Gateway, Question, Target};
use super::workspace::CompiledMesh;
use super::{ClientPath, Query, QueryClient, QueryTarget, UsageError};
use crate::manifest::{Destination, DestinationRule, RouteDestination, Spec, VirtualService};
use crate::resource::name_rules::{is_dns_label, is_dns_subdomain, is_label_key, is_label_value};
use crate::trace::{self, Scheme};

/// The arrow between the client and the destination.
const ARROWS: [&str; 2] = ["->", "→"];
/// Methods that may be written before a URL.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// `mytest,app=sleep-a`: a namespace, then labels.
impl FromStr for QueryClient {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let mut parts = text.split(',').map(str::trim);
        let namespace = parts.next().filter(|part| !part.is_empty() && !part.contains('='));
        if let Some((namespace, name)) = namespace.and_then(|namespace| namespace.split_once('/')) {
            return Err(UsageError::query(
                Client,
                format!(
                    "`{text}` does not name a client: a client is a namespace and labels of its pods; \
                     write `{namespace},label=value`, for example `{namespace},app={name}`"
                ),
            ));
        }
        let Some(namespace) = namespace else {
            return Err(UsageError::query(
                Client,
                format!("`{text}` does not name a client; write `namespace,label=value`"),
            ));
        };
        let mut client = Self::in_namespace(namespace);
        for part in parts {
            let pair = part.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
            let Some((key, value)) = pair.filter(|(key, _)| !key.is_empty()) else {
                return Err(UsageError::query(Client, format!("`{part}` is not a label; write `key=value`")));
            };
            if client.labels.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(UsageError::query(Client, format!("label `{key}` is listed twice")));
            }
        }
        Ok(client)
    }
}

impl QueryClient {
    /// A workload without labels.
    pub fn in_namespace(namespace: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            labels: crate::resource::Labels::new(),
            service_account: None,
            path: ClientPath::Sidecar,
            gateway: None,
            outer_sni: None,
        }
    }
}

impl QueryTarget {
    /// A request to a host, at the scheme's usual port.
    ///
    /// ```
    /// use egressc_core::api::{Query, QueryClient, QueryTarget, Scheme};
    ///
    /// let mut to = QueryTarget::new(Scheme::Https, "www.httpbin.org");
    /// to.port = Some(8443);
    /// let query = Query { from: QueryClient::in_namespace("mytest"), to };
    /// assert_eq!(query, "mytest -> https://www.httpbin.org:8443".parse()?);
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    pub fn new(scheme: Scheme, host: impl Into<String>) -> Self {
        Self {
            scheme,
            host: host.into(),
            address: None,
            port: None,
            sni: None,
            method: None,
            path: None,
            headers: crate::resource::Labels::new(),
            more_headers: BTreeMap::new(),
        }
    }
}

/// `https://www.httpbin.org:8443/anything`, optionally with a method before it.
impl FromStr for QueryTarget {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let text = text.trim();
        let (method, url) = match text.split_once(char::is_whitespace) {
            Some((method, url)) => (Some(method), url.trim()),
            None => (None, text),
        };
        let method = match method {
            None => None,
            Some(method) if METHODS.contains(&method.to_ascii_uppercase().as_str()) => {
                Some(method.to_ascii_uppercase())
            }
            Some(other) => return Err(UsageError::query(Target, format!("`{other}` is not an HTTP method"))),
        };
        let help = "write `https://host`, with the scheme http, https, grpc, tls or tcp";
        let Some((scheme, rest)) = url.split_once("://") else {
            let is_tcp = url.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            let meant = if is_tcp { format!(", for example `tcp://{url}`") } else { String::new() };
            return Err(UsageError::query(Target, format!("`{url}` is not a URL; {help}{meant}")));
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            "grpc" => Scheme::Grpc,
            "tls" => Scheme::Tls,
            "tcp" => Scheme::Tcp,
            other => return Err(UsageError::query(Target, format!("`{other}` is not a known scheme; {help}"))),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (host, port) = authority_of(authority)?;
        let path = match path.split('#').next().unwrap_or_default() {
            // A client asks for `/` in both, and for a host with CONNECT.
            "" | "/" => None,
            path if path.starts_with('/') => Some(path.to_owned()),
            query => Some(format!("/{query}")),
        };
        Ok(Self { port, method, path, ..Self::new(scheme, host) })
    }
}

/// A host or address, and the port after it.
pub(super) fn authority_of(authority: &str) -> Result<(String, Option<u16>), UsageError> {
    let number = |text: &str| {
        let port = text.parse::<u16>().ok().filter(|port| *port > 0);
        port.map(Some).ok_or_else(|| {
            UsageError::query(Target, format!("`{text}` is not a port; a port is a number from 1 to 65535"))
        })
    };
    let no_host = || {
        UsageError::query(
            Target,
            format!("`{authority}` is not a host; write `host:port`, and for an IPv6 address `[2001:db8::1]:port`"),
        )
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => match inside.split_once(']').ok_or_else(no_host)? {
            (address, "") => (address, None),
            (address, rest) => (address, number(rest.strip_prefix(':').ok_or_else(no_host)?)?),
        },
        None => match authority.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => (host, number(port)?),
            _ => (authority, None),
        },
    };
    let in_brackets = authority.starts_with('[');
    if (in_brackets || host.contains(':')) && host.parse::<std::net::Ipv6Addr>().is_err() {
        return Err(no_host());
    }
    let is_strange = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '@' | '*' | '[' | ']' | '/' | '\\' | '?' | '#' | '"')
    };
    if host.is_empty() || host.contains(is_strange) {
        return Err(no_host());
    }
    if !host.is_ascii() {
        return Err(UsageError::query(
            Target,
            format!("`{host}` is not in ASCII; write the name that clients send for it, which begins with `xn--`"),
        ));
    }
    Ok((host.to_ascii_lowercase(), port))
}

fn address_of(text: &str) -> Result<IpAddr, UsageError> {
    text.parse().map_err(|_| UsageError::query(Target, format!("`{text}` is not an address")))
}

/// `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
impl FromStr for Query {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let parts = ARROWS.iter().find_map(|arrow| text.split_once(arrow));
        let Some((from, to)) = parts else {
            return Err(UsageError::query(
                Question,
                format!("`{text}` is not a request; write `namespace,label=value -> https://host`"),
            ));
        };
        Ok(Self { from: from.trim().parse()?, to: to.parse()? })
    }
}

/// A request as in [`query`], on the path that its client really uses: the requests of a client without a sidecar are
/// not captured.
pub(super) fn asked(asked: &Query, mesh: &CompiledMesh) -> Result<trace::Query, UsageError> {
    let mut query = query(asked, mesh)?;
    if query.path == trace::ClientPath::Sidecar
        && let Some(data_plane) = mesh.environment.data_plane(&query.namespace, &query.labels)
    {
        query.path = data_plane.into();
    }
    Ok(query)
}

/// A request, with its missing values filled in from the compiled objects.
pub(super) fn query(asked: &Query, mesh: &CompiledMesh) -> Result<trace::Query, UsageError> {
    let Query { from, to } = asked;
    exists(from)?;
    let (host, in_host) = authority_of(&to.host)?;
    if in_host.is_some() {
        return Err(UsageError::query(Target, format!("`{}` contains a port; set `to.port` instead", to.host)));
    }
    let address = to.address.as_deref().map(address_of).transpose()?;
    if address.is_some() && (from.path == ClientPath::Direct || host.parse::<IpAddr>().is_ok()) {
        return Err(UsageError::query(
            Target,
            "an address is only for requests to a name, and not for direct calls of a gateway",
        ));
    }
    if to.sni.is_some() && !to.scheme.is_tls() {
        return Err(UsageError::query(
            Target,
            format!("a server name is only for https and tls, not for {}", to.scheme.name()),
        ));
    }
    let said = [&to.sni, &to.method, &to.path].into_iter().flatten();
    let mut said = said
        .chain(to.headers.iter().flat_map(|(name, value)| [name, value]))
        .chain(to.more_headers.iter().flat_map(|(name, values)| std::iter::once(name).chain(values)));
    if let Some(text) = said.find(|text| text.contains(char::is_control)) {
        return Err(UsageError::query(
            Target,
            format!("`{text}` contains a control character, which is not allowed in a request"),
        ));
    }
    let usual = match to.scheme {
        Scheme::Http | Scheme::Grpc => Some(80),
        Scheme::Https | Scheme::Tls => Some(443),
        Scheme::Tcp => None,
    };
    let (path, port) = match from.path {
        ClientPath::Direct => {
            let door = Door::of(from, to, &host, mesh)?;
            (trace::ClientPath::Direct { gateway: door.gateway, outer_sni: door.outer_sni }, Some(door.port))
        }
        ClientPath::Sidecar => (trace::ClientPath::Sidecar, to.port.or(usual)),
        ClientPath::Ambient => (trace::ClientPath::Ambient, to.port.or(usual)),
        ClientPath::None => (trace::ClientPath::None, to.port.or(usual)),
    };
    let port = port.filter(|port| *port > 0);
    let Some(port) = port else {
        return Err(UsageError::query(Target, "`tcp` has no default port; write `tcp://host:port`"));
    };
    Ok(trace::Query {
        namespace: from.namespace.clone(),
        labels: from.labels.clone(),
        other_labels: trace::OtherLabels::Unknown,
        service_account: from.service_account.clone(),
        path,
        scheme: to.scheme,
        sni: match &to.sni {
            _ if !to.scheme.is_tls() => None,
            None => usual_server_name(&host),
            Some(name) => Some(name.clone()).filter(|name| !name.is_empty()),
        },
        host,
        address,
        port,
        method: to.method.clone(),
        http_path: to.path.clone(),
        is_http_2: false,
        headers: headers(to),
    })
}

/// The server name that clients send for a host: of a name that ends with a dot they leave it out, and for an address they
/// send none (RFC 6066, 3).
fn usual_server_name(host: &str) -> Option<String> {
    host.parse::<IpAddr>().is_err().then(|| host.strip_suffix('.').unwrap_or(host).to_owned())
}

/// Whether Kubernetes could have such a client. An impossible client is refused, because it would otherwise be
/// evaluated like any client that no policy names.
pub(super) fn exists(client: &QueryClient) -> Result<(), UsageError> {
    let QueryClient { namespace, labels, service_account, .. } = client;
    if namespace.is_empty() {
        return Err(UsageError::query(Client, "`from.namespace` is empty"));
    }
    if !is_dns_label(namespace) {
        return Err(UsageError::query(
            Client,
            format!("`{namespace}` is not a valid namespace: at most 63 lower-case letters, digits and `-`"),
        ));
    }
    if let Some((key, value)) = labels.iter().find(|(key, value)| !is_label_key(key) || !is_label_value(value)) {
        return Err(UsageError::query(Client, format!("`{key}={value}` is not a valid Kubernetes label")));
    }
    match service_account {
        Some(account) if !is_dns_subdomain(account) => {
            Err(UsageError::query(Client, format!("`{account}` is not a valid service account")))
        }
        _ => Ok(()),
    }
}

/// The headers of a request by their names in lower case, each with its values as lines.
fn headers(to: &QueryTarget) -> BTreeMap<String, String> {
    let further = to.more_headers.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in to.headers.iter().chain(further) {
        match headers.entry(name.to_ascii_lowercase()) {
            Entry::Vacant(entry) => {
                entry.insert(value.clone());
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().push('\n');
                entry.get_mut().push_str(value);
            }
        }
    }
    headers
}

/// The first value of each header.
fn first_values(query: &trace::Query) -> BTreeMap<String, String> {
    let first = |values: &String| values.split('\n').next().unwrap_or_default().to_owned();
    query.headers.iter().map(|(name, values)| (name.clone(), first(values))).collect()
}

/// The values of headers behind their first.
fn further_values(query: &trace::Query) -> BTreeMap<String, Vec<String>> {
    let further = |values: &String| values.split('\n').skip(1).map(str::to_owned).collect::<Vec<_>>();
    let all = query.headers.iter().map(|(name, values)| (name.clone(), further(values)));
    all.filter(|(_, values)| !values.is_empty()).collect()
}

/// The request as egressc understood it.
pub(super) fn as_asked(query: &trace::Query) -> Query {
    let (path, gateway, outer_sni) = match &query.path {
        trace::ClientPath::Sidecar => (ClientPath::Sidecar, None, None),
        trace::ClientPath::Ambient => (ClientPath::Ambient, None, None),
        trace::ClientPath::None => (ClientPath::None, None, None),
        trace::ClientPath::Direct { gateway, outer_sni } => {
            (ClientPath::Direct, Some(gateway.clone()), Some(outer_sni.clone()))
        }
    };
    Query {
        from: QueryClient {
            namespace: query.namespace.clone(),
            labels: query.labels.clone(),
            service_account: query.service_account.clone(),
            path,
            gateway,
            outer_sni,
        },
        to: QueryTarget {
            scheme: query.scheme,
            host: query.host.clone(),
            address: query.address.map(|address| address.to_string()),
            port: Some(query.port),
            sni: query.scheme.is_tls().then(|| query.sni.clone().unwrap_or_default()),
            method: query.method.clone(),
            path: query.http_path.clone(),
            headers: first_values(query),
            more_headers: further_values(query),
        },
    }
}

/// The gateway, port and outer server name with which a client calls a gateway directly.
struct Door {
    gateway: String,
    port: u16,
    outer_sni: String,
}

impl Door {
    /// As the sidecars of declared clients do. For a host that no policy declares, the outer server name is the host.
    fn of(from: &QueryClient, to: &QueryTarget, host: &str, mesh: &CompiledMesh) -> Result<Self, UsageError> {
        let doors = Self::compiled(from.gateway.as_deref(), to.scheme, host, mesh);
        let several = || {
            UsageError::query(
                Gateway,
                "the input describes several gateways; set `from.gateway` to the one that is called, in an expectation `gateway`",
            )
        };
        // A rule over several gateways is asked at the one that is meant: each of them decides by itself.
        if doors.windows(2).any(|two| matches!(two, [one, other] if one.gateway != other.gateway)) {
            return Err(several());
        }
        let compiled = doors.into_iter().next();
        let known = || mesh.environment.gateways.values();
        let gateway = match (&from.gateway, &compiled) {
            (Some(name), _) => name.clone(),
            (None, Some(door)) => door.gateway.clone(),
            (None, None) => match known().collect::<Vec<_>>().as_slice() {
                [only] => only.name.clone(),
                [] => {
                    return Err(UsageError::query(
                        Gateway,
                        "no document describes a gateway that can be called directly; set `from.gateway`",
                    ));
                }
                _ => return Err(several()),
            },
        };
        let lowest =
            || known().find(|each| each.name == gateway).and_then(|each| each.ports.iter().map(|port| port.port).min());
        let port = to.port.or(compiled.as_ref().map(|door| door.port)).or_else(lowest);
        let Some(port) = port else {
            return Err(UsageError::query(
                Gateway,
                format!("the port of gateway `{gateway}` is not known; set `to.port`"),
            ));
        };
        let outer_sni =
            from.outer_sni.clone().or(compiled.map(|door| door.outer_sni)).unwrap_or_else(|| host.to_owned());
        Ok(Self { gateway, port, outer_sni })
    }

    /// The gateways that the sidecars' own routes for a host lead to.
    fn compiled(gateway: Option<&str>, scheme: Scheme, host: &str, mesh: &CompiledMesh) -> Vec<Self> {
        let services = mesh.manifests.objects.iter().filter_map(|object| match &object.spec {
            Spec::VirtualService(service) if service.gateways.iter().any(|each| each == "mesh") => Some(service),
            _ => None,
        });
        let destinations = services
            .filter(|service| service.hosts.iter().any(|each| each == host))
            .flat_map(|service| routes(service, scheme))
            .map(|route| &route.destination);
        let door = |to: &Destination| {
            let name = mesh.environment.gateways.values().find(|each| {
                to.host.starts_with(&format!("{}.{}.svc.", each.service, each.namespace))
                    && gateway.is_none_or(|wanted| wanted == each.name)
            });
            let subset = to.subset.as_deref().unwrap_or_default();
            let sni = mesh.manifests.objects.iter().find_map(|object| match &object.spec {
                Spec::DestinationRule(rule) if rule.host == to.host => server_name(rule, subset),
                _ => None,
            });
            Some(Self { gateway: name?.name.clone(), port: to.port.number, outer_sni: sni? })
        };
        destinations.filter_map(door).collect()
    }
}

fn server_name(rule: &DestinationRule, subset: &str) -> Option<String> {
    let subset = rule.subsets.iter().find(|each| each.name == subset)?;
    subset.traffic_policy.tls.as_ref()?.sni.clone()
}

fn routes(service: &VirtualService, scheme: Scheme) -> Vec<&RouteDestination> {
    match scheme {
        Scheme::Http | Scheme::Grpc => service.http.iter().flat_map(|route| &route.route).collect(),
        Scheme::Https | Scheme::Tls => service.tls.iter().flat_map(|route| &route.route).collect(),
        Scheme::Tcp => service.tcp.iter().flat_map(|route| &route.route).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{authority_of, usual_server_name};

    #[test]
    fn hosts_with_their_ports() {
        for (text, host, port) in [
            ("Ext.example", "ext.example", None),
            ("ext.example:8080", "ext.example", Some(8080)),
            ("[2001:DB8::1]:80", "2001:db8::1", Some(80)),
            ("[::1]", "::1", None),
            ("::1", "::1", None),
            ("10.0.0.1:80", "10.0.0.1", Some(80)),
        ] {
            assert_eq!(authority_of(text).unwrap(), (host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn server_names_that_clients_send() {
        for (host, name) in [("a.org", Some("a.org")), ("a.org.", Some("a.org")), ("10.0.0.1", None), ("::1", None)] {
            assert_eq!(usual_server_name(host).as_deref(), name, "{host}");
        }
    }

    #[test]
    fn what_cannot_be_dialled() {
        for text in [
            "",
            ":80",
            "[::1",
            "[::1]80",
            "[::1]x:80",
            "[ext.example]:80",
            "::1]",
            "a:b:c",
            "http://x:9",
            "a b",
            "*.x",
            "u@x",
            "b\u{fc}cher.example",
        ] {
            assert!(authority_of(text).is_err(), "{text}");
        }
    }
}
