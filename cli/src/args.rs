//! The command line's words. Their docs are its help.

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use egressc_core::api::{Format, SchemaKind};

use crate::diff_args::{self, DiffArgs};
use crate::reach_args::{self, ReachArgs};

#[derive(Debug, Parser)]
#[command(name = "egressc", version, about = "Compiles egress policies into the Istio resources that enforce them.", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  egressc compile policies/ mesh.yaml | kubectl apply -f -
  egressc compile policies/ --output build/istio
  egressc check --format json policies/
  egressc trace policies/ mesh.yaml --from mytest,app=sleep-a --to https://www.httpbin.org
  egressc reach policies/ mesh.yaml
  egressc diff old/ new/ --with mesh.yaml --fail-on widened
  egressc explain EGR0433
  egressc schema policy > policy.schema.json

Exit status: 0 answered, warnings included; 1 refused; 2 misuse, or files that cannot be read or written.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the Istio resources of a set of policies
    #[command(after_help = COMPILE)]
    Compile(CompileArgs),
    /// Says what is wrong with a set of policies
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// Says what becomes of one request, hop by hop, and why
    #[command(after_help = TRACE)]
    Trace(Box<TraceArgs>),
    /// Prints who can reach what, through which gateway and how encrypted
    #[command(after_help = reach_args::EXAMPLES)]
    Reach(ReachArgs),
    /// Prints what a change opens, closes and reroutes, and how to apply it
    #[command(after_help = diff_args::EXAMPLES)]
    Diff(DiffArgs),
    /// Runs expectations against the policies, and says which rules and mistakes none would notice
    #[command(after_help = TEST)]
    Test(TestArgs),
    /// Prints what a diagnostic means and how to mend it
    Explain(ExplainArgs),
    /// Prints the JSON Schema of a kind of document, for editors
    Schema(SchemaArgs),
    /// Runs as a KRM function: a `ResourceList` on standard input and output
    #[command(after_help = KRM)]
    Krm,
}

const COMPILE: &str = "\
Resources go to standard output, diagnostics to standard error. When a policy is wrong nothing is printed or written.

--output replaces the folder as a whole: files that are no longer made disappear, and if anything fails it stays as it was. \
A folder with files that egressc did not write is refused.

Examples:
  egressc compile policies/ mesh.yaml | kubectl apply -f -
  egressc compile --format json policies/
  kubectl get asmegresstrafficpolicies -A -o yaml | egressc compile - mesh.yaml --output build/istio

Exit status: 0 compiled, warnings included; 1 refused; 2 misuse, or files that cannot be read or written.";

const CHECK: &str = "\
The diagnostics are the answer, so they go to standard output.

Examples:
  egressc check policies/ mesh.yaml
  egressc check --format json policies/ | jq '.diagnostics[] | select(.severity == \"error\")'

Exit status: 0 would compile, warnings included; 1 refused; 2 misuse, or files that cannot be read.";

const TRACE: &str = "\
The request meets what the policies compile to, and Istio's own objects among the inputs; policies are not needed. \
What cannot be known is `unknown`, with the reason.

An access log line does not say who asked: give --from, or every client that the policies name is tried.

Examples:
  egressc trace policies/ mesh.yaml --from mytest,app=sleep-a --to https://www.httpbin.org
  egressc trace policies/ mesh.yaml --from mytest --to http://www.httpbin.org/x --method POST --expect blocked
  egressc trace policies/ mesh.yaml --from default --to https://www.httpbin.org --direct
  kubectl logs deploy/sleep-a -c istio-proxy | tail -1 | egressc trace policies/ mesh.yaml --access-log -

Exit status: 0 answered; 1 refused, or not as expected; 2 misuse, or files that cannot be read.";

const TEST: &str = "\
Expectations are documents of kind EgressExpectations among the inputs; `egressc schema expectations` has their fields:

  apiVersion: egressc.dev/v1alpha1
  kind: EgressExpectations
  metadata: {name: httpbin}
  spec:
    allow:
    - {from: 'mytest,app=sleep-a', to: ['https://www.httpbin.org']}
    deny:
    - {from: mytest, to: ['https://www.httpbin.org']}

