//! What a line of an access log has of a dry run, in the fields that `docs/design/replay.md` adds to Istio's JSON format.

use super::log_line::LogLine;
use super::workspace::CompiledMesh;
use crate::manifest::{AuthorizationEffect, Spec};
use crate::model::Flow;

/// The flow of a rule in audit mode for clients of a namespace, of which the gateway's dry run would refuse the caller.
pub(super) fn refused<'m>(line: &LogLine, mesh: &CompiledMesh<'m>, namespace: &str) -> Option<Flow<'m>> {
    let (of, name) = policy(line.dry_run.as_deref()?)?;
    let object = mesh.manifests.objects.iter().find(|object| match &object.spec {
        Spec::AuthorizationPolicy(policy) => {
            policy.effect == AuthorizationEffect::DryRun && object.namespace == of && object.name == name
        }
        Spec::ServiceEntry(_) | Spec::DestinationRule(_) | Spec::Gateway(_) | Spec::VirtualService(_) => false,
    })?;
    let is_made_for = |flow: &Flow| object.origins.iter().any(|origin| origin.span == flow.destination.span);
    mesh.set?.flows().find(|flow| flow.is_audited() && flow.client_namespace() == namespace && is_made_for(flow))
}

/// Namespace and name of `ns[istio-system]-policy[name]-rule[0]` (`policyName` of
/// pilot/pkg/security/authz/builder/builder.go).
fn policy(id: &str) -> Option<(&str, &str)> {
    let (namespace, rest) = id.strip_prefix("ns[")?.split_once("]-policy[")?;
    Some((namespace, rest.split_once("]-rule[")?.0))
}
