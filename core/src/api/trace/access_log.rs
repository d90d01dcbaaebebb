//! The request that a line of an access log is for.
//!
//! A line does not contain the client. So if no client is given, every client that
//! the policies name is tried, and the first one whose request would produce this line is shown.

use super::{ClientPath, QueryClient, QueryTarget};
use crate::api;
use crate::api::UsageError;
use crate::api::log_line::{LogLine, Outbound, wrong};
use crate::api::query::{self, authority_of};
use crate::api::rewritten_host::called_hosts;
use crate::api::workspace::CompiledMesh;
use crate::manifest::Spec;
use crate::model::{Class, Flow, dialled_name, wildcard};
use crate::resource::Labels;
use crate::trace::outcome::Simulation;
use crate::trace::{Query, Scheme, Stop, Trace, scheme_of};

/// The largest number of clients that are tried.
const MOST_CLIENTS: usize = 1_000;

impl LogLine {
    /// The request of this line, and its present result.
    pub(super) fn explain(
        &self,
        from: Option<&QueryClient>,
        mesh: &CompiledMesh,
        simulation: &Simulation,
    ) -> Result<(Query, Trace), UsageError> {
        if self.is_inbound() {
            return Err(wrong("it is about an inbound request of the workload, not about an outbound one"));
        }
        let writer = self.writer(mesh);
        let to = self.target(writer, mesh)?;
        let asked = |from: &QueryClient| -> Result<(Query, Trace), UsageError> {
            let mut query = query::query(&api::Query { from: from.clone(), to: to.clone() }, mesh)?;
            query.is_http_2 = self.is_http_2();
            let trace = simulation.trace(&query);
            Ok((query, trace))
        };
        if let Some(from) = from {
            let (query, mut trace) = asked(from)?;
            if let Some(other) = self.contradicts(&trace, writer) {
                trace
                    .notes
                    .push(format!("the line has {other}: it was written with other objects, or for another client"));
            }
            return Ok((query, trace));
        }
        let clients = clients(mesh);
        let mut found: Option<(Query, Trace)> = None;
        let mut also = 0_usize;
        for client in &clients {
            let (query, trace) = asked(client)?;
            match found {
                Some(_) if self.contradicts(&trace, writer).is_none() => also = also.saturating_add(1),
                None if self.contradicts(&trace, writer).is_none() => found = Some((query, trace)),
                _ => {}
            }
        }
        let Some((query, mut trace)) = found else {
            let mut tried = asked(clients.first().unwrap_or(&QueryClient::in_namespace("default")))?;
            let says = self.contradicts(&tried.1, writer).unwrap_or_default();
            tried.1.notes.push(format!(
                "no client that the policies name would produce this line, which has {says}; set the client that the log belongs to"
            ));
            return Ok(tried);
        };
        if also > 0 {
            trace.notes.push(format!(
                "the line does not name the client; requests of {also} other known clients would produce the same line"
            ));
        }
        Ok((query, trace))
    }

    /// The destination of the request.
    fn target(&self, writer: Stop, mesh: &CompiledMesh) -> Result<QueryTarget, UsageError> {
        if writer == Stop::Gateway {
            return self.target_at_gateway(mesh);
        }
        // The field may also contain the name of one of Envoy's own listeners instead of an address.
        let dialled = self.dialled.as_deref().and_then(|address| authority_of(address).ok());
        let port = dialled.as_ref().and_then(|(_, port)| *port);
        let port_of_cluster = self.outbound().map(|cluster| cluster.port);
        if let Some(method) = &self.method {
            let (host, in_authority) = self.authority()?;
            return Ok(self.http(method, host, port.or(in_authority).or(port_of_cluster), in_authority.is_some()));
        }
        let named = self.server_name.clone();
        let by_cluster = self.cluster.as_deref().and_then(|cluster| host_of(cluster, mesh));
        let scheme = if named.is_some() { Scheme::Https } else { Scheme::Tcp };
        let host = named.clone().or(by_cluster).or(dialled.map(|(address, _)| address));
        let host = host.ok_or_else(|| wrong("it has neither a name nor an address"))?;
        let port = port.or(port_of_cluster);
        Ok(QueryTarget { port, sni: named, ..QueryTarget::new(scheme, host) })
    }

    /// The proxy that wrote the line. Only gateways read HTTP inside TLS, and only connections from sidecars to
    /// gateways have egressc's outer server names.
    fn writer(&self, mesh: &CompiledMesh) -> Stop {
        match &self.server_name {
            Some(name) if self.method.is_some() || is_outer_name(name, mesh) => Stop::Gateway,
            _ => Stop::Sidecar,
        }
    }

