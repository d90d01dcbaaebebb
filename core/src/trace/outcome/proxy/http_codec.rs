//! What Envoy's HTTP codecs and its connection manager do with a request before a route is chosen: they refuse it, or they
//! read it, without what is for the connection alone. docs/istio/requests.md is the list, with the source of each rule.

use super::filter_chain::gateway::{Content, GatewayStream};
use super::filter_chain::sidecar::SidecarChain;
use super::filter_chain::waypoint::{WaypointContent, WaypointStream};
use super::headers::HeaderValue;
use super::journey::{End, Journey, Step, answered, closed, end, unknown};
use super::path_normalization;
use super::request::{HttpVersion, Request, absolute_target, is_of_authority, is_of_token};
use crate::model::MeshSetting;
use crate::resource::PathNormalization;
use crate::trace::Verdict;
use crate::trace::outcome::assumptions::Unknown;

/// Methods that the HTTP/1 codec knows, in order (`isMethodValid` of `source/common/http/http1/balsa_parser.cc`). The case of
/// letters counts.
const METHODS: [&str; 33] = [
    "ACL",
    "BIND",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "NOTIFY",
    "OPTIONS",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "TRACE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

/// Methods that some releases of Envoy know, or that they know by different names.
const METHODS_OF_SOME_RELEASES: [&str; 3] = ["MSEARCH", "M-SEARCH", "QUERY"];

/// `max_request_headers_kb` and `max_headers_count` of the connection manager, which Istio does not set.
const MOST_HEADER_BYTES: usize = 60 * 1024;
const MOST_HEADERS: usize = 100;
/// How much a client may add by itself.
const BYTES_OF_CLIENT: usize = 2048;
const HEADERS_OF_CLIENT: usize = 8;

/// Headers of `Connection` that Envoy removes at most (`sanitizeConnectionHeader` of `source/common/http/utility.cc`).
const MOST_NOMINATED: usize = 10;

/// Why a connection manager does not read a request.
enum Unreadable {
    /// It answers with this status.
    Answered(u16),
    /// It closes the connection, or resets the stream.
    Closed,
    /// It does the one or the other.
    Refused,
    /// It resets the stream of another proxy, which answers its client.
    Reset,
    /// It is not known what it does.
    Unknown(String),
}

/// The connection manager of a sidecar reads a request, if the chain has one.
pub(crate) fn at_sidecar<'a>(journey: &mut Journey<'_>, chain: SidecarChain<'a>) -> Step<SidecarChain<'a>> {
    journey.reads_http = matches!(chain, SidecarChain::Http(_) | SidecarChain::HttpOf(..));
    Step::Continue(match chain {
        SidecarChain::Http(request) => SidecarChain::Http(read_by_manager(journey, request)?),
        SidecarChain::HttpOf(service, request) => SidecarChain::HttpOf(service, read_by_manager(journey, request)?),
        other => other,
    })
}

/// The connection manager of a gateway reads a request, if the chain has one.
pub(crate) fn at_gateway(journey: &mut Journey<'_>, stream: GatewayStream) -> Step<GatewayStream> {
    journey.reads_http = matches!(stream.content, Content::Http(_));
    let content = match stream.content {
        Content::Http(request) => Content::Http(read_by_manager(journey, request)?),
        other => other,
    };
    Step::Continue(GatewayStream { content, ..stream })
}

/// The connection manager of a waypoint reads a request, if the chain has one.
pub(crate) fn at_waypoint(journey: &mut Journey<'_>, stream: WaypointStream) -> Step<WaypointStream> {
    journey.reads_http = matches!(stream.content, WaypointContent::Http(_));
    let content = match stream.content {
        WaypointContent::Http(request) => WaypointContent::Http(read_by_manager(journey, request)?),
        other @ WaypointContent::Bytes(_) => other,
    };
    Step::Continue(WaypointStream { content, ..stream })
}

fn read_by_manager(journey: &mut Journey<'_>, request: Request) -> Step<Request> {
    let may_have_nul = request.path.as_deref().is_some_and(path_normalization::has_nul);
    if may_have_nul && setting_of_paths(journey) == PathNormalization::None {
        return unknown("what becomes of a NUL in a path that proxies leave as it is (`NONE`) is not modelled");
    }
    match read(request) {
        Ok(request) => {
            let paths = request.path.as_deref().map(|path| path_normalization(journey, path));
            let changed = journey.context.environment.changed_headers;
            Step::Continue(request.read(paths.unwrap_or(PathNormalization::Base), changed))
        }
        Err(Unreadable::Answered(status)) => answered(status, None),
        Err(Unreadable::Closed) => closed(None),
        Err(Unreadable::Reset) => {
            journey.note(
                "an upgrade to WebSocket fails where the connection to a gateway is HTTP/2: name the port of the gateway's Service `http`, or set `useClientProtocol` in a DestinationRule for it"
                    .to_owned(),
            );
            journey.failed("UR")
        }
        Err(Unreadable::Refused) => end(End::new(Verdict::Blocked)),
        Err(Unreadable::Unknown(why)) => unknown(why),
    }
}

/// What the proxy makes of a path, where that matters.
fn path_normalization(journey: &mut Journey<'_>, path: &str) -> PathNormalization {
    let known = journey.context.environment.path_normalization.as_slice();
    let ends = known.iter().map(|setting| path_normalization::normalized(*setting, path));
    if ends.clone().all(|end| Some(end) == ends.clone().next()) {
        return known.first().copied().unwrap_or(PathNormalization::Base);
    }
    setting_of_paths(journey)
}

fn setting_of_paths(journey: &mut Journey<'_>) -> PathNormalization {
    let environment = journey.context.environment;
    let at = (environment.control_planes.len() > 1).then_some(journey.visit);
    let doubt = journey.doubt(MeshSetting::PathNormalization);
    let why = doubt.unwrap_or("no document says what proxies make of a path (`pathNormalization` of the mesh config)");
    let chosen = journey.assumptions.assume_one_of(
        &environment.path_normalization,
        || Unknown::PathNormalization(at),
        || why.to_owned(),
        |setting| setting.word().to_owned(),
    );
    chosen.copied().unwrap_or(PathNormalization::Base)
}

/// What is left of a request that a codec and a connection manager read.
fn read(mut request: Request) -> Result<Request, Unreadable> {
    if request.is_connect() {
        take_authority_target(&mut request);
    } else {
        take_absolute_target(&mut request)?;
    }
    // Istio's gateways do not allow it (`AllowConnect` is set for waypoints alone).
    if request.is_extended_connect {
        return Err(Unreadable::Reset);
    }
    first_line(&request)?;
    if request.method == "OPTIONS" && request.path.as_deref() == Some("*") {
        request.is_for_whole_server = true;
        request.path = None;
    }
    header_fields(&request)?;
    match request.version {
        HttpVersion::One => http_1(&request)?,
        HttpVersion::Two => http_2(&request)?,
        HttpVersion::Unknown => {}
    }
    if request.version == HttpVersion::Unknown {
        spaces(&mut request);
    }
    nominated(&mut request)?;
    path(&mut request)?;
    upgrade(&mut request)?;
    for name in ["keep-alive", "proxy-connection", "transfer-encoding"] {
        request.headers.remove(name);
    }
    trailers(&mut request);
    referer(&mut request);
    request.version = HttpVersion::Unknown;
    Ok(request)
}

/// A refusal: the client of HTTP/1 gets a status, that of HTTP/2 a reset stream or connection.
fn refused(request: &Request, status: u16) -> Unreadable {
    match request.version {
        HttpVersion::One => Unreadable::Answered(status),
        HttpVersion::Two => Unreadable::Closed,
        HttpVersion::Unknown => Unreadable::Refused,
    }
}

/// The target of CONNECT is a host with a port, whatever the `Host` header has, and the request has no path.
fn take_authority_target(request: &mut Request) {
    if let Some(target) = request.path.take() {
        request.authority = target;
    }
}

/// `GET http://host/path` is a request for `/path` of `host`, whatever the `Host` header has (`handlePath` of
/// `source/common/http/http1/codec_impl.cc`).
fn take_absolute_target(request: &mut Request) -> Result<(), Unreadable> {
    if request.version != HttpVersion::One {
        return Ok(());
    }
    let Some((scheme, host, path)) = request.path.as_deref().and_then(absolute_target) else { return Ok(()) };
    match host_of_url(host) {
        Some(true) => {}
        Some(false) => return Err(Unreadable::Answered(400)),
        None => return Err(Unreadable::Unknown(format!("whether a proxy reads `{host}` in a URL is not modelled"))),
    }
    let path = match path {
        "" => "/".to_owned(),
        path if path.starts_with('/') => path.to_owned(),
        // The path is what begins with the question mark, and no route of Istio has it, the usual `/` neither.
        _ => return Err(Unreadable::Unknown("a URL with a query and without a path is not modelled".to_owned())),
    };
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_owned());
    // `:scheme` is this one, unless a proxy before this one has said another.
    if scheme == "http" {
        request.scheme = Some(scheme);
    } else {
        request.headers.set_unknown("x-forwarded-proto");
    }
    request.authority = host;
    request.path = Some(path);
    Ok(())
}

