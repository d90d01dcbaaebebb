"""`egressc krm`, run by kustomize."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Dict, List

import pytest
import yaml
from conftest import MORE, Workspace, egressc

EXAMPLE = "integrations/gitops/kustomize"


@pytest.fixture
def build(workspace: Workspace) -> Workspace:
    # kustomize finds the function on the PATH, as its configuration says.
    tools = workspace.root / "tools"
    tools.mkdir()
    (tools / "egressc").symlink_to(os.environ["EGRESSC"])
    workspace.environment["PATH"] = f"{tools}:{os.environ['PATH']}"
    return workspace


def kustomize(workspace: Workspace, status: int = 0) -> "subprocess.CompletedProcess[str]":
    arguments = [os.environ["KUSTOMIZE"], "build", "--enable-alpha-plugins", "--enable-exec", EXAMPLE]
    return workspace.run(*arguments, status=status)


def objects(text: str) -> List[Any]:
    return [document for document in yaml.safe_load_all(text) if document]


def by_name(documents: List[Any]) -> Dict[str, Any]:
    for document in documents:
        document["metadata"]["annotations"].pop("config.kubernetes.io/origin", None)
    return {json.dumps([d["kind"], d["metadata"]["namespace"], d["metadata"]["name"]]): d for d in documents}


def test_what_comes_out_is_what_the_compiler_makes(build: Workspace) -> None:
    compiled = json.loads(egressc(build, "compile", "--format", "json", "examples/combined"))["items"]
    assert by_name(objects(kustomize(build).stdout)) == by_name(compiled)


def test_other_objects_pass_and_are_not_touched(build: Workspace) -> None:
    folder = build.root / EXAMPLE
    (folder / "map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b, annotations: {}}\n"
        'data: {on: "yes", size: "0777", text: "two\\nlines\\n"}\n'
    )
    shutil.copy(folder / "kustomization.yaml", folder / "before.yaml")
    (folder / "kustomization.yaml").write_text(
        (folder / "before.yaml").read_text().replace("- policy.yaml\n", "- policy.yaml\n- map.yaml\n")
    )
    found = by_name(objects(kustomize(build).stdout))
    assert found['["ConfigMap", "b", "a"]']["data"] == {"on": "yes", "size": "0777", "text": "two\nlines\n"}


def test_what_a_build_wrote_may_be_built_again(build: Workspace) -> None:
    folder = build.root / EXAMPLE
    first = kustomize(build).stdout
    (folder / "generated.yaml").write_text(first)
    settings = folder / "kustomization.yaml"
    settings.write_text(settings.read_text().replace("- policy.yaml\n", "- policy.yaml\n- generated.yaml\n"))
    assert by_name(objects(kustomize(build).stdout)) == by_name(objects(first))
    # And is replaced by what the policy says now.
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text() + MORE)
    assert len(objects(kustomize(build).stdout)) > len(objects(first))


def test_a_refused_policy_fails_the_build_with_code_file_and_field(build: Workspace) -> None:
    policy = build.root / EXAMPLE / "policy.yaml"
    policy.write_text(policy.read_text().replace("- httpbin.org", '- "*.httpbin.org"'))
    failed = kustomize(build, status=1)
    assert failed.stdout == ""
    assert (
        "error: policy.yaml: ASMEgressTrafficPolicy istio-egress/egress-by-egressgateway-a: "
        "spec.egressRules[0].to[0].hosts[1]: EGR0422: wildcard host `*.httpbin.org`" in failed.stderr
    ), failed.stderr


def test_a_configuration_of_an_unknown_kind_fails_the_build(build: Workspace) -> None:
    mesh = build.root / EXAMPLE / "mesh.yaml"
    mesh.write_text(mesh.read_text().replace("kind: MeshEnvironment", "kind: Mesh"))
    assert "EGR0207" in kustomize(build, status=1).stderr
