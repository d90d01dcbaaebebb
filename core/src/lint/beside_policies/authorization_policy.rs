//! AuthorizationPolicies for the pods of an egress gateway.

use std::collections::BTreeSet;

use super::given::Given;
use crate::diagnostic::{Diagnostic, Report, Withheld, codes};
use crate::istio::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, GatewaySelector, Object, Objects, Operation,
};
use crate::lint::edit::{add_item, add_key, list, quoted};
use crate::lint::http_fields;
use crate::lint::within::within;
use crate::model::{Class, Flow, Gateway, TargetPort, Workload, wildcard};
use crate::resource::name_rules::nearest;
use crate::resource::{Labels, may_be_of_one_pod, selects};
use crate::scheme::container_ports;
use crate::syntax::Node;

/// The labels `istio` that Istio's own charts give to gateways (`manifests/charts/gateways`, and the samples of the gateway
/// chart).
const OF_CHARTS: [&str; 3] = ["ingressgateway", "egressgateway", "eastwestgateway"];

pub(super) fn lint(given: &Given, theirs: &Objects, report: &mut Report) {
    for policy in &theirs.authorization_policies {
        let Some(root) = policy.meta.span.and_then(|name| given.roots.get(&name)) else { continue };
        if policy.spec.has_targets() {
            continue;
        }
        let gateways: Vec<&Gateway> = given.set.environment.gateways.values().collect();
        let chosen: Vec<&Gateway> = gateways.iter().copied().filter(|gateway| is_for(policy, gateway)).collect();
        let near = chosen.iter().copied().find(|gateway| is_read_at(given, policy, gateway));
        match near {
            Some(gateway) => rules((given, theirs), policy, root, gateway, report),
            None => match chosen.first() {
                Some(gateway) => elsewhere(given, policy, root, gateway, report),
                None => misspelt(given, policy, root, &gateways, report),
            },
        }
    }
}

/// Whether its selector surely selects the gateway's pods.
fn is_for(policy: &Object<AuthorizationPolicy>, gateway: &Gateway) -> bool {
    policy.spec.selector.as_ref().is_some_and(|selector| {
        !selector.is_empty()
            && selector.iter().all(|(key, value)| {
                gateway.selector.get(key) == Some(value)
                    || gateway.pod_labels.as_ref().is_some_and(|labels| labels.get(key) == Some(value))
            })
    })
}

/// `ListAuthorizationPolicies` of pilot/pkg/model/authorization.go: the root namespace's and the pods' own.
fn is_read_at(given: &Given, policy: &Object<AuthorizationPolicy>, gateway: &Gateway) -> bool {
    policy.meta.namespace == gateway.namespace || policy.meta.namespace == given.set.environment.root_namespace
}

/// Whether a policy is at the pods of the gateway alone, and nothing comes in there from outside: an edit that takes something
/// from the policy would let in what is not compared.
fn is_only_at(given: &Given, theirs: &Objects, policy: &Object<AuthorizationPolicy>, gateway: &Gateway) -> bool {
    let Some(selector) = &policy.spec.selector else { return false };
    let environment = &given.set.environment;
    let of_gateway = |labels: &Labels| selects(&gateway.selector, labels);
    // Whatever pods of the namespace have these labels, they are behind the gateway's Service.
    let has_all = !gateway.selector.is_empty() && of_gateway(selector);
    let is_in_scope =
        |namespace: &str| policy.meta.namespace == environment.root_namespace || policy.meta.namespace == namespace;
    let others = environment.namespaces.iter().filter(|(name, _)| is_in_scope(name));
    let is_another = |namespace: &str, workload: &Workload| {
        workload.may_have(selector) && !(namespace == gateway.namespace && of_gateway(&workload.labels))
    };
    let has_others = others
        .flat_map(|(name, namespace)| namespace.known().map(move |workload| (name, workload)))
        .any(|(name, workload)| is_another(name, workload));
    let labels = gateway.pod_labels.as_ref().unwrap_or(&gateway.selector);
    let has_servers = theirs.gateways.iter().any(|own| match &own.spec.pods {
        GatewaySelector::All => true,
        GatewaySelector::Labelled(wanted) => may_be_of_one_pod(wanted, labels),
        GatewaySelector::BehindServices { .. } => false,
    });
    has_all && !has_others && !has_servers
}

/// Whether no pod has the labels in the namespace that a policy would be moved away from.
fn selects_nobody(given: &Given, policy: &Object<AuthorizationPolicy>) -> bool {
    let environment = &given.set.environment;
    let Some(selector) = policy.spec.selector.as_ref().filter(|_| environment.complete.workloads) else { return false };
    let namespace = environment.namespaces.get(&policy.meta.namespace);
    !namespace.is_some_and(|namespace| namespace.known().any(|workload| workload.may_have(selector)))
}

