from os import PathLike
from typing import Any, Sequence, Union

__all__ = ["UsageError", "answer", "run"]

class UsageError(ValueError):
    """A call with an invalid request. It does not depend on the policies."""

def answer(call: str, request: dict[str, Any], /) -> Any:
    """Answers a call with plain data."""

def run(args: Sequence[Union[str, bytes, PathLike[str]]], /) -> int:
    """Runs one command line; `args` are those after the program's name. Gives the exit status."""
