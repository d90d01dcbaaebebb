//! What requests meet: the objects that the policies compile to, and those that are given in Istio's own words.

use serde_json::json;

use crate::check::Valid;
use crate::diagnostic::Report;
use crate::emit::Undigested;
use crate::istio::Objects;
use crate::lower::lower;
use crate::manifest::Manifests;
use crate::model::{Environment, PolicySet};
use crate::prove::without_ours;

/// What policies compile to.
#[derive(Debug, Default)]
pub(in crate::api) struct Compiled {
    /// The resources.
    pub(in crate::api) manifests: Manifests,
    /// The same as Istio reads what is written of them.
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

/// The objects that are given, without what egressc made of the same policies.
#[derive(Debug)]
pub(in crate::api) struct Theirs {
    pub(in crate::api) objects: Objects,
    /// What there is to say about those that are left out.
    pub(in crate::api) report: Report,
}

impl Theirs {
    pub(in crate::api) fn of(given: Objects, compiled: &Compiled) -> Self {
        let mut report = Report::default();
        let objects = without_ours(given, &compiled.objects, &mut report);
        Self { objects, report }
    }

    /// Without policies, what an earlier compile made is what there is.
    pub(in crate::api) fn all(given: Objects) -> Self {
        Self { objects: given, report: Report::default() }
    }
}

/// A mesh as it is asked about, once nothing is wrong with its policies and facts.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct CompiledMesh<'m> {
    pub(in crate::api) environment: &'m Environment,
    /// The policies; `None` when only Istio's own objects are given.
    pub(in crate::api) set: Option<&'m PolicySet>,
    /// What the policies compile to.
    pub(in crate::api) manifests: &'m Manifests,
    /// The objects that are given.
    pub(in crate::api) given: &'m Objects,
    /// Those and the compiled ones.
    pub(in crate::api) objects: &'m Objects,
}
