//! How time grows with rules: `cargo bench -p egressc-tests --bench scale`.
//!
//! Prints the best of some runs for 1,000 and 10,000 rules and their ratio, which is 10 when time is linear in rules;
//! and how long a whole compile takes against only parsing its input and writing its output.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use egressc_core::api::{CompileRequest, DiffRequest, Format, ReachRequest, Source, compile, diff, reach};
use egressc_core::stages::diagnostic::Report;
use egressc_core::stages::emit;
use egressc_core::stages::source::SourceMap;
use egressc_core::stages::syntax::{Limits, parse};
use egressc_tests::Outcome;
use mimalloc::MiMalloc;

#[macro_use]
#[path = "../../core/tests/api/fixtures.rs"]
mod fixtures;

/// The command line's, since that is what most people wait for.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const SIZES: [usize; 2] = [1_000, 10_000];

const MESH: &str =
    mesh!("egressgateway-a", "{port: 80, targetPort: 8080, class: http}", "{port: 443, targetPort: 8443, class: tls}");

/// Rules that each let one workload reach one host, by HTTPS or by HTTP that is upgraded.
fn policy(rules: usize) -> String {
    let mut text = policy!("egressgateway-a").to_owned();
    for rule in 0..rules {
        let port = if rule % 2 == 0 {
            "      port: {name: https, number: 443, protocol: HTTPS}\n"
        } else {
            "      port: {name: http, number: 80, protocol: HTTP}\n      httpsUpgrade: {enabled: true, port: 443}\n"
        };
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "  - name: rule-{rule}\n    from:\n    - namespace: team-{}\n      workloadSelector: {{app: app-{rule}}}\n    to:\n    - hosts: [host-{rule}.example.org]\n{port}",
            rule % 100
        );
    }
    text
}

fn sources(rules: usize) -> Vec<Source> {
    vec![Source::text("mesh.yaml", MESH), Source::text("policy.yaml", policy(rules))]
}

/// The best of some runs: what the work takes when nothing else is in its way.
fn best(runs: usize, mut work: impl FnMut() -> Outcome<()>) -> Outcome<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn main() -> Outcome<()> {
    let mut out = std::io::stdout();
    let mut times: Vec<[Duration; 5]> = Vec::new();
    for rules in SIZES {
        let runs = if rules > 1_000 { 3 } else { 10 };
        let request =
            CompileRequest { sources: sources(rules), format: Some(Format::Yaml), ..CompileRequest::default() };
        let compiled = compile(&request)?;
        if !compiled.ok {
            return Err(format!("{:#?}", compiled.diagnostics.first()).into());
        }
        let parsing = best(runs, || {
            let (mut map, mut report) = (SourceMap::default(), Report::default());
            for (name, text) in [("mesh.yaml", MESH.to_owned()), ("policy.yaml", policy(rules))] {
                let id = map.add(name, text);
                black_box(parse(&map, id, &Limits::DEFAULT, &mut report));
            }
            Ok(())
        })?;
        let writing = best(runs, || {
            black_box(emit::yaml(&compiled.resources)?);
            Ok(())
        })?;
        let whole = best(runs, || {
            black_box(compile(&request)?);
            Ok(())
        })?;
        let asking = best(runs, || {
            black_box(reach(&ReachRequest { sources: sources(rules), ..ReachRequest::default() })?);
            Ok(())
        })?;
        let comparing = best(runs, || {
            let request = DiffRequest {
                before: sources(rules.saturating_sub(rules.div_euclid(100))),
                after: sources(rules),
                ..DiffRequest::default()
            };
            black_box(diff(&request)?);
            Ok(())
        })?;
        times.push([parsing, writing, whole, asking, comparing]);
        let ratio = whole.as_secs_f64() / parsing.saturating_add(writing).as_secs_f64();
        writeln!(
            out,
            "{rules} rules: compile takes {ratio:.2} times as long as parsing its input and writing its output"
        )?;
    }
    let [few, many] = times.as_slice() else { return Err("two sizes".into()) };
    writeln!(out, "{:<10} {:>12} {:>12} {:>7}", "", "1,000 rules", "10,000 rules", "ratio")?;
    let names = ["parse", "write", "compile", "reach", "diff"];
    for (name, (few, many)) in names.into_iter().zip(few.iter().zip(many)) {
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        writeln!(
            out,
            "{name:<10} {:>9.1} ms {:>9.1} ms {ratio:>7.1}",
            few.as_secs_f64() * 1e3,
            many.as_secs_f64() * 1e3
        )?;
    }
    Ok(())
}