/// Whether Envoy's parser of URLs takes a host with its port (`Url::initialize` of `source/common/http/utility.cc`); `None`
/// where this is not known.
fn host_of_url(host: &str) -> Option<bool> {
    if host.starts_with('[') {
        return None;
    }
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if port.is_some_and(|port| !is_port(port)) || name.contains(['_', '%']) {
        return Some(false);
    }
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')).then_some(true)
}

fn first_line(request: &Request) -> Result<(), Unreadable> {
    let (method, path) = (request.method.as_str(), request.path.as_deref());
    if METHODS_OF_SOME_RELEASES.contains(&method) {
        return Err(Unreadable::Unknown(format!(
            "releases of Envoy differ in whether they know the method `{method}`"
        )));
    }
    if !METHODS.contains(&method) {
        let is_token = !method.is_empty() && method.bytes().all(is_of_token);
        match request.version {
            HttpVersion::One => return Err(Unreadable::Answered(400)),
            HttpVersion::Two if is_token => {}
            HttpVersion::Two => return Err(Unreadable::Closed),
            HttpVersion::Unknown => {
                return Err(Unreadable::Unknown(format!(
                    "a proxy knows the method `{method}` only in HTTP/2, and the protocol between the proxies is not modelled"
                )));
            }
        }
    }
    if request.is_connect() {
        return if request.version == HttpVersion::One { Ok(()) } else { Err(Unreadable::Refused) };
    }
    let Some(path) = path else { return Ok(()) };
    if method == "OPTIONS" && path == "*" {
        return Ok(());
    }
    if method == "OPTIONS" && path.starts_with('*') && request.version == HttpVersion::One {
        return Err(Unreadable::Unknown("a target that begins with `*` is not modelled".to_owned()));
    }
    let is_plain = path.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    if path.starts_with('/') && is_plain { Ok(()) } else { Err(refused(request, 400)) }
}

