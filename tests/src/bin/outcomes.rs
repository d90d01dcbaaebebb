//! Asks `outcome` what becomes of requests, for the lab that holds it against real proxies (`tests/mesh`).
//!
//! Each line of standard input is a [`Batch`]; each is answered with one line, an [`Answer`].

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _, stdin, stdout};

use egressc_core::diagnostic::Report;
use egressc_core::istio::Objects;
use egressc_core::resolve::resolve;
use egressc_core::resource::{Labels, decode};
use egressc_core::source::SourceMap;
use egressc_core::syntax::{Limits, parse};
use egressc_core::trace::outcome::Simulation;
use egressc_core::trace::{ClientPath, Encryption, Query, Reached, Scheme, Stop, Trace, Verdict};
use egressc_tests::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A mesh, and requests in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// Istio's objects and Kubernetes' Services.
    objects: Vec<Value>,
    /// What describes the mesh: a `MeshEnvironment`, policies (which name gateways) and the like.
    documents: Vec<Value>,
    queries: Vec<Asked>,
}

/// A request, in the words of the API.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: From,
    to: To,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct From {
    namespace: String,
    labels: Labels,
    service_account: Option<String>,
    path: Path,
    gateway: Option<String>,
    outer_sni: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Path {
    Sidecar,
    Direct,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    scheme: Scheme,
    host: String,
    port: u16,
    sni: Option<String>,
    method: Option<String>,
    path: Option<String>,
    headers: BTreeMap<String, String>,
}

/// What becomes of the requests of a batch, in their order.
#[derive(Serialize)]
struct Answer {
    traces: Vec<Told>,
}

/// A trace, as far as somebody outside of the proxies can see it, with the cluster of each hop.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    verdict: Verdict,
    status: Option<u16>,
    closed: bool,
    gateway: Option<String>,
    reached: Option<Reached>,
    response_flags: Option<&'static str>,
    hops: Vec<Passed>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
struct Passed {
    at: Stop,
    cluster: Option<String>,
    encryption: Option<Encryption>,
}

fn main() -> Outcome<()> {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let answer = answer(serde_json::from_str(&line?)?)?;
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        out.flush()?;
    }
    Ok(())
}

fn answer(batch: Batch) -> Outcome<Answer> {
    let mut sources = SourceMap::default();
    let mut report = Report::default();
    let id = sources.add("documents.json", serde_json::to_string(&list(&batch.documents))?);
    let facts = parse(&sources, id, &Limits::DEFAULT, &mut report);
    let resources = facts.iter().flat_map(|document| decode(document, &sources, &mut report)).collect();
    let environment = resolve(resources, &mut report);
    let id = sources.add("objects.json", serde_json::to_string(&list(&batch.objects))?);
    let documents = parse(&sources, id, &Limits::DEFAULT, &mut report);
    let objects = Objects::decode(documents.iter().map(|document| &document.root));
    let simulation = Simulation::new(&objects, &environment.environment);
    let traces = batch.queries.into_iter().map(|asked| query(asked).map(|query| told(simulation.trace(&query))));
    Ok(Answer { traces: traces.collect::<Outcome<_>>()? })
}

fn list(items: &[Value]) -> Value {
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn query(asked: Asked) -> Outcome<Query> {
    let Asked { from, to } = asked;
    Ok(Query {
        namespace: from.namespace,
        labels: from.labels,
        service_account: from.service_account,
        path: match from.path {
            Path::Sidecar => ClientPath::Sidecar,
            Path::None => ClientPath::None,
            Path::Direct => ClientPath::Direct {
                gateway: from.gateway.ok_or("a direct request needs a gateway")?,
                outer_sni: from.outer_sni.unwrap_or_default(),
            },
        },
        scheme: to.scheme,
        host: to.host,
        port: to.port,
        sni: to.sni,
        method: to.method,
        http_path: to.path,
        headers: to.headers,
    })
}

fn told(trace: Trace) -> Told {
    Told {
        verdict: trace.verdict,
        status: trace.status,
        closed: trace.closed,
        gateway: trace.gateway,
        reached: trace.reached,
        response_flags: trace.response_flags,
        hops: trace
            .hops
            .into_iter()
            .map(|hop| Passed { at: hop.at, cluster: hop.cluster, encryption: hop.encryption })
            .collect(),
        unknown: trace.unknown,
    }
}
