use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code of a diagnostic, as EGR0433, or its name, as tcp-takes-port
    pub(crate) code: String,
}
