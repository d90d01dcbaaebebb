//! The objects that process requests: those that the policies compile to, and Istio's objects in the sources.

use serde_json::json;

use crate::check::Valid;
use crate::diagnostic::Report;
use crate::emit::Undigested;
use crate::istio::Objects;
use crate::lower::lower;
use crate::manifest::Manifests;
use crate::model::{Environment, PolicySet};
use crate::prove::without_ours;

/// The result of compiling the policies.
#[derive(Debug, Default)]
pub(in crate::api) struct Compiled {
    /// The resources.
    pub(in crate::api) manifests: Manifests,
    /// The same resources, as Istio reads them.
    pub(in crate::api) objects: Objects,
}

impl Compiled {
    pub(in crate::api) fn of(set: &Valid<PolicySet>) -> Self {
        let manifests = lower(set);
        let mut objects = Objects::default();
        for object in &manifests.objects {
            objects.made(&json!(Undigested(object)));
        }
        Self { manifests, objects }
    }
}

/// The objects in the sources, without those that egressc made from the same policies.
#[derive(Debug)]
pub(in crate::api) struct Theirs {
    pub(in crate::api) objects: Objects,
    /// The diagnostics about the objects that are left out.
    pub(in crate::api) report: Report,
}

impl Theirs {
    pub(in crate::api) fn of(given: Objects, compiled: &Compiled) -> Self {
        let mut report = Report::default();
        let objects = without_ours(given, &compiled.objects, &mut report);
        Self { objects, report }
    }

    /// Without policies nothing is compiled, so the objects of an earlier compile stay in.
    pub(in crate::api) fn all(given: Objects) -> Self {
        Self { objects: given, report: Report::default() }
    }
}

/// A mesh that is ready for questions, because its policies and facts are valid.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct CompiledMesh<'m> {
    pub(in crate::api) environment: &'m Environment,
    /// The policies; `None` if there are only Istio's own objects.
    pub(in crate::api) set: Option<&'m PolicySet>,
    /// What the policies compile to.
    pub(in crate::api) manifests: &'m Manifests,
    /// The objects in the sources, without those that egressc made.
    pub(in crate::api) given: &'m Objects,
    /// These objects and the compiled ones.
    pub(in crate::api) objects: &'m Objects,
}
