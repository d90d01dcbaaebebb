use clap::Args;
use clap_complete::Shell;

pub(crate) const EXAMPLES: &str = "\
Examples:
  source <(egressc completions bash)
  egressc completions zsh > \"${fpath[1]}/_egressc\"
  egressc completions fish > ~/.config/fish/completions/egressc.fish
  egressc completions powershell | Out-String | Invoke-Expression

Exit status: 0 success; 2 wrong usage.";

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
