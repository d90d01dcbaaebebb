//! The routes of the Gateway API, as they are read.

use super::backend_ref::{self, Backend};
use super::http_rule;
use super::reference::{GROUP, Referent, referent};
use super::rule::{RouteKind, RouteRule};
use crate::istio::Meta;
use crate::istio::fields::Fields;
use crate::source::Span;

/// A route of any kind.
#[derive(Debug, Clone)]
pub(super) struct KubernetesRoute {
    pub(super) kind: RouteKind,
    pub(super) parents: Vec<ParentRef>,
    /// Its hostnames, in lower case; none for all.
    pub(super) hostnames: Vec<String>,
    pub(super) rules: Vec<RouteRule>,
    pub(super) span: Option<Span>,
}

/// What a route is attached to.
#[derive(Debug, Clone)]
pub(super) struct ParentRef {
    pub(super) to: Referent,
    pub(super) namespace: String,
    pub(super) name: String,
    /// The listener, or the port of a Service.
    pub(super) section: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) span: Option<Span>,
}

/// The most items of these lists that the schema of the kinds takes, with room for later versions.
const MOST_ITEMS: usize = 256;

pub(super) fn read(kind: RouteKind, spec: Fields<'_>, meta: &Meta) -> KubernetesRoute {
    KubernetesRoute {
        kind,
        parents: spec.items("parentRefs").take(MOST_ITEMS).filter_map(|parent| parent_ref(parent, meta)).collect(),
        hostnames: match kind {
            RouteKind::Tcp => Vec::new(),
            _ => spec.texts("hostnames").iter().take(MOST_ITEMS).map(|name| name.to_ascii_lowercase()).collect(),
        },
        rules: rules(kind, spec, meta),
        span: spec.span(),
    }
}

fn rules(kind: RouteKind, spec: Fields<'_>, meta: &Meta) -> Vec<RouteRule> {
    if kind == RouteKind::Http && spec.items("rules").next().is_none() {
        // The schema of HTTPRoute fills in one rule for every path, which has no backend.
        return vec![RouteRule {
            http: vec![http_rule::of_every_path(format!("{}.{}.0", meta.namespace, meta.name), spec.span())],
            backends: Vec::new(),
            mirrors: Vec::new(),
            is_refused: false,
            redirects: false,
            span: spec.span(),
        }];
    }
    let rule = |(at, rule): (usize, Fields<'_>)| match kind {
        RouteKind::Http | RouteKind::Grpc => {
            let name = rule.text("name").unwrap_or_else(|| format!("{}.{}.{at}", meta.namespace, meta.name));
            http_rule::read(kind, rule, name, backends(rule))
        }
        RouteKind::Tls | RouteKind::Tcp => RouteRule {
            http: Vec::new(),
            backends: backends(rule),
            mirrors: Vec::new(),
            is_refused: false,
            redirects: false,
            span: rule.span(),
        },
    };
    spec.items("rules").take(MOST_ITEMS).enumerate().map(rule).collect()
}

fn parent_ref(parent: Fields<'_>, meta: &Meta) -> Option<ParentRef> {
    Some(ParentRef {
        to: referent(parent, GROUP, "Gateway"),
        namespace: parent.text("namespace").unwrap_or_else(|| meta.namespace.clone()),
        name: parent.text("name")?,
        section: parent.text("sectionName").filter(|name| !name.is_empty()),
        port: parent.port("port"),
        span: parent.span(),
    })
}

fn backends(rule: Fields<'_>) -> Vec<Backend> {
    rule.items("backendRefs").take(MOST_ITEMS).map(backend_ref::read).collect()
}
