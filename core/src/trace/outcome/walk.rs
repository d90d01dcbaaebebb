//! One run of one query: where it is, and what has decided so far.

use super::World;
use super::aliases::Leads;
use super::assumptions::{Assumptions, Unknown, Visit};
use super::doors::{Group, GroupId};
use super::scope::Scope;
use super::wire::{Outer, Payload};
use crate::istio::Meta;
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{Decision, Hop, Query, Reached, Stop, Trace, Unverified, Verdict};

/// How a run ends.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) verdict: Verdict,
    pub(super) status: Option<u16>,
    pub(super) closed: bool,
    pub(super) reached: Option<Reached>,
    pub(super) flags: Option<&'static str>,
    pub(super) unknown: Vec<String>,
}

/// A step of the way, or the end of it.
pub(super) type Step<T> = Result<T, Box<Ending>>;

/// It cannot be known.
pub(super) fn unknown<T>(why: impl Into<String>) -> Step<T> {
    Err(Box::new(Ending {
        verdict: Verdict::Unknown,
        status: None,
        closed: false,
        reached: None,
        flags: None,
        unknown: vec![why.into()],
    }))
}

/// A proxy answers HTTP itself.
pub(super) fn answered<T>(status: u16, flags: Option<&'static str>) -> Step<T> {
    Err(Box::new(Ending {
        verdict: Verdict::Blocked,
        status: Some(status),
        closed: false,
        reached: None,
        flags,
        unknown: Vec::new(),
    }))
}

/// A proxy closes the connection.
pub(super) fn cut<T>(flags: Option<&'static str>) -> Step<T> {
    Err(Box::new(Ending {
        verdict: Verdict::Blocked,
        status: None,
        closed: true,
        reached: None,
        flags,
        unknown: Vec::new(),
    }))
}

/// What the client talks to: it shows how a failure looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// A proxy that reads its HTTP.
    Http,
    /// A proxy that passes its bytes on.
    Bytes,
}

/// What is kept of the way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tell {
    /// Each hop, with the objects that decided there.
    All,
    /// Only how it ends.
    End,
}

fn decision(meta: &Meta, span: Option<Span>) -> Decision {
    let (policy, rule) = meta.origin();
    Decision { kind: meta.kind.clone(), namespace: meta.namespace.clone(), name: meta.name.clone(), span, policy, rule }
}

/// A proxy on the way.
pub(super) struct Proxy<'a> {
    pub(super) at: Stop,
    pub(super) scope: Scope<'a>,
    pub(super) pods: Pods<'a>,
}

/// The pods of a proxy, as far as their labels are known.
#[derive(Clone, Copy)]
pub(super) enum Pods<'a> {
    /// The client's, all of whose labels are known.
    Client(&'a Labels),
    /// A gateway's.
    Gateway(GroupId, &'a Group<'a>),
}

impl Pods<'_> {
    /// Whether they have all of some labels.
    pub(super) fn have(self, selector: &Labels, assumptions: &mut Assumptions, why: impl Fn() -> String) -> bool {
        match self {
            Self::Client(labels) => selector.iter().all(|(key, value)| labels.get(key) == Some(value)),
            Self::Gateway(id, group) => group.have(id, selector, assumptions, why),
        }
    }
}

pub(super) struct Walk<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) query: &'a Query,
    pub(super) assumptions: Assumptions,
    /// The proxies that were passed before the one that the request is at.
    pub(super) visit: Visit,
    pub(super) front: Front,
    pub(super) gateway: Option<&'a str>,
    pub(super) notes: Vec<String>,
    pub(super) unverified: Unverified,
    story: Option<Story<'a>>,
}