    /// The destination of a request that a gateway logged. The line contains a port of the gateway, not the port that
    /// the client dialled.
    fn target_at_gateway(&self, mesh: &CompiledMesh) -> Result<QueryTarget, UsageError> {
        let declared = |host: &str, http: bool| {
            let cluster = self.outbound()?;
            let fits = |flow: &Flow| {
                (flow.registry_name() == host || wildcard::has(&flow.host.value, host))
                    && flow.upstreams().iter().any(|upstream| upstream.port == cluster.port)
                    && (flow.class() == Class::Http) == http
            };
            mesh.set?.flows().find(fits).map(|flow| (flow.port(), scheme_of(&flow)))
        };
        let port_of_cluster = self.outbound().map(|cluster| cluster.port);
        if let Some(method) = &self.method {
            let (host, in_authority) = match called_hosts(self, mesh).first() {
                Some(called) => ((*called).to_owned(), None),
                None => self.authority()?,
            };
            let port = in_authority.or_else(|| declared(&host, true).map(|(port, _)| port)).or(port_of_cluster);
            return Ok(self.http(method, host, port, in_authority.is_some()));
        }
        let Some(Outbound { host, .. }) = self.outbound() else {
            return Err(wrong("it is a gateway's line, and has neither a request nor a cluster"));
        };
        let (port, scheme) = match declared(host, false) {
            Some((port, scheme)) => (Some(port), scheme),
            None => (port_of_cluster, Scheme::Tcp),
        };
        // Who is sent to an address has dialled it.
        Ok(QueryTarget { port, ..QueryTarget::new(scheme, dialled_name(host).into_owned()) })
    }

    fn authority(&self) -> Result<(String, Option<u16>), UsageError> {
        authority_of(self.authority.as_deref().ok_or_else(|| wrong("it has an HTTP request without an authority"))?)
    }

    fn http(&self, method: &str, host: String, port: Option<u16>, keep_authority: bool) -> QueryTarget {
        let authority = self.authority.clone().filter(|_| keep_authority);
        QueryTarget {
            scheme: if self.is_grpc() { Scheme::Grpc } else { Scheme::Http },
            host,
            address: None,
            port,
            sni: None,
            method: Some(method.to_owned()),
            path: self.path.clone(),
            headers: authority.map(|authority| ("host".to_owned(), authority)).into_iter().collect(),
            more_headers: std::collections::BTreeMap::new(),
        }
    }

    /// What in the line contradicts a trace; `None` if the trace could have produced the line.
    fn contradicts(&self, trace: &Trace, writer: Stop) -> Option<String> {
        if let Some(status) = self.status
            && trace.status.is_some_and(|known| known != status)
        {
            return Some(format!("status {status}"));
        }
        let flags = self.flags.as_deref().unwrap_or_default();
        if trace.reached.is_some() && ["NR", "UH", "NC"].iter().any(|flag| flags.split(',').any(|each| each == *flag)) {
            return Some(format!("response flags {flags}"));
        }
        let writer = trace.hops.iter().rfind(|hop| hop.at == writer);
        if let (Some(line), Some(known)) = (&self.route, writer.and_then(|hop| hop.route.as_ref()))
            && line != known
        {
            return Some(format!("route {line}"));
        }
        match (&self.cluster, writer.and_then(|hop| hop.cluster.as_deref())) {
            (Some(line), Some(known)) if line == known => None,
            (Some(line), _) => Some(format!("cluster {line}")),
            // A proxy that answers by itself uses no cluster.
            (None, Some(_)) => Some("no cluster".to_owned()),
            (None, None) => None,
        }
    }
}

/// Whether this is the server name of a sidecar's mutual TLS to a gateway.
fn is_outer_name(name: &str, mesh: &CompiledMesh) -> bool {
    mesh.manifests.objects.iter().any(|object| match &object.spec {
        Spec::DestinationRule(rule) => rule.subsets.iter().any(|subset| {
            subset
                .traffic_policy
                .tls
                .as_ref()
                .is_some_and(|tls| tls.mode == "ISTIO_MUTUAL" && tls.sni.as_deref() == Some(name))
        }),
        _ => false,
    })
}

/// The external host of a sidecar's cluster: its own host, or the host of the route to the gateway's subset.
fn host_of(cluster: &str, mesh: &CompiledMesh) -> Option<String> {
    let cluster = Outbound::read(cluster)?;
    if cluster.subset.is_empty() {
        return Some(dialled_name(cluster.host).into_owned());
    }
    mesh.manifests.objects.iter().find_map(|object| match &object.spec {
        Spec::VirtualService(service) => {
            let routes = service
                .tls
                .iter()
                .flat_map(|route| &route.route)
                .chain(service.tcp.iter().flat_map(|route| &route.route));
            let mut here = routes.filter(|route| {
                route.destination.host == cluster.host && route.destination.subset.as_deref() == Some(cluster.subset)
            });
            here.next().and_then(|_| Some(dialled_name(service.hosts.first()?).into_owned()))
        }
        _ => None,
    })
}

