use std::fmt::Write as _;

use egressc_core::stages::resource::{CLUSTER_KINDS, ClusterScope};

use crate::args::dump::DumpArgs;
use crate::exit::{ExitStatus, Failure};
use crate::host::Host;
use crate::terminal::answer;

/// Prints what is to be read from a cluster: as a script, or as a list.
pub(crate) fn dump(args: &DumpArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let namespace = &args.istio_namespace;
    let is_name = !namespace.is_empty() && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name {
        return Err(vec![format!("--istio-namespace: `{namespace}` is not the name of a namespace")]);
    }
    answer(host, &if args.list { list() } else { script(namespace) })?;
    Ok(ExitStatus::Answered)
}

/// For a shell without anything but `kubectl` and `grep`.
fn script(namespace: &str) -> String {
    let mut text = "\
#!/bin/sh
# Prints what egressc reads of a cluster. It only reads, and stops at the first error: an object that is left out would be taken
# as absent.
set -eu
served=$(kubectl api-resources --verbs=list --output=name)
get() {
  kind=$1
  shift
  if printf '%s\\n' \"$served\" | grep -qxF \"$kind\"; then
    echo ---
    kubectl get \"$kind\" \"$@\" --output=yaml
  fi
}
"
    .to_owned();
    for kind in CLUSTER_KINDS {
        let place = match kind.place {
            ClusterScope::Everywhere => "--all-namespaces".to_owned(),
            ClusterScope::NamespaceOfIstio => format!("--namespace={namespace}"),
            ClusterScope::WithLabel(label) => format!("--selector={label}"),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "get {} {place}", kind.resource);
    }
    text
}

fn list() -> String {
    let width = |cell: fn(usize) -> usize| (0..CLUSTER_KINDS.len()).map(cell).max().unwrap_or_default();
    let resource = width(|at| CLUSTER_KINDS.get(at).map_or(0, |kind| kind.resource.len()));
    let fields = width(|at| CLUSTER_KINDS.get(at).map_or(0, |kind| kind.fields.len()));
    let mut text = format!("{:<resource$}  {:<fields$}  FOR\n", "RESOURCE", "FIELDS");
    for kind in CLUSTER_KINDS {
        let _ = writeln!(text, "{:<resource$}  {:<fields$}  {}", kind.resource, kind.fields, kind.purpose);
    }
    text
}
