//! The sources of a request, in the ways in which Python programs have them.

use egressc_core::api::{self, Source};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyMapping, PyString, PyTuple};

use crate::plain::{self, understood};
use crate::usage_error::usage;

/// What a Kubernetes object has, and neither a source nor a mapping of names has.
const OF_OBJECTS: [&str; 2] = ["apiVersion", "kind"];
const OF_FILES: [&str; 3] = [".yaml", ".yml", ".json"];

/// One content, a mapping of names to contents, or any iterable of sources; `field` is what the caller knows it by.
pub(crate) fn read(field: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<Source>> {
    if is_content(given) || is_path(given) || given.cast::<PyDict>().is_ok_and(|fields| is_item(fields)) {
        return Ok(vec![source(&format!("{field}[0]"), given)?]);
    }
    if let Ok(named) = given.cast::<PyMapping>() {
        let items = named.items()?;
        return items.iter().map(|item| pair(field, item.cast::<PyTuple>()?)).collect();
    }
    let items = given.try_iter().map_err(|_| {
        wrong(format!("`{field}` is neither a text, an object, a mapping of names, nor a list of sources"))
    })?;
    items.enumerate().map(|(index, item)| source(&format!("{field}[{index}]"), &item?)).collect()
}

/// What has no name is called by its place in the call.
fn source(place: &str, item: &Bound<'_, PyAny>) -> PyResult<Source> {
    if is_path(item) {
        return Err(wrong(format!(
            "`{place}` is a path, and this call does not open files: use a pair (name, content)"
        )));
    }
    if let Ok(pair_) = item.cast::<PyTuple>() {
        return pair(place, pair_);
    }
    if let Ok(fields) = item.cast::<PyDict>() {
        return if is_object(fields) { content(place, place.to_owned(), item) } else { as_elsewhere(place, fields) };
    }
    let objects = item.cast::<PyList>().is_ok_and(|items| items.iter().all(|item| item.is_instance_of::<PyDict>()));
    if is_content(item) || objects {
        return content(place, place.to_owned(), item);
    }
    Err(wrong(format!("`{place}` is neither a text, an object, a source, nor a pair (name, content)")))
}

fn pair(place: &str, pair: &Bound<'_, PyTuple>) -> PyResult<Source> {
    let not_a_pair = || wrong(format!("`{place}` is not a pair (name, content)"));
    let (name, given) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().map_err(|_| not_a_pair())?;
    let name = match name.cast::<PyString>() {
        Ok(name) => name.to_cow().map_err(|_| not_a_pair())?.into_owned(),
        // A path that the caller has read.
        Err(_) if name.hasattr("__fspath__")? => {
            name.call_method0("__fspath__")?.extract().map_err(|_| not_a_pair())?
        }
        Err(_) => return Err(not_a_pair()),
    };
    content(&format!("{place}[{name:?}]"), name, &given)
}

fn content(place: &str, name: String, given: &Bound<'_, PyAny>) -> PyResult<Source> {
    if let Some(bytes) = bytes(given) {
        return Ok(Source::bytes(name, bytes));
    }
    Ok(match plain::read(place, given)? {
        serde_json::Value::String(text) => Source::text(name, text),
        value => Source::value(name, value),
    })
}

/// `{"name": …, "text": …}` or `{"name": …, "value": …}`, as in the other runtimes; here a text may be bytes.
fn as_elsewhere(place: &str, fields: &Bound<'_, PyDict>) -> PyResult<Source> {
    let Some(bytes) = fields.get_item("text")?.and_then(|text| bytes(&text)) else {
        return understood(plain::read(place, fields)?);
    };
    // JSON has no bytes, so the other fields are read beside an empty text.
    let fields = fields.copy()?;
    fields.set_item("text", "")?;
    let source: Source = understood(plain::read(place, &fields)?)?;
    Ok(Source::bytes(source.name, bytes))
}

fn is_content(given: &Bound<'_, PyAny>) -> bool {
    given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>() || given.is_instance_of::<PyByteArray>()
}

fn is_object(fields: &Bound<'_, PyDict>) -> bool {
    OF_OBJECTS.iter().any(|key| fields.contains(key).unwrap_or(false))
}

fn is_item(fields: &Bound<'_, PyDict>) -> bool {
    let has = |key: &str| fields.contains(key).unwrap_or(false);
    is_object(fields) || (has("name") && (has("text") || has("value")))
}

/// A path where a content belongs: no document is one line that ends so.
fn is_path(given: &Bound<'_, PyAny>) -> bool {
    match given.cast::<PyString>() {
        Ok(text) => text.to_cow().is_ok_and(|text| {
            !text.contains(['\n', ':', '{', '[']) && OF_FILES.iter().any(|end| text.trim_end().ends_with(end))
        }),
        Err(_) => given.hasattr("__fspath__").unwrap_or(false),
    }
}

fn bytes(content: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    if let Ok(bytes) = content.cast::<PyBytes>() {
        return Some(bytes.as_bytes().to_vec());
    }
    content.cast::<PyByteArray>().ok().map(PyByteArrayMethods::to_vec)
}

fn wrong(what: String) -> PyErr {
    usage(api::UsageError::request(what))
}
