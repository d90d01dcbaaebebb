"""The collection, built, installed and played on this machine."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Dict

import pytest
import yaml
from conftest import ROOT, Workspace, egressc, words

COLLECTION = "integrations/ansible"
DEST = "build/istio"


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as users install it, and Ansible's own files apart from the user's."""
    root = tmp_path_factory.mktemp("ansible")
    workspace = Workspace(root)
    workspace.run("ansible-galaxy", "collection", "build", "--output-path", str(root), str(ROOT / COLLECTION))
    archive = next(root.glob("egressc-mesh-*.tar.gz"))
    workspace.environment["ANSIBLE_HOME"] = str(root / "home")
    workspace.run("ansible-galaxy", "collection", "install", "--offline", "-p", str(root), str(archive))
    return root


class Ansible:
    def __init__(self, workspace: Workspace, collections: Path) -> None:
        self.workspace = workspace
        workspace.environment.update(
            ANSIBLE_COLLECTIONS_PATH=str(collections),
            ANSIBLE_HOME=str(collections / "home"),
            ANSIBLE_LOCALHOST_WARNING="False",
            ANSIBLE_INVENTORY_UNPARSED_WARNING="False",
            ANSIBLE_NOCOLOR="1",
        )

    def example(self, *arguments: str, status: int = 0) -> str:
        return self.play(f"{COLLECTION}/example/playbook.yml", *arguments, status=status)

    def play(self, playbook: str, *arguments: str, status: int = 0) -> str:
        command = ["ansible-playbook", "-e", f"dest={self.workspace.root / DEST}", playbook, *arguments]
        return self.workspace.run(*command, status=status).stdout

    def tasks(self, *tasks: Dict[str, Any], status: int = 0) -> str:
        plays = [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]
        (self.workspace.root / "play.yml").write_text(yaml.safe_dump(plays))
        return self.play("play.yml", status=status)

    def written(self) -> Dict[str, str]:
        folder = self.workspace.root / DEST
        return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def ansible(workspace: Workspace, collections: Path) -> Ansible:
    return Ansible(workspace, collections)


def test_what_is_written_is_what_the_command_line_writes_and_the_second_time_nothing_changes(ansible: Ansible) -> None:
    assert "changed=1" in ansible.example()
    egressc(ansible.workspace, "compile", "examples/combined", "--output", "cli")
    written = ansible.written()
    expected = {path.name: path.read_text() for path in (ansible.workspace.root / "cli").iterdir()}
    del expected[".egressc"], written[".egressc"], written[".egressc-sources"]
    assert written == expected
    assert "changed=0" in ansible.example()
    # The command line knows the folder as its own.
    egressc(ansible.workspace, "compile", "examples/combined", "--output", DEST)
    assert "changed=1" in ansible.example()


def test_check_mode_says_what_would_change_and_changes_nothing(ansible: Ansible) -> None:
    assert "changed=1" in ansible.example("--check")
    assert ansible.written() == {}
    ansible.example()
    before = ansible.written()
    ansible.workspace.add_rule()
    assert "changed=1" in ansible.example("--check")
    assert ansible.written() == before


def test_diff_mode_shows_the_resources_that_change(ansible: Ansible) -> None:
    ansible.example()
    assert "+++" not in ansible.example("--diff")
    ansible.workspace.add_rule()
    lines = ansible.example("--check", "--diff").splitlines()
    assert any(line.startswith("+# serviceentry_istio-system_api-example-com-") for line in lines), lines
    assert any(line.startswith("+") and "- api.example.com" in line for line in lines), lines
    assert not any(line.startswith("-# ") for line in lines)


def test_diff_mode_shows_the_flows_that_are_gained_and_lost(ansible: Ansible) -> None:
    policy = ansible.workspace.policy.read_text()
    ansible.example()
    ansible.workspace.add_rule()
    shown = ansible.example("--diff")
    gained = [line for line in shown.splitlines() if line.startswith("gained: ")]
    assert gained and all("api.example.com" in line for line in gained), shown
    assert any("app=sleep-b" in line for line in gained), gained
    ansible.workspace.policy.write_text(policy)
    lost = [line for line in ansible.example("--diff").splitlines() if line.startswith("lost: ")]
    assert lost and all("api.example.com" in line for line in lost), lost


