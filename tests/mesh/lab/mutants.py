"""Wrong compilations on purpose: each is run against the case that must notice it.

A folder of YAML files; a file holds a list of mutants:
  name     what the mistake is
  case     the case that must notice
  edit     a list of edits on the compiled objects:
             where  which objects: {kind, namespace, name (patterns), has: path, is: {path: value}}
             drop   true: the whole object goes; or
             at     the path to what changes, with * for every entry of a list, and one of
                    set (a value), copy (from another path), delete (true), replace ({from, to}: within a text)
  harmless why no request can tell the difference; then none may, and the documentation says the same
  unproven why the compiler's own proof does not see it (tests/tests/mutants.rs)
"""
import copy
import fnmatch
from pathlib import Path

import yaml

from . import verdict
from .case import Loader
from .compiler import CompileError, compile_case
from .envoy import Rejected, Unsettled
from .istiod import Refused
from .judge import attempt, rows_of
from .steps import identity


class NothingToMutate(Exception):
    """The edit does not fit the compiler's output: a mutant that changes nothing proves nothing."""


class Unjudged(Exception):
    """What was noticed may be the machine's doing, and kills no mutant."""


def run_all(run, folder):
    for path in sorted(Path(folder).glob("*.yaml")):
        for mutant in yaml.load(path.read_text(), Loader=Loader):
            run_one(run, mutant)


def run_one(run, mutant):
    """One line per mutant, and one verdict: killed as it should be, or harmless as is claimed."""
    found = [case for case in run.cases if case.name == mutant["case"]]
    if not found:
        return
    try:
        noticed = first_difference(run, found[0], mutant)
    except (NothingToMutate, CompileError, Unjudged) as error:
        return run.tally.note(False, f"mutant {mutant['name']}", mutant["case"], "-", "a mutation that can be judged", error)
    harmless = mutant.get("harmless")
    wanted = f"harmless: {harmless}" if harmless else "killed"
    run.tally.note(bool(noticed) != bool(harmless), f"mutant {mutant['name']}", mutant["case"], "all requests", wanted,
                   f"killed by {noticed}" if noticed else "nobody noticed")


def first_difference(run, case, mutant):
    """What gives the mutant away; None when it passes for the real thing."""
    sound = compile_case(case, run.program)
    rows = rows_of(case, sound)
    wrong = mutate(sound, mutant["edit"])
    run.mesh.prepare(case)
    try:
        run.mesh.boot(wrong)
    except Unsettled as error:
        raise Unjudged(error) from error
    except (Refused, Rejected) as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
    for row in rows:
        problems, cells = attempt(run.mesh, f"mutant {mutant['name']}", row)
        if verdict.UNJUDGED in problems:
            raise Unjudged(" | ".join(cells))
        if problems:
            return " | ".join(cells)
    return None


def mutate(resources, edits):
    wrong = copy.deepcopy(resources)
    for edit in edits:
        before = copy.deepcopy(wrong)
        chosen = [thing for thing in wrong if matches(thing, edit["where"])]
        for thing in chosen:
            if edit.get("drop"):
                wrong = [other for other in wrong if other is not thing]
            else:
                change(thing, edit)
        if wrong == before:
            raise NothingToMutate(f"{edit} fits nothing in: {', '.join(map(identity, resources))}")
    return wrong


def matches(thing, where):
    told = {"kind": thing["kind"], "namespace": thing["metadata"].get("namespace", ""), "name": thing["metadata"]["name"]}
    return (all(fnmatch.fnmatch(told[key], pattern) for key, pattern in where.items() if key in told)
            and ("has" not in where or places(thing, where["has"]))
            and all(value in [node[key] for node, key in places(thing, path)] for path, value in where.get("is", {}).items()))


def places(root, path):
    """(container, key) of everything that a path leads to; what is not there is left out."""
    found = [({"": root}, "")]
    for word in path.split("."):
        nodes = [container[key] for container, key in found]
        found = []
        for node in nodes:
            if isinstance(node, list):
                found += [(node, index) for index in range(len(node)) if word in ("*", str(index))]
            elif isinstance(node, dict) and word in node:
                found.append((node, word))
    return found


def change(thing, edit):
    path = edit["at"]
    if "set" in edit or "copy" in edit:
        value = edit["set"] if "set" in edit else [node[key] for node, key in places(thing, edit["copy"])][0]
        parent, _, last = path.rpartition(".")
        for container, key in places(thing, parent):
            container[key][int(last) if isinstance(container[key], list) else last] = copy.deepcopy(value)
        return
    for container, key in reversed(places(thing, path)):
        if edit.get("delete"):
            del container[key]
        else:
            container[key] = container[key].replace(edit["replace"]["from"], edit["replace"]["to"])
