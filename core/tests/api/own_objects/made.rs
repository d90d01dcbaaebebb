//! Objects that an earlier compile made, and objects that nothing can be said about.

use serde_json::json;

use crate::own_objects::{BOTH, HTTP, MESH, compiled, said, slugs};

#[test]
fn what_egressc_made_before_is_not_held_against_it() {
    let first = compiled(&[BOTH, MESH]);
    let old = serde_json::to_string(&json!({"apiVersion": "v1", "kind": "List", "items": first.resources})).unwrap();
    let found = said(&[BOTH, MESH, &old]);
    assert_eq!(slugs(&found), ["made-by-egressc"]);
    // Of a rule that is gone by now, too.
    assert_eq!(slugs(&said(&[HTTP, MESH, &old])), ["made-by-egressc"]);
    assert_eq!(json!(compiled(&[BOTH, MESH, &old]).resources), json!(first.resources));
}

#[test]
fn an_object_without_a_name_is_refused() {
    let found = said(&[
        HTTP,
        MESH,
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {namespace: mytest}\nspec: {}\n",
    ]);
    assert_eq!(slugs(&found), ["missing-field"]);
}
