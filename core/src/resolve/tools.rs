//! The tools and methods of MCP that an item of `allow` names.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{MCP_HEADERS, RequestPattern, TOOL_CALL};
use crate::resource::{HttpFields, RequestItem};

/// The requests of an item that names tools or methods of MCP, one for each.
pub(super) fn calls(fields: &RequestItem, beside: &RequestPattern) -> Vec<RequestPattern> {
    let tools = fields.tools.iter().map(|tool| beside.calling(TOOL_CALL, Some(tool)));
    let methods = fields.mcp_methods.iter().map(|method| beside.calling(method, None));
    tools.chain(methods).collect()
}

/// Fields that contradict `tools` and `mcpMethods` in their own item.
pub(super) fn check(fields: &HttpFields, report: &mut Report) {
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
        if let Some(name) = MCP_HEADERS.into_iter().find(|name| item.headers.contains_key(*name)) {
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
