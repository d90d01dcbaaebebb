//! ServiceEntries of the user: who sees a host because of them.

use crate::own_objects::{BOTH, DENY_POST, HTTP, MESH, beside, compiled, entry, messages, said, slugs};

#[test]
fn a_host_that_everybody_knows_is_refused() {
    let found = beside(HTTP, &entry("www.httpbin.org", "tools", ""));
    let error = found.iter().find(|each| each.slug == "lets-through").unwrap();
    assert!(error.message.contains("any other namespace"), "{}", error.message);
    assert!(
        error.message.ends_with("bypassing every gateway, because of ServiceEntry `tools/own`"),
        "{}",
        error.message
    );
    assert_eq!(error.labels[0].source, "2.yaml");
    assert!(!compiled(&[HTTP, MESH, &entry("www.httpbin.org", "tools", "")]).ok);
}

#[test]
fn who_sees_the_host_is_asked_wherever_it_is() {
    // One namespace, which no policy names.
    let private = entry("www.httpbin.org", "tools", ", exportTo: ['.']");
    let found = beside(HTTP, &private);
    assert_eq!(slugs(&found)[0], "lets-through", "{}", messages(&found));
    assert!(found[0].message.contains("in `tools`"), "{}", found[0].message);
    // By a wildcard.
    let wild = entry("*.org", "tools", ", exportTo: ['.']").replace("resolution: DNS", "resolution: NONE");
    assert!(slugs(&beside(HTTP, &wild)).contains(&"lets-through"));
    // Another port of a declared host, by the declared client.
    let port = entry("www.httpbin.org", "mytest", ", exportTo: ['.']").replace("number: 80", "number: 8081");
    assert!(slugs(&beside(HTTP, &port)).contains(&"lets-through"));
    // Another host.
    for namespace in ["tools", "mytest", "istio-egress", "istio-system"] {
        let found = beside(BOTH, &entry("mirror.example.com", namespace, ""));
        assert_eq!(slugs(&found), ["opens-other-hosts"], "{namespace}: {}", messages(&found));
    }
}

#[test]
fn the_object_that_does_it_is_named_among_many() {
    let mut texts = vec![BOTH.to_owned(), MESH.to_owned()];
    for n in 0..40 {
        texts.push(entry(&format!("h{n}.example.org"), "mytest", "").replace("name: own", &format!("name: own-{n}")));
    }
    texts.insert(20, DENY_POST.to_owned());
    let found = said(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let witness = found.iter().find(|each| each.slug == "takes-away").unwrap();
    assert!(witness.message.contains("sleep-a-egress-www-httpbin-org"), "{}", witness.message);
    assert_eq!(witness.labels[0].source, "20.yaml");
    let others = found.iter().filter(|each| each.slug != "opens-other-hosts");
    assert!(others.into_iter().all(|each| each.labels[0].source == "20.yaml"), "{}", messages(&found));
}