fn header_fields(request: &Request) -> Result<(), Unreadable> {
    if !request.authority.bytes().all(is_of_authority) {
        return Err(refused(request, 400));
    }
    let (mut count, mut bytes) = (1_usize, request.authority.len());
    for (name, value) in request.headers.iter() {
        let values = match &value {
            HeaderValue::Text(text) => vec![*text],
            HeaderValue::Several(texts) => texts.iter().map(String::as_str).collect(),
            HeaderValue::Missing | HeaderValue::Present | HeaderValue::MaybePresent => Vec::new(),
        };
        if name.is_empty() || !name.bytes().all(is_of_token) {
            return Err(refused(request, 400));
        }
        for value in values {
            // A line break ends the header, and what follows is another one.
            if value.contains(['\r', '\n']) {
                return Err(Unreadable::Unknown(format!("the value of header `{name}` has a line break")));
            }
            if !value.chars().all(|character| character == '\t' || !character.is_ascii_control()) {
                return Err(refused(request, 400));
            }
            count = count.saturating_add(1);
            bytes = bytes.saturating_add(name.len()).saturating_add(value.len());
        }
    }
    let path = request.path.as_ref().map_or(0, String::len);
    let bytes = bytes.saturating_add(path);
    let is_too_much = |most: bool| if most { Err(refused(request, 431)) } else { Ok(()) };
    is_too_much(bytes > MOST_HEADER_BYTES || count > MOST_HEADERS)?;
    if bytes.saturating_add(BYTES_OF_CLIENT) > MOST_HEADER_BYTES
        || count.saturating_add(HEADERS_OF_CLIENT) > MOST_HEADERS
    {
        return Err(Unreadable::Unknown(
            "the headers are nearly as many as a proxy accepts, and a client adds some by itself".to_owned(),
        ));
    }
    Ok(())
}

