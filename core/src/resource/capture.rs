//! Which outbound traffic a sidecar captures, in the words of annotations and of the injector's values.

use super::read::word;
use crate::source::Spanned;
use crate::syntax::Node;

/// What annotations of one pod say, or the injector's values for all pods; nothing for what is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureSettings {
    /// `REDIRECT`, `TPROXY` or `NONE`.
    pub interception_mode: Option<Spanned<String>>,
    /// Networks whose traffic is captured; `*` is all of them, an empty text none.
    pub include_ranges: Option<Spanned<String>>,
    /// Networks whose traffic is not captured.
    pub exclude_ranges: Option<Spanned<String>>,
    /// Ports that are captured at every address.
    pub include_ports: Option<Spanned<String>>,
    /// Ports that are not captured.
    pub exclude_ports: Option<Spanned<String>>,
    /// Other settings, which may change what is captured and are not followed.
    pub not_followed: Vec<Spanned<String>>,
}

impl CaptureSettings {
    /// What annotations of a pod say (`manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`).
    pub(super) fn of_annotations(annotations: Option<&Node>) -> Self {
        let said = |key: &str| annotations.and_then(|annotations| word(annotations, key));
        Self {
            interception_mode: said("sidecar.istio.io/interceptionMode"),
            include_ranges: said("traffic.sidecar.istio.io/includeOutboundIPRanges"),
            exclude_ranges: said("traffic.sidecar.istio.io/excludeOutboundIPRanges"),
            include_ports: said("traffic.sidecar.istio.io/includeOutboundPorts"),
            exclude_ports: said("traffic.sidecar.istio.io/excludeOutboundPorts"),
            not_followed: Vec::new(),
        }
    }

    /// What the container says that redirects the traffic of a pod that was injected already: these are the values in force.
    pub(super) fn of_arguments(container: &Node) -> Self {
        let arguments = container.given("args").map(Node::items).unwrap_or_default();
        let after = |flags: [&str; 2]| {
            let at = arguments.iter().position(|each| each.text().is_some_and(|flag| flags.contains(&flag)))?;
            let value = arguments.get(at.checked_add(1)?)?;
            Some(Spanned::new(value.text()?.to_owned(), value.span))
        };
        Self {
            interception_mode: after(["-m", "--istio-inbound-interception-mode"]),
            include_ranges: after(["-i", "--istio-service-cidr"]),
            exclude_ranges: after(["-x", "--istio-service-exclude-cidr"]),
            include_ports: after(["-q", "--istio-outbound-ports"]),
            exclude_ports: after(["-o", "--istio-local-outbound-ports-exclude"]),
            not_followed: Vec::new(),
        }
    }

    /// These settings, and others where these say nothing.
    #[must_use]
    pub fn or(&self, others: &Self) -> Self {
        let first =
            |own: &Option<Spanned<String>>, other: &Option<Spanned<String>>| own.clone().or_else(|| other.clone());
        Self {
            interception_mode: first(&self.interception_mode, &others.interception_mode),
            include_ranges: first(&self.include_ranges, &others.include_ranges),
            exclude_ranges: first(&self.exclude_ranges, &others.exclude_ranges),
            include_ports: first(&self.include_ports, &others.include_ports),
            exclude_ports: first(&self.exclude_ports, &others.exclude_ports),
            not_followed: self.not_followed.iter().chain(&others.not_followed).cloned().collect(),
        }
    }
}
