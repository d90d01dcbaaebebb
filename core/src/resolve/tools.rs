//! The tools and methods of MCP that an item of `allow` names.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{RequestPattern, TOOL_CALL, is_header_of_mcp};
use crate::resource::{HttpFields, RequestItem};

/// The requests of an item that names tools or methods of MCP, one for each.
pub(super) fn calls(fields: &RequestItem, beside: &RequestPattern) -> Vec<RequestPattern> {
    let tools = fields.tools.iter().map(|tool| beside.calling(TOOL_CALL, Some(tool)));
    let methods = fields.mcp_methods.iter().map(|method| beside.calling(method, None));
    tools.chain(methods).collect()
}

/// Fields that contradict `tools` and `mcpMethods` in their own item.
pub(super) fn check(fields: &HttpFields, report: &mut Report) {
    changed_headers(fields, report);
    for item in fields.allow.iter().flat_map(|list| &list.value) {
        let field = match (item.tools.is_empty(), item.mcp_methods.is_empty()) {
            (true, true) => continue,
            (false, _) => "tools",
            (true, false) => "mcpMethods",
        };
        if let Some(method) = item.methods.iter().find(|method| method.value != "POST") {
            report.push(
                Diagnostic::new(
                    &codes::TOOLS_CONTRADICT,
                    method.span,
                    format!("calls of MCP are POST requests, and this item of `allow` also has {}", method.value),
                )
                .help(format!(
                    "remove `methods` from the item with `{field}`, and write another item for other requests"
                )),
            );
        }
        if let Some(name) = item.headers.keys().find(|name| is_header_of_mcp(name)) {
            report.push(
                Diagnostic::new(
                    &codes::TOOLS_CONTRADICT,
                    item.span,
                    format!("`{field}` already says what the header `{name}` must be"),
                )
                .help(format!("remove `{name}` from `headers`")),
            );
        }
        if let Some(call) = item.mcp_methods.iter().find(|method| method.value == TOOL_CALL) {
            report.push(
                Diagnostic::new(
                    &codes::TOOLS_CONTRADICT,
                    call.span,
                    "`tools/call` among the methods would allow every tool",
                )
                .help("name the tools in `tools`, and remove `tools/call`"),
            );
        }
    }
}

/// A header that the gateway compares, and then sends with another value or not at all: the server would compare the body with
/// something else.
fn changed_headers(fields: &HttpFields, report: &mut Report) {
    let mut items = fields.allow.iter().flat_map(|list| &list.value);
    if items.all(|item| item.tools.is_empty() && item.mcp_methods.is_empty()) {
        return;
    }
    let Some(changes) = &fields.request_headers else { return };
    let names = changes.set.keys().chain(changes.add.keys()).chain(&changes.remove);
    let Some(name) = names.into_iter().find(|name| is_header_of_mcp(name)) else { return };
    report.push(
        Diagnostic::new(
            &codes::TOOLS_CONTRADICT,
            changes.span,
            format!("`headers` changes `{name}`, by which the gateway and the server tell calls of MCP apart"),
        )
        .note("the server must see the same method, tool and revision as the gateway")
        .help(format!("remove `{name}` from `headers`")),
    );
}
