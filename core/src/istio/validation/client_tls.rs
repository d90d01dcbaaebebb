//! TLS of a client (`ValidateTLS` of pkg/config/validation/agent/validation.go).

use super::broken_rule::BrokenRules;
use crate::istio::fields::Fields;

const SOURCE: &str = "`ValidateTLS` of pkg/config/validation/agent/validation.go";

pub(super) fn validate(tls: Option<Fields<'_>>, namespace: &str, broken: &mut BrokenRules) {
    let Some(tls) = tls else { return };
    let given = |key: &str| tls.child(key).is_some_and(|text| !text.str().is_empty());
    let mode = tls.child("mode").map_or("DISABLE", Fields::str);
    let credential = tls.child("credentialName").map_or("", Fields::str);
    if let Some(name) = credential.strip_prefix("configmap://") {
        // `ParseResourceName` of pilot/pkg/model/credentials/resource.go.
        let mut parts = name.split('/');
        let (of, called) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if called.is_empty() || of != namespace {
            broken.refuse(
                tls,
                SOURCE,
                format!("`{credential}` does not name a ConfigMap of the namespace `{namespace}`"),
            );
        }
    }
    let has_names = tls.items("subjectAltNames").next().is_some();
    if tls.flag("insecureSkipVerify") {
        let with_credential = mode == "SIMPLE" && given("credentialName");
        if ["SIMPLE", "MUTUAL"].contains(&mode) && (given("caCertificates") || has_names || with_credential) {
            broken.refuse(
                tls,
                SOURCE,
                "with `insecureSkipVerify` neither a CA nor `subjectAltNames` may be set, because nothing is verified",
            );
        }
    }
    if ["SIMPLE", "MUTUAL"].contains(&mode) && given("credentialName") {
        if ["clientCertificate", "caCertificates", "privateKey", "caCrl"].into_iter().any(given) {
            broken.refuse(tls, SOURCE, "beside `credentialName` no certificate, key or CA may be set");
        }
    } else if mode == "MUTUAL" {
        for key in ["clientCertificate", "privateKey"].into_iter().filter(|key| !given(key)) {
            broken.refuse(tls, SOURCE, format!("mode MUTUAL needs `{key}`"));
        }
    }
}
