//! Whether a line is as a trace says.
//!
//! A line shows what one proxy did: which route and cluster it chose, whether it answered by itself, and how the
//! connection to the next hop ended. A trace contains the same for this proxy, so these are compared. What comes after the
//! proxy is in its line only as a status or as a number of bytes, and an external host can produce both: there the line
//! agrees, or it shows nothing.
//!
//! Envoy's response flags and details are those of `envoy/source/common/stream_info/utility.h` and
//! `envoy/envoy/stream_info/stream_info.h`.

use crate::api::log_line::LogLine;
use crate::trace::{Hop, Stop, Trace, Verdict};

/// Flags by which a proxy says that its own configuration answers the request.
const OF_CONFIGURATION: [&str; 7] = ["NR", "NC", "UAEX", "RL", "RLSE", "FI", "DI"];
/// Flags of what happens on the way to the next hop, or there, or at the client.
const OF_THE_WAY: [&str; 20] = [
    "UH", "UF", "UO", "UC", "UT", "UR", "LR", "LH", "URX", "UPE", "UMSDR", "DC", "DPE", "DT", "SI", "DF", "OM", "DO",
    "UDO", "DR",
];
/// The flag of a codec that gets what is no HTTP.
const NO_HTTP: &str = "DPE";
const BLACK_HOLE: &str = "BlackHoleCluster";

/// What comes of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comparison {
    Agree,
    Differ(String),
    Unknown(String),
}

use Comparison::{Agree, Differ, Unknown};

/// Compares a line of the proxy at a stop with the trace of its request.
pub(super) fn compare(line: &LogLine, at: Stop, trace: &Trace) -> Comparison {
    if trace.verdict == Verdict::Unknown {
        return Unknown(format!("the verdict is unknown: {}", trace.unknown.join("; ")));
    }
    let Some((hop, after)) = hop(trace, at) else {
        return Differ(match at {
            Stop::Gateway => "the request does not reach this gateway".to_owned(),
            Stop::Sidecar | Stop::Waypoint | Stop::Origin => {
                "the request does not pass the client's sidecar".to_owned()
            }
        });
    };
    let seen = Seen { line, hop, after, trace };
    let next = after.map(|hop| hop.at);
    match seen.what() {
        What::OwnAnswer => seen.own_answer(next),
        What::Failed => seen.way(next).unwrap_or_else(|| seen.failed(next)),
        What::SentOn => seen.way(next).unwrap_or_else(|| seen.sent_on(next)),
        What::NotKnown(why) => Unknown(why),
    }
}

/// The hop of the proxy that wrote the line, and the hop after it.
fn hop(trace: &Trace, at: Stop) -> Option<(&Hop, Option<&Hop>)> {
    let position = trace.hops.iter().rposition(|hop| hop.at == at)?;
    Some((trace.hops.get(position)?, trace.hops.get(position.saturating_add(1))))
}

/// What a proxy did, as the line shows it.
enum What {
    /// It refused or answered the request as its configuration says.
    OwnAnswer,
    /// It chose a cluster, and had no success there.
    Failed,
    /// It passed the request on, and an answer or the bytes came back.
    SentOn,
    NotKnown(String),
}

struct Seen<'s> {
    line: &'s LogLine,
    hop: &'s Hop,
    after: Option<&'s Hop>,
    trace: &'s Trace,
}

