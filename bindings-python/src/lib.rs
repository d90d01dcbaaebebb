//! The calls of `egressc_core::api` for Python: sources and keyword arguments in, plain dicts out.

mod plain;
mod sources;

use egressc_core::api::{
    self, CheckRequest, CompileRequest, DiffRequest, ExplainRequest, ReachRequest, SchemaRequest, TestRequest,
    TraceRequest,
};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pythonize::pythonize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

create_exception!(egressc, UsageError, PyValueError, "A call that is wrong in itself, whatever the policies are.");

/// The native half of the package `egressc`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::{UsageError, about, check, compile, diff, explain, reach, schema, test, trace};
}

/// Compiles a policy set to the resources that enforce it.
#[pyfunction]
#[pyo3(signature = (sources, *, position_encoding = "utf32", format = None, render = None))]
fn compile<'py>(
    py: Python<'py>,
    sources: &Bound<'py, PyAny>,
    position_encoding: &str,
    format: Option<&str>,
    render: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = json!({"sources": [], "positionEncoding": position_encoding, "format": format, "render": render});
    let request = CompileRequest { sources: sources::read(sources)?, ..request(options)? };
    answer(py, py.detach(|| api::compile(&request)))
}

/// Checks a policy set without compiling it.
#[pyfunction]
#[pyo3(signature = (sources, *, position_encoding = "utf32", render = None))]
fn check<'py>(
    py: Python<'py>,
    sources: &Bound<'py, PyAny>,
    position_encoding: &str,
    render: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = json!({"sources": [], "positionEncoding": position_encoding, "render": render});
    let request = CheckRequest { sources: sources::read(sources)?, ..request(options)? };
    answer(py, py.detach(|| api::check(&request)))
}

/// Says what becomes of one request, hop by hop.
#[pyfunction]
#[pyo3(signature = (sources, *, query = None, ask = None, access_log = None, client = None, position_encoding = "utf32", format = None, render = None))]
#[expect(clippy::too_many_arguments, reason = "they are keyword arguments in Python")]
fn trace<'py>(
    py: Python<'py>,
    sources: &Bound<'py, PyAny>,
    query: Option<&Bound<'py, PyAny>>,
    ask: Option<&str>,
    access_log: Option<&str>,
    client: Option<&Bound<'py, PyAny>>,
    position_encoding: &str,
    format: Option<&str>,
    render: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let query = query.map(|query| plain::read("query", query)).transpose()?;
    let client = client.map(|client| plain::read("client", client)).transpose()?;
    let options = json!({
        "sources": [], "query": query, "ask": ask, "accessLog": access_log, "client": client,
        "positionEncoding": position_encoding, "format": format, "render": render,
    });
    let request = TraceRequest { sources: sources::read(sources)?, ..request(options)? };
    answer(py, py.detach(|| api::trace(&request)))
}

/// Says who can reach what.
#[pyfunction]
#[pyo3(signature = (sources, *, position_encoding = "utf32", format = None, render = None))]
fn reach<'py>(
    py: Python<'py>,
    sources: &Bound<'py, PyAny>,
    position_encoding: &str,
    format: Option<&str>,
    render: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = json!({"sources": [], "positionEncoding": position_encoding, "format": format, "render": render});
    let request = ReachRequest { sources: sources::read(sources)?, ..request(options)? };
    answer(py, py.detach(|| api::reach(&request)))
}

/// Says what a change opens, closes and reroutes, and in which order to apply it.
#[pyfunction]
#[pyo3(signature = (before, after, *, position_encoding = "utf32", format = None, render = None))]
fn diff<'py>(
    py: Python<'py>,
    before: &Bound<'py, PyAny>,
    after: &Bound<'py, PyAny>,
    position_encoding: &str,
    format: Option<&str>,
    render: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = json!({
        "before": [], "after": [],
        "positionEncoding": position_encoding, "format": format, "render": render,
    });
    let (before, after) = (sources::read(before)?, sources::read(after)?);
    let request = DiffRequest { before, after, ..request(options)? };
    answer(py, py.detach(|| api::diff(&request)))
}

/// Runs the expectations among the sources, and says what none of them would notice.
#[pyfunction]
#[pyo3(signature = (sources, *, mutations = false, position_encoding = "utf32", format = None, render = None))]
fn test<'py>(
    py: Python<'py>,
    sources: &Bound<'py, PyAny>,
    mutations: bool,
    position_encoding: &str,
    format: Option<&str>,
    render: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = json!({
        "sources": [], "mutations": mutations,
        "positionEncoding": position_encoding, "format": format, "render": render,
    });
    let request = TestRequest { sources: sources::read(sources)?, ..request(options)? };
    answer(py, py.detach(|| api::test(&request)))
}

/// Says what a diagnostic means.
#[pyfunction]
fn explain<'py>(py: Python<'py>, code: &str) -> PyResult<Bound<'py, PyAny>> {
    let request: ExplainRequest = request(json!({"code": code}))?;
    answer(py, api::explain(&request))
}

/// Gives a kind's JSON Schema, for editors.
#[pyfunction]
fn schema<'py>(py: Python<'py>, kind: &str) -> PyResult<Bound<'py, PyAny>> {
    let request: SchemaRequest = request(json!({"kind": kind}))?;
    answer(py, Ok(api::schema(&request)))
}

/// Says what this library is.
#[pyfunction]
fn about(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    answer(py, Ok(api::about()))
}

fn request<Q: DeserializeOwned>(options: Value) -> PyResult<Q> {
    serde_json::from_value(options).map_err(|error| usage(api::UsageError::Request(error.to_string())))
}

fn answer<A: Serialize>(py: Python<'_>, answer: Result<A, api::UsageError>) -> PyResult<Bound<'_, PyAny>> {
    pythonize(py, &answer.map_err(usage)?).map_err(|error| usage(api::UsageError::Answer(error.to_string())))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn usage(error: api::UsageError) -> PyErr {
    UsageError::new_err(error.to_string())
}
