//! The public front: what egressc answers, to Rust and to every other runtime.
//!
//! There are two ways in. A [`Workspace`] reads sources once and is asked many questions; the functions of this module
//! take one plain request and give one plain response, which is what other runtimes do, by way of [`call`] or
//! [`request`]. Both give the same responses.
//!
//! A bad policy is a value: `ok` is false and `diagnostics` say why. A bad *call* is a [`UsageError`].
//!
//! What a caller is given may grow: it is `#[non_exhaustive]`. So may what a caller gives: end a request with
//! `..CompileRequest::default()`.

mod about;
mod call;
mod compile;
mod diff;
mod error;
mod expectation;
mod explain;
mod mermaid_text;
mod query;
mod reach;
mod schema;
mod source;
mod test;
mod trace;
mod types;
pub(crate) mod workspace;

pub use about::{AboutResponse, about};
pub use call::{call, request};
pub use compile::{
    CheckRequest, CheckResponse, CompileRequest, CompileResponse, Format, GatewayPortRow, Resource, ResourceOrigins,
    check, compile,
};
pub use diff::{ApplyAction, ApplyStep, Change, ChangeKind, DiffFormat, DiffRequest, DiffResponse, diff};
pub use error::{QueryPart, UsageError};
pub use explain::{ExplainRequest, ExplainResponse, explain};
pub use reach::{Flow, FlowClient, FlowTarget, ReachFormat, ReachRequest, ReachResponse, reach};
pub use schema::{SchemaKind, SchemaRequest, SchemaResponse, schema};
pub use source::{Content, Source};
pub use test::{ExpectationRow, ExpectedVerdict, MutantRow, TestFormat, TestRequest, TestResponse, test};
pub use trace::{
    ClientPath, Decision, Hop, Query, QueryClient, QueryTarget, Question, Trace, TraceFormat, TraceRequest,
    TraceResponse, trace,
};
pub use types::{Diagnostic, Fix, OriginRow, Place, Rendering};
pub use workspace::Workspace;

pub use crate::diagnostic::Severity;
pub use crate::resource::Labels;
pub use crate::source::{Position, PositionEncoding};
pub use crate::trace::{Encryption, Message, Reached, Scheme, Stop, Unverified, Verdict};
