use std::collections::btree_map::Entry;

use egressc_core::api::{
    self, ClientPath, Query, QueryClient, QueryTarget, Source, TraceFormat, TraceRequest, TraceResponse, Verdict,
};

use crate::args::trace::{ExpectArg, TraceArgs, TraceFormatArg};
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::report::json;
use crate::terminal::{answer, rendering, say, tally};

/// A log line is shorter; what follows the first line break is not looked at.
const MOST_LOG_BYTES: usize = 1 << 20;

/// Evaluates one request.
pub(crate) fn trace(args: &TraceArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs, host)?;
    let render = Some(rendering(Stream::Err, host));
    let format = match args.format {
        TraceFormatArg::Text => Some(TraceFormat::Text),
        TraceFormatArg::Mermaid => Some(TraceFormat::Mermaid),
        TraceFormatArg::Json => None,
    };
    let asked = TraceRequest { format, render, ..asked(args, sources, host)? };
    let mut response = api::trace(&asked).map_err(failed)?;
    say(host, &response.rendered.take().unwrap_or_default());
    if !response.ok {
        say(host, &format!("refused: {}\n", tally(&response.diagnostics)));
    }
    match format {
        Some(_) => answer(host, &response.text.take().unwrap_or_default())?,
        None => answer(host, &json(&response)?)?,
    }
    if !response.ok {
        return Ok(ExitStatus::of(false));
    }
    match args.expect.and_then(|expected| unexpected(expected, &response)) {
        Some(message) => {
            say(host, &message);
            Ok(ExitStatus::of(false))
        }
        None => Ok(ExitStatus::of(true)),
    }
}

/// The request that the arguments ask about.
fn asked(args: &TraceArgs, sources: Vec<Source>, host: &mut dyn Host) -> Result<TraceRequest, Failure> {
    let from = args.from.as_deref().map(str::parse::<QueryClient>).transpose().map_err(failed)?;
    let from = from.map(|mut from| {
        from.service_account.clone_from(&args.service_account);
        from.path = if args.direct { ClientPath::Direct } else { ClientPath::Sidecar };
        from.gateway.clone_from(&args.gateway);
        from
    });
    if let Some(line) = &args.access_log {
        let access_log = Some(if line == "-" { first_line(args, host)? } else { line.clone() });
        return Ok(TraceRequest { sources, access_log, client: from, ..TraceRequest::default() });
    }
    let (Some(from), Some(to)) = (from, &args.to) else {
        return Err(vec!["use --from and --to, or --access-log".to_owned()]);
    };
    let mut to: QueryTarget = to.parse().map_err(failed)?;
    if args.method.is_some() {
        to.method.clone_from(&args.method);
    }
    to.address.clone_from(&args.address);
    to.sni.clone_from(&args.sni);
    for header in &args.header {
        let (name, value) = name_and_value(header)?;
        match to.headers.entry(name) {
            Entry::Occupied(known) => to.more_headers.entry(known.key().clone()).or_default().push(value),
            Entry::Vacant(new) => {
                new.insert(value);
            }
        }
    }
    Ok(TraceRequest { sources, query: Some(Query { from, to }), ..TraceRequest::default() })
}

/// A header of the command line. A pseudo-header begins with a colon, and only that of `Host` is one here: the others have
/// arguments of their own.
fn name_and_value(header: &str) -> Result<(String, String), Failure> {
    let no_header = || vec![format!("`{header}` is not a header; write `Name: value`")];
    let (mark, rest) = header.strip_prefix(':').map_or(("", header), |rest| (":", rest));
    let (name, value) = rest.split_once(':').ok_or_else(no_header)?;
    let name = format!("{mark}{}", name.trim().to_ascii_lowercase());
    match name.as_str() {
        "" | ":" => Err(no_header()),
        ":authority" => Ok(("host".to_owned(), value.trim().to_owned())),
        _ if mark == ":" => Err(vec![format!("`{name}` is not set by --header; use --method and the URL of --to")]),
        _ => Ok((name, value.trim().to_owned())),
    }
}

fn first_line(args: &TraceArgs, host: &mut dyn Host) -> Result<String, Failure> {
    if args.inputs.paths.iter().any(|path| path == "-") {
        return Err(vec![
            "standard input can be read only once, and `-` is used both as a path and as the access log".to_owned(),
        ]);
    }
    let bytes = host.read_stdin(MOST_LOG_BYTES).map_err(|error| vec![format!("<stdin>: {error}")])?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned())
}

/// How the answer differs from what was expected.
fn unexpected(expected: ExpectArg, response: &TraceResponse) -> Option<String> {
    let verdict = response.trace.as_ref()?.verdict;
    let (wanted, holds) = match expected {
        ExpectArg::Allowed => ("allowed", verdict == Verdict::Allowed),
        ExpectArg::Blocked => ("blocked", verdict == Verdict::Blocked),
    };
    (!holds).then(|| format!("error: expected {wanted}\n"))
}
