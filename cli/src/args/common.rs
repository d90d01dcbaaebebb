//! Arguments that several commands have.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders and `-` for standard input: all policies of the mesh, and what describes it
    ///
    /// Of a folder, all *.yaml, *.yml and *.json below it are read, except what is hidden or was written by --output.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// For programs: the response of the library's `check`
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourArg {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Also in files and pipes
    Always,
    /// Nowhere
    Never,
}
