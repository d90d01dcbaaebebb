"""The script and the steps of the recipes, over real revisions."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import MORE, ROOT, Workspace

SCRIPT = str(ROOT / "integrations/ci/egress-diff.sh")
IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]


@pytest.fixture
def repository(tmp_path: Path) -> Workspace:
    """A repository with the policy, on whose HEAD one rule more stands."""
    workspace = Workspace(tmp_path / "work")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/egressc").symlink_to(os.environ["EGRESSC"])
    workspace.environment.update(
        PATH=f"{tmp_path}/tools:{os.environ['PATH']}", GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1"
    )
    shutil.copytree(ROOT / "examples/combined", tmp_path / "work/policies")
    workspace.run("git", "init", "-q", "-b", "main")
    for place in [".github/workflows", "ci"]:
        (workspace.root / place).mkdir(parents=True)
        shutil.copy(SCRIPT, workspace.root / place)
    commit(workspace)
    policy = workspace.root / "policies/policy.yaml"
    policy.write_text(policy.read_text() + MORE)
    commit(workspace)
    return workspace


def commit(workspace: Workspace) -> str:
    workspace.run("git", "add", "-A")
    workspace.run("git", *IDENTITY, "commit", "-q", "-m", "x")
    return workspace.run("git", "rev-parse", "HEAD").stdout.strip()


def test_what_a_rule_opens_is_shown(repository: Workspace) -> None:
    shown = repository.run(SCRIPT, "HEAD~1", "HEAD", "policies").stdout
    assert "api.example.com" in shown and "app=sleep-b" in shown
    # httpbin was open before.
    assert "httpbin.org" not in shown.split("<details>")[0], shown


def test_it_fails_when_asked_to(repository: Workspace) -> None:
    wider = repository.run(SCRIPT, "HEAD~1", "HEAD", "policies", "--", "--fail-on", "widened", status=1)
    assert "api.example.com" in wider.stdout and "--fail-on widened" in wider.stderr
    repository.run(SCRIPT, "HEAD", "HEAD~1", "policies", "--", "--fail-on", "widened")


def test_what_the_base_did_meanwhile_is_not_the_change(repository: Workspace) -> None:
    repository.run("git", "checkout", "-q", "-b", "change", "HEAD~1")
    (repository.root / "notes").write_text("x")
    commit(repository)
    repository.run(SCRIPT, "main", "change", "policies", "--", "--fail-on", "any")


def test_a_change_cannot_hide_a_policy(repository: Workspace) -> None:
    (repository.root / ".gitattributes").write_text("policies/* export-ignore\n")
    commit(repository)
    repository.run(SCRIPT, "HEAD~2", "HEAD", "policies", "--", "--fail-on", "widened", status=1)


def test_a_link_shows_nothing_of_the_machine(repository: Workspace) -> None:
    secret = repository.root.parent / "secret"
    secret.write_text("token: hunter2\n")
    (repository.root / "policies/x.yaml").symlink_to(secret)
    commit(repository)
    refused = repository.run(SCRIPT, "HEAD~1", "HEAD", "policies", status=1)
    assert "error[EGR0" in refused.stderr and "hunter2" not in refused.stdout + refused.stderr


def test_a_refused_policy_names_code_file_and_line(repository: Workspace) -> None:
    policy = repository.root / "policies/policy.yaml"
    policy.write_text(policy.read_text().replace("- httpbin.org", '- "*.httpbin.org"'))
    commit(repository)
    refused = repository.run(SCRIPT, "HEAD~1", "HEAD", "policies", status=1)
    assert "error[EGR0422]" in refused.stderr and "--> head/policies/policy.yaml:18:9" in refused.stderr


def test_wrong_calls(repository: Workspace) -> None:
    for arguments, says in [
        (["HEAD", "HEAD"], "usage"),
        (["nowhere", "HEAD", "policies"], "no revision nowhere"),
        (["HEAD", "--all", "policies"], "no revision --all"),
        (["HEAD~1", "HEAD", "polices"], "polices is in neither revision"),
    ]:
        assert says in repository.run(SCRIPT, *arguments, status=2).stderr


def steps(name: str) -> Any:
    return yaml.safe_load((ROOT / "integrations/ci" / name).read_text())


@pytest.mark.parametrize(("fail_on", "status"), [("", 0), ("widened", 1)])
def test_the_step_of_github(repository: Workspace, fail_on: str, status: int) -> None:
    step = next(step for step in steps("github.yml")["jobs"]["diff"]["steps"] if step.get("name") == "Compare")
    temporary = repository.root.parent / "runner"
    temporary.mkdir()
    base = repository.run("git", "rev-parse", "HEAD~1").stdout.strip()
    head = repository.run("git", "rev-parse", "HEAD").stdout.strip()
    values = {"BASE": base, "HEAD": head, "PATHS": "policies", "FAIL_ON": fail_on}
    assert set(step["env"]) == set(values)
    repository.environment.update(values, RUNNER_TEMP=str(temporary), GITHUB_STEP_SUMMARY=str(temporary / "summary"))
    # As GitHub starts `shell: bash`.
    repository.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], status=status)
    assert "api.example.com" in (temporary / "summary").read_text()


@pytest.mark.parametrize(("fail_on", "status"), [("", 0), ("widened", 1)])
def test_the_script_of_gitlab(repository: Workspace, fail_on: str, status: int) -> None:
    job = steps("gitlab.yml")["egress-diff"]
    base = repository.run("git", "rev-parse", "HEAD~1").stdout.strip()
    head = repository.run("git", "rev-parse", "HEAD").stdout.strip()
    repository.environment.update(
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_COMMIT_SHA=head, EGRESS_PATHS="policies", EGRESS_FAIL_ON=fail_on
    )
    assert {"EGRESS_PATHS", "EGRESS_FAIL_ON"} < set(job["variables"])
    done = repository.run("bash", "-eo", "pipefail", "-c", "\n".join(job["script"]), status=status)
    assert "api.example.com" in done.stdout


@pytest.fixture
def pins(repository: Workspace) -> Path:
    """A Python of its own, and a commit that pins the wheel by its hash."""
    wheel = Path(os.environ["WHEEL"])
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for place in [".github", "ci"]:
        (repository.root / place / "egressc.txt").write_text(f"egressc @ {wheel.as_uri()} --hash=sha256:{digest}\n")
    commit(repository)
    venv.create(repository.root.parent / "venv", with_pip=True)
    path = f"{repository.root.parent}/venv/bin:{os.environ['PATH']}"
    repository.environment.update(PATH=path, RUNNER_TEMP=str(repository.root.parent))
    return repository.root.parent / "venv/bin/egressc"


def installing(repository: Workspace, name: str) -> str:
    """The steps of a recipe that install the program, as one script."""
    recipe = steps(name)
    base = repository.run("git", "rev-parse", "HEAD").stdout.strip()
    repository.environment.update(BASE=base, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    if "jobs" not in recipe:
        (job,) = recipe.values()
        return "\n".join(job["before_script"])
    (job,) = recipe["jobs"].values()
    return str(next(step["run"] for step in job["steps"] if step.get("name") == "Install"))


RECIPES = ["github.yml", "github-check.yml", "gitlab.yml", "gitlab-check.yml"]


def test_recipes_install_the_wheel_that_is_pinned(repository: Workspace, pins: Path) -> None:
    for name in RECIPES:
        pins.unlink(missing_ok=True)
        # pip leaves alone what is there already.
        repository.run("python", "-m", "pip", "uninstall", "-q", "-y", "egressc")
        repository.run("bash", "-eo", "pipefail", "-c", installing(repository, name))
        assert pins.exists(), name


def test_recipes_that_compare_install_what_the_base_pins(repository: Workspace, pins: Path) -> None:
    for place in [".github", "ci"]:
        file = repository.root / place / "egressc.txt"
        file.write_text(file.read_text()[:-5] + "0000\n")
    for name in ["github.yml", "gitlab.yml"]:
        repository.run("bash", "-eo", "pipefail", "-c", installing(repository, name))
    # Not the one that checks what is there.
    repository.run("python", "-m", "pip", "uninstall", "-q", "-y", "egressc")
    for name in ["github-check.yml", "gitlab-check.yml"]:
        refused = repository.run("bash", "-eo", "pipefail", "-c", installing(repository, name), status=1)
        assert "DO NOT MATCH THE HASHES" in refused.stderr, refused.stderr
    assert not pins.exists()


def test_nothing_installs_a_name_that_is_not_ours() -> None:
    """Nobody has published egressc, and whoever takes the name first would run where it is installed."""
    installs = re.compile(r"(pip|npm|pipx|uv)3? (install|i|add) (-\S+ )*['\"]?egressc\b(?!-)")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    named = [name for name in listed.splitlines() if name.endswith((".md", ".yml", ".yaml", ".sh", ".tf", ".txt"))]
    found = [name for name in named if installs.search((ROOT / name).read_text(errors="replace"))]
    assert found == []


GH = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in *--paginate*) cat "$FOUND" ;; esac
"""

