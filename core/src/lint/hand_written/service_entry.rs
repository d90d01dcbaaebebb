//! ServiceEntries: what becomes of requests for each host and port that they declare.

use std::collections::{BTreeMap, BTreeSet};

use super::mesh::{Asked, Mesh, is};
use super::registry::Declared;
use super::route_requests::{MESH, is_external};
use super::said::{listed, place, witness};
use super::server_speaks_first;
use crate::diagnostic::{Code, Diagnostic, Report, Withheld, codes};
use crate::istio::{
    Answer, DestinationRule, EntryPort, ExportTo, Meta, Object, Resolution, ServiceEntry, TlsMode, TlsSettings,
    VirtualService,
};
use crate::lint::edit::{list, set_key};
use crate::resource::Labels;
use crate::source::Span;
use crate::syntax::Node;
use crate::trace::{Decision, Message, Query, Scheme, Trace, Unverified, Verdict};
use crate::universe::{OTHER_NAMESPACE, sample};

/// Of one entry so many hosts and ports are asked.
const MOST_HOSTS: usize = 8;
const MOST_PORTS: usize = 8;
/// Of all entries for one host so many are asked: each request looks at all of them.
const MOST_OF_ONE_HOST: usize = 50;

/// A host that no object names, at the end of a connection that somebody dials himself.
const ELSEWHERE: &str = "elsewhere.invalid";

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    let mut found = Found::default();
    for entry in &objects.service_entries {
        if entry.meta.span.is_none() || entry.spec.internal || entry.meta.kind != "ServiceEntry" {
            continue;
        }
        for host in entry.spec.hosts.iter().take(MOST_HOSTS) {
            if is_external(mesh, host, &entry.meta) && found.is_asked(host, entry, report) {
                declared(mesh, Declared { host, entry }, &mut found, report);
            }
        }
    }
    report.extend(found.visible_everywhere());
}

