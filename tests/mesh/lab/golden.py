"""Holds egressc's evaluator against Istio's own simulation over configurations that Istio's authors wrote.

`python -m lab.golden --istiod PROGRAM --module FOLDER [--seed N] [--configurations N] [--show N]`; needs neither root nor Envoy.
The configurations are the inputs of Istio's tests and samples, changed by chance (golden_sources.py); the requests are made of the
hosts, ports and paths that stand in them. Each difference that is shown is made as small as it can be: objects and fields are
taken away as long as the same request still has another result. The same seed gives the same configurations.
"""
import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

from . import compiler, figures, release
from .agreement import Evaluator, words
from .golden_sources import bundles, clients, configuration, requests
from .istiod import MESH, Istiod, Refused
from .smaller import less, minimal
from .sweep import REPOSITORY, encryption, identity, query, wire

CLUSTER = re.compile(r"^outbound\|\d+\|[^|]*\|(.+)$")
ADDRESS = re.compile(r"^[0-9.]+$|:.*:")
REFUSALS = 12
SHOWN = 10  # making one smaller takes seconds
REASONS = 20
REQUESTS = 40  # of a configuration
LEFT_OUT, BLOCKED = object(), "blocked"  # several ways of being blocked are one verdict
ENDS = ("no route matched", "no virtual host matched")


def run(istiod, evaluator, options, tally):
    """A sample as a part of a run: one failure for each difference that is shown, and one result for the whole."""
    golden = Golden(istiod, evaluator, bundles(options.module), options.seed)
    golden.configurations(range(options.golden))
    for line in golden.differences():
        tally.note(False, "golden", line)
    tally.note(golden.agrees(), "golden", *golden.figures())


def main():
    parser = argparse.ArgumentParser(prog="lab.golden", description=__doc__.splitlines()[0])
    parser.add_argument("--istiod", required=True)
    parser.add_argument("--module", required=True, help="the folder of Istio's Go module")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--configurations", type=int, default=200)
    parser.add_argument("--part", default="1/1", help="only each second one, say, in one of two processes: 1/2 and 2/2")
    parser.add_argument("--show", type=int, help="only this configuration, with its objects")
    parser.add_argument("--figures", help="a file for the figures")
    options = parser.parse_args()
    golden = Golden(Istiod(options.istiod, "/dev/null"), Evaluator(compiler.evaluator(REPOSITORY)), bundles(options.module), options.seed)
    if options.show is None:
        golden.configurations(figures.part(options))
    else:
        print(json.dumps(golden.ask(options.show), indent=1))
    print(*golden.differences(), *golden.figures(), sep="\n")
    figures.record(options.figures, [golden.figure()])
    return 0 if golden.agrees() else 1


class Golden:
    def __init__(self, istiod, evaluator, inputs, seed):
        self.istiod, self.evaluator, self.inputs, self.seed = istiod, evaluator, inputs, seed
        self.counts, self.reasons = Counter(), Counter()
        self.different = []
        self.began = time.monotonic()

    def configurations(self, numbers):
        for number in numbers:
            self.ask(number)

    def agrees(self):
        return not self.different and self.counts["equal"] > 0

    def ask(self, number):
        """Makes a configuration, asks both about it, and returns its objects."""
        dice = random.Random(f"golden/{self.seed}/{number}")
        objects = configuration(dice, self.inputs)
        pods = clients(objects)
        calls = requests(dice, objects, pods, REQUESTS)
        try:
            objects, results = self.results(objects, pods, calls)
        except Refused:
            self.counts["configurations left out"] += 1
            return objects
        self.counts["configurations"] += 1
        for call, (ours, theirs, why) in zip(calls, results, strict=True):
            self.counts["requests"] += 1
            if theirs is LEFT_OUT:
                self.counts["left out"] += 1
            elif ours is None:
                self.counts["unknown"] += 1
                self.reasons[figures.without_names(why)] += 1
            elif same(ours, theirs):
                self.counts["equal"] += 1
            # Asked only here, since it takes a second: an object that no cluster takes.
            elif len(self.istiod.taken_by_the_api(objects)) < len(objects):
                self.counts["left out"] += 1
            else:
                self.counts["different"] += 1
                self.different.append((number, objects, pods, call))
        return objects

    def results(self, objects, pods, calls):
        """(evaluator, simulation, words) of each call, and the objects that Istio's webhook lets in."""
        for _ in range(REFUSALS):
            if not objects:
                raise Refused("nothing is left")
            try:
                answer = self.istiod.ask({"op": "simulate", "config": "\n---\n".join(map(json.dumps, objects)), "kubernetes": "",
                                          "mesh": MESH, "proxies": pods, "calls": [wire(call) for call in calls]})
                break
            except Refused as refused:
                kept = [thing for thing in objects if not str(refused).startswith(identity(thing) + ":")]
                if len(kept) == len(objects):
                    raise
                objects = kept
        else:
            raise Refused("Istio refuses too much of it")
        traces = self.evaluator.ask(objects, [described(pods)], [query(call) for call in calls])
        return objects, [(of_trace(trace), of_simulation(call, result["hops"]), "; ".join(trace["unknown"]) or words(trace))
                         for call, result, trace in zip(calls, answer["results"], traces, strict=True)]

    def differs(self, objects, pods, call):
        try:
            kept, [(ours, theirs, _)] = self.results(objects, pods, [call])
        except Refused:
            return False
        return len(kept) == len(objects) and ours is not None and theirs is not LEFT_OUT and not same(ours, theirs)

    def differences(self):
        """A line for each difference of another configuration, with the few objects that make it."""
        shown = {}
        for number, objects, pods, call in self.different:
            shown.setdefault(number, (objects, pods, call))
        for number, (objects, pods, call) in list(shown.items())[:SHOWN]:
            pods = [call["proxy"]]
            objects = minimal(objects, less, lambda candidate, pods=pods, call=call: self.differs(candidate, pods, call))
            _, [(ours, theirs, why)] = self.results(objects, pods, [call])
            yield f"different in {number}: {call}: outcome {told(ours)} ({why}), simulation {told(theirs)}, objects {json.dumps(objects)}"

    def figure(self):
        counts = self.counts
        return figures.row("inputs of Istio's own tests, changed by chance, in Istio's simulation", f"python -m lab.golden --seed {self.seed}",
                           counts["requests"] - counts["left out"], counts["equal"], counts["unknown"], counts["different"], self.reasons,
                           counts["configurations"])

    def figures(self):
        counts = self.counts
        return [*(f"unknown: {count} x {reason}" for reason, count in self.reasons.most_common(REASONS)),
                f"verdicts of `outcome` equal Istio's simulation in {counts['equal']} of {counts['requests']} requests over "
                f"{counts['configurations']} configurations made of {len(self.inputs)} inputs of Istio's own, "
                f"{counts['unknown']} unknown, {counts['different']} different, {counts['left out']} left out "
                f"(seed {self.seed}, {time.monotonic() - self.began:.0f} s)"]