/// The clients that the policies name, and for each of their namespaces one client that they do not name.
fn clients(mesh: &CompiledMesh) -> Vec<QueryClient> {
    let mut clients: Vec<QueryClient> = Vec::new();
    let Some(set) = mesh.set else { return clients };
    let declared = set.flows().map(|flow| {
        let labels = flow.client.selector.as_ref().map(|selector| selector.value.clone()).unwrap_or_default();
        (flow.client_namespace().to_owned(), labels)
    });
    let declared: std::collections::BTreeSet<(String, Labels)> = declared.collect();
    let strangers = declared.iter().map(|(namespace, _)| (namespace.clone(), Labels::new()));
    for (namespace, labels) in declared.iter().cloned().chain(strangers.collect::<std::collections::BTreeSet<_>>()) {
        let client = QueryClient { labels, path: ClientPath::Sidecar, ..QueryClient::in_namespace(namespace) };
        if clients.len() < MOST_CLIENTS && !clients.contains(&client) {
            clients.push(client);
        }
    }
    clients
}

#[cfg(test)]
mod tests {
    use crate::api::{Source, TraceFormat, TraceRequest, trace};

    const ENTRY: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: mytest}
spec:
  hosts: [ext.example]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
";

    fn told(sources: &[&str], line: &str) -> String {
        let sources = sources.iter().enumerate();
        let sources = sources.map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect();
        let (access_log, format) = (Some(line.to_owned()), Some(TraceFormat::Text));
        let client = Some("mytest,app=sleep-a".parse().unwrap());
        let asked = TraceRequest { sources, access_log, client, format, ..TraceRequest::default() };
        trace(&asked).map_or_else(|error| error.to_string(), |response| response.text.unwrap_or_default())
    }

    fn line(request: &str, authority: &str, rest: &str) -> String {
        format!(
            "[2026-11-23T10:00:00.000Z] \"{request}\" 200 - via_upstream - \"-\" 0 5 3 2 \"-\" \"curl\" \"5e1c\" \
             \"{authority}\" \"93.184.216.34:80\" {rest}"
        )
    }

    #[test]
    fn the_port_is_the_one_that_was_dialled() {
        let rest = "outbound|80||ext.example 10.0.0.1:4444 93.184.216.34:80 10.0.0.1:40000 - default";
        let text = told(&[ENTRY], &line("GET / HTTP/1.1", "ext.example:8080", rest));
        assert!(text.starts_with("allowed"), "{text}");
        assert!(text.contains("requests GET http://ext.example:80/ with `Host: ext.example:8080`"), "{text}");
    }

    #[test]
    fn an_address_of_version_six_is_dialled() {
        let rest = "outbound|80||ext.example [2001:2::3]:4444 [2001:2::1]:80 [2001:2::3]:40000 - default";
        let text = told(&[ENTRY], &line("GET / HTTP/1.1", "ext.example", rest));
        assert!(text.contains("requests GET http://ext.example:80/\n"), "{text}");
    }

    #[test]
    fn only_what_looks_like_grpc_is_called_so() {
        let rest = "outbound|80||ext.example 10.0.0.1:4444 93.184.216.34:80 10.0.0.1:40000 - default";
        for (request, scheme) in
            [("GET /a/b HTTP/2", "http"), ("POST /anything HTTP/2", "http"), ("POST /a.v1.Echo/Say HTTP/2", "grpc")]
        {
            let text = told(&[ENTRY], &line(request, "ext.example", rest));
            let (method, path) = request.trim_end_matches(" HTTP/2").split_once(' ').unwrap();
            assert!(text.contains(&format!("requests {method} {scheme}://ext.example:80{path}\n")), "{text}");
        }
    }

    #[test]
    fn a_gateway_is_dialled_at_a_port_of_its_own() {
        let mesh = include_str!("../../../../examples/combined/mesh.yaml");
        let policy = include_str!("../../../../examples/combined/policy.yaml");
        let rest = "outbound|443|https|www.httpbin.org 10.0.0.9:4444 10.0.0.9:8080 10.0.0.1:40000 \
                    http-80.l7.egressc.internal forward";
        let text = told(&[mesh, policy], &line("POST /post HTTP/2", "www.httpbin.org", rest));
        assert!(text.starts_with("allowed"), "{text}");
        assert!(text.contains("requests POST http://www.httpbin.org:80/post\n"), "{text}");
        assert!(!text.contains("the line has"), "{text}");
        let rest = "outbound|443||www.httpbin.org 10.0.0.9:4444 10.0.0.9:8443 10.0.0.1:40000 \
                    tls-443.www.httpbin.org.l4.egressc.internal -";
        let text = told(&[mesh, policy], &line("- - -", "-", rest));
        assert!(text.contains("requests https://www.httpbin.org:443\n"), "{text}");
        assert!(!text.contains("the line has"), "{text}");
    }
}
