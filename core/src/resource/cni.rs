//! What istio-cni is configured with: the namespaces that it leaves alone, and the pods that it takes into ambient mode.

use super::read;
use crate::diagnostic::Report;
use crate::source::{SourceMap, Span};
use crate::syntax::{Entry, Node, embedded};

/// The name of its `ConfigMap` (`manifests/charts/istio-cni/templates/configmap-cni.yaml`).
const CONFIG_MAP: &str = "istio-cni-config";
const MODE: &str = "istio.io/dataplane-mode";

/// Its settings, as far as they change who takes the traffic of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CniSettings {
    /// How answers call the document.
    pub called: String,
    /// Its name.
    pub span: Option<Span>,
    /// The namespaces that it leaves alone.
    pub excluded: Vec<String>,
    /// Whether it takes pods into ambient mode, where that is said.
    pub is_ambient: Option<bool>,
    /// Whether labels other than those of the chart take pods into ambient mode.
    pub has_own_selectors: bool,
    /// Whether ztunnel answers DNS, where that is said.
    pub dns_capture: Option<bool>,
}

impl CniSettings {
    /// Whether it leaves a namespace alone (`doAddRun` of `cni/pkg/plugin/plugin.go`; `cni/pkg/nodeagent/informers.go`).
    pub fn excludes(&self, namespace: &str) -> bool {
        self.excluded.iter().any(|excluded| excluded == namespace)
    }
}

/// Whether an object is the `ConfigMap` of istio-cni.
pub(super) fn is_config_map(root: &Node) -> bool {
    let name = root.given("metadata").and_then(|metadata| metadata.given("name")).and_then(Node::text);
    name == Some(CONFIG_MAP) && root.given("data").is_some()
}

/// The `ConfigMap`. A text that is no YAML stands for selectors of somebody's own.
pub(super) fn of_config_map(root: &Node, sources: &SourceMap) -> Option<CniSettings> {
    let metadata = read::metadata(root)?;
    let data = root.given("data")?;
    let namespace = metadata.namespace.as_ref().map_or("default", |namespace| namespace.value.as_str());
    let entry = |key: &str| data.entries().iter().find(|entry| &*entry.key == key);
    let flag = |key: &str| entry(key).and_then(|entry| entry.value.text()).and_then(truth);
    let excluded = entry("EXCLUDE_NAMESPACES").and_then(|entry| entry.value.text()).unwrap_or_default();
    let selectors = entry("AMBIENT_ENABLEMENT_SELECTOR");
    Some(CniSettings {
        called: format!("ConfigMap `{namespace}/{}`", metadata.name.value),
        span: Some(metadata.name.span),
        // `SplitExcludeNamespaces` of cni/pkg/util/podutil.go.
        excluded: excluded.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        is_ambient: flag("AMBIENT_ENABLED"),
        has_own_selectors: selectors.is_some_and(|entry| !is_of_chart(entry, sources)),
        dns_capture: flag("AMBIENT_DNS_CAPTURE"),
    })
}

/// `spec.values.cni` of an `IstioOperator` or of Sail's `IstioCNI`.
pub(super) fn of_values(values: &Node, called: String, span: Span) -> CniSettings {
    let ambient = values.given("ambient");
    let flag = |key: &str| ambient.and_then(|ambient| read::boolean(ambient, key)).map(|fact| fact.value);
    CniSettings {
        called,
        span: Some(span),
        excluded: read::each(values, "excludeNamespaces", |name| name.text().map(str::to_owned)),
        is_ambient: flag("enabled"),
        has_own_selectors: ambient
            .and_then(|ambient| ambient.given("enablementSelectors"))
            .is_some_and(|selectors| !are_of_chart(selectors)),
        dns_capture: flag("dnsCapture"),
    }
}

/// Sail's `IstioCNI`.
pub(super) fn of_sail(root: &Node) -> Option<CniSettings> {
    let name = read::metadata(root)?.name;
    let called = format!("IstioCNI `{}`", name.value);
    let values = root.given("spec").and_then(|spec| spec.given("values")).and_then(|values| values.given("cni"));
    Some(match values {
        Some(values) => of_values(values, called, name.span),
        None => CniSettings { called, span: Some(name.span), ..CniSettings::default() },
    })
}

/// As viper reads a variable (`strconv.ParseBool`).
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn is_of_chart(entry: &Entry, sources: &SourceMap) -> bool {
    let mut problems = Report::default();
    embedded(entry, sources, &mut problems).is_some_and(|selectors| are_of_chart(&selectors)) && !problems.has_errors()
}

/// Whether these are the selectors of the chart: the pods with the label, and those of a namespace with it that do not refuse.
fn are_of_chart(selectors: &Node) -> bool {
    let labels = |part: Option<&Node>| {
        let labels = part.and_then(|part| part.given("matchLabels")).map(Node::entries).unwrap_or_default();
        labels.len() == 1 && labels.iter().all(|entry| &*entry.key == MODE && entry.value.text() == Some("ambient"))
    };
    let has_only = |node: &Node, keys: &[&str]| node.entries().iter().all(|entry| keys.contains(&&*entry.key));
    let is_by_pod = |node: &Node| {
        let pods = node.given("podSelector");
        has_only(node, &["podSelector"]) && pods.is_some_and(|pods| has_only(pods, &["matchLabels"])) && labels(pods)
    };
    let refuses = |expression: &Node| {
        let text = |key: &str| expression.given(key).and_then(Node::text);
        let values = expression.given("values").map(Node::items).unwrap_or_default();
        let is_none = values.len() == 1 && values.iter().all(|value| value.text() == Some("none"));
        text("key") == Some(MODE) && text("operator") == Some("NotIn") && is_none
    };
    let is_by_namespace = |node: &Node| {
        let pods = node.given("podSelector");
        let expressions = pods.and_then(|pods| pods.given("matchExpressions")).map(Node::items).unwrap_or_default();
        let of_namespaces = node.given("namespaceSelector");
        has_only(node, &["podSelector", "namespaceSelector"])
            && pods.is_some_and(|pods| has_only(pods, &["matchExpressions"]))
            && of_namespaces.is_some_and(|of_namespaces| has_only(of_namespaces, &["matchLabels"]))
            && labels(of_namespaces)
            && expressions.len() == 1
            && expressions.iter().all(refuses)
    };
    match selectors.items() {
        [one, other] => is_by_pod(one) && is_by_namespace(other) || is_by_namespace(one) && is_by_pod(other),
        _ => false,
    }
}
