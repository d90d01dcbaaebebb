use clap::Args;

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
Only what the documents say is written; a field that none of them sets is left out, so that it stays unknown or has its default. \
A file that describes the mesh can stand in the repository of the policies, where nobody reads the cluster.

Examples:
  egressc init dump.yaml > mesh.yaml
  egressc dump | sh | egressc init - > mesh.yaml
  kubectl egress init > mesh.yaml

Exit status: 0 success; 1 the documents are refused; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
}
