//! Sources that are read once, for many questions.

mod checked;
mod consequences;
mod described;
mod discovery;
mod fixes;
mod foreign;
mod gateway_doubts;
mod kustomizations;
mod load;
mod mesh;
mod other_meshes;
mod patches;
mod places;
mod proof;

pub use described::{Described, described};
pub use foreign::{Foreign, foreign};
pub use load::{Loaded, load};
pub(super) use mesh::{Compiled, CompiledMesh, Theirs};
pub(super) use places::{MOST_DIAGNOSTICS, Places, shown};

use std::collections::BTreeSet;

use consequences::without_consequences;

use super::Source;
use super::types::{Diagnostic, Rendering};
use crate::check::{Valid, check};
use crate::diagnostic::{self, Fix, Report, render};
use crate::istio::Objects;
use crate::manifest::Manifests;
use crate::model::{Environment, PolicySet};
use crate::resource::{CheckConfiguration, Date, Expectation};
use crate::source::{self, PositionEncoding, SourceId, SourceMap, Span};
use crate::syntax::{Document, Node};

/// The policies of a mesh, the documents that describe it, and Istio's own objects: read once, for any number of
/// questions.
///
/// [`Workspace::load`] reads, links and checks the sources. It never fails, because a mistake in a document is a
/// diagnostic of every answer. A method compiles, proves or merges what it needs, and the next method uses the same
/// result. A workspace cannot change, so many threads may use it at the same time.
///
/// Each function of [`crate::api`] does the same for one question.
///
/// ```
/// use egressc_core::api::{Question, Source, TraceFormat, Verdict, Workspace};
///
/// let policy = r#"
/// apiVersion: istio.alibabacloud.com/v1
/// kind: ASMEgressTrafficPolicy
/// metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}
/// spec:
///   byEgressGateway: {name: egressgateway-a}
///   egressRules:
///   - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
///     to:
///     - hosts: [www.httpbin.org]
///       port: {name: http, number: 80, protocol: HTTP}
/// "#;
/// let workspace = Workspace::load(&[Source::text("policy.yaml", policy)]);
/// assert!(workspace.check().ok);
/// assert_eq!(workspace.compile(None)?.resources.len(), 7);
///
/// let allowed: Question = "mytest,app=sleep-a -> http://www.httpbin.org/get".parse()?;
/// let other: Question = "mytest,app=sleep-b -> http://www.httpbin.org/get".parse()?;
/// let verdict = |question| workspace.trace(question, None).map(|answer| answer.trace.map(|trace| trace.verdict));
/// assert_eq!(verdict(&allowed)?, Some(Verdict::Allowed));
/// assert_eq!(verdict(&other)?, Some(Verdict::Blocked));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
#[derive(Debug)]
pub struct Workspace {
    sources: SourceMap,
    documents: Vec<Document>,
    expectations: Vec<Expectation>,
    configurations: Vec<CheckConfiguration>,
    policies: Policies,
    /// The diagnostics up to here.
    report: Report,
    position_encoding: PositionEncoding,
    rendering: Option<Rendering>,
    date: Option<Date>,
    given: Objects,
    /// The sources that are templates, which only a check leaves out.
    templates: BTreeSet<SourceId>,
    compiled: Once<Compiled>,
    questioned: Once<Environment>,
    theirs: Once<Theirs>,
    together: Once<Objects>,
    proof: Once<Report>,
    checked: Once<Report>,
}

/// The result of a pure function of the workspace, which is computed when it is first needed.
#[expect(clippy::disallowed_types, reason = "what it holds depends on the workspace alone, whoever fills it first")]
type Once<T> = std::sync::OnceLock<T>;

/// The policies in the sources.
#[derive(Debug)]
enum Policies {
    /// There are none; the set contains the facts of the mesh.
    Missing(PolicySet),
    /// A document, a fact or a policy is wrong.
    Refused,
    Valid(Valid<PolicySet>),
}

