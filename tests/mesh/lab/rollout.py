"""A change of policies, applied in the order that `egressc diff` gives, on proxies that run."""
from . import flows
from .compiler import answer, compile_files
from .judge import judge

ANNOUNCED = "expect an interruption"


class Rollout:
    def __init__(self, walk, interruption):
        self.walk = walk
        self.run, self.case = walk.run, walk.case
        self.interruption = interruption
        old = self.case.folder / "old"
        self.before = compile_files(self.run.program, old / "policy.yaml", old / "mesh.yaml")
        self.order = answer(self.run.program, "diff", old, self.case.home)["order"]
        self.clock = 0

    def all(self, name):
        known = set(map(survivor, flows.declared(self.case.old)))
        generator = self.walk.generator
        staying = [(flow, any_gateway(generator.arrival(flow))) for flow in generator.flows if survivor(flow) in known]
        strangers = [row for kind, row in self.walk.rows if kind in ("unselected", "elsewhere")]
        state = {place(thing): self.stamped(thing) for thing in self.before}
        asked = [row for _, row in staying] + strangers
        self.walk.move(f"{name} old", "", list(state.values()), asked)
        self.look(f"{name} old", staying, strangers, set())
        after = {place(thing): thing for thing in self.walk.resources}
        cut = set()
        for number, step in enumerate(self.order, 1):
            key = (step["kind"], step["namespace"], step["name"])
            label = f"{name} {number} {step['action']} {'/'.join(key)}"
            if step["action"] == "delete":
                state.pop(key)
            else:
                state[key] = self.stamped(step["transitional"] or after[key], state.get(key))
            if ANNOUNCED in step["reason"]:
                cut |= families(state[key])
                if self.interruption == "none":
                    self.run.tally.note(False, label, "-", "the step", "no interruption is announced", step["reason"])
            self.walk.move(label, "", list(state.values()), asked)
            self.look(label, staying, strangers, cut)
        rest = {key: {**thing, "metadata": {**thing["metadata"], "creationTimestamp": None}} for key, thing in state.items()}
        wanted = {key: {**thing, "metadata": {**thing["metadata"], "creationTimestamp": None}} for key, thing in after.items()}
        self.run.tally.note(rest == wanted, name, "-", "all steps", "what the new policies compile to", "that" if rest == wanted else "something else")

    def stamped(self, thing, known=None):
        """Istio asks which of two objects is older; what is changed in place keeps its age."""
        self.clock += 1
        stamp = known["metadata"]["creationTimestamp"] if known else f"2026-01-01T00:{self.clock // 60:02}:{self.clock % 60:02}Z"
        return {**thing, "metadata": {**thing["metadata"], "creationTimestamp": stamp}}

    def look(self, name, staying, strangers, cut):
        for flow, row in staying:
            if flow.family in cut:
                row = {**row, "status": "any", "origin": {"maybe": row["origin"]}}
            judge(self.run.mesh, name, row, self.run.tally)
        for row in strangers:
            judge(self.run.mesh, name, row, self.run.tally)


def survivor(flow):
    """What a client notices of a flow: not by which gateway, nor how it is encrypted beyond that."""
    return flow.namespace, flow.selector, flow.host, flow.port, flow.protocol


def any_gateway(row):
    """While gateways change places, either will do."""
    return {**row, "origin": {**row["origin"], "via": "any"}}


def place(thing):
    return thing["kind"], thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def families(gateway):
    """The kinds of flows that a listener is for."""
    return {"http" if server["port"]["protocol"] == "HTTPS" else family
            for server in gateway["spec"]["servers"] for family in ("tls", "tcp")}
