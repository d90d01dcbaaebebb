//! The templates by which the injector makes containers (`pkg/kube/inject/inject.go`, `selectTemplates`).

use super::capture::PodTemplates;
use super::read::word;
use crate::source::Spanned;
use crate::syntax::Node;

/// The annotation that names them.
const TEMPLATES: &str = "inject.istio.io/templates";
/// The one that makes a gateway.
const GATEWAY: &str = "gateway";
/// The one that is used where a pod names none.
const SIDECAR: &str = "sidecar";
/// Those of applications that speak to istiod themselves: they redirect nothing (`files/grpc-agent.yaml` and
/// `files/grpc-simple.yaml` of the chart).
const WITHOUT_PROXY: [&str; 2] = ["grpc-agent", "grpc-simple"];

/// What the templates of a pod make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Templates {
    /// A client with a sidecar: the default.
    Sidecar,
    /// A gateway, which may be made by other templates as well.
    Gateway {
        /// Whether it is made by that template alone.
        alone: bool,
    },
    /// A client whose traffic nothing redirects.
    WithoutProxy(Spanned<String>),
    /// A client with a sidecar, and with what somebody's own templates add to it.
    SidecarAnd(PodTemplates),
    /// Somebody's own templates, or a mixture, may make anything.
    Unknown(Spanned<String>),
}

impl Templates {
    pub(super) fn read(annotations: Option<&Node>) -> Self {
        let Some(said) = annotations.and_then(|annotations| word(annotations, TEMPLATES)) else { return Self::Sidecar };
        let names: Vec<&str> = said.value.split(',').map(str::trim).collect();
        if names.contains(&GATEWAY) {
            return Self::Gateway { alone: names.iter().all(|name| *name == GATEWAY || name.is_empty()) };
        }
        let place = Spanned::new(format!("annotation `{TEMPLATES}: {}` of the pod", said.value), said.span);
        if names.iter().all(|name| *name == SIDECAR) {
            Self::Sidecar
        } else if names.contains(&SIDECAR) && !names.iter().any(|name| WITHOUT_PROXY.contains(name)) {
            let others = names.iter().filter(|name| **name != SIDECAR);
            Self::SidecarAnd(PodTemplates { names: others.map(|name| (*name).to_owned()).collect(), place })
        } else if names.iter().all(|name| WITHOUT_PROXY.contains(name)) {
            Self::WithoutProxy(place)
        } else {
            Self::Unknown(place)
        }
    }

    /// What is added to the sidecar.
    pub(super) fn beside_sidecar(&self) -> Option<PodTemplates> {
        match self {
            Self::SidecarAnd(templates) => Some(templates.clone()),
            _ => None,
        }
    }

    /// What is not followed of them in what is not injected yet.
    pub(super) fn not_followed(&self) -> Option<Spanned<String>> {
        match self {
            Self::Unknown(place) => Some(place.clone()),
            Self::SidecarAnd(_) | Self::Sidecar | Self::Gateway { .. } | Self::WithoutProxy(_) => None,
        }
    }
}
