//! The named sets of requests in `allow`.

use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::{HttpFields, NAMED_SETS, NamedSet, RequestItem};
use crate::source::Spanned;

/// The items that an item stands for: those of the set that it names, or itself.
pub(super) fn expanded(item: &RequestItem) -> Vec<RequestItem> {
    match &item.set {
        None => vec![item.clone()],
        Some(name) => NamedSet::find(&name.value).map(|set| set.requests(name.span)).unwrap_or_default(),
    }
}

/// Sets that are not known, and fields that stand beside one.
pub(super) fn check(fields: &HttpFields, report: &mut Report) {
    for item in fields.allow.iter().flat_map(|list| &list.value) {
        let Some(name) = &item.set else { continue };
        let Some(set) = NamedSet::find(&name.value) else {
            report.push(unknown(name));
            continue;
        };
        let is_alone = item.methods.is_empty()
            && item.paths.is_empty()
            && item.headers.is_empty()
            && item.tools.is_empty()
            && item.mcp_methods.is_empty();
        if !is_alone {
            report.push(
                Diagnostic::new(
                    &codes::NAMED_SET,
                    name.span,
                    format!("other fields stand beside the named set `{}` in an item of `allow`", set.name),
                )
                .note("a set has its own methods and paths")
                .help(format!(
                    "write an item for the set and another one for the rest; `egressc explain @{}` shows what the set allows",
                    set.name
                )),
            );
        }
    }
}

fn unknown(name: &Spanned<String>) -> Diagnostic {
    let known: Vec<String> = NAMED_SETS.iter().map(|set| format!("`{}`", set.name)).collect();
    Diagnostic::new(&codes::NAMED_SET, name.span, format!("there is no named set `{}`", shown(&name.value)))
        .note(format!("the sets are {}", known.join(" and ")))
        .help("the name of a set ends with the number of its edition; write one of these, or the requests themselves")
}