def test_a_rule_less_takes_its_files_away(ansible: Ansible) -> None:
    policy = ansible.workspace.policy.read_text()
    ansible.workspace.add_rule()
    ansible.example()
    assert any("api-example-com" in name for name in ansible.written())
    ansible.workspace.policy.write_text(policy)
    ansible.example()
    assert not any("api-example-com" in name for name in ansible.written())


def test_each_resource_goes_to_the_task_that_applies_it(ansible: Ansible) -> None:
    output = ansible.example()
    resources = json.loads(egressc(ansible.workspace, "compile", "--format", "json", "examples/combined"))["items"]
    handed = [line for line in output.splitlines() if line.startswith("ok: [localhost] => (item=")]
    names = [f"(item={r['kind']} {r['metadata']['namespace']}/{r['metadata']['name']})" for r in resources]
    assert [line.split(" => ")[1] for line in handed] == names


def test_a_refused_policy_fails_the_task_with_code_file_and_line(ansible: Ansible) -> None:
    ansible.example()
    before = ansible.written()
    line = ansible.workspace.break_policy()
    output = words(ansible.example(status=2))
    assert "error[EGR0422]: wildcard host `*.httpbin.org` cannot be limited to one destination" in output
    assert f"examples/combined/policy.yaml:{line}:9" in output
    assert '"code": "EGR0422"' in output
    assert ansible.written() == before


def test_bad_yaml_and_a_missing_file_fail_the_task(ansible: Ansible) -> None:
    ansible.workspace.policy.write_text("kind: [\n")
    output = words(ansible.example(status=2))
    assert "error[EGR0101]" in output and "policy.yaml:1:7" in output
    output = words(ansible.example("-e", '{"paths": ["missing.yaml"]}', status=2))
    assert "missing.yaml: No such file or directory" in output


def test_somebody_elses_folder_is_left_alone(ansible: Ansible) -> None:
    folder = ansible.workspace.root / DEST
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    assert "did not write: notes.txt" in words(ansible.example(status=2))
    assert ansible.written() == {"notes.txt": "mine"}
    shutil.rmtree(folder)
    folder.symlink_to(ansible.workspace.root / "examples")
    assert "symbolic link" in words(ansible.example(status=2))


def test_documents_of_a_playbook_are_checked(ansible: Ansible) -> None:
    policy = yaml.safe_load(ansible.workspace.policy.read_text())
    policy["metadata"]["namespace"] = "{{ space }}"
    check: Dict[str, Any] = {"documents": ["{{ policy }}"], "validate_only": True}
    variables = {"policy": policy, "space": "istio-egress"}
    output = ansible.tasks({"egressc.mesh.compile": check, "register": "it", "vars": variables},
                           {"ansible.builtin.debug": {"msg": "{{ it }}"}})
    assert '"severity": "note"' in output and '"code": "EGR' in output, output
    assert '"resources"' not in output and "changed=0" in output
    policy["spec"]["egressRules"][0]["to"][0]["hosts"] = ["*.httpbin.org"]
    output = words(ansible.tasks({"egressc.mesh.compile": check, "vars": variables}, status=2))
    assert "error[EGR0422]" in output and "documents[0]:" in output


def test_the_filter_gives_the_resources(ansible: Ansible) -> None:
    root = ansible.workspace.root
    files = [f"lookup('ansible.builtin.file', '{root}/examples/combined/{name}.yaml')" for name in ["policy", "mesh"]]
    # Text, and objects whose values are templates.
    for given in ["{policy} | egressc.mesh.egressc_compile({mesh})", "[{policy} | from_yaml, {mesh}] | egressc.mesh.egressc_compile"]:
        task = {"ansible.builtin.copy": {
            "content": "{{ " + given.format(policy=files[0], mesh=files[1]) + " | to_json }}", "dest": str(root / "out.json")}}
        ansible.tasks(task)
        items = json.loads(egressc(ansible.workspace, "compile", "--format", "json", "examples/combined"))["items"]
        assert json.loads((root / "out.json").read_text()) == items
    policy = yaml.safe_load(ansible.workspace.policy.read_text())
    policy["metadata"]["name"] = "{{ 'egress-by-' ~ gateway }}"
    task = {"ansible.builtin.debug": {"msg": "{{ (policy | egressc.mesh.egressc_compile)[0].metadata.annotations }}"},
            "vars": {"policy": policy, "gateway": "egressgateway-a"}}
    assert "istio-egress/egress-by-egressgateway-a: " in ansible.tasks(task)
    line = ansible.workspace.break_policy()
    bad = {"ansible.builtin.debug": {"msg": "{{ " + files[0] + " | egressc.mesh.egressc_compile }}"}}
    output = words(ansible.tasks(bad, status=2))
    assert "error[EGR0422]" in output and f"documents[0]:{line}:9" in output