CURL = """#!/bin/sh
echo "$*" >> "$CALLS"
for last; do :; done
case "$last" in
*/user) echo '{"id": 7}' ;;
*page=1) cat "$FOUND" ;;
*page=2) echo '[{"id": 12, "author": {"id": 7}, "body": "'"$(head -n 1 note.md)"' old"}]' ;;
esac
"""


def program(repository: Workspace, name: str, text: str, found: str) -> Path:
    folder = repository.root.parent / "programs"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    (folder / "found").write_text(found)
    calls = folder / "calls"
    calls.write_text("")
    path = f"{folder}:{repository.environment['PATH']}"
    repository.environment.update(PATH=path, CALLS=str(calls), FOUND=str(folder / "found"))
    return calls


@pytest.mark.parametrize(("found", "call"), [("", "--method POST comments "), ("41\n42\n", "--method PATCH comment/41 ")])
def test_the_comment_of_github_is_its_own(repository: Workspace, found: str, call: str) -> None:
    step = next(step for step in steps("github.yml")["jobs"]["diff"]["steps"] if step.get("name") == "Comment")
    assert set(step["env"]) == {"GH_TOKEN", "COMMENTS", "COMMENT", "PATHS"}
    temporary = repository.root.parent / "runner"
    temporary.mkdir()
    (temporary / "egress.md").write_text("### Egress\n")
    calls = program(repository, "gh", GH, found)
    repository.environment.update(COMMENTS="comments", COMMENT="comment", PATHS="a b", RUNNER_TEMP=str(temporary))
    repository.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
    mark, _, text = (temporary / "comment.md").read_text().partition("\n")
    assert mark.startswith("<!-- egressc diff ") and mark.endswith(" -->") and text == "### Egress\n"
    asked, written = calls.read_text().splitlines()
    assert mark in asked and "github-actions[bot]" in asked
    assert call in written and f"body=@{temporary}/comment.md" in written


