"""Runs the compiler under test as its users do: files in, a YAML stream out."""
import os
import subprocess

import yaml

from .case import Loader

DEFAULT = "target/debug/egressc"
EVALUATOR = "target/debug/outcomes"


class CompileError(Exception):
    """The compiler refused the case."""


def binary(repository):
    return os.environ.get("EGRESSC") or str(repository / DEFAULT)


def evaluator(repository):
    return os.environ.get("EGRESSC_OUTCOMES") or str(repository / EVALUATOR)


def compile_case(case, program):
    """The Istio objects for a case, in the compiler's order."""
    if case.resources is not None:
        return case.resources
    if not case.policies:
        return []
    files = [case.folder / name for name in ("policy.yaml", "mesh.yaml", "extra.yaml")]
    done = subprocess.run([program, "compile", *(str(file) for file in files if file.exists())],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise CompileError(f"egressc compile: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return [document for document in yaml.load_all(done.stdout, Loader=Loader) if document]
