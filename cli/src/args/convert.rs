use clap::{Args, ValueEnum};
use egressc_core::api::PolicyKind;

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
`apiVersion` and `kind` are replaced where they stand; comments and everything else stay as they are. A field that the other \
kind does not have is an error, because a rule without it would allow more.

Examples:
  egressc convert --to EgressPolicy policies/egress.yaml
  egressc convert --to ASMEgressTrafficPolicy policies/ > asm.yaml

Exit status: 0 success; 1 refused; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// The kind that the policies get
    #[arg(long, value_enum)]
    pub(crate) to: KindArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// The resource of Alibaba Cloud Service Mesh
    #[value(name = "ASMEgressTrafficPolicy")]
    Asm,
    /// The same with more fields
    #[value(name = "EgressPolicy")]
    EgressPolicy,
}

impl From<KindArg> for PolicyKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Asm => Self::Asm,
            KindArg::EgressPolicy => Self::EgressPolicy,
        }
    }
}
