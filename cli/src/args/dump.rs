use clap::Args;

pub(crate) const EXAMPLES: &str = "\
The script starts `kubectl get` for each kind that the cluster has, and stops at the first error: an object that is left out would \
be taken as absent. It changes nothing in the cluster. Secrets, Pods and ReplicaSets are not read.

Examples:
  egressc dump
  egressc dump | sh > dump.yaml
  egressc dump --list
  egressc check dump.yaml

Exit status: 0 success; 2 wrong usage.";

#[derive(Debug, Args)]
pub(crate) struct DumpArgs {
    /// Prints the kinds, the fields that are read of each, and what they are for, instead of the script
    #[arg(long)]
    pub(crate) list: bool,

    /// The namespace of Istio, in which its configuration is
    #[arg(long, value_name = "NAME", default_value = "istio-system")]
    pub(crate) istio_namespace: String,
}