/// What is said once for several requests.
#[derive(Default)]
struct Found {
    /// Codes and the places that they were said about.
    told: BTreeSet<(&'static str, Option<Span>)>,
    /// The same of parts of objects, with the object: several may have one part by an anchor.
    told_of_parts: BTreeSet<(&'static str, Option<Span>, Option<Span>)>,
    /// Entries without `exportTo` that any namespace may use, and the hosts by which.
    public: BTreeSet<Option<Span>>,
    public_hosts: BTreeSet<String>,
    first_public: Option<Span>,
    /// How many entries were there for each host.
    of_host: BTreeMap<String, usize>,
}

impl Found {
    /// Whether this is the first time that something is said about a place.
    fn is_new(&mut self, code: &'static Code, place: Option<Span>) -> bool {
        self.told.insert((code.id, place))
    }

    /// The same about a part of an object.
    fn is_new_part(&mut self, code: &'static Code, object: Option<Span>, part: Option<Span>) -> bool {
        self.told_of_parts.insert((code.id, object, part))
    }

    /// Whether an entry is one of the first for its host; EGR0719 for the first that is not.
    fn is_asked(&mut self, host: &str, entry: &Object<ServiceEntry>, report: &mut Report) -> bool {
        let number = self.of_host.entry(host.to_ascii_lowercase()).or_default();
        *number = number.saturating_add(1);
        if *number == MOST_OF_ONE_HOST.saturating_add(1) {
            let message = format!("only the first {MOST_OF_ONE_HOST} ServiceEntries for `{host}` are checked");
            let found = Diagnostic::at(&codes::NOT_ALL_ASKED, entry.meta.span, message);
            report.push(found.note(
                "a request for the host looks at all of them, so that the work grows with the square of their number",
            ));
        }
        *number <= MOST_OF_ONE_HOST
    }

    /// EGR0716.
    fn visible_everywhere(self) -> Option<Diagnostic> {
        let message = match self.public.len() {
            0 => return None,
            1 => "a ServiceEntry has no `exportTo`, so that every namespace may use it".to_owned(),
            number => format!("{number} ServiceEntries have no `exportTo`, so that every namespace may use them"),
        };
        Some(
            Diagnostic::at(&codes::VISIBLE_EVERYWHERE, self.first_public, message)
                .note(format!("workloads of any other namespace reach {}", listed(&self.public_hosts)))
                .help("list the namespaces of the clients in `exportTo`, such as `exportTo: [\".\"]` for its own"),
        )
    }
}

fn declared(mesh: &mut Mesh<'_>, declared: Declared<'_>, found: &mut Found, report: &mut Report) {
    let Declared { host, entry } = declared;
    for (port, scheme) in declared.ports().take(MOST_PORTS) {
        let mut answers = Vec::new();
        for namespace in Mesh::viewers(&entry.meta, &entry.spec.export_to) {
            let to = (scheme, sample(host), port.number);
            let query = mesh.query((&namespace, &Labels::new()), (to.0, &to.1, to.2), &Message::default());
            answers.extend(query.map(|query| mesh.ask(query)));
        }
        if answers.is_empty() {
            return;
        }
        for answer in &answers {
            report.extend(another_host(mesh, entry, answer, found));
            report.extend(tls(mesh, answer, found));
            report.extend(plain_text(entry, answer, found));
        }
        report.extend(unused(mesh, entry, &answers, found));
        report.extend(rivals(mesh, declared, port, &answers, found));
        report.extend(
            server_speaks_first::lint(mesh, declared, port)
                .filter(|_| found.is_new(&codes::SERVER_SPEAKS_FIRST, entry.meta.span)),
        );
        report.extend(anybody_at_an_address(mesh, entry, (host, port, scheme), found));
        public(entry, host, &answers, found);
    }
}

/// EGR0708: a request arrives at another host, though no route says so.
fn another_host(
    mesh: &Mesh<'_>,
    entry: &Object<ServiceEntry>,
    answer: &Asked,
    found: &mut Found,
) -> Option<Diagnostic> {
    let other = answer.ways.iter().find_map(|way| {
        let reached = way.reached.as_ref().filter(|reached| reached.host != answer.query.host)?;
        let by_route = way.decided_by.iter().any(|by| by.kind != "ServiceEntry");
        (way.verdict == Verdict::Diverted && !by_route).then_some((way, reached))
    });
    let (way, reached) = other.filter(|_| !mesh.is_alias(answer))?;
    let taker = way.decided_by.iter().rev().find(|by| by.kind == "ServiceEntry" && !is(by, &entry.meta))?;
    if !found.is_new(&codes::ANOTHER_HOST, entry.meta.span) {
        return None;
    }
    let may = if answer.is_known() { "arrives" } else { "may arrive" };
    let message = format!("a request for `{}` {may} at {}", answer.query.host, place(reached));
    let mut diagnostic = Diagnostic::at(&codes::ANOTHER_HOST, entry.meta.span, message);
    if let Some(span) = taker.span {
        diagnostic = diagnostic.label(span, "this ServiceEntry takes the whole port");
    }
    diagnostic = diagnostic.note(witness(answer));
    Some(
        diagnostic
            .note("a TCP port without `addresses` takes every connection to the port, whatever its host")
            .help("give both ServiceEntries `addresses`, or declare a protocol with a name in it, such as TLS"),
    )
}

/// EGR0705 and EGR0706: what a DestinationRule does with TLS.
fn tls(mesh: &Mesh<'_>, answer: &Asked, found: &mut Found) -> Option<Diagnostic> {
    let (object, settings) = last_tls(mesh, answer)?;
    let span = settings.and_then(|tls| tls.span).or(object.meta.span);
    let begins = settings.is_some_and(|tls| matches!(tls.mode, TlsMode::Simple | TlsMode::Mutual));
    let fails = answer.trace.verdict != Verdict::Allowed;
    if answer.query.scheme.is_tls() && begins && fails && answer.trace.gateway.is_none() {
        return found.is_new_part(&codes::TLS_IN_TLS, object.meta.span, span).then(|| {
            let found = Diagnostic::at(
                &codes::TLS_IN_TLS,
                span,
                "this rule begins TLS with a port on which clients begin it, too",
            )
            .note(witness(answer))
            .help("remove `tls` here, or let clients send plain HTTP: a port with protocol HTTP and `targetPort: 443`");
            mesh.within(found, &object.meta)
        });
    }
    let what = match answer.trace.unverified {
        Unverified::Nothing => return None,
        Unverified::Name => "any trusted certificate is accepted, whatever its name",
        Unverified::Everything => "any certificate is accepted",
    };
    let is_new = answer.trace.verdict == Verdict::Allowed
        && found.is_new_part(&codes::CERTIFICATE_NOT_VERIFIED, object.meta.span, span);
    is_new.then(|| {
        let host = answer.query.host.as_str();
        let message = format!("TLS to `{host}` does not verify the host: {what}");
        let diagnostic = Diagnostic::at(&codes::CERTIFICATE_NOT_VERIFIED, span, message).note(witness(answer));
        let diagnostic = mesh.within(diagnostic, &object.meta);
        if answer.trace.unverified == Unverified::Everything {
            return diagnostic
                .help("remove `insecureSkipVerify`, and name the CA of the host if it is not a public one");
        }
        let diagnostic =
            diagnostic.note("Istio verifies the name by itself only where neither `sni` nor `subjectAltNames` is set");
        // A server shows the certificate for the name that it is asked for.
        let asked_for = settings.and_then(|tls| tls.sni.as_deref()).unwrap_or(host);
        if !asked_for.eq_ignore_ascii_case(host) {
            return diagnostic
                .help(format!("add `subjectAltNames` with the name in its certificate, perhaps `{asked_for}`"));
        }
        let diagnostic = diagnostic.help(format!("add `subjectAltNames: [{host}]`"));
        // A rule for several hosts would need the names of all of them.
        let of_one_host = object.spec.host.eq_ignore_ascii_case(host);
        let node = mesh.spec(&object.meta).and_then(|spec| node_at(spec, span?)).filter(|_| of_one_host);
        let edit = node.and_then(|tls| set_key(tls, "subjectAltNames", &list(&[host.to_owned()]), mesh.sources));
        match edit {
            Some(edit) => diagnostic.fix("verify the name of the host", edit.span, edit.replacement),
            None => diagnostic,
        }
    })
}

/// The part of an object at a place.
fn node_at(node: &Node, span: Span) -> Option<&Node> {
    if node.span == span {
        return Some(node);
    }
    let parts = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    parts.filter(|part| part.span.start <= span.start && span.end <= part.span.end).find_map(|part| node_at(part, span))
}

/// The rule for the last cluster of a request, and what it sets for the port and the subset of that cluster: a route may lead to
/// another port than the one that the client dials.
fn last_tls<'m>(mesh: &Mesh<'m>, answer: &Asked) -> Option<(&'m Object<DestinationRule>, Option<&'m TlsSettings>)> {
    let trace = &answer.trace;
    let hop = trace.hops.iter().rev().find(|hop| hop.cluster.is_some())?;
    let mut decided = hop.decided_by.iter().rev().filter_map(|at| trace.decided_by.get(*at));
    let in_every_way = |by: &&Decision| answer.ways.iter().all(|way| way.decided_by.contains(by));
    let rule = decided.find(|by| by.kind == "DestinationRule").filter(in_every_way)?;
    let object = mesh.destination_rule(rule)?;
    let (port, subset, _) = hop.outbound()?;
    if let Some(own) = object.spec.tls(port, subset) {
        return Some((object, Some(own)));
    }
    // Where Istio merges several rules for a host, the subset may stand in one and TLS in another.
    let of_one_host = |other: &&'m Object<DestinationRule>| {
        other.meta.namespace == object.meta.namespace && other.spec.host.eq_ignore_ascii_case(&object.spec.host)
    };
    let mut others = mesh.objects.destination_rules.iter().filter(of_one_host);
    let with_tls = others.find_map(|other| Some((other, Some(other.spec.tls(port, "")?))));
    with_tls.or(Some((object, None)))
}

