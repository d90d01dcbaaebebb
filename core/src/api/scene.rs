//! What requests meet: the objects that the policies compile to, and those that are given in Istio's own words.

use serde_json::json;

use super::assemble::{Assembly, assemble};
use super::{SourceInput, UsageError};
use crate::check::{Valid, check};
use crate::diagnostic::Report;
use crate::emit::Undigested;
use crate::istio::Objects;
use crate::lower::lower;
use crate::manifest::Manifests;
use crate::model::{Environment, PolicySet};
use crate::prove::without_ours;
use crate::resource::Expectation;
use crate::source::SourceMap;
use crate::syntax::Document;

/// The sources of a request, ready to be asked questions.
pub(super) struct Scene {
    pub(super) sources: SourceMap,
    pub(super) documents: Vec<Document>,
    pub(super) report: Report,
    pub(super) expectations: Vec<Expectation>,
    /// `None` when something is wrong, which the report says.
    pub(super) stage: Option<Stage>,
}

/// What a scene is made of, once nothing is wrong with it.
pub(super) struct Stage {
    pub(super) environment: Environment,
    /// The policies; `None` when only Istio's own objects are given.
    pub(super) set: Option<Valid<PolicySet>>,
    /// What the policies compile to.
    pub(super) config: Manifests,
    /// The objects that are given.
    pub(super) given: Objects,
    /// Those and the compiled ones.
    pub(super) objects: Objects,
}

impl Scene {
    pub(super) fn of(inputs: &[SourceInput]) -> Result<Self, UsageError> {
        let Assembly { sources, documents, mut report, expectations, set } = assemble(inputs)?;
        let environment = set.environment.clone();
        // Without policies there is nothing to refuse: any mesh may be asked about, one that lets everything out too.
        let set = if set.policies.is_empty() { None } else { check(set, &mut report) };
        let given = Objects::decode(documents.iter().map(|document| &document.root));
        let stage = (!report.has_errors()).then(|| Stage::of(set, environment, given, &mut report));
        Ok(Self { sources, documents, report, expectations, stage })
    }
}

/// Resources as Istio reads what is written of them.
pub(super) fn written(config: &Manifests) -> Objects {
    let mut objects = Objects::default();
    for object in &config.objects {
        objects.made(&json!(Undigested(object)));
    }
    objects
}

impl Stage {
    pub(super) fn of(
        set: Option<Valid<PolicySet>>,
        environment: Environment,
        given: Objects,
        report: &mut Report,
    ) -> Self {
        let config = set.as_ref().map(lower).unwrap_or_default();
        let compiled = written(&config);
        // Without policies, what an earlier compile made is what there is.
        let given = if set.is_some() { without_ours(given, &compiled, report) } else { given };
        let objects = compiled.and(&given);
        Self { environment, set, config, given, objects }
    }
}
