//! Reports for others: filters and pages of `reach`, waves of `diff`, and JUnit and scores of `test`.

use egressc::ExitStatus::{Answered, Failed, Refused};
use serde_json::Value;

use crate::memory_host::{Entry, MemoryHost};

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const OPEN: &str = "\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: kafka, namespace: shop}
spec:
  hosts: [kafka.example.com]
  exportTo: ['.']
  ports: [{number: 9093, name: tls, protocol: TLS}]
  resolution: DNS
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: time, namespace: istio-system}
spec:
  hosts: ['time.example.com']
  exportTo: ['.']
  ports: [{number: 443, name: tls, protocol: TLS}]
  resolution: DNS
---
{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY}}
";
const EXPECTATIONS: &str = "\
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {name: httpbin}
spec:
  allow:
  - {from: 'mytest,app=sleep-a', to: ['http://www.httpbin.org']}
  - {from: 'mytest,app=sleep-b', to: ['https://www.httpbin.org']}
";

fn mesh() -> MemoryHost {
    MemoryHost::with(&[
        ("p/policy.yaml", POLICY),
        ("p/mesh.yaml", MESH),
        ("open.yaml", OPEN),
        ("expectations.yaml", EXPECTATIONS),
        ("bad.yaml", "kind: [\n"),
    ])
}

