//! The public interface of egressc, for Rust and for every other runtime.
//!
//! There are two ways to use it. A [`Workspace`] reads sources once and answers many questions. A function of this
//! module takes one plain request and returns one plain response; other runtimes use the functions, through [`call`] or
//! [`request`]. Both ways return the same responses.
//!
//! A wrong policy is a value: `ok` is false, and `diagnostics` contain the reasons. A wrong *call* is a [`UsageError`].
//!
//! The types of responses may get more fields, so they are `#[non_exhaustive]`. The types of requests may get more
//! fields too, so end a request with `..CompileRequest::default()`.

mod about;
mod call;
pub(crate) mod check;
pub(crate) mod compile;
mod convert;
mod diff;
mod dry_run;
mod error;
mod expectation;
mod explain;
mod log_line;
mod mermaid_text;
mod query;
mod reach;
mod replay;
mod rewritten_host;
mod schema;
mod source;
mod test;
mod trace;
mod types;
pub(crate) mod workspace;

pub use about::{AboutResponse, about};
pub use call::{call, request};
pub use check::{CheckRequest, CheckResponse, Suppressed, check};
pub use compile::{CompileRequest, CompileResponse, Format, GatewayPortRow, Resource, ResourceOrigins, compile};
pub use convert::{ConvertRequest, ConvertResponse, ConvertedSource, PolicyKind, convert};
pub use diff::{
    ApplyAction, ApplyStep, Change, ChangeKind, DiffFormat, DiffRequest, DiffResponse, SettingChange, diff,
};
pub use error::{QueryPart, UsageError};
pub use explain::{ExplainRequest, ExplainResponse, explain};
pub use reach::{
    Flow, FlowClient, FlowTarget, ReachFilter, ReachFormat, ReachOnly, ReachRequest, ReachResponse, UnknownReason,
    reach,
};
pub use replay::{
    AccessLog, AuditedLines, Logged, Replay, ReplayFormat, ReplayReason, ReplayRequest, ReplayResponse, ReplayResult,
    ReplayRow, replay,
};
pub use schema::{SchemaKind, SchemaRequest, SchemaResponse, schema};
pub use source::{Content, Source};
pub use test::{ExpectationRow, ExpectedVerdict, MutantRow, TestFormat, TestRequest, TestResponse, test};
pub use trace::{
    ClientPath, Decision, Hop, Query, QueryClient, QueryTarget, Question, Trace, TraceCase, TraceFormat, TraceRequest,
    TraceResponse, UnusedObject, trace,
};
pub use types::{Accountability, Diagnostic, Fix, OriginRow, OtherGateway, Place, Rendering};
pub use workspace::Workspace;

use compile::gateway_ports;

pub use crate::diagnostic::Severity;
pub use crate::resource::Labels;
pub use crate::resource::{Date, NotADate};
pub use crate::source::{Position, PositionEncoding};
pub use crate::trace::{Encryption, Message, Reached, Scheme, Stop, Unverified, Verdict};
