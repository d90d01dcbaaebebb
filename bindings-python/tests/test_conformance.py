"""Every case of tests/cases, byte for byte; the expectations are written by the Rust runner."""

from __future__ import annotations

import inspect
import keyword
import re
from typing import Any

import pytest
from cases import ROOT, Case, canonical, cases

import egressc
from egressc._native import answer as native

CASES = list(cases())


def snake(key: str) -> str:
    name = re.sub("([A-Z])", r"_\1", key).lower()
    return name + "_" if keyword.iskeyword(name) else name


def answer(case: Case) -> Any:
    arguments = {snake(key): value for key, value in case.request.items()}
    call = getattr(egressc, case.call)
    try:
        try:
            inspect.signature(call).bind(**arguments)
        except TypeError:
            # Python itself refuses such a call; what lies below it answers as everywhere.
            with pytest.raises(TypeError):
                call(**arguments)
            return native(case.call, case.request)
        return call(**arguments).to_dict()
    except egressc.UsageError as error:
        return {"usageError": str(error)}


def test_the_cases_are_found() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.folder.relative_to(ROOT)))
def test_case(case: Case) -> None:
    response = answer(case)
    if "usageError" not in response:
        typed = getattr(egressc, f"{case.call.title()}Response")
        assert typed.from_dict(response).to_dict() == response
    stem = "resources" if case.call == "compile" else "answer"
    file = case.folder / f"{stem}.{case.request.get('format', 'yaml')}"
    if isinstance(response.get("text"), str):
        assert response.pop("text").encode() == file.read_bytes()
    else:
        assert not file.exists()
    assert canonical(response).encode() == (case.folder / "response.json").read_bytes()
