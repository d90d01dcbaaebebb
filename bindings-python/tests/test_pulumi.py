"""The Pulumi component over Pulumi's own mocks: what it registers, in which order, and how it stops.

Not over the engine, which costs too much here: the Go module proxy has it, but `go build
github.com/pulumi/pulumi/pkg/v3/cmd/pulumi` at v3.274.1 took 10 min 46 s of processor time (user and system, by bash's
`time`), and the provider comes on top. That provider is not the SDK's release either (the proxy has it up to January 2026,
without its embedded schema), and the language host is not there at all, so that programs run over the automation API.
"""

from __future__ import annotations

import json
import logging
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor

import egressc

ROOT = Path(__file__).parents[2]
COMBINED = ROOT / "examples/combined"


class Recorded(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[Any, Any]]:
        if args.typ.startswith("kubernetes:"):
            self.objects[args.name] = dict(args.inputs, typ=args.typ)
        return args.name, dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:
        return {}


class Monitor(MockMonitor):
    """Keeps what each registration waits for."""

    def __init__(self, mocks: pulumi.runtime.Mocks) -> None:
        super().__init__(mocks)
        self.waits: dict[str, list[str]] = {}
        self.parents: dict[str, str] = {}

    def RegisterResource(self, request: Any) -> Any:
        self.waits[request.name] = [urn.split("::")[-1] for urn in request.dependencies]
        self.parents[request.name] = request.parent.split("::")[-1]
        return super().RegisterResource(request)