@pytest.mark.parametrize("is_known", [False, True])
def test_the_note_of_gitlab_is_its_own(repository: Workspace, is_known: bool) -> None:
    job = steps("gitlab.yml")["egress-diff"]
    base = repository.run("git", "rev-parse", "HEAD~1").stdout.strip()
    head = repository.run("git", "rev-parse", "HEAD").stdout.strip()
    # A page of notes of others, so that the next one is asked for.
    others = [{"id": at, "author": {"id": 8}, "body": "hello"} for at in range(100 if is_known else 3)]
    calls = program(repository, "curl", CURL, json.dumps(others))
    repository.environment.update(
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_COMMIT_SHA=head, EGRESS_PATHS="policies", EGRESS_FAIL_ON="",
        EGRESS_TOKEN="t", CI_API_V4_URL="api", CI_PROJECT_ID="1", CI_MERGE_REQUEST_IID="2",
    )  # fmt: skip
    repository.run("bash", "-eo", "pipefail", "-c", "\n".join(job["script"]))
    written = calls.read_text().splitlines()[-1]
    assert "body=<note.md" in written
    assert written.endswith("/notes/12" if is_known else "/notes"), written


def test_the_plugin_of_argo_cd(repository: Workspace) -> None:
    plugin = yaml.safe_load((ROOT / "integrations/gitops/argocd/plugin.yaml").read_text())
    assert plugin["kind"] == "ConfigManagementPlugin"
    command = plugin["spec"]["generate"]["command"]
    made = repository.run("bash", "-c", 'cd policies && "$@"', "-", *command)
    kinds = {document["kind"] for document in yaml.safe_load_all(made.stdout)}
    assert {"AuthorizationPolicy", "VirtualService"} <= kinds and made.stderr == ""
    policy = repository.root / "policies/policy.yaml"
    policy.write_text(policy.read_text().replace(*WILDCARD))
    refused = repository.run("bash", "-c", 'cd policies && "$@"', "-", *command, status=1)
    assert refused.stdout == "" and "error[EGR0422]" in refused.stderr


