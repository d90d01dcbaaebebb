"""Holds egressc's evaluator `outcome` against Istio's own simulation, over generated configurations.

`python -m lab.sweep --istiod PROGRAM [--seed N] [--configurations N] [--show N]`; needs neither root nor Envoy.
There are three styles: compiled from generated policies, written as people write them (sweep_objects.py), and with labels and
annotations that decide what is captured (sweep_capture.py). Istio's simulation follows a call through listeners, filter chains,
routes and clusters that istiod's code has computed; it knows neither authorization nor headers, which real proxies show (drawn.py).
Then one document of facts is taken away: a verdict may become unknown, and must not become another certain one.
Each difference that is shown is made as small as it can be. The same seed gives the same configurations.
"""
import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from . import compiler, figures, iptables
from .agreement import Evaluator, words
from .istiod import Istiod, Refused
from .smaller import less, minimal
from .sweep_capture import SOMEWHERE, captured
from .sweep_objects import call, handwritten, policies
from .sweep_world import GATEWAYS, HOSTS, PODS, ROUTERS, World, environment

REPOSITORY = Path(__file__).resolve().parent.parent.parent.parent
STYLES = ("compiled", "handwritten", "captured")
REFUSALS = 8  # objects that Istio's webhook would not let in, per configuration
SHOWN = 10  # making one smaller takes seconds
REASONS = 20
BLOCKED = "blocked"  # in one of several ways, which are one verdict


def run(istiod, evaluator, program, seed, configurations, tally):
    """The sweep as a part of a run: one failure for each difference that is shown, and one result for the whole."""
    sweep = Sweep(istiod, evaluator, program, seed)
    for number in range(configurations):
        sweep.configuration(number)
    for line in sweep.differences():
        tally.note(False, "sweep", line)
    tally.note(sweep.agrees(), "sweep", *sweep.figures())


