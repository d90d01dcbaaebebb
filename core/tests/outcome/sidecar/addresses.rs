//! Addresses: what a client dials decides which listener and which filter chain takes its connection
//! (docs/istio/names-and-addresses.md).

use egressc_core::api::{Labels, Scheme};
use egressc_core::stages::trace::{ClientPath, OtherLabels, Query};

use crate::mesh::{Ask, Mesh, is, query};

fn entry(host: &str, more: &str, port: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {}, namespace: own}}
spec: {{hosts: ['{host}'], {more}, ports: [{port}]}}
",
        host.trim_start_matches("*.")
    )
}

const TCP: &str = "{number: 3306, name: tcp, protocol: TCP}";
const TLS: &str = "{number: 443, name: tls, protocol: TLS}";
const HTTP: &str = "{number: 80, name: http, protocol: HTTP}";

/// A host at a fixed place, which has some addresses.
fn at(host: &str, addresses: &str, port: &str) -> String {
    entry(host, &format!("addresses: [{addresses}], resolution: STATIC, endpoints: [{{address: 198.51.100.9}}]"), port)
}

#[test]
fn a_dialled_address_has_the_listener_of_its_entry() {
    let mesh = Mesh::bare(&(at("db.org", "203.0.113.7", TCP) + &at("other.org", "203.0.113.8", TCP)));
    is(&mesh.from("a", "tcp://203.0.113.7:3306"), "allowed db.org:3306");
    is(&mesh.from("a", "tcp://203.0.113.9:3306"), "blocked closed UH");
    is(&mesh.from("a", "tcp://203.0.113.7:3307"), "blocked closed UH");
    is(&mesh.from("a", "http://203.0.113.7:3306"), "allowed db.org:3306");
    // HTTP is on every address, and an unknown `Host` is blocked.
    let http = Mesh::bare(&at("web.org", "203.0.113.7", HTTP));
    is(&http.from("a", "http://203.0.113.7"), "allowed web.org:80");
    is(&http.from("a", "http://203.0.113.8"), "blocked 502");
    is(&http.from("a", "tcp://203.0.113.7:80"), "blocked closed UH");
    // A port without a protocol is the entry's, whatever `Host` is (`getVirtualHostsForSniffedServicePort`).
    let any = Mesh::bare(&at("any.org", "203.0.113.7", "{number: 8000, name: any}"));
    is(&any.from("a", "http://203.0.113.7:8000"), "allowed any.org:8000");
    is(&any.ask(&query("a", "http://203.0.113.7:8000").host("else.org")), "allowed any.org:8000");
    is(&any.from("a", "tcp://203.0.113.7:8000"), "allowed any.org:8000");
}

/// Who dials an address means no host: what is reached is the address, if it is the only endpoint, and else the host of the entry.
#[test]
fn a_dialled_address_is_reached_by_its_number() {
    let at = |address: &str| {
        let more = format!("addresses: [203.0.113.7], resolution: STATIC, endpoints: [{{address: {address}}}]");
        Mesh::bare(&entry("db.org", &more, TCP))
    };
    is(&at("203.0.113.7").from("a", "tcp://203.0.113.7:3306"), "allowed 203.0.113.7:3306");
    is(&at("203.0.113.8").from("a", "tcp://203.0.113.7:3306"), "allowed db.org:3306");
    is(&at("203.0.113.7}, {address: 203.0.113.8").from("a", "tcp://203.0.113.7:3306"), "allowed db.org:3306");
}

/// IPv6 in every way of writing it.
#[test]
fn an_address_is_the_same_however_it_is_written() {
    let dial = |host: &str, scheme: Scheme, port: u16| Query {
        address: None,
        namespace: "a".into(),
        labels: Labels::new(),
        other_labels: OtherLabels::Unknown,
        service_account: None,
        path: ClientPath::Sidecar,
        scheme,
        host: host.into(),
        port,
        sni: None,
        method: None,
        http_path: None,
        is_http_2: false,
        headers: std::collections::BTreeMap::new(),
    };
    let mesh = Mesh::bare(&at("six.org", "'2001:db8:0:0::7'", &format!("{TCP}, {HTTP}")));
    is(&mesh.ask(&dial("2001:db8::7", Scheme::Tcp, 3306)), "allowed six.org:3306");
    // `Host` is compared with what the entry writes, as text.
    is(&mesh.ask(&dial("2001:db8::7", Scheme::Http, 80)), "blocked 502");
    is(&mesh.ask(&dial("2001:db8:0:0::7", Scheme::Http, 80)), "allowed six.org:80");
    is(&mesh.ask(&dial("2001:db8::8", Scheme::Tcp, 3306)), "blocked closed UH");
    let network = Mesh::bare(&at("six.org", "'2001:db8::/32'", TCP));
    is(&network.ask(&dial("2001:db8:1::8", Scheme::Tcp, 3306)), "diverted six.org:3306");
    is(&network.ask(&dial("2001:db9::8", Scheme::Tcp, 3306)), "blocked closed UH");
}

