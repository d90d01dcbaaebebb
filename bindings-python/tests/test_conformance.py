"""Every case of tests/cases, byte for byte; the expectations are written by the Rust runner."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cases import ROOT, Case, canonical, cases

import egressc

CASES = list(cases())


def answer(case: Case) -> Any:
    arguments = {re.sub("([A-Z])", r"_\1", key).lower(): value for key, value in case.request.items()}
    try:
        return getattr(egressc, case.call)(**arguments)
    except egressc.UsageError as error:
        return {"usageError": str(error)}


def test_the_cases_are_found() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.folder.relative_to(ROOT)))
def test_case(case: Case) -> None:
    response = answer(case)
    stem = "resources" if case.call == "compile" else "answer"
    file = case.folder / f"{stem}.{case.request.get('format', 'yaml')}"
    if isinstance(response.get("text"), str):
        assert response.pop("text").encode() == file.read_bytes()
    else:
        assert not file.exists()
    assert canonical(response).encode() == (case.folder / "response.json").read_bytes()
