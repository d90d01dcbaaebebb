use egressc_core::api;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(
    egressc,
    UsageError,
    PyValueError,
    "A call with an invalid request. It does not depend on the policies."
);

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(crate) fn usage(error: api::UsageError) -> PyErr {
    UsageError::new_err(error.to_string())
}
