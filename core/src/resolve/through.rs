//! The gateways of a destination: its own, or else those of its rule, or else those of its policy.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Environment, Gateway, GatewayPortChoice, Through};
use crate::resource::{ByGateway, EgressRule, EgressTrafficPolicy, GatewayFields, PolicyKind, To};
use crate::source::{Span, Spanned};

/// The gateways that a policy names anywhere, each once.
pub(super) fn named(document: &EgressTrafficPolicy) -> Vec<&Spanned<String>> {
    // The rules of ASM's kind use the gateway of their policy.
    let rules = document.rules.iter().filter(|_| document.kind == PolicyKind::Egress);
    let of_rules =
        rules.flat_map(|rule| std::iter::once(&rule.by_gateway).chain(rule.to.iter().map(|to| &to.by_gateway)));
    let mut seen: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
    for name in std::iter::once(&document.by_gateway).chain(of_rules).flat_map(ByGateway::names) {
        seen.entry(&name.value).or_insert(name);
    }
    seen.into_values().collect()
}

/// What is wrong with the lists of gateways of a policy, wherever they stand.
pub(super) fn validate_lists(document: &EgressTrafficPolicy, report: &mut Report) {
    lists(&document.by_gateway, report);
    for rule in &document.rules {
        lists(&rule.by_gateway, report);
        for to in &rule.to {
            lists(&to.by_gateway, report);
        }
    }
}

fn lists(by_gateway: &ByGateway, report: &mut Report) {
    let Some(several) = &by_gateway.several else { return };
    if let Some(one) = &by_gateway.one {
        report.push(
            Diagnostic::new(
                &codes::GATEWAYS_CONTRADICT,
                several.span,
                "`byEgressGateway` and `byEgressGateways` are both set here",
            )
            .label(one.span, "the single gateway")
            .note("they do not say which gateways get the requests")
            .help("write all gateways into `byEgressGateways`, or remove one of the two fields"),
        );
    }
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for name in several.value.iter().filter_map(|fields| fields.name.as_ref()) {
        if let Some(first) = seen.insert(&name.value, name.span) {
            report.push(
                Diagnostic::new(
                    &codes::GATEWAYS_CONTRADICT,
                    name.span,
                    format!("gateway `{}` is listed twice", name.value),
                )
                .label(first, "first here")
                .help("remove one of the two, and give the other one the weight of both"),
            );
        }
    }
    weights(several, report);
}

fn weights(several: &Spanned<Vec<GatewayFields>>, report: &mut Report) {
    let name = |fields: &GatewayFields| fields.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
    let without = several.value.iter().find(|fields| fields.weight.is_none());
    let with = several.value.iter().find_map(|fields| fields.weight.as_ref());
    let are_all_0 = several.value.iter().all(|fields| fields.weight.as_ref().is_some_and(|weight| weight.value == 0));
    if let (Some(without), Some(with)) = (without, with) {
        report.push(
            Diagnostic::new(
                &codes::GATEWAY_WEIGHTS,
                without.span,
                format!("gateway `{}` has no weight, and another one has", name(without)),
            )
            .label(with.span, "a weight")
            .help("give all gateways of the list a weight, or none of them"),
        );
    } else if are_all_0 {
        report.push(
            Diagnostic::new(&codes::GATEWAY_WEIGHTS, several.span, "all gateways of the list have weight 0")
                .note("no gateway would get the requests")
                .help("give one of them another weight, or remove the destinations"),
        );
    }
}

/// The gateways of an item of `to`, in the order of their names, so that the order in a policy changes nothing. `None` where one
/// of them cannot be used, which is reported.
pub(super) fn through(
    to: &To,
    rule: &EgressRule,
    document: &EgressTrafficPolicy,
    environment: &Environment,
    report: &mut Report,
) -> Option<Vec<Through>> {
    if document.kind == PolicyKind::Asm {
        is_that_of_policy(to, document, report)?;
    }
    let levels = [&to.by_gateway, &rule.by_gateway, &document.by_gateway];
    let mut through = Vec::new();
    let mut has_all = true;
    for chosen in chosen(levels, report)? {
        let gateway = environment.gateways.get(&chosen.name.value)?;
        let port = match chosen.port {
            Some(port) => explicit_port(port, gateway, report),
            None => chosen_port(to, gateway, report),
        };
        match port {
            Some(port) => through.push(Through {
                gateway: chosen.name.clone(),
                port,
                weight: chosen.weight.map_or(1, |weight| weight.value),
                weight_span: chosen.weight.map(|weight| weight.span),
            }),
            None => has_all = false,
        }
    }
    through.sort_by(|a, b| (&a.gateway.value, a.port.port).cmp(&(&b.gateway.value, b.port.port)));
    (has_all && !through.is_empty()).then_some(through)
}

