//! What egressc compiles is checked as if somebody had written it by hand: it raises nothing.

use std::fs;

use egressc_core::api::{CheckRequest, CompileRequest, Format, Source, check, compile};
use egressc_tests::{Outcome, root};

/// The policies of a folder with its description of the mesh, by file.
fn sources(folder: &str) -> Outcome<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(root().join(folder))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            sources.push(Source::text(path.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

#[test]
fn our_own_output_raises_nothing() -> Outcome<()> {
    for folder in ["http", "https-passthrough", "https-upgrade", "tcp", "combined"] {
        let sources = sources(&format!("examples/{folder}"))?;
        let mesh = sources.iter().filter(|source| source.name.ends_with("mesh.yaml")).cloned();
        let mesh: Vec<Source> = mesh.collect();
        let compiled = compile(&CompileRequest { sources, format: Some(Format::Yaml), ..CompileRequest::default() })?;
        assert!(compiled.ok, "{folder}: {:?}", compiled.diagnostics);
        let resources = Source::text("resources.yaml", compiled.text.unwrap_or_default());
        let sources = mesh.into_iter().chain([resources]).collect();
        let response = check(&CheckRequest { sources, ..CheckRequest::default() })?;
        // No object of Istio keeps a workload without a sidecar from the outside: EGR0727 says so beside every gateway.
        let of_hand_written =
            response.diagnostics.iter().filter(|each| each.code.starts_with("EGR07") && each.code != "EGR0727");
        let said: Vec<String> =
            of_hand_written.map(|each| format!("{} {} {:?}", each.code, each.message, each.notes)).collect();
        assert!(response.ok && said.is_empty(), "{folder}: {said:#?}");
    }
    Ok(())
}
