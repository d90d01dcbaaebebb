//! `ValidateAuthorizationPolicy` of pkg/config/validation/validation.go, and the CEL rules of the CRD.

use super::broken_rule::BrokenRules;
use super::{addresses, selector};
use crate::istio::Meta;
use crate::istio::fields::Fields;

const SOURCE: &str = "`ValidateAuthorizationPolicy` of pkg/config/validation/validation.go";
const TARGET: &str = "`validatePolicyTargetReference` of pkg/config/validation/validation.go";
const VALUES: &str = "`CheckEmptyValues` of pkg/config/security/security.go";
const ACCOUNT: &str = "`CheckServiceAccount` of pkg/config/security/security.go";
const BLOCKS: &str = "`ValidateIPs` of pkg/config/security/security.go";
const PORTS: &str = "`ValidatePorts` of pkg/config/security/security.go";
const TEMPLATE: &str = "`CheckValidPathTemplate` of pkg/config/security/security.go";
const ATTRIBUTE: &str = "`ValidateAttribute` of pkg/config/security/security.go";

pub(super) fn validate(spec: Fields<'_>, _meta: &Meta, broken: &mut BrokenRules) {
    let targets = ["selector", "targetRef", "targetRefs"].into_iter().filter(|field| spec.has(field));
    if targets.count() > 1 {
        broken.refuse(spec, SOURCE, "a policy has only one of `selector`, `targetRef` and `targetRefs`");
    }
    selector::validate(spec.child("selector").and_then(|it| it.child("matchLabels")), SOURCE, broken);
    for target in spec.child("targetRef").into_iter().chain(spec.items("targetRefs")) {
        target_reference(target, broken);
    }
    let action = spec.child("action").map_or("ALLOW", Fields::str);
    let has_rules = spec.items("rules").next().is_some();
    if ["DENY", "CUSTOM"].contains(&action) && !has_rules {
        broken.refuse(spec, SOURCE, format!("a policy with action {action} and without `rules` never applies"));
    }
    if action == "CUSTOM" {
        custom(spec, has_rules, broken);
    } else if let Some(provider) = spec.child("provider") {
        broken.refuse(provider, SOURCE, "only a policy with action CUSTOM has a `provider`");
    }
    for rule in spec.items("rules") {
        for from in rule.items("from") {
            match from.child("source") {
                Some(it) => source(it, broken),
                None => broken.refuse(from, SOURCE, "an item of `from` needs `source`"),
            }
        }
        for to in rule.items("to") {
            match to.child("operation") {
                Some(it) => operation(it, broken),
                None => broken.refuse(to, SOURCE, "an item of `to` needs `operation`"),
            }
        }
        for condition in rule.items("when") {
            self::condition(condition, broken);
        }
    }
}

fn target_reference(target: Fields<'_>, broken: &mut BrokenRules) {
    let text = |key: &str| target.child(key).map_or("", Fields::str);
    if text("name").is_empty() {
        broken.refuse(target, TARGET, "a target needs a name");
    }
    if !text("namespace").is_empty() {
        broken.refuse(target, TARGET, "a target is in the policy's own namespace, and has no `namespace`");
    }
    let known = [
        ("", "Service"),
        ("core", "Service"),
        ("networking.istio.io", "ServiceEntry"),
        ("gateway.networking.k8s.io", "Gateway"),
        ("gateway.networking.k8s.io", "GatewayClass"),
    ];
    if !known.contains(&(text("group"), text("kind"))) {
        broken.refuse(
            target,
            TARGET,
            format!("`{}` of the group `{}` cannot be a target", text("kind"), text("group")),
        );
    }
}

fn custom(spec: Fields<'_>, has_rules: bool, broken: &mut BrokenRules) {
    let provider = spec.child("provider").and_then(|it| it.child("name")).map_or("", Fields::str);
    if has_rules && provider.is_empty() {
        broken.refuse(spec, SOURCE, "a policy with action CUSTOM needs the name of a `provider`");
    }
    for rule in spec.items("rules") {
        for from in rule.items("from").filter_map(|from| from.child("source")) {
            for field in [
                "namespaces",
                "notNamespaces",
                "serviceAccounts",
                "notServiceAccounts",
                "principals",
                "notPrincipals",
                "requestPrincipals",
                "notRequestPrincipals",
            ] {
                if from.items(field).next().is_some() {
                    broken.refuse(from, SOURCE, format!("a policy with action CUSTOM cannot match `{field}`"));
                }
            }
        }
        for condition in rule.items("when") {
            let key = condition.child("key").map_or("", Fields::str);
            if ["source.namespace", "source.serviceAccount", "source.principal"].contains(&key)
                || key.starts_with("request.auth.")
            {
                broken.refuse(condition, SOURCE, format!("a policy with action CUSTOM cannot match `{key}`"));
            }
        }
    }
}

