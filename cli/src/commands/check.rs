use std::collections::BTreeSet;

use egressc_core::api::{CheckResponse, Date, PositionEncoding, Severity, Source, Workspace};
use egressc_core::stages::{Choice, Selected, check_selected, fixed, ignored, selected};
use serde::Serialize;

use crate::args::check::{CheckArgs, CheckFormat, FailOn};
use crate::exit::{ExitStatus, Failure};
use crate::host::{Host, Stream};
use crate::report::{Findings, Frequency, github, gitlab, json, junit, sarif, table};
use crate::terminal::{answer, count, printed, rendering, say, tally};
use crate::{configuration, fixes, inputs};

/// Checks a set of policies and prints what is wrong.
pub(crate) fn check(args: &CheckArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let mut choice = choice(args)?;
    if args.statistics && !matches!(args.format, CheckFormat::Text | CheckFormat::Json) {
        return Err(vec!["--statistics requires --format text or --format json".to_owned()]);
    }
    let mut sources = inputs::read(&args.inputs, host)?;
    let given = sources.len();
    choice.configuration = configuration::add(args, &mut sources, host)?;
    let date = args.now.unwrap_or_else(|| Date::of_unix_time(host.now()));
    let has_difference = fix(args, &mut sources, (&choice, date), host)?;
    let render = (args.format == CheckFormat::Text).then(|| rendering(Stream::Out, host));
    let workspace = Workspace::load(&sources).at(date).position_encoding(encoding(args.format)).rendering(render);
    let selected = check_selected(&workspace, &choice);
    let fail_on = args.fail_on.or_else(|| selected.fail_on.map(FailOn::of)).unwrap_or(FailOn::Error);
    let Selected { mut response, objects, suppressed_objects, counts, suppressed, left_out, .. } = selected;
    for name in &left_out {
        let name = printed(name);
        say(
            host,
            &format!(
                "note: the CheckConfiguration in {name} is ignored: it is not that of this run (--config names one)\n"
            ),
        );
    }

    // Of all diagnostics, also of those beyond what is shown.
    let worst = counts.iter().map(|(code, _)| code.severity).min();
    let outcome = Outcome::of(worst, fail_on);
    let summary = summary(&response, outcome, (given, suppressed));
    if args.diff {
        say(host, &summary);
        return Ok(ExitStatus::of(outcome == Outcome::Passed && !has_difference));
    }
    let statistics = || counts.iter().map(Frequency::of).collect::<Vec<_>>();
    let findings = Findings {
        diagnostics: &response.diagnostics,
        objects: &objects,
        suppressed: &response.suppressed,
        suppressed_objects: &suppressed_objects,
        sources: &sources,
        fails_from: fail_on.severity(),
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
    answer(host, &text)?;
    // These are written to a file, so that the log of a job would not show why it failed.
    if matches!(args.format, CheckFormat::Sarif | CheckFormat::Junit | CheckFormat::Gitlab) {
        say(host, &summary);
    }
    Ok(ExitStatus::of(outcome == Outcome::Passed))
}

/// The codes of `--select` and `--ignore`. Names every word that is wrong at once.
fn choice(args: &CheckArgs) -> Result<Choice, Failure> {
    let mut failure = Failure::new();
    let mut problems = |option: &str, said: Vec<String>| {
        failure.extend(said.into_iter().map(|problem| format!("{option}: {problem}")));
    };
    let select = args.select.as_deref().map(selected).transpose();
    let select = select.map_err(|said| problems("--select", said)).ok().flatten();
    let ignore = args.ignore.as_deref().map(ignored).transpose();
    let ignore = ignore.map_err(|said| problems("--ignore", said)).ok().flatten();
    if failure.is_empty() { Ok(Choice { select, ignore, ..Choice::default() }) } else { Err(failure) }
}

/// Puts the fixes into the sources, and into the files or on the screen. Returns whether there are any.
fn fix(
    args: &CheckArgs,
    sources: &mut Vec<Source>,
    (choice, date): (&Choice, Date),
    host: &mut dyn Host,
) -> Result<bool, Failure> {
    if !args.fix && !args.diff {
        return Ok(false);
    }
    let fixed = fixed(sources, choice, Some(date));
    let files = fixes::files(sources, &fixed);
    if args.diff {
        answer(host, &fixes::difference(sources, &fixed))?;
    } else {
        fixes::write(sources, &fixed, host)?;
    }
    say(host, &fixes::summary(&fixed, files));
    *sources = fixed.sources;
    Ok(files > 0)
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

fn summary(response: &CheckResponse, outcome: Outcome, (sources, suppressed): (usize, usize)) -> String {
    let mut tally = tally(&response.diagnostics);
    if suppressed > 0 {
        let comma = if tally.is_empty() { "" } else { ", " };
        tally = format!("{tally}{comma}{suppressed} suppressed");
    }
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
