//! `_types.py`: frozen dataclasses and words. `_calls.py`: one function for each call, with keyword arguments.

use std::fmt::Write as _;

use egressc_tests::Outcome;
use serde_json::Value;

use crate::Call;
use crate::shape::{Field, Holds, Named, Shape};

const TYPES: &str = "from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Literal, Mapping, Optional, Tuple

from ._answers import Judged, Located, Said

__all__ = [
";

const CALLS: &str = "from __future__ import annotations

from ._native import answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Optional, Tuple, Union

    from ._sources import Sources
";

/// Python's keywords that are also words of the wire.
const KEYWORDS: [&str; 6] = ["as", "class", "from", "import", "in", "is"];

/// Of requests, the words, and the shapes that stand inside; the requests themselves are keyword arguments.
pub(crate) fn types(requests: &[Named], responses: &[Named], calls: &[Call]) -> Outcome<String> {
    let mut written: Vec<&str> = Vec::new();
    let mut body = String::new();
    let inside = requests.iter().filter(|named| named.name != "Source" && !is_request(named, calls));
    for named in inside.chain(responses) {
        if !written.contains(&named.name.as_str()) {
            written.push(&named.name);
            declare(&mut body, named)?;
        }
    }
    let mut out = head(TYPES);
    for name in written {
        let _ = writeln!(out, "    \"{name}\",");
    }
    out.push_str("]\n");
    out.push_str(&body);
    Ok(out)
}

/// The functions.
pub(crate) fn calls(requests: &[Named], responses: &[Named], calls: &[Call]) -> Outcome<String> {
    let mut names: Vec<String> = Vec::new();
    let mut body = String::new();
    for call in calls {
        let fields = match call.request {
            Some(name) => match requests.iter().find(|named| named.name == name).map(|named| &named.shape) {
                Some(Shape::Fields(fields)) => fields.as_slice(),
                _ => return Err(format!("{name} is no request with fields").into()),
            },
            None => &[],
        };
        for field in fields {
            names_in(&field.holds, &mut names);
        }
        names.push(call.response.to_owned());
        function(&mut body, call, fields)?;
    }
    names.retain(|name| name != "Source");
    names.sort();
    names.dedup();
    if let Some(unknown) = names.iter().find(|name| !requests.iter().chain(responses).any(|named| named.name == **name))
    {
        return Err(format!("{unknown} is not a type").into());
    }
    let mut out = head(CALLS);
    out.push_str("    from ._types import (\n");
    for name in &names {
        let _ = writeln!(out, "        {name},");
    }
    out.push_str("    )\n\n__all__ = [");
    let quoted: Vec<String> = calls.iter().map(|call| format!("\"{}\"", call.name)).collect();
    let _ = writeln!(out, "{}]", quoted.join(", "));
    out.push_str(&body);
    Ok(out)
}

fn head(imports: &str) -> String {
    format!("\"\"\"Written by `{}` from the Rust types in core/src/api.\"\"\"\n\n{imports}", crate::COMMAND)
}

fn is_request(named: &Named, calls: &[Call]) -> bool {
    calls.iter().any(|call| call.request == Some(named.name.as_str()))
}

fn declare(out: &mut String, named: &Named) -> Outcome<()> {
    match &named.shape {
        Shape::Fields(fields) => class(out, named, fields)?,
        Shape::Words(words) => {
            let literals: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.word)).collect();
            let docs: Vec<String> = words.iter().map(|word| format!("- `{}`: {}", word.word, word.doc)).collect();
            let _ = write!(
                out,
                "\n{} = Literal[{}]\n\"\"\"{}\n\n{}\n\"\"\"\n",
                named.name,
                literals.join(", "),
                named.doc,
                docs.join("\n")
            );
        }
    }
    Ok(())
}

