#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

mod args;
mod commands;
mod configuration;
mod exit;
mod fixes;
mod host;
mod inputs;
#[cfg(feature = "os")]
mod os_host;
mod output;
mod replace;
mod replace_files;
mod report;
mod resource_list;
mod terminal;

use std::ffi::OsString;
use std::iter::once;

use clap::Parser;

use self::args::{Cli, Command};
use self::exit::Failure;
use self::terminal::printed;

pub use self::exit::ExitStatus;
pub use self::host::{FileEdit, Found, Host, HostError, NewFile, PathKind, Stream};
#[cfg(feature = "os")]
pub use self::os_host::OsHost;
pub use self::replace::{Folders, Made, replace_folder};
pub use self::replace_files::replace_files;

/// Runs one command line; `args` are those after the program's name.
pub fn run<A: Into<OsString>>(args: impl IntoIterator<Item = A>, host: &mut dyn Host) -> ExitStatus {
    let args = once(OsString::from("egressc")).chain(args.into_iter().map(Into::into));
    let outcome = match Cli::try_parse_from(args) {
        Ok(cli) => match &cli.command {
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
        },
        Err(message) => usage(&message, host),
    };
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
