use super::fields::Fields;
use super::{ExportTo, Meta};
use crate::resource::Labels;

/// Kubernetes' Service, as Istio's registry takes it.
#[derive(Debug, Clone)]
pub struct Service {
    /// Namespaces that see it.
    pub export_to: ExportTo,
    /// Whether it says so itself.
    pub says_exports: bool,
    /// Labels of its pods; empty for none.
    pub selector: Labels,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// Its address; `None` when the cluster gives it one.
    pub cluster_ip: Option<String>,
    /// Whether a caller reaches pods of its own node only.
    pub node_local: bool,
    /// The host that it is only a name for, in lower case.
    pub external_name: Option<String>,
    /// The same as it is written, which is how Istio names clusters.
    pub written_external_name: Option<String>,
    /// The pods that Istio makes with it; `None` for a Service that others make.
    pub made_pods: Option<MadePods>,
}

/// The pods that Istio makes for a Gateway of the Gateway API.
#[derive(Debug, Clone)]
pub struct MadePods {
    /// The name of the Gateway.
    pub gateway: String,
    /// Their labels.
    pub labels: Labels,
    /// Whether they have no others, but for those that controllers add.
    pub are_all_labels: bool,
    /// The revision of Istio that makes them and the Service, or a tag of it; `None` for any.
    pub revision: Option<String>,
}

impl Service {
    /// Whether it has no address, so that callers choose a pod themselves.
    pub fn is_headless(&self) -> bool {
        self.cluster_ip.as_deref() == Some("None")
    }
}

/// A port.
#[derive(Debug, Clone)]
pub struct ServicePort {
    /// Its number.
    pub port: u16,
    /// Its name; empty where it has none.
    pub name: String,
    /// Its protocol, in Istio's words.
    pub protocol: String,
    /// The pods' port.
    pub target: TargetPort,
}

/// The pods' port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetPort {
    /// This one.
    Number(u16),
    /// The one that the pods call so.
    Name(String),
}

/// The namespaces that an annotation of a Service names (`ConvertService` of
/// `pilot/pkg/serviceregistry/kube/conversion.go`).
pub(super) fn exports(meta: &Meta) -> Vec<String> {
    let written = meta.annotations.get("networking.istio.io/exportTo");
    // An empty one says nothing.
    let named = written.filter(|text| !text.is_empty());
    named.map(|text| text.split(',').map(|each| each.trim().to_owned()).collect()).unwrap_or_default()
}

pub(super) fn read(spec: Fields<'_>, meta: &Meta) -> Service {
    let export_to = exports(meta);
    // Without a name it is a Service like others (`ConvertService` of `pilot/pkg/serviceregistry/kube/conversion.go`).
    let external_name = spec
        .text("externalName")
        .filter(|name| spec.text("type").as_deref() == Some("ExternalName") && !name.is_empty());
    Service {
        export_to: ExportTo::read(&export_to, &meta.namespace),
        says_exports: !export_to.is_empty(),
        selector: spec.labels("selector").unwrap_or_default(),
        ports: spec.items("ports").filter_map(port).collect(),
        cluster_ip: spec.text("clusterIP"),
        node_local: spec.text("internalTrafficPolicy").as_deref() == Some("Local"),
        external_name: external_name.as_ref().map(|name| name.trim_end_matches('.').to_ascii_lowercase()),
        written_external_name: external_name,
        made_pods: None,
    }
}

fn port(port: Fields<'_>) -> Option<ServicePort> {
    let number = port.port("port")?;
    let target = match (port.port("targetPort"), port.text("targetPort")) {
        (Some(target), _) => TargetPort::Number(target),
        (None, Some(name)) => TargetPort::Name(name),
        (None, None) => TargetPort::Number(number),
    };
    let name = port.text("name").unwrap_or_default();
    Some(ServicePort { port: number, name, protocol: protocol(port, number), target })
}

/// `ConvertProtocol` of `pkg/config/kube/conversion.go`.
fn protocol(port: Fields<'_>, number: u16) -> String {
    if port.text("protocol").as_deref() == Some("UDP") {
        return "UDP".to_owned();
    }
    let word = port.text("appProtocol").or_else(|| port.text("name")).unwrap_or_default();
    match word.as_str() {
        "kubernetes.io/h2c" => return "HTTP2".to_owned(),
        "kubernetes.io/ws" => return "HTTP".to_owned(),
        "kubernetes.io/wss" => return "HTTPS".to_owned(),
        _ => {}
    }
    if word.to_ascii_lowercase().starts_with("grpc-web") {
        return "GRPC-Web".to_owned();
    }
    let prefix = word.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let known = ["tcp", "udp", "grpc", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql"];
    if known.contains(&prefix.as_str()) {
        prefix
    } else if [25, 53, 3306, 27017].contains(&number) {
        "TCP".to_owned()
    } else {
        String::new()
    }
}
