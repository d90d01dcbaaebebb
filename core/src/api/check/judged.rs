//! Which diagnostics of `check` are shown: those that no suppression hides, of the codes that somebody wants to see.

use super::codes_meant::{CodeSet, ignored, is_always_shown, selected};
use super::suppressions::{Suppression, suppressions};
use crate::api::Workspace;
use crate::diagnostic::{Diagnostic, Report, Severity, codes};
use crate::source::Spanned;
use crate::syntax::{Document, Node};

/// Which codes a caller asks for, instead of what the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The codes that are shown; if `None`, those of the configuration.
    pub select: Option<CodeSet>,
    /// The codes that are hidden; if `None`, those of the configuration.
    pub ignore: Option<CodeSet>,
}

/// The diagnostics of `check`, told apart.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) shown: Report,
    pub(super) suppressed: Vec<(Diagnostic, Suppression)>,
    /// Whether there is no error, shown or not.
    pub(super) ok: bool,
    /// `failOn` of the configuration.
    pub(super) fail_on: Option<Severity>,
}

/// Whether the sources are a `CheckConfiguration` and nothing else, right or wrong.
pub fn is_configuration(workspace: &Workspace) -> bool {
    let kind = |document: &Document| document.root.get("kind").and_then(Node::text) == Some("CheckConfiguration");
    !workspace.documents().is_empty() && workspace.documents().iter().all(kind)
}

/// Whether a `CheckConfiguration` is among the sources.
pub fn has_configuration(workspace: &Workspace) -> bool {
    !workspace.configurations().is_empty()
}

/// Tells the diagnostics of a workspace apart.
pub(super) fn judge(workspace: &Workspace, choice: &Choice) -> Judged {
    let mut said = Report::default();
    let configurations = workspace.configurations();
    if let [first, second, ..] = configurations {
        said.push(
            Diagnostic::new(&codes::TWO_CONFIGURATIONS, second.span, "the input contains two CheckConfigurations")
                .label(first.span, "the first one")
                .help("use one of them, or check the folders in separate runs"),
        );
    }
    let configuration = configurations.first();
    let select = configuration.and_then(|configuration| configuration.select.as_deref());
    let ignore = configuration.map(|configuration| &*configuration.ignore).unwrap_or_default();
    let select = choice.select.clone().or_else(|| select.map(|words| read(words, selected, &mut said)));
    let ignore = choice.ignore.clone().unwrap_or_else(|| read(ignore, ignored, &mut said));

    let in_force = suppressions(workspace, workspace.date(), &mut said);
    let mut is_used = vec![false; in_force.len()];
    let mut suppressed = Vec::new();
    let mut left = Vec::new();
    let checked = workspace.checked();
    for diagnostic in checked.iter() {
        match in_force.iter().zip(&mut is_used).find(|(each, _)| each.hides(diagnostic, workspace)) {
            Some((suppression, is_used)) => {
                *is_used = true;
                suppressed.push((diagnostic.clone(), suppression.clone()));
            }
            None => left.push(diagnostic.clone()),
        }
    }
    // Where something is refused or left out, what a suppression would hide was perhaps not looked for.
    let is_whole = !checked.has_errors() && checked.iter().all(|each| each.code != &codes::NOT_ALL_ASKED);
    if is_whole {
        let unused = in_force.iter().zip(&is_used).filter(|(_, is_used)| !**is_used);
        said.extend(unused.map(|(suppression, _)| suppression.unused()));
    }
    let ok = !checked.has_errors() && !said.has_errors();
    left.extend(said.into_diagnostics());
    left.retain(|each| {
        let is_selected = select.as_ref().is_none_or(|select| select.contains(each.code.id));
        is_always_shown(each.code) || (is_selected && !ignore.contains(each.code.id))
    });
    Judged {
        shown: Report::from(left),
        suppressed,
        ok,
        fail_on: configuration.and_then(|configuration| configuration.fail_on),
    }
}

/// The codes that words of a configuration mean. A word that means none is an error: without it more or less would be hidden than its
/// author thinks.
fn read(
    words: &[Spanned<String>],
    meant: impl Fn(&[String]) -> Result<CodeSet, Vec<String>>,
    report: &mut Report,
) -> CodeSet {
    let mut codes = CodeSet::new();
    for word in words {
        match meant(std::slice::from_ref(&word.value)) {
            Ok(meant) => codes.extend(meant),
            Err(problems) => {
                report
                    .extend(problems.into_iter().map(|problem| Diagnostic::new(&codes::BAD_CODE, word.span, problem)));
            }
        }
    }
    codes
}
