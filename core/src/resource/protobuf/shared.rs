//! Messages that mesh configs have in several places.

use super::value::Value::{Duration, Enum, Flag, List, Text};
use super::value::{EnumWords, Message, UINT32};

pub(super) static TCP_KEEPALIVE: Message = Message(&[("probes", UINT32), ("time", Duration), ("interval", Duration)]);

pub(super) static TRACE_CONTEXT: EnumWords =
    &[("UNSPECIFIED", 0), ("W3C_TRACE_CONTEXT", 1), ("GRPC_BIN", 2), ("CLOUD_TRACE_CONTEXT", 3), ("B3", 4)];

pub(super) static CLIENT_TLS: Message = Message(&[
    ("mode", Enum(&CLIENT_TLS_MODE)),
    ("clientCertificate", Text),
    ("privateKey", Text),
    ("caCertificates", Text),
    ("credentialName", Text),
    ("subjectAltNames", List(&Text)),
    ("sni", Text),
    ("insecureSkipVerify", Flag),
    ("caCrl", Text),
]);

pub(super) static CLIENT_TLS_MODE: EnumWords = &[("DISABLE", 0), ("SIMPLE", 1), ("MUTUAL", 2), ("ISTIO_MUTUAL", 3)];
