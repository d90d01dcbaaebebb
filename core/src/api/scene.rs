//! What requests meet: the objects that the policies compile to, and those that are given in Istio's own words.

use serde_json::Value;

use super::assemble::{Assembly, assemble};
use super::{SourceInput, UsageError};
use crate::check::Valid;
use crate::diagnostic::Report;
use crate::emit;
use crate::istio::Objects;
use crate::lower::lower;
use crate::mesh::MeshConfig;
use crate::model::{Environment, PolicySet};
use crate::source::SourceMap;
use crate::syntax::Document;

/// The sources of a request, ready to be asked questions.
pub(super) struct Scene {
    pub(super) sources: SourceMap,
    pub(super) documents: Vec<Document>,
    pub(super) report: Report,
    /// `None` when something is wrong, which the report says.
    pub(super) stage: Option<Stage>,
}

/// What a scene is made of, once nothing is wrong with it.
pub(super) struct Stage {
    pub(super) environment: Environment,
    /// The policies; `None` when only Istio's own objects are given.
    pub(super) set: Option<Valid<PolicySet>>,
    /// What the policies compile to.
    pub(super) config: MeshConfig,
    /// The same as it is written.
    pub(super) resources: Vec<Value>,
    /// All objects, given and compiled.
    pub(super) objects: Objects,
}

impl Scene {
    pub(super) fn of(inputs: &[SourceInput]) -> Result<Self, UsageError> {
        let Assembly { sources, documents, mut report, set } = assemble(inputs)?;
        let environment = set.environment.clone();
        // Without policies there is nothing to refuse: any mesh may be asked about, one that lets everything out too.
        let set = if set.policies.is_empty() { None } else { Some(crate::check::check(set, &mut report)) };
        let stage = (!report.has_errors()).then(|| {
            let set = set.flatten();
            let config = set.as_ref().map(lower).unwrap_or_default();
            let resources = emit::values(&config, environment.istio_api);
            let mut objects = Objects::decode(documents.iter().map(|document| &document.root));
            for value in &resources {
                objects.made(value);
            }
            Stage { environment, set, config, resources, objects }
        });
        Ok(Self { sources, documents, report, stage })
    }
}
