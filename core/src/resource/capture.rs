//! Which outbound traffic a sidecar captures, in the words of annotations, of arguments and of the injector's values.

use super::iptables_arguments::IptablesArguments;
use super::read::word;
use crate::source::Spanned;
use crate::syntax::Node;

/// A setting that somebody wrote: its value, and what it is called where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its value.
    pub value: Spanned<String>,
    /// How answers call it, with its value and with what it is a setting of.
    pub name: String,
}

impl Setting {
    /// A setting of a pod, of the injector's values or of a mesh config.
    pub(super) fn new(key: &str, value: Spanned<String>, of: &str) -> Self {
        Self { name: format!("`{key}: {}` of {of}", value.value), value }
    }

    /// The setting as a whole, and its place.
    pub fn named(&self) -> Spanned<String> {
        Spanned::new(self.name.clone(), self.value.span)
    }
}

/// What annotations of one pod say, or the injector's values for all pods; nothing for what is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureSettings {
    /// `REDIRECT`, `TPROXY` or `NONE`.
    pub interception_mode: Option<Setting>,
    /// Whether the mode is REDIRECT of `proxy.istio.io/config`. The webhook overlooks it, because it is the value that stands
    /// for nothing in protobuf (`mergeWithPrecedence` of `pilot/pkg/model/proxy_config.go`), and `istioctl kube-inject` does not
    /// (`ApplyProxyConfig` of `pkg/config/mesh/mesh.go`).
    pub mode_may_be_overlooked: bool,
    /// Networks whose traffic is captured; `*` is all of them, an empty text none.
    pub include_ranges: Option<Setting>,
    /// Networks whose traffic is not captured.
    pub exclude_ranges: Option<Setting>,
    /// Ports that are captured at every address.
    pub include_ports: Option<Setting>,
    /// Ports that are not captured.
    pub exclude_ports: Option<Setting>,
    /// Other settings, which may change what is captured and are not followed: how answers call them.
    pub not_followed: Vec<Spanned<String>>,
    /// The templates that a pod names beside the sidecar's.
    pub pod_templates: Option<PodTemplates>,
    /// The templates that the injector's values add to the chart's.
    pub own_templates: Vec<OwnTemplate>,
}

/// A template of somebody's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTemplate {
    /// Its name.
    pub name: String,
    /// Whether it surely changes nothing of what the pod sends: SPIRE's adds a volume to the proxy, for example.
    pub is_harmless: bool,
}

/// Templates of somebody's own that a pod names beside the sidecar's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodTemplates {
    /// Their names.
    pub names: Vec<String>,
    /// How answers call them.
    pub place: Spanned<String>,
}

/// The usual mode.
const REDIRECT: &str = "REDIRECT";

impl CaptureSettings {
    /// Whether the mesh config does not decide the mode.
    pub fn has_mode_of_its_own(&self) -> bool {
        self.interception_mode.is_some() && !self.mode_may_be_overlooked
    }

    /// The mode of `proxy.istio.io/config`, where no annotation has one.
    pub(super) fn with_configured_mode(&mut self, mode: Option<&Setting>) {
        if self.interception_mode.is_none() {
            self.interception_mode = mode.cloned();
            self.mode_may_be_overlooked = mode.is_some_and(|mode| mode.value.value == REDIRECT);
        }
    }

    /// Nothing is captured, because of what stands here.
    pub(super) fn nothing_is_captured(because: Spanned<String>) -> Self {
        let value = Spanned::new("NONE".to_owned(), because.span);
        Self { interception_mode: Some(Setting { value, name: because.value }), ..Self::default() }
    }

    /// What annotations of a pod say (`manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`).
    pub(super) fn of_annotations(annotations: Option<&Node>) -> Self {
        let said = |key: &str| {
            let value = annotations.and_then(|annotations| word(annotations, key))?;
            Some(Setting::new(key, value, "the pod"))
        };
        Self {
            interception_mode: said("sidecar.istio.io/interceptionMode"),
            include_ranges: said("traffic.sidecar.istio.io/includeOutboundIPRanges"),
            exclude_ranges: said("traffic.sidecar.istio.io/excludeOutboundIPRanges"),
            include_ports: said("traffic.sidecar.istio.io/includeOutboundPorts"),
            exclude_ports: said("traffic.sidecar.istio.io/excludeOutboundPorts"),
            ..Self::default()
        }
    }

    /// What the container says that redirects the traffic of a pod that was injected already: these are the values in force,
    /// and a setting that has no argument is at the default of `tools/istio-iptables/pkg/cmd/root.go`.
    pub(super) fn of_arguments(container: &Node) -> Self {
        let name = container.given("name").and_then(Node::text).unwrap_or_default();
        let arguments = IptablesArguments::read(container);
        let after = |short: &str, long: &str| {
            let value = arguments.value(long)?.clone();
            Some(Setting { name: format!("argument `{short} {}` of `{name}`", value.value), value })
        };
        // Without networks to include nothing is redirected.
        let no_networks = || Setting {
            value: Spanned::new(String::new(), container.span),
            name: format!("the lack of an argument `-i` of `{name}`"),
        };
        Self {
            interception_mode: after("-m", "istio-inbound-interception-mode"),
            include_ranges: Some(after("-i", "istio-service-cidr").unwrap_or_else(no_networks)),
            exclude_ranges: after("-x", "istio-service-exclude-cidr"),
            include_ports: after("-q", "istio-outbound-ports"),
            exclude_ports: after("-o", "istio-local-outbound-ports-exclude"),
            not_followed: arguments.not_followed,
            ..Self::default()
        }
    }

    /// These settings, and others where these say nothing.
    #[must_use]
    pub fn or(&self, others: &Self) -> Self {
        let first = |own: &Option<Setting>, other: &Option<Setting>| own.clone().or_else(|| other.clone());
        let captures = |mode: &Setting| matches!(mode.value.as_str(), REDIRECT | "TPROXY" | "");
        let others_do_not = !others.interception_mode.as_ref().is_none_or(captures);
        let in_doubt = self.interception_mode.as_ref().filter(|_| self.mode_may_be_overlooked && others_do_not);
        Self {
            interception_mode: first(&self.interception_mode, &others.interception_mode),
            mode_may_be_overlooked: false,
            include_ranges: first(&self.include_ranges, &others.include_ranges),
            exclude_ranges: first(&self.exclude_ranges, &others.exclude_ranges),
            include_ports: first(&self.include_ports, &others.include_ports),
            exclude_ports: first(&self.exclude_ports, &others.exclude_ports),
            not_followed: (self.not_followed.iter().chain(&others.not_followed).cloned())
                .chain(in_doubt.map(Setting::named))
                .collect(),
            pod_templates: self.pod_templates.clone().or_else(|| others.pod_templates.clone()),
            own_templates: self.own_templates.iter().chain(&others.own_templates).cloned().collect(),
        }
    }
}

/// One of the settings, as a function that leads to it.
type Part = fn(&mut CaptureSettings) -> &mut Option<Setting>;

impl CaptureSettings {
    /// The settings that are one text each, by their names in the injector's values and in the mesh config.
    pub const PARTS: [(&'static str, Part); 5] = [
        ("interceptionMode", |settings| &mut settings.interception_mode),
        ("includeIPRanges", |settings| &mut settings.include_ranges),
        ("excludeIPRanges", |settings| &mut settings.exclude_ranges),
        ("includeOutboundPorts", |settings| &mut settings.include_ports),
        ("excludeOutboundPorts", |settings| &mut settings.exclude_ports),
    ];
}
