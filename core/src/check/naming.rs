//! Do policies follow ASM's naming conventions? Neither ASM nor Kubernetes enforces them.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::PolicySet;
use crate::resolve::POLICY_NAMESPACE;

pub(super) fn validate_names(set: &PolicySet, report: &mut Report) {
    for policy in &set.policies {
        let expected = format!("egress-by-{}", policy.gateway.value);
        if policy.id.name != expected {
            let found = Diagnostic::new(
                &codes::POLICY_NAME,
                policy.name_span,
                format!("policy `{}` is not named after its gateway", policy.id.name),
            )
            .label(policy.gateway.span, "its gateway");
            let taken =
                set.policies.iter().any(|other| other.id.namespace == policy.id.namespace && other.id.name == expected);
            report.push(if taken {
                found.help(format!(
                    "by convention, policy `{expected}` has all rules of the gateway: move these rules there"
                ))
            } else {
                found.help(format!("by convention its name is `{expected}`")).fix(
                    format!("rename it to `{expected}`"),
                    policy.name_span,
                    &*expected,
                )
            });
        }
        if policy.id.namespace != POLICY_NAMESPACE || policy.namespace_span.is_none() {
            let message = match policy.namespace_span {
                Some(_) => format!("policy `{}` is not in namespace `{POLICY_NAMESPACE}`", policy.id.name),
                None => format!("policy `{}` has no namespace, so `{POLICY_NAMESPACE}` is assumed", policy.id.name),
            };
            report.push(
                Diagnostic::new(&codes::POLICY_NAMESPACE, policy.namespace_span.unwrap_or(policy.name_span), message)
                    .note(format!("ASM reads policies only from namespace `{POLICY_NAMESPACE}`"))
                    .help(format!("write `namespace: {POLICY_NAMESPACE}`")),
            );
        }
    }
}
