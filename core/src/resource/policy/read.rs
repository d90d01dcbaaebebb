use super::{
    Accountability, EgressRule, EgressTrafficPolicy, From, PolicyKind, Port, Protocol, To, backends, by_gateway, http,
    mode, upstream,
};
use crate::resource::read;
use crate::source::Spanned;
use crate::syntax::Node;

pub(in crate::resource) fn read(root: &Node, kind: PolicyKind) -> Option<EgressTrafficPolicy> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec")?;
    Some(EgressTrafficPolicy {
        kind,
        name: metadata.name,
        namespace: metadata.namespace,
        by_gateway: by_gateway::read(spec),
        mode: mode::read(spec),
        rules: read::each(spec, "egressRules", |rule| {
            Some(EgressRule {
                name: read::text(rule, "name"),
                accountability: accountability(rule),
                mode: mode::read(rule),
                by_gateway: by_gateway::read(rule),
                from: read::each(rule, "from", from),
                to: read::each(rule, "to", to),
            })
        }),
    })
}

fn from(node: &Node) -> Option<From> {
    Some(From {
        namespace: read::text(node, "namespace")?,
        selector: read::labels(node, "workloadSelector"),
        service_accounts: node.given("serviceAccounts").map(|list| {
            let accounts = list.items().iter().filter_map(|item| Some(item.text()?.to_owned()));
            Spanned::new(accounts.collect(), list.span)
        }),
    })
}

fn accountability(rule: &Node) -> Accountability {
    let said = |key| read::text(rule, key).map(|text| text.value);
    Accountability {
        owner: said("owner"),
        reason: said("reason"),
        ticket: said("ticket"),
        until: read::text(rule, "until").and_then(|text| Some(Spanned::new(text.parse().ok()?, text.span))),
    }
}

fn texts(node: &Node, key: &str) -> Vec<Spanned<String>> {
    read::each(node, key, |item| Some(Spanned::new(item.text()?.to_owned(), item.span)))
}

fn to(node: &Node) -> Option<To> {
    let port = node.given("port")?;
    let protocol = read::text(port, "protocol")?;
    Some(To {
        name: read::text(node, "name"),
        hosts: texts(node, "hosts"),
        addresses: texts(node, "addresses"),
        port: Port {
            number: read::port(port, "number")?,
            protocol: Spanned::new(Protocol::of(&protocol)?, protocol.span),
        },
        by_gateway: by_gateway::read(node),
        upgrade: backends::upgrade(node),
        backends: backends::read(node),
        fallback: backends::fallback(node),
        http: http::read(node),
        upstream: upstream::read(node),
        span: node.span,
    })
}
