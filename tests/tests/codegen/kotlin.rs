//! `Egressc.kt`: data classes, and a function for each call that takes and gives them.

use std::fmt::Write as _;

use crate::Call;
use crate::shape::{Field, Holds, Named, Shape};

const HEAD: &str = "@file:JvmName(\"Egressc\")

package dev.egressc

import com.fasterxml.jackson.annotation.JsonProperty
import com.fasterxml.jackson.databind.JsonNode
";

pub(crate) fn text(requests: &[Named], responses: &[Named], calls: &[Call]) -> String {
    let mut out = format!("// Written by `{}` from the Rust types in core/src/api.\n{HEAD}", crate::COMMAND);
    for call in calls {
        let (parameter, argument) = call
            .request
            .map_or_else(|| (String::new(), "emptyMap<String, Any>()"), |name| (format!("request: {name}"), "request"));
        doc(&mut out, "", &format!("{}\n\n@throws EgresscException.Usage when the call is wrong in itself", call.doc));
        let Call { name, response, .. } = call;
        let _ = writeln!(
            out,
            "@Throws(EgresscException::class)\npublic fun {name}({parameter}): {response} = answer({argument}) {{ {name}(it) }}"
        );
    }
    let mut written: Vec<&str> = Vec::new();
    for named in requests.iter().chain(responses) {
        if !written.contains(&named.name.as_str()) {
            written.push(&named.name);
            declare(&mut out, named);
        }
    }
    out
}

fn declare(out: &mut String, named: &Named) {
    doc(out, "", &named.doc);
    match &named.shape {
        Shape::Fields(fields) => {
            let _ = writeln!(out, "public data class {}(", named.name);
            for field in fields {
                doc(out, "  ", &field.doc);
                // Said to Jackson, since Kotlin's own names would come out changed for some, such as `isX`.
                let _ = writeln!(
                    out,
                    "  @param:JsonProperty(\"{0}\") @get:JsonProperty(\"{0}\")\n  val {0}: {1}{2},",
                    field.name,
                    holds(&field.holds),
                    default(field)
                );
            }
            out.push_str(")\n");
        }
        Shape::Words(words) => {
            let _ = writeln!(out, "public enum class {} {{", named.name);
            for word in words {
                doc(out, "  ", &word.doc);
                let name = word.word.to_uppercase().replace('-', "_");
                let _ = writeln!(out, "  @JsonProperty(\"{}\")\n  {name},", word.word);
            }
            out.push_str("}\n");
        }
    }
}

fn default(field: &Field) -> &'static str {
    match &field.holds {
        _ if field.required => "",
        // What the strings of the JVM are indexed by.
        Holds::Word(name) if name == "PositionEncoding" => " = PositionEncoding.UTF16",
        Holds::List(_) => " = emptyList()",
        Holds::Map(_) => " = emptyMap()",
        Holds::Flag => " = false",
        Holds::OrNull(_) => " = null",
        // What is left out, the library fills in.
        Holds::Text | Holds::Number | Holds::Json | Holds::Named(_) | Holds::Word(_) => "? = null",
    }
}

fn holds(what: &Holds) -> String {
    match what {
        Holds::Text => "String".to_owned(),
        Holds::Number => "Int".to_owned(),
        Holds::Flag => "Boolean".to_owned(),
        Holds::Json => "JsonNode".to_owned(),
        Holds::Named(name) | Holds::Word(name) => name.clone(),
        Holds::Map(item) => format!("Map<String, {}>", holds(item)),
        Holds::List(item) => format!("List<{}>", holds(item)),
        Holds::OrNull(one) => format!("{}?", holds(one)),
    }
}

fn doc(out: &mut String, indent: &str, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    if let [line] = lines.as_slice() {
        let _ = writeln!(out, "{indent}/** {line} */");
    } else if !lines.is_empty() {
        let _ = writeln!(out, "{indent}/**");
        for line in lines {
            let _ = writeln!(out, "{}", format!("{indent} * {line}").trim_end());
        }
        let _ = writeln!(out, "{indent} */");
    }
}
