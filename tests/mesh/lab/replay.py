"""Replays the access logs of the proxies with `egressc replay`'s own code: each line must agree with the verdict for its client.

A sidecar's lines are those of its pod. A gateway's lines are of the pod whose address they name, unless this pod has also
called with the certificate of somebody else: then they are left out.
"""
import json
import re
from collections import Counter, namedtuple
from datetime import datetime, timezone

PATIENCE = 5
# A sidecar's connections end with their clients; those to a gateway may stay open without a request.
OPEN_AT_SIDECAR = r"listener\..*downstream_cx_active|http\..*downstream_rq_active"
OPEN_AT_GATEWAY = r"http\..*downstream_rq_active"
REMOTE = re.compile(r"\"downstream_remote_address\":\"([0-9.]+):| ([0-9.]+):[0-9]+ \S+ \S+$")
STARTED = re.compile(r"^\[(\S+)\]|\"start_time\":\"([^\"]+)\"")

Watched = namedtuple("Watched", "proxy client gateway")


class Replay:
    """The logs of one state of the mesh after the other."""

    def __init__(self, evaluator, tally):
        self.evaluator = evaluator
        self.tally = tally
        self.watched, self.clients, self.impostors = [], {}, set()
        self.counts, self.unknown, self.left_out = Counter(), Counter(), Counter()

    def enter(self, mesh, name):
        """The mesh is given other objects."""
        self.name = name
        self.begin()
        self.impostors = set()
        self.clients = {mesh.pods[id].address: client(workload) for id, workload in mesh.case.workloads.items()}
        self.watched = [Watched(mesh.pods[id].proxy, client(workload), None)
                        for id, workload in mesh.case.workloads.items() if workload.sidecar]
        self.watched += [Watched(pod.proxy, None, name) for name, pod in mesh.gateways.items()]

    def begin(self):
        """All proxies have them; requests that began before may have met the old ones."""
        self.began = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")

    def note(self, mesh, row):
        """Whose certificate a client shows to a gateway that it calls itself."""
        through = row.get("through")
        workload = mesh.case.workloads[row["client"]]
        if isinstance(through, dict) and "waypoint" not in through and through.get("identity") != f"{workload.namespace}/{workload.account}":
            self.impostors.add(mesh.pods[row["client"]].address)

    def settle(self, world):
        """Compares all lines that were written since the last call."""
        watched, self.watched = self.watched, []
        logs = []
        for each in watched:
            if each.proxy.process is None:
                continue
            lines = [line for line in self.lines(each) if self.is_of_this_state(line)]
            if each.gateway is None:
                logs += log(each.proxy.pod.name, lines, each.client)
                continue
            for address, caller in self.clients.items():
                told = {**caller, "path": "direct", "gateway": each.gateway}
                mine = [line for line in lines if remote(line) == address]
                if address in self.impostors:
                    self.left_out["a gateway's line of a client with another's certificate"] += len(mine)
                else:
                    logs += log(each.proxy.pod.name, mine, told)
        if logs:
            self.compare(self.evaluator.replay(*world, logs))

    def lines(self, watched):
        return watched.proxy.access_lines(OPEN_AT_GATEWAY if watched.gateway else OPEN_AT_SIDECAR, PATIENCE)

    def is_of_this_state(self, line):
        """By its start; what is no line of the proxy's has none."""
        began = STARTED.search(line)
        return bool(began) and (began.group(1) or began.group(2)) > self.began

    def compare(self, answer):
        if not answer["ok"]:
            self.left_out["the description of the mesh is refused"] += 1
            return
        for result in ("agree", "differ", "unknown", "leftOut"):
            self.counts[result] += answer[result]
        for reason in answer["reasons"]:
            if reason["result"] == "unknown":
                self.unknown[reason["reason"]] += reason["lines"]
            if reason["result"] == "leftOut":
                self.left_out[reason["reason"]] += reason["lines"]
        for row in answer["rows"]:
            if row["result"] == "differ":
                self.tally.note(False, f"replay | {self.name}", row["log"], row["request"], row["reason"], json.dumps(row["logged"]))

    def end(self):
        for title, counter in (("unknown", self.unknown), ("left out", self.left_out)):
            for reason, count in counter.most_common():
                print(f"replay {title}: {count} x {reason}")
        counts = self.counts
        print(f"access logs: {counts['agree']} lines agree with the verdicts, {counts['differ']} differ, "
              f"{counts['unknown']} unknown, {counts['leftOut']} left out")


def client(workload):
    return {"namespace": workload.namespace, "labels": workload.labels, "serviceAccount": workload.account}


def remote(line):
    found = REMOTE.search(line)
    return found and (found.group(1) or found.group(2))


def log(name, lines, told):
    return [{"name": name, "text": "".join(f"{line}\n" for line in lines), "client": told}] if lines else []
