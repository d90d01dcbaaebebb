//! Which diagnostics of `check` are shown: those that no suppression hides, of the codes that somebody wants to see.

use std::collections::BTreeSet;

use super::codes_meant::{CodeSet, ignored, is_always_shown, selected};
use super::passed_dates::passed_dates;
use super::suppressions::{Suppression, suppressions};
use crate::api::Workspace;
use crate::diagnostic::{Diagnostic, Report, Severity, codes};
use crate::resource::CheckConfiguration;
use crate::source::Spanned;
use crate::syntax::{Document, Node};

/// What a caller asks for, instead of what the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Which configuration is in force.
    pub configuration: InForce,
    /// The codes that are shown; if `None`, those of the configuration.
    pub select: Option<CodeSet>,
    /// The codes that are hidden; if `None`, those of the configuration.
    pub ignore: Option<CodeSet>,
}

/// Which `CheckConfiguration` is in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum InForce {
    /// The one among the sources.
    #[default]
    Given,
    /// That of the source with this name. Others are left out: one in the folder of a team would hide what is said about all.
    Of(String),
    /// None.
    Nothing,
}

impl InForce {
    /// The configurations that are in force, and the names of the sources of the others.
    fn divide<'w>(&self, workspace: &'w Workspace) -> (Vec<&'w CheckConfiguration>, BTreeSet<String>) {
        let mut in_force = Vec::new();
        let mut others = BTreeSet::new();
        for each in workspace.configurations() {
            let source = workspace.source_name(each.span.source);
            match self {
                Self::Given => in_force.push(each),
                Self::Of(name) if name == source => in_force.push(each),
                Self::Of(_) | Self::Nothing => {
                    others.insert(source.to_owned());
                }
            }
        }
        (in_force, others)
    }
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
    /// The sources of configurations that are not in force.
    pub(super) left_out: BTreeSet<String>,
}

/// Whether the sources are a `CheckConfiguration` and nothing else, right or wrong.
pub fn is_configuration(workspace: &Workspace) -> bool {
    let kind = |document: &Document| document.root.get("kind").and_then(Node::text) == Some("CheckConfiguration");
    !workspace.documents().is_empty() && workspace.documents().iter().all(kind)
}

/// Tells the diagnostics of a workspace apart.
pub(super) fn judge(workspace: &Workspace, choice: &Choice) -> Judged {
    let mut said = Report::default();
    let (configurations, left_out) = choice.configuration.divide(workspace);
    if let [first, second, ..] = configurations.as_slice() {
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

    let in_force = suppressions(workspace, &configurations, &mut said);
    let mut is_used = vec![false; in_force.len()];
    let mut suppressed = Vec::new();
    let mut left = Vec::new();
    let checked = workspace.checked();
    let dated = passed_dates(workspace);
    for diagnostic in checked.iter().chain(dated.iter()) {
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
        left_out,
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
