//! Pods of which only a template is known, in an object of a kind that is not read.

use super::facts::{Facts, place};
use crate::model::{Capture, DataPlane, OwnDnsCapture, Workload};
use crate::resource::{AddedLabels, UnreadPods};
use crate::source::Spanned;

/// Those of a namespace, without those whose pods are given otherwise: a controller has made an object for them that is read.
pub(super) fn unread_pods<'f>(facts: &'f Facts, namespace: &'f str) -> impl Iterator<Item = Workload> + use<'f> {
    let is_here = move |given: Option<&Spanned<String>>| place(given) == namespace;
    let of_workloads = facts.workloads_of(namespace).iter().map(|workload| &workload.owner);
    let of_others =
        facts.unread_pods.iter().filter(move |pods| is_here(pods.namespace.as_ref())).map(|pods| &pods.owner);
    let owners: Vec<_> = of_workloads.chain(of_others).flatten().collect();
    let own = facts.unread_pods.iter().filter(move |pods| is_here(pods.namespace.as_ref()));
    own.filter(move |pods| !owners.contains(&&pods.made_by)).map(workload)
}

/// A workload of which nothing is certain.
fn workload(pods: &UnreadPods) -> Workload {
    let why = format!("{}, which egressc does not read and which has a template of such pods,", pods.called.value);
    let span = pods.called.span;
    Workload {
        name: pods.made_by.1.clone(),
        labels: pods.labels.clone(),
        added: AddedLabels::of_sidecar(&pods.labels),
        service_account: "default".to_owned(),
        is_stated: true,
        data_plane: Some(DataPlane::Sidecar),
        capture: Capture { not_followed: vec![Spanned::new(why, span)], ..Capture::default() },
        has_interception_mode: false,
        dns_capture: OwnDnsCapture::Nothing,
        ambient_dns_capture: None,
        revision: None,
        is_proxy: false,
        span,
    }
}
