//! Public reports about egress, rebuilt as small inputs: what became of each request is what egressc answers.
//!
//! `tests/reports/*.yaml` has one file for each: first the report and its questions, then the objects. The facts of a mesh
//! that most of them share are in `tests/reports/mesh/usual.yaml`. With `UPDATE=1` the list in docs/agreement.md is made anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use egressc_core::api::{Query, Source, Trace, Verdict, Workspace};
use egressc_tests::{Outcome, root};
use serde::Deserialize;

/// The first document of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    /// Where it is: `istio/istio#30730`.
    #[serde(rename = "report")]
    place: String,
    /// What people met, in one line.
    about: String,
    /// Whether the usual mesh is part of it.
    #[serde(default)]
    usual_mesh: bool,
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    from: String,
    to: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    sni: Option<String>,
    /// `allowed via gateway host:port tls(name)`, `blocked 503 NC`, `blocked closed UH`, `unknown`.
    answer: String,
    /// Words of the reason that people needed.
    #[serde(default)]
    because: Option<String>,
}

fn files() -> Outcome<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(root().join("tests/reports"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &PathBuf) -> Outcome<(Report, String)> {
    let text = fs::read_to_string(path)?;
    let (head, objects) = text.split_once("\n---\n").ok_or("a report has objects")?;
    let report = serde_yaml::from_str(head).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((report, objects.to_owned()))
}

#[test]
fn every_report_gets_its_answer() {
    let usual = fs::read_to_string(root().join("tests/reports/mesh/usual.yaml")).unwrap();
    let files = files().unwrap();
    assert!(files.len() > 50, "{}", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (report, objects) = read(&path).unwrap();
        let mut sources = vec![Source::text("objects.yaml", objects)];
        sources.extend(report.usual_mesh.then(|| Source::text("mesh.yaml", usual.clone())));
        let workspace = Workspace::load(&sources);
        for question in &report.questions {
            let trace = workspace.trace(&query(question).unwrap().into(), None).unwrap().trace;
            let Some(trace) = trace else {
                wrong.push(format!("{name}: {} -> {}: refused", question.from, question.to));
                continue;
            };
            let found = short(&trace);
            let said = trace
                .unused
                .iter()
                .map(|each| format!("{} {}/{}: {}", each.kind, each.namespace, each.name, each.reason));
            let reasons: Vec<String> = said.chain(trace.notes.clone()).chain(trace.unknown.clone()).collect();
            if found != question.answer {
                wrong.push(format!(
                    "{name}: {} -> {}: {found}, and not {}",
                    question.from, question.to, question.answer
                ));
            } else if let Some(because) = &question.because
                && !reasons.iter().any(|reason| reason.contains(because.as_str()))
            {
                wrong.push(format!(
                    "{name}: {} -> {}: `{because}` is not among {reasons:#?}",
                    question.from, question.to
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn query(question: &Question) -> Outcome<Query> {
    let mut query = Query { from: question.from.parse()?, to: question.to.parse()? };
    query.to.method = question.method.clone().or(query.to.method);
    query.to.headers.extend(question.headers.clone());
    query.to.sni = question.sni.clone().or(query.to.sni);
    Ok(query)
}

fn short(trace: &Trace) -> String {
    let via = trace.gateway.as_ref().map(|gateway| format!(" via {gateway}")).unwrap_or_default();
    let places = trace.reached.iter().chain(&trace.also_reached).map(|place| {
        let tls = if place.tls { format!(" tls({})", place.sni.as_deref().unwrap_or_default()) } else { String::new() };
        format!(" {}:{}{tls}", place.host, place.port)
    });
    let places = places.collect::<Vec<_>>().join(" or");
    match trace.verdict {
        Verdict::Allowed => format!("allowed{via}{places}"),
        Verdict::Diverted => format!("diverted{via}{places}"),
        Verdict::Unknown => "unknown".to_owned(),
        Verdict::Blocked => {
            let status = trace.status.map(|status| format!(" {status}")).unwrap_or_default();
            let closed = if trace.closed { " closed" } else { "" };
            let flags = trace.response_flags.as_ref().map(|flags| format!(" {flags}")).unwrap_or_default();
            format!("blocked{status}{closed}{flags}")
        }
    }
}

const BEGIN: &str = "<!-- begin of the reports -->\n";
const END: &str = "<!-- end of the reports -->\n";

#[test]
fn the_page_lists_every_report() {
    let mut table = "| report | what people met | requests, and what becomes of them |\n|---|---|---|\n".to_owned();
    for path in files().unwrap() {
        let (Report { place, about, questions, .. }, _) = read(&path).unwrap();
        let answers: Vec<String> =
            questions.iter().map(|each| format!("`{} -> {}`: {}", each.from, each.to, each.answer)).collect();
        let link = match place.split_once('#') {
            Some((project, number)) => format!("[{place}](https://github.com/{project}/issues/{number})"),
            None => place,
        };
        // Writing to a text cannot fail.
        let _ = writeln!(table, "| {link} | {about} | {} |", answers.join("<br>"));
    }
    let page = root().join("docs/agreement.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the page has a place for them");
    let (_, after) = rest.split_once(END).expect("the page has a place for them");
    let made = format!("{before}{BEGIN}{table}{END}{after}");
    if env::var_os("UPDATE").is_some() {
        fs::write(&page, &made).unwrap();
    }
    assert_eq!(
        made,
        fs::read_to_string(&page).unwrap(),
        "`UPDATE=1 cargo test -p egressc-tests --test reports` writes it"
    );
}
