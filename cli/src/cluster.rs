//! What a cluster has, by way of `kubectl get`: the only program that egressc starts, and it changes nothing there.

use std::collections::BTreeSet;

use egressc_core::api::Source;
use egressc_core::stages::resource::{CLUSTER_KINDS, ClusterKind, ClusterScope};
use serde_json::Value;

use crate::args::Cluster;
use crate::exit::Failure;
use crate::host::Host;
use crate::terminal::{count, say};

/// What all names of such sources begin with: no file is called so.
pub(crate) const NAME: &str = "<cluster>/";
/// The list of kinds is shorter.
const MOST_LIST_BYTES: usize = 4 << 20;

/// Reads all kinds that matter and that the cluster has.
///
/// It stops at the first error: an object that is left out would be taken as absent.
pub(crate) fn read(cluster: &Cluster, host: &mut dyn Host) -> Result<Vec<Source>, Failure> {
    let listed = kubectl(cluster, &["api-resources", "--verbs=list", "--output=name"], MOST_LIST_BYTES, host)?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let served: BTreeSet<&str> = listed.lines().map(str::trim).collect();
    let mut sources = Vec::new();
    for kind in CLUSTER_KINDS.iter().filter(|kind| served.contains(kind.resource)) {
        let (place, value) = match kind.place {
            ClusterScope::Everywhere => ("--all-namespaces", ""),
            ClusterScope::NamespaceOfIstio => ("--namespace", &*cluster.istio_namespace),
            ClusterScope::WithLabel(label) => ("--selector", label),
        };
        let place = if value.is_empty() { place.to_owned() } else { format!("{place}={value}") };
        let limit = Source::MOST_BYTES.saturating_add(1);
        let mut bytes = kubectl(cluster, &["get", kind.resource, &place, "--output=json"], limit, host)?;
        if kind.place == ClusterScope::NamespaceOfIstio {
            bytes = of_istio(&bytes).map_err(|error| vec![format!("kubectl get {}: {error}", kind.resource)])?;
        }
        sources.push(Source::bytes(format!("{NAME}{}", kind.resource), bytes));
    }
    if sources.is_empty() {
        return Err(vec!["the cluster has none of the kinds that `egressc dump --list` lists".to_owned()]);
    }
    say(host, &format!("note: {} read from the cluster\n", count(sources.len(), "kind")));
    Ok(sources)
}

fn kubectl(cluster: &Cluster, args: &[&str], limit: usize, host: &mut dyn Host) -> Result<Vec<u8>, Failure> {
    let context = cluster.context.iter().map(|context| format!("--context={context}"));
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).chain(context).collect();
    host.kubectl(&args, limit).map_err(|error| vec![format!("kubectl {}: {error}", args.join(" "))])
}

/// The `ConfigMap`s of Istio alone: what others keep in its namespace is none of our business.
fn of_istio(bytes: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let mut list: Value = serde_json::from_slice(bytes)?;
    if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|item| {
            item.pointer("/metadata/name").and_then(Value::as_str).is_some_and(ClusterKind::is_of_istio)
        });
    }
    serde_json::to_vec(&list)
}