/// Of networks that overlap Envoy takes the most specific, in whatever order the entries stand.
#[test]
fn a_dialled_address_is_in_a_network_or_not() {
    let none = |host: &str, network: &str| entry(host, &format!("addresses: [{network}]"), TCP);
    let mesh = Mesh::bare(&(none("wide.org", "10.0.0.0/8") + &at("narrow.org", "10.1.0.0/16", TCP)));
    is(&mesh.from("a", "tcp://10.2.3.4:3306"), "allowed 10.2.3.4:3306");
    is(&mesh.from("a", "tcp://10.1.3.4:3306"), "diverted narrow.org:3306");
    is(&mesh.from("a", "tcp://11.1.3.4:3306"), "blocked closed UH");
    is(&mesh.from("a", "https://10.2.3.4:3306"), "allowed 10.2.3.4:3306 tls(10.2.3.4)");
    // Where a name leads is not known.
    is(&mesh.from("a", "tcp://x.org:3306"), "unknown");
    // A network of one address is the address; beside networks an address has its own listener.
    let both = Mesh::bare(&at("both.org", "10.1.2.3/32, 10.2.0.0/16", TCP));
    for (address, expected) in [
        ("10.1.2.3", "allowed both.org:3306"),
        ("10.2.9.9", "diverted both.org:3306"),
        ("10.1.2.4", "blocked closed UH"),
    ] {
        is(&both.from("a", &format!("tcp://{address}:3306")), expected);
    }
    // An endpoint at the dialled address is what was meant.
    let there = entry("x.org", "addresses: [10.0.0.0/8], resolution: STATIC, endpoints: [{address: 10.5.5.5}]", TCP);
    is(&Mesh::bare(&there).from("a", "tcp://10.5.5.5:3306"), "allowed 10.5.5.5:3306");
    // Beside it, what has no address takes the rest of the port.
    let rest = none("net.org", "10.0.0.0/8") + &entry("rest.org", "resolution: DNS", TCP);
    is(&Mesh::bare(&rest).from("a", "tcp://10.1.1.1:3306"), "allowed 10.1.1.1:3306");
    is(&Mesh::bare(&rest).from("a", "tcp://192.0.2.1:3306"), "diverted rest.org:3306");
}

/// A chain of TLS has both the network and the server name; Envoy does not go back from a network to other chains.
#[test]
fn a_network_of_tls_needs_its_server_name_too() {
    let mesh = Mesh::bare(&(at("in.org", "10.0.0.0/8", TLS) + &entry("out.org", "resolution: DNS", TLS)));
    let to = |address: &str, name: &str| mesh.ask(&query("a", &format!("https://{address}")).sni(Some(name)));
    is(&to("10.1.1.1", "in.org"), "allowed in.org:443 tls(in.org)");
    is(&to("10.1.1.1", "out.org"), "blocked closed UH");
    is(&to("192.0.2.1", "out.org"), "allowed out.org:443 tls(out.org)");
    is(&to("192.0.2.1", "in.org"), "blocked closed UH");
    is(&mesh.from("a", "tcp://10.1.1.1:443"), "blocked closed UH");
}

/// `toFilterChainMatch` writes no network for 0.0.0.0/0, and such a chain is not the default one.
#[test]
fn the_network_of_all_addresses() {
    let all = entry("all.org", "addresses: [0.0.0.0/0]", "{number: 80, name: tcp, protocol: TCP}");
    let mesh = Mesh::bare(&all);
    is(&mesh.from("a", "tcp://203.0.113.7:80"), "allowed 203.0.113.7:80");
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    // Beside HTTP Envoy takes bytes for plain text, finds no protocol, and takes the default chain.
    let beside = Mesh::bare(&(all + &entry("web.org", "resolution: DNS", HTTP)));
    is(&beside.from("a", "http://web.org"), "allowed web.org:80");
    is(&beside.from("a", "http://x.org"), "blocked 502");
    is(&beside.from("a", "tcp://203.0.113.7:80"), "blocked closed UH");
}

