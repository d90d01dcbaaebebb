"""One run: the mesh starts once, the cases follow one another on it, then the mutants."""
import re

from . import flows, golden, mutants, planted, steps, sweep
from .agreement import Agreement, Evaluator
from .compiler import CompileError, compile_case
from .envoy import Rejected
from .generated import UNDECLARED_HOST
from .istiod import Refused
from .judge import Tally, fail, judge, rows_of
from .mesh import Mesh
from .request import Target
from .said import judge_check

# A name of the public DNS, as far as cases have any: no address, no wildcard, and no Service of the cluster.
PUBLIC = re.compile(r"[a-z0-9][a-z0-9.-]*\.(com|net|org|example)")


class Run:
    def __init__(self, chosen, options, program, evaluator):
        self.cases = chosen
        self.options = options
        self.program = program
        self.tally = Tally(options.quiet)
        self.agreement = Agreement(Evaluator(evaluator), self.tally)
        self.mesh = Mesh(options.istiod, self.agreement)
        self.mesh.start(hosts_of(chosen))

    def everything(self):
        try:
            for case in self.cases:
                self.case(case)
            if self.options.mutants:
                mutants.run_all(self, self.options.mutants)
            self.agreement.settle()
            self.stragglers()
            if self.options.sweep:
                sweep.run(self.mesh.istiod, self.agreement.evaluator, self.program, self.options.seed, self.options.sweep, self.tally)
            if self.options.planted:
                planted.run(self.mesh.istiod, self.agreement.evaluator, self.program, self.options.seed, self.tally)
            if self.options.golden:
                golden.run(self.mesh.istiod, self.agreement.evaluator, self.options, self.tally)
        finally:
            if self.options.keep:
                print(f"kept {self.mesh.folder}")
            else:
                self.mesh.close()
        return self.tally

    def case(self, case):
        """Compiles, applies and runs one case."""
        try:
            judge_check(case, self.program, self.tally)
            if case.generate is False and not case.requests and not case.steps:
                return None
            resources = compile_case(case, self.program)
            rows = rows_of(case, resources)
            self.mesh.prepare(case)
            if case.steps:
                return steps.walk(self, case, resources)
            self.mesh.boot(resources)
        except (CompileError, Refused, Rejected) as error:
            if case.refusable and isinstance(error, Refused):
                return self.tally.leave(case.name, error)
            return fail(self.tally, case.name, type(error).__name__, error)
        for row in rows:
            judge(self.mesh, case.name, row, self.tally)
        return None

    def stragglers(self):
        """Nothing may reach an origin after the last answer of a case: it would belong to no request."""
        late = self.mesh.late + self.mesh.arrived()
        if late:
            fail(self.tally, "-", "after the last request of a case", f"an origin saw {late}")


def hosts_of(chosen):
    """Every host any case names, be it as a place to which a route leads: the internet has them all from the start. A host
    without an address would be blocked by the lab, and pass for one that the mesh blocks.
    """
    hosts = {UNDECLARED_HOST: None}
    for case in chosen:
        for host in [flow.host for flow in flows.declared(case.policies + case.old)]:
            hosts.setdefault(host, None)
        for row in case.all_requests():
            hosts.setdefault(Target(row).host, None)
            if "dial" in row:
                hosts.setdefault(row["dial"].partition(":")[0], None)
        for host in filter(PUBLIC.fullmatch, led_to(case)):
            hosts.setdefault(host, None)
        hosts.update(case.origins)
    # An address that a row dials has no name.
    return {host: facts for host, facts in hosts.items() if not re.fullmatch(r"[0-9.]+", host)}


def led_to(case):
    """The names that a proxy may resolve without a client that dials them."""
    for row in case.all_requests():
        yield str(row.get("authority", "")).partition(":")[0].lower()
    for entry in case.own:
        if entry["kind"] == "ServiceEntry":
            yield from (host.lower() for host in entry["spec"]["hosts"])
            yield from (str(endpoint.get("address", "")).lower() for endpoint in entry["spec"].get("endpoints") or [])