/// EGR0707: plain text to the port of HTTPS.
fn plain_text(entry: &Object<ServiceEntry>, answer: &Asked, found: &mut Found) -> Option<Diagnostic> {
    let is_plain = |trace: &Trace| trace.reached.as_ref().is_some_and(|reached| !reached.tls && reached.port == 443);
    if answer.query.scheme != Scheme::Http || !answer.is_known() || !is_plain(&answer.trace) {
        return None;
    }
    found.is_new(&codes::PLAIN_TEXT_TO_443, entry.meta.span).then(|| {
        let message = format!("plain HTTP goes to port 443 of `{}`", answer.query.host);
        Diagnostic::at(&codes::PLAIN_TEXT_TO_443, entry.meta.span, message)
            .note(witness(answer))
            .note("what is sent can be read on the way, and a server that expects TLS closes the connection")
            .help("add a DestinationRule with `tls: {mode: SIMPLE}` for the host where its clients see it, or declare protocol HTTPS")
    })
}

/// EGR0709: whoever sees the entry, no request uses it.
fn unused(
    mesh: &mut Mesh<'_>,
    entry: &Object<ServiceEntry>,
    answers: &[Asked],
    found: &mut Found,
) -> Option<Diagnostic> {
    let meta = &entry.meta;
    // Where a route decides, its author wants it so.
    let by_route = |answer: &Asked| answer.trace.decided_by.iter().any(|by| by.kind == "VirtualService");
    if answers.iter().any(|answer| !answer.is_known() || answer.may_use(meta) || by_route(answer)) {
        return None;
    }
    let reasons = mesh.why_unused(&answers.iter().collect::<Vec<_>>(), meta);
    let example = answers.first()?;
    if reasons.is_empty() || !found.is_new(&codes::ENTRY_UNUSED, meta.span) {
        return None;
    }
    let message = format!(
        "no request for `{}` port {} uses ServiceEntry `{}/{}`",
        example.query.host, example.query.port, meta.namespace, meta.name
    );
    let mut diagnostic = Diagnostic::at(&codes::ENTRY_UNUSED, meta.span, message).note(witness(example));
    for reason in reasons {
        diagnostic = diagnostic.note(reason);
    }
    Some(diagnostic.help("mend the reason, or remove the ServiceEntry"))
}

