//! The calls of `egressc_core::api` for JavaScript: one plain object in, one plain object out.
//!
//! Types for callers are in `npm/types.d.ts`; the scripts beside it turn the strings that are thrown here into errors.

mod plain;

use egressc_core::api::{self, UsageError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Compiles a policy set to the resources that enforce it.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn compile(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::compile)
}

/// Checks a policy set without compiling it.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn check(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::check)
}

/// Evaluates one request, hop by hop.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn trace(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::trace)
}

/// Lists which clients can reach which hosts.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn reach(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::reach)
}

/// Lists which flows a change opens, closes and reroutes, and in which order to apply it.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn diff(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::diff)
}

/// Runs the expectations in the sources, and lists what no expectation covers.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn test(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::test)
}

/// Compares the verdicts with the lines of access logs.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn replay(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::replay)
}

/// Makes policies of one kind policies of another.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn convert(request: &JsValue) -> Result<JsValue, String> {
    answer(positioned(plain::request(request)?), api::convert)
}

/// Returns the meaning of a diagnostic code.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn explain(request: &JsValue) -> Result<JsValue, String> {
    answer(plain::request(request)?, api::explain)
}

/// Returns the JSON Schema of a kind.
///
/// # Errors
/// When the call is wrong in itself.
#[wasm_bindgen]
pub fn schema(request: &JsValue) -> Result<JsValue, String> {
    answer(plain::request(request)?, |request| Ok(api::schema(request)))
}

/// Describes this library.
///
/// # Errors
/// When the answer cannot be written.
#[wasm_bindgen]
pub fn about() -> Result<JsValue, String> {
    written(&api::about())
}

/// JavaScript indexes its strings by UTF-16 unit, so places are counted in those unless the caller says otherwise.
fn positioned(mut request: Value) -> Value {
    if let Some(fields) = request.as_object_mut() {
        fields.entry("positionEncoding").or_insert_with(|| "utf16".into());
    }
    request
}

fn answer<Q: DeserializeOwned, A: Serialize>(
    request: Value,
    call: impl Fn(&Q) -> Result<A, UsageError>,
) -> Result<JsValue, String> {
    let answer = api::request(request).and_then(|request| call(&request));
    written(&answer.map_err(|error| error.to_string())?)
}

fn written(answer: &impl Serialize) -> Result<JsValue, String> {
    answer.serialize(&Serializer::json_compatible()).map_err(|error| UsageError::answer(error.to_string()).to_string())
}
