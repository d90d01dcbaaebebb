//! The fields of a `Gateway`, after its CRD (`manifests/charts/base/files/crd-all.gen.yaml`).

use super::shape::Schema::{self, Flag, List, Words};
use super::shape::{TEXT, TEXTS, UINT32, list, map, object};

pub(super) static SERVER_PORT: Schema =
    object(&[("name", &TEXT), ("number", &UINT32), ("protocol", &TEXT), ("targetPort", &UINT32)])
        .required(&["number", "protocol", "name"]);

pub(super) static TLS_CERTIFICATE: Schema =
    object(&[("caCertificates", &TEXT), ("privateKey", &TEXT), ("serverCertificate", &TEXT)]);

pub(super) static SERVER_TLS: Schema = object(&[
    ("caCertCredentialName", &TEXT),
    ("caCertificates", &TEXT),
    ("caCrl", &TEXT),
    ("cipherSuites", &TEXTS),
    ("credentialName", &TEXT),
    ("credentialNames", &List { of: &TEXT, least: 1, most: 2 }),
    ("httpsRedirect", &Flag),
    ("maxProtocolVersion", &Words(&["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"])),
    ("minProtocolVersion", &Words(&["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"])),
    ("mode", &Words(&["PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"])),
    ("privateKey", &TEXT),
    ("serverCertificate", &TEXT),
    ("subjectAltNames", &TEXTS),
    ("tlsCertificates", &List { of: &TLS_CERTIFICATE, least: 1, most: 2 }),
    ("verifyCertificateHash", &TEXTS),
    ("verifyCertificateSpki", &TEXTS),
]);

pub(super) static SERVER: Schema = object(&[
    ("bind", &TEXT),
    ("defaultEndpoint", &TEXT),
    ("hosts", &TEXTS),
    ("name", &TEXT),
    ("port", &SERVER_PORT),
    ("tls", &SERVER_TLS),
])
.required(&["port", "hosts"]);

pub(super) static GATEWAY: Schema = object(&[("selector", &map(&TEXT)), ("servers", &list(&SERVER))]);
