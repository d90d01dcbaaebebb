//! The calls of `egressc_core::api` for Python, over plain data; and the command line with Python's streams.
//!
//! What users see is written in Python over these: `python/egressc/_calls.py`.

mod command_line;
mod plain;
mod sources;
mod usage_error;

use egressc_core::api::{
    self, CheckRequest, CompileRequest, ConvertRequest, DiffRequest, ReachRequest, ReplayRequest, TestRequest,
    TraceRequest,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pythonize::pythonize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use plain::understood;
use usage_error::{UsageError, usage};

/// The native half of the package `egressc`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::{UsageError, answer, command_line::run};
}

/// Answers a call with plain data.
#[pyfunction]
#[pyo3(signature = (call, request, /))]
fn answer<'py>(py: Python<'py>, call: &str, request: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    match call {
        "compile" => {
            let (sources, rest) = asked(request)?;
            run(py, &CompileRequest { sources, ..rest }, api::compile)
        }
        "check" => {
            let (sources, rest) = asked(request)?;
            run(py, &CheckRequest { sources, ..rest }, api::check)
        }
        "trace" => {
            let (sources, rest) = asked(request)?;
            run(py, &TraceRequest { sources, ..rest }, api::trace)
        }
        "reach" => {
            let (sources, rest) = asked(request)?;
            run(py, &ReachRequest { sources, ..rest }, api::reach)
        }
        "diff" => {
            let before = sources_of(request, "before")?;
            let after = sources_of(request, "after")?;
            run(py, &DiffRequest { before, after, ..options(request, &["before", "after"])? }, api::diff)
        }
        "test" => {
            let (sources, rest) = asked(request)?;
            run(py, &TestRequest { sources, ..rest }, api::test)
        }
        "replay" => {
            let (sources, rest) = asked(request)?;
            run(py, &ReplayRequest { sources, ..rest }, api::replay)
        }
        "convert" => {
            let (sources, rest) = asked(request)?;
            run(py, &ConvertRequest { sources, ..rest }, api::convert)
        }
        "explain" => run(py, &options(request, &[])?, api::explain),
        "schema" => run(py, &options(request, &[])?, |request| Ok(api::schema(request))),
        "about" => run(py, &(), |()| Ok(api::about())),
        other => Err(usage(api::UsageError::request(format!("there is no call `{other}`")))),
    }
}

/// A request with its sources, which may hold bytes; JSON has none.
fn asked<Q: DeserializeOwned>(request: &Bound<'_, PyDict>) -> PyResult<(Vec<api::Source>, Q)> {
    Ok((sources_of(request, "sources")?, options(request, &["sources"])?))
}

fn sources_of(request: &Bound<'_, PyDict>, field: &str) -> PyResult<Vec<api::Source>> {
    let given = request.get_item(field)?;
    let given = given.ok_or_else(|| usage(api::UsageError::request(format!("missing field `{field}`"))))?;
    sources::read(field, &given)
}

/// The request without its sources.
fn options<Q: DeserializeOwned>(request: &Bound<'_, PyDict>, sources: &[&str]) -> PyResult<Q> {
    let mut fields = Map::new();
    for (key, item) in request {
        let key = key.cast::<PyString>()?.to_cow()?.into_owned();
        let value = if sources.contains(&key.as_str()) { Value::Array(Vec::new()) } else { plain::read(&key, &item)? };
        fields.insert(key, value);
    }
    understood(Value::Object(fields))
}

/// Other threads run meanwhile.
fn run<'py, Q: Sync, A: Serialize + Send>(
    py: Python<'py>,
    request: &Q,
    call: impl Fn(&Q) -> Result<A, api::UsageError> + Sync,
) -> PyResult<Bound<'py, PyAny>> {
    let answer = py.detach(|| call(request)).map_err(usage)?;
    pythonize(py, &answer).map_err(|error| usage(api::UsageError::answer(error.to_string())))
}