def test_the_test_says_what_would_arrive(ansible: Ansible) -> None:
    root = ansible.workspace.root
    mesh = [f"{{{{ lookup('ansible.builtin.file', '{root}/examples/combined/{name}.yaml') }}}}" for name in ["policy", "mesh"]]

    def claim(that: str, status: int) -> str:
        return words(ansible.tasks({"ansible.builtin.assert": {"that": [that]}, "vars": {"mesh": mesh}}, status=status))

    selected, other = "'mytest,app=sleep-a -> https://www.httpbin.org'", "'mytest,app=other -> https://www.httpbin.org'"
    claim(f"mesh is egressc.mesh.egressc_allows({selected})", 0)
    claim(f"mesh is not egressc.mesh.egressc_allows({other})", 0)
    assert "Assertion failed" in claim(f"mesh is egressc.mesh.egressc_allows({other})", 2)
    assert "Assertion failed" in claim(f"mesh is not egressc.mesh.egressc_allows({selected})", 2)
    # A question that is not understood is neither.
    for wrong in ["'nonsense'", "'mytest -> https://'"]:
        for that in [f"mesh is egressc.mesh.egressc_allows({wrong})", f"mesh is not egressc.mesh.egressc_allows({wrong})"]:
            assert "Assertion failed" not in claim(that, 2)
    ansible.workspace.break_policy()
    assert "error[EGR0422]" in claim(f"mesh is egressc.mesh.egressc_allows({selected})", 2)


@pytest.mark.parametrize(("kind", "name"), [("module", "compile"), ("filter", "egressc_compile"), ("test", "egressc_allows")])
def test_documentation_builds(ansible: Ansible, kind: str, name: str) -> None:
    listed = ansible.workspace.run("ansible-doc", "--json", "-t", kind, f"egressc.mesh.{name}").stdout
    document = json.loads(listed)[f"egressc.mesh.{name}"]
    assert document["doc"]["short_description"] and document["examples"] and document["return"]
    assert "EXAMPLES" in ansible.workspace.run("ansible-doc", "-t", kind, f"egressc.mesh.{name}").stdout


def test_sanity(collections: Path) -> None:
    """All of ansible-test's own checks."""
    # ansible-test keeps what it installs in the home folder, and installs by a script that it downloads from a site of
    # its own; a script of that name in that folder is taken instead. Its pip sees the home folder, not the environment.
    home = Path(os.environ["ANSIBLE_TEST_HOME"])
    shim = home / ".ansible/test/cache/get_pip_24_2.py"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(
        "import ensurepip, os, subprocess, sys\n"
        "ensurepip.bootstrap()\n"
        # ensurepip turns settings off, for itself and what comes after it.
        "os.environ.pop('PIP_CONFIG_FILE', None)\n"
        "wanted = [word for word in sys.argv[1:] if not word.startswith('--no-')]\n"
        "sys.exit(subprocess.call([sys.executable, '-m', 'pip', 'install', 'pip==24.2', *wanted]))\n"
    )
    settings = [f"{k[4:].lower().replace('_', '-')} = {v}" for k, v in os.environ.items() if k.startswith("PIP_")]
    (home / ".config/pip").mkdir(parents=True, exist_ok=True)
    (home / ".config/pip/pip.conf").write_text("\n".join(["[global]", *settings, ""]))
    workspace = Workspace(collections, {"HOME": str(home)})
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    done = workspace.run(
        "ansible-test", "sanity", "--color", "no", "--python", python, where="ansible_collections/egressc/mesh"
    )
    said = done.stdout + done.stderr
    assert said.count("Running sanity test ") > 20, said
    assert "skipped" not in said.lower(), said
