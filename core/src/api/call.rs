//! Calls by name, over JSON, for runtimes without Rust's types.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::source::NotOneContent;
use super::{UsageError, about, check, compile, convert, diff, explain, reach, replay, schema, test, trace};

/// The fields of requests that hold sources.
const SOURCES: [&str; 3] = ["sources", "before", "after"];

/// Runs a call by its name, with its request and its response as JSON text.
///
/// [`about`] lists the names. The request and the response are those of the function of that name.
///
/// ```
/// use egressc_core::api::call;
///
/// let answer = call("explain", r#"{"code": "two-tcp-hosts"}"#)?;
/// assert!(answer.starts_with(r#"{"code":"EGR0434","#));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When there is no call of this name, when the text is not a request of this call, and when the call itself fails.
pub fn call(name: &str, request: &str) -> Result<String, UsageError> {
    match name {
        "compile" => run(request, compile),
        "check" => run(request, check),
        "trace" => run(request, trace),
        "reach" => run(request, reach),
        "diff" => run(request, diff),
        "test" => run(request, test),
        "replay" => run(request, replay),
        "convert" => run(request, convert),
        "explain" => run(request, explain),
        "schema" => run(request, |request| Ok(schema(request))),
        "about" => run(request, |_: &AboutRequest| Ok(about())),
        other => Err(UsageError::UnknownCall { name: other.to_owned() }),
    }
}

/// The request of `about`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object without fields")]
struct AboutRequest {}

fn run<Q: DeserializeOwned, A: Serialize>(
    text: &str,
    call: impl Fn(&Q) -> Result<A, UsageError>,
) -> Result<String, UsageError> {
    // The text is read through a value, as in the runtimes that pass objects, so that all runtimes have the same
    // messages.
    let value = serde_json::from_str(text).map_err(UsageError::malformed)?;
    serde_json::to_string(&call(&request(value)?)?).map_err(UsageError::unwritten)
}

/// Reads a request from a value, as [`call`] reads it from text, for runtimes that pass objects.
///
/// ```
/// use egressc_core::api::{ExplainRequest, UsageError, request};
/// use serde_json::json;
///
/// let asked: ExplainRequest = request(json!({"code": "EGR0434"}))?;
/// assert_eq!(asked.code, "EGR0434");
/// let error = request::<ExplainRequest>(json!({})).unwrap_err();
/// assert_eq!(error.to_string(), "the request is not valid: missing field `code`");
/// # Ok::<(), UsageError>(())
/// ```
///
/// # Errors
/// When the value is not a request of this type.
pub fn request<Q: DeserializeOwned>(value: Value) -> Result<Q, UsageError> {
    let without =
        sources(&value).filter(|source| contents(source) != 1).filter_map(|source| source.get("name")?.as_str());
    let without: Vec<NotOneContent> = without.map(|name| NotOneContent { name: name.to_owned() }).collect();
    serde_json::from_value(value).map_err(|error| {
        let message = error.to_string();
        match without.into_iter().find(|source| source.to_string() == message) {
            Some(NotOneContent { name }) => UsageError::SourceContent { name },
            None => UsageError::malformed(error),
        }
    })
}

/// The values that may be sources: the items of a request's lists of sources, and the value itself.
fn sources(value: &Value) -> impl Iterator<Item = &Value> {
    let lists = SOURCES.iter().filter_map(|field| value.get(*field)?.as_array());
    lists.flatten().chain([value])
}

fn contents(source: &Value) -> usize {
    ["text", "value"].iter().filter(|field| source.get(**field).is_some_and(|content| !content.is_null())).count()
}