/// Length and encoding of a body in HTTP/1 (`checkHeaderNameForUnderscores`, `onHeadersCompleteImpl` of
/// `source/common/http/http1/codec_impl.cc`).
fn http_1(request: &Request) -> Result<(), Unreadable> {
    let length = request.headers.get("content-length");
    match length {
        HeaderValue::Several(_) => return Err(Unreadable::Answered(400)),
        HeaderValue::Text(text) if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.parse::<u64>().is_err() => {
            return Err(Unreadable::Answered(400));
        }
        _ => {}
    }
    let has_length = length != HeaderValue::Missing;
    match request.headers.get("transfer-encoding") {
        HeaderValue::Missing => Ok(()),
        HeaderValue::Text(text) if text.eq_ignore_ascii_case("chunked") => {
            if has_length {
                Err(Unreadable::Answered(400))
            } else {
                Ok(())
            }
        }
        HeaderValue::Text(_) if !has_length => Err(Unreadable::Answered(501)),
        _ => Err(Unreadable::Refused),
    }
}

/// The spaces around a value that a proxy has written: the codec of HTTP/1 leaves them out, and what that of HTTP/2 does is
/// not followed.
fn spaces(request: &mut Request) {
    let is_padded = |value: &str| value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    let padded = request.headers.iter().filter_map(|(name, value)| match value {
        HeaderValue::Text(text) if is_padded(text) => {
            Some((name.to_owned(), Some(text.trim_matches([' ', '\t']).to_owned())))
        }
        HeaderValue::Several(texts) if texts.iter().any(|text| is_padded(text)) => Some((name.to_owned(), None)),
        _ => None,
    });
    let padded: Vec<(String, Option<String>)> = padded.collect();
    for (name, trimmed) in padded {
        match trimmed {
            Some(text) if !request.may_be_from_http_2 => request.headers.set(&name, &text),
            _ => request.headers.set_present(&name),
        }
    }
}

/// Headers of the connection have no place in HTTP/2, and `Host` no empty value.
fn http_2(request: &Request) -> Result<(), Unreadable> {
    const OF_CONNECTION: [&str; 5] = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
    let has = |name: &&str| request.headers.get(name) != HeaderValue::Missing;
    let encodes = request.headers.get("te");
    let is_odd = request.authority.is_empty()
        || request.authority.contains('@')
        || OF_CONNECTION.iter().any(has)
        || !matches!(encodes, HeaderValue::Missing | HeaderValue::Text("trailers"));
    if is_odd { Err(Unreadable::Closed) } else { Ok(()) }
}

