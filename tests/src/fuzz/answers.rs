//! Responses, and what each of them must keep to.

use egressc_core::api::call;
use egressc_core::stages::diagnostic::is_hidden;
use serde_json::Value;

/// The response of a call, which is never a fault of our own; `None` is a request that it does not take.
pub(super) fn answer(name: &str, request: &Value) -> Option<Value> {
    let response = call(name, &request.to_string()).ok()?;
    let response: Value = serde_json::from_str(&response).expect("a response is JSON");
    for diagnostic in response.get("diagnostics").and_then(Value::as_array).into_iter().flatten() {
        let code = diagnostic.get("code").and_then(Value::as_str).unwrap_or_default();
        assert!(code != "EGR0001" && !matches!(code, "EGR0501" | "EGR0502" | "EGR0503"), "{request} {diagnostic}");
        let message = diagnostic.get("message").and_then(Value::as_str).unwrap_or_default();
        assert!(!message.chars().any(is_hidden), "{message}");
    }
    Some(response)
}
