use std::collections::BTreeSet;

use egressc_core::api::{CheckResponse, PositionEncoding, Severity, Workspace};
use egressc_core::stages::{Selected, check_selected, fixed};
use serde::Serialize;

use crate::args::check::{CheckArgs, CheckFormat, FailOn};
use crate::exit::{ExitStatus, Failure};
use crate::host::{Host, Stream};
use crate::report::{Findings, Frequency, github, gitlab, json, junit, sarif, table};
use crate::selection::Selection;
use crate::terminal::{answer, count, rendering, say, tally};
use crate::{fixes, inputs};

/// Checks a set of policies and prints what is wrong.
pub(crate) fn check(args: &CheckArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let selection = Selection::read(&args.select, &args.ignore)?;
    if args.statistics && !matches!(args.format, CheckFormat::Text | CheckFormat::Json) {
        return Err(vec!["--statistics requires --format text or --format json".to_owned()]);
    }
    let mut sources = inputs::read(&args.inputs.paths, host)?;
    let mut has_difference = false;
    if args.fix || args.diff {
        let fixed = fixed(&sources, |code| selection.shows(code));
        let files = fixes::files(&sources, &fixed);
        if args.diff {
            answer(host, &fixes::difference(&sources, &fixed))?;
            has_difference = files > 0;
        } else {
            fixes::write(&sources, &fixed, host)?;
        }
        say(host, &fixes::summary(&fixed, files));
        sources = fixed.sources;
    }
    let render = (args.format == CheckFormat::Text).then(|| rendering(args.color, Stream::Out, host));
    let workspace = Workspace::load(&sources).position_encoding(encoding(args.format)).rendering(render);
    let Selected { mut response, objects, counts } = check_selected(&workspace, |code| selection.shows(code));

    // Of all diagnostics, also of those beyond what is shown.
    let worst = counts.iter().map(|(code, _)| code.severity).min();
    let outcome = Outcome::of(worst, args.fail_on);
    let summary = summary(&response, outcome, sources.len());
    let statistics = || counts.iter().map(Frequency::of).collect::<Vec<_>>();
    let findings = Findings {
        diagnostics: &response.diagnostics,
        objects: &objects,
        sources: &sources,
        fails_from: args.fail_on.severity(),
    };
    let text = match args.format {
        CheckFormat::Text if args.statistics => table(statistics()) + &summary,
        CheckFormat::Text => response.rendered.take().unwrap_or_default() + &summary,
        CheckFormat::Json => {
            let statistics = args.statistics.then(statistics);
            json(&Answer { response: &response, statistics })?
        }
        CheckFormat::Sarif => sarif(&findings)?,
        CheckFormat::Junit => junit(&findings)?,
        CheckFormat::Github => github(&findings) + &summary,
        CheckFormat::Gitlab => gitlab(&findings)?,
    };
    if args.diff {
        say(host, &summary);
        return Ok(ExitStatus::of(outcome == Outcome::Passed && !has_difference));
    }
    answer(host, &text)?;
    // These are written to a file, so that the log of a job would not show why it failed.
    if matches!(args.format, CheckFormat::Sarif | CheckFormat::Junit | CheckFormat::Gitlab) {
        say(host, &summary);
    }
    Ok(ExitStatus::of(outcome == Outcome::Passed))
}

/// The response of the library, and what was asked for beside it.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    response: &'a CheckResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<Vec<Frequency>>,
}

/// The response of the library counts bytes, as it does everywhere; people and other programs count characters.
fn encoding(format: CheckFormat) -> PositionEncoding {
    match format {
        CheckFormat::Text | CheckFormat::Json => PositionEncoding::default(),
        CheckFormat::Sarif | CheckFormat::Junit | CheckFormat::Github | CheckFormat::Gitlab => PositionEncoding::Utf32,
    }
}

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Refused,
    /// Only because of `--fail-on`.
    Failed(FailOn),
}

impl Outcome {
    fn of(worst: Option<Severity>, fail_on: FailOn) -> Self {
        match worst {
            Some(Severity::Error) => Self::Refused,
            Some(worst) if worst <= fail_on.severity() => Self::Failed(fail_on),
            Some(_) | None => Self::Passed,
        }
    }
}

fn summary(response: &CheckResponse, outcome: Outcome, sources: usize) -> String {
    let tally = tally(&response.diagnostics);
    match outcome {
        Outcome::Refused => format!("refused: {tally}\n"),
        Outcome::Failed(fail_on) => format!("failed because of --fail-on {}: {tally}\n", fail_on.name()),
        Outcome::Passed => {
            let destinations: BTreeSet<(&str, u16)> =
                response.gateway_ports.iter().map(|row| (row.host.as_str(), row.port)).collect();
            let comma = if tally.is_empty() { "" } else { ", " };
            let sources = count(sources, "source");
            // Without policies there are only the objects that people wrote by hand.
            if destinations.is_empty() {
                return format!("ok: {sources} without policies{comma}{tally}\n");
            }
            format!("ok: {} in {sources}{comma}{tally}\n", count(destinations.len(), "destination"))
        }
    }
}
