//! The border: one plain request in, one plain response out, the same in every runtime.
//!
//! A bad policy is a value: `ok` is false and `diagnostics` say why. A bad *call* is a [`UsageError`].
//! Only this module speaks serde to the outside; a binding converts, calls and converts back.

mod about;
mod assemble;
mod compile;
mod diff;
mod expectation;
mod explain;
mod mermaid_text;
mod query;
mod reach;
mod request;
mod response;
mod scene;
mod schema;
mod test;
mod trace;
mod wire;

pub use about::about;
pub use compile::{check, compile};
pub use diff::{ApplyAction, ApplyStep, Change, ChangeKind, DiffFormat, DiffRequest, DiffResponse, diff};
pub use explain::explain;
pub use reach::{FlowClient, FlowRow, FlowTarget, ReachFormat, ReachRequest, ReachResponse, reach};
pub use request::{
    CheckRequest, CompileRequest, ExplainRequest, Format, Rendering, SchemaKind, SchemaRequest, SourceInput,
};
pub use response::{
    AboutResponse, CheckResponse, CompileResponse, ExplainResponse, GatewayPortRow, OriginRow, ResourceOrigins,
    SchemaResponse, WireDiagnostic, WireFix, WirePlace,
};
pub use schema::schema;
pub use test::{ExpectationRow, ExpectedVerdict, MutantRow, TestFormat, TestRequest, TestResponse, test};
pub use trace::{
    QueryClient, QueryTarget, TraceFormat, TraceRequest, TraceResponse, WireDecision, WireHop, WirePath, WireQuery,
    WireTrace, trace,
};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// A call with an invalid request. It does not depend on the policies.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UsageError {
    /// A source needs exactly one of `text` and `value`.
    #[error("source `{0}` needs exactly one of `text` and `value`")]
    SourceContent(String),
    /// The request is not one of this call.
    #[error("the request is not valid: {0}")]
    Request(String),
    /// There is no such diagnostic code.
    #[error("there is no diagnostic code `{0}`; a code looks like EGR0421")]
    UnknownCode(String),
    /// The request that is asked about is not understood.
    #[error("{0}")]
    Query(String),
    /// The answer could not be written.
    #[error("the response could not be written: {0}")]
    Answer(String),
}

/// Every call, by name, over JSON text: what a runtime without objects of its own uses.
///
/// # Errors
/// When there is no such call or the request is not one of it.
pub fn call(name: &str, request: &str) -> Result<String, UsageError> {
    fn run<Q: DeserializeOwned, A: Serialize>(
        request: &str,
        call: impl Fn(&Q) -> Result<A, UsageError>,
    ) -> Result<String, UsageError> {
        let wrong = |error: serde_json::Error| UsageError::Request(error.to_string());
        // By way of a value, as in the runtimes that hand over objects, so that all say the same words.
        let request: serde_json::Value = serde_json::from_str(request).map_err(wrong)?;
        let request: Q = serde_json::from_value(request).map_err(wrong)?;
        serde_json::to_string(&call(&request)?).map_err(|error| UsageError::Answer(error.to_string()))
    }
    match name {
        "compile" => run(request, compile),
        "check" => run(request, check),
        "trace" => run(request, trace),
        "reach" => run(request, reach),
        "diff" => run(request, diff),
        "test" => run(request, test),
        "explain" => run(request, explain),
        "schema" => run(request, |request| Ok(schema(request))),
        "about" => run(request, |_: &request::AboutRequest| Ok(about())),
        other => Err(UsageError::Request(format!("there is no call named `{other}`"))),
    }
}