fn elsewhere(given: &Given, policy: &Object<AuthorizationPolicy>, root: &Node, gateway: &Gateway, report: &mut Report) {
    // Other pods of that namespace may have the label too, but hardly the one that gateways are known by.
    if !policy.spec.selector.as_ref().is_some_and(|selector| selector.contains_key("istio")) {
        return;
    }
    let Some(name) = policy.meta.span else { return };
    let written = root.given("metadata").and_then(|metadata| metadata.given("namespace"));
    let found = Diagnostic::new(
        &codes::SELECTS_NO_GATEWAY,
        written.map_or(name, |written| written.span),
        format!("this policy in namespace `{}` does not select gateway `{}`", policy.meta.namespace, gateway.name),
    )
    .note(format!(
        "the gateway's pods are in namespace `{}`, and a selector selects only pods in the policy's own namespace",
        gateway.namespace
    ))
    .help(format!("write `namespace: {}`", gateway.namespace));
    let found = match written {
        Some(written) => found.fix("move it to the gateway's namespace", written.span, gateway.namespace.as_str()),
        None => found,
    };
    // It may hold another gateway there, by which requests come in.
    report.push(if selects_nobody(given, policy) { found } else { found.withhold(Withheld::LetsIn) });
}

fn misspelt(
    given: &Given,
    policy: &Object<AuthorizationPolicy>,
    root: &Node,
    gateways: &[&Gateway],
    report: &mut Report,
) {
    let label = policy.spec.selector.as_ref().and_then(|selector| selector.get("istio"));
    let beside = |gateway: &&Gateway| is_read_at(given, policy, gateway);
    let Some(label) = label.filter(|_| gateways.iter().any(beside)) else { return };
    let runs =
        |namespace: &crate::model::Namespace| namespace.known().any(|pod| pod.labels.get("istio") == Some(label));
    if given.set.environment.namespaces.values().any(runs) {
        return;
    }
    // Labels of Istio's own charts are of gateways that need not be given, and so is one that differs by a number or a dash.
    let letters = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let names = gateways.iter().filter_map(|gateway| gateway.selector.get("istio")).map(String::as_str);
    let names = names.filter(|name| letters(name) != letters(label));
    let Some(near) = nearest(label, names).filter(|_| !OF_CHARTS.contains(&label.as_str())) else { return };
    let selector = root.given("spec").and_then(|spec| spec.given("selector"));
    let Some(value) = selector.and_then(|it| it.given("matchLabels")).and_then(|labels| labels.given("istio")) else {
        return;
    };
    report.push(
        Diagnostic::new(&codes::SELECTS_NO_GATEWAY, value.span, format!("no gateway has the label `istio: {label}`"))
            .note("a policy that selects no pod has no effect")
            // No edit: if the label is that of a gateway that is not given, the edit would open that one.
            .help(format!("did you mean `{near}`?")),
    );
}

fn rules(
    (given, theirs): (&Given, &Objects),
    policy: &Object<AuthorizationPolicy>,
    root: &Node,
    gateway: &Gateway,
    report: &mut Report,
) {
    let (mut found, mut of_hosts) = (Report::default(), Report::default());
    let flows: Vec<Flow> = given.set.flows().filter(|flow| flow.gateway() == gateway.name).collect();
    let Some(nodes) = root.given("spec").and_then(|spec| spec.given("rules")) else { return };
    for (rule, node) in policy.spec.rules.iter().zip(nodes.items()) {
        http_on_tcp(given, policy, (rule, node), gateway, &flows, &mut found);
        let operations = node.given("to").map(Node::items).unwrap_or_default();
        for (operation, node) in rule.to.iter().zip(operations) {
            let Some(node) = node.given("operation") else { continue };
            service_ports(operation, node, gateway, &mut found);
            if policy.spec.action == AuthorizationAction::Deny {
                host_without_port(given, operation, node, &flows, &mut of_hosts);
            }
        }
    }
    // These take ports from a rule: where the policy is at other pods, too, something may come in by those.
    let is_only_here = is_only_at(given, theirs, policy, gateway);
    let withheld = |found: Diagnostic| if is_only_here { found } else { found.withhold(Withheld::LetsIn) };
    let all = found.into_diagnostics().map(withheld).chain(of_hosts.into_diagnostics());
    report.extend(all.map(|found| within(found, root, policy.meta.span)));
}

/// The container ports on which flows arrive, by whether HTTP is read there.
fn ports(gateway: &Gateway, flows: &[Flow], http: bool) -> BTreeSet<u16> {
    let of = |flow: &&Flow| (flow.class() == Class::Http) == http;
    flows.iter().filter(of).flat_map(|flow| container_ports(gateway, flow.through.port.port)).collect()
}

