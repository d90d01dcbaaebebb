//! One journey of a request: what it has met so far, and how it ends.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::istio::{Meta, Object, Other};
use crate::model::{ClientSettings, Environment, MeshSetting};
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::outcome::assumptions::{Assumptions, Unknown};
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::ids::{ServiceId, Visit};
use crate::trace::outcome::istiod::gateway_pods::Pods;
use crate::trace::outcome::istiod::push_context::PushContext;
use crate::trace::outcome::istiod::service::{Address, Port, Protocol, Service};
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;
use crate::trace::outcome::istiod::sidecar_services::{PortListener, is_on_port};
use crate::trace::{Crossed, Decision, Encryption, Hop, Query, Reached, Scheme, Stop, Trace, Unverified, Verdict};

/// How a journey ends.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) verdict: Verdict,
    pub(crate) status: Option<u16>,
    pub(crate) closed: bool,
    pub(crate) reached: Option<Reached>,
    pub(crate) flags: Option<&'static str>,
    pub(crate) unknown: Vec<String>,
}

impl End {
    /// It cannot be known what comes of the request.
    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self { unknown: vec![why.into()], ..Self::new(Verdict::Unknown) }
    }

    pub(crate) fn new(verdict: Verdict) -> Self {
        Self { verdict, status: None, closed: false, reached: None, flags: None, unknown: Vec::new() }
    }
}

/// What a step hands to the next one, or the end of the journey.
pub(crate) type Step<T> = ControlFlow<Box<End>, T>;

/// The journey ends here.
pub(crate) fn end<T>(end: End) -> Step<T> {
    ControlFlow::Break(Box::new(end))
}

/// It cannot be known what comes of the request.
pub(crate) fn unknown<T>(why: impl Into<String>) -> Step<T> {
    end(End::unknown(why))
}

/// A proxy answers HTTP itself.
pub(crate) fn answered<T>(status: u16, flags: Option<&'static str>) -> Step<T> {
    end(End { status: Some(status), flags, ..End::new(Verdict::Blocked) })
}

/// A proxy closes the connection.
pub(crate) fn closed<T>(flags: Option<&'static str>) -> Step<T> {
    end(End { closed: true, flags, ..End::new(Verdict::Blocked) })
}

/// How the proxy that the client talks to reads its bytes: this decides how a failure looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DownstreamProtocol {
    /// No proxy has read anything yet.
    Unread,
    /// The proxy reads HTTP.
    Http,
    /// The proxy passes bytes on.
    Tcp,
}

/// What is recorded of a journey.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Detail {
    /// Each hop, with the objects that decided there.
    Hops,
    /// Only how it ends.
    EndOnly,
}

fn decision(meta: &Meta, span: Option<Span>) -> Decision {
    let (policy, rule) = meta.origin();
    Decision { kind: meta.kind.clone(), namespace: meta.namespace.clone(), name: meta.name.clone(), span, policy, rule }
}

/// A proxy that the request passes.
pub(crate) struct Proxy<'a> {
    pub(crate) at: Stop,
    pub(crate) scope: SidecarScope<'a>,
    pub(crate) pods: Pods<'a>,
    /// Objects that are not modelled, and that may change what the proxy does.
    pub(crate) unmodelled: Vec<&'a Object<Other>>,
}

impl Proxy<'_> {
    /// Whether the proxy's pods have all of some labels.
    pub(crate) fn has_labels(&self, labels: &Labels, assumptions: &mut Assumptions) -> bool {
        let why =
            || "not all labels of the gateway's pods are known, and a `sourceLabels` selects by one of them".to_owned();
        labels.is_empty() || self.pods.are_selected(labels, assumptions, why)
    }
}

/// One journey of a request, under one set of assumptions.
pub(crate) struct Journey<'a> {
    pub(crate) context: &'a PushContext<'a>,
    pub(crate) query: &'a Query,
    /// What the documents say about the client's data plane.
    pub(crate) client: &'a ClientSettings,
    pub(crate) assumptions: Assumptions,
    /// The proxies that were passed before the one that the request is at.
    pub(crate) visit: Visit,
    pub(crate) downstream: DownstreamProtocol,
    /// Whether the proxy that the request is at reads HTTP.
    pub(crate) reads_http: bool,
    /// Whether the route that the request takes here is one of the Gateway API.
    pub(crate) has_gateway_api_route: bool,
    pub(crate) gateway: Option<Cow<'a, str>>,
    /// The port of the gateway, and how the bytes travel to the first one.
    crossed: Option<(u16, Encryption)>,
    pub(crate) notes: Vec<String>,
    weights: Vec<String>,
    assumed: Vec<String>,
    pub(crate) unverified: Unverified,
    record: Option<Record<'a>>,
}

/// The hops of a journey, and what decided there.
#[derive(Default)]
struct Record<'a> {
    cluster: Option<String>,
    hops: Vec<Hop>,
    decided: Vec<(&'a Meta, Option<Span>)>,
    /// Their places in the list: a VirtualService may have thousands of routes, and each decides where none of them matches.
    places: BTreeMap<(*const Meta, Option<Span>), usize>,
}

