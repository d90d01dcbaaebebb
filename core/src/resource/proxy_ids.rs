//! The user and group of the proxy: traffic of theirs is never captured (`tools/istio-iptables/pkg/capture/run.go`).

use super::iptables_arguments::IptablesArguments;
use super::pod_parts::Parts;
use super::read::text;
use crate::source::Spanned;
use crate::syntax::{Node, NodeKind};

/// The usual one of both.
pub(crate) const PROXY_ID: i64 = 1337;
/// The fields that set a user and a group.
pub(super) const RUN_AS: [&str; 2] = ["runAsUser", "runAsGroup"];
/// Annotations by which a platform gives a namespace its users and groups. The last user, and the last group of the first block,
/// are the proxy's (`GetProxyIDs` of `pkg/kube/inject/inject.go`).
const USERS: &str = "openshift.io/sa.scc.uid-range";
const GROUPS: &str = "openshift.io/sa.scc.supplemental-groups";

/// A user or a group that a container runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAs {
    /// The user, or the group.
    pub id: i64,
    /// How answers call it, and its place.
    pub called: Spanned<String>,
}

/// What the containers of a pod run as, without those of the proxy.
pub(super) fn of_containers(parts: Parts<'_>) -> Vec<RunAs> {
    let contexts = parts.own_containers().chain(parts.spec).filter_map(|holder| holder.given("securityContext"));
    let ids = contexts.flat_map(|context| RUN_AS.into_iter().filter_map(move |key| Some((key, context.given(key)?))));
    ids.filter_map(|(key, node)| {
        let NodeKind::Integer(id) = node.kind else { return None };
        Some(RunAs { id, called: Spanned::new(format!("`{key}: {id}` of the pod"), node.span) })
    })
    .collect()
}

/// The proxy's user and group in a pod that was injected already, as the container that redirects has them: the group is that of
/// the user where it has none (`FillConfigFromEnvironment` of `tools/istio-iptables/pkg/config/config.go`).
pub(super) fn of_redirecting(container: Option<&Node>) -> Vec<i64> {
    let arguments = container.map(IptablesArguments::read).unwrap_or_default();
    let id = |flag: &str| arguments.value(flag).map(|value| value.parse().unwrap_or(PROXY_ID));
    let user = id("proxy-uid").unwrap_or(PROXY_ID);
    vec![user, id("proxy-gid").unwrap_or(user)]
}

/// Those of pods that are injected in a namespace. An interception mode TPROXY has the usual ones in every namespace.
pub(super) fn of_namespace(metadata: Option<&Node>) -> Vec<i64> {
    let annotations = metadata.and_then(|metadata| metadata.given("annotations"));
    let said = |key: &str| annotations.and_then(|annotations| text(annotations, key)).map(|text| text.value);
    let users = said(USERS);
    let user = users.as_deref().and_then(last_of_block);
    let groups = said(GROUPS).or(users);
    // One that cannot be read makes them all count for nothing.
    let blocks: Option<Vec<i64>> = groups.as_deref().and_then(|blocks| blocks.split(',').map(last_of_block).collect());
    let group = blocks.and_then(|blocks| blocks.first().copied());
    [Some(PROXY_ID), user, group].into_iter().flatten().collect()
}

/// The last number of `1000650000/10000`, or of `1000650000-1000659999`.
fn last_of_block(block: &str) -> Option<i64> {
    let number = |text: &str| text.trim().parse::<u32>().ok().map(i64::from);
    if let Some((start, size)) = block.split_once('/') {
        return number(start)?.checked_add(number(size)?)?.checked_sub(1);
    }
    let (start, end) = block.split_once('-')?;
    number(start)?;
    number(end)
}
