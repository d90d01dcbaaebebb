"""Asks egressc's own evaluator of Istio's rules, `outcome`, what the real mesh has just shown, and compares.

The evaluator gets what istiod got: the objects, and the mesh as it is here (a MeshEnvironment made of the case's facts).
It answers one request at a time without knowing of any policy. Three answers are possible: it agrees, it says that it
cannot know (`unknown`, which is counted and listed with its reason), or it disagrees, which fails the run.
"""
import json
import re
import subprocess
from collections import Counter

from . import figures, release, verdict
from .replay import Replay
from .request import Target

SCHEMES = {"http": "http", "h2c": "grpc", "grpc": "grpc", "ws": "http", "https": "https", "tls": "tls", "tcp": "tcp"}
UPGRADE = {"connection": "Upgrade", "upgrade": "websocket"}
DEFAULT_PORTS = {"http": 80, "h2c": 80, "grpc": 80, "ws": 80, "https": 443, "tls": 443}
# What gRPC's clients are told where others see an HTTP status (grpc/doc/http-grpc-status-mapping.md).
GRPC_STATUS = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}


class Evaluator:
    """The evaluator as a process that answers JSON lines (tests/src/bin/outcomes.rs)."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, objects, documents, queries):
        return self.answer(objects, documents, queries, [])["traces"]

    def replay(self, objects, documents, logs):
        return self.answer(objects, documents, [], logs)["replay"]

    def answer(self, objects, documents, queries, logs):
        batch = {"objects": objects, "documents": documents, "queries": queries, "logs": logs}
        self.process.stdin.write(json.dumps(batch) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the evaluator stopped (exit {self.process.wait()})")
        return json.loads(line)


class Agreement:
    """Collects what real proxies did with the requests of one state of the mesh, and compares when the state changes."""

    def __init__(self, evaluator, tally):
        self.evaluator = evaluator
        self.tally = tally
        self.replay = Replay(evaluator, tally)
        self.world = None
        self.met = []
        self.written, self.drawn = Counted(), Counted()  # of the cases that somebody wrote or that are made of one, and of those by chance
        self.left_out = Counter()

    def enter(self, mesh, objects):
        """The mesh now has these objects."""
        self.settle()
        self.world = (objects + services(mesh), [environment(mesh.case), *mesh.case.settings])
        self.counted = self.drawn if mesh.case.drawn else self.written
        self.counted.configurations += 1
        self.replay.enter(mesh, mesh.case.name)

    def note(self, mesh, name, row, outcome):
        """A request was sent, and this came of it."""
        self.replay.note(mesh, row)
        asked = query(mesh, row)
        if isinstance(asked, str):
            self.left_out[asked] += 1
        else:
            self.met.append((name, row, outcome, asked, Seen(mesh, row, outcome)))

    def settle(self):
        """Compares everything that was collected, and what the proxies have logged."""
        if self.world is not None:
            self.replay.settle(self.world)
        met, self.met = self.met, []
        if not met:
            return
        traces = self.evaluator.ask(*self.world, [asked for *_, asked, _ in met])
        for (name, row, outcome, asked, seen), trace in zip(met, traces, strict=True):
            self.counted.asked += 1
            if trace["verdict"] == "unknown":
                self.counted.unknown["; ".join(trace["unknown"])] += 1
                continue
            differences = seen.differences(trace)
            if not differences:
                self.counted.agreed += 1
                continue
            self.tally.note(False, f"outcome | {name}", json.dumps(asked), " and ".join(differences), "evaluator: " + words(trace),
                            f"proxies: {outcome.status}, {outcome.seen}")

    def figures(self):
        rows = []
        if self.written.asked:
            rows.append(self.written.row("requests that real proxies answered", "make test-mesh"))
        if self.drawn.asked:
            count = self.drawn.configurations
            rows.append(self.drawn.row("requests in cases drawn by chance, that real proxies answered",
                                       f"tests/mesh/run.sh tests/mesh/cases --only drawn --drawn {count}", count))
        return rows

    def end(self):
        """The figures, and what stands behind them."""
        self.settle()
        self.replay.end()
        for title, counter in (("unknown", self.written.unknown + self.drawn.unknown), ("not asked", self.left_out)):
            for reason, count in counter.most_common():
                print(f"outcome {title}: {count} x {reason}")
        for what, counted in (("the real mesh's", self.written), ("the real mesh's in cases drawn by chance", self.drawn)):
            if counted.asked:
                print(f"verdicts of `outcome` equal {what} in {counted.agreed} of {counted.asked} requests, {counted.unknown.total()} unknown, "
                      f"{counted.different()} different")
        print(f"{self.left_out.total()} not asked")


class Counted:
    """How many requests were compared, and with which result."""

    def __init__(self):
        self.configurations = self.asked = self.agreed = 0
        self.unknown = Counter()

    def different(self):
        return self.asked - self.agreed - self.unknown.total()

    def row(self, what, command, configurations=None):
        return figures.row(what, command, self.asked, self.agreed, self.unknown.total(), self.different(), self.unknown, configurations)


def words(trace):
    told = [trace["verdict"], trace["status"], "closed" if trace["closed"] else "", trace["gateway"], trace["reached"]]
    return " ".join(str(word) for word in told if word)


# The mesh, in the words of the documents that describe one.

def environment(case):
    """What the lab really has, whatever the case's own documents leave to defaults."""
    given = case.environment
    spec = {key: given[key] for key in ("rootNamespace", "trustDomain", "outboundTrafficPolicy", "dnsCapture", "namespaces", "complete")
            if key in given}
    # What the lab's mesh config sets, or Istio by itself (lab/istiod.py).
    spec = {"outboundTrafficPolicy": "REGISTRY_ONLY", "dnsCapture": False} | spec | release.stated()
    spec["gateways"] = [{
        "name": gateway.name, "namespace": gateway.namespace, "service": gateway.service, "podLabels": gateway.labels,
        "ports": [{"port": port.number, "targetPort": port.target, "class": "http" if port.klass == "http" else "tls"}
                  for port in gateway.ports]} for gateway in case.gateways]
    return {"apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "lab"}, "spec": spec}


def place(record, name):
    """The host that an origin's record is of. An address of no host is the one that an entry gives to its own name."""
    return record["host"] or (record["address"] if re.fullmatch(r"[0-9.]+", name) else name)


def services(mesh):
    return [thing for thing in mesh.kubernetes() if thing["kind"] == "Service"]


# A row, in the words of the evaluator.

def query(mesh, row):
    """The request of a row; a text says why the evaluator has no words for it."""
    target = Target(row)
    if str(row.get("http", "")) == "1.0":
        return "HTTP/1.0: a query has no version"
    if "run" in row:
        return "a program: it sends several requests"
    scheme = SCHEMES[target.scheme]
    if target.scheme == "http" and str(row.get("http", "")) == "2":
        scheme = "grpc"
    dialled, _, port = row.get("dial", "").partition(":")
    to = {"scheme": scheme, "host": dialled or target.host, "port": int(port or target.port), "sni": None,
          "method": row.get("method", "POST" if "tool" in row else None), "path": row.get("target", target.path), "headers": headers(row, target),
          "moreHeaders": more_headers(row)}
    if scheme in ("https", "tls"):
        to["sni"] = (row["sni"] or None) if row.get("sni") is not None else target.host
    workload = mesh.case.workloads[row["client"]]
    asker = {"namespace": workload.namespace, "labels": workload.labels, "serviceAccount": workload.account,
             "path": "sidecar", "gateway": None, "outerSni": None}
    through = row.get("through", "sidecar")
    if through == "none" or (through == "sidecar" and not workload.sidecar):
        asker["path"] = "none"
    elif isinstance(through, dict) and "waypoint" in through:
        asker["path"] = "ambient"
    elif isinstance(through, dict):
        gateway = next(each for each in mesh.case.gateways if each.name == through.get("gateway", mesh.case.gateways[0].name))
        offered = [port.number for port in gateway.ports if port.target == through["port"]]
        if not offered:
            return "a container port that no port of the Service leads to: a query has none"
        to["port"] = offered[0]
        if through.get("identity") is None:
            # Nobody: no certificate of the mesh, which for the gateway is a pod without a sidecar.
            asker["path"] = "none"
            to["host"] = f"{gateway.service}.{gateway.namespace}.svc.cluster.local"
            if "outer" in through:
                to |= {"scheme": "tls", "sni": through["outer"]}
            elif through["inner"] == "http":
                to["headers"] = to["headers"] | {"host": row.get("authority", target.host)}
        else:
            namespace, _, account = through["identity"].partition("/")
            asker |= {"namespace": namespace, "serviceAccount": account, "path": "direct",
                      "gateway": gateway.name, "outerSni": through["outer"]}
    return {"from": asker, "to": to}


def headers(row, target):
    told = {name: values[0] for name, values in given(row)}
    if target.scheme == "ws":
        told |= UPGRADE
    plain = target.port == DEFAULT_PORTS.get(target.scheme)
    return told | {"host": row.get("authority", target.host if plain else f"{target.host}:{target.port}")}


def more_headers(row):
    """What stands behind the first of several values."""
    return {name: values[1:] for name, values in given(row) if len(values) > 1}


def given(row):
    """The headers of a row, each with all its values."""
    called = {"mcp-method": "tools/call", "mcp-name": row["tool"], "mcp-protocol-version": "2026-07-28"} if "tool" in row else {}
    for name, values in (called | (row.get("headers") or {})).items():
        yield name.lower(), [str(value) for value in (values if isinstance(values, list) else [values])]


class Seen:
    """What the client and the origins saw of one request."""

    def __init__(self, mesh, row, outcome):
        self.row = row
        self.target = Target(row)
        self.status = outcome.status
        self.records = outcome.seen
        self.requests = verdict.arrived(outcome.seen)
        # Whoever sent bytes; a mere connection is what a refused caller of a TCP chain leaves behind.
        self.reached = [record for record in outcome.seen if record["event"] != "connection"]
        self.names = {pod.address: name for name, pod in [*mesh.gateways.items(), *mesh.waypoints.items()]}
        # Hosts whose certificate names somebody else: what comes of a handshake there is not a matter of Istio's objects.
        # Hosts that accept no connection: that nothing arrives there is not a matter of Istio's objects either.
        self.silent = {host for host, facts in mesh.case.origins.items() if (facts or {}).get("refuses")}
        # Gateways that do not run: what is sent to them arrives nowhere, whatever Istio's objects say.
        self.stopped = set(mesh.case.stopped)
        self.odd = {host for host, facts in mesh.case.origins.items() if (facts or {}).get("certificateFor")}

    def differences(self, trace):
        if trace["verdict"] == "blocked":
            return self.as_blocked(trace)
        return self.as_reached(trace)

    def as_blocked(self, trace):
        found = []
        # A handshake of a sidecar that goes there by itself is no request: the row says so.
        if self.reached and self.row.get("origin") != "refused":
            found.append("it reached an origin")
        if trace["status"] is not None and self.status != self.told(trace["status"]):
            found.append("another status")
        # Bytes that are no TLS end a TLS client's connection as nothing at all does.
        if trace["closed"] and self.status not in ("closed", "plain"):
            found.append("it was not closed")
        return found

    def told(self, status):
        """A status as the client's side of the lab tells it."""
        if self.target.scheme == "grpc":
            return f"grpc-status {GRPC_STATUS.get(status, 2)}"
        return status

    def as_reached(self, trace):
        # A weight, or a proxy's choice of an endpoint, decides between several places.
        places = [trace["reached"], *trace["alsoReached"]]
        if not self.requests:
            # A handshake that the origin's certificate spoils: bytes must have come to the right place all the same.
            if any(reached["host"] in self.silent for reached in places):
                return []
            if self.stopped & {trace["gateway"], *trace["otherGateways"]}:
                return []
            if not self.reached or not (self.status == "untrusted" or any(reached["host"] in self.odd for reached in places)):
                return ["nothing arrived"]
        found = []
        for record in self.requests or self.reached:
            reached = next((each for each in places if place(record, each["host"]) == each["host"] and record["port"] == each["port"]), places[0])
            if (place(record, reached["host"]), record["port"]) != (reached["host"], reached["port"]):
                found.append("another destination")
            # A weight decides between several gateways.
            if self.names.get(record["peer"]) not in (trace["gateway"], *trace["otherGateways"]):
                found.append("another gateway, or none")
            if record["event"] == "request":
                if record["tls"] != reached["tls"]:
                    found.append("another encryption at the origin")
                elif record["tls"] and record["sni"] != reached["sni"]:
                    found.append("another server name at the origin")
        return list(dict.fromkeys(found))