impl<'a> Journey<'a> {
    pub(crate) fn new(
        context: &'a PushContext<'a>,
        query: &'a Query,
        client: &'a ClientSettings,
        assumptions: Assumptions,
        detail: Detail,
    ) -> Self {
        Self {
            context,
            query,
            client,
            assumptions,
            visit: 0,
            downstream: DownstreamProtocol::Unread,
            reads_http: false,
            has_gateway_api_route: false,
            gateway: None,
            crossed: None,
            notes: Vec::new(),
            weights: Vec::new(),
            assumed: Vec::new(),
            unverified: Unverified::Nothing,
            record: match detail {
                Detail::Hops => Some(Record::default()),
                Detail::EndOnly => None,
            },
        }
    }

    /// The trace of a journey that is over, and what it assumed.
    pub(crate) fn trace(self, end: End) -> (Trace, Assumptions) {
        let crossed = self.gateway.as_deref().zip(self.crossed).map(|(gateway, (port, encryption))| Crossed {
            gateway: gateway.to_owned(),
            port,
            encryption,
        });
        let Record { cluster, hops, decided, places: _ } = self.record.unwrap_or_default();
        let trace = Trace {
            verdict: end.verdict,
            status: end.status,
            closed: end.closed,
            gateway: self.gateway.map(Cow::into_owned),
            crossed: crossed.into_iter().collect(),
            reached: end.reached,
            also_reached: Vec::new(),
            response_flags: end.flags,
            upstream_cluster: cluster,
            hops,
            has_other_ways: false,
            has_other_deciders: false,
            decided_by: decided.into_iter().map(|(meta, span)| decision(meta, span)).collect(),
            unknown: end.unknown,
            missing: Vec::new(),
            notes: self.notes,
            weights: self.weights,
            assumed: self.assumed,
            unverified: self.unverified,
        };
        (trace, self.assumptions)
    }

    /// The request enters a gateway.
    pub(crate) fn crosses(&mut self, gateway: &'a str, port: u16, encryption: Encryption) {
        self.gateway = Some(Cow::Borrowed(gateway));
        let of_first = self.crossed.map_or(encryption, |(_, of_first)| of_first);
        self.crossed = Some((port, of_first));
    }

    /// The request arrives at a proxy, or at an external host.
    pub(crate) fn arrive_at(&mut self, at: Stop) {
        let Some(record) = &mut self.record else { return };
        record.hops.push(Hop {
            at,
            listener: None,
            chain: None,
            route: None,
            cluster: None,
            encryption: None,
            decided_by: Vec::new(),
        });
    }

    /// Records something of the hop that the request is at.
    pub(crate) fn hop(&mut self, set: impl FnOnce(&mut Hop)) {
        if let Some(hop) = self.record.as_mut().and_then(|record| record.hops.last_mut()) {
            set(hop);
        }
    }

    /// Records the cluster that a proxy chooses.
    pub(crate) fn cluster(&mut self, name: impl FnOnce() -> String) {
        let Some(record) = &mut self.record else { return };
        let name = name();
        if let Some(hop) = record.hops.last_mut() {
            hop.cluster = Some(name.clone());
        }
        record.cluster = Some(name);
    }

    /// Records an object that decided something here.
    pub(crate) fn decided(&mut self, meta: &'a Meta, span: Option<Span>) {
        let Some(record) = &mut self.record else { return };
        // A part without a place of its own is where the object is; what egressc made has no place.
        let span = meta.span.and(span.or(meta.span));
        let next = record.decided.len();
        let at = *record.places.entry((std::ptr::from_ref(meta), span)).or_insert(next);
        let is_new = at == next;
        if is_new {
            record.decided.push((meta, span));
        }
        if let Some(hop) = record.hops.last_mut().filter(|hop| is_new || !hop.decided_by.contains(&at)) {
            hop.decided_by.push(at);
        }
    }

    /// Adds a remark.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Records how a route divides requests by weight.
    pub(crate) fn divided(&mut self, how: impl FnOnce() -> String) {
        if self.record.is_some() {
            self.weights.push(how());
        }
    }

    /// Takes something for granted that no document says, in every run: the result rests on it, and says so.
    pub(crate) fn assumed(&mut self, text: String) {
        if !self.assumed.contains(&text) {
            self.assumed.push(text);
        }
    }

    /// Assumes what cannot be known: true in one run, false in another.
    pub(crate) fn assume(&mut self, unknown: Unknown, why: impl FnOnce() -> String) -> bool {
        self.assumptions.assume(unknown, why)
    }

    /// Whether istiod reads an object of the alpha kinds of the Gateway API.
    pub(crate) fn reads_alpha(&mut self, meta: &Meta) -> bool {
        self.assume(Unknown::AlphaGatewayApi, || {
            format!(
                "istiod reads {} `{}/{}` only where it has PILOT_ENABLE_ALPHA_GATEWAY_API, which is not known",
                meta.kind, meta.namespace, meta.name
            )
        })
    }

