"""What only exists at this border: Python's objects, its strings, its threads."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import importlib.metadata
import pickle
import subprocess
import threading
import sys
import time
import types
from pathlib import Path
from typing import Any, Iterator

import pytest

import egressc

FOLDER = Path(__file__).parents[2] / "examples" / "combined"
TEXTS = [(name, (FOLDER / name).read_text("utf-8")) for name in ("policy.yaml", "mesh.yaml")]


def wrong(sources: Any, message: str, **options: Any) -> None:
    with pytest.raises(egressc.UsageError, match=message) as raised:
        egressc.compile(sources, **options)
    assert isinstance(raised.value, ValueError)
    # A call after a failed call works.
    assert egressc.compile(TEXTS).ok


def test_one_version() -> None:
    assert egressc.about().version == egressc.__version__ == importlib.metadata.version("egressc")


def test_the_example_of_the_readme(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    monkeypatch.chdir(FOLDER)
    exec(readme.split("```python\n")[1].split("```")[0], {})
    assert capsys.readouterr().out.startswith("---\n")


def test_every_way_to_give_a_source() -> None:
    expected = egressc.compile(TEXTS, format="yaml").text
    assert expected
    ways: list[Any] = [
        [{"name": name, "text": text} for name, text in TEXTS],
        [{"name": name, "text": text.encode()} for name, text in TEXTS],
        [(name, text.encode()) for name, text in TEXTS],
        [(name, bytearray(text.encode())) for name, text in TEXTS],
        tuple(TEXTS),
        (pair for pair in TEXTS),
        dict(TEXTS),
        {Path(name): text.encode() for name, text in TEXTS},
        types.MappingProxyType(dict(TEXTS)),
        [(Path(name), text) for name, text in TEXTS],
        [text for _, text in TEXTS],
        [text.encode() for _, text in TEXTS],
        "---\n".join(text for _, text in TEXTS),
        "---\n".join(text for _, text in TEXTS).encode(),
    ]
    for way in ways:
        assert egressc.compile(way, format="yaml").text == expected


def test_values() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "y"}, "spec": {"ports": [{"port": 80}]}}
    as_value = egressc.check([*TEXTS, {"name": "s", "value": service}])
    assert as_value == egressc.check([*TEXTS, ("s", service)])
    assert as_value.ok


def test_what_is_not_plain_data_is_refused_with_its_place() -> None:
    wrong([("v", {"spec": {"d": datetime.date(2026, 1, 1)}})], r"`sources\[0\]\[.v.\]\.spec\.d` is of type date")
    wrong([("v", {"f": [lambda: 1]})], r"`sources\[0\]\[.v.\]\.f\[0\]` is of type function")
    wrong([("v", {1: 2})], r"`sources\[0\]\[.v.\]` has a key that is not a str")
    wrong([("v", {"n": 1 << 64})], r"\]\.n` is a number of more than 64 bits")
    wrong([("v", {"n": float("nan")})], r"\]\.n` is not a number that JSON has")
    wrong([("v", {"b": b"x"})], r"\]\.b` is of type bytes")
    wrong([("v", {1, 2})], r"`sources\[0\]\[.v.\]` is of type set")
    wrong([{"name": "v", "value": {"s": "\ud800"}}], r"`sources\[0\]\.value\.s` holds half of a surrogate pair")
    wrong([("\ud800", "text")], r"`sources\[0\]` is not a pair")

    class Angry(list):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Any]:
            raise RuntimeError("no")

    wrong([("v", Angry())], r"raises when it is read")


def test_objects_without_a_name_are_called_by_their_place() -> None:
    service = {"apiVersion": "v1", "kind": "Service"}
    for sources in (service, [service], [[service]]):
        place = egressc.check(sources).diagnostics[0].labels[0]
        assert str(place).startswith("sources[0]:")
    said = egressc.check([TEXTS[0], service]).diagnostics
    assert "sources[1]" in {label.source for diagnostic in said for label in diagnostic.labels}


def test_a_path_is_not_taken_for_a_text() -> None:
    for sources in ("policy.yaml", Path("policy.yaml"), ["policies/a.yml"], [Path("x")], ["a.json\r"]):
        wrong(sources, r"`sources\[0\]` is a path, and this call does not open files")


def test_sources_that_are_none_are_refused() -> None:
    for sources in (None, 1, {1: "kind"}, {"name": b"x", "more": object()}):
        wrong(sources, "the request is not valid: `sources")
    for source in (None, 1, ["x", "y"], ("x",), ("x", "y", "z"), (1, "y"), ({}, "y")):
        wrong([source], r"the request is not valid: `sources\[0\]` is")
    wrong([{"name": "x"}], "needs exactly one of `text` and `value`")
    wrong([{"name": "x", "text": b"", "value": {}}], "needs exactly one of `text` and `value`")
    wrong([{"name": "x", "txt": ""}], "unknown field `txt`")
    wrong([{"text": b""}], "missing field `name`")
    wrong(TEXTS, "unknown variant `xml`", format="xml")
    wrong(TEXTS, "unknown variant `utf7`", position_encoding="utf7")
    with pytest.raises(egressc.UsageError):
        egressc.explain("EGR9999")
    with pytest.raises(egressc.UsageError):
        egressc.schema("Service")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        egressc.compile(TEXTS, colour=True)  # type: ignore[call-arg]


def test_an_error_of_the_caller_stays_his() -> None:
    def broken() -> Iterator[Any]:
        yield TEXTS[0]
        raise KeyError("mine")

    with pytest.raises(KeyError):
        egressc.compile(broken())


def test_what_contains_itself_or_is_very_deep_is_refused() -> None:
    cyclic: dict[str, Any] = {}
    cyclic["again"] = [cyclic]
    wrong([("v", cyclic)], "nested more than [0-9]+ deep, or contains itself")
    wrong([{"name": "v", "value": cyclic}], "contains itself")
    deep: Any = {}
    for _ in range(200_000):
        deep = {"deep": deep}
    wrong([("v", deep)], "contains itself")


def test_shared_parts_that_stand_for_too_much_are_refused() -> None:
    shared: Any = ["leaf"]
    for _ in range(60):
        shared = [shared, shared]
    wrong([("v", shared)], "too large")


def test_places_count_code_points_unless_the_caller_says_otherwise() -> None:
    text = "# 🚀日é\nb: [}"
    (place,) = egressc.check([("t", text)]).diagnostics[0].labels[:1]
    assert text[place.start.offset] == "["
    assert egressc.check([("t", text)], position_encoding="utf16").diagnostics[0].labels[0] != place


def test_bytes_that_are_no_text_are_a_diagnostic() -> None:
    answer = egressc.check([("latin1.yaml", "kind: Zürich".encode("latin-1"))])
    assert not answer.ok
    assert answer.diagnostics[0].code == "EGR0107"


def test_too_large_is_a_diagnostic() -> None:
    answer = egressc.check([("large.yaml", b"a" * (100 << 20))])
    assert not answer.ok
    assert answer.diagnostics[0].code == "EGR0103"


def test_other_threads_run_meanwhile() -> None:
    text = "".join(f"---\nkind: Ignored\napiVersion: v1\nmetadata: {{name: n{n}}}\n" for n in range(20_000))
    turns = 0
    done = threading.Event()

    def turn() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    # From now on no thread is made to wait for another: this one runs until it lets go by itself.
    sys.setswitchinterval(1000)
    thread = threading.Thread(target=turn)
    thread.start()
    try:
        before = turns
        egressc.check([("many.yaml", text)])
        assert turns > before
    finally:
        done.set()
        sys.setswitchinterval(interval)
        thread.join()


def test_threads_agree() -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: egressc.compile(TEXTS, format="yaml").text, range(8)))
    assert len(set(answers)) == 1


def test_usage_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(egressc.UsageError("why")))
    assert type(error) is egressc.UsageError
    assert egressc.UsageError.__module__ == "egressc"
    refused = egressc.check([("p.yaml", "kind: [}")])
    with pytest.raises(egressc.PolicyError) as raised:
        refused.raise_for_errors()
    again = pickle.loads(pickle.dumps(raised.value))
    assert str(again) == str(raised.value) and again.diagnostics == refused.diagnostics


def test_a_refusal_as_an_exception() -> None:
    answer = egressc.compile(TEXTS)
    assert answer.raise_for_errors() is answer
    policy = TEXTS[0][1].replace("- httpbin.org", '- "*.httpbin.org"', 1)
    refused = egressc.compile([("policies/a.yaml", policy), TEXTS[1]])
    with pytest.raises(egressc.PolicyError) as raised:
        refused.raise_for_errors()
    assert raised.value.diagnostics == refused.diagnostics
    line = next(number for number, text in enumerate(policy.splitlines(), 1) if "*." in text)
    assert str(raised.value).startswith(f"policies/a.yaml:{line}:9: error[EGR0422]: wildcard host `*.httpbin.org`")
    assert "\n  help: " in str(raised.value)


def test_diagnostics_steer_no_terminal() -> None:
    answer = egressc.check([("a\x1b[2J\u202eb.yaml", "kind: [}")])
    assert str(answer.diagnostics[0]).startswith("a\\x1b[2J\\u202eb.yaml:1:7: error[EGR0101]: ")


def test_answers_are_values() -> None:
    one, other = egressc.check(TEXTS), egressc.check(TEXTS)
    assert one == other and hash(one) == hash(other) and one is not other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.ok = False  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(one)) == one


def test_importing_makes_no_types() -> None:
    code = "import egressc, sys; print(*(name for name in sys.modules if name.startswith('egressc')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "egressc" in loaded and "egressc._types" not in loaded
    assert {"CompileResponse", "Diagnostic", "Sources"} <= set(dir(egressc))
    with pytest.raises(AttributeError):
        egressc.nothing  # type: ignore[attr-defined]
