//! Kubernetes' `Namespace`: whether its pods get sidecars.

use super::shape::{Field, METADATA, Shape, open_object, required};
use super::{Labels, proxy_ids, read};
use crate::source::Spanned;
use crate::syntax::Node;

const FIELDS: &[Field] = &[required("metadata", METADATA, "Name of the namespace and its labels.")];

/// The fields of the kind that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// The document.
#[derive(Debug, Clone)]
pub struct NamespaceDocument {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// What its labels say about sidecars; nothing when it has none of Istio's.
    pub injection: Option<Spanned<bool>>,
    /// Whether they say that ztunnel captures its pods.
    pub ambient: Option<Spanned<bool>>,
    /// The waypoint that its services use, and the namespace of the waypoint where it is another one.
    pub waypoint: Option<(String, Option<String>)>,
    /// All its labels.
    pub labels: Labels,
    /// The revision of Istio that they name, unless injection by the default one wins.
    pub revision: Option<Spanned<String>>,
    /// The users and groups that the proxies of its pods may run as.
    pub proxy_ids: Vec<i64>,
}

pub(super) fn read(root: &Node) -> Option<NamespaceDocument> {
    let name = read::metadata(root)?.name;
    let labels = root.given("metadata").and_then(|metadata| metadata.given("labels"));
    let label = |key| labels.and_then(|labels| read::text(labels, key)).filter(|value| !value.is_empty());
    // The first wins over the second (`mutatingwebhook.yaml` of the chart). An empty one is there as well, and no webhook
    // selects by it.
    let written = |key| labels.and_then(|labels| read::text(labels, key));
    let (by_default, revision) = (written("istio-injection"), written("istio.io/rev"));
    let injection = match (&by_default, &revision) {
        (Some(says), _) => Some(says.clone().map(|word| word == "enabled")),
        (None, revision) => revision.clone().map(|revision| revision.map(|revision| !revision.is_empty())),
    };
    let revision = match by_default {
        Some(says) => Some(says.map(|_| "default".to_owned())),
        None => revision.filter(|revision| !revision.is_empty()),
    };
    let ambient = label("istio.io/dataplane-mode").map(|mode| mode.map(|mode| mode == "ambient"));
    let waypoint = label("istio.io/use-waypoint").map(|waypoint| waypoint.value).filter(|waypoint| waypoint != "none");
    let waypoint = waypoint.map(|waypoint| (waypoint, label("istio.io/use-waypoint-namespace").map(|name| name.value)));
    let all = root.given("metadata").and_then(|metadata| read::labels(metadata, "labels"));
    let labels = all.map(|labels| labels.value).unwrap_or_default();
    let proxy_ids = proxy_ids::of_namespace(root.given("metadata"));
    Some(NamespaceDocument { name, injection, ambient, waypoint, labels, revision, proxy_ids })
}
