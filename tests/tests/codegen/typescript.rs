//! `types.d.ts`: what every entry of the npm package exports.

use std::fmt::Write as _;

use crate::Call;
use crate::shape::{Holds, Named, Shape};

pub(crate) fn text(requests: &[Named], responses: &[Named], calls: &[Call]) -> String {
    let mut out = format!("// Written by `{}` from the Rust types in core/src/api.\n", crate::COMMAND);
    for call in calls {
        let request = call.request.map_or_else(|| "request?: {}".to_owned(), |name| format!("request: {name}"));
        doc(
            &mut out,
            "",
            &format!("{}\n\nA call with an invalid request throws an {{@link EgresscUsageError}}.", call.doc),
        );
        let _ = writeln!(out, "export function {}({request}): {};", call.name, call.response);
    }
    doc(&mut out, "", "A call with an invalid request. It does not depend on the policies.");
    out.push_str("export class EgresscUsageError extends Error {\n  readonly name: \"EgresscUsageError\";\n}\n");

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
    match &named.shape {
        Shape::Fields(fields) => {
            doc(out, "", &named.doc);
            let _ = writeln!(out, "export interface {} {{", named.name);
            for field in fields {
                let text = if field.name == "positionEncoding" {
                    field.doc.clone() + " In JavaScript, `utf16` unless said otherwise."
                } else {
                    field.doc.clone()
                };
                doc(out, "  ", &text);
                let optional = if field.required { "" } else { "?" };
                let _ = writeln!(out, "  {}{optional}: {};", field.name, holds(&field.holds));
            }
            out.push_str("}\n");
        }
        Shape::Words(words) => {
            let docs: Vec<String> = words.iter().map(|word| format!("- `{}`: {}", word.word, word.doc)).collect();
            doc(out, "", &format!("{}\n\n{}", named.doc, docs.join("\n")));
            let words: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.word)).collect();
            let _ = writeln!(out, "export type {} = {};", named.name, words.join(" | "));
        }
    }
}

fn holds(what: &Holds) -> String {
    match what {
        Holds::Text => "string".to_owned(),
        Holds::Number => "number".to_owned(),
        Holds::Flag => "boolean".to_owned(),
        // Not `unknown`: callers hand these to Kubernetes clients, whose own types then hold.
        Holds::Json => "any".to_owned(),
        Holds::Named(name) | Holds::Word(name) => name.clone(),
        Holds::Map(item) => format!("Record<string, {}>", holds(item)),
        Holds::List(item) => match &**item {
            Holds::OrNull(_) => format!("({})[]", holds(item)),
            _ => format!("{}[]", holds(item)),
        },
        Holds::OrNull(one) => format!("{} | null", holds(one)),
    }
}

fn doc(out: &mut String, indent: &str, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    match lines.as_slice() {
        [] => {}
        [line] => {
            let _ = writeln!(out, "{indent}/** {line} */");
        }
        lines => {
            let _ = writeln!(out, "{indent}/**");
            for line in lines {
                let _ = writeln!(out, "{}", format!("{indent} * {line}").trim_end());
            }
            let _ = writeln!(out, "{indent} */");
        }
    }
}
