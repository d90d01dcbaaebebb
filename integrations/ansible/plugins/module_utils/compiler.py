# -*- coding: utf-8 -*-
# Copyright: the egressc authors
# Apache License 2.0 (see https://www.apache.org/licenses/LICENSE-2.0)
"""The package egressc for modules and plugins: inputs to sources, and answers to plain data."""

from __future__ import annotations

import json
import traceback

IMPORT_ERROR = None
try:
    import egressc
except ImportError:
    egressc = None
    IMPORT_ERROR = traceback.format_exc()

try:
    from egressc import _files
except ImportError:
    _files = None


class Refused(Exception):
    """What cannot be read or compiled; with the diagnostics, if there are any."""

    def __init__(self, message, diagnostics=()):
        super().__init__(message)
        self.diagnostics = list(diagnostics)


def missing():
    """Why there is no compiler here; None when there is one."""
    if egressc is not None and _files is not None:
        return None
    return "the Python package egressc is not installed for the Python that runs this"


def sources(paths=(), documents=()):
    """Files, folders and documents to what egressc takes."""
    try:
        found = list(_files.read(paths))
    except _files.ReadError as error:
        raise Refused(str(error)) from error
    for number, document in enumerate(documents):
        found.append(("documents[%d]" % number, plain(document)))
    return found


def texts(given):
    """Sources as texts, to be written down and compared later."""
    listed = []
    for name, content in given:
        if isinstance(content, bytes):
            content = content.decode("utf-8", "replace")
        elif not isinstance(content, str):
            content = json.dumps(content, sort_keys=True)
        listed.append([name, content])
    return listed


def call(name, *arguments, **options):
    """A call of egressc; its answer as dicts and lists."""
    try:
        answer = getattr(egressc, name)(*arguments, **options)
    except egressc.UsageError as error:
        raise Refused(str(error)) from error
    answer = answer.to_dict() if hasattr(answer, "to_dict") else answer
    if not answer["ok"]:
        raise Refused(answer["rendered"].rstrip("\n"), answer["diagnostics"])
    return answer


def knows(name):
    """Whether the installed egressc has a call."""
    return hasattr(egressc, name)


def plain(value):
    """The value without what Ansible keeps on it: native code sees what is stored, not what a template makes of it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return "".join(value)
    return value
