//! TCP, which is told apart by address and port alone.

use crate::ask::{checked, texts, words};
use crate::documents::{A, B, MESH, documents, of_a, policy, to};
use crate::said::{check, fixed, slugs, the};

#[test]
fn tcp_without_an_address_takes_its_port() {
    let one = of_a(&[to("db.example.org", 5432, "TCP")]);
    assert_eq!(check(&one), ["tcp-takes-port @ spec.egressRules[0].to[0].port.number"]);
    assert!(checked(texts(&[&one])).ok);
    assert_eq!(slugs(&of_a(&[to("db.example.org", 27017, "MONGO")])), ["tcp-takes-port"]);

    let beside_tls = of_a(&[to("db.example.org", 8443, "TCP"), to("b.example.org, a.example.org", 8443, "TLS")]);
    let said = words(&the("tcp-takes-port", &beside_tls));
    assert!(
        said.contains(
            "TLS with the server name `a.example.org` or `b.example.org` is matched by that name and not affected"
        ),
        "{said}"
    );
    assert!(
        !words(&the("tcp-takes-port", &one)).contains("TLS with the server name"),
        "nothing is spared where nothing is declared"
    );
    let both = documents(&[
        &policy(&[(A, &to("db.example.org", 5432, "TCP")), (B, &to("db.example.org", 5432, "TCP"))]),
        MESH,
    ]);
    assert!(
        words(&the("tcp-takes-port", &both)).contains("`app=a` in `mytest` or `app=b` in `mytest`"),
        "every declared client"
    );
    let whole = documents(&[&policy(&[("{namespace: mytest}", &to("db.example.org", 5432, "TCP"))]), MESH]);
    assert!(!words(&the("tcp-takes-port", &whole)).contains("other workloads"), "there are none");

    let two_namespaces =
        documents(&[&policy(&[("{namespace: one}, {namespace: two}", &to("db.example.org", 5432, "TCP"))]), MESH]);
    assert_eq!(slugs(&two_namespaces), ["tcp-takes-port", "tcp-takes-port"], "each namespace has its listeners");
}

#[test]
fn two_tcp_hosts_need_two_addresses_two_ports_or_two_namespaces() {
    let two = of_a(&[to("db.example.org", 5432, "TCP"), to("other.example.org", 5432, "TCP")]);
    assert_eq!(check(&two), ["two-tcp-hosts @ spec.egressRules[0].to[1].hosts[0]"]);
    assert_eq!(slugs(&of_a(&[to("db.example.org, other.example.org", 5432, "TCP")])), ["two-tcp-hosts"]);
    assert_eq!(
        slugs(&of_a(&[to("a.example.org, b.example.org, c.example.org", 5432, "TCP")])),
        ["two-tcp-hosts"; 2],
        "each that is too many"
    );
    let clients = documents(&[
        &policy(&[(A, &to("db.example.org", 5432, "TCP")), (B, &to("other.example.org", 5432, "TCP"))]),
        MESH,
    ]);
    assert_eq!(slugs(&clients), ["two-tcp-hosts"], "listeners are a matter of namespaces");
    assert_eq!(
        slugs(&of_a(&[to("db.example.org", 5432, "TCP"), to("db.example.org", 5432, "TCP")])),
        ["tcp-takes-port"],
        "one host twice"
    );
    assert_eq!(
        slugs(&of_a(&[to("db.example.org", 5432, "TCP"), to("other.example.org", 5433, "TCP")])),
        ["tcp-takes-port", "tcp-takes-port"]
    );
}

#[test]
fn tcp_and_http_do_not_share_a_port() {
    let pair = |http: &str| check(&of_a(&[to("db.example.org", 9000, "TCP"), to("a.example.org", 9000, http)]));
    for http in ["HTTP", "GRPC"] {
        assert_eq!(
            pair(http),
            [
                "tcp-takes-port @ spec.egressRules[0].to[0].port.number",
                "http-beside-tcp @ spec.egressRules[0].to[0].port.protocol"
            ],
            "{http}"
        );
    }
    assert_eq!(pair("HTTPS"), ["tcp-takes-port @ spec.egressRules[0].to[0].port.number"]);
}

#[test]
fn dns_capture_gives_every_tcp_host_an_address() {
    for hosts in [
        vec![to("db.example.org", 5432, "TCP")],
        vec![to("db.example.org", 5432, "TCP"), to("other.example.org", 5432, "TCP")],
        vec![to("db.example.org", 9000, "TCP"), to("a.example.org", 9000, "HTTP")],
    ] {
        assert_eq!(slugs(&format!("{}  dnsCapture: true\n", of_a(&hosts))), [""; 0], "{hosts:?}");
        assert_ne!(slugs(&format!("{}  dnsCapture: false\n", of_a(&hosts))), [""; 0], "{hosts:?}");
    }
}

#[test]
fn port_443_as_tcp_is_probably_https() {
    let text = of_a(&[to("a.example.org", 443, "TCP")]);
    assert_eq!(
        check(&text),
        [
            "tcp-takes-port @ spec.egressRules[0].to[0].port.number",
            "https-as-tcp @ spec.egressRules[0].to[0].port.protocol"
        ]
    );
    assert_eq!(slugs(&fixed("https-as-tcp", &text)), [""; 0]);
    assert_eq!(
        slugs(&fixed("https-as-tcp", &text.replace("protocol: TCP", "protocol: \"TCP\""))),
        [""; 0],
        "with its quotes"
    );
}
