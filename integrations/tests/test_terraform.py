"""The module, planned and applied by Terraform itself."""

from __future__ import annotations

import json
import os
from typing import Any, Dict

import pytest
from conftest import Workspace, egressc, words

EXAMPLE = "integrations/terraform/example"


class Terraform:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        provider = workspace.root / "provider"
        provider.mkdir()
        (provider / "terraform-provider-external").symlink_to(os.environ["TERRAFORM_PROVIDER_EXTERNAL"])
        settings = workspace.root / "terraform.rc"
        settings.write_text(
            f'provider_installation {{\n  dev_overrides {{ "hashicorp/external" = "{provider}" }}\n  direct {{}}\n}}\n'
        )
        workspace.environment.update(TF_CLI_CONFIG_FILE=str(settings), CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
        self.run("get")

    def run(self, *arguments: str, status: int = 0) -> str:
        done = self.workspace.run(os.environ["TERRAFORM"], *arguments, where=EXAMPLE, status=status)
        return done.stdout + done.stderr

    def refused(self) -> str:
        return words(self.run("plan", "-no-color", "-input=false", status=1))

    def plan(self) -> Dict[str, Any]:
        self.run("plan", "-no-color", "-input=false", "-out=plan")
        plan: Dict[str, Any] = json.loads(self.workspace.run(
            os.environ["TERRAFORM"], "show", "-json", "plan", where=EXAMPLE).stdout)
        return plan

    def changes(self) -> Dict[str, str]:
        """Each manifest that the plan changes, and how."""
        changes = self.plan()["resource_changes"]
        return {
            change["index"]: "/".join(change["change"]["actions"])
            for change in changes
            if change["type"] == "terraform_data" and change["change"]["actions"] != ["no-op"]
        }


@pytest.fixture
def terraform(workspace: Workspace) -> Terraform:
    return Terraform(workspace)


def compiled(workspace: Workspace) -> Dict[str, Any]:
    listed = json.loads(egressc(workspace, "compile", "--format", "json", "examples/combined"))["items"]
    return {"/".join([o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]]): o for o in listed}


def test_the_plan_creates_what_the_compiler_makes(terraform: Terraform) -> None:
    resources = compiled(terraform.workspace)
    plan = terraform.plan()
    planned = {r["index"]: r["values"]["input"] for r in plan["planned_values"]["root_module"]["resources"]}
    assert planned == resources


def test_a_rule_more_creates_its_own_and_replaces_nothing(terraform: Terraform) -> None:
    before = compiled(terraform.workspace)
    terraform.run("apply", "-auto-approve", "-input=false")
    assert terraform.changes() == {}
    terraform.workspace.add_rule()
    after = compiled(terraform.workspace)
    changes = terraform.changes()
    assert {key for key, action in changes.items() if action == "create"} == set(after) - set(before)
    shared = {key for key in before if before[key] != after[key]}
    assert {key for key, action in changes.items() if action == "update"} == shared
    assert set(changes.values()) == {"create", "update"}
    # Nobody else's: the new objects are about the new host, and what is shared is about its gateway and client.
    assert all("api-example-com" in key for key in set(after) - set(before))
    assert shared == {key for key in before if key.startswith("DestinationRule/") and "egressgateway-a-mytest" in key}


def test_a_rule_less_deletes_its_own_alone(terraform: Terraform) -> None:
    policy = terraform.workspace.policy.read_text()
    before = compiled(terraform.workspace)
    terraform.workspace.add_rule()
    more = compiled(terraform.workspace)
    terraform.run("apply", "-auto-approve", "-input=false")
    terraform.workspace.policy.write_text(policy)
    changes = terraform.changes()
    assert {key for key, action in changes.items() if action == "delete"} == set(more) - set(before)
    assert set(changes.values()) == {"delete", "update"}


def test_a_refused_policy_stops_the_plan_with_code_file_and_line(terraform: Terraform) -> None:
    line = terraform.workspace.break_policy()
    output = terraform.refused()
    assert "Error: External Program Execution Failed" in output
    assert "error[EGR0422]: wildcard host `*.httpbin.org` cannot be limited to one destination" in output
    assert f"--> ../../../examples/combined/policy.yaml:{line}:9" in output


def test_bad_yaml_stops_the_plan_with_code_file_and_line(terraform: Terraform) -> None:
    terraform.workspace.policy.write_text("kind: [\n")
    output = terraform.refused()
    assert "error[EGR0101]" in output
    assert "--> ../../../examples/combined/policy.yaml:1:7" in output


def test_a_missing_file_stops_the_plan(terraform: Terraform) -> None:
    terraform.workspace.policy.parent.joinpath("policy.yaml").unlink()
    terraform.workspace.policy.symlink_to("nowhere")
    assert "policy.yaml: this is not a file, or a broken symbolic link" in terraform.refused()
    terraform.workspace.environment["TF_VAR_paths"] = '["missing.yaml"]'
    assert "missing.yaml: No such file or directory" in terraform.refused()


def test_warnings_are_shown_in_the_plan_and_do_not_stop_it(terraform: Terraform) -> None:
    terraform.workspace.environment["TF_VAR_paths"] = '["../../../examples/tcp"]'
    output = words(terraform.run("plan", "-no-color", "-input=false"))
    assert "Warning: Check block assertion failed" in output
    assert "warning[EGR0433]: TCP without an address matches all traffic of port 443 in namespace `mytest`" in output


def test_documents_are_named_in_messages(terraform: Terraform) -> None:
    main = terraform.workspace.root / EXAMPLE / "main.tf"
    text = main.read_text().replace("  paths  = var.paths\n", '  documents = { "inline policy" = "kind: [" }\n')
    main.write_text(text)
    assert "--> inline policy:1:7" in terraform.refused()
