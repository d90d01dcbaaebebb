//! A mesh in a few lines of YAML, and requests in a few words.

use std::collections::BTreeMap;

use egressc_core::api::{Labels, Scheme, Source, Verdict};
use egressc_core::stages::istio::Objects;
use egressc_core::stages::model::Environment;
use egressc_core::stages::resource::OutboundTrafficPolicy;
use egressc_core::stages::trace::outcome::Simulation;
use egressc_core::stages::trace::{ClientPath, OtherLabels, Query, Trace};
use egressc_core::stages::{Loaded, load};

pub(crate) struct Mesh {
    pub(crate) objects: Objects,
    pub(crate) environment: Environment,
}

fn loaded(text: &str) -> Loaded {
    load(&[Source::text("test.yaml", text)])
}

/// The environment that some documents describe.
pub(crate) fn environment(text: &str) -> Environment {
    loaded(text).set.environment
}

/// Gateway `egressgateway-a`: ports 80 to 8080, 443 to 8443, 444 to 444.
const FACTS: &str = "
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: test}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: egressgateway-a
    namespace: istio-system
    service: istio-egressgateway-a
    podLabels: {istio: egressgateway-a, security.istio.io/tlsMode: istio}
    ports:
    - {port: 80, targetPort: 8080, class: http}
    - {port: 443, targetPort: 8443, class: tls}
    - {port: 444, targetPort: 444, class: tls}
---
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}
spec: {byEgressGateway: {name: egressgateway-a}, egressRules: []}
";

impl Mesh {
    pub(crate) fn new(yaml: &str) -> Self {
        let given = loaded(yaml);
        let diagnostics = given.report.iter();
        // A mistake in the text of a test would leave out an object, and the test would still answer.
        let unread: Vec<_> = diagnostics.filter(|found| found.code.id.starts_with("EGR01")).collect();
        assert!(unread.is_empty(), "{unread:?}\n{yaml}");
        // So would an object that Istio refuses.
        assert!(given.objects.refused.is_empty(), "{:#?}\n{yaml}", given.objects.refused);
        Self { objects: given.objects, environment: environment(FACTS) }
    }

    /// Without any gateway.
    pub(crate) fn bare(yaml: &str) -> Self {
        let mut mesh = Self::new(yaml);
        mesh.environment.gateways.clear();
        mesh
    }

    pub(crate) fn allow_any(mut self) -> Self {
        self.environment.stated_outbound_traffic_policy.as_mut().unwrap().value = OutboundTrafficPolicy::AllowAny;
        self
    }

    /// All Services of the cluster are given.
    pub(crate) fn complete(mut self) -> Self {
        self.environment.complete = egressc_core::stages::model::Completeness::EVERYTHING;
        self
    }

    pub(crate) fn dns_capture(mut self) -> Self {
        self.environment.stated_dns_capture = Some(true);
        self
    }

    /// With this version of Istio.
    pub(crate) fn release(mut self, version: &str) -> Self {
        self.environment.istio_version = Some(version.to_owned());
        self
    }

    /// With this mesh config.
    pub(crate) fn config(mut self, mesh: &str) -> Self {
        let lines: Vec<String> = mesh.lines().map(|line| format!("    {line}\n")).collect();
        self.environment = environment(&format!(
            "{FACTS}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}
data:\n  mesh: |\n    outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}\n{}",
            lines.concat()
        ));
        self
    }

    pub(crate) fn ask(&self, query: &Query) -> Trace {
        Simulation::new(&self.objects, &self.environment).trace(query)
    }

    /// `from` as `namespace[,label=value]...`, `to` as a URL.
    pub(crate) fn from(&self, from: &str, to: &str) -> Trace {
        self.ask(&query(from, to))
    }
}

pub(crate) fn query(from: &str, to: &str) -> Query {
    let mut from = from.split(',');
    let namespace = from.next().unwrap().to_owned();
    let labels: Labels =
        from.map(|pair| pair.split_once('=').unwrap()).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let (scheme, rest) = to.split_once("://").unwrap();
    let (authority, path) =
        rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(format!("/{path}"))));
    let (host, port) =
        authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port.parse().unwrap())));
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        "grpc" => Scheme::Grpc,
        "tls" => Scheme::Tls,
        "tcp" => Scheme::Tcp,
        other => panic!("{other}"),
    };
    Query {
        address: None,
        namespace,
        labels,
        other_labels: OtherLabels::Unknown,
        service_account: None,
        path: ClientPath::Sidecar,
        scheme,
        host: host.to_owned(),
        port: port.unwrap_or(if scheme.is_tls() { 443 } else { 80 }),
        sni: scheme.is_tls().then(|| host.to_owned()),
        method: None,
        http_path: path,
        is_http_2: false,
        headers: BTreeMap::new(),
    }
}

pub(crate) trait Ask {
    fn sni(self, name: Option<&str>) -> Self;
    fn host(self, host: &str) -> Self;
    fn method(self, method: &str) -> Self;
    fn header(self, name: &str, value: &str) -> Self;
    fn account(self, account: &str) -> Self;
    fn direct(self, port: u16, outer: &str) -> Self;
    fn no_sidecar(self) -> Self;
}

impl Ask for Query {
    fn sni(mut self, name: Option<&str>) -> Self {
        self.sni = name.map(str::to_owned);
        self
    }
    fn host(mut self, host: &str) -> Self {
        self.headers.insert("host".into(), host.into());
        self
    }
    fn method(mut self, method: &str) -> Self {
        self.method = Some(method.into());
        self
    }
    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }
    fn account(mut self, account: &str) -> Self {
        self.service_account = Some(account.into());
        self
    }
    fn direct(mut self, port: u16, outer: &str) -> Self {
        self.path = ClientPath::Direct { gateway: "egressgateway-a".into(), outer_sni: outer.into() };
        self.port = port;
        self
    }
    fn no_sidecar(mut self) -> Self {
        self.path = ClientPath::None;
        self
    }
}

/// A trace in one line: `allowed via g h:443 tls(h)`, `blocked 502`, `blocked closed UH`, `unknown`.
pub(crate) fn short(trace: &Trace) -> String {
    let via = trace.gateway.as_ref().map(|gateway| format!(" via {gateway}")).unwrap_or_default();
    let places = trace.reached.iter().chain(&trace.also_reached).map(|reached| {
        let tls = if reached.tls { format!(" tls({})", reached.sni.as_deref().unwrap_or("")) } else { String::new() };
        format!(" {}:{}{tls}", reached.host, reached.port)
    });
    let places = places.collect::<Vec<_>>().join(" or");
    match trace.verdict {
        Verdict::Allowed => format!("allowed{via}{places}"),
        Verdict::Diverted => format!("diverted{via}{places}"),
        Verdict::Unknown => "unknown".to_owned(),
        Verdict::Blocked => {
            let status = trace.status.map(|status| format!(" {status}")).unwrap_or_default();
            let closed = if trace.closed { " closed" } else { "" };
            let flags = trace.response_flags.map(|flags| format!(" {flags}")).unwrap_or_default();
            format!("blocked{status}{closed}{flags}")
        }
    }
}

#[track_caller]
pub(crate) fn is(trace: &Trace, expected: &str) {
    assert_eq!(short(trace), expected, "{trace:#?}");
}