fn class(out: &mut String, named: &Named, fields: &[Field]) -> Outcome<()> {
    let base = base(named, fields);
    let _ = write!(out, "\n\n@dataclass(frozen=True)\nclass {}{base}:\n    \"\"\"{}\"\"\"\n", named.name, named.doc);
    for field in fields {
        let _ = write!(out, "\n    {}: {}", snake(&field.name), holds(&field.holds));
        match field.default.as_ref().filter(|_| !field.required) {
            Some(default) => {
                let _ = write!(out, " = {}", literal(default)?);
            }
            None if field.required => {}
            None => return Err(format!("{}.{} may be missing, and stands for nothing", named.name, field.name).into()),
        }
        let _ = write!(out, "\n    \"\"\"{}\"\"\"\n", field.doc);
    }
    let _ = write!(
        out,
        "\n    @classmethod\n    def from_dict(cls, wire: Mapping[str, Any]) -> {}:\n        \"\"\"From what `to_dict` gives.\"\"\"\n        return cls(\n",
        named.name
    );
    for field in fields {
        let given = if field.required {
            format!("wire[\"{}\"]", field.name)
        } else {
            let default = field.default.as_ref().map(plain).transpose()?.unwrap_or_default();
            format!("wire.get(\"{}\", {default})", field.name)
        };
        let _ = writeln!(out, "            {}={},", snake(&field.name), read(&field.holds, &given));
    }
    out.push_str("        )\n\n    def to_dict(self) -> Dict[str, Any]:\n        \"\"\"As in every other runtime: plain data, in camelCase.\"\"\"\n        return {\n");
    for field in fields {
        let own = format!("self.{}", snake(&field.name));
        let _ = writeln!(out, "            \"{}\": {},", field.name, write(&field.holds, &own));
    }
    out.push_str("        }\n");
    Ok(())
}

/// What it can do beside holding data.
fn base(named: &Named, fields: &[Field]) -> &'static str {
    let has = |name: &str| fields.iter().any(|field| field.name == name);
    match named.name.as_str() {
        "Diagnostic" => "(Said)",
        "Place" => "(Located)",
        _ if has("ok") && has("diagnostics") => "(Judged)",
        _ => "",
    }
}

fn function(out: &mut String, call: &Call, fields: &[Field]) -> Outcome<()> {
    let (given, options): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| field.required);
    let _ = write!(out, "\n\ndef {}(", call.name);
    if !fields.is_empty() {
        out.push('\n');
        for field in &given {
            let _ = writeln!(out, "    {}: {},", snake(&field.name), argument(&field.holds));
        }
        if !options.is_empty() {
            out.push_str("    *,\n");
        }
        for field in &options {
            let default = match (field.name.as_str(), &field.default) {
                // The units in which Python's own strings are indexed.
                ("positionEncoding", _) => "\"utf32\"".to_owned(),
                (_, Some(default)) => plain(default)?,
                (name, None) => {
                    return Err(format!("{}: {name} may be missing, and stands for nothing", call.name).into());
                }
            };
            let _ = writeln!(out, "    {}: {} = {default},", snake(&field.name), argument(&field.holds));
        }
    }
    let _ = write!(out, ") -> {}:\n    \"\"\"{}", call.response, call.doc);
    if !fields.is_empty() {
        out.push_str("\n\n");
        for field in given.iter().chain(&options) {
            let _ = writeln!(out, "    :param {}: {}", snake(&field.name), field.doc.replace('\n', " "));
        }
        out.push_str("    :raises UsageError: if the request is invalid, whatever the policies are\n    ");
    }
    out.push_str("\"\"\"\n");
    let _ = write!(out, "    from ._types import {}\n\n", call.response);
    if fields.is_empty() {
        let _ = writeln!(out, "    return {}.from_dict(answer(\"{}\", {{}}))", call.response, call.name);
        return Ok(());
    }
    out.push_str("    request = {\n");
    for field in fields {
        let _ = writeln!(out, "        \"{}\": {},", field.name, sent(&field.holds, &snake(&field.name)));
    }
    let _ = write!(out, "    }}\n    return {}.from_dict(answer(\"{}\", request))\n", call.response, call.name);
    Ok(())
}

fn argument(what: &Holds) -> String {
    match what {
        Holds::List(item) if matches!(&**item, Holds::Named(name) if name == "Source") => "Sources".to_owned(),
        // Words are words; anything else that has a name may be given as plain data too.
        Holds::OrNull(one) if shaped(one) => format!("Union[{}, Mapping[str, Any], None]", holds(one)),
        other if shaped(other) => format!("Union[{}, Mapping[str, Any]]", holds(other)),
        other => holds(other),
    }
}