/// EGR0712: which of several entries counts, or what Istio makes of them together, is not known.
fn rivals(
    mesh: &Mesh<'_>,
    Declared { host, entry }: Declared<'_>,
    port: &EntryPort,
    answers: &[Asked],
    found: &mut Found,
) -> Option<Diagnostic> {
    let doubtful = answers.iter().find(|answer| !answer.is_known())?;
    let sees = |other: &ServiceEntry| match &other.export_to {
        ExportTo::Public => true,
        ExportTo::Nobody => false,
        ExportTo::Namespaces(names) => names.contains(&doubtful.query.namespace),
    };
    let differs = |other: &ServiceEntry| {
        let same = other.ports.iter().find(|each| each.number == port.number);
        same.is_some_and(|same| {
            same.target != port.target
                || !same.protocol.eq_ignore_ascii_case(&port.protocol)
                || other.resolution != entry.spec.resolution
                || other.endpoints != entry.spec.endpoints
        })
    };
    // A wildcard and a name that it covers are no rivals: Istio takes the more specific one. Nor are two revisions, which no istiod
    // reads together.
    let alike = mesh.registry.within(host).filter(|declared| declared.host.eq_ignore_ascii_case(host));
    let revision = |entry: &Object<ServiceEntry>| entry.meta.labels.get("istio.io/rev").map(str::to_owned);
    let others = alike.map(|declared| declared.entry).filter(|other| revision(other) == revision(entry));
    let mut rivals = others.filter(|other| !std::ptr::eq(*other, entry) && sees(&other.spec) && differs(&other.spec));
    let rival = rivals.next()?;
    if !found.is_new(&codes::RIVAL_ENTRIES, entry.meta.span) {
        return None;
    }
    // Said once for both.
    found.is_new(&codes::RIVAL_ENTRIES, rival.meta.span);
    let meta = &entry.meta;
    let message = format!(
        "ServiceEntry `{}/{}` and `{}/{}` are for `{host}` port {}, and differ",
        meta.namespace, meta.name, rival.meta.namespace, rival.meta.name, port.number
    );
    let diagnostic = Diagnostic::at(&codes::RIVAL_ENTRIES, meta.span, message);
    let diagnostic = match rival.meta.span {
        Some(span) => diagnostic.label(span, "the other one"),
        None => diagnostic,
    };
    Some(diagnostic.note(witness(doubtful)).help("keep one ServiceEntry for the host, with all of its ports"))
}

