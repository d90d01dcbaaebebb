use clap::Args;

pub(crate) const EXAMPLES: &str = "\
One page is about egressc, and there is one for each command.

--output replaces the whole folder. A folder with files that egressc did not write is refused.

Examples:
  egressc man | man -l -
  egressc man check | man -l -
  egressc man --output build/man1

Exit status: 0 success; 2 wrong usage, or a file that cannot be written.";

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command that the page is about; without it, the page is about egressc
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    pub(crate) command: Option<String>,

    /// Folder for all pages, one file for each
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<String>,
}
