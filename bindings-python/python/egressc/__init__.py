"""Compiles egress policies into the Istio resources that enforce them, and checks them.

A bad policy is a value: ``ok`` is false, and ``diagnostics`` say what, where and what to do.
A bad call raises :class:`UsageError`.
"""

from . import _types
from ._native import UsageError, about, check, compile, diff, explain, reach, schema, test, trace
from ._types import *  # noqa: F403

__all__ = ["UsageError", "about", "check", "compile", "diff", "explain", "reach", "schema", "test", "trace"]
__all__ += _types.__all__
__version__ = about()["version"]
