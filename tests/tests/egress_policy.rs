//! `EgressPolicy` is `ASMEgressTrafficPolicy` with another name, as long as it has no more fields.

use std::fs;

use egressc_core::api::{CompileRequest, Source, compile};
use egressc_tests::{Outcome, root};

/// The objects of a compile as text, and the problems but for the conventions of ASM's names.
fn answer(policy: &str, mesh: &str) -> Outcome<(String, Vec<String>)> {
    let sources = vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", mesh)];
    let response = compile(&CompileRequest { sources, ..CompileRequest::default() })?;
    let problems = response.diagnostics.iter().map(|each| each.slug.clone());
    let problems = problems.filter(|slug| !["policy-name", "policy-namespace"].contains(&slug.as_str())).collect();
    Ok((serde_json::to_string(&response.resources)?, problems))
}

#[test]
fn the_kind_changes_nothing_else() -> Outcome<()> {
    let mut compared = 0_usize;
    for case in fs::read_dir(root().join("tests/mesh/cases"))? {
        let folder = case?.path();
        let (policy, mesh) = (folder.join("policy.yaml"), folder.join("mesh.yaml"));
        let (Ok(asm), Ok(mesh)) = (fs::read_to_string(policy), fs::read_to_string(mesh)) else { continue };
        let ours = asm
            .replace("istio.alibabacloud.com/v1beta1", "egressc.dev/v1alpha1")
            .replace("istio.alibabacloud.com/v1", "egressc.dev/v1alpha1")
            .replace("ASMEgressTrafficPolicy", "EgressPolicy");
        if asm == ours {
            continue;
        }
        assert_eq!(answer(&asm, &mesh)?, answer(&ours, &mesh)?, "{}", folder.display());
        compared = compared.saturating_add(1);
    }
    assert!(compared > 50, "only {compared} policies were compared");
    Ok(())
}