    /// Whether the cluster may have a Service of this host that no document describes: Services are facts, and only some of
    /// them may be given.
    pub(crate) fn may_have_service(&mut self, host: &str) -> bool {
        let environment = self.context.environment;
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        !environment.complete.services
            && !is_address
            && environment.may_be_of_mesh(host)
            && !self.context.is_described(host)
            && self.assume(Unknown::Service(host.to_owned()), || {
                format!("no document says whether the cluster has a Service `{host}`")
            })
    }

    /// Whether the client's sidecar answers its DNS queries, and so gives each host an address of its own.
    pub(crate) fn answers_dns(&mut self) -> bool {
        if let Some(answers) = self.client.dns_capture {
            return answers;
        }
        let doubt = self.doubt(MeshSetting::DnsCapture);
        self.assume(Unknown::DnsCapture, || {
            let why = "no document says whether the client's sidecar answers DNS (`ISTIO_META_DNS_CAPTURE`)";
            doubt.unwrap_or(why).to_owned()
        })
    }

    /// Whether the client dials an address that Istio itself gives to hosts without one. Before Istio 1.25 it gives none, unless the
    /// proxy has `ISTIO_META_DNS_AUTO_ALLOCATE` as well.
    pub(crate) fn has_automatic_addresses(&mut self) -> bool {
        self.answers_dns()
            && (!self.context.environment.is_before(25)
                || self.assume(Unknown::AutomaticAddresses, || {
                    "whether hosts without an address get one from Istio is not known: it is not the default before Istio 1.25"
                        .to_owned()
                }))
    }

    /// Why a setting of the client's control plane is not known, although documents are given.
    pub(crate) fn doubt(&self, about: MeshSetting) -> Option<&'a str> {
        let environment: &'a Environment = self.context.environment;
        environment.doubt(self.client.revision.as_deref(), about)
    }

    /// Whether a service on the dialled port is part of the listeners for every address.
    pub(crate) fn is_on_every_address(&mut self, id: ServiceId) -> bool {
        let Some(service) = self.context.services.get(id) else { return false };
        let is_http = |port: &&Port| port.number == self.query.port && port.protocol == Protocol::Http;
        service.address != Address::Automatic
            || service.ports.iter().any(|port| is_http(&port))
            || !self.has_automatic_addresses()
    }

    /// Whether a proxy uses any service of a kind on the dialled port that is part of the listeners for every address.
    pub(crate) fn any_on_port(
        &mut self,
        scope: &SidecarScope<'a>,
        listener: PortListener,
        is_one: impl Fn(&Service<'a>) -> bool,
    ) -> bool {
        let (services, port) = (&self.context.services, self.query.port);
        let may_be_one = |host: HostId| services.anywhere(host).filter_map(|id| services.get(id)).any(&is_one);
        services.hosts_on_port(scope, port, listener).filter(|host| may_be_one(*host)).any(|host| {
            let selected = services.selected(scope, host, &mut self.assumptions);
            selected.iter().any(|id| {
                is_on_port(scope, port, listener, *id)
                    && services.get(*id).is_some_and(&is_one)
                    && self.is_on_every_address(*id)
            })
        })
    }

    /// A host receives the client's TLS inside that of a proxy: the client's handshake is only data to it.
    ///
    /// A server of HTTPS answers that with plain text or not at all, and the client's handshake fails (istio.io, "Double
    /// TLS"). Other servers may expect it. Policies are about bytes, and these arrive.
    pub(crate) fn tls_inside_tls<T>(&mut self, host: &str) -> Step<T> {
        if self.query.scheme != Scheme::Https || self.context.environment.has_policies {
            return unknown(format!(
                "{host} receives TLS inside TLS, and it is not known whether it expects the client's handshake there"
            ));
        }
        self.note(format!(
            "{host} receives TLS inside TLS: a DestinationRule begins TLS with it, and the client does too, so the client's handshake fails; a port with protocol HTTP, to which the client sends plain text, needs the DestinationRule"
        ));
        closed(None)
    }

    /// A proxy reads the client's bytes. The first one decides how a failure looks: it answers, or it closes the connection.
    pub(crate) fn is_read_as(&mut self, protocol: DownstreamProtocol) {
        if self.downstream == DownstreamProtocol::Unread {
            self.downstream = protocol;
        }
    }

    /// The proxy cannot send the request on: one that reads HTTP answers 503.
    pub(crate) fn failed<T>(&self, flags: &'static str) -> Step<T> {
        match self.downstream {
            // `applyHTTPRouteDestination` of core/route/route.go.
            DownstreamProtocol::Http if flags == "NC" && self.has_gateway_api_route => answered(500, Some(flags)),
            DownstreamProtocol::Http => answered(503, Some(flags)),
            DownstreamProtocol::Tcp | DownstreamProtocol::Unread => closed(Some(flags)),
        }
    }
}
