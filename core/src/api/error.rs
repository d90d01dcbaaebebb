use std::error::Error;

use thiserror::Error as ThisError;

use crate::universe::TooMany;

/// The error below another one, whatever wrote it.
type Cause = Box<dyn Error + Send + Sync>;

/// A call with an invalid request. It does not depend on the policies.
///
/// A wrong *policy* is no error: the response has `ok: false`, and its diagnostics say why.
///
/// ```
/// use egressc_core::api::{ExplainRequest, UsageError, explain};
///
/// let error = explain(&ExplainRequest { code: "EGR0434x".to_owned() }).unwrap_err();
/// let UsageError::UnknownCode { nearest, .. } = error else { panic!("{error}") };
/// assert_eq!(nearest.as_deref(), Some("EGR0434 (two-tcp-hosts)"));
/// ```
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum UsageError {
    /// There is no call of this name.
    #[error("the request is not valid: there is no call named `{name}`")]
    #[non_exhaustive]
    UnknownCall {
        /// The name.
        name: String,
    },
    /// The request is not one of this call: a field is missing, unknown, or of another type.
    #[error("the request is not valid: {message}")]
    #[non_exhaustive]
    Request {
        /// What is wrong with it, and where.
        message: String,
        /// What the reader of JSON said; `None` when the request was refused before it was read.
        source: Option<Cause>,
    },
    /// A source has no content, or two.
    #[error("source `{name}` needs exactly one of `text` and `value`")]
    #[non_exhaustive]
    SourceContent {
        /// The name of the source.
        name: String,
    },
    /// No rule has this code or slug.
    #[error("there is no diagnostic code `{code}`; a code looks like EGR0421{}", suggestion(nearest.as_deref()))]
    #[non_exhaustive]
    UnknownCode {
        /// What was asked for.
        code: String,
        /// The rule that was probably meant: its code, and its slug in brackets.
        nearest: Option<String>,
    },
    /// There is no named set with this name and edition.
    #[error("there is no named set `{name}`; the sets are {known}")]
    #[non_exhaustive]
    UnknownSet {
        /// What was asked for.
        name: String,
        /// The names of all sets.
        known: String,
    },
    /// The question of a trace or of an expectation is not understood.
    #[error("{message}")]
    #[non_exhaustive]
    Query {
        /// Which part of the question is wrong.
        part: QueryPart,
        /// What is wrong with it, and how to write it.
        message: String,
    },
    /// The answer would have more rows than are given.
    #[error(
        "the result would have at least {at_least} rows, and at most {most} are allowed; use fewer namespaces of the mesh at a time"
    )]
    #[non_exhaustive]
    TooManyRows {
        /// The answer would have at least so many rows.
        at_least: usize,
        /// An answer has at most so many.
        most: usize,
        /// What counted them.
        source: Cause,
    },
    /// The answer could not be written, which is a bug of egressc or of the runtime around it.
    #[error("the response could not be written: {message}")]
    #[non_exhaustive]
    Answer {
        /// Why it could not be written.
        message: String,
        /// What the writer said, if it did.
        source: Option<Cause>,
    },
}

/// A part of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryPart {
    /// The question as a whole: none or several were given, or it is not written as one.
    Question,
    /// The workload that sends the request.
    Client,
    /// The URL, or another field of what the request is for.
    Target,
    /// The gateway that the workload calls itself.
    Gateway,
    /// The line of an access log.
    AccessLog,
}

impl UsageError {
    /// A request that is refused before it is read as one, by a runtime that has seen what JSON does not have.
    pub fn request(message: impl Into<String>) -> Self {
        Self::Request { message: message.into(), source: None }
    }

    /// An answer that a runtime could not hand over.
    pub fn answer(message: impl Into<String>) -> Self {
        Self::Answer { message: message.into(), source: None }
    }

    pub(super) fn query(part: QueryPart, message: impl Into<String>) -> Self {
        Self::Query { part, message: message.into() }
    }

    pub(super) fn malformed(error: serde_json::Error) -> Self {
        Self::Request { message: error.to_string(), source: Some(Box::new(error)) }
    }

    pub(super) fn unwritten(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Answer { message: error.to_string(), source: Some(Box::new(error)) }
    }

    pub(super) fn too_many_rows(found: TooMany, most: usize) -> Self {
        Self::TooManyRows { at_least: found.at_least, most, source: Box::new(found) }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default()
}