impl Workspace {
    /// Reads, links and checks all documents of the sources.
    ///
    /// A mistake in them is a diagnostic of every answer.
    ///
    /// ```
    /// use egressc_core::api::{Source, Workspace};
    ///
    /// let workspace = Workspace::load(&[Source::text("policy.yaml", "kind: [")]);
    /// let said = workspace.check();
    /// assert!(!said.ok);
    /// assert_eq!(said.diagnostics[0].code, "EGR0101");
    /// ```
    pub fn load(sources: &[Source]) -> Self {
        let Loaded { sources, documents, mut report, expectations, configurations, set, objects, templates } =
            load(sources);
        let policies = if set.policies.is_empty() {
            Policies::Missing(set)
        } else {
            check(set, &mut report).map_or(Policies::Refused, Policies::Valid)
        };
        let report = without_consequences(report, &documents);
        Self {
            sources,
            documents,
            expectations,
            configurations,
            policies,
            report,
            position_encoding: PositionEncoding::default(),
            rendering: None,
            date: None,
            given: objects,
            templates,
            compiled: Once::new(),
            questioned: Once::new(),
            theirs: Once::new(),
            together: Once::new(),
            proof: Once::new(),
            checked: Once::new(),
        }
    }

    /// Sets the units of columns and offsets of every place; the default is UTF-8 bytes.
    ///
    /// ```
    /// use egressc_core::api::{PositionEncoding, Source, Workspace};
    ///
    /// let sources = [Source::text("policy.yaml", "# é\nkind: [")];
    /// let workspace = Workspace::load(&sources).position_encoding(PositionEncoding::Utf16);
    /// assert_eq!(workspace.check().diagnostics[0].labels[0].start.offset, 10);
    /// ```
    #[must_use]
    pub fn position_encoding(mut self, encoding: PositionEncoding) -> Self {
        self.position_encoding = encoding;
        self
    }

    /// Sets `rendered` of every response to the diagnostics as text; by default it is left out.
    ///
    /// ```
    /// use egressc_core::api::{Rendering, Source, Workspace};
    ///
    /// let workspace = Workspace::load(&[Source::text("policy.yaml", "kind: [")]).rendering(Rendering::Plain);
    /// assert!(workspace.check().rendered.is_some_and(|text| text.starts_with("error[EGR0101]")));
    /// ```
    #[must_use]
    pub fn rendering(mut self, rendering: impl Into<Option<Rendering>>) -> Self {
        self.rendering = rendering.into();
        self
    }

    /// Sets the day of today, for suppressions of diagnostics, which end. Without it none of them is followed.
    ///
    /// ```
    /// use egressc_core::api::{Source, Workspace};
    ///
    /// let entry = r#"
    /// apiVersion: networking.istio.io/v1
    /// kind: ServiceEntry
    /// metadata:
    ///   name: api
    ///   annotations: {egressc.dev/ignore: "EGR0713 until 2027-03-31: the partner has one address"}
    /// spec: {hosts: [api.example.com], exportTo: [.], ports: [{number: 443, name: tls, protocol: TLS}], resolution: NONE}
    /// "#;
    /// let workspace = Workspace::load(&[Source::text("entry.yaml", entry)]);
    /// let response = workspace.at("2027-03-01".parse().ok()).check();
    /// assert!(response.diagnostics.is_empty());
    /// assert_eq!(response.suppressed[0].reason, "the partner has one address");
    /// ```
    #[must_use]
    pub fn at(mut self, date: impl Into<Option<Date>>) -> Self {
        self.date = date.into();
        self
    }

    /// The day of today, if it is known.
    pub(super) fn date(&self) -> Option<Date> {
        self.date
    }

    /// What `check` shows and hides.
    pub(super) fn configurations(&self) -> &[CheckConfiguration] {
        &self.configurations
    }

    /// The policies, if they and the facts are valid.
    pub(super) fn policy_set(&self) -> Option<&Valid<PolicySet>> {
        match &self.policies {
            Policies::Valid(set) => Some(set),
            Policies::Missing(_) | Policies::Refused => None,
        }
    }

    /// The facts of the mesh, if they are valid.
    fn environment(&self) -> Option<&Environment> {
        match &self.policies {
            Policies::Missing(_) if self.report.has_errors() => None,
            Policies::Missing(set) => Some(&set.environment),
            Policies::Refused => None,
            Policies::Valid(set) => Some(&set.environment),
        }
    }

    /// The facts of the mesh for questions: some of them decide about requests, and about nothing that is compiled.
    fn questioned(&self) -> Option<&Environment> {
        let environment = self.environment()?;
        let doubts = match &self.policies {
            Policies::Missing(set) => &set.doubts,
            Policies::Valid(set) => &set.doubts,
            Policies::Refused => return None,
        };
        if doubts.is_empty() {
            return Some(environment);
        }
        Some(self.questioned.get_or_init(|| Environment { doubts: doubts.clone(), ..environment.clone() }))
    }

    /// Istio's objects among the documents, including those that egressc made.
    fn given(&self) -> &Objects {
        &self.given
    }

