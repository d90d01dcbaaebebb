"""What only exists at this border: Python's objects, its strings, its threads."""

from __future__ import annotations

import concurrent.futures
import datetime
import importlib.metadata
import pickle
import threading
import time
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
    assert egressc.compile(TEXTS)["ok"]


def test_one_version() -> None:
    assert egressc.about()["version"] == egressc.__version__ == importlib.metadata.version("egressc")


def test_the_example_of_the_readme(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    monkeypatch.chdir(FOLDER)
    exec(readme.split("```python\n")[1].split("```")[0], {})
    assert capsys.readouterr().out.startswith("---\n")


def test_every_way_to_give_a_source() -> None:
    expected = egressc.compile(TEXTS, format="yaml")["text"]
    assert expected
    ways: list[Any] = [
        [{"name": name, "text": text} for name, text in TEXTS],
        [{"name": name, "text": text.encode()} for name, text in TEXTS],
        [(name, text.encode()) for name, text in TEXTS],
        [(name, bytearray(text.encode())) for name, text in TEXTS],
        tuple(TEXTS),
        (pair for pair in TEXTS),
    ]
    for way in ways:
        assert egressc.compile(way, format="yaml")["text"] == expected


def test_values() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "y"}, "spec": {"ports": [{"port": 80}]}}
    as_value = egressc.check([*TEXTS, {"name": "s", "value": service}])
    assert as_value == egressc.check([*TEXTS, ("s", service)])
    assert as_value["ok"]


def test_what_is_not_plain_data_is_refused_with_its_place() -> None:
    wrong([("v", {"spec": {"d": datetime.date(2026, 1, 1)}})], r"`sources\[0\]\[1\]\.spec\.d` is of type date")
    wrong([("v", {"f": [lambda: 1]})], r"`sources\[0\]\[1\]\.f\[0\]` is of type function")
    wrong([("v", {1: 2})], r"`sources\[0\]\[1\]` has a key that is not a str")
    wrong([("v", {"n": 1 << 64})], r"\]\.n` is a number of more than 64 bits")
    wrong([("v", {"n": float("nan")})], r"\]\.n` is not a number that JSON has")
    wrong([("v", {"b": b"x"})], r"\]\.b` is of type bytes")
    wrong([("v", {1, 2})], r"`sources\[0\]\[1\]` is of type set")
    wrong([{"name": "v", "value": {"s": "\ud800"}}], r"`sources\[0\]\.value\.s` holds half of a surrogate pair")
    wrong([("\ud800", "text")], r"`sources\[0\]` is not a pair")

    class Angry(list):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Any]:
            raise RuntimeError("no")

    wrong([("v", Angry())], r"raises when it is read")


def test_sources_that_are_none_are_refused() -> None:
    for sources in (None, 1, "policy.yaml", b"kind", {"name": "x", "text": ""}):
        wrong(sources, "the request is not understood: `sources` is")
    for source in (None, 1, "policy.yaml", ["x", "y"], ("x",), ("x", "y", "z"), (1, "y")):
        wrong([source], r"the request is not understood: `sources\[0\]` is")
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
    (place,) = egressc.check([("t", text)])["diagnostics"][0]["labels"][:1]
    assert text[place["start"]["offset"]] == "["
    assert egressc.check([("t", text)], position_encoding="utf16")["diagnostics"][0]["labels"][0] != place


def test_bytes_that_are_no_text_are_a_diagnostic() -> None:
    answer = egressc.check([("latin1.yaml", "kind: Zürich".encode("latin-1"))])
    assert not answer["ok"]
    assert answer["diagnostics"][0]["code"] == "EGR0107"


def test_too_large_is_a_diagnostic() -> None:
    answer = egressc.check([("large.yaml", b"a" * (100 << 20))])
    assert not answer["ok"]
    assert answer["diagnostics"][0]["code"] == "EGR0103"


def test_other_threads_run_meanwhile() -> None:
    text = "".join(f"---\nkind: Ignored\napiVersion: v1\nmetadata: {{name: n{n}}}\n" for n in range(20_000))
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        before = ticks
        egressc.check([("many.yaml", text)])
        assert ticks > before + 5
    finally:
        done.set()
        thread.join()


def test_threads_agree() -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: egressc.compile(TEXTS, format="yaml")["text"], range(8)))
    assert len(set(answers)) == 1


def test_usage_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(egressc.UsageError("why")))
    assert type(error) is egressc.UsageError
    assert egressc.UsageError.__module__ == "egressc"
