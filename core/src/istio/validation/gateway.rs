//! `ValidateGateway` of pkg/config/validation/validation.go.

use std::collections::BTreeSet;

use super::broken_rule::BrokenRules;
use super::{addresses, names, ports, server_tls};
use crate::istio::fields::Fields;
use crate::istio::{Meta, PortProtocol};

const SOURCE: &str = "`ValidateGateway` of pkg/config/validation/validation.go";
const SERVER: &str = "`validateServer` of pkg/config/validation/validation.go";
const PORT: &str = "`validateServerPort` of pkg/config/validation/validation.go";
const BIND: &str = "`validateServerBind` of pkg/config/validation/validation.go";
const HOST: &str = "`ValidateNamespaceSlashWildcardHostname` of pkg/config/validation/agent/validation.go";

pub(super) fn validate(spec: Fields<'_>, meta: &Meta, broken: &mut BrokenRules) {
    // Istio converts Gateways of the Gateway API to its own, which it marks so.
    let of_gateway_api = meta.annotations.get("internal.istio.io/gateway-semantics") == Some("gateway");
    if !names::is_label(&meta.name) && !of_gateway_api {
        broken.refuse(spec, SOURCE, format!("`{}` is not the name of a Gateway: it must be a DNS label", meta.name));
    }
    if spec.items("servers").next().is_none() {
        broken.refuse(spec, SOURCE, "a Gateway needs a server");
    }
    let mut called = BTreeSet::new();
    for each in spec.items("servers") {
        server(each, of_gateway_api, broken);
        let name = each.child("port").and_then(|port| port.child("name")).map_or("", Fields::str);
        if !called.insert(name) {
            broken.refuse(each, SOURCE, format!("two servers have ports with the name `{name}`"));
        }
    }
}

fn server(server: Fields<'_>, of_gateway_api: bool, broken: &mut BrokenRules) {
    if server.items("hosts").next().is_none() {
        broken.refuse(server, SERVER, "a server needs a host");
    }
    for host in server.items("hosts") {
        broken.check(host, HOST, hostname(host.str(), of_gateway_api));
    }
    let Some(port) = server.child("port") else { return };
    let text = |holder: Fields<'_>, key: &str| holder.child(key).map_or_else(String::new, |text| text.str().to_owned());
    let (protocol, bind) = (text(port, "protocol"), text(server, "bind"));
    let number = port.number("number").unwrap_or_default();
    let unix = bind.strip_prefix("unix://");
    let known = PortProtocol::parse(&protocol);
    let mut port_is_valid = true;
    let mut refuse = |rule: String| {
        broken.refuse(port, PORT, rule);
        port_is_valid = false;
    };
    if known == PortProtocol::Unsupported {
        refuse(format!("`{protocol}` is not a protocol that Istio knows"));
    }
    if number > 0 || unix.is_none() {
        ports::number(number).err().into_iter().for_each(&mut refuse);
    }
    if port.number("targetPort").is_some_and(|target| target > 0) {
        refuse("a Gateway has no `targetPort`".to_owned());
    }
    if text(port, "name").is_empty() {
        refuse("the port of a server needs a name".to_owned());
    }
    if let Some(path) = unix {
        broken.check(server, BIND, addresses::unix(path));
        if number != 0 {
            broken.refuse(port, BIND, "the port of a socket is 0");
        }
    } else if !bind.is_empty() {
        broken.check(server, BIND, addresses::address(&bind));
    }
    let tls = server.child("tls");
    server_tls::validate(tls, broken);
    if !port_is_valid {
        return;
    }
    match tls {
        None if ports::is_tls(&protocol) => broken.refuse(server, SERVER, "a server for HTTPS or TLS needs `tls`"),
        Some(tls) if !ports::is_tls(&protocol) => {
            let given = |key: &str| tls.child(key).is_some_and(|text| !text.str().is_empty());
            let passes =
                ["PASSTHROUGH", "AUTO_PASSTHROUGH"].contains(&tls.child("mode").map_or("PASSTHROUGH", Fields::str));
            // For HTTP only a redirect to HTTPS is allowed.
            let redirects = known.is_http()
                && passes
                && !["caCertificates", "privateKey", "serverCertificate"].into_iter().any(given);
            if !redirects {
                broken.refuse(tls, SERVER, format!("a server for {protocol} has no `tls`"));
            }
        }
        _ => {}
    }
}

fn hostname(host: &str, of_gateway_api: bool) -> Result<(), String> {
    let Some((namespace, name)) = host.split_once('/') else { return names::listed_host(host, true) };
    let is_word = ["*", "."].contains(&namespace) || (namespace == "~" && of_gateway_api);
    if !is_word && !names::is_label(namespace) {
        return Err(format!("`{namespace}` is not a namespace"));
    }
    names::listed_host(name, true)
}
