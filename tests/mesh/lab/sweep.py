"""Holds egressc's evaluator `outcome` against Istio's own simulation, over generated configurations.

`python -m lab.sweep --istiod PROGRAM [--seed N] [--configurations N] [--show N]`; needs neither root nor Envoy.
Half of the configurations are compiled from generated policies, half are written as people write them (sweep_objects.py).
Istio's simulation follows a call through listeners, filter chains, routes and clusters that istiod's code has computed;
it knows no authorization, so AuthorizationPolicies are left out on both sides (real proxies show those, see cases/).
The same seed gives the same configurations.
"""
import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from . import compiler, figures
from .agreement import Evaluator, words
from .istiod import MESH, Istiod, Refused
from .sweep_objects import GATEWAY, HOSTS, PROXIES, SERVICE, documents, handwritten, policies

REPOSITORY = Path(__file__).resolve().parent.parent.parent.parent
ROUTER = {"name": "gateway", "namespace": GATEWAY["namespace"], "type": "router", "labels": GATEWAY["podLabels"], "ip": "10.77.0.20"}
REFUSALS = 8  # objects that Istio's webhook would not let in, per configuration
SHOWN = 20
BLOCKED = "blocked"  # in one of several ways, which are one verdict


def run(istiod, evaluator, program, seed, configurations, tally):
    """The sweep as a part of a run: one failure for each difference that is shown, and one result for the whole."""
    sweep = Sweep(istiod, evaluator, program, seed)
    for number in range(configurations):
        sweep.configuration(number)
    for line in sweep.different[:SHOWN]:
        tally.note(False, "sweep", line)
    tally.note(sweep.agrees(), "sweep", *sweep.figures())


