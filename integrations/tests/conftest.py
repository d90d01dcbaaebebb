"""Copies of the integrations to work in, and the tools they are for."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Optional, Sequence

import pytest

ROOT = Path(__file__).resolve().parents[2]

# One more rule: another client, and a host that was there already beside one that was not.
MORE = """\
  - from:
    - namespace: mytest
      workloadSelector:
        app: sleep-b
    to:
    - name: api
      hosts:
      - api.example.com
      port:
        name: https
        number: 443
        protocol: HTTPS
      byEgressGateway:
        port: 444
"""


@dataclass
class Workspace:
    """The examples and the integrations, as they lie in the repository."""

    root: Path
    environment: Dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> Path:
        return self.root / "examples/combined/policy.yaml"

    def add_rule(self) -> None:
        self.policy.write_text(self.policy.read_text() + MORE)

    def break_policy(self) -> int:
        """Writes a wildcard host; the line it is on."""
        lines = self.policy.read_text().splitlines()
        line = lines.index("      - httpbin.org")
        lines[line] = '      - "*.httpbin.org"'
        self.policy.write_text("\n".join(lines) + "\n")
        return line + 1

    def run(
        self, *command: str, where: str = ".", status: Optional[int] = 0, stdin: Optional[str] = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.root / where,
            env={**os.environ, **self.environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if status is not None:
            assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for folder in ["examples", "integrations"]:
        ignore = shutil.ignore_patterns("__pycache__", ".terraform*", "terraform.tfstate*")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    return Workspace(tmp_path)


def words(text: str) -> str:
    """Without the frames and line breaks that tools put into long messages."""
    return " ".join(text.replace("│", " ").split())


def egressc(workspace: Workspace, *arguments: str) -> str:
    return workspace.run(os.environ["EGRESSC"], *arguments).stdout
