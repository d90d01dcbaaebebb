use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::Cli;
use crate::args::man::ManArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, NewFile};
use crate::output;
use crate::terminal::{answer, count, printed, say};

/// Prints a man page, or writes all of them.
pub(crate) fn man(args: &ManArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let mut top = Cli::command();
    top.build();
    if let Some(folder) = &args.output {
        let of_commands = top.get_subcommands().filter(|command| command.get_name() != "help");
        let files = std::iter::once(&top).chain(of_commands).map(|command| {
            let name = format!("{}.1", full_name(command));
            page(command).map(|text| NewFile { name, text })
        });
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let written = count(files.len(), "page");
        output::replace(folder, files, host)?;
        say(host, &format!("wrote {written} to {}\n", printed(folder)));
        return Ok(ExitStatus::Answered);
    }
    let wanted = match &args.command {
        None => Some(&top),
        Some(name) => top.find_subcommand(name),
    };
    let command = wanted.ok_or_else(|| vec!["there is no such command; `egressc help` lists them".to_owned()])?;
    answer(host, &page(command)?)?;
    Ok(ExitStatus::Answered)
}

fn page(command: &Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    let source = concat!("egressc ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).render(&mut page).map_err(failed)?;
    String::from_utf8(page).map_err(failed)
}

/// As in `man egressc-check`.
fn full_name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}
