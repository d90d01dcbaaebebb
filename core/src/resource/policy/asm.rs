//! The fields of `ASMEgressTrafficPolicy`, in `v1` and `v1beta1` alike.
//!
//! Source: the Go types of `aliyun/alibabacloud-servicemesh-api`; the fields are the same in both versions. A field that
//! only `EgressPolicy` has is refused here: ASM would ignore it, and a rule that its author restricted would not be.

use super::egress_policy;
use super::fields::{
    FROM, HOSTS, HOSTS_SHAPE, NAMESPACE, POLICY_GATEWAY, PORT, RULE_NAME, RULES, TO, TO_GATEWAY, TO_NAME, UPGRADE,
    UPGRADE_ENABLED, UPGRADE_PORT, WORKLOAD_SELECTOR,
};
use crate::resource::shape::{Field, METADATA, Shape, object, object_beside, optional, required, some};

const FROM_SHAPE: Shape = object_beside(&[NAMESPACE, WORKLOAD_SELECTOR], &egress_policy::MORE_OF_FROM);

const HTTPS_UPGRADE: Shape = object_beside(&[UPGRADE_ENABLED, UPGRADE_PORT], &egress_policy::MORE_OF_UPGRADE);

const TO_SHAPE: Shape = object_beside(
    &[
        TO_NAME,
        required("hosts", HOSTS_SHAPE, HOSTS),
        PORT,
        TO_GATEWAY,
        optional("httpsUpgrade", HTTPS_UPGRADE, UPGRADE),
    ],
    &egress_policy::MORE_OF_TO,
);

const RULE: Shape = object_beside(
    &[RULE_NAME, required("from", some(&FROM_SHAPE, 10_000), FROM), required("to", some(&TO_SHAPE, 10_000), TO)],
    &egress_policy::MORE_OF_RULE,
);

const FIELDS: &[Field] = &[
    required(
        "apiVersion",
        Shape::Choice(&["istio.alibabacloud.com/v1", "istio.alibabacloud.com/v1beta1"]),
        "API version; both versions have the same meaning.",
    ),
    required("kind", Shape::Choice(&["ASMEgressTrafficPolicy"]), "Kind of the document."),
    required(
        "metadata",
        METADATA,
        "By convention the name is `egress-by-<gateway>` and the namespace is `istio-egress`.",
    ),
    required(
        "spec",
        object_beside(
            &[POLICY_GATEWAY, required("egressRules", some(&RULE, 100_000), RULES)],
            &egress_policy::MORE_OF_SPEC,
        ),
        "The policy.",
    ),
    optional("status", Shape::Any, "Written by ASM; egressc ignores it."),
];

/// The fields of the kind.
pub(in crate::resource) const SHAPE: Shape = object(FIELDS);
