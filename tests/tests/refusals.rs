//! What Istio refuses: the rules of the core against the recorded answers of Istio's own validation.

use std::collections::BTreeSet;

use egressc_core::api::{CompileRequest, compile};
use egressc_tests::refusals::{RECORDED, fingerprint, objects, recorded, refused};
use egressc_tests::{Outcome, cases};
use serde_json::{Value, json};

const COMMAND: &str = "tests/mesh/refusals.sh ISTIOD record";

#[test]
fn egressc_refuses_what_istio_refuses() -> Outcome<()> {
    let objects = objects(RECORDED.0, RECORDED.1)?;
    let (of, letters) = recorded();
    assert_eq!(of, fingerprint(&objects), "the objects have changed: {COMMAND} asks Istio again");
    let mut wrong = Vec::new();
    for (object, letter) in objects.iter().zip(letters.chars()) {
        let ours = refused(object);
        if ours.is_some() != matches!(letter, 's' | 'w') {
            wrong.push(format!("{letter} {object} {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    // All answers are there, of each kind many.
    assert_eq!(letters.len(), objects.len());
    for (letter, least) in [('.', 1_500), ('s', 1_000), ('w', 1_000), ('d', 20)] {
        let count = letters.chars().filter(|each| *each == letter).count();
        assert!(count >= least, "{count} answers are {letter}");
    }
    Ok(())
}

/// What egressc makes is not validated when it is made.
#[test]
fn nothing_that_is_compiled_is_refused() -> Outcome<()> {
    let mut kinds = BTreeSet::new();
    for case in cases()?.into_iter().filter(|case| case.call == "compile") {
        let Ok(request) = serde_json::from_value::<CompileRequest>(case.request.clone()) else { continue };
        let Ok(response) = compile(&request) else { continue };
        for resource in &response.resources {
            let resource: Value = json!(resource);
            assert_eq!(refused(&resource), None, "{} {resource:#}", case.folder.display());
            kinds.extend(resource.get("kind").and_then(Value::as_str).map(str::to_owned));
        }
    }
    let expected = ["AuthorizationPolicy", "DestinationRule", "Gateway", "ServiceEntry", "VirtualService"];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    Ok(())
}