    /// The result of compiling the policies; it is empty if there are none.
    pub(super) fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| self.policy_set().map(Compiled::of).unwrap_or_default())
    }

    /// The objects that are the user's own.
    fn theirs(&self) -> &Theirs {
        self.theirs.get_or_init(|| match self.policies {
            Policies::Valid(_) => Theirs::of(self.given().clone(), self.compiled()),
            Policies::Missing(_) | Policies::Refused => Theirs::all(self.given().clone()),
        })
    }

    /// The mesh for questions, and its diagnostics; `None` if an error refuses all questions.
    ///
    /// Without policies there is nothing to refuse: questions about any mesh are answered, also about one that allows
    /// all traffic.
    pub(super) fn mesh(&self) -> (Report, Option<CompiledMesh<'_>>) {
        let mut report = self.report.clone();
        let Some(environment) = self.questioned() else { return (report, None) };
        let (compiled, theirs) = (self.compiled(), self.theirs());
        report.extend(theirs.report.iter().cloned());
        let mesh = CompiledMesh {
            environment,
            set: self.policy_set().map(|set| &**set),
            manifests: &compiled.manifests,
            given: &theirs.objects,
            objects: self.together.get_or_init(|| compiled.objects.and(&theirs.objects)),
        };
        (report, Some(mesh))
    }

    /// The diagnostics of a report that are shown, and the places for everything else in the answer.
    pub(super) fn say(&self, report: Report) -> (Said, Places<'_>) {
        self.say_all(&shown(report))
    }

    /// The same for diagnostics that have been selected already.
    pub(super) fn say_all(&self, diagnostics: &[diagnostic::Diagnostic]) -> (Said, Places<'_>) {
        let style = self.rendering.map(|rendering| match rendering {
            Rendering::Plain => render::Style::Plain,
            Rendering::Coloured => render::Style::Coloured,
        });
        let mut diagnostics = diagnostics.to_vec();
        for diagnostic in &mut diagnostics {
            diagnostic.fix = diagnostic.fix.take().map(|fix| fix.in_style(&self.sources));
        }
        let diagnostics = diagnostics.as_slice();
        let mut places = self.places();
        let said = Said {
            diagnostics: diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect(),
            rendered: style.map(|style| render::text(&self.sources, diagnostics, style)),
        };
        (said, places)
    }

    /// The texts, in the order of the sources.
    pub(super) fn texts(&self) -> impl Iterator<Item = (SourceId, &source::Source)> {
        self.sources.iter()
    }

    pub(super) fn source_name(&self, id: SourceId) -> &str {
        self.sources.get(id).map_or("", |source| &*source.name)
    }

    pub(super) fn places(&self) -> Places<'_> {
        Places::new(&self.sources, &self.documents, self.position_encoding)
    }

    /// A fix in the style of its source.
    pub(super) fn styled(&self, fix: Fix) -> Fix {
        fix.in_style(&self.sources)
    }

    /// A fix as it is put into its source; `None` where its place is in a part that several objects share by an anchor, so that it
    /// would change all of them.
    pub(super) fn applicable(&self, fix: Fix) -> Option<Fix> {
        let of_source = self.documents.iter().filter(|document| document.root.span.source == fix.span.source);
        let ways: usize = of_source.map(|document| ways_to(&document.root, fix.span)).sum();
        (ways <= 1).then(|| fix.in_style(&self.sources))
    }

    /// What was wrong in reading the sources, without what the policies compile to.
    pub(super) fn read_report(&self) -> Report {
        self.report.clone()
    }

    pub(super) fn documents(&self) -> &[Document] {
        &self.documents
    }

    pub(super) fn expectations(&self) -> &[Expectation] {
        &self.expectations
    }

    /// The resources, if the policies compile.
    pub(super) fn into_manifests(mut self) -> Manifests {
        self.compiled.take().map(|compiled| compiled.manifests).unwrap_or_default()
    }
}

/// On how many ways a tree leads to a place: on several where an alias or a merge key names a part again.
fn ways_to(node: &Node, place: Span) -> usize {
    // What an alias names stands elsewhere in the text than what it is a part of.
    let parts = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    let below: usize = parts.map(|part| ways_to(part, place)).sum();
    let holds = node.span.start <= place.start && place.end <= node.span.end;
    if below == 0 { usize::from(holds) } else { below }
}

/// The diagnostics of a response, as data and as text.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) rendered: Option<String>,
}
