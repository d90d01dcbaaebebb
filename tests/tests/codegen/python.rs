//! `_types.py`: `TypedDict` and `Literal`, so that plain dicts are checked without a class in between.

use std::fmt::Write as _;

use crate::shape::{Holds, Named, Shape};

const HEAD: &str = "from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict
";

/// Requests are keyword arguments in Python, so of theirs only the words are types.
pub(crate) fn text(requests: &[Named], responses: &[Named]) -> String {
    let mut out = format!("\"\"\"Written by `{}` from the Rust types in core/src/api.\"\"\"\n\n{HEAD}", crate::COMMAND);
    let mut written: Vec<&str> = Vec::new();
    let words = requests.iter().filter(|named| matches!(named.shape, Shape::Words(_)));
    for named in words.chain(responses) {
        if !written.contains(&named.name.as_str()) {
            written.push(&named.name);
            declare(&mut out, named);
        }
    }
    out.push_str("\n\n__all__ = [\n");
    for name in written {
        let _ = writeln!(out, "    \"{name}\",");
    }
    out.push_str("]\n");
    out
}

fn declare(out: &mut String, named: &Named) {
    match &named.shape {
        Shape::Fields(fields) => {
            let _ = write!(out, "\n\nclass {}(TypedDict):\n    \"\"\"{}\"\"\"\n", named.name, named.doc);
            for field in fields {
                let _ = write!(out, "\n    {}: {}\n    \"\"\"{}\"\"\"\n", field.name, holds(&field.holds), field.doc);
            }
        }
        Shape::Words(words) => {
            let literals: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.word)).collect();
            let docs: Vec<String> = words.iter().map(|word| format!("- `{}`: {}", word.word, word.doc)).collect();
            let _ = write!(
                out,
                "\n\n{} = Literal[{}]\n\"\"\"{}\n\n{}\n\"\"\"\n",
                named.name,
                literals.join(", "),
                named.doc,
                docs.join("\n")
            );
        }
    }
}

fn holds(what: &Holds) -> String {
    match what {
        Holds::Text => "str".to_owned(),
        Holds::Number => "int".to_owned(),
        Holds::Flag => "bool".to_owned(),
        Holds::Json => "Any".to_owned(),
        Holds::Named(name) => name.clone(),
        Holds::Map(item) => format!("Dict[str, {}]", holds(item)),
        Holds::List(item) => format!("List[{}]", holds(item)),
        Holds::OrNull(one) => format!("Optional[{}]", holds(one)),
    }
}