fn is_that_of_policy(to: &To, document: &EgressTrafficPolicy, report: &mut Report) -> Option<()> {
    let other = to.by_gateway.one.as_ref().and_then(|one| one.name.as_ref());
    let of_policy = document.by_gateway.names().next()?;
    let Some(other) = other.filter(|other| other.value != of_policy.value) else { return Some(()) };
    report.push(
        Diagnostic::new(
            &codes::OTHER_GATEWAY,
            other.span,
            format!("a rule of a policy for gateway `{}` cannot use gateway `{}`", of_policy.value, other.value),
        )
        .label(of_policy.span, "the policy's gateway")
        .help(format!(
            "write a separate policy for gateway `{}`, or remove the name here; the rules of an EgressPolicy can name other gateways",
            other.value
        )),
    );
    None
}

/// A gateway as it is written.
struct Chosen<'d> {
    name: &'d Spanned<String>,
    port: Option<&'d Spanned<u16>>,
    weight: Option<&'d Spanned<u32>>,
}

/// The gateways of the innermost place that names some. A port that stands without a name is for the gateway that is named
/// outside of it; one that stands beside a name is for that gateway alone.
fn chosen<'d>(levels: [&'d ByGateway; 3], report: &mut Report) -> Option<Vec<Chosen<'d>>> {
    let mut unnamed: Option<&Spanned<u16>> = None;
    for (at, level) in levels.into_iter().enumerate() {
        let outside = || levels.into_iter().skip(at.saturating_add(1));
        if let Some(several) = &level.several {
            if let Some(port) = unnamed {
                report.push(
                    Diagnostic::new(
                        &codes::GATEWAYS_CONTRADICT,
                        port.span,
                        "a port without the name of its gateway, where there are several gateways",
                    )
                    .label(several.span, "the gateways")
                    .help("write the port beside the gateway that has it, in `byEgressGateways`, or name one gateway here"),
                );
                return None;
            }
            let named = several.value.iter().filter_map(|fields| {
                let name = fields.name.as_ref()?;
                let port = fields.port.as_ref().or_else(|| port_of(name, outside()));
                Some(Chosen { name, port, weight: fields.weight.as_ref() })
            });
            return Some(named.collect());
        }
        let Some(one) = &level.one else { continue };
        unnamed = unnamed.or(one.port.as_ref());
        if let Some(name) = &one.name {
            let port = unnamed.or_else(|| port_of(name, outside()));
            return Some(vec![Chosen { name, port, weight: None }]);
        }
    }
    None
}

/// The port that stands beside a gateway.
fn port_of<'d>(name: &Spanned<String>, mut levels: impl Iterator<Item = &'d ByGateway>) -> Option<&'d Spanned<u16>> {
    levels.find_map(|level| {
        let several = level.several.iter().flat_map(|several| &several.value);
        let mut beside = level.one.iter().chain(several);
        let is_it = |fields: &&GatewayFields| fields.name.as_ref().is_some_and(|other| other.value == name.value);
        beside.find(is_it).and_then(|fields| fields.port.as_ref())
    })
}

fn explicit_port(port: &Spanned<u16>, gateway: &Gateway, report: &mut Report) -> Option<GatewayPortChoice> {
    if gateway.port(port.value).is_some() {
        return Some(GatewayPortChoice { port: port.value, span: Some(port.span) });
    }
    let found = Diagnostic::new(
        &codes::GATEWAY_PORT_MISSING,
        port.span,
        format!("gateway `{}` has no port {}", gateway.name, port.value),
    )
    .note("a sidecar can reach only ports of the gateway's Service");
    report.push(if gateway.described {
        found.help(format!(
            "the gateway has {}; use one of these, or add the port to the Service and to the input",
            list(gateway)
        ))
    } else {
        found
            .note(format!("no document describes the gateway, so it is assumed to have {}", list(gateway)))
            .help("add the gateway's Service to the input, or list its ports in a MeshEnvironment")
    });
    None
}

fn chosen_port(to: &To, gateway: &Gateway, report: &mut Report) -> Option<GatewayPortChoice> {
    let http = to.port.protocol.class() == crate::model::Class::Http;
    if let Some(port) = gateway.ports.iter().find(|port| port.http == http) {
        return Some(GatewayPortChoice { port: port.port, span: None });
    }
    report.push(
        Diagnostic::new(
            &codes::NO_FITTING_PORT,
            to.span,
            format!("gateway `{}` has no port for {}", gateway.name, to.port.protocol.name()),
        )
        .note(format!("the gateway has {}", list(gateway)))
        .help("set `byEgressGateway.port`, or add a port of the right class to the gateway"),
    );
    None
}

fn list(gateway: &Gateway) -> String {
    if gateway.ports.is_empty() {
        return "no ports".to_owned();
    }
    let ports: Vec<String> = gateway
        .ports
        .iter()
        .map(|port| format!("{} ({})", port.port, if port.http { "http" } else { "tls" }))
        .collect();
    ports.join(", ")
}