/// On a TCP chain Istio drops what only HTTP has: an ALLOW rule as a whole, of a DENY rule only the fields.
fn http_on_tcp(
    given: &Given,
    policy: &Object<AuthorizationPolicy>,
    (rule, node): (&AuthorizationRule, &Node),
    gateway: &Gateway,
    flows: &[Flow],
    report: &mut Report,
) {
    let narrowed = |key: &str| matches!(key, "connection.sni" | "destination.port");
    if rule.when.iter().any(|when| narrowed(&when.key)) {
        return;
    }
    let (http, opaque) = (ports(gateway, flows, true), ports(gateway, flows, false));
    let concerned = flows.iter().find(|flow| flow.class() != Class::Http && may_be_from(rule, flow.client_namespace()));
    let Some(concerned) = concerned else { return };
    let denies = match policy.spec.action {
        AuthorizationAction::Deny => true,
        AuthorizationAction::Allow => false,
        AuthorizationAction::Audit | AuthorizationAction::Custom => return,
    };
    let about_callers = rule.from.iter().any(|from| !from.request_principals.is_empty())
        || rule.when.iter().any(|when| when.key.starts_with("request."));
    let operations = node.given("to").map(Node::items).unwrap_or_default();
    let wide = rule.to.iter().zip(operations).find(|(operation, _)| {
        let about_http = !operation.hosts.is_empty() || !operation.methods.is_empty() || !operation.paths.is_empty();
        (about_http || about_callers) && opaque.iter().any(|port| takes(operation, *port))
    });
    let place = match wide {
        Some((_, node)) => node,
        None if about_callers && rule.to.is_empty() => node,
        None => return,
    };
    let found =
        http_fields::on_tcp(place.span, denies).label(concerned.destination.span, "this flow uses the same gateway");
    let only_http: Vec<String> = http.difference(&opaque).map(u16::to_string).collect();
    let mendable = denies && wide.is_some_and(|(operation, _)| operation.ports.is_empty()) && !only_http.is_empty();
    let edit = wide
        .and_then(|(_, node)| node.given("operation"))
        .filter(|_| mendable)
        .and_then(|operation| add_key(operation, "ports", &list(&only_http), given.sources));
    report.push(match edit {
        Some(edit) => found
            .help(format!("add `ports: {}`, the container ports on which the gateway receives HTTP", list(&only_http)))
            .fix("limit the rule to HTTP", edit.span, edit.replacement),
        None if denies => found.help("limit the rule to a port on which the gateway receives only HTTP"),
        None => found.help("allow TLS and TCP with a separate rule that has only `from` and `when: connection.sni`"),
    });
}

fn may_be_from(rule: &AuthorizationRule, namespace: &str) -> bool {
    rule.from.is_empty()
        || rule.from.iter().any(|from| {
            let any = &from.namespaces.any;
            any.is_empty() || any.iter().any(|name| name == namespace || name.contains('*'))
        })
}

fn takes(operation: &Operation, port: u16) -> bool {
    let is = |written: &String| written.parse() == Ok(port);
    (operation.ports.any.is_empty() || operation.ports.any.iter().any(is)) && !operation.ports.none.iter().any(is)
}

/// `ports` are compared with the port on which the pod was connected to (istio/istio#55326).
fn service_ports(operation: &Operation, node: &Node, gateway: &Gateway, report: &mut Report) {
    let written = node.given("ports").map(Node::items).unwrap_or_default();
    for (port, place) in operation.ports.any.iter().zip(written) {
        let Ok(number) = port.parse::<u16>() else { continue };
        let Some(TargetPort::Known(target)) = gateway.port(number).map(|port| port.target) else { continue };
        let is_of_container = gateway.ports.iter().any(|port| port.target == TargetPort::Known(number));
        // Both are often listed, by those who do not know which it is.
        if target == number || is_of_container || operation.ports.any.iter().any(|other| *other == target.to_string()) {
            continue;
        }
        report.push(
            Diagnostic::new(
                &codes::SERVICE_PORT_IN_RULE,
                place.span,
                format!(
                    "port {number} is a port of the Service, and the pods of gateway `{}` listen on {target}",
                    gateway.name
                ),
            )
            .note("an AuthorizationPolicy matches the port of the pod, so this port never matches")
            .help(format!("write `{}`", quoted(&target.to_string())))
            .fix("write the container port", place.span, quoted(&target.to_string())),
        );
    }
}

/// Routes ignore a port in `Host`, authorization does not (istio/istio#34324).
fn host_without_port(given: &Given, operation: &Operation, node: &Node, flows: &[Flow], report: &mut Report) {
    let Some(written) = node.given("hosts") else { return };
    for (host, place) in operation.hosts.any.iter().zip(written.items()) {
        let name = host.to_ascii_lowercase();
        let declared = flows.iter().any(|flow| flow.class() == Class::Http && wildcard::has(&flow.host.value, &name));
        let covered = operation.hosts.any.iter().any(|other| {
            let other = other.to_ascii_lowercase();
            other.strip_suffix('*').is_some_and(|prefix| format!("{name}:").starts_with(prefix))
        });
        if !declared || covered {
            continue;
        }
        let with_port = format!("{name}:*");
        let found = Diagnostic::new(
            &codes::HOST_WITHOUT_PORT,
            place.span,
            format!("a request with `Host: {name}:80` is not denied"),
        )
        .note("a route ignores the port in `Host`, and an AuthorizationPolicy compares it")
        .help(format!("also list `{}`", quoted(&with_port)));
        report.push(match add_item(written, place, &with_port, given.sources) {
            Some(edit) => found.fix("also list the host with any port", edit.span, edit.replacement),
            None => found,
        });
    }
}
