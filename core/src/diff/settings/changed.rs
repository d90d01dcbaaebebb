//! One change, and where it is looked for.

use super::fields::SettingName;
use crate::model::{Class, Flow};
use crate::source::Span;

/// Where a destination is the same for its clients, whatever its settings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Called<'a> {
    pub(super) namespace: &'a str,
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) class: Class,
}

impl<'a> Called<'a> {
    pub(super) fn of(flow: &Flow<'a>) -> Self {
        Self { namespace: flow.client_namespace(), host: &flow.host.value, port: flow.port(), class: flow.class() }
    }
}

/// One change of a setting: the flows of two items with the same change are one difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Changed {
    pub(super) new: Span,
    pub(super) old: Span,
    pub(super) setting: SettingName,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) weakens: bool,
    pub(super) port: u16,
}
