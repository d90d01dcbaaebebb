//! JavaScript values to JSON. What JSON does not have is an error that names the place, never a guess.

use egressc_core::api::UsageError;
use js_sys::{Array, Object, Reflect};
use serde_json::{Map, Number, Value};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// As deep as JSON text may be for the core's own reader; what contains itself ends here too.
const DEPTH: usize = 127;
/// Values in one request: objects that share their parts can stand for more than any memory holds.
const VALUES: usize = 1 << 20;
/// Characters in one request, for the same reason; a text that is merely too large is the core's to refuse.
const CHARACTERS: usize = 512 << 20;

#[wasm_bindgen]
extern "C" {
    /// `Object.prototype.toString`: says what kind of object it is, also for objects of another frame or realm.
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn kind_of(value: &JsValue) -> String;

    /// As js-sys has it, except that a proxy may throw.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys_of(object: &Object) -> Result<Array, JsValue>;
}

/// A request as JSON.
pub(crate) fn request(value: &JsValue) -> Result<Value, String> {
    let mut reader = Reader { values: 0, characters: 0 };
    reader
        .read(value, 0)
        .map_err(|problem| UsageError::request(format!("`request{}` {}", problem.path, problem.what)).to_string())
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
    fn read(&mut self, value: &JsValue, depth: usize) -> Result<Value, Problem> {
        self.values = self.values.saturating_add(1);
        if self.values > VALUES || self.characters > CHARACTERS {
            return Err(Problem::new("is where the request becomes too large"));
        }
        if let Some(text) = value.as_string() {
            self.characters = self.characters.saturating_add(text.len());
            return Ok(Value::String(text));
        }
        if let Some(number) = value.as_f64() {
            let number =
                number_of(number).ok_or_else(|| Problem::new(format!("is {number}, which JSON does not have")))?;
            return Ok(Value::Number(number));
        }
        if let Some(flag) = value.as_bool() {
            return Ok(Value::Bool(flag));
        }
        if value.is_null() {
            return Ok(Value::Null);
        }
        let depth = depth.saturating_add(1);
        if depth > DEPTH {
            return Err(Problem::new(format!("is nested more than {DEPTH} deep, or contains itself")));
        }
        if Array::is_array(value) {
            return self.list(value.unchecked_ref(), depth);
        }
        match kind_of(value).as_str() {
            "[object Object]" => self.map(value.unchecked_ref(), depth),
            kind => Err(Problem::new(format!("is {kind}, which is not plain data"))),
        }
    }

    fn list(&mut self, list: &Array, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        for index in 0..list.length() {
            let item = Reflect::get_u32(list, index).map_err(thrown)?;
            items.push(self.read(&item, depth).map_err(|problem| problem.inside(&format!("[{index}]")))?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, object: &Object, depth: usize) -> Result<Value, Problem> {
        let mut fields = Map::new();
        for key in keys_of(object).map_err(thrown)?.iter() {
            let Some(name) = key.as_string() else { continue };
            let item = Reflect::get(object, &key).map_err(thrown)?;
            // As in JSON.stringify: a field that is set to undefined is a field that is left out.
            if !item.is_undefined() {
                self.characters = self.characters.saturating_add(name.len());
                let item = self.read(&item, depth).map_err(|problem| problem.inside(&format!(".{name}")))?;
                fields.insert(name, item);
            }
        }
        Ok(Value::Object(fields))
    }
}

/// Getters and proxies run the caller's code.
fn thrown(_: JsValue) -> Problem {
    Problem::new("throws when it is read")
}

/// Integers stay integers: to Kubernetes 80 and 80.0 are not the same.
fn number_of(number: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "it is an integer, and i64 holds all that are exact")]
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}
