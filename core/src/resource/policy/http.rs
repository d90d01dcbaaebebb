//! The fields of a destination that are about HTTP requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::read;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// The fields of a destination that are about HTTP requests.
#[derive(Debug, Clone, Default)]
pub struct HttpFields {
    /// `allow`; `None` is every request.
    pub allow: Option<Spanned<Vec<RequestItem>>>,
    /// `deny`.
    pub deny: Option<Spanned<Vec<RequestItem>>>,
    /// `timeout`, as written.
    pub timeout: Option<Spanned<String>>,
    /// `retries`.
    pub retries: Option<Spanned<Retries>>,
    /// `headers.request`.
    pub request_headers: Option<Spanned<HeaderFields>>,
    /// `headers.response`.
    pub response_headers: Option<Spanned<HeaderFields>>,
}

/// An item of `allow` or `deny`. A field that is not given matches every request.
#[derive(Debug, Clone)]
pub struct RequestItem {
    /// `methods`.
    pub methods: Vec<Spanned<String>>,
    /// `paths`, as written.
    pub paths: Vec<Spanned<String>>,
    /// `headers`, with their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// `set`.
    pub set: Option<Spanned<String>>,
    /// `tools`.
    pub tools: Vec<Spanned<String>>,
    /// `mcpMethods`.
    pub mcp_methods: Vec<Spanned<String>>,
    /// The whole item.
    pub span: Span,
}

/// `retries`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// `attempts`.
    pub attempts: u8,
    /// `perTryTimeout`, as written.
    pub per_try_timeout: Option<String>,
    /// `retryOn`.
    pub retry_on: Vec<String>,
}

/// Changes of headers, with their names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderFields {
    /// `set`.
    pub set: BTreeMap<String, String>,
    /// `add`.
    pub add: BTreeMap<String, String>,
    /// `remove`.
    pub remove: BTreeSet<String>,
}

pub(super) fn read(to: &Node) -> HttpFields {
    let requests = |key| {
        let list: &Node = to.given(key)?;
        Some(Spanned::new(list.items().iter().map(request_fields).collect(), list.span))
    };
    let changes = |key| {
        let node = to.given("headers")?.given(key)?;
        Some(Spanned::new(header_changes(node), node.span))
    };
    HttpFields {
        allow: requests("allow"),
        deny: requests("deny"),
        timeout: read::text(to, "timeout"),
        retries: to.given("retries").and_then(|node| Some(Spanned::new(retries(node)?, node.span))),
        request_headers: changes("request"),
        response_headers: changes("response"),
    }
}

fn request_fields(item: &Node) -> RequestItem {
    let texts = |key| read::each(item, key, |each| Some(Spanned::new(each.text()?.to_owned(), each.span)));
    RequestItem {
        methods: texts("methods"),
        paths: texts("paths"),
        headers: headers(item, "headers"),
        set: read::text(item, "set"),
        tools: texts("tools"),
        mcp_methods: texts("mcpMethods"),
        span: item.span,
    }
}

fn retries(node: &Node) -> Option<Retries> {
    let NodeKind::Integer(attempts) = node.given("attempts")?.kind else { return None };
    Some(Retries {
        attempts: u8::try_from(attempts).ok()?,
        per_try_timeout: read::text(node, "perTryTimeout").map(|text| text.value),
        retry_on: read::each(node, "retryOn", |each| each.text().map(str::to_owned)),
    })
}

fn header_changes(node: &Node) -> HeaderFields {
    HeaderFields {
        set: headers(node, "set"),
        add: headers(node, "add"),
        remove: read::each(node, "remove", |each| each.text().map(str::to_ascii_lowercase)).into_iter().collect(),
    }
}

fn headers(node: &Node, key: &str) -> BTreeMap<String, String> {
    let entries = node.given(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.to_ascii_lowercase(), entry.value.text()?.to_owned()))).collect()
}