/// EGR0713: with resolution NONE a proxy connects to the address that the client dials, whatever name the request has.
fn anybody_at_an_address(
    mesh: &mut Mesh<'_>,
    entry: &Object<ServiceEntry>,
    (host, port, scheme): (&str, &EntryPort, Scheme),
    found: &mut Found,
) -> Option<Diagnostic> {
    let is_full_name = !host.starts_with('*') && entry.spec.addresses.is_empty();
    if entry.spec.resolution != Resolution::None || !is_full_name || scheme == Scheme::Tcp {
        return None;
    }
    let namespace = Mesh::viewers(&entry.meta, &entry.spec.export_to).into_iter().next()?;
    let query = mesh.query((&namespace, &Labels::new()), (scheme, ELSEWHERE, port.number), &Message::default())?;
    let query = Query {
        sni: scheme.is_tls().then(|| host.to_owned()),
        headers: if scheme.is_tls() { query.headers.clone() } else { [("host".to_owned(), host.to_owned())].into() },
        ..query
    };
    let answer = mesh.ask(query);
    let arrives = answer.trace.reached.as_ref().is_some_and(|reached| reached.host == ELSEWHERE);
    let by_it = answer.trace.decided_by.iter().any(|by| is(by, &entry.meta) && answer.is_surely_by(by));
    if !(arrives && by_it && answer.is_known() && found.is_new(&codes::CALLER_CHOOSES_ADDRESS, entry.meta.span)) {
        return None;
    }
    let message = format!("whoever says the name `{host}` reaches any address on port {}", port.number);
    let diagnostic = Diagnostic::at(&codes::CALLER_CHOOSES_ADDRESS, entry.meta.span, message)
        .note(witness(&answer))
        .note("with `resolution: NONE`, the default, a proxy connects to the address that the client dials")
        .help("set `resolution: DNS`, so that the proxy looks up the name itself");
    let edit = mesh.spec(&entry.meta).and_then(|spec| set_key(spec, "resolution", "DNS", mesh.sources));
    Some(match edit {
        Some(edit) => {
            let diagnostic = diagnostic.fix("let the proxy look up the name", edit.span, edit.replacement);
            if is_behind_gateway(mesh, host) { diagnostic.withhold(Withheld::LetsIn) } else { diagnostic }
        }
        None => diagnostic,
    })
}

/// Whether a VirtualService at a Gateway leads to a host. With the name looked up, what comes in there gets out, and only
/// requests of workloads are compared.
fn is_behind_gateway(mesh: &Mesh<'_>, host: &str) -> bool {
    mesh.objects.virtual_services.iter().any(|object| {
        let VirtualService { gateways, http, tls, tcp, .. } = &object.spec;
        let of_http = http.iter().flat_map(|route| match &route.answer {
            Answer::Send(destinations) => destinations.as_slice(),
            Answer::Direct(_) | Answer::Redirect(_) | Answer::WithoutBackend => &[],
        });
        let mut all = of_http.chain(tls.iter().chain(tcp).flat_map(|route| &route.route));
        gateways.iter().any(|gateway| gateway != MESH) && all.any(|each| each.to.host.eq_ignore_ascii_case(host))
    })
}

/// Notes an entry without `exportTo` that any other namespace uses.
fn public(entry: &Object<ServiceEntry>, host: &str, answers: &[Asked], found: &mut Found) {
    if entry.spec.export_to != ExportTo::Public || !entry.spec.exports.is_empty() {
        return;
    }
    let is_used = |answer: &&Asked| {
        answer.query.namespace == OTHER_NAMESPACE
            && answer.trace.verdict == Verdict::Allowed
            && uses(answer, &entry.meta)
    };
    if answers.iter().any(|answer| is_used(&answer)) {
        found.public.insert(entry.meta.span);
        found.public_hosts.insert(host.to_owned());
        found.first_public = found.first_public.or(entry.meta.span);
    }
}

fn uses(answer: &Asked, meta: &Meta) -> bool {
    answer.trace.decided_by.iter().any(|by| is(by, meta))
}
