#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

mod args;
mod cluster;
mod commands;
mod configuration;
mod exit;
mod fixes;
mod guided_host;
mod host;
mod ignored;
mod inputs;
#[cfg(feature = "os")]
mod os_host;
mod output;
mod proposed;
mod replace;
mod replace_files;
mod report;
mod resource_list;
mod terminal;
mod waves;

use std::ffi::{OsStr, OsString};
use std::iter::once;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use self::args::{Cli, Command};
use self::exit::Failure;
use self::guided_host::GuidedHost;
use self::terminal::printed;

/// What a plugin of kubectl is called that is started by `kubectl egress`.
const PLUGIN: &str = "kubectl-egress";

pub use self::exit::ExitStatus;
pub use self::host::{FileEdit, Found, Host, HostError, NewFile, PathKind, Stream};
#[cfg(feature = "os")]
pub use self::os_host::OsHost;
pub use self::replace::{Folders, Made, replace_folder};
pub use self::replace_files::replace_files;

/// Runs one command line; `args` are those after the program's name.
pub fn run<A: Into<OsString>>(args: impl IntoIterator<Item = A>, host: &mut dyn Host) -> ExitStatus {
    run_as(OsStr::new("egressc"), args, host)
}

/// The same for a program with this name: as `kubectl-egress` it is a plugin of kubectl, which reads the cluster where no path is
/// given.
pub fn run_as<A: Into<OsString>>(
    program: &OsStr,
    args: impl IntoIterator<Item = A>,
    host: &mut dyn Host,
) -> ExitStatus {
    let is_plugin = Path::new(program).file_stem().is_some_and(|name| name == PLUGIN);
    let name = if is_plugin { "kubectl egress" } else { "egressc" };
    let args = once(OsString::from(name)).chain(args.into_iter().map(Into::into));
    let definition = Cli::command().bin_name(name);
    let parsed = definition.clone().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let ready = parsed.and_then(|mut cli| {
        match cli.command.inputs_mut() {
            Some(inputs) if inputs.paths.is_empty() && is_plugin => inputs.cluster.live = true,
            Some(inputs) if inputs.paths.is_empty() && !inputs.cluster.live => {
                let what =
                    "no path is given; name files or folders, `-` for standard input, or use --live for a cluster";
                return Err(definition.clone().error(ErrorKind::MissingRequiredArgument, what));
            }
            _ => {}
        }
        Ok(cli)
    });
    let outcome = match ready {
        Ok(cli) => return command(&cli, host),
        Err(message) => usage(&message, host),
    };
    end(outcome, host)
}

/// Runs a command with the options that every command has.
fn command(cli: &Cli, host: &mut dyn Host) -> ExitStatus {
    let mut guided = GuidedHost::new(&cli.everywhere, host);
    let host: &mut dyn Host = &mut guided;
    let outcome = match &cli.command {
        Command::Compile(args) => commands::compile(args, host),
        Command::Check(args) => commands::check(args, host),
        Command::Trace(args) => commands::trace(args, host),
        Command::Reach(args) => commands::reach(args, host),
        Command::Diff(args) => commands::diff(args, host),
        Command::Test(args) => commands::test(args, host),
        Command::Convert(args) => commands::convert(args, host),
        Command::Replay(args) => commands::replay(args, host),
        Command::Explain(args) => commands::explain(args, host),
        Command::Schema(args) => commands::schema(args, host),
        Command::Krm => commands::krm(host),
        Command::Init(args) => commands::init(args, host),
        Command::Dump(args) => commands::dump(args, host),
        Command::Completions(args) => commands::completions(args, host),
        Command::Man(args) => commands::man(args, host),
    };
    let status = end(outcome, host);
    guided.end(status);
    status
}

/// Says why a command could not answer.
fn end(outcome: Result<ExitStatus, Failure>, host: &mut dyn Host) -> ExitStatus {
    outcome.unwrap_or_else(|failure| {
        for line in failure {
            terminal::say(host, &format!("error: {}\n", printed(&line)));
        }
        ExitStatus::Failed
    })
}

/// Help and version are answers; all else that the parser of arguments says is misuse.
fn usage(message: &clap::Error, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let mut text = message.render().to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if message.use_stderr() {
        terminal::say(host, &text);
        return Ok(ExitStatus::Failed);
    }
    terminal::answer(host, &text)?;
    Ok(ExitStatus::Answered)
}
