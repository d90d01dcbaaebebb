//! `calls.rb`: a method for each call, with keywords for the fields of its request.

use std::fmt::Write as _;

use crate::Call;
use crate::shape::{Holds, Named, Shape};

pub(crate) fn text(requests: &[Named], responses: &[Named], calls: &[Call]) -> String {
    let mut out = format!(
        "# frozen_string_literal: true\n\n# Written by `{}` from the Rust types in core/src/api.\n\nmodule Egressc\n",
        crate::COMMAND
    );
    for (index, call) in calls.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut keywords = Vec::new();
        let mut pairs = Vec::new();
        let _ = writeln!(out, "  # {}\n  #", call.doc.replace('\n', " "));
        for field in call.request.map(|name| fields(requests, name)).unwrap_or_default() {
            let keyword = snake(&field.name);
            let _ = writeln!(
                out,
                "  # @param {keyword} [{}] {}",
                holds(&field.holds, requests),
                field.doc.replace('\n', " ")
            );
            keywords.push(match &field.holds {
                _ if field.required => format!("{keyword}:"),
                // What Ruby's strings are indexed by.
                Holds::Word(name) if name == "PositionEncoding" => format!("{keyword}: \"utf32\""),
                Holds::Flag => format!("{keyword}: false"),
                _ => format!("{keyword}: nil"),
            });
            // A pair of a name and a content is a source too.
            let value = match &field.holds {
                Holds::List(item) if matches!(&**item, Holds::Named(name) if name == "Source") => {
                    format!("sources({keyword})")
                }
                _ => keyword,
            };
            pairs.push(format!("\"{}\" => {value}", field.name));
        }
        let answers: Vec<String> = fields(responses, call.response).iter().map(|field| field.name.clone()).collect();
        let _ = writeln!(out, "  # @return [Hash] {}", answers.join(", "));
        out.push_str("  # @raise [UsageError] when the call is wrong in itself\n");
        let parameters = if keywords.is_empty() { String::new() } else { format!("({})", keywords.join(", ")) };
        let _ =
            writeln!(out, "  def self.{0}{parameters}\n    answer(:{0}, {{{1}}})\n  end", call.name, pairs.join(", "));
    }
    out.push_str("end\n");
    out
}

fn fields<'a>(all: &'a [Named], name: &str) -> &'a [crate::shape::Field] {
    match all.iter().find(|named| named.name == name).map(|named| &named.shape) {
        Some(Shape::Fields(fields)) => fields,
        _ => &[],
    }
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// As YARD writes types.
fn holds(what: &Holds, requests: &[Named]) -> String {
    match what {
        Holds::Text => "String".to_owned(),
        Holds::Number => "Integer".to_owned(),
        Holds::Flag => "Boolean".to_owned(),
        Holds::Json => "Object".to_owned(),
        Holds::Named(name) | Holds::Word(name) => {
            match requests.iter().find(|named| named.name == *name).map(|named| &named.shape) {
                Some(Shape::Words(words)) => {
                    words.iter().map(|word| format!("\"{}\"", word.word)).collect::<Vec<_>>().join(", ")
                }
                _ => "Hash".to_owned(),
            }
        }
        Holds::Map(item) => format!("Hash{{String => {}}}", holds(item, requests)),
        Holds::List(item) => format!("Array<{}>", holds(item, requests)),
        Holds::OrNull(one) => format!("{}, nil", holds(one, requests)),
    }
}