/// What a run is told by afterwards.
#[derive(Default)]
struct Story<'a> {
    cluster: Option<String>,
    hops: Vec<Hop>,
    decided: Vec<(&'a Meta, Option<Span>)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(world: &'a World<'a>, query: &'a Query, assumptions: Assumptions, tell: Tell) -> Self {
        Self {
            world,
            query,
            assumptions,
            visit: 0,
            front: Front::Bytes,
            gateway: None,
            notes: Vec::new(),
            unverified: Unverified::Nothing,
            story: match tell {
                Tell::All => Some(Story::default()),
                Tell::End => None,
            },
        }
    }

    /// The trace of a run that is over, and the questions it asked.
    pub(super) fn end(self, ending: Ending) -> (Trace, Assumptions) {
        let Story { cluster, hops, decided } = self.story.unwrap_or_default();
        let trace = Trace {
            verdict: ending.verdict,
            status: ending.status,
            closed: ending.closed,
            gateway: self.gateway.map(str::to_owned),
            reached: ending.reached,
            response_flags: ending.flags,
            upstream_cluster: cluster,
            hops,
            decided_by: decided.into_iter().map(|(meta, span)| decision(meta, span)).collect(),
            unknown: ending.unknown,
            notes: self.notes,
            unverified: self.unverified,
        };
        (trace, self.assumptions)
    }

    pub(super) fn arrive_at(&mut self, at: Stop) {
        let Some(story) = &mut self.story else { return };
        story.hops.push(Hop {
            at,
            listener: None,
            chain: None,
            route: None,
            cluster: None,
            encryption: None,
            decided_by: Vec::new(),
        });
    }

    /// Says something of the proxy, or origin, that the bytes are at.
    pub(super) fn hop(&mut self, say: impl FnOnce(&mut Hop)) {
        if let Some(hop) = self.story.as_mut().and_then(|story| story.hops.last_mut()) {
            say(hop);
        }
    }

    pub(super) fn cluster(&mut self, name: impl FnOnce() -> String) {
        let Some(story) = &mut self.story else { return };
        let name = name();
        if let Some(hop) = story.hops.last_mut() {
            hop.cluster = Some(name.clone());
        }
        story.cluster = Some(name);
    }

    /// Records an object that decided something here.
    pub(super) fn decided(&mut self, meta: &'a Meta, span: Option<Span>) {
        let Some(story) = &mut self.story else { return };
        // Without a place of its own it is where the object is; what egressc made is nowhere.
        let span = meta.span.and(span.or(meta.span));
        let known = story.decided.iter().position(|(known, place)| std::ptr::eq(*known, meta) && *place == span);
        let at = known.unwrap_or(story.decided.len());
        if known.is_none() {
            story.decided.push((meta, span));
        }
        if let Some(hop) = story.hops.last_mut().filter(|hop| !hop.decided_by.contains(&at)) {
            hop.decided_by.push(at);
        }
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Tries both ways of what cannot be known.
    pub(super) fn perhaps(&mut self, unknown: Unknown, why: impl FnOnce() -> String) -> bool {
        self.assumptions.assume(unknown, why)
    }

    /// The way on from a proxy is closed: one that reads HTTP says 503.
    pub(super) fn failed<T>(&self, flags: &'static str) -> Step<T> {
        match self.front {
            Front::Http => answered(503, Some(flags)),
            Front::Bytes => cut(Some(flags)),
        }
    }

    /// The bytes arrive.
    pub(super) fn reached<T>(&mut self, host: &str, port: u16, outer: &Outer, payload: &Payload) -> Step<T> {
        let (tls, sni) = match (outer, payload) {
            (Outer::Tls { server_name, .. }, _) | (Outer::Plain, Payload::Tls(server_name)) => {
                (true, server_name.clone())
            }
            (Outer::Plain, _) => (false, None),
        };
        self.arrive_at(Stop::Origin);
        let meant = self.is_meant(host) && (self.is_meant_port(port) || matches!(outer, Outer::Tls { .. }));
        Err(Box::new(Ending {
            verdict: if meant { Verdict::Allowed } else { Verdict::Diverted },
            status: None,
            closed: false,
            reached: Some(Reached { host: host.to_owned(), port, tls, sni }),
            flags: None,
            unknown: Vec::new(),
        }))
    }

    /// Whether the client used this name: dialled it, or said it in `Host` or as server name.
    fn is_meant(&self, host: &str) -> bool {
        let query = self.query;
        let said = query.headers.get("host").or_else(|| query.headers.get(":authority"));
        let names =
            [Some(query.host.as_str()), said.map(|said| super::names::without_port(said)), query.sni.as_deref()];
        let leads_there = |name: &str| {
            let (_, id) = self.world.canonical(name, &query.namespace);
            matches!(self.world.registry.alias(id), Some(Leads::To(concrete)) if self.world.hosts.name(concrete) == host)
        };
        names
            .into_iter()
            .flatten()
            .any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(host) || leads_there(name))
    }

    /// A client that talks to a gateway dials the gateway's port.
    fn is_meant_port(&self, port: u16) -> bool {
        self.query.port == port || matches!(self.query.path, crate::trace::ClientPath::Direct { .. })
    }
}