def main():
    parser = argparse.ArgumentParser(prog="lab.sweep", description=__doc__.splitlines()[0])
    parser.add_argument("--istiod", required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--configurations", type=int, default=400)
    parser.add_argument("--part", default="1/1", help="only each second one, say, in one of two processes: 1/2 and 2/2")
    parser.add_argument("--show", type=int, help="only this configuration, with its objects")
    parser.add_argument("--figures", help="a file for the figures")
    options = parser.parse_args()
    sweep = Sweep(Istiod(options.istiod, "/dev/null"), Evaluator(compiler.evaluator(REPOSITORY)), compiler.binary(REPOSITORY), options.seed)
    for number in [options.show] if options.show is not None else figures.part(options):
        world = sweep.configuration(number)
        if options.show is not None:
            print(json.dumps([*world.objects, *world.facts()] if world else None, indent=1))
    print(*sweep.differences(), *sweep.figures(), sep="\n")
    figures.record(options.figures, sweep.rows())
    return 0 if sweep.agrees() else 1


class Sweep:
    def __init__(self, istiod, evaluator, program, seed):
        self.istiod = istiod
        self.evaluator = evaluator
        self.compiler = program
        self.seed = seed
        self.began = time.monotonic()
        self.counts = {style: Counter() for style in STYLES}
        self.reasons = Counter()
        self.taken, self.reasons_of_taken = Counter(), Counter()
        self.different = []

    def configuration(self, number):
        """Makes one, asks both about it, and returns it."""
        dice = random.Random(f"{self.seed}/{number}")
        style = STYLES[number % len(STYLES)]
        counts = self.counts[style]
        world = {"compiled": self.compiled, "handwritten": by_hand, "captured": captured}[style](dice)
        if world is None:
            counts["refused by the compiler"] += 1
            return None
        try:
            world, truth = self.truth(world)
        except Refused:
            counts["refused by Istio"] += 1
            return None
        traces = self.traces(world, world.facts())
        counts["configurations"] += 1
        for asked, theirs, trace in zip(world.calls, truth, traces, strict=True):
            if theirs is None:
                counts["left out"] += 1
                continue
            counts["requests"] += 1
            if trace["verdict"] == "unknown":
                counts["unknown"] += 1
                self.reasons["; ".join(trace["unknown"])] += 1
            elif same(of_trace(trace), theirs):
                counts["equal"] += 1
            else:
                counts["different"] += 1
                self.different.append((number, world.of(asked), None))
        self.take_away(number, world, traces, dice.randrange(len(world.facts())))
        return world

    def compiled(self, dice):
        """What a generated policy set compiles to; None when the compiler refuses it."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [environment(), *policies(dice)]})
        done = subprocess.run([self.compiler, "compile", "--format", "json", "-"], input=text, capture_output=True, text=True)
        if done.returncode == 1:
            return None
        if done.returncode:
            raise RuntimeError(done.stderr)
        return World("compiled", [thing for thing in json.loads(done.stdout)["items"] if thing["kind"] != "AuthorizationPolicy"], requests(dice))

    # What Istio does.

    def truth(self, world):
        """The world with the objects that Istio's webhook lets in, and the end of every call there; None where no code of
        Istio's in this process knows it."""
        captures = None
        if world.style == "captured":
            captures = self.istiod.ask({"op": "captures", "config": "", "kubernetes": stream(world.kubernetes()), "mesh": world.mesh,
                                        "proxies": world.clients})["captures"]
        world, hops = self.simulate(world)
        ends = [of_simulation(call, passed) for call, passed in zip(world.calls, hops, strict=True)]
        if captures is not None:
            ends = [as_captured(captures[key(call["proxy"])], world, call, simulated) for call, simulated in zip(world.calls, ends, strict=True)]
        return world, ends

    def simulate(self, world):
        """The hops of every call, as if each client had a sidecar that takes it."""
        for _ in range(REFUSALS):
            try:
                answer = self.istiod.ask({
                    "op": "simulate", "config": stream(world.objects), "kubernetes": stream(world.services),
                    "mesh": world.mesh, "proxies": [*world.clients, *world.routers], "calls": [wire(call) for call in world.calls]})
                return world, [result["hops"] for result in answer["results"]]
            except Refused as refused:
                kept = [thing for thing in world.objects if not str(refused).startswith(identity(thing) + ":")]
                if len(kept) == len(world.objects):
                    raise
                world = replace(world, objects=kept)
        raise Refused("Istio refuses too much of what is generated")

    # What the evaluator says.

    def traces(self, world, facts):
        """An answer to each call; of the mesh it knows `facts`, and Istio's objects."""
        services = [document for document in facts if document["kind"] == "Service"]
        return self.evaluator.ask(world.objects + services, facts, [query(call) for call in world.calls])

    def take_away(self, number, world, traces, taken):
        """Asks again without one document of facts."""
        facts = world.facts()
        after_all = self.traces(world, without(facts, taken))
        for asked, before, after in zip(world.calls, traces, after_all, strict=True):
            if before["verdict"] == "unknown":
                continue
            self.taken["requests"] += 1
            if after["verdict"] == "unknown":
                self.taken["unknown"] += 1
                self.reasons_of_taken["; ".join(after["unknown"])] += 1
            elif end(before) == end(after):
                self.taken["equal"] += 1
            elif is_assumed(facts[taken], after):
                self.taken["assumed"] += 1
            else:
                self.taken["different"] += 1
                self.different.append((number, world.of(asked), taken))

    # Differences.

    def differs(self, world, taken):
        """Whether the only call of a world ends in another way than Istio's, or in another certain way without a fact."""
        try:
            kept, [theirs] = self.truth(world)
        except Refused:
            return False
        if len(kept.objects) != len(world.objects):
            return False
        facts = world.facts()
        [trace] = self.traces(world, facts)
        if trace["verdict"] == "unknown":
            return False
        if taken is None:
            return theirs is not None and not same(of_trace(trace), theirs)
        [after] = self.traces(world, without(facts, taken))
        return after["verdict"] != "unknown" and end(trace) != end(after) and not is_assumed(facts[taken], after)

    def smallest(self):
        """(number, world, the fact without which it differs) for the differences of one configuration each, made small."""
        shown = {}
        for number, world, taken in self.different:
            shown.setdefault((number, taken is None), (world, taken))
        for (number, _), (world, taken) in list(shown.items())[:SHOWN]:
            yield number, minimal(world, smaller, lambda candidate, taken=taken: self.differs(candidate, taken)), taken

    def differences(self):
        """A line for each of them."""
        for number, world, taken in self.smallest():
            yield self.told(number, world, taken)

    def told(self, number, world, taken):
        _, [theirs] = self.truth(world)
        facts = world.facts()
        [trace] = self.traces(world, facts)
        [asked] = world.calls
        line = f"different in {world.style} {number}: {asked}: outcome {of_trace(trace)} ({words(trace)}), Istio {theirs}"
        if taken is not None:
            [after] = self.traces(world, without(facts, taken))
            line += f", and {of_trace(after)} without {json.dumps(facts[taken])}"
        return f"{line}, objects {json.dumps(world.objects)}, namespaces {json.dumps(world.namespaces)}"

    # Figures.

    def agrees(self):
        return not self.different and all(counts["equal"] for counts in self.counts.values()) and self.taken["equal"] > 0

    def rows(self):
        total = sum(self.counts.values(), Counter())
        command = f"python -m lab.sweep --seed {self.seed}"
        return [figures.row("generated configurations, in Istio's simulation", command, total["requests"], total["equal"], total["unknown"],
                            total["different"], self.reasons, total["configurations"]),
                figures.row("the same without one document of facts, compared with all of them", command, self.taken["requests"],
                            self.taken["equal"] + self.taken["assumed"], self.taken["unknown"], self.taken["different"], self.reasons_of_taken)]

    def figures(self):
        total = sum(self.counts.values(), Counter())
        return [*(f"unknown: {count} x {reason}" for reason, count in self.reasons.most_common(REASONS)),
                *(f"{style}: " + ", ".join(f"{count} {what}" for what, count in counts.items()) for style, counts in self.counts.items()),
                "one document of facts less: " + ", ".join(f"{count} {what}" for what, count in self.taken.items()),
                f"verdicts of `outcome` equal Istio's simulation in {total['equal']} of {total['requests']} requests over "
                f"{total['configurations']} configurations, {total['unknown']} unknown, {total['different']} different "
                f"(seed {self.seed}, {time.monotonic() - self.began:.0f} s)"]


def by_hand(dice):
    return World("handwritten", handwritten(dice), requests(dice))


def requests(dice):
    return [call(dice, pod, host) for pod in PODS for host in HOSTS for _ in range(5)]


def smaller(world):
    """Every way to take one thing away from a world, but its call."""
    for objects in less(world.objects):
        yield replace(world, objects=objects)
    if world.style != "captured":
        # What is captured has been taken for granted there.
        return
    [asked] = world.calls
    client = asked["proxy"]
    for name in client.get("annotations") or {}:
        changed = client | {"annotations": {key: value for key, value in client["annotations"].items() if key != name}}
        yield replace(world, calls=[asked | {"proxy": changed}], clients=[changed if each is client else each for each in world.clients])
    for name, labels in world.namespaces.items():
        for label in labels:
            yield replace(world, namespaces=world.namespaces | {name: {key: value for key, value in labels.items() if key != label}})


def without(facts, at):
    """The facts without one of them."""
    rest = facts[:at] + facts[at + 1:]
    if facts[at]["kind"] != "Service":
        return rest
    # Nobody may say then that all Services are given.
    return [document if document["kind"] != "MeshEnvironment" else
            document | {"spec": {key: value for key, value in document["spec"].items() if key != "completeKinds"}} for document in rest]


def is_assumed(taken, trace):
    """Whether an answer without a fact of the client says that no document describes it. Of the mesh config only how sidecars
    capture is one.
    """
    called = {"Namespace": "its namespace", "Deployment": "its workload"}.get(taken["kind"])
    if "interceptionMode" in taken.get("data", {}).get("mesh", ""):
        called = "the mesh config"
    return called is not None and any(called in assumption for assumption in trace["assumed"])


def identity(thing):
    return f"{thing['kind']}/{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def key(pod):
    return f"{pod['namespace']}/{pod['name']}"


def stream(objects):
    return "\n---\n".join(map(json.dumps, objects))


# One call, in three languages.

def is_address(host):
    return host.replace(".", "").isdigit()


def as_captured(capture, world, call, simulated):
    """The end of a call whose client has a sidecar, ztunnel, or nothing, as Istio's code says."""
    address = call["host"] if is_address(call["host"]) else SOMEWHERE
    try:
        if capture["plane"] == "sidecar" and iptables.captured(capture.get("rules", ""), address, call["port"]):
            return simulated
    except iptables.Refused:
        return None
    if capture["plane"] == "ambient" and any(call["host"] in thing["spec"].get("hosts", []) for thing in world.objects):
        # ztunnel decides, which is not Istio's Go code.
        return None
    return straight(call)


def wire(call):
    """For Istio's simulation."""
    spec = {"proxy": key(call["proxy"]), "port": call["port"], "host": call["host"],
            "path": call["path"], "protocol": "tcp" if call["scheme"] == "tcp" else "http"}
    if is_address(call["host"]):
        spec["address"] = call["host"]
    if call["scheme"] == "tls":
        spec |= {"tls": "tls", "sni": call["sni"] or "-"}
    return spec


def query(call):
    """For `outcome`."""
    proxy = call["proxy"]
    return {"from": {"namespace": proxy["namespace"], "labels": proxy["labels"], "serviceAccount": None, "path": "sidecar",
                     "gateway": None, "outerSni": None},
            "to": {"scheme": call["scheme"], "host": call["host"], "port": call["port"], "sni": call["sni"], "method": None,
                   "path": call["path"], "headers": {"host": call["host"]} if call["scheme"] == "http" else {}}}


# Both answers, in the same words: (how it ends, gateway) with the end a status, "closed", or (host, port, TLS, server name).

def of_trace(trace):
    if trace["verdict"] == "blocked":
        return (trace["status"] or ("closed" if trace["closed"] else BLOCKED), None)
    reached = trace["reached"]
    return ((reached["host"], reached["port"], reached["tls"], reached["sni"]), gateway_of(trace))


def gateway_of(trace):
    """The gateway's name, also where no document but its Service names it."""
    named = trace["gateway"]
    return next((gateway["name"] for gateway in GATEWAYS if named == f"{gateway['namespace']}/{gateway['service']}"), named)


def of_simulation(call, hops):
    last = hops[-1]
    gateway = last["proxy"].partition("/")[2] if len(hops) > 1 else None
    # Whether a proxy on the way reads HTTP, and so answers in it.
    reads_http = any(hop.get("virtualHost") or hop.get("routeConfig") for hop in hops)
    if "no route matched" in last.get("error", "") or "no virtual host matched" in last.get("error", ""):
        return (404, None)
    if last.get("status"):
        return (last["status"], None)
    upstream = last.get("upstream")
    dead = 503 if reads_http else "closed"
    if last.get("error"):
        return (dead if len(hops) > 1 else "closed", None)
    if ((upstream or {}).get("tls") or {}).get("mutual"):
        # Not a proxy of ours, so it has no certificate of the mesh; the simulation does not ask.
        return (dead, None)
    if last.get("cluster") == "PassthroughCluster" or (upstream and upstream.get("discovery") == "ORIGINAL_DST"):
        return ((call["host"], (upstream or {}).get("port") or call["port"], *encryption(call, upstream)), gateway)
    if not upstream or not upstream["endpoints"]:
        return (dead, None)
    host, _, port = upstream["endpoints"][0].rpartition(":")
    if any(host == router["ip"] for router in ROUTERS):
        return (dead, None)
    return ((host, int(port), *encryption(call, upstream)), gateway)


def encryption(call, upstream):
    outer = (upstream or {}).get("tls")
    if outer:
        return True, outer.get("sni") or (call["host"] if outer.get("autoSni") and call["scheme"] == "http" else None)
    return call["scheme"] == "tls", call["sni"]


def straight(call):
    """Where it goes past the sidecar, or without one."""
    return ((call["host"], call["port"], call["scheme"] == "tls", call["sni"]), None)


def same(ours, theirs):
    return ours == theirs or (ours[0] == BLOCKED and not isinstance(theirs[0], tuple))


def end(trace):
    """What a request comes to: one that is blocked at a gateway or before it is blocked."""
    return (trace["verdict"], json.dumps(trace["reached"]), None if trace["verdict"] == "blocked" else gateway_of(trace))


if __name__ == "__main__":
    sys.exit(main())