fn route(kind: &str, hosts: &str, body: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: r, namespace: own}}
spec: {{hosts: [{hosts}], {kind}: [{body}]}}
"
    )
}

/// `destinationSubnets` are networks of a filter chain on the whole port (core/tls.go).
#[test]
fn destination_subnets_are_compared_with_the_dialled_address() {
    let hosts = entry("x.org", "resolution: DNS", TCP)
        + &entry("y.org", "resolution: DNS", "{number: 3307, name: tcp, protocol: TCP}");
    let to_y =
        "{match: [{destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: y.org, port: {number: 3307}}}]}";
    let mesh = Mesh::bare(&(hosts.clone() + &route("tcp", "x.org", to_y)));
    is(&mesh.from("a", "tcp://10.1.1.1:3306"), "diverted y.org:3307");
    is(&mesh.from("a", "tcp://192.0.2.1:3306"), "diverted x.org:3306");
    is(&mesh.from("a", "tcp://x.org:3306"), "unknown");
    // An address of Istio's own is in no such network.
    is(
        &Mesh::bare(&(hosts.clone() + &route("tcp", "x.org", to_y))).dns_capture().from("a", "tcp://x.org:3306"),
        "allowed x.org:3306",
    );
    let auto = to_y.replace("10.0.0.0/8", "240.240.0.0/16");
    let mesh = Mesh::bare(&(hosts.clone() + &route("tcp", "x.org", &auto))).dns_capture();
    is(&mesh.from("a", "tcp://x.org:3306"), "diverted y.org:3307");
    // `sourceSubnet` is read nowhere (`matchTCP`).
    let source = to_y.replace("destinationSubnets: [10.0.0.0/8]", "sourceSubnet: 10.0.0.0/8");
    is(
        &Mesh::bare(&(hosts + &route("tcp", "x.org", &source))).from("a", "tcp://192.0.2.1:3306"),
        "diverted y.org:3307",
    );
    let tls = entry("x.org", "resolution: DNS", TLS) + &entry("y.org", "resolution: DNS", TLS);
    let to_y =
        "{match: [{sniHosts: [x.org], destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: y.org}}]}";
    let mesh = Mesh::bare(&(tls + &route("tls", "x.org", to_y)));
    let to = |address: &str| mesh.ask(&query("a", &format!("https://{address}")).sni(Some("x.org")));
    is(&to("10.1.1.1"), "diverted y.org:443 tls(x.org)");
    // The match is the only chain of its host.
    is(&to("192.0.2.1"), "blocked closed UH");
}

/// A host has one address, whatever port a client dials there (`BuildNameTable` of `pkg/dns/server/name_table.go`).
#[test]
fn a_name_keeps_its_address_on_every_port() {
    let hosts = entry("mq.org", "resolution: DNS", "{number: 9444, name: tcp, protocol: TCP}")
        + &entry("db.org", "resolution: DNS", TCP)
        + &entry("web.org", "resolution: DNS", HTTP);
    let mesh = Mesh::bare(&hosts).dns_capture();
    is(&mesh.from("a", "tcp://mq.org:9444"), "allowed mq.org:9444");
    is(&mesh.from("a", "tcp://mq.org:3306"), "blocked closed UH");
    is(&mesh.from("a", "https://mq.org"), "blocked closed UH");
    is(&mesh.from("a", "http://mq.org"), "blocked 502");
    // Nothing is behind an address of Istio's.
    let open = Mesh::bare(&hosts).dns_capture().allow_any();
    is(&open.from("a", "tcp://mq.org:3306"), "blocked closed UF");
    is(&open.from("a", "http://mq.org"), "blocked 503 UF");
    is(&open.from("a", "tcp://else.org:3306"), "allowed else.org:3306");
    // What has no address takes the port on every address: it has no listener of its own.
    let taker = entry("out.org", "resolution: DNS", "{number: 5000, name: tcp, protocol: TCP}")
        .replace("namespace: own}", "namespace: own, labels: {networking.istio.io/enable-autoallocate-ip: 'false'}}");
    is(&Mesh::bare(&(hosts.clone() + &taker)).dns_capture().from("a", "tcp://mq.org:5000"), "diverted out.org:5000");
    // With resolution NONE the connection goes on to the dialled address, which is nowhere.
    let none = entry("*.out.org", "resolution: NONE", "{number: 5000, name: tcp, protocol: TCP}");
    is(&Mesh::bare(&(hosts + &none)).dns_capture().from("a", "tcp://mq.org:5000"), "blocked closed UF");
}

