//! Asks `outcome` what becomes of requests, for the lab that holds it against real proxies (`tests/mesh`).
//!
//! Each line of standard input is a [`Batch`]; each is answered with one line, an [`Answer`].

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _, stdin, stdout};

use egressc_core::api::{
    AccessLog, Encryption, Labels, Reached, ReplayRequest, ReplayResponse, Scheme, Source, Stop, Verdict, replay,
};
use egressc_core::stages::load;
use egressc_core::stages::trace::outcome::Simulation;
use egressc_core::stages::trace::{ClientPath, OtherLabels, Query, Trace};
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
    /// Access logs to compare with the verdicts.
    #[serde(default)]
    logs: Vec<AccessLog>,
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
    Ambient,
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
    #[serde(default, rename = "moreHeaders")]
    more_headers: BTreeMap<String, Vec<String>>,
}

/// What becomes of the requests of a batch, in their order.
#[derive(Serialize)]
struct Answer {
    traces: Vec<Told>,
    /// What comes of comparing the logs, if there are any.
    replay: Option<ReplayResponse>,
}

/// A trace, as far as somebody outside of the proxies can see it, with the cluster of each hop.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    verdict: Verdict,
    status: Option<u16>,
    closed: bool,
    gateway: Option<String>,
    other_gateways: Vec<String>,
    reached: Option<Reached>,
    also_reached: Vec<Reached>,
    response_flags: Option<&'static str>,
    hops: Vec<Passed>,
    unknown: Vec<String>,
    assumed: Vec<String>,
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
    let replay = replayed(&batch)?;
    let facts = load(&[Source::value("documents.json", Value::Array(batch.documents))]);
    let objects = load(&[Source::value("objects.json", Value::Array(batch.objects))]).objects;
    let simulation = Simulation::new(&objects, &facts.set.environment);
    let traces = batch.queries.into_iter().map(|asked| query(asked).map(|query| told(simulation.trace(&query))));
    Ok(Answer { traces: traces.collect::<Outcome<_>>()?, replay })
}

fn replayed(batch: &Batch) -> Outcome<Option<ReplayResponse>> {
    if batch.logs.is_empty() {
        return Ok(None);
    }
    let sources = vec![
        Source::value("documents.json", Value::Array(batch.documents.clone())),
        Source::value("objects.json", Value::Array(batch.objects.clone())),
    ];
    Ok(Some(replay(&ReplayRequest { sources, logs: batch.logs.clone(), ..ReplayRequest::default() })?))
}

fn query(asked: Asked) -> Outcome<Query> {
    let Asked { from, to } = asked;
    Ok(Query {
        address: None,
        namespace: from.namespace,
        labels: from.labels,
        other_labels: OtherLabels::Unknown,
        service_account: from.service_account,
        path: match from.path {
            Path::Sidecar => ClientPath::Sidecar,
            Path::Ambient => ClientPath::Ambient,
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
        is_http_2: false,
        headers: {
            let mut headers = to.headers;
            for (name, values) in to.more_headers {
                // Several values of a header are lines.
                let all = headers.entry(name).or_default();
                for value in values {
                    all.push('\n');
                    all.push_str(&value);
                }
            }
            headers
        },
    })
}

fn told(trace: Trace) -> Told {
    let other_gateways = trace.other_gateways().map(|other| other.gateway.clone()).collect();
    Told {
        verdict: trace.verdict,
        status: trace.status,
        closed: trace.closed,
        gateway: trace.gateway,
        other_gateways,
        reached: trace.reached,
        also_reached: trace.also_reached,
        response_flags: trace.response_flags,
        hops: trace
            .hops
            .into_iter()
            .map(|hop| Passed { at: hop.at, cluster: hop.cluster, encryption: hop.encryption })
            .collect(),
        unknown: trace.unknown,
        assumed: trace.assumed,
    }
}
