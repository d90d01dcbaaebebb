//! Does an item of `allow` let through what a named set beside it leaves out?

use super::http::patterns_of;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{HttpRules, RequestPattern};
use crate::resource::{HttpFields, NamedSet, WithheldPaths, WithheldRequests};

/// Items beside a set that let through what the set is there to leave out.
pub(super) fn check(fields: &HttpFields, rules: &HttpRules, report: &mut Report) {
    let items = || fields.allow.iter().flat_map(|list| &list.value);
    let sets = items().filter_map(|item| item.set.as_ref());
    for (name, set) in sets.filter_map(|name| Some((name, NamedSet::find(&name.value)?))) {
        for item in items().filter(|item| item.set.is_none()) {
            let undone = patterns_of(item).into_iter().find_map(|pattern| withheld(&pattern, set, rules));
            let Some(request) = undone else { continue };
            report.push(
                Diagnostic::new(
                    &codes::SET_UNDONE,
                    item.span,
                    format!(
                        "this item of `allow` lets `{request}` through, {}, and the named set `{}` beside it does not",
                        set.withheld.what, set.name
                    ),
                )
                .label(name.span, "the set")
                .note("items of `allow` add up: a request may be sent if one of them matches")
                .help("name in `paths` what the other requests need, or leave out the methods of the item that write"),
            );
        }
    }
}

/// A request of an item that a set leaves out, and that may be sent.
fn withheld(pattern: &RequestPattern, set: &NamedSet, rules: &HttpRules) -> Option<String> {
    let WithheldRequests { what: _, methods, paths } = &set.withheld;
    let paths: Vec<String> = match paths {
        WithheldPaths::EndingIn(last) if pattern.paths.is_empty() => vec![format!("/any-other/{last}")],
        WithheldPaths::EndingIn(last) => pattern.paths.iter().filter_map(|path| path.example_ending_in(last)).collect(),
        WithheldPaths::Usual(paths) => paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    let alone = HttpRules { allow: Some([pattern.clone()].into()), deny: rules.deny.clone() };
    let headers = pattern.example_headers();
    let mut requests = methods.iter().flat_map(|method| paths.iter().map(move |path| (method, path)));
    let found = requests.find(|(method, path)| alone.admit(method, path, &headers) == Some(true));
    found.map(|(method, path)| format!("{method} {path}"))
}
