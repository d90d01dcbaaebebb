//! One kind of policy as the other: `apiVersion` and `kind` are replaced where they stand, and nothing else.

mod types;

pub use types::{ConvertRequest, ConvertResponse, ConvertedSource, PolicyKind};

use super::workspace::Said;
use super::{UsageError, Workspace};
use crate::diagnostic::{Diagnostic, Fix, Report, Severity, codes};
use crate::resource::{self, Replacement, conversion};
use crate::source::Span;

/// Converts policies of one kind to the other.
///
/// ```
/// use egressc_core::api::{ConvertRequest, PolicyKind, Source, convert};
///
/// let policy = "# ours\napiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {name: a}\nspec:\n  \
///     byEgressGateway: {name: a}\n  egressRules:\n  - from: [{namespace: a}]\n    to: [{hosts: [a.example], port: {number: 80, protocol: HTTP}}]\n";
/// let response = convert(&ConvertRequest {
///     sources: vec![Source::text("policy.yaml", policy)],
///     to: PolicyKind::EgressPolicy,
///     position_encoding: Default::default(),
///     render: None,
/// })?;
/// assert!(response.converted[0].text.starts_with("# ours\napiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\n"));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// Never; a policy that cannot be converted is a diagnostic.
pub fn convert(request: &ConvertRequest) -> Result<ConvertResponse, UsageError> {
    let ConvertRequest { sources, to, position_encoding, render } = request;
    let workspace = Workspace::load(sources).position_encoding(*position_encoding).rendering(*render);
    Ok(workspace.convert(*to))
}

impl Workspace {
    /// The policies of the sources as policies of a kind.
    ///
    /// ```
    /// use egressc_core::api::{PolicyKind, Workspace};
    ///
    /// let response = Workspace::load(&[]).convert(PolicyKind::EgressPolicy);
    /// assert!(response.ok && response.converted.is_empty());
    /// ```
    pub fn convert(&self, to: PolicyKind) -> ConvertResponse {
        let to = match to {
            PolicyKind::Asm => resource::PolicyKind::Asm,
            PolicyKind::EgressPolicy => resource::PolicyKind::Egress,
        };
        let mut report = Report::default();
        // What is written wrongly matters, and what the policies would mean in a mesh does not.
        let is_of_text =
            |each: &Diagnostic| ["EGR00", "EGR01", "EGR02"].iter().any(|part| each.code.id.starts_with(part));
        let read = self.read_report().into_diagnostics();
        report.extend(read.filter(|each| each.severity() == Severity::Error && is_of_text(each)));
        let mut fixes = Vec::new();
        for document in self.documents() {
            for Replacement { span, text } in conversion(&document.root, to, &mut report) {
                let fix = Fix { title: String::new(), span, replacement: text.to_owned() };
                match self.applicable(fix) {
                    Some(fix) => fixes.push(fix),
                    None => report.push(shared(span, text)),
                }
            }
        }
        let ok = !report.has_errors();
        let (Said { diagnostics, rendered }, _) = self.say(report);
        let edited = if ok { self.with_edits(&fixes.iter().collect::<Vec<_>>()) } else { Vec::new() };
        let converted = self
            .texts()
            .zip(edited)
            .filter_map(|((_, source), text)| Some(ConvertedSource { name: source.name.to_string(), text: text? }));
        ConvertResponse { ok, converted: converted.collect(), diagnostics, rendered }
    }
}

/// A value of an object that another one has, too: both would be changed.
fn shared(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(&codes::NOT_CONVERTED, span, format!("`{text}` cannot be written here"))
        .note("several objects share this part of the text by an anchor, and all of them would change")
        .help("write `apiVersion` and `kind` of the policy without an alias")
}
