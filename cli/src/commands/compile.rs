use std::fmt::Write;

use egressc_core::api::{self, CompileRequest, GatewayPortRow};

use crate::args::compile::CompileArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::terminal::{answer, printed, rendering, say, tally};
use crate::{inputs, output};

/// So many allocated ports are listed.
const SHOWN_PORTS: usize = 50;

/// Prints or writes the resources of a set of policies.
pub(crate) fn compile(args: &CompileArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs, host)?;
    let printing = args.output == "-";
    let request = CompileRequest {
        sources,
        format: printing.then(|| args.format.into()),
        render: Some(rendering(Stream::Err, host)),
        ..CompileRequest::default()
    };
    let mut response = api::compile(&request).map_err(failed)?;
    say(host, &response.rendered.take().unwrap_or_default());
    let tally = tally(&response.diagnostics);
    if !response.ok {
        say(host, &format!("refused: {tally}\n"));
        return Ok(ExitStatus::of(response.ok));
    }
    say(host, &allocated(&response.gateway_ports));
    let mut summary = Vec::new();
    if printing {
        answer(host, &response.text.take().unwrap_or_default())?;
    } else {
        output::write(&args.output, &response, args.format.into(), host)?;
        summary.push(output::summary(&args.output, &response));
    }
    if !tally.is_empty() {
        summary.push(tally);
    }
    if !summary.is_empty() {
        say(host, &format!("{}\n", printed(&summary.join(", "))));
    }
    Ok(ExitStatus::of(response.ok))
}

/// The gateway ports that the policies leave open, as a table; empty when there is none.
fn allocated(rows: &[GatewayPortRow]) -> String {
    let rows: Vec<&GatewayPortRow> = rows.iter().filter(|row| row.allocated).collect();
    if rows.is_empty() {
        return String::new();
    }
    let more = rows.len().saturating_sub(SHOWN_PORTS);
    let shown: Vec<&GatewayPortRow> = rows.into_iter().take(SHOWN_PORTS).collect();
    let host = shown.iter().map(|row| row.host.len()).fold("host".len(), usize::max);
    let gateway = shown.iter().map(|row| row.gateway.len()).fold("gateway".len(), usize::max);
    let mut text = "note: egressc chose these gateway ports, because the policies do not set them\n".to_owned();
    let mut line = |cells: [&str; 4]| {
        let [name, port, of, gateway_port] = cells;
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {name:<host$}  {port:>5}  {of:<gateway$}  {gateway_port:>11}");
    };
    line(["host", "port", "gateway", "gatewayPort"]);
    for row in shown {
        line([&row.host, &row.port.to_string(), &row.gateway, &row.gateway_port.to_string()]);
    }
    if more > 0 {
        let _ = writeln!(text, "  and {more} more; `egressc check --format json` lists all of them");
    }
    text.push('\n');
    text
}
