//! Python objects to JSON. What JSON does not have is an error that names the place, never a guess.

use egressc_core::api::{self, UsageError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::usage_error::usage;

/// As deep as JSON text may be for the core's own reader; what contains itself ends here too.
const DEPTH: usize = 125;
/// Values in one source: objects that share their parts can stand for more than any memory holds.
const VALUES: usize = 1 << 20;
/// Characters in one source, for the same reason; a text that is merely too large is the core's to refuse.
const CHARACTERS: usize = 512 << 20;

/// An object as JSON; `path` is what the caller knows it by.
pub(crate) fn read(path: &str, object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let mut reader = Reader { values: 0, characters: 0 };
    let read = reader.read(object, 0);
    read.map_err(|problem| usage(UsageError::request(format!("`{path}{}` {}", problem.path, problem.what))))
}

/// A request from its fields.
pub(crate) fn understood<Q: DeserializeOwned>(request: Value) -> PyResult<Q> {
    api::request(request).map_err(usage)
}

/// What is wrong, and where; the path grows on the way out.
struct Problem {
    path: String,
    what: String,
}

impl Problem {
    fn new(what: impl Into<String>) -> Self {
        Self { path: String::new(), what: what.into() }
    }

    fn inside(self, step: &str) -> Self {
        Self { path: format!("{step}{}", self.path), ..self }
    }
}

struct Reader {
    values: usize,
    characters: usize,
}

impl Reader {
    fn read(&mut self, object: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Problem> {
        self.values = self.values.saturating_add(1);
        if self.values > VALUES || self.characters > CHARACTERS {
            return Err(Problem::new("is where the source becomes too large"));
        }
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return self.text(text).map(Value::String);
        }
        // A bool is an int to Python.
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if object.is_instance_of::<PyInt>() {
            let number = integer(object).ok_or_else(|| Problem::new("is a number of more than 64 bits"))?;
            return Ok(Value::Number(number));
        }
        if let Ok(number) = object.cast::<PyFloat>() {
            let number =
                Number::from_f64(number.value()).ok_or_else(|| Problem::new("is not a number that JSON has"))?;
            return Ok(Value::Number(number));
        }
        let depth = depth.saturating_add(1);
        if depth > DEPTH {
            return Err(Problem::new(format!("is nested more than {DEPTH} deep, or contains itself")));
        }
        if let Ok(fields) = object.cast::<PyDict>() {
            return self.map(fields, depth);
        }
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            return self.list(object, depth);
        }
        let kind = object.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
        Err(Problem::new(format!("is of type {kind}, which is not plain data")))
    }

    fn text(&mut self, text: &Bound<'_, PyString>) -> Result<String, Problem> {
        let text = text.to_cow().map_err(|_| Problem::new("holds half of a surrogate pair, which is no text"))?;
        self.characters = self.characters.saturating_add(text.len());
        Ok(text.into_owned())
    }

    fn list(&mut self, list: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        for (index, item) in list.try_iter().map_err(raised)?.enumerate() {
            let item = item.map_err(raised)?;
            items.push(self.read(&item, depth).map_err(|problem| problem.inside(&format!("[{index}]")))?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, dict: &Bound<'_, PyDict>, depth: usize) -> Result<Value, Problem> {
        let mut fields = Map::new();
        for (key, item) in dict {
            let key = key.cast::<PyString>().map_err(|_| Problem::new("has a key that is not a str"))?;
            let key = self.text(key)?;
            let item = self.read(&item, depth).map_err(|problem| problem.inside(&format!(".{key}")))?;
            fields.insert(key, item);
        }
        Ok(Value::Object(fields))
    }
}

/// A list of a class of its own runs the caller's code.
fn raised(_: PyErr) -> Problem {
    Problem::new("raises when it is read")
}

fn integer(object: &Bound<'_, PyAny>) -> Option<Number> {
    object.extract::<i64>().map(Number::from).or_else(|_| object.extract::<u64>().map(Number::from)).ok()
}
