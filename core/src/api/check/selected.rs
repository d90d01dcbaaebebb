//! `check` for a linter: what tells one diagnostic from another when lines move, and how many there are of each code.

use std::collections::BTreeSet;

use super::judged::{Choice, Judged, judge};
use super::object_name::{ObjectName, object_name};
use super::{CheckResponse, Suppressed};
use crate::api::Workspace;
use crate::api::gateway_ports;
use crate::api::workspace::{MOST_DIAGNOSTICS, Said, shown};
use crate::diagnostic::{Code, Diagnostic, Report, Severity, codes};

/// The answer of `check`, and what a linter needs beside it.
#[derive(Debug)]
pub struct Selected {
    /// The response of `check`.
    pub response: CheckResponse,
    /// For each of its diagnostics, the object with the first place.
    pub objects: Vec<Option<ObjectName>>,
    /// The same for each one that is suppressed.
    pub suppressed_objects: Vec<Option<ObjectName>>,
    /// How many there are of each code, in the order of the codes. The response may show fewer.
    pub counts: Vec<(&'static Code, usize)>,
    /// How many are suppressed. The response may have fewer.
    pub suppressed: usize,
    /// `failOn` of the configuration.
    pub fail_on: Option<Severity>,
    /// The sources of configurations that are not in force.
    pub left_out: BTreeSet<String>,
}

/// As [`Workspace::check`], with codes that the caller chooses. The others do not count towards the number that is shown.
pub fn check_selected(workspace: &Workspace, choice: &Choice) -> Selected {
    let Judged { shown: judged, suppressed, ok, fail_on, left_out } = judge(workspace, choice);
    let sorted = judged.sorted();
    let number = |code: &Code| sorted.iter().filter(|each| each.code == code).count();
    let counts = codes::ALL.iter().map(|code| (*code, number(code))).filter(|(_, number)| *number > 0).collect();
    let shown = shown(Report::from(sorted));
    let object = |each: &Diagnostic| each.span().and_then(|span| object_name(workspace, span));
    let objects = shown.iter().map(object).collect();
    let (Said { diagnostics, rendered }, mut places) = workspace.say_all(&shown);
    let number = suppressed.len();
    let first = || suppressed.iter().take(MOST_DIAGNOSTICS);
    let response = CheckResponse {
        ok,
        gateway_ports: workspace.policy_set().map(|set| gateway_ports(set)).unwrap_or_default(),
        diagnostics,
        suppressed: first()
            .map(|(diagnostic, suppression)| Suppressed {
                diagnostic: places.diagnostic(diagnostic),
                reason: suppression.reason.clone(),
                until: suppression.until,
                place: places.place(suppression.span, ""),
            })
            .collect(),
        rendered,
    };
    let suppressed_objects = first().map(|(diagnostic, _)| object(diagnostic)).collect();
    Selected { response, objects, suppressed_objects, counts, suppressed: number, fail_on, left_out }
}
