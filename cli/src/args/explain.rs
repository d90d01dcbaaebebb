use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code of a diagnostic, for example EGR0433, or its name, for example tcp-takes-port; or a named set, for example
    /// @git-clone/1; without it, all codes and sets are listed
    pub(crate) code: Option<String>,
}
