//! Arguments that several commands have.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders, or `-` for standard input: all policies of the mesh, and the documents that describe the mesh
    ///
    /// From a folder, egressc reads all *.yaml, *.yml and *.json files at any depth, without hidden files and files that --output wrote.
    ///
    /// Files of a folder that contain no Kubernetes object, such as package.json, and templates of Helm are ignored, with a note.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,

    #[command(flatten)]
    pub(crate) cluster: Cluster,

    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

/// Whether a cluster is read, and which one.
#[derive(Debug, Args)]
pub(crate) struct Cluster {
    /// Reads what `egressc dump` lists from the cluster with kubectl, beside the paths; `kubectl egress` does so where no path is given
    #[arg(long)]
    pub(crate) live: bool,

    /// The context of kubectl
    #[arg(long, value_name = "NAME", requires = "live")]
    pub(crate) context: Option<String>,

    /// The namespace of Istio in the cluster, in which its configuration is
    #[arg(long, value_name = "NAME", requires = "live", default_value = "istio-system")]
    pub(crate) istio_namespace: String,
}

/// Which files of a folder are read.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Leaves out files and folders of a folder, by a pattern as in .gitignore; can be repeated
    ///
    /// A file .egresscignore in a folder has such patterns, too, one in a line.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// For programs: the response of the library's `check`
    Json,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Everywhere {
    /// When text is coloured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,

    /// Writes nothing to standard error if the exit status is 0
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
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