WILDCARD = ("- httpbin.org", '- "*.httpbin.org"')
ELSEWHERE = ("namespace: istio-egress", "namespace: elsewhere")


@pytest.mark.parametrize(
    ("change", "fail_on", "ignore", "status", "codes"),
    [
        (None, "error", "", 0, []),
        # The host is in two rules.
        (WILDCARD, "error", "", 1, ["EGR0422", "EGR0422"]),
        (ELSEWHERE, "error", "", 0, ["EGR0402"]),
        (ELSEWHERE, "warning", "", 1, ["EGR0402"]),
        (ELSEWHERE, "warning", "EGR0402,EGR06", 0, []),
    ],
)
def test_both_recipes_report_what_is_wrong(
    repository: Workspace, change: Any, fail_on: str, ignore: str, status: int, codes: list[str]
) -> None:
    policy = repository.root / "policies/policy.yaml"
    if change:
        policy.write_text(policy.read_text().replace(*change))
    done = github_check(repository, fail_on, ignore, status)
    report = Path((repository.root.parent / "runner/output").read_text().strip().removeprefix("report="))
    run = json.loads(report.read_text())["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == codes
    annotations = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert len(annotations) == len(codes)
    assert all("file=policies/policy.yaml,line=" in line for line in annotations)

    job = yaml.safe_load((ROOT / "integrations/ci/gitlab-check.yml").read_text())["egress-check"]
    repository.environment.update(EGRESS_PATHS="policies", EGRESS_FAIL_ON=fail_on, EGRESS_IGNORE=ignore)
    assert {"EGRESS_PATHS", "EGRESS_FAIL_ON", "EGRESS_IGNORE"} == set(job["variables"])
    done = repository.run("bash", "-eo", "pipefail", "-c", "\n".join(job["script"]), status=status)
    reports = job["artifacts"]["reports"]
    issues = json.loads((repository.root / reports["codequality"]).read_text())
    assert [issue["check_name"].split()[0] for issue in issues] == codes
    assert "<testsuites " in (repository.root / reports["junit"]).read_text()
    assert all(f"[{code}]" in done.stdout for code in codes)


def github_check(repository: Workspace, fail_on: str, ignore: str, status: int) -> Any:
    step = next(step for step in steps("github-check.yml")["jobs"]["check"]["steps"] if step.get("id") == "check")
    temporary = repository.root.parent / "runner"
    temporary.mkdir()
    values = {"PATHS": "policies", "FAIL_ON": fail_on, "IGNORE": ignore}
    assert set(step["env"]) == set(values)
    repository.environment.update(values, RUNNER_TEMP=str(temporary), GITHUB_OUTPUT=str(temporary / "output"))
    return repository.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], status=status)


def test_a_check_that_cannot_be_made_leaves_no_report(repository: Workspace) -> None:
    done = github_check(repository, "error", "EGR0422", 2)
    assert "`EGR0422` cannot be ignored" in done.stderr
    assert not (repository.root.parent / "runner/output").exists()
