//! The fixes of `check` in their sources: only those that open no flow.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;

use super::judged::{Choice, judge};
use crate::api::{Content, DiffFormat, Place, Source, Workspace};
use crate::diagnostic::{Code, Diagnostic, Fix, Report, Severity, Withheld};
use crate::resource::Date;
use crate::resource::object_at;
use crate::source::{SourceId, Span};
use crate::syntax::Node;

/// So often the edits of one check are put in, and the result is checked again: a fix may show the next mistake.
const MOST_ROUNDS: usize = 32;

/// Sources with fixes in them.
#[derive(Debug)]
pub struct Fixed {
    /// All sources. Those without a fix are as they were.
    pub sources: Vec<Source>,
    /// The fixes that are in them, in the order in which they were put in.
    pub made: Vec<FixAt>,
    /// The fixes that are left to people, and why.
    pub left: Vec<(FixAt, LeftOut)>,
    /// What the fixes change for requests.
    pub flows: FixedFlows,
}

/// A fix, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixAt {
    /// The rule that offers it.
    pub code: &'static Code,
    /// What it does, in the imperative.
    pub title: String,
    /// What it replaces, in the text at the time: with the fixes of the rounds before it.
    pub place: Place,
}

/// Why a fix is left to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// It opens a flow, or it is unknown whether it does.
    Opens,
    /// The mistake is still there with it, or it makes sources wrong that were not.
    MendsNothing,
    /// Several objects share what it changes, by an anchor.
    Shared,
    /// The source is JSON, and would be none with it.
    NoJson,
    /// There were too many rounds. Another run goes on.
    AnotherRun,
    /// It may let in requests that come from outside of the mesh, which are not compared.
    LetsIn,
    /// There are too many edits, or too many objects, to compare its flows.
    NotCompared,
    /// The sources are refused for another reason, so that there are no flows to compare.
    Refused,
    /// The source is no text of UTF-8, or not a file of its own.
    NoText,
    /// It is in a CheckConfiguration, where it would change what the run shows.
    Configuration,
}

impl From<Withheld> for LeftOut {
    fn from(why: Withheld) -> Self {
        match why {
            Withheld::Opens => Self::Opens,
            Withheld::LetsIn => Self::LetsIn,
            Withheld::Shared => Self::Shared,
            Withheld::NotCompared => Self::NotCompared,
        }
    }
}

/// What fixes change for requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixedFlows {
    /// The changes as text, as `diff` writes them.
    Compared(String),
    /// The sources were refused before, so that there is nothing to compare with.
    RefusedBefore,
}

/// Puts the fixes of the diagnostics that are shown in, as long as there are any, and compares the flows before and after each of them.
///
/// Sources without errors have none with the fixes, and a fix that opens a flow is not in it. A source that is not UTF-8 text stays as
/// it is.
pub fn fixed(sources: &[Source], choice: &Choice, date: Option<Date>) -> Fixed {
    let before = Workspace::load(sources).at(date);
    let mut fixing = Fixing {
        workspace: Workspace::load(sources).at(date),
        sources: sources.to_vec(),
        made: Vec::new(),
        left: Vec::new(),
        tried: BTreeSet::new(),
    };
    let mut rounds = 0..MOST_ROUNDS;
    loop {
        let proposals = fixing.proposals(choice);
        if proposals.is_empty() {
            fixing.not_offered(choice);
            break;
        }
        if rounds.next().is_none() {
            fixing.left.extend(proposals.into_iter().map(|proposal| (proposal.at, LeftOut::AnotherRun)));
            break;
        }
        fixing.round(proposals);
    }
    fixing.finish(&before, sources)
}

struct Fixing {
    /// The sources, read.
    workspace: Workspace,
    sources: Vec<Source>,
    made: Vec<FixAt>,
    left: Vec<(FixAt, LeftOut)>,
    /// Fixes that are left out. Lines move, so they are known by what they say.
    tried: BTreeSet<Known>,
}

