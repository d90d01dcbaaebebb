use clap::{Args, ValueEnum};
use egressc_core::api::SchemaKind;

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// ASMEgressTrafficPolicy, EgressPolicy, MeshEnvironment, EgressExpectations or CheckConfiguration; without it, they are listed
    #[arg(value_enum)]
    pub(crate) kind: Option<SchemaArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaArg {
    /// ASMEgressTrafficPolicy
    Policy,
    /// EgressPolicy
    EgressPolicy,
    /// MeshEnvironment
    Environment,
    /// EgressExpectations
    Expectations,
    /// CheckConfiguration
    Configuration,
}

impl From<SchemaArg> for SchemaKind {
    fn from(kind: SchemaArg) -> Self {
        match kind {
            SchemaArg::Policy => Self::Policy,
            SchemaArg::EgressPolicy => Self::EgressPolicy,
            SchemaArg::Environment => Self::Environment,
            SchemaArg::Expectations => Self::Expectations,
            SchemaArg::Configuration => Self::Configuration,
        }
    }
}