/// The headers that `Connection` names are for this connection alone, and Envoy removes them; some it refuses
/// (`sanitizeConnectionHeader` of `source/common/http/utility.cc`). Without `Connection: upgrade` an `Upgrade` means nothing.
fn nominated(request: &mut Request) -> Result<(), Unreadable> {
    let names: Vec<String> = match request.headers.get("connection") {
        HeaderValue::Missing => Vec::new(),
        HeaderValue::Text(text) => text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect(),
        _ => return Err(Unreadable::Unknown("several `Connection` headers are not modelled".to_owned())),
    };
    let is_refused = |name: &String| {
        matches!(name.as_str(), "host" | "x-forwarded-for" | "x-forwarded-host" | "x-forwarded-proto")
            || name.starts_with(':')
    };
    if names.len() >= MOST_NOMINATED || names.iter().any(is_refused) {
        return Err(refused(request, 400));
    }
    for name in names.iter().filter(|name| !matches!(name.as_str(), "te" | "upgrade")) {
        request.headers.remove(name);
    }
    if !names.iter().any(|name| name == "upgrade") {
        request.headers.remove("upgrade");
    }
    Ok(())
}

/// Of `TE` only `trailers` is passed on.
fn trailers(request: &mut Request) {
    let text = match request.headers.get("te") {
        HeaderValue::Text(text) => text,
        HeaderValue::Several(_) => return request.headers.set_unknown("te"),
        HeaderValue::Missing | HeaderValue::Present | HeaderValue::MaybePresent => return,
    };
    if text.split(',').any(|each| each.trim() == "trailers") {
        request.headers.set("te", "trailers");
    } else {
        request.headers.remove("te");
    }
}

/// The connection manager drops the fragment of a path, as Istio's bootstrap has it (`decodeHeaders` of
/// `source/common/http/conn_manager_impl.cc`; `extractRuntimeFlags` of `pkg/bootstrap/config.go`), and refuses a NUL
/// (`canonicalizePath` of `source/common/http/path_utility.cc`).
fn path(request: &mut Request) -> Result<(), Unreadable> {
    let Some(path) = &mut request.path else { return Ok(()) };
    if let Some(fragment) = path.find('#').filter(|at| *at > 0) {
        path.truncate(fragment);
    }
    if !path.contains('#') && !path_normalization::has_nul(path) {
        return Ok(());
    }
    Err(match request.version {
        HttpVersion::One | HttpVersion::Two => Unreadable::Answered(400),
        HttpVersion::Unknown => Unreadable::Refused,
    })
}

/// Istio's proxies upgrade to WebSocket and to nothing else (`upgrade_configs` of `core/listener.go`,
/// `buildHTTPConnectionManager`): they answer 403. An upgrade to HTTP/2 without TLS they ignore.
fn upgrade(request: &mut Request) -> Result<(), Unreadable> {
    match request.headers.get("upgrade") {
        HeaderValue::Text(text) if text.eq_ignore_ascii_case("websocket") => Ok(()),
        HeaderValue::Text(text) if !text.contains(',') && !text.eq_ignore_ascii_case("h2c") => {
            Err(Unreadable::Answered(403))
        }
        HeaderValue::Missing => {
            request.headers.remove("connection");
            Ok(())
        }
        HeaderValue::Text(text) if text.eq_ignore_ascii_case("h2c") => {
            for name in ["connection", "upgrade", "http2-settings"] {
                request.headers.remove(name);
            }
            Ok(())
        }
        _ => Err(Unreadable::Unknown("this `Upgrade` is not modelled".to_owned())),
    }
}

/// A `Referer` that is no URL is removed (`sanitizeReferer` of `source/common/http/conn_manager_utility.cc`). What counts as
/// one is not followed further than plain ones.
fn referer(request: &mut Request) {
    let HeaderValue::Text(text) = request.headers.get("referer") else { return };
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_plain = |rest: &str| {
        !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/' | b'?' | b'='))
    };
    if !rest.is_some_and(is_plain) {
        request.headers.set_unknown("referer");
    }
}