/// The clients and the hosts of the rows.
fn rows(host: &mut MemoryHost, args: &[&str]) -> Vec<(String, String, String)> {
    let args = [&["reach", "--format", "json"], args].concat();
    assert_eq!(host.run(&args), Answered, "{args:?}: {}", host.err());
    let answer: Value = serde_json::from_str(host.out()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let flows = answer["flows"].as_array().unwrap();
    flows
        .iter()
        .map(|flow| (text(&flow["from"]["description"]), text(&flow["to"]["host"]), text(&flow["verdict"])))
        .collect()
}

#[test]
fn rows_are_filtered() {
    let mut host = mesh();
    let all = rows(&mut host, &["p"]);
    let of_client = rows(&mut host, &["p", "--from", "mytest,app=sleep-a"]);
    assert!(!of_client.is_empty() && of_client.len() < all.len());
    // Where it has no row of its own, it is one of the others.
    let is_it = |client: &str| client.starts_with("app=sleep-a in mytest");
    assert!(of_client.iter().any(|(client, ..)| is_it(client)));
    assert!(of_client.iter().all(|(client, ..)| is_it(client) || !client.starts_with("app=")), "{of_client:?}");
    // A pod that no rule names is one of all others, and never nobody.
    let other = rows(&mut host, &["p", "--from", "mytest,app=new"]);
    assert!(other.iter().any(|(client, ..)| client == "any other workload in mytest"), "{other:?}");
    assert!(other.iter().all(|(client, ..)| !client.starts_with("app=")), "{other:?}");
    let elsewhere = rows(&mut host, &["p", "--from", "nowhere"]);
    assert!(elsewhere.iter().any(|(client, ..)| client == "any other namespace"), "{elsewhere:?}");
    for (to, number) in
        [("www.httpbin.org", 1), ("*.httpbin.org", 1), ("httpbin.org", 1), ("https://www.httpbin.org:443", 1)]
    {
        let found: std::collections::BTreeSet<String> =
            rows(&mut host, &["p", "--to", to]).into_iter().map(|(_, host, _)| host).collect();
        assert_eq!(found.len(), number, "{to}: {found:?}");
    }
    assert!(rows(&mut host, &["p", "--to", "*.org"]).len() > 4);
    assert!(rows(&mut host, &["p", "--to", "bin.org"]).is_empty());
    let blocked = rows(&mut host, &["p", "--only", "blocked"]);
    assert!(!blocked.is_empty() && blocked.iter().all(|(.., verdict)| verdict == "blocked"));
    let allowed = rows(&mut host, &["p", "--only", "allowed"]);
    assert_eq!(blocked.len() + allowed.len(), all.len());
    assert!(rows(&mut host, &["p", "--only", "bypass"]).is_empty());
    assert!(rows(&mut host, &["open.yaml", "--only", "bypass"]).iter().any(|(_, host, _)| host == "kafka.example.com"));
    let namespaces = rows(&mut host, &["open.yaml", "--namespace", "shop", "--namespace", "gone"]);
    assert!(
        !namespaces.is_empty() && namespaces.iter().all(|(client, ..)| client.ends_with(" in shop")),
        "{namespaces:?}"
    );
    assert_eq!(host.run(&["reach", "p", "--from", "a,b"]), Failed);
}

#[test]
fn a_table_says_each_thing_once_and_the_system_last() {
    let mut host = mesh();
    host.run(&["reach", "open.yaml"]);
    let lines: Vec<&str> = host.out().lines().collect();
    let kafka: Vec<&&str> =
        lines.iter().filter(|line| line.contains("in shop") && line.contains("kafka.example.com:9093")).collect();
    assert_eq!(kafka.len(), 1, "{}", host.out());
    assert!(kafka[0].contains("tls://kafka") && kafka[0].starts_with("every workload in shop"), "{}", host.out());
    let first_of_system = lines.iter().position(|line| line.contains("in istio-system")).unwrap();
    let rows = lines.iter().take_while(|line| !line.is_empty()).count();
    assert!(lines[first_of_system..rows].iter().all(|line| line.contains("in istio-system")), "{}", host.out());
    // Where a rule names a workload there are others.
    host.run(&["reach", "p"]);
    assert!(host.out().contains("any other workload in mytest"), "{}", host.out());
}

#[test]
fn a_page_is_one_file_without_scripts() {
    let mut host = mesh();
    for format in ["html", "svg"] {
        let args = ["reach", "p", "--format", format, "--title", "Egress <of> prod", "--date", "2027-03-31"];
        assert_eq!(host.run(&args), Answered, "{}", host.err());
        let text = host.out().to_owned();
        for part in [
            "Egress &lt;of&gt; prod",
            "policy istio-egress/egress-by-egressgateway-a; made by egressc 0.1.0, 2027-03-31",
            "bypasses every gateway",
            "role=\"img\" aria-labelledby=\"reach-title reach-desc\"",
            "app=sleep-a in mytest",
            "www.httpbin.org:443",
        ] {
            assert!(text.contains(part), "{format}: {part}: {text}");
        }
        for none in ["<script", "http-equiv=\"refresh", "url(", "@import", " href=", " src=", "onload"] {
            assert!(!text.contains(none), "{format}: {none}");
        }
        // Nothing but what was given decides, so there is no date without one.
        host.run(&["reach", "p", "--format", format]);
        let one = host.out().to_owned();
        host.run(&["reach", "p/mesh.yaml", "p/policy.yaml", "--format", format]);
        assert_eq!(host.out(), one);
        assert!(!one.contains("2027-"));
    }
    host.run(&["reach", "p", "--format", "svg"]);
    let mut reader = quick_xml::Reader::from_str(host.out());
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    assert_eq!(host.run(&["reach", "p", "--format", "svg", "--date", "tomorrow"]), Failed);
}

#[test]
fn the_waves_of_a_change_can_be_applied() {
    let mut host = mesh();
    let other = POLICY.replace("      - httpbin.org\n", "      - new.example\n");
    host.entries.insert("new/policy.yaml".to_owned(), Entry::File(other.into()));
    host.entries.insert("old/policy.yaml".to_owned(), Entry::File(POLICY.into()));
    let args = ["diff", "old", "new", "--with", "p/mesh.yaml", "--output", "waves"];
    assert_eq!(host.run(&args), Answered, "{}", host.err());
    let files: Vec<String> =
        host.entries.keys().filter_map(|path| path.strip_prefix("waves/")).map(str::to_owned).collect();
    let text = |host: &MemoryHost, name: &str| match host.entries.get(&format!("waves/{name}")) {
        Some(Entry::File(bytes)) => String::from_utf8(bytes.clone()).unwrap(),
        other => panic!("{name}: {other:?}"),
    };
    let waves: Vec<&String> = files.iter().filter(|name| name.starts_with('0')).collect();
    assert!(host.err().ends_with(&format!("wrote {} waves to waves\n", waves.len())), "{}", host.err());
    assert!(waves[0].starts_with("001-apply-authorizationpolicy"), "{files:?}");
    assert!(waves.iter().any(|name| name.contains("-delete-")), "{files:?}");
    let script = text(&host, "apply.sh");
    let named: Vec<&str> = script.lines().filter_map(|line| line.split(" -f ").nth(1)).collect();
    assert_eq!(named, waves);
    assert!(script.contains("kubectl delete --ignore-not-found -f "), "{script}");
    // Every step is in the files, in its order.
    host.run(&["diff", "old", "new", "--with", "p/mesh.yaml", "--format", "json"]);
    let answer: Value = serde_json::from_str(host.out()).unwrap();
    let steps: Vec<&str> =
        answer["order"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    let written: Vec<String> = waves
        .iter()
        .flat_map(|name| {
            let text = text(&host, name);
            let documents = text.split("---\n").filter(|document| !document.is_empty());
            let name = |document: &str| {
                let value: Value = serde_yaml::from_str(document).unwrap();
                value["metadata"]["name"].as_str().unwrap().to_owned()
            };
            documents.map(name).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(written, steps);
    // A change that fails writes nothing.
    assert_eq!(host.run(&["diff", "old", "new", "--with", "p/mesh.yaml", "-o", "none", "--fail-on", "any"]), Refused);
    assert_eq!(host.run(&["diff", "old", "bad.yaml", "-o", "none"]), Refused);
    assert!(!host.entries.keys().any(|path| path.starts_with("none/")));
    assert_eq!(host.run(&["diff", "old", "new", "-o", "p"]), Failed);
}

#[test]
fn junit_has_a_case_for_each_expectation() {
    let mut host = mesh();
    assert_eq!(host.run(&["test", "p", "expectations.yaml", "--format", "junit"]), Refused);
    for part in [
        "<testsuites name=\"egressc test\" tests=\"2\" failures=\"1\" errors=\"0\">",
        "<testsuite name=\"expectations.yaml\" tests=\"2\" failures=\"1\" errors=\"0\">",
        "name=\"allow mytest,app=sleep-a -&gt; http://www.httpbin.org:80\" classname=\"expectations.yaml\" file=\"expectations.yaml\" line=\"6\"/>",
        "<failure message=",
    ] {
        assert!(host.out().contains(part), "{part}: {}", host.out());
    }
    assert_eq!(host.run(&["test", "p", "bad.yaml", "--format", "junit"]), Refused);
    assert!(host.out().contains("<error message=\"the input is refused\">EGR0101: "), "{}", host.out());
}

#[test]
fn a_mutation_score_can_be_demanded() {
    let mut host = mesh();
    let good = EXPECTATIONS.replace("  - {from: 'mytest,app=sleep-b', to: ['https://www.httpbin.org']}\n", "");
    host.entries.insert("good.yaml".to_owned(), Entry::File(good.into()));
    assert_eq!(host.run(&["test", "p", "good.yaml", "--min-mutation-score", "1"]), Answered);
    assert!(host.out().contains(" mutations"), "{}", host.out());
    assert_eq!(host.run(&["test", "p", "good.yaml", "--min-mutation-score", "100"]), Refused);
    assert!(
        host.err().contains("failed because of --min-mutation-score 100: the expectations notice "),
        "{}",
        host.err()
    );
    assert_eq!(host.run(&["test", "p", "good.yaml", "--min-mutation-score", "101"]), Failed);
}

#[test]
fn expectations_are_proposed_for_what_none_reaches() {
    let mut host = mesh();
    assert_eq!(host.run(&["test", "p", "--write"]), Answered, "{}", host.err());
    let proposed = host.out().to_owned();
    for part in [
        "kind: EgressExpectations\n",
        "  allow:\n  - from: mytest,app=sleep-a\n    to:\n    - http://httpbin.org:80\n",
        "  deny:\n  - from: mytest\n    to:\n    - http://httpbin.org:80\n",
    ] {
        assert!(proposed.contains(part), "{part}: {proposed}");
    }
    host.entries.insert("proposed.yaml".to_owned(), Entry::File(proposed.into()));
    assert_eq!(host.run(&["test", "p", "proposed.yaml"]), Answered, "{}", host.out());
    assert!(!host.out().contains("uncovered"), "{}", host.out());
    // What is covered is not proposed again.
    assert_eq!(host.run(&["test", "p", "proposed.yaml", "--write"]), Answered);
    assert_eq!(host.out(), "");
    assert!(host.out().is_empty() && host.err().contains("an expectation reaches each rule"), "{}", host.err());
    // What needs a path is no URL that a row of `reach` has.
    let policy = "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata: {name: q, namespace: istio-egress}\nspec:\n  byEgressGateway: {name: egressgateway-a}\n  egressRules:\n  - from: [{namespace: mytest}]\n    to: [{name: tracked, hosts: [t.example.org], port: {number: 80, protocol: HTTP}, allow: [{methods: [PUT], paths: [/v1/x]}]}]\n";
    host.entries.insert("q.yaml".to_owned(), Entry::File(policy.into()));
    assert_eq!(host.run(&["test", "p", "q.yaml", "proposed.yaml", "--write"]), Answered);
    assert!(host.err().contains("nothing is proposed for tracked of istio-egress/q"), "{}", host.err());
    // Neither is a wildcard.
    let policy =
        policy.replace("t.example.org", "'*.t.example.org'").replace(", allow: [{methods: [PUT], paths: [/v1/x]}]", "");
    host.entries.insert("q.yaml".to_owned(), Entry::File(policy.into()));
    assert_eq!(host.run(&["test", "p", "q.yaml", "proposed.yaml", "--write"]), Answered);
    assert!(!host.out().contains('*'), "{}", host.out());
    assert!(host.err().contains("nothing is proposed for tracked of istio-egress/q"), "{}", host.err());
    assert_eq!(host.run(&["test", "p", "bad.yaml", "--write"]), Refused);
}