impl Seen<'_> {
    fn what(&self) -> What {
        let line = self.line;
        let cluster = line.cluster.as_deref();
        let is_known = |name: &str| {
            name.starts_with("outbound|")
                || [BLACK_HOLE, "PassthroughCluster", "AllowAnyDynamicDNSCluster"].contains(&name)
        };
        if let Some(name) = cluster.filter(|name| !is_known(name)) {
            return What::NotKnown(format!("Istio makes no outbound cluster `{name}`"));
        }
        if self.is_denied() || cluster == Some(BLACK_HOLE) || self.has_flag(&OF_CONFIGURATION) {
            return What::OwnAnswer;
        }
        let details = line.details.as_deref().unwrap_or_default();
        if self.has_flag(&OF_THE_WAY) {
            // Without a cluster no way was begun: the client was gone, or it broke the protocol.
            return match cluster {
                Some(_) => What::Failed,
                None => What::NotKnown("the connection ended before the proxy decided about the request".to_owned()),
            };
        }
        if details == "direct_response" {
            return What::OwnAnswer;
        }
        if line.method.is_none() && cluster.is_some() || details == "via_upstream" {
            return What::SentOn;
        }
        What::NotKnown(format!(
            "the proxy ended the request for a reason that does not follow from the objects ({})",
            if details.is_empty() { "no details" } else { details }
        ))
    }

    /// Whether Envoy's RBAC filter refused the request (`rbac_access_denied_matched_policy[…]`).
    fn is_denied(&self) -> bool {
        let texts = [&self.line.details, &self.line.termination];
        texts.into_iter().flatten().any(|text| text.starts_with("rbac_access_denied"))
    }

    fn has_flag(&self, wanted: &[&str]) -> bool {
        let flags = self.line.flags.as_deref().unwrap_or_default();
        flags.split(',').any(|flag| wanted.contains(&flag))
    }

    /// The proxy answered by itself, so the trace must end here, in the same way.
    fn own_answer(&self, next: Option<Stop>) -> Comparison {
        let (line, trace) = (self.line, self.trace);
        if let Some(next) = next {
            return Differ(format!("the proxy refused the request, and the verdict sends it on to the {}", name(next)));
        }
        // RBAC comes before the router, and the trace names no cluster then: the line has the cluster of the route.
        if self.is_denied() {
            let is_denial = trace.response_flags.is_none() && (trace.status == Some(403) || trace.closed);
            return if is_denial { Agree } else { Differ("an AuthorizationPolicy refused the request".to_owned()) };
        }
        // The gateway logs the handshake that fails with a flag of its own; the trace has that of the caller's proxy.
        let has_no_chain = line.details.as_deref() == Some("filter_chain_not_found");
        if has_no_chain && self.hop.at == Stop::Gateway && trace.closed && trace.response_flags == Some("UF") {
            return Agree;
        }
        if let Some(differs) = self.other_answer() {
            return Differ(differs);
        }
        if trace.status.is_none() && !trace.closed {
            return Unknown("the request may be blocked in several ways".to_owned());
        }
        let status = if line.method.is_some() { line.status } else { None };
        // Envoy tells gRPC a status in its trailers, and its line has 200 then.
        let is_status = status == trace.status || status == Some(200) && self.may_be_grpc();
        // The trace of a direct call says that the connection ends, also where the gateway reads HTTP and answers first:
        // the flag, which is as expected here, says why.
        let is_end = trace.closed && trace.response_flags.is_some();
        if is_status || is_end { Agree } else { Differ(self.other_status()) }
    }

    /// What differs between two answers of a proxy, beside their status.
    fn other_answer(&self) -> Option<String> {
        let (line, trace) = (self.line, self.trace);
        if let Some(flag) = trace.response_flags
            && !self.has_flag(&[flag])
        {
            return Some(format!("the flag {flag} is expected"));
        }
        let logged = OF_CONFIGURATION.iter().find(|flag| self.has_flag(&[flag]));
        if let Some(flag) = logged.filter(|flag| trace.response_flags != Some(**flag)) {
            return Some(format!("the flag {flag} is not expected"));
        }
        let (route, cluster) = (self.route(), self.hop.cluster.as_deref());
        if let (Some(logged), Some(known)) = (&line.route, route)
            && logged != known
        {
            return Some(format!("route {known} is expected"));
        }
        match (&line.cluster, cluster) {
            (Some(logged), Some(known)) if logged != known => Some(format!("cluster {known} is expected")),
            (Some(_), None) if line.cluster.as_deref() == Some(BLACK_HOLE) => Some("no cluster is expected".to_owned()),
            (None, Some(known)) if known == BLACK_HOLE => Some(format!("cluster {known} is expected")),
            _ => None,
        }
    }

    fn other_status(&self) -> String {
        match self.trace.status {
            Some(status) => format!("status {status} is expected"),
            None => "a closed connection is expected".to_owned(),
        }
    }

    /// What differs in the way that the request takes from this proxy.
    fn way(&self, next: Option<Stop>) -> Option<Comparison> {
        let logged = self.line.cluster.as_deref();
        let Some(known) = self.hop.cluster.as_deref() else {
            let how = if next.is_none() {
                "the verdict is that the proxy refuses the request"
            } else {
                "no cluster is expected"
            };
            return Some(Differ(how.to_owned()));
        };
        if logged != Some(known) {
            return Some(Differ(format!("cluster {known} is expected")));
        }
        match (&self.line.route, self.route()) {
            (Some(logged), Some(known)) if logged != known => Some(Differ(format!("route {known} is expected"))),
            _ => None,
        }
    }

    /// The name of the route, if it has one.
    fn route(&self) -> Option<&str> {
        self.hop.route.as_deref().filter(|route| !route.is_empty())
    }

    /// The cluster is right, and the request failed there.
    fn failed(&self, next: Option<Stop>) -> Comparison {
        let trace = self.trace;
        // A gateway that accepts no such connection fails here; what a gateway that accepts it does is in its own log.
        let ends_here = self.after.is_none_or(|hop| hop.at == Stop::Gateway && hop.cluster.is_none());
        let is_expected = trace.response_flags.is_some_and(|flag| self.has_flag(&[flag]));
        if trace.verdict == Verdict::Blocked && is_expected && ends_here {
            let status = if self.line.method.is_some() { self.line.status } else { None };
            let is_status = status == trace.status || trace.closed || status == Some(200) && self.may_be_grpc();
            return if is_status { Agree } else { Differ(self.other_status()) };
        }
        if next.is_none() && trace.response_flags == Some("UH") && self.line.upstream.is_some() {
            return Differ("no endpoint is expected".to_owned());
        }
        let flags = self.line.flags.as_deref().unwrap_or_default();
        Unknown(format!("the host, the network or the client may be the reason of {flags}"))
    }

    /// The cluster is right, and the request was passed on.
    fn sent_on(&self, next: Option<Stop>) -> Comparison {
        let (line, trace) = (self.line, self.trace);
        let is_http = line.method.is_some();
        let has_bytes = line.bytes_sent.unwrap_or_default() > 0;
        let Some(next) = next else {
            // The proxy connects, and the host does not take what it gets there, such as TLS inside of TLS.
            if trace.response_flags.is_none() && self.hop.cluster.is_some() {
                return Unknown("the line does not show what the host did".to_owned());
            }
            // A proxy connects before the client has sent a byte, and RBAC is asked for the first one only.
            return if is_http || has_bytes {
                Differ("the verdict is that the proxy does not pass the request on".to_owned())
            } else {
                Unknown("no byte came back".to_owned())
            };
        };
        match (trace.verdict, next) {
            (Verdict::Unknown, _) => Unknown(String::new()),
            (Verdict::Allowed | Verdict::Diverted, Stop::Origin) => Agree,
            (Verdict::Allowed | Verdict::Diverted, _) if is_http => match line.status {
                // A gateway that refuses gRPC says so in the trailers.
                Some(_) if self.may_be_grpc() => Unknown(BEHIND.to_owned()),
                Some(status) if status < 400 => Agree,
                _ => Unknown(BEHIND.to_owned()),
            },
            (Verdict::Allowed | Verdict::Diverted, _) => {
                if has_bytes {
                    Agree
                } else {
                    Unknown(BEHIND.to_owned())
                }
            }
            (Verdict::Blocked, _) if is_http => match (line.status, trace.status) {
                (logged, Some(known)) if logged == Some(known) => Agree,
                _ if self.may_be_grpc() => Unknown(BEHIND.to_owned()),
                (_, None) if !trace.closed => Unknown(BEHIND.to_owned()),
                _ => Differ(self.other_status()),
            },
            // A gateway that reads HTTP answers what is none with 400 in plain text.
            (Verdict::Blocked, Stop::Gateway) if has_bytes && trace.response_flags == Some(NO_HTTP) => Agree,
            (Verdict::Blocked, _) if has_bytes && trace.closed => {
                Differ("the verdict is that the next proxy closes the connection, and bytes came back".to_owned())
            }
            (Verdict::Blocked, _) => Unknown(BEHIND.to_owned()),
        }
    }

    /// Whether the request may be gRPC: the log has no content type.
    fn may_be_grpc(&self) -> bool {
        self.line.method.as_deref() == Some("POST") && self.line.protocol.as_deref() == Some("HTTP/2")
    }
}

/// Why the line of a sidecar does not show what a gateway or a waypoint did.
const BEHIND: &str = "the line does not show what the next proxy did: its own log does";

pub(super) fn name(stop: Stop) -> &'static str {
    match stop {
        Stop::Sidecar => "sidecar",
        Stop::Gateway => "gateway",
        Stop::Waypoint => "waypoint",
        Stop::Origin => "host",
    }
}
