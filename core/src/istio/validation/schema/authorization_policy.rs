//! The fields of a `AuthorizationPolicy`, after its CRD (`manifests/charts/base/files/crd-all.gen.yaml`).

use super::destination_rule::POLICY_SELECTOR;
use super::shape::Schema::{self, List, Text, Words};
use super::shape::{TEXT, TEXTS, list, object};

pub(super) static PROVIDER: Schema = object(&[("name", &TEXT)]);

pub(super) static SOURCE: Schema = object(&[
    ("ipBlocks", &TEXTS),
    ("namespaces", &TEXTS),
    ("notIpBlocks", &TEXTS),
    ("notNamespaces", &TEXTS),
    ("notPrincipals", &TEXTS),
    ("notRemoteIpBlocks", &TEXTS),
    ("notRequestPrincipals", &TEXTS),
    ("notServiceAccounts", &List { of: &Text { least: 0, most: 320 }, least: 0, most: 16 }),
    ("notTrustDomains", &TEXTS),
    ("principals", &TEXTS),
    ("remoteIpBlocks", &TEXTS),
    ("requestPrincipals", &TEXTS),
    ("serviceAccounts", &List { of: &Text { least: 0, most: 320 }, least: 0, most: 16 }),
    ("trustDomains", &TEXTS),
]);

pub(super) static FROM: Schema = object(&[("source", &SOURCE)]);

pub(super) static OPERATION: Schema = object(&[
    ("hosts", &TEXTS),
    ("methods", &TEXTS),
    ("notHosts", &TEXTS),
    ("notMethods", &TEXTS),
    ("notPaths", &TEXTS),
    ("notPorts", &TEXTS),
    ("paths", &TEXTS),
    ("ports", &TEXTS),
]);

pub(super) static TO: Schema = object(&[("operation", &OPERATION)]);

pub(super) static CONDITION: Schema =
    object(&[("key", &TEXT), ("notValues", &TEXTS), ("values", &TEXTS)]).required(&["key"]);

pub(super) static RULE: Schema =
    object(&[("from", &List { of: &FROM, least: 0, most: 512 }), ("to", &list(&TO)), ("when", &list(&CONDITION))]);

pub(super) static TARGET_REF: Schema = object(&[
    ("group", &Text { least: 0, most: 253 }),
    ("kind", &Text { least: 1, most: 63 }),
    ("name", &Text { least: 1, most: 253 }),
    ("namespace", &TEXT),
])
.required(&["kind", "name"]);

pub(super) static AUTHORIZATION_POLICY: Schema = object(&[
    ("action", &Words(&["ALLOW", "DENY", "AUDIT", "CUSTOM"])),
    ("provider", &PROVIDER),
    ("rules", &List { of: &RULE, least: 0, most: 512 }),
    ("selector", &POLICY_SELECTOR),
    ("targetRef", &TARGET_REF),
    ("targetRefs", &List { of: &TARGET_REF, least: 0, most: 16 }),
]);
