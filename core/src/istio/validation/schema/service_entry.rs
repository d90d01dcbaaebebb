//! The fields of a `ServiceEntry`, after its CRD (`manifests/charts/base/files/crd-all.gen.yaml`).

use super::shape::Schema::{self, List, Map, Text, Words};
use super::shape::{TEXT, TEXTS, UINT32, object};

pub(super) static ENDPOINT: Schema = object(&[
    ("address", &Text { least: 0, most: 256 }),
    ("labels", &Map { of: &TEXT, most: 256 }),
    ("locality", &Text { least: 0, most: 2048 }),
    ("network", &Text { least: 0, most: 2048 }),
    ("ports", &Map { of: &UINT32, most: 128 }),
    ("serviceAccount", &Text { least: 0, most: 253 }),
    ("weight", &UINT32),
]);

pub(super) static ENTRY_PORT: Schema = object(&[
    ("name", &Text { least: 0, most: 256 }),
    ("number", &UINT32),
    ("protocol", &Text { least: 0, most: 256 }),
    ("targetPort", &UINT32),
])
.required(&["number", "name"]);

pub(super) static WORKLOAD_SELECTOR: Schema =
    object(&[("labels", &Map { of: &Text { least: 0, most: 63 }, most: 256 })]);

pub(super) static SERVICE_ENTRY: Schema = object(&[
    ("addresses", &List { of: &Text { least: 0, most: 64 }, least: 0, most: 256 }),
    ("endpoints", &List { of: &ENDPOINT, least: 0, most: 4096 }),
    ("exportTo", &TEXTS),
    ("hosts", &List { of: &TEXT, least: 1, most: 256 }),
    ("location", &Words(&["MESH_EXTERNAL", "MESH_INTERNAL"])),
    ("ports", &List { of: &ENTRY_PORT, least: 0, most: 256 }),
    ("resolution", &Words(&["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"])),
    ("subjectAltNames", &TEXTS),
    ("workloadSelector", &WORKLOAD_SELECTOR),
])
.required(&["hosts"]);