def described(pods):
    """The mesh, with all of its pods."""
    namespaces = {}
    for pod in pods:
        namespaces.setdefault(pod["namespace"], []).append({"name": pod["name"], "labels": pod["labels"], "sidecar": True})
    return {"apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "golden"},
            "spec": {"outboundTrafficPolicy": "REGISTRY_ONLY", "dnsCapture": False, "complete": True, **release.stated(),
                     "namespaces": [{"name": name, "injection": True, "workloads": workloads} for name, workloads in namespaces.items()]}}


def same(ours, theirs):
    return ours == theirs or (ours == BLOCKED and not isinstance(theirs, frozenset))


def told(answer):
    return sorted(answer, key=str) if isinstance(answer, frozenset) else answer


# Both answers, in the same words: None for unknown, a status, "closed", or the places with their TLS.

def of_trace(trace):
    if trace["verdict"] == "unknown":
        return None
    if trace["verdict"] == "blocked":
        return trace["status"] or ("closed" if trace["closed"] else BLOCKED)
    return frozenset(place(reached) for reached in [trace["reached"], *trace["alsoReached"]])


def place(reached):
    return (reached["host"], reached["port"], reached["tls"], reached["sni"])


def of_simulation(call, hops):
    last = hops[-1]
    reads_http = any(hop.get("virtualHost") or hop.get("routeConfig") for hop in hops)
    upstream = last.get("upstream")
    dead = 503 if reads_http else "closed"
    if any(end in last.get("error", "") for end in ENDS):
        return 404
    if last.get("status"):
        return last["status"]
    if last.get("error"):
        return "closed"
    if last.get("virtualHost") and not last.get("cluster"):
        # The simulation names no cluster where weights choose one.
        return LEFT_OUT
    if ((upstream or {}).get("tls") or {}).get("mutual"):
        # Nobody has a certificate of the mesh there; the simulation does not ask.
        return dead
    if last.get("cluster") == "PassthroughCluster" or (upstream and upstream.get("discovery") == "ORIGINAL_DST"):
        return frozenset([(call["host"], (upstream or {}).get("port") or call["port"], *encryption(call, upstream))])
    if not upstream or not upstream["endpoints"]:
        return dead
    if any(endpoint.startswith(":") for endpoint in upstream["endpoints"]):
        # A socket of the pod's own file system.
        return LEFT_OUT
    if [endpoint.rpartition(":")[0] for endpoint in upstream["endpoints"]] == [call["host"]]:
        # A client that dials the address of the only endpoint means no host.
        return frozenset([(call["host"], int(upstream["endpoints"][0].rpartition(":")[2]), *encryption(call, upstream))])
    return frozenset((host_of(last["cluster"], endpoint), int(endpoint.rpartition(":")[2]), *encryption(call, upstream))
                     for endpoint in upstream["endpoints"])


def host_of(cluster, endpoint):
    """An address is where an entry says that its host is, unless the host is a wildcard."""
    host = endpoint.rpartition(":")[0]
    named = CLUSTER.match(cluster)
    if ADDRESS.search(host) and named and not named[1].startswith("*"):
        return named[1]
    return host.lower()


if __name__ == "__main__":
    sys.exit(main())