/// Two entries for one address: one has the listener, whatever name the client resolved.
#[test]
fn an_address_of_two_hosts_is_of_one_of_them() {
    let old = |host: &str, address: &str, created: &str| {
        at(host, address, TCP).replace("namespace: own}", &format!("namespace: own, creationTimestamp: '{created}'}}"))
    };
    let two =
        old("a.org", "203.0.113.7", "2024-01-01T00:00:00Z") + &old("b.org", "203.0.113.7", "2025-01-01T00:00:00Z");
    let mesh = Mesh::bare(&two).dns_capture();
    is(&mesh.from("a", "tcp://a.org:3306"), "allowed a.org:3306");
    is(&mesh.from("a", "tcp://b.org:3306"), "diverted a.org:3306");
    let undated = at("a.org", "203.0.113.7", TCP) + &at("b.org", "203.0.113.7", TCP);
    is(&Mesh::bare(&undated).dns_capture().from("a", "tcp://b.org:3306"), "unknown");
    // On a port that one of them alone has it is that one's.
    let ports = old("a.org", "203.0.113.7", "2024-01-01T00:00:00Z").replace("3306", "3307")
        + &old("b.org", "203.0.113.7", "2025-01-01T00:00:00Z");
    is(&Mesh::bare(&ports).from("a", "tcp://203.0.113.7:3306"), "allowed b.org:3306");
    // Several addresses of one host have listeners that are alike.
    let several = Mesh::bare(&at("m.org", "203.0.113.7, 203.0.113.8, 203.0.113.9", TCP)).dns_capture();
    is(&several.from("a", "tcp://m.org:3306"), "allowed m.org:3306");
}

const OLD: &str = "2024-01-01T00:00:00Z";
const YOUNG: &str = "2025-01-01T00:00:00Z";

fn created(object: &str, time: &str) -> String {
    object.replace("namespace: own}", &format!("namespace: own, creationTimestamp: '{time}'}}"))
}

/// The listener of an address has the chains of all services there (`mergeTCPFilterChains` of core/listener.go).
#[test]
fn an_address_of_several_hosts_has_the_chains_of_all() {
    let to_o = "{match: [{sniHosts: [a.org]}], route: [{destination: {host: o.org}}]}";
    let two = created(&at("a.org", "203.0.113.9", TLS), OLD) + &created(&at("b.org", "203.0.113.9", TLS), YOUNG);
    let one = at("a.org", "203.0.113.9", TLS).replace("['a.org']", "[a.org, b.org]");
    for hosts in [one, two.clone()] {
        let routed = Mesh::bare(&(hosts + &entry("o.org", "resolution: DNS", TLS) + &route("tls", "a.org", to_o)));
        is(&routed.ask(&query("a", "https://203.0.113.9").sni(Some("a.org"))), "diverted o.org:443 tls(a.org)");
        is(&routed.ask(&query("a", "https://203.0.113.9").sni(Some("c.org"))), "allowed b.org:443 tls(c.org)");
        is(&routed.from("a", "tcp://203.0.113.9:443"), "allowed b.org:443");
        let capture = routed.dns_capture();
        is(&capture.from("a", "https://b.org"), "allowed b.org:443 tls(b.org)");
        is(&capture.from("a", "https://a.org"), "diverted o.org:443 tls(a.org)");
    }
    // A route of the second one, too.
    let to_o = to_o.replace("a.org", "b.org");
    let second = Mesh::bare(&(two + &entry("o.org", "resolution: DNS", TLS) + &route("tls", "b.org", &to_o)));
    is(&second.ask(&query("a", "https://203.0.113.9").sni(Some("b.org"))), "diverted o.org:443 tls(b.org)");
    is(&second.ask(&query("a", "https://203.0.113.9").sni(Some("c.org"))), "allowed a.org:443 tls(c.org)");
    // Without ages it may be the other way round.
    let undated = at("a.org", "203.0.113.9", TLS) + &at("b.org", "203.0.113.9", TLS);
    let undated = Mesh::bare(&(undated + &entry("o.org", "resolution: DNS", TLS) + &route("tls", "b.org", &to_o)));
    is(&undated.ask(&query("a", "https://203.0.113.9").sni(Some("b.org"))), "diverted o.org:443 tls(b.org)");
}

