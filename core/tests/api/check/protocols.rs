//! Protocols of a host and port, and `httpsUpgrade`.

use crate::documents::{A, B, MESH, documents, mesh, of_a, policy, to, with};
use crate::said::{check, slugs};

#[test]
fn a_namespace_agrees_on_the_protocol_of_a_host_and_port() {
    let pair = |clients: [&str; 2], protocols: [&str; 2]| {
        let rules = [
            (clients[0], &*to("a.example.org", 9000, protocols[0])),
            (clients[1], &*to("a.example.org", 9000, protocols[1])),
        ];
        check(&documents(&[&policy(&rules), MESH]))
    };
    let other = "{namespace: other}";
    let refused = ["two-protocols @ spec.egressRules[1].to[0].port.protocol"];
    assert_eq!(pair([A, A], ["HTTP", "GRPC"]), refused);
    assert_eq!(pair([A, B], ["HTTP", "GRPC"]), refused, "whatever the selectors");
    assert_eq!(pair([A, other], ["HTTP", "GRPC"]), refused, "the gateway speaks one of them to the host");
    assert_eq!(pair([A, A], ["HTTP", "HTTPS"]), refused);
    assert_eq!(pair([A, other], ["HTTP", "HTTPS"]), refused, "their entries stand in one namespace, and mix");
    let rules = [(A, &*to("a.example.org", 9000, "HTTP")), (other, &*to("a.example.org", 9000, "HTTPS"))];
    let apart = mesh("  output: {placement: client}\n");
    assert_eq!(check(&documents(&[&policy(&rules), &apart])), [""; 0], "nothing is shared");
    assert_eq!(pair([A, A], ["GRPC", "HTTP2"]), [""; 0], "both are HTTP/2");
    assert_eq!(pair([A, A], ["HTTPS", "TLS"]), [""; 0], "both are told apart by server name");
}

#[test]
fn an_upgrade_is_on_only_when_it_says_so() {
    let upgrade =
        |fields: &str| slugs(&of_a(&[with("a.example.org", 80, "HTTP", &format!(", httpsUpgrade: {{{fields}}}"))]));
    assert_eq!(upgrade(""), ["upgrade-not-enabled"]);
    assert_eq!(upgrade("port: 443"), ["upgrade-not-enabled"]);
    assert_eq!(upgrade("enabled: false, port: 443"), [""; 0]);
    assert_eq!(upgrade("enabled: true"), [""; 0]);
    for protocol in ["HTTPS", "TLS", "TCP", "MONGO"] {
        let text = of_a(&[with("a.example.org", 9000, protocol, ", httpsUpgrade: {enabled: true}")]);
        assert!(slugs(&text).contains(&"upgrade-not-http".to_owned()), "{protocol}");
    }
    for protocol in ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"] {
        assert_eq!(
            slugs(&of_a(&[with("a.example.org", 9000, protocol, ", httpsUpgrade: {enabled: true}")])),
            [""; 0],
            "{protocol}"
        );
    }
}

#[test]
fn plain_http_on_port_443_is_a_warning_unless_it_is_upgraded() {
    for protocol in ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"] {
        let text = of_a(&[to("a.example.org", 443, protocol)]);
        assert_eq!(check(&text), ["http-on-443 @ spec.egressRules[0].to[0].port.protocol"], "{protocol}");
        let upgraded = of_a(&[with("a.example.org", 443, protocol, ", httpsUpgrade: {enabled: true}")]);
        assert_eq!(slugs(&upgraded), [""; 0], "{protocol}");
        let off = of_a(&[with("a.example.org", 443, protocol, ", httpsUpgrade: {enabled: false}")]);
        assert_eq!(slugs(&off), ["http-on-443"], "{protocol}");
        assert_eq!(slugs(&of_a(&[to("a.example.org", 8443, protocol)])), [""; 0], "{protocol}: any other port");
    }
    for protocol in ["HTTPS", "TLS"] {
        assert_eq!(slugs(&of_a(&[to("a.example.org", 443, protocol)])), [""; 0], "{protocol}");
    }
}
