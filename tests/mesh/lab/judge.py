"""Sends rows, one after the other, and tells what came of each."""
from . import verdict
from .generated import Generator
from .request import Target, check_row, describe


class Tally:
    """The count that the last line of a run tells."""

    def __init__(self, quiet=False):
        self.passed = 0
        self.failed = 0
        self.left_out = 0
        self.quiet = quiet
        self.failures = []

    def note(self, good, *cells):
        self.passed += good
        self.failed += not good
        line = " | ".join(["PASS" if good else "FAIL", *map(str, cells)])
        if not good:
            self.failures.append(line)
        if not (self.quiet and good):
            print(line, flush=True)

    def leave(self, *cells):
        """Nothing can be said of it, and nobody promised that there would be."""
        self.left_out += 1
        if not self.quiet:
            print(" | ".join(["LEFT", *map(str, cells)]), flush=True)

    def end(self):
        """What failed once more, where the end of a long log shows it, and the count."""
        if self.left_out:
            print(f"{self.left_out} cases left out: Istio's webhook refuses their objects")
        if self.failures:
            print("failed:", *self.failures, sep="\n")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)


def rows_of(case, resources):
    """The case's own rows, then the generated ones."""
    return list(case.requests) + [row for _, row in Generator(case, resources).rows()]


def attempt(mesh, name, row):
    """Sends one row: (problems, cells of its line)."""
    target = Target(check_row(row))
    outcome = mesh.send(name, row)
    peers = mesh.gateway_peers()
    return (verdict.problems(row, target, outcome, peers),
            [row["client"], describe(row), verdict.expected(row, target), verdict.got(row, outcome, peers)])


def judge(mesh, name, row, tally):
    """Sends one row, again where it may be sent again, and prints its line."""
    for _ in range(row.get("within", 1)):
        problems, cells = attempt(mesh, name, row)
        if not problems:
            break
    tally.note(not problems, name, *cells, *([" and ".join(problems)] if problems else []))


def fail(tally, name, stage, error):
    """A case that could not be run at all is one failure."""
    tally.note(False, name, "-", stage, "the mesh takes it", " ".join(str(error).split()))
