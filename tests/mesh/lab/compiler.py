"""Runs the compiler under test as its users do: files in, a YAML stream out."""
import json
import os
import subprocess

import yaml

from .case import Loader

DEFAULT = "target/debug/egressc"
EVALUATOR = "target/debug/outcomes"
GENERATOR = "target/debug/own_sets"


class CompileError(Exception):
    """The compiler refused the case."""


def binary(repository):
    return os.environ.get("EGRESSC") or str(repository / DEFAULT)


def evaluator(repository):
    return os.environ.get("EGRESSC_OUTCOMES") or str(repository / EVALUATOR)


def own_sets(repository, folder, sample, seed):
    """Cases of generated own objects, written by tests/src/bin/own_sets.rs."""
    program = os.environ.get("EGRESSC_OWN_SETS") or str(repository / GENERATOR)
    subprocess.run([program, "--emit", folder, "--sample", str(sample), "--seed", seed], check=True, stdout=subprocess.DEVNULL)


def compile_case(case, program):
    """The Istio objects for a case, in the compiler's order."""
    if case.resources is not None:
        return case.resources
    if not case.policies:
        return []
    regular = (case.folder / "regular.yaml").exists()
    names = ["policy.yaml", "regular.yaml" if regular else "mesh.yaml", *([] if case.refused or regular else ["extra.yaml"])]
    try:
        return compile_files(program, *(case.home / name for name in names))
    except CompileError:
        # That it should not be refused has been said by then; reality is asked all the same.
        if case.says is None or "extra.yaml" not in names:
            raise
        return compile_files(program, *(case.home / name for name in names[:-1]))


def compile_files(program, *files):
    done = subprocess.run([program, "compile", *(str(file) for file in files if file.exists())],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise CompileError(f"egressc compile: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return [document for document in yaml.load_all(done.stdout, Loader=Loader) if document]


def answer(program, *words):
    """What a call answers over JSON; a refusal is an answer."""
    done = subprocess.run([program, *map(str, words), "--format", "json"], capture_output=True, text=True)
    if done.returncode > 1:
        raise CompileError(f"egressc {words[0]}: exit {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)