#[test]
fn an_address_of_tcp_and_of_no_protocol_sniffs() {
    let auto = "{number: 3306, name: web}";
    let hosts = created(&at("db.org", "203.0.113.9", TCP), OLD) + &created(&at("www.org", "203.0.113.9", auto), YOUNG);
    let mesh = Mesh::bare(&hosts);
    is(&mesh.from("a", "http://203.0.113.9:3306"), "allowed www.org:3306");
    is(&mesh.from("a", "tcp://203.0.113.9:3306"), "allowed db.org:3306");
    is(&mesh.ask(&query("a", "http://203.0.113.9:3306").host("db.org:3306")), "allowed www.org:3306");
    // A second one without protocol adds nothing.
    let both = created(&at("db.org", "203.0.113.9", auto), OLD) + &created(&at("www.org", "203.0.113.9", auto), YOUNG);
    is(&Mesh::bare(&both).from("a", "http://203.0.113.9:3306"), "allowed db.org:3306");
    // MySQL shares no listener.
    let mysql = TCP.replace("TCP", "MySQL");
    let alone =
        created(&at("db.org", "203.0.113.9", &mysql), OLD) + &created(&at("www.org", "203.0.113.9", auto), YOUNG);
    is(&Mesh::bare(&alone).from("a", "http://203.0.113.9:3306"), "allowed db.org:3306");
}

/// istiod writes no prefix for 0.0.0.0/0 (`toFilterChainMatch` of core/listener.go).
#[test]
fn a_match_for_all_addresses_is_for_the_server_name_alone() {
    let hosts = entry("x.org", "resolution: DNS", TLS) + &entry("y.org", "resolution: DNS", TLS);
    let to_y = "{match: [{sniHosts: [x.org], destinationSubnets: [0.0.0.0/0]}], route: [{destination: {host: y.org}}]}";
    let mesh = Mesh::bare(&(hosts + &route("tls", "x.org", to_y)));
    is(&mesh.from("a", "https://x.org"), "diverted y.org:443 tls(x.org)");
    is(&mesh.from("a", "https://y.org"), "allowed y.org:443 tls(y.org)");
}

/// Where the chain of a network does not match, Envoy takes the default chain, and no other.
#[test]
fn the_network_of_all_addresses_is_no_default_beside_another_network() {
    let all = at("x.org", "0.0.0.0/0", "{number: 443, name: tcp, protocol: TCP}");
    let narrow = entry("db.net", "addresses: [203.0.113.0/24], resolution: NONE", TLS);
    let mesh = Mesh::bare(&(all + &narrow));
    let to = |address: &str, name: &str| mesh.ask(&query("a", &format!("https://{address}")).sni(Some(name)));
    is(&to("203.0.113.9", "db.net"), "allowed 203.0.113.9:443 tls(db.net)");
    is(&to("203.0.113.9", "other.org"), "blocked closed UH");
    is(&mesh.from("a", "tcp://203.0.113.9:443"), "blocked closed UH");
    is(&to("192.0.2.9", "other.org"), "diverted x.org:443 tls(other.org)");
}

/// A sidecar that answers DNS has listeners on the addresses that Istio gives to hosts by itself.
#[test]
fn a_dialled_automatic_address_is_of_some_host() {
    let yaml = entry("db.org", "resolution: DNS", TCP) + &entry("web.org", "resolution: DNS", HTTP);
    let mesh = Mesh::bare(&yaml).dns_capture();
    is(&mesh.from("a", "tcp://240.240.0.1:3306"), "unknown");
    is(&mesh.from("a", "http://240.240.0.1"), "unknown");
    is(&mesh.from("a", "tcp://240.240.0.1:3307"), "blocked closed UH");
    is(&mesh.from("a", "tcp://240.241.0.1:3306"), "blocked closed UH");
    // An entry may opt out of it, in capitals, too (`ShouldV2AutoAllocateIP`).
    let label = "metadata: {labels: {networking.istio.io/enable-autoallocate-ip: 'False'}, ";
    let out = Mesh::bare(&entry("db.org", "resolution: DNS", TCP).replace("metadata: {", label)).dns_capture();
    is(&out.from("a", "tcp://other.org:3306"), "diverted db.org:3306");
    // Without DNS capture no host has one: what has no address takes it.
    let plain = entry("db.org", "resolution: DNS", TCP);
    let mut without = Mesh::bare(&plain);
    without.environment.stated_dns_capture = Some(false);
    is(&without.from("a", "tcp://240.240.0.1:3306"), "diverted db.org:3306");
}
