"""Converts files and folders to sources, in the same way as the command line."""

from __future__ import annotations

import os
import stat
from typing import Iterable, List, Tuple

__all__ = ["ReadError", "read"]

# Of a longer file no more is read than shows that it is too long; the core then refuses it with a diagnostic.
_MOST_BYTES = (16 << 20) + 1
# More than this is no set of policies but a wrong path.
_MOST_FILES = 10_000
_ENDINGS = (".yaml", ".yml", ".json")
# A folder with this file was written by egressc: its resources are no policies.
_INDEX = ".egressc"


class ReadError(ValueError):
    """What cannot be read, one line for each."""


def read(paths: Iterable[str]) -> List[Tuple[str, bytes]]:
    """Reads files, and of folders all YAML and JSON files that are not hidden, each once."""
    found: List[str] = []
    problems: List[str] = []
    for path in paths:
        try:
            found.extend(_folder(path) if os.path.isdir(path) else [path])
        except ReadError as error:
            problems.append(str(error))
    seen = set()
    sources = []
    for path in found:
        # A file that is given twice, or with its folder, is one source.
        if os.path.normpath(path) in seen:
            continue
        seen.add(os.path.normpath(path))
        try:
            with open(path, "rb") as file:
                sources.append((path, file.read(_MOST_BYTES)))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: {_why(error)}")
    if problems:
        raise ReadError("\n".join(problems))
    return sources


def _folder(top: str) -> List[str]:
    files: List[str] = []

    def give_up(error: OSError) -> None:
        raise ReadError(f"{error.filename}: {_why(error)}") from error

    for folder, folders, names in os.walk(top, onerror=give_up):
        if folder != top and _INDEX in names:
            folders.clear()
            continue
        # A link to a folder could lead round in a circle; os.walk follows none.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith(".") or not name.endswith(_ENDINGS):
                continue
            # Policies that are left out silently would be blocked silently.
            if not os.path.exists(path) or not stat.S_ISREG(os.stat(path).st_mode):
                raise ReadError(f"{path}: this is not a file, or a broken symbolic link")
            files.append(path)
        if len(files) > _MOST_FILES:
            raise ReadError(f"{top}: more than {_MOST_FILES} files; use only the folders with the policies")
    if not files:
        raise ReadError(f"{top}: this folder contains no .yaml, .yml or .json file")
    return sorted(files)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