fn source(source: Fields<'_>, broken: &mut BrokenRules) {
    const TEXTS: [&str; 6] =
        ["principals", "notPrincipals", "requestPrincipals", "notRequestPrincipals", "namespaces", "notNamespaces"];
    const ADDRESSES: [&str; 4] = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];
    const ACCOUNTS: [&str; 2] = ["serviceAccounts", "notServiceAccounts"];
    // Only some of the releases have these.
    const DOMAINS: [&str; 2] = ["trustDomains", "notTrustDomains"];
    let given = |field: &&str| source.items(field).next().is_some();
    if !TEXTS.iter().chain(&ADDRESSES).chain(&ACCOUNTS).chain(&DOMAINS).any(given) {
        broken.refuse(source, SOURCE, "`source` is empty");
    }
    // The CRD looks at whether the fields are there.
    let beside =
        ["principals", "notPrincipals", "namespaces", "notNamespaces"].into_iter().any(|field| source.has(field));
    if beside && ACCOUNTS.into_iter().any(|field| source.has(field)) {
        broken.refuse(source, SOURCE, "`serviceAccounts` cannot be matched beside namespaces or principals");
    }
    for field in TEXTS {
        not_empty(source, field, broken);
    }
    for block in ADDRESSES.into_iter().flat_map(|field| source.items(field)) {
        broken.check(block, BLOCKS, addresses::block(block.str()));
    }
    for account in ACCOUNTS.into_iter().flat_map(|field| source.items(field)) {
        broken.check(account, ACCOUNT, service_account(account.str()));
    }
}

fn not_empty(holder: Fields<'_>, field: &str, broken: &mut BrokenRules) {
    for value in holder.items(field).filter(|value| value.str().is_empty()) {
        broken.refuse(value, VALUES, format!("`{field}` has an empty value"));
    }
}

fn service_account(account: &str) -> Result<(), String> {
    let parts = account.split('/').count();
    if account.contains('*') || parts > 2 || account.split('/').any(str::is_empty) || account.len() > 320 {
        return Err(format!("`{account}` is neither a service account nor `namespace/account`"));
    }
    Ok(())
}

fn operation(operation: Fields<'_>, broken: &mut BrokenRules) {
    const FIELDS: [&str; 8] = ["ports", "notPorts", "methods", "notMethods", "paths", "notPaths", "hosts", "notHosts"];
    if !FIELDS.into_iter().any(|field| operation.items(field).next().is_some()) {
        broken.refuse(operation, SOURCE, "`operation` is empty");
    }
    for field in FIELDS {
        not_empty(operation, field, broken);
    }
    for port in ["ports", "notPorts"].into_iter().flat_map(|field| operation.items(field)) {
        broken.check(port, PORTS, container_port(port.str()));
    }
    for path in ["paths", "notPaths"].into_iter().flat_map(|field| operation.items(field)) {
        broken.check(path, TEMPLATE, path_template(path.str()));
    }
}

/// `strconv.ParseUint` takes digits alone.
fn container_port(port: &str) -> Result<(), String> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    if digits && port.parse::<u32>().is_ok_and(|port| port <= 65535) {
        Ok(())
    } else {
        Err(format!("`{port}` is not the number of a port"))
    }
}

fn path_template(path: &str) -> Result<(), String> {
    let literal = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()+,;:@=".contains(&byte))
    };
    let is_template = path.contains("{*}") || path.contains("{**}");
    let mut rest_found = false;
    for part in path.trim_matches('/').split('/') {
        match part {
            "{*}" | "{**}" if rest_found => return Err(format!("in the path `{path}` something follows `{{**}}`")),
            "{**}" => rest_found = true,
            "{*}" => {}
            _ if part.contains(['{', '}']) => {
                return Err(format!("the path `{path}` has braces that are neither `{{*}}` nor `{{**}}`"));
            }
            _ if is_template && !literal(part) => {
                return Err(format!("`{part}` in the path `{path}` is not allowed beside a template"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn condition(condition: Fields<'_>, broken: &mut BrokenRules) {
    let key = condition.child("key").map_or("", Fields::str);
    let values = || ["values", "notValues"].into_iter().flat_map(move |field| condition.items(field));
    if key.is_empty() {
        broken.refuse(condition, SOURCE, "a condition needs a key");
        return;
    }
    if values().next().is_none() {
        broken.refuse(condition, SOURCE, format!("the condition for `{key}` needs `values` or `notValues`"));
        return;
    }
    for value in values() {
        let checked = match key {
            _ if value.str().is_empty() => Err(format!("the condition for `{key}` has an empty value")),
            "source.ip" | "remote.ip" | "destination.ip" => addresses::block(value.str()),
            "destination.port" => container_port(value.str()),
            "source.serviceAccount" => service_account(value.str()),
            _ => Ok(()),
        };
        broken.check(value, ATTRIBUTE, checked);
    }
    if key == "source.serviceAccount" {
        for list in ["values", "notValues"].into_iter().filter(|field| condition.items(field).count() > 16) {
            broken.refuse(condition, ACCOUNT, format!("`{list}` has more than 16 service accounts"));
        }
    }
    broken.check(condition, ATTRIBUTE, attribute(key));
}

fn attribute(key: &str) -> Result<(), String> {
    const PLAIN: [&str; 12] = [
        "source.ip",
        "remote.ip",
        "source.namespace",
        "source.serviceAccount",
        "source.principal",
        "source.trustDomain",
        "request.auth.principal",
        "request.auth.audiences",
        "request.auth.presenter",
        "destination.ip",
        "destination.port",
        "connection.sni",
    ];
    if PLAIN.contains(&key) {
        return Ok(());
    }
    if ["request.headers", "request.auth.claims", "experimental.envoy.filters."].iter().any(|it| key.starts_with(it)) {
        // `validateMapKey`.
        let inside = key.find('[').filter(|open| *open > 0).and_then(|open| key.get(open..));
        return match inside {
            Some(inside) if inside.ends_with(']') && inside.len() > 2 => Ok(()),
            _ => Err(format!("the attribute `{key}` does not have the form `name[key]`")),
        };
    }
    Err(format!("`{key}` is not an attribute that Istio knows"))
}
