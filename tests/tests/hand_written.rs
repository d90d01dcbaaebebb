//! What egressc compiles is checked as if somebody had written it by hand: it raises nothing.

use std::fs;

use egressc_core::api::{CheckRequest, CompileRequest, Format, Source, check, compile};
use egressc_tests::root;

/// The policies of a folder with its description of the mesh, by file.
fn sources(folder: &str) -> Vec<Source> {
    let folder = root().join(folder);
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let texts = names.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    texts.map(|path| Source::text(path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn our_own_output_raises_nothing() {
    for folder in ["http", "https-passthrough", "https-upgrade", "tcp", "combined"] {
        let mut request = CompileRequest::default();
        request.sources = sources(&format!("examples/{folder}"));
        request.format = Some(Format::Yaml);
        let compiled = compile(&request).unwrap();
        assert!(compiled.ok, "{folder}: {:?}", compiled.diagnostics);
        let mesh = request.sources.into_iter().filter(|source| source.name.ends_with("mesh.yaml"));
        let mut request = CheckRequest::default();
        request.sources = mesh.chain([Source::text("resources.yaml", compiled.text.unwrap())]).collect();
        let response = check(&request).unwrap();
        let said: Vec<String> = response
            .diagnostics
            .iter()
            .filter(|each| each.code.starts_with("EGR07"))
            .map(|each| format!("{} {} {:?}", each.code, each.message, each.notes))
            .collect();
        assert!(response.ok && said.is_empty(), "{folder}: {said:#?}");
    }
}
