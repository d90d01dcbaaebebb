//! TLS of a server (`validateTLSOptions` of pkg/config/validation/validation.go, and the CEL rules of the CRDs).

use super::broken_rule::BrokenRules;
use crate::istio::fields::Fields;

const SOURCE: &str = "`validateTLSOptions` of pkg/config/validation/validation.go";

pub(super) fn validate(tls: Option<Fields<'_>>, broken: &mut BrokenRules) {
    let Some(tls) = tls else { return };
    let text = |key: &str| tls.child(key).is_some_and(|text| !text.str().is_empty());
    let list = |key: &str| tls.items(key).next().is_some();
    // Of the CRD, which looks only at whether the fields are there.
    for (one, other) in [("tlsCertificates", "credentialNames"), ("credentialName", "credentialNames")] {
        if tls.has(one) && tls.has(other) {
            broken.refuse(tls, SOURCE, format!("`{one}` and `{other}` exclude each other"));
        }
    }
    let mode = tls.child("mode").map_or("PASSTHROUGH", Fields::str);
    if mode == "ISTIO_MUTUAL" {
        let given =
            ["serverCertificate", "privateKey", "caCertificates", "credentialName"].into_iter().find(|key| text(key));
        if let Some(key) = given.or_else(|| ["tlsCertificates", "credentialNames"].into_iter().find(|key| list(key))) {
            broken.refuse(tls, SOURCE, format!("mode ISTIO_MUTUAL has no `{key}`: the certificates are Istio's own"));
        }
        return;
    }
    let sources = [
        text("serverCertificate") && text("privateKey"),
        text("credentialName"),
        list("credentialNames"),
        list("tlsCertificates"),
    ];
    if sources.into_iter().filter(|given| *given).count() > 1 {
        broken.refuse(tls, SOURCE, "the certificates of a server come from one place only");
    }
    let presents = ["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"].contains(&mode);
    if presents && (text("credentialName") || list("credentialNames")) {
        return;
    }
    if presents {
        if mode != "SIMPLE" && !text("caCertificates") {
            broken.refuse(tls, SOURCE, format!("mode {mode} needs `caCertificates` or a credential"));
        }
        for key in ["serverCertificate", "privateKey"] {
            let is_given = |holder: Fields<'_>| holder.child(key).is_some_and(|text| !text.str().is_empty());
            let missing =
                if list("tlsCertificates") { !tls.items("tlsCertificates").all(is_given) } else { !is_given(tls) };
            if missing {
                broken.refuse(tls, SOURCE, format!("mode {mode} needs `{key}` or a credential"));
            }
        }
    }
    if text("caCrl") && (text("credentialName") || mode == "SIMPLE") {
        broken.refuse(tls, SOURCE, "`caCrl` is neither for mode SIMPLE nor beside `credentialName`");
    }
}
