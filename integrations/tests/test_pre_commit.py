"""The hook of this repository, run by pre-commit in another one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, Workspace, words

IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]


def commit(workspace: Workspace, where: str) -> str:
    workspace.run("git", "add", "-A", where=where)
    workspace.run("git", *IDENTITY, "commit", "-q", "--no-verify", "-m", "x", where=where)
    return workspace.run("git", "rev-parse", "HEAD", where=where).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/egressc").symlink_to(os.environ["EGRESSC"])
    workspace.environment.update(
        PATH=f"{tmp_path}/tools:{os.environ['PATH']}",
        PRE_COMMIT_HOME=str(tmp_path / "cache"),
        # The user's own settings and hooks are not ours to run.
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1",
    )
    for name in ["egressc", "work"]:
        workspace.run("git", "init", "-q", name)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", tmp_path / "egressc")
    revision = commit(workspace, "egressc")
    shutil.copytree(ROOT / "examples", tmp_path / "work/examples")
    (tmp_path / "work/.pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {tmp_path}/egressc\n  rev: {revision}\n  hooks:\n"
        "  - id: egressc-check\n    args: [examples/combined]\n    files: ^examples/combined/\n"
    )
    commit(workspace, "work")
    workspace.run("pre-commit", "install", where="work")
    return workspace


def attempt(workspace: Workspace, file: str, old: str, new: str, status: int) -> str:
    path = workspace.root / "work" / file
    path.write_text(path.read_text().replace(old, new))
    workspace.run("git", "add", "-A", where="work")
    done = workspace.run("git", *IDENTITY, "commit", "-q", "-m", "x", where="work", status=status)
    return words(done.stdout + done.stderr)


def test_a_good_policy_is_committed(repository: Workspace) -> None:
    said = attempt(repository, "examples/combined/policy.yaml", "app: sleep-a", "app: sleep-b", 0)
    assert "egressc check" in said and "Passed" in said


def test_a_refused_policy_is_not(repository: Workspace) -> None:
    said = attempt(repository, "examples/combined/policy.yaml", "- httpbin.org", '- "*.httpbin.org"', 1)
    assert "Failed" in said and "error[EGR0422]" in said
    assert "--> examples/combined/policy.yaml:18:9" in said


def test_the_whole_set_is_checked_when_one_file_changes(repository: Workspace) -> None:
    said = attempt(repository, "examples/combined/mesh.yaml", "    - {port: 444, targetPort: 444, class: tls}\n", "", 1)
    assert "--> examples/combined/policy.yaml:" in said


def test_other_files_are_not_its_matter(repository: Workspace) -> None:
    assert "no files to check" in attempt(repository, "examples/tcp/policy.yaml", "kind: ", "kind: [", 0)
