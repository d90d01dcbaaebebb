//! The sources of a request: dicts as in the other runtimes, or pairs of name and content.

use egressc_core::api::{self, SourceInput};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString, PyTuple};

use crate::{plain, request, usage};

pub(crate) fn read(sources: &Bound<'_, PyAny>) -> PyResult<Vec<SourceInput>> {
    // A str is a sequence too, but its characters are not sources.
    if sources.is_instance_of::<PyString>() || sources.is_instance_of::<PyBytes>() || sources.is_instance_of::<PyDict>()
    {
        return Err(usage(api::UsageError::Request(
            "`sources` is a list of dicts or of pairs (name, content)".to_owned(),
        )));
    }
    let items =
        sources.try_iter().map_err(|_| usage(api::UsageError::Request("`sources` is not a list".to_owned())))?;
    items.enumerate().map(|(index, item)| source(index, &item?)).collect()
}

fn source(index: usize, item: &Bound<'_, PyAny>) -> PyResult<SourceInput> {
    let path = format!("sources[{index}]");
    if let Ok(pair) = item.cast::<PyTuple>() {
        let Ok((name, content)) = pair.extract::<(String, Bound<'_, PyAny>)>() else {
            return Err(usage(api::UsageError::Request(format!("`{path}` is not a pair (name, content)"))));
        };
        return match bytes(&content) {
            Some(bytes) => Ok(SourceInput::bytes(name, bytes)),
            None => match plain::read(&format!("{path}[1]"), &content)? {
                serde_json::Value::String(text) => Ok(SourceInput::text(name, text)),
                value => Ok(SourceInput::value(name, value)),
            },
        };
    }
    let Ok(fields) = item.cast::<PyDict>() else {
        return Err(usage(api::UsageError::Request(format!("`{path}` is neither a dict nor a pair (name, content)"))));
    };
    let bytes = fields.get_item("text")?.and_then(|text| bytes(&text));
    let fields = fields.copy()?;
    if bytes.is_some() {
        fields.del_item("text")?;
    }
    let source: SourceInput = request(plain::read(&path, &fields)?)?;
    Ok(SourceInput { bytes, ..source })
}

fn bytes(content: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    if let Ok(bytes) = content.cast::<PyBytes>() {
        return Some(bytes.as_bytes().to_vec());
    }
    content.cast::<PyByteArray>().ok().map(PyByteArrayMethods::to_vec)
}
