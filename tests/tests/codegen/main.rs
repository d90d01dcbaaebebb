//! The types of the other languages, from the Rust types of the border: `api` says what there is, these files follow.

mod go;
mod kotlin;
mod python;
mod ruby;
mod shape;
mod typescript;

use egressc_core::api::{
    AboutResponse, CheckRequest, CheckResponse, CompileRequest, CompileResponse, ConvertRequest, ConvertResponse,
    DiffRequest, DiffResponse, ExplainRequest, ExplainResponse, ReachRequest, ReachResponse, ReplayRequest,
    ReplayResponse, SchemaRequest, SchemaResponse, TestRequest, TestResponse, TraceRequest, TraceResponse,
};
use egressc_tests::{Outcome, root, settle};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use shape::{Named, read, tell_words};

const COMMAND: &str = "UPDATE=1 cargo test -p egressc-tests --test codegen";

/// A call, as each language declares it.
struct Call {
    name: &'static str,
    /// Absent when it asks nothing.
    request: Option<&'static str>,
    response: &'static str,
    doc: &'static str,
}

const CALLS: &[Call] = &[
    Call {
        name: "compile",
        request: Some("CompileRequest"),
        response: "CompileResponse",
        doc: "Compiles a policy set to the resources that enforce it.",
    },
    Call {
        name: "check",
        request: Some("CheckRequest"),
        response: "CheckResponse",
        doc: "Checks a policy set without compiling it.",
    },
    Call {
        name: "trace",
        request: Some("TraceRequest"),
        response: "TraceResponse",
        doc: "Evaluates one request, hop by hop.",
    },
    Call {
        name: "reach",
        request: Some("ReachRequest"),
        response: "ReachResponse",
        doc: "Lists which clients can reach which hosts.",
    },
    Call {
        name: "diff",
        request: Some("DiffRequest"),
        response: "DiffResponse",
        doc: "Lists which flows a change opens, closes and reroutes, and in which order to apply it.",
    },
    Call {
        name: "test",
        request: Some("TestRequest"),
        response: "TestResponse",
        doc: "Runs the expectations in the sources, and lists what no expectation covers.",
    },
    Call {
        name: "replay",
        request: Some("ReplayRequest"),
        response: "ReplayResponse",
        doc: "Compares the verdicts with the lines of access logs.",
    },
    Call {
        name: "convert",
        request: Some("ConvertRequest"),
        response: "ConvertResponse",
        doc: "Makes policies of one kind policies of another.",
    },
    Call {
        name: "explain",
        request: Some("ExplainRequest"),
        response: "ExplainResponse",
        doc: "Returns the meaning of a diagnostic code.",
    },
    Call {
        name: "schema",
        request: Some("SchemaRequest"),
        response: "SchemaResponse",
        doc: "Returns the JSON Schema of a kind, for editors.",
    },
    Call { name: "about", request: None, response: "AboutResponse", doc: "Describes this library." },
];

#[test]
fn typescript_follows_the_rust_types() -> Outcome<()> {
    settle(&root().join("bindings-js/npm/types.d.ts"), &typescript::text(&requests()?, &responses()?, CALLS), COMMAND)
}

#[test]
fn python_follows_the_rust_types() -> Outcome<()> {
    let folder = root().join("bindings-python/python/egressc");
    let (requests, responses) = (requests()?, responses()?);
    settle(&folder.join("_types.py"), &python::types(&requests, &responses, CALLS)?, COMMAND)?;
    settle(&folder.join("_calls.py"), &python::calls(&requests, &responses, CALLS)?, COMMAND)
}

#[test]
fn kotlin_follows_the_rust_types() -> Outcome<()> {
    settle(
        &root().join("bindings-uniffi/kotlin/src/main/kotlin/dev/egressc/Egressc.kt"),
        &kotlin::text(&requests()?, &responses()?, CALLS),
        COMMAND,
    )
}

#[test]
fn go_follows_the_rust_types() -> Outcome<()> {
    let folder = root().join("integrations/go");
    let (requests, responses) = (requests()?, responses()?);
    settle(&folder.join("types.go"), &go::types(&requests, &responses), COMMAND)?;
    settle(&folder.join("calls.go"), &go::calls(&requests, CALLS), COMMAND)
}

#[test]
fn ruby_follows_the_rust_types() -> Outcome<()> {
    settle(
        &root().join("bindings-uniffi/ruby/lib/egressc/calls.rb"),
        &ruby::text(&requests()?, &responses()?, CALLS),
        COMMAND,
    )
}

#[test]
fn every_call_has_its_types() -> Outcome<()> {
    let declared: Vec<&str> = CALLS.iter().map(|call| call.name).collect();
    assert_eq!(declared, egressc_core::api::about().calls);
    let (requests, responses) = (requests()?, responses()?);
    for call in CALLS {
        assert!(call.request.is_none_or(|name| requests.iter().any(|named| named.name == name)), "{}", call.name);
        assert!(responses.iter().any(|named| named.name == call.response), "{}", call.name);
    }
    Ok(())
}

/// What callers write: fields with a default may be missing.
fn requests() -> Outcome<Vec<Named>> {
    let mut schemas = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    schemas.subschema_for::<CompileRequest>();
    schemas.subschema_for::<CheckRequest>();
    schemas.subschema_for::<TraceRequest>();
    schemas.subschema_for::<ReachRequest>();
    schemas.subschema_for::<DiffRequest>();
    schemas.subschema_for::<TestRequest>();
    schemas.subschema_for::<ReplayRequest>();
    schemas.subschema_for::<ConvertRequest>();
    schemas.subschema_for::<ExplainRequest>();
    schemas.subschema_for::<SchemaRequest>();
    named(&mut schemas)
}

/// What callers read: every field is there.
fn responses() -> Outcome<Vec<Named>> {
    let mut schemas = SchemaSettings::draft2020_12().for_serialize().into_generator();
    schemas.subschema_for::<CompileResponse>();
    schemas.subschema_for::<CheckResponse>();
    schemas.subschema_for::<TraceResponse>();
    schemas.subschema_for::<ReachResponse>();
    schemas.subschema_for::<DiffResponse>();
    schemas.subschema_for::<TestResponse>();
    schemas.subschema_for::<ReplayResponse>();
    schemas.subschema_for::<ConvertResponse>();
    schemas.subschema_for::<ExplainResponse>();
    schemas.subschema_for::<SchemaResponse>();
    schemas.subschema_for::<AboutResponse>();
    named(&mut schemas)
}

fn named(schemas: &mut SchemaGenerator) -> Outcome<Vec<Named>> {
    let named: Outcome<Vec<Named>> =
        schemas.take_definitions(true).iter().map(|(name, schema)| read(name, schema)).collect();
    let mut named = named?;
    tell_words(&mut named);
    Ok(named)
}
