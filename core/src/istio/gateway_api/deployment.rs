//! The Service and the pods that Istio makes for a Gateway (`pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`;
//! `manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml`).

use super::gateway::{KubernetesGateway, Listener};
use crate::istio::object::{REVISION, istio_name};
use crate::istio::service::exports;
use crate::istio::{ExportTo, MadePods, Marks, Meta, Object, Service, ServicePort, TargetPort};
use crate::resource::Labels;

/// The label of pods and Services of a Gateway with its name.
const NAME: &str = "gateway.networking.k8s.io/gateway-name";
/// The label with its class.
const CLASS: &str = "gateway.networking.k8s.io/gateway-class-name";

/// The class of the Gateway that a Service was made for.
pub fn class_of(meta: &Meta) -> Option<&str> {
    meta.labels.get(CLASS)
}

impl KubernetesGateway {
    /// Whether Istio makes a Service for it (`IsManaged` of `pilot/pkg/config/kube/gatewaycommon/gateway_utils.go`).
    pub(super) fn is_managed(&self) -> bool {
        match self.addresses.as_slice() {
            [] => true,
            [only] => matches!(only.kind.as_deref(), None | Some("IPAddress")),
            _ => false,
        }
    }

    /// The name of that Service (`GetDefaultName`).
    pub(super) fn service_name(&self, meta: &Meta) -> String {
        let written = meta.annotations.get("gateway.istio.io/name-override");
        written.map_or_else(|| self.default_name(meta), str::to_owned)
    }

    fn default_name(&self, meta: &Meta) -> String {
        match self.class.as_str() {
            "istio-waypoint" | "istio-agentgateway" | "istio-agentgateway-waypoint" | "istio-east-west" => {
                meta.name.clone()
            }
            class => format!("{}-{class}", meta.name),
        }
    }
}

/// Labels or annotations of all that Istio makes for a Gateway (`extractInfrastructureMetadata`): those that its
/// `infrastructure` says, without the API's own (`translateInfraMeta`), and its own marks where that says none.
fn infrastructure_marks(of_infrastructure: Option<&Labels>, own: &Marks) -> Labels {
    let is_of_api = |key: &str| key.starts_with("gateway.networking.k8s.io/");
    let marks: Vec<(&str, &str)> = match of_infrastructure {
        Some(marks) => {
            marks.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(|(key, _)| !is_of_api(key)).collect()
        }
        None => own.iter().collect(),
    };
    marks.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The pods of a Gateway, as the template makes them.
fn pods(meta: &Meta, gateway: &KubernetesGateway) -> MadePods {
    let mut labels: Labels = [
        ("sidecar.istio.io/inject", "false"),
        ("service.istio.io/canonical-name", &gateway.service_name(meta)),
        ("service.istio.io/canonical-revision", "latest"),
        ("istio.io/dataplane-mode", "none"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    labels.extend(infrastructure_marks(gateway.infrastructure_labels.as_ref(), &meta.labels));
    labels.extend(
        [
            (NAME, meta.name.as_str()),
            (CLASS, &gateway.class),
            ("gateway.istio.io/managed", "istio.io-gateway-controller"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    MadePods {
        gateway: meta.name.clone(),
        labels,
        are_all_labels: !gateway.has_parameters,
        // `IsMine` of pkg/revisions/tag_watcher.go.
        revision: meta.labels.get(REVISION).map(str::to_owned),
    }
}

/// The metadata of the Service, as the template writes it. Annotations about the Gateway itself, which it leaves out, say
/// nothing to a Service.
fn service_meta(meta: &Meta, gateway: &KubernetesGateway, name: String) -> Meta {
    let mut labels = infrastructure_marks(gateway.infrastructure_labels.as_ref(), &meta.labels);
    labels.extend([(NAME.to_owned(), meta.name.clone()), (CLASS.to_owned(), gateway.class.clone())]);
    let annotations = infrastructure_marks(gateway.infrastructure_annotations.as_ref(), &meta.annotations);
    Meta {
        labels: labels.into_iter().collect(),
        annotations: annotations.into_iter().collect(),
        ..istio_name(meta, name)
    }
}

/// Adds the Service of a Gateway, or says of a given one which pods are behind it.
pub(super) fn add(
    meta: &Meta,
    gateway: &KubernetesGateway,
    of_sets: &[&Listener],
    is_istios: bool,
    services: &mut Vec<Object<Service>>,
) {
    if !gateway.is_managed() {
        return;
    }
    let name = gateway.service_name(meta);
    let made_pods = is_istios.then(|| pods(meta, gateway));
    let given = services.iter_mut().find(|given| given.meta.namespace == meta.namespace && given.meta.name == name);
    if let Some(given) = given {
        given.spec.made_pods = made_pods;
        return;
    }
    // `extractServicePorts`: each number once, with the protocol of the first listener.
    let mut ports = vec![port(15021, "tcp")];
    for listener in gateway.listeners.iter().chain(of_sets.iter().copied()) {
        if ports.iter().skip(1).all(|known| known.port != listener.port) {
            ports.push(port(listener.port, &listener.protocol.to_ascii_lowercase()));
        }
    }
    let made = service_meta(meta, gateway, name);
    let exported = exports(&made);
    services.push(Object {
        spec: Service {
            export_to: ExportTo::read(&exported, &made.namespace),
            says_exports: !exported.is_empty(),
            selector: [(NAME.to_owned(), meta.name.clone())].into(),
            ports,
            cluster_ip: None,
            node_local: false,
            external_name: None,
            written_external_name: None,
            made_pods,
        },
        meta: made,
    });
}

fn port(number: u16, protocol: &str) -> ServicePort {
    ServicePort { port: number, name: String::new(), protocol: protocol.to_owned(), target: TargetPort::Number(number) }
}