/// What goes over the border.
fn sent(what: &Holds, own: &str) -> String {
    match what {
        Holds::OrNull(one) if shaped(one) => format!("{own}.to_dict() if hasattr({own}, \"to_dict\") else {own}"),
        other if shaped(other) => format!("{own}.to_dict() if hasattr({own}, \"to_dict\") else {own}"),
        _ => own.to_owned(),
    }
}

fn shaped(what: &Holds) -> bool {
    matches!(what, Holds::Named(_))
}

fn holds(what: &Holds) -> String {
    match what {
        Holds::Text => "str".to_owned(),
        Holds::Number => "int".to_owned(),
        Holds::Flag => "bool".to_owned(),
        Holds::Json => "Any".to_owned(),
        Holds::Named(name) | Holds::Word(name) => name.clone(),
        Holds::List(item) => format!("Tuple[{}, ...]", holds(item)),
        Holds::Map(item) => format!("Mapping[str, {}]", holds(item)),
        Holds::OrNull(one) => format!("Optional[{}]", holds(one)),
    }
}

/// Of `given`, which came over the border.
fn read(what: &Holds, given: &str) -> String {
    match what {
        Holds::Named(name) => format!("{name}.from_dict({given})"),
        Holds::List(one) if is_plain(one) => format!("tuple({given})"),
        Holds::List(one) => format!("tuple({} for item in {given})", read(one, "item")),
        Holds::Map(one) if is_plain(one) => format!("dict({given})"),
        Holds::Map(one) => format!("{{key: {} for key, item in {given}.items()}}", read(one, "item")),
        Holds::OrNull(one) if is_plain(one) => given.to_owned(),
        Holds::OrNull(one) => format!("None if {given} is None else {}", read(one, given)),
        _ => given.to_owned(),
    }
}

/// Of `own`, an attribute.
fn write(what: &Holds, own: &str) -> String {
    match what {
        Holds::Named(_) => format!("{own}.to_dict()"),
        Holds::List(one) if is_plain(one) => format!("list({own})"),
        Holds::List(one) => format!("[{} for item in {own}]", write(one, "item")),
        Holds::Map(one) if is_plain(one) => format!("dict({own})"),
        Holds::Map(one) => format!("{{key: {} for key, item in {own}.items()}}", write(one, "item")),
        Holds::OrNull(one) if is_plain(one) => own.to_owned(),
        Holds::OrNull(one) => format!("None if {own} is None else {}", write(one, own)),
        _ => own.to_owned(),
    }
}

/// The same on both sides of the border.
fn is_plain(what: &Holds) -> bool {
    match what {
        Holds::Text | Holds::Number | Holds::Flag | Holds::Json | Holds::Word(_) => true,
        Holds::OrNull(one) => is_plain(one),
        Holds::Named(_) | Holds::List(_) | Holds::Map(_) => false,
    }
}

fn names_in(what: &Holds, names: &mut Vec<String>) {
    match what {
        Holds::Named(name) | Holds::Word(name) => names.push(name.clone()),
        Holds::List(one) | Holds::Map(one) | Holds::OrNull(one) => names_in(one, names),
        Holds::Text | Holds::Number | Holds::Flag | Holds::Json => {}
    }
}

/// A default of a dataclass, of which all its instances share what is not made anew.
fn literal(value: &Value) -> Outcome<String> {
    match value {
        Value::Object(fields) if fields.is_empty() => Ok("field(default_factory=dict)".to_owned()),
        Value::Array(items) if items.is_empty() => Ok("()".to_owned()),
        other => plain(other),
    }
}

fn plain(value: &Value) -> Outcome<String> {
    match value {
        Value::Null => Ok("None".to_owned()),
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        Value::Number(_) | Value::String(_) => Ok(value.to_string()),
        Value::Object(fields) if fields.is_empty() => Ok("{}".to_owned()),
        Value::Array(items) if items.is_empty() => Ok("()".to_owned()),
        other => Err(format!("the generator does not know this default: {other}").into()),
    }
}

fn snake(camel: &str) -> String {
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    if KEYWORDS.contains(&out.as_str()) {
        out.push('_');
    }
    out
}
