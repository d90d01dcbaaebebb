use egressc_core::api::{self, DiffRequest, Source};

use crate::args::diff::{DiffArgs, FailOn};
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::report::json;
use crate::terminal::{answer, count, printed, rendering, say, tally};
use crate::{inputs, waves};

/// Prints what a change opens, closes and reroutes.
pub(crate) fn diff(args: &DiffArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let stdin = |path: &String| path == "-";
    if [&args.old, &args.new].into_iter().chain(&args.with).filter(|path| stdin(path)).count() > 1 {
        return Err(vec!["standard input can be read only once, and `-` is used twice".to_owned()]);
    }
    // Each is read once, so that a pipe can be on one side, and what both have is the same for both.
    let both =
        if args.with.is_empty() { Vec::new() } else { inputs::read_paths(&args.with, &args.chosen.exclude, host)? };
    let mut side = |path: &String| -> Result<Vec<Source>, Failure> {
        let mut sources = inputs::read_or_nothing(path, &args.chosen.exclude, host)?;
        sources.extend(both.iter().cloned());
        Ok(sources)
    };
    let (before, after) = (side(&args.old)?, side(&args.new)?);
    let format = args.format.text();
    let render = Some(rendering(Stream::Err, host));
    let mut response = api::diff(&DiffRequest {
        before: before.clone(),
        after: after.clone(),
        format,
        render,
        ..DiffRequest::default()
    })
    .map_err(failed)?;
    say(host, &response.rendered.take().unwrap_or_default());
    let tally = tally(&response.diagnostics);
    if !tally.is_empty() {
        let verdict = if response.ok { "" } else { "refused: " };
        say(host, &format!("{verdict}{tally}\n"));
    }
    let text = match format {
        Some(_) => response.text.take().unwrap_or_default(),
        None => json(&response)?,
    };
    answer(host, &text)?;
    let hits = match args.fail_on {
        None => 0,
        Some(FailOn::Widened) => {
            let flows = response.changes.iter().filter(|change| change.kind.widens()).count();
            flows.saturating_add(response.settings.iter().filter(|change| change.weakens).count())
        }
        Some(FailOn::Any) => response.changes.len().saturating_add(response.settings.len()),
    };
    let hit = hits > 0;
    if response.ok && hit {
        let what = if args.fail_on == Some(FailOn::Any) { "--fail-on any" } else { "--fail-on widened" };
        say(host, &format!("{what}: {}\n", count(hits, "change")));
    }
    if let Some(folder) = args.output.as_ref().filter(|_| response.ok && !hit) {
        let number = waves::write(folder, &response, (&before, &after), host)?;
        say(host, &format!("wrote {} to {}\n", count(number, "wave"), printed(folder)));
    }
    Ok(if response.ok && !hit { ExitStatus::Answered } else { ExitStatus::Refused })
}
