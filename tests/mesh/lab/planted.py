"""Faults of the evaluator on purpose: the sweep must find each one, and make what shows it small.

A fault stands between the sweep and the evaluator (Evaluator.ask). It hides from the evaluator what the sweep and Istio see, as if
the evaluator did not know a rule, or it changes one kind of answer. `python -m lab.planted --istiod PROGRAM` runs all.
"""
import argparse
import copy
import json
import sys

from . import compiler
from .agreement import Evaluator
from .istiod import MESH, Istiod
from .sweep import REPOSITORY, Sweep

MOST = 400  # configurations until a fault must have been found
SMALL = 6  # objects in what shows it: so many make a way through a gateway


class Planted:
    """An evaluator with a fault: `reads` changes what it is given, `says` each answer."""

    def __init__(self, evaluator, reads=None, says=None):
        self.evaluator, self.reads, self.says = evaluator, reads, says

    def ask(self, objects, documents, queries):
        if self.reads:
            objects, documents = self.reads(copy.deepcopy(objects), copy.deepcopy(documents))
        traces = self.evaluator.ask(objects, documents, queries)
        return [self.says(trace) for trace in traces] if self.says else traces


# What the evaluator may fail to read.

def without_fields(*names):
    """No object has these fields, wherever they stand."""
    def reads(objects, documents):
        for thing in objects:
            strip(thing.get("spec"), names)
        return objects, documents
    return reads


def strip(node, names):
    if isinstance(node, dict):
        for name in names:
            node.pop(name, None)
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        strip(value, names)


def without_kind(kind):
    return lambda objects, documents: ([thing for thing in objects if thing["kind"] != kind], documents)


def youngest_first(objects, documents):
    times = sorted(thing["metadata"]["creationTimestamp"] for thing in objects if "creationTimestamp" in thing["metadata"])
    other = dict(zip(times, reversed(times), strict=True))
    for thing in objects:
        if "creationTimestamp" in thing["metadata"]:
            thing["metadata"]["creationTimestamp"] = other[thing["metadata"]["creationTimestamp"]]
    return objects, documents


def without_ports_of_sidecars(objects, documents):
    for thing in objects:
        if thing["kind"] == "Sidecar":
            thing["spec"]["egress"] = [{"hosts": [host for listener in thing["spec"].get("egress", []) for host in listener["hosts"]]}]
    return objects, documents


def without_annotations(objects, documents):
    for document in documents:
        if document["kind"] == "Deployment":
            document["spec"]["template"]["metadata"]["annotations"] = {}
    return objects, documents


def enabled_everywhere(objects, documents):
    for document in documents:
        if document["kind"] == "Namespace":
            document["metadata"]["labels"] = {"istio-injection": "enabled"}
    return objects, documents


def default_mesh_config(objects, documents):
    """A mesh config that nobody gives is taken for the usual one."""
    if any(document["kind"] == "ConfigMap" for document in documents):
        return objects, documents
    return objects, [*documents, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"},
                                  "data": {"mesh": json.dumps(MESH | {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}})}}]


# What it may say wrong.

def other_status(trace):
    return trace | {"status": 502} if trace["status"] == 404 else trace


def no_gateway(trace):
    return trace | {"gateway": None}


def no_server_name(trace):
    return trace | {"reached": trace["reached"] | {"sni": None}} if trace["reached"] else trace


FAULTS = {
    "exportTo is not read": {"reads": without_fields("exportTo")},
    "sourceLabels are not read": {"reads": without_fields("sourceLabels")},
    "the youngest object wins": {"reads": youngest_first},
    "DestinationRules are not read": {"reads": without_kind("DestinationRule")},
    "ports of a Sidecar's listeners are not read": {"reads": without_ports_of_sidecars},
    "annotations of pods are not read": {"reads": without_annotations},
    "every namespace is injected": {"reads": enabled_everywhere},
    "a missing mesh config is taken for a default": {"reads": default_mesh_config},
    "404 is told as 502": {"says": other_status},
    "the gateway is not told": {"says": no_gateway},
    "the server name at the host is not told": {"says": no_server_name},
}


def run(istiod, evaluator, program, seed, tally):
    """One result for each fault: the difference by which it was found."""
    for name, fault in FAULTS.items():
        problem, line = found(Sweep(istiod, Planted(evaluator, **fault), program, f"planted/{seed}"))
        tally.note(problem is None, "planted", name, problem or "found", line)


def found(sweep):
    """(what is wrong with how the fault was found, the difference that shows it)."""
    for number in range(MOST):
        sweep.configuration(number)
        if sweep.different:
            number, world, taken = next(sweep.smallest())
            line = sweep.told(number, world, taken)
            return (None if len(world.objects) <= SMALL else f"what shows it has {len(world.objects)} objects"), line
    return f"nobody noticed in {MOST} configurations", ""


def main():
    from .judge import Tally
    parser = argparse.ArgumentParser(prog="lab.planted", description=__doc__.splitlines()[0])
    parser.add_argument("--istiod", required=True)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    tally = Tally()
    run(Istiod(options.istiod, "/dev/null"), Evaluator(compiler.evaluator(REPOSITORY)), compiler.binary(REPOSITORY), options.seed, tally)
    tally.end()
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