class Log(logging.Handler):
    """What goes to the engine's log."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.levelno, record.getMessage()))


def record(program: Callable[[], Any], *, preview: bool = False) -> tuple[dict[str, dict[str, Any]], Monitor, Log]:
    """A program as `pulumi up` runs it."""
    mocks = Recorded()
    monitor = Monitor(mocks)
    log = Log()
    logger = logging.Logger("engine")
    logger.addHandler(log)
    pulumi.runtime.set_mocks(mocks, preview=preview, logger=logger, monitor=monitor)
    pulumi.runtime.test(program)()
    return mocks.objects, monitor, log


def run(policies: Any, *, preview: bool = False) -> tuple[dict[str, dict[str, Any]], Monitor, Log, Any]:
    """A program with the component alone."""
    from egressc.pulumi import EgressPolicies

    made: list[EgressPolicies] = []

    def program() -> Any:
        made.append(EgressPolicies("egress", policies() if callable(policies) else policies))
        return made[0].gateway_ports

    return (*record(program, preview=preview), made[0])


def stripped(objects: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value for key, value in given.items() if key != "typ"} for name, given in objects.items()}


def expected() -> dict[str, Any]:
    paths = sorted(COMBINED.glob("*.yaml"))
    answer = egressc.compile({path: path.read_bytes() for path in paths})
    return {
        f"egress:{one['kind']}/{one['metadata']['namespace']}/{one['metadata']['name']}": one for one in answer.resources
    }


def test_one_child_for_each_object() -> None:
    objects, monitor, _, component = run(COMBINED)
    assert stripped(objects) == expected() and len(objects) == 20
    assert {monitor.parents[name] for name in objects} == {"egress"}
    assert set(component.children) == {name.removeprefix("egress:") for name in objects}


def test_the_example() -> None:
    # The exit of `pulumi.export` and the provider are the program's own; what it makes is the component's.
    objects, monitor, _ = record(lambda: runpy.run_path(str(ROOT / "examples/pulumi-python/__main__.py"), run_name="__main__") and None)
    assert stripped(objects) == expected()
    assert "cluster" in monitor.waits


def test_every_way_to_give_policies() -> None:
    policy, mesh = COMBINED / "policy.yaml", COMBINED / "mesh.yaml"

    def outputs() -> list[Any]:
        return [pulumi.Output.from_input(policy.read_text()), (mesh, pulumi.Output.from_input(mesh.read_bytes().decode()))]

    def one_output() -> list[Any]:
        return [pulumi.Output.from_input(policy.read_text()), mesh]

    for way in (
        one_output,
        [mesh, policy],
        [policy.read_text(), mesh.read_bytes()],
        {"p": policy.read_text(), "m": mesh.read_bytes()},
        [("p", policy.read_text()), mesh],
        outputs,
    ):
        assert stripped(run(way)[0]) == expected()


def test_outputs_inside_an_object() -> None:
    def policies() -> list[Any]:
        return [service("one.example.com", namespace=pulumi.Output.from_input("mytest"))]

    objects, _, _, component = run(policies)
    assert stripped(objects) == stripped(run([service("one.example.com", namespace="mytest")])[0])
    assert component.children


def service(*hosts: str, namespace: Any = "mytest") -> dict[str, Any]:
    to = [
        {"name": host.split(".")[0], "hosts": [host], "port": {"number": 443, "name": "https", "protocol": "HTTPS"}}
        for host in hosts
    ]
    return {
        "apiVersion": "istio.alibabacloud.com/v1",
        "kind": "ASMEgressTrafficPolicy",
        "metadata": {"name": "egress-by-egressgateway-a", "namespace": "istio-egress"},
        "spec": {
            "byEgressGateway": {"name": "egressgateway-a"},
            "egressRules": [{"from": [{"namespace": namespace}], "to": [item]} for item in to],
        },
    }


def test_one_more_rule_adds_and_replaces_nothing() -> None:
    before, after = run(service("one.example.com"))[0], run(service("one.example.com", "two.example.com"))[0]
    assert set(before) < set(after)
    new = [name for name in after if name not in before]
    assert all("two" in json.dumps(after[name]["spec"]) for name in new)
    for name, given in before.items():
        # Pulumi replaces what changes these, and updates the rest in place.
        for kept in ("typ", "apiVersion", "kind"):
            assert after[name][kept] == given[kept]
        assert after[name]["metadata"]["name"] == given["metadata"]["name"]
        assert after[name]["metadata"]["namespace"] == given["metadata"]["namespace"]


def closure(name: str, waits: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        for before in waits[todo.pop()]:
            if before not in found:
                found.add(before)
                todo.append(before)
    return found


def test_no_order_opens_a_hole() -> None:
    objects, monitor, _, _ = run(COMBINED)
    answer = egressc.compile({path: path.read_bytes() for path in sorted(COMBINED.glob("*.yaml"))})
    names = list(expected())
    made_for = {name: set(row.origins) for name, row in zip(names, answer.origins)}
    kinds = [one["kind"] for one in answer.resources]
    runs = [index for index in range(len(kinds)) if index == 0 or kinds[index] != kinds[index - 1]]
    assert len(runs) == 7
    for index, name in enumerate(names):
        start = max(run_ for run_ in runs if run_ <= index)
        # All of the earlier stages that serve one of its destinations, and nothing else that it does not need.
        needed = {other for other in names[:start] if made_for[other] & made_for[name]}
        assert needed <= closure(name, monitor.waits)
    gateways = [name for name in names if "Gateway/" in name]
    refusals = {name for name in names if "AuthorizationPolicy/" in name}
    assert gateways and refusals
    assert refusals == set().union(*(closure(name, monitor.waits) & refusals for name in gateways))


def test_what_shares_nothing_does_not_wait() -> None:
    _, monitor, _, _ = run(service(*(f"h{number}.example.com" for number in range(40))))
    edges = sum(len(waits) for waits in monitor.waits.values())
    assert edges < 6 * len(monitor.waits)


def test_a_refused_policy_stops_the_program() -> None:
    from egressc.pulumi import RefusedPolicies

    bad = (COMBINED / "policy.yaml").read_text().replace("- httpbin.org", '- "*.httpbin.org"', 1)
    for policies in (lambda: {"policies/a.yaml": bad}, lambda: {"policies/a.yaml": pulumi.Output.from_input(bad)}):
        with pytest.raises(RefusedPolicies, match=r"policies/a\.yaml:\d+:9: error\[EGR0422\]: wildcard host") as raised:
            run(policies, preview=True)
        assert isinstance(raised.value, pulumi.RunError) and isinstance(raised.value, egressc.PolicyError)
        assert any(diagnostic.code == "EGR0422" for diagnostic in raised.value.diagnostics)


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        (Path("no/such.yaml"), r"no/such\.yaml: No such file or directory"),
        ("policy.yaml", r"error\[EGR0201\]|is a path"),
        ([("a", "b", "c")], "a pair must be a name and a content"),
        ({"a": object()}, "is of type object, which is not plain data"),
        (ROOT / "core/src", r"this folder contains no \.yaml, \.yml or \.json file"),
    ],
)
def test_a_wrong_call_stops_the_program(policies: Any, message: str) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        run(policies)


def test_warnings_and_notes_go_to_the_log() -> None:
    policy = (COMBINED / "policy.yaml").read_text().replace("egress-by-egressgateway-a #", "otherwise #")
    objects, _, log, _ = run({"p.yaml": policy})
    said = egressc.check({"p.yaml": policy}).diagnostics
    assert objects and {diagnostic.severity for diagnostic in said} == {"warning", "note"}
    levels = {"warning": logging.WARNING, "note": logging.INFO}
    wanted = sorted((levels[diagnostic.severity], str(diagnostic)) for diagnostic in said)
    assert wanted == sorted(one for one in log.said if one[0] > logging.DEBUG)


def test_a_preview_with_unknown_outputs_makes_nothing() -> None:
    def policies() -> Any:
        from pulumi import Output

        unknown: Output[str] = Output(set(), _done("?"), _done(False))
        return [unknown]

    objects, _, _, component = run(policies, preview=True)
    assert objects == {} and component.children == {}


def _done(value: Any) -> Any:
    import asyncio

    future = asyncio.get_event_loop().create_future()
    future.set_result(value)
    return future


def test_the_package_does_not_need_pulumi() -> None:
    code = "import egressc, sys; egressc.check(''); print('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
