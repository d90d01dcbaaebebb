"""Terraform's ``external`` data source: ``python -m egressc.terraform``.

The query has ``paths``, a JSON list of files and folders, and ``documents``, a JSON object of names and texts; either
may be left out. The result has ``manifests``, a JSON object with a key ``Kind/namespace/name`` for each resource, and
``messages``, the warnings and notes as text. What is wrong goes to standard error, with exit status 1.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO, Dict, List, TextIO, Tuple

import egressc
from egressc import _files

__all__ = ["main"]


class _Refused(Exception):
    pass


def main(stdin: BinaryIO, stdout: TextIO, stderr: TextIO) -> int:
    """Answers one query; returns the exit status."""
    try:
        result = _answer(_query(stdin.read()))
    except (_Refused, _files.ReadError, egressc.UsageError) as error:
        stderr.write(f"{error}\n")
        return 1
    json.dump(result, stdout)
    return 0


def _query(text: bytes) -> Dict[str, str]:
    try:
        query = json.loads(text)
    except ValueError as error:
        raise _Refused(f"the query is not JSON: {error}") from error
    if not isinstance(query, dict) or not all(isinstance(value, str) for value in query.values()):
        raise _Refused("the query is not an object of strings")
    unknown = sorted(set(query) - {"paths", "documents"})
    if unknown:
        raise _Refused(f"the query has unknown fields: {', '.join(unknown)}; the known fields are `paths` and `documents`")
    return query


def _sources(query: Dict[str, str]) -> List[Tuple[str, Any]]:
    paths = _part(query, "paths", [])
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise _Refused("`paths` is not a JSON list of strings")
    documents = _part(query, "documents", {})
    if not isinstance(documents, dict) or not all(isinstance(text, str) for text in documents.values()):
        raise _Refused("`documents` is not a JSON object of strings")
    return [*_files.read(paths), *sorted(documents.items())]


def _part(query: Dict[str, str], key: str, absent: Any) -> Any:
    try:
        return json.loads(query[key]) if key in query else absent
    except ValueError as error:
        raise _Refused(f"`{key}` is not JSON: {error}") from error


def _answer(query: Dict[str, str]) -> Dict[str, str]:
    answer: Any = egressc.compile(_sources(query), render="plain")
    # Answers are dicts, or know how to become one.
    answer = answer.to_dict() if hasattr(answer, "to_dict") else answer
    if not answer["ok"]:
        raise _Refused(answer["rendered"].rstrip("\n"))
    manifests = {_key(resource): resource for resource in answer["resources"]}
    return {"manifests": json.dumps(manifests), "messages": answer["rendered"].rstrip("\n")}


def _key(resource: Any) -> str:
    metadata = resource["metadata"]
    return f"{resource['kind']}/{metadata['namespace']}/{metadata['name']}"


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout, sys.stderr))
