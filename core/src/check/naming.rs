//! Do policies follow ASM's naming conventions? Neither ASM nor Kubernetes enforces them, and they are not for
//! `EgressPolicy`.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::PolicySet;
use crate::resolve::POLICY_NAMESPACE;
use crate::resource::PolicyKind;

pub(super) fn validate_names(set: &PolicySet, report: &mut Report) {
    for policy in &set.policies {
        let expected = format!("egress-by-{}", policy.gateway.value);
        let is_of_asm = policy.kind == PolicyKind::Asm;
        if is_of_asm && policy.id.name != expected {
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
        let is_elsewhere = is_of_asm && policy.id.namespace != POLICY_NAMESPACE;
        if is_elsewhere || policy.namespace_span.is_none() {
            let message = match policy.namespace_span {
                Some(_) => format!("policy `{}` is not in namespace `{POLICY_NAMESPACE}`", policy.id.name),
                None => format!("policy `{}` has no namespace, so `{POLICY_NAMESPACE}` is assumed", policy.id.name),
            };
            let place = policy.namespace_span.unwrap_or(policy.name_span);
            let mut found = Diagnostic::new(&codes::POLICY_NAMESPACE, place, message);
            if is_of_asm {
                found = found.note(format!("ASM reads policies only from namespace `{POLICY_NAMESPACE}`"));
            }
            report.push(found.help(format!("write `namespace: {POLICY_NAMESPACE}`")));
        }
    }
}