/// The source, the code, the message, the title, and the field.
type Known = (SourceId, &'static str, String, String, Option<String>);

struct Proposal {
    at: FixAt,
    fix: Fix,
    known: Known,
}

impl Fixing {
    /// Puts in all of them, or the first one of them, or nothing.
    fn round(&mut self, proposals: Vec<Proposal>) {
        let is_shared = |proposal: &Proposal| self.workspace.applicable(proposal.fix.clone()).is_none();
        let (shared, mut proposals): (Vec<_>, Vec<_>) = proposals.into_iter().partition(is_shared);
        for proposal in shared {
            self.tried.insert(proposal.known);
            self.left.push((proposal.at, LeftOut::Shared));
        }
        if proposals.is_empty() {
            return;
        }
        if self.put_in(&proposals).is_ok() {
            return;
        }
        // One of them is the reason, and the first one alone shows whether it is that one.
        let first = proposals.swap_remove(0);
        if let Err(reason) = self.put_in(std::slice::from_ref(&first)) {
            self.tried.insert(first.known);
            self.left.push((first.at, reason));
        }
    }

    /// The fixes that can be put in together: of two that overlap, the first one.
    fn proposals(&self, choice: &Choice) -> Vec<Proposal> {
        let workspace = &self.workspace;
        let mut places = workspace.places();
        // Where something is refused there are no flows to compare, so only the reasons of that are mended.
        let refused = workspace.checked().has_errors();
        let shown = judge(workspace, choice).shown.into_diagnostics();
        let wanted: Vec<_> = shown.filter(|each| !refused || each.severity() == Severity::Error).collect();
        let mut proposals: Vec<Proposal> = Vec::new();
        for Diagnostic { code, message, fix, .. } in Report::from(wanted).sorted() {
            let Some(fix) = fix.map(|fix| workspace.styled(fix)) else { continue };
            let place = places.place(fix.span, "");
            let known = (fix.span.source, code.id, message, fix.title.clone(), place.path.clone());
            let overlaps = |other: &Proposal| {
                let (one, other) = (fix.span, other.fix.span);
                one.source == other.source && one.start <= other.end && other.start <= one.end
            };
            if self.tried.contains(&known)
                || proposals.iter().any(overlaps)
                || !is_as_given(workspace, &self.sources, &fix)
                || is_in_configuration(workspace, fix.span)
            {
                continue;
            }
            proposals.push(Proposal { at: FixAt { code, title: fix.title.clone(), place }, fix, known });
        }
        proposals
    }

    /// Names the edits that are left and were not tried.
    fn not_offered(&mut self, choice: &Choice) {
        let workspace = &self.workspace;
        let mut places = workspace.places();
        let refused = workspace.checked().has_errors();
        for Diagnostic { code, message, fix, withheld, .. } in judge(workspace, choice).shown.sorted() {
            let (fix, why) = match (fix, withheld) {
                (Some(fix), _) if is_in_configuration(workspace, fix.span) => (fix, LeftOut::Configuration),
                (Some(fix), _) if !is_as_given(workspace, &self.sources, &fix) => (fix, LeftOut::NoText),
                (Some(fix), _) if refused && code.severity != Severity::Error => (fix, LeftOut::Refused),
                (None, Some((fix, why))) => (fix, why.into()),
                (Some(_), _) | (None, None) => continue,
            };
            let place = places.place(fix.span, "");
            let known = (fix.span.source, code.id, message, fix.title.clone(), place.path.clone());
            if !self.tried.contains(&known) {
                self.left.push((FixAt { code, title: fix.title, place }, why));
            }
        }
    }

    /// Puts some fixes in, if they mend something and open nothing.
    fn put_in(&mut self, proposals: &[Proposal]) -> Result<(), LeftOut> {
        let before = &self.workspace;
        let mut edited = self.sources.clone();
        let texts = before.with_edits(&proposals.iter().map(|proposal| &proposal.fix).collect::<Vec<_>>());
        for (source, text) in edited.iter_mut().zip(texts) {
            if let Some(text) = text {
                source.content = Content::Text(text);
            }
        }
        let is_json = |source: &Source| match &source.content {
            Content::Text(text) => serde_json::from_str::<IgnoredAny>(text).is_ok(),
            Content::Bytes(bytes) => serde_json::from_slice::<IgnoredAny>(bytes).is_ok(),
            Content::Value(_) => true,
        };
        if self.sources.iter().zip(&edited).any(|(old, new)| old != new && is_json(old) && !is_json(new)) {
            return Err(LeftOut::NoJson);
        }
        let after = Workspace::load(&edited).at(before.date());
        let codes: BTreeSet<&str> = proposals.iter().map(|proposal| proposal.at.code.id).collect();
        let number = |of: &Workspace, code: &str| of.checked().iter().filter(|each| each.code.id == code).count();
        let mends = codes.iter().all(|code| number(&after, code) < number(before, code));
        // Also where the sources are refused already: two keys that are renamed to one are another mistake, and no mended one.
        let errors: BTreeSet<&str> =
            after.checked().iter().filter(|each| each.severity() == Severity::Error).map(|each| each.code.id).collect();
        if !mends || errors.iter().any(|code| number(&after, code) > number(before, code)) {
            return Err(LeftOut::MendsNothing);
        }
        if opens(before, &after) {
            return Err(LeftOut::Opens);
        }
        self.made.extend(proposals.iter().map(|proposal| proposal.at.clone()));
        (self.workspace, self.sources) = (after, edited);
        Ok(())
    }

    fn finish(self, before: &Workspace, given: &[Source]) -> Fixed {
        let Self { workspace: after, sources, made, left, .. } = self;
        if before.mesh().1.is_none() {
            return Fixed { sources, made, left, flows: FixedFlows::RefusedBefore };
        }
        // Each step opened nothing, and the sum of them is looked at once more.
        match before.diff(&after, Some(DiffFormat::Text)) {
            Ok(compared) if compared.ok && !compared.widened => {
                Fixed { sources, made, left, flows: FixedFlows::Compared(compared.text.unwrap_or_default()) }
            }
            _ => {
                let left = left.into_iter().chain(made.into_iter().map(|at| (at, LeftOut::Opens))).collect();
                let flows = FixedFlows::Compared(String::new());
                Fixed { sources: given.to_vec(), made: Vec::new(), left, flows }
            }
        }
    }
}

/// Whether a change opens a flow, or leaves it unknown whether it does. Where the sources were refused before, there was no flow of
/// theirs.
fn opens(before: &Workspace, after: &Workspace) -> bool {
    before.mesh().1.is_some() && before.is_widened_by(after)
}

/// Whether the text of a fix is what the caller has: a value has no text to edit.
fn is_as_given(workspace: &Workspace, sources: &[Source], fix: &Fix) -> bool {
    workspace.texts().zip(sources).any(|((id, read), given)| {
        id == fix.span.source
            && match &given.content {
                Content::Text(text) => **text == *read.text,
                Content::Bytes(bytes) => **bytes == *read.text.as_bytes(),
                Content::Value(_) => false,
            }
    })
}

/// Whether a place is in a `CheckConfiguration`: an edit there would hide what the run is about to show.
fn is_in_configuration(workspace: &Workspace, place: Span) -> bool {
    let object = workspace.documents().iter().find_map(|document| object_at(&document.root, place));
    object.and_then(|object| object.get("kind")).and_then(Node::text) == Some("CheckConfiguration")
}
