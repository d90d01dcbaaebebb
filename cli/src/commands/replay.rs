use egressc_core::api::{ClientPath, QueryClient, Rendering, Replay, ReplayFormat, Workspace};

use crate::args::ReportFormat;
use crate::args::replay::{ReplayArgs, ReplayFailOn};
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs::{self, STDIN};
use crate::report::json;
use crate::terminal::{answer, rendering, say, tally};

/// So many bytes of a log are in memory at a time.
const PIECE: usize = 1 << 20;

/// Compares verdicts with access logs.
pub(crate) fn replay(args: &ReplayArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let is_stdin = |path: &&String| *path == "-";
    if args.inputs.paths.iter().chain(&args.log).filter(is_stdin).count() > 1 {
        return Err(vec!["standard input can be read only once, and `-` is used twice".to_owned()]);
    }
    let client = client(args)?;
    let sources = inputs::read(&args.inputs, host)?;
    let render: Rendering = rendering(Stream::Err, host);
    let workspace = Workspace::load(&sources).rendering(render);
    let mut replay = workspace.replay(Some(usize::from(args.examples)));
    if replay.ok() {
        for path in &args.log {
            read(path, client.as_ref(), &mut replay, host)?;
        }
    }
    let format = (args.format == ReportFormat::Text).then_some(ReplayFormat::Text);
    let mut response = replay.end(format);
    say(host, &response.rendered.take().unwrap_or_default());
    if !response.ok {
        say(host, &format!("refused: {}\n", tally(&response.diagnostics)));
    }
    match args.format {
        ReportFormat::Text => answer(host, &response.text.take().unwrap_or_default())?,
        ReportFormat::Json => answer(host, &json(&response)?)?,
    }
    let fails = match args.fail_on {
        ReplayFailOn::Differ => response.differ > 0,
        ReplayFailOn::Unknown => response.differ > 0 || response.unknown > 0,
    };
    // A log in another format would agree with everything.
    if response.ok && response.agree == 0 && response.differ == 0 && response.unknown == 0 {
        return Err(vec!["no line of the logs could be compared; the output contains the reasons".to_owned()]);
    }
    Ok(ExitStatus::of(response.ok && !fails))
}

fn client(args: &ReplayArgs) -> Result<Option<QueryClient>, Failure> {
    let client = args.from.as_deref().map(str::parse::<QueryClient>).transpose().map_err(failed)?;
    Ok(client.map(|mut client| {
        client.service_account.clone_from(&args.service_account);
        client.path = if args.gateway.is_some() { ClientPath::Direct } else { ClientPath::Sidecar };
        client.gateway.clone_from(&args.gateway);
        client
    }))
}

/// Reads a log piece by piece.
fn read(path: &str, client: Option<&QueryClient>, replay: &mut Replay<'_>, host: &mut dyn Host) -> Result<(), Failure> {
    let name = if path == "-" { STDIN } else { path };
    replay.begin(name, client).map_err(failed)?;
    let mut offset = 0_u64;
    loop {
        let piece = if path == "-" { host.read_stdin(PIECE) } else { host.read_file_from(path, offset, PIECE) };
        let piece = piece.map_err(|error| vec![format!("{name}: {error}")])?;
        if piece.is_empty() {
            return Ok(());
        }
        replay.read(&piece);
        offset = offset.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
}
