//! Calls of MCP, as the headers of an HTTP request say them.
//!
//! Since revision 2026-07-28 of MCP, each request has its method, the name of its tool and the revision in headers, and a
//! server refuses a request whose body says something else (SEP-2243). Before that revision a server looks at no header, so
//! the revision is compared, too.

use super::{HeaderPattern, RequestPattern};

const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
const VERSION: &str = "mcp-protocol-version";
/// The method that calls a tool.
pub(crate) const TOOL_CALL: &str = "tools/call";
/// The headers by which calls are told apart.
const MCP_HEADERS: [&str; 3] = [METHOD, NAME, VERSION];
/// The revision of which it is known that a server compares the headers with the body.
const REVISION: &str = "2026-07-28";
/// The same headers in spellings that a server may take for them: several kinds of servers read `_` as `-`.
const MISTAKABLE: [&str; 5] =
    ["mcp_method", "mcp_name", "mcp_protocol_version", "mcp-protocol_version", "mcp_protocol-version"];

/// Whether a header tells calls apart, or a server may take it for one that does.
pub(crate) fn is_header_of_mcp(name: &str) -> bool {
    MCP_HEADERS.contains(&name) || MISTAKABLE.contains(&name)
}

impl RequestPattern {
    /// The requests of this pattern that call a method of MCP, and with `name` a tool.
    pub(crate) fn calling(&self, method: &str, name: Option<&str>) -> Self {
        let only = |value: &str| HeaderPattern::IsOnly(value.to_owned());
        let mut headers = self.headers.clone();
        headers.extend(MISTAKABLE.map(|name| (name.to_owned(), HeaderPattern::Absent)));
        headers.insert(METHOD.to_owned(), only(method));
        headers.insert(VERSION.to_owned(), only(REVISION));
        headers.extend(name.map(|name| (NAME.to_owned(), only(name))));
        Self { methods: ["POST".to_owned()].into(), paths: self.paths.clone(), headers }
    }

    /// Whether its requests call one tool.
    pub(crate) fn names_a_tool(&self) -> bool {
        self.mcp_method() == Some(TOOL_CALL) && matches!(self.headers.get(NAME), Some(HeaderPattern::IsOnly(_)))
    }

    /// The same requests for every tool, if they call one.
    pub(crate) fn with_every_tool(&self) -> Self {
        let mut every = self.clone();
        if self.names_a_tool() {
            every.headers.insert(NAME.to_owned(), HeaderPattern::Present);
        }
        every
    }

    /// The method of MCP that its requests call; `None` where it does not say so for every server.
    pub(crate) fn mcp_method(&self) -> Option<&str> {
        match self.headers.get(METHOD)? {
            HeaderPattern::IsOnly(method) => Some(method),
            HeaderPattern::Absent | HeaderPattern::Present | HeaderPattern::Is(_) => None,
        }
    }
}