--mutations also changes the policies in every small way, and names the changes that no expectation notices.

Exit status: 0 all hold; 1 some do not, or the policies are refused; 2 misuse, or files that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Also look for mistakes in the policies that no expectation would notice
    #[arg(long)]
    pub(crate) mutations: bool,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("question").required(true).args(["to", "access_log"]))]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Who asks: a namespace, then labels, as `mytest,app=sleep-a`
    #[arg(long, value_name = "CLIENT", required_unless_present = "access_log")]
    pub(crate) from: Option<String>,

    /// What for, as `https://www.httpbin.org`; schemes are http, https, grpc, tls and tcp
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,

    /// A line of Envoy's access log in Istio's text or JSON format; `-` reads the first line of standard input
    #[arg(long, value_name = "LINE", conflicts_with_all = ["method", "header", "sni", "direct"])]
    pub(crate) access_log: Option<String>,

    /// HTTP method
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// HTTP header, as `Host: other.example`; may be given several times
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,

    /// TLS server name that the client sends; empty for none
    #[arg(long, value_name = "NAME")]
    pub(crate) sni: Option<String>,

    /// Service account of the client
    #[arg(long, value_name = "NAME")]
    pub(crate) service_account: Option<String>,

    /// The client calls the gateway itself, with its own mesh certificate; a port in --to is the gateway's
    #[arg(long)]
    pub(crate) direct: bool,

    /// The gateway that is called, when several are described
    #[arg(long, value_name = "NAME", requires = "direct")]
    pub(crate) gateway: Option<String>,

    /// Exit with 1 unless this comes of it
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(crate) expect: Option<ExpectArg>,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = TraceFormatArg::Text)]
    pub(crate) format: TraceFormatArg,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExpectArg {
    /// It arrives where it was sent
    Allowed,
    /// It arrives nowhere
    Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormatArg {
    /// For people
    Text,
    /// For programs: the response of the library's `trace`
    Json,
    /// A Mermaid sequence diagram
    Mermaid,
}

const KRM: &str = "\
For kustomize, kpt and what runs them. Policies and mesh facts are among the items; the resources are added to them, \
and those of an earlier run are replaced. functionConfig may be a MeshEnvironment. \
When a policy is refused the items come back as they were, and `results` says why.

Exit status: 0 generated, warnings included; 1 refused; 2 misuse, or input that is no ResourceList.";

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// How the resources are written; JSON on standard output is one List
    #[arg(long, value_enum, default_value_t = FormatArg::Yaml)]
    pub(crate) format: FormatArg,

    /// Folder for one file per resource; `-` is standard output
    #[arg(long, short, value_name = "DIR", default_value = "-")]
    pub(crate) output: String,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// Whether the text is coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code of a diagnostic, as EGR0433, or its name, as tcp-takes-port
    pub(crate) code: String,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// ASMEgressTrafficPolicy, MeshEnvironment or EgressExpectations
    #[arg(value_enum)]
    pub(crate) kind: SchemaArg,
}

#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders and `-` for standard input: all policies of the mesh, and what describes it
    ///
    /// Of a folder, all *.yaml, *.yml and *.json below it are read, except what is hidden or was written by --output.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    Yaml,
    Json,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Yaml => Self::Yaml,
            FormatArg::Json => Self::Json,
        }
    }
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaArg {
    /// ASMEgressTrafficPolicy
    Policy,
    /// MeshEnvironment
    Environment,
    /// EgressExpectations
    Expectations,
}

impl From<SchemaArg> for SchemaKind {
    fn from(kind: SchemaArg) -> Self {
        match kind {
            SchemaArg::Policy => Self::Policy,
            SchemaArg::Environment => Self::Environment,
            SchemaArg::Expectations => Self::Expectations,
        }
    }
}
