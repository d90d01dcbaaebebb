"""Cases that are about time: objects are applied and deleted while the proxies run.

steps.yaml is a list of steps, beginning with nothing applied:
  apply, delete  `all`, or a list of patterns for Kind/namespace/name (a bare Kind means all of it)
  order          forward, reverse, or a number that seeds a shuffle: then one object at a time, looking after each;
                 absent: all at once
  expect         works (what is declared arrives, all else is blocked), blocked (nothing arrives),
                 or safe (what arrives, arrives as declared; the default)
  requests       further rows for the state after the step
  rollout        `none` or `announced`: beginning with old/, one step after the other of what `egressc diff old new` says;
                 after each, flows that both sides declare arrive and strangers are blocked. `none`: no step may announce
                 an interruption; `announced`: where one does, flows of its listener may be cut until the end
Between two states requests go on, and whatever they reached must have been declared, too.
"""
import fnmatch
import random
import threading

from . import verdict
from .envoy import Rejected
from .generated import Generator
from .istiod import Refused
from .judge import fail, judge
from .rollout import Rollout


def walk(run, case, resources):
    """Runs the steps of one case on proxies that are started once."""
    Walk(run, case, resources).all()


class Walk:
    def __init__(self, run, case, resources):
        self.run = run
        self.case = case
        self.resources = resources
        self.applied = []
        self.generator = Generator(case, resources)
        self.rows = self.generator.rows()

    def all(self):
        self.run.mesh.boot([])
        for number, step in enumerate(self.case.steps, 1):
            name = f"{self.case.name}/{number}"
            if "rollout" in step:
                try:
                    Rollout(self, step["rollout"]).all(name)
                except (Refused, Rejected) as error:
                    return fail(self.run.tally, name, type(error).__name__, error)
                continue
            for label, wanted in self.states(step):
                try:
                    self.move(name, label, wanted)
                except (Refused, Rejected) as error:
                    return fail(self.run.tally, f"{name} {label}", type(error).__name__, error)
            self.look(name, step.get("expect", "safe"))
            for row in step.get("requests", []):
                judge(self.run.mesh, name, row, self.run.tally)

    def states(self, step):
        """(label, objects) for every state the step passes through; the last one is the step's own."""
        adding = [thing for thing in self.chosen(step.get("apply")) if thing not in self.applied]
        leaving = [thing for thing in self.chosen(step.get("delete")) if thing in self.applied]
        moves = [(thing, True) for thing in adding] + [(thing, False) for thing in leaving]
        if "order" not in step:
            yield "", [thing for thing in self.applied + adding if thing not in leaving]
            return
        state = list(self.applied)
        for thing, added in ordered(moves, step["order"]):
            state = state + [thing] if added else [other for other in state if other is not thing]
            yield f"{'+' if added else '-'}{identity(thing)}", state

    def chosen(self, patterns):
        if patterns is None:
            return []
        if patterns == "all":
            patterns = ["*"]
        return [thing for thing in self.resources if any(
            fnmatch.fnmatch(identity(thing), pattern if "/" in pattern or pattern == "*" else pattern + "/*") for pattern in patterns)]

    def move(self, name, label, wanted, asked=None):
        """Changes the running mesh while a client keeps asking, then looks at what came of it."""
        restless = Restless(self.run.mesh, asked or [row for kind, row in self.rows if kind in ("declared", "unselected", "elsewhere")])
        restless.start()
        try:
            self.run.mesh.change(wanted)
        finally:
            restless.stop()
        self.applied = wanted
        judge_meanwhile(self.run, f"{name} {label}".strip(), restless)
        if label:
            self.look(f"{name} {label}", "safe", brief=True)

    def look(self, name, expectation, brief=False):
        for kind, row in self.rows:
            if brief and kind not in ("declared", "unselected"):
                continue
            judge(self.run.mesh, name, adapted(kind, row, expectation), self.run.tally)


def adapted(kind, row, expectation):
    """A row of the finished state, as it holds in an unfinished one."""
    if expectation == "works":
        return row
    loose = {key: value for key, value in row.items() if key not in ("status", "origin", "body")} | {"status": "any"}
    promised = isinstance(row.get("origin"), dict) and expectation == "safe"
    return loose | ({"origin": {"maybe": row["origin"]}} if promised else {})


def identity(thing):
    return f"{thing['kind']}/{thing['metadata'].get('namespace', '')}/{thing['metadata']['name']}"


def ordered(moves, order):
    if order == "reverse":
        return moves[::-1]
    if order != "forward":
        random.Random(order).shuffle(moves)
    return moves


class Restless(threading.Thread):
    """Sends rows round and round until told to stop; what the origins saw is read afterwards, all at once."""

    def __init__(self, mesh, rows):
        super().__init__(daemon=True)
        self.mesh = mesh
        self.rows = rows
        self.enough = threading.Event()
        self.sent = 0

    def run(self):
        while not self.enough.is_set():
            for row in self.rows:
                self.mesh.sender.send(row)
                self.sent += 1
                if self.enough.is_set():
                    return

    def stop(self):
        self.enough.set()
        self.join()
        self.seen = self.mesh.arrived()


def judge_meanwhile(run, name, restless):
    """Which request an origin saw is not known here, so every record must be one that some row promises."""
    peers = run.mesh.gateway_peers()
    promises = [row["origin"] for row in restless.rows if isinstance(row.get("origin"), dict)]
    bad = [record for record in restless.seen if not promised(record, promises, peers)]
    run.tally.note(not bad, name, "-", "requests during the change", "origin sees only what is declared",
                   f"{len(bad)} others: {bad[:3]}" if bad else "only that")


def promised(record, promises, peers):
    told = verdict.facts(record, peers)
    keys = None if record["event"] == "request" else ("host", "port", "via")
    return any(all(verdict.same(told, key, promise[key]) for key in (keys or promise) if key in promise) for promise in promises)