def main():
    parser = argparse.ArgumentParser(prog="lab.sweep", description=__doc__.splitlines()[0])
    parser.add_argument("--istiod", required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--configurations", type=int, default=400)
    parser.add_argument("--show", type=int, help="only this configuration, with its objects")
    parser.add_argument("--figures", help="a file for the figures")
    options = parser.parse_args()
    sweep = Sweep(Istiod(options.istiod, "/dev/null"), Evaluator(compiler.evaluator(REPOSITORY)), compiler.binary(REPOSITORY), options.seed)
    for number in [options.show] if options.show is not None else range(options.configurations):
        objects = sweep.configuration(number)
        if options.show is not None:
            print(json.dumps(objects, indent=1))
    print(*sweep.different[:SHOWN], *sweep.figures(), sep="\n")
    figures.record(options.figures, [sweep.figure()])
    return 0 if sweep.agrees() else 1


class Sweep:
    def __init__(self, istiod, evaluator, program, seed):
        self.istiod = istiod
        self.evaluator = evaluator
        self.compiler = program
        self.seed = seed
        self.began = time.monotonic()
        self.counts = {style: Counter() for style in ("compiled", "handwritten")}
        self.reasons = Counter()
        self.different = []

    def configuration(self, number):
        """Makes one, asks both about it, and returns its objects."""
        dice = random.Random(f"{self.seed}/{number}")
        style = "compiled" if number % 2 == 0 else "handwritten"
        objects = self.compiled(dice) if style == "compiled" else handwritten(dice)
        if objects is None:
            self.counts[style]["refused by the compiler"] += 1
            return None
        calls = [call(dice, proxy, host) for proxy in PROXIES for host in HOSTS for _ in range(3)]
        objects, hops = self.simulate(objects, calls)
        traces = self.evaluator.ask(objects + [SERVICE], [documents()], [query(call) for call in calls])
        self.counts[style]["configurations"] += 1
        for asked, result, trace in zip(calls, hops, traces, strict=True):
            self.compare(number, style, asked, result, trace)
        return objects

    def compiled(self, dice):
        """What a generated policy set compiles to; None when the compiler refuses it."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [documents(), *policies(dice)]})
        done = subprocess.run([self.compiler, "compile", "--format", "json", "-"], input=text, capture_output=True, text=True)
        if done.returncode == 1:
            return None
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [thing for thing in json.loads(done.stdout)["items"] if thing["kind"] != "AuthorizationPolicy"]

    def simulate(self, objects, calls):
        """The hops of every call, and the objects that Istio's webhook would let in."""
        for _ in range(REFUSALS):
            try:
                answer = self.istiod.ask({
                    "op": "simulate", "config": "\n---\n".join(map(json.dumps, objects)), "kubernetes": json.dumps(SERVICE),
                    "mesh": MESH, "proxies": [*PROXIES, ROUTER], "calls": [wire(call) for call in calls]})
                return objects, [result["hops"] for result in answer["results"]]
            except Refused as refused:
                kept = [thing for thing in objects if not str(refused).startswith(identity(thing) + ":")]
                if len(kept) == len(objects):
                    raise
                objects = kept
        raise RuntimeError("Istio refuses too much of what is generated")

    def compare(self, number, style, asked, hops, trace):
        counts = self.counts[style]
        counts["requests"] += 1
        if trace["verdict"] == "unknown":
            counts["unknown"] += 1
            self.reasons["; ".join(trace["unknown"])] += 1
            return
        ours, theirs = of_trace(trace), of_simulation(asked, hops)
        if ours == theirs or (ours[0] == BLOCKED and not isinstance(theirs[0], tuple)):
            counts["agreed"] += 1
            return
        counts["different"] += 1
        self.different.append(f"{style} {number}: {asked}: outcome {ours} ({words(trace)}), simulation {theirs} {hops}")

    def agrees(self):
        return not self.different and all(counts["agreed"] for counts in self.counts.values())

    def figure(self):
        total = sum(self.counts.values(), Counter())
        return figures.row("generated configurations, in Istio's simulation", f"python -m lab.sweep --seed {self.seed}",
                           total["requests"], total["agreed"], total["unknown"], total["different"], self.reasons, total["configurations"])

    def figures(self):
        total = sum(self.counts.values(), Counter())
        return [*(f"unknown: {count} x {reason}" for reason, count in self.reasons.most_common(SHOWN)),
                *(f"{style}: " + ", ".join(f"{count} {what}" for what, count in counts.items()) for style, counts in self.counts.items()),
                f"verdicts of `outcome` equal Istio's simulation in {total['agreed']} of {total['requests']} requests over "
                f"{total['configurations']} configurations, {total['unknown']} unknown, {total['different']} different "
                f"(seed {self.seed}, {time.monotonic() - self.began:.0f} s)"]


def identity(thing):
    return f"{thing['kind']}/{thing['metadata']['namespace']}/{thing['metadata']['name']}"


# One call, in three languages.

def call(dice, proxy, host):
    """A request of one workload, as a person would list it."""
    scheme, port = dice.choice([("http", 80), ("http", 80), ("http", 8080), ("http", 443), ("tls", 443), ("tls", 443), ("tls", 443),
                                ("tls", 80), ("tls", 8443), ("tcp", 3306), ("tcp", 443), ("tcp", 80)])
    sni = dice.choice([host] * 6 + [None, "elsewhere.example"]) if scheme == "tls" else None
    return {"proxy": proxy, "host": host, "scheme": scheme, "port": port, "sni": sni, "path": dice.choice(["/", "/", "/api/x"])}


def wire(call):
    """For Istio's simulation."""
    spec = {"proxy": f"{call['proxy']['namespace']}/{call['proxy']['name']}", "port": call["port"], "host": call["host"],
            "path": call["path"], "protocol": "tcp" if call["scheme"] == "tcp" else "http"}
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
    return ((reached["host"], reached["port"], reached["tls"], reached["sni"]), trace["gateway"])


def of_simulation(call, hops):
    last = hops[-1]
    gateway = GATEWAY["name"] if len(hops) > 1 else None
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
    if upstream["endpoints"][0].startswith(ROUTER["ip"] + ":"):
        return (dead, None)
    host, _, port = upstream["endpoints"][0].rpartition(":")
    return ((host, int(port), *encryption(call, upstream)), gateway)


def encryption(call, upstream):
    outer = (upstream or {}).get("tls")
    if outer:
        return True, outer.get("sni") or (call["host"] if outer.get("autoSni") and call["scheme"] == "http" else None)
    return call["scheme"] == "tls", call["sni"]


if __name__ == "__main__":
    sys.exit(main())
