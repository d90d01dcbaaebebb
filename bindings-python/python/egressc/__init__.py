"""Compiles egress policies into the Istio resources that enforce them, and checks them.

A bad policy is a value: ``ok`` is false, and ``diagnostics`` say what, where and what to do;
``raise_for_errors()`` makes it a :class:`PolicyError`. A bad call raises :class:`UsageError`.
"""

from __future__ import annotations

from . import _calls
from ._calls import *  # noqa: F403
from ._errors import PolicyError
from ._native import UsageError, answer as _answer, run

__all__ = ["PolicyError", "UsageError", "run"]
__all__ += _calls.__all__
__version__: str = _answer("about", {})["version"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import _types
    from ._sources import Source, Sources
    from ._types import *  # noqa: F403

    __all__ += ["Source", "Sources"]
    __all__ += _types.__all__
else:
    from importlib import import_module as _import_module

    # Dataclasses are made by running code, which costs more than all the rest: not before somebody wants one.
    def __getattr__(name: str) -> object:
        # The import system asks for these two here before it looks for the files.
        if not name.startswith("_"):
            for module in _made_later():
                if name in module.__all__:
                    return getattr(module, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *(name for module in _made_later() for name in module.__all__)})

    def _made_later():
        return [_import_module(f"{__name__}.{name}") for name in ("_types", "_sources")]
