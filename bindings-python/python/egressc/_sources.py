"""The types of sources, for type checkers."""

from __future__ import annotations

from os import PathLike
from typing import Any, Dict, Iterable, List, Mapping, Tuple, TypedDict, Union

__all__ = ["Source", "Sources"]

_Name = Union[str, "PathLike[str]"]
_Content = Union[str, bytes, bytearray, Dict[str, Any], List[Dict[str, Any]]]


class _Text(TypedDict):
    name: str
    text: Union[str, bytes, bytearray]


class _Value(TypedDict):
    name: str
    value: Any


Source = Union[_Content, Tuple[_Name, _Content], _Text, _Value]
"""A name and a content, or a content alone: YAML or JSON text, or an object or a list of objects."""

Sources = Union[str, bytes, bytearray, Mapping[Any, Any], Iterable[Source]]
"""Any number of sources, a mapping of names to contents, or one content."""
