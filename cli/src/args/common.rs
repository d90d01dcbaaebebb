//! Arguments that several commands have.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders, or `-` for standard input: all policies of the mesh, and the documents that describe the mesh
    ///
    /// From a folder, egressc reads all *.yaml, *.yml and *.json files at any depth, without hidden files and files that --output wrote.
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
    /// Also for files and pipes
    Always,
    /// Without colours
    Never,
}
