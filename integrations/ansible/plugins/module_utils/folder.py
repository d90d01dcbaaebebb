# -*- coding: utf-8 -*-
# Copyright: the egressc authors
# Apache License 2.0 (see https://www.apache.org/licenses/LICENSE-2.0)
"""A folder with one file for each resource, replaced as a whole, as `egressc compile --output` does it."""

from __future__ import annotations

import os
import shutil
import tempfile

# The file by which a folder is known as ours: it lists what we wrote.
INDEX = ".egressc"
# The policies that the folder was made of, so that a later run can say what changes. No name that kubectl reads.
SOURCES = ".egressc-sources"
_HEADER = "# Written by `egressc compile --output`, which replaces and deletes the files listed here."


class NotOurs(Exception):
    """The folder may not be replaced."""


def files(answer, written_from):
    """What the folder shall hold: names and texts."""
    # One document for each resource, and no line of a document starts with dashes.
    documents = answer["text"].split("---\n")[1:]
    if len(documents) != len(answer["resources"]):
        raise NotOurs("the text from egressc cannot be divided into resources")
    wanted = {SOURCES: written_from}
    for resource, text in zip(answer["resources"], documents):
        metadata = resource["metadata"]
        name = "%s_%s_%s.yaml" % (resource["kind"].lower(), metadata["namespace"], metadata["name"])
        wanted[name] = "---\n" + text
    wanted[INDEX] = "\n".join([_HEADER] + sorted(wanted)) + "\n"
    return wanted


def read(path):
    """What the folder holds; empty when there is none. Raises NotOurs when somebody else's files are in it."""
    if os.path.islink(path):
        raise NotOurs("%s: this is a symbolic link; use the folder itself" % path)
    if not os.path.lexists(path):
        return {}
    if not os.path.isdir(path):
        raise NotOurs("%s: this is not a folder" % path)
    found = {}
    listed = [INDEX]
    index = os.path.join(path, INDEX)
    if os.path.isfile(index):
        with open(index, encoding="utf-8") as file:
            lines = file.read().splitlines()
        if lines[:1] != [_HEADER]:
            raise NotOurs("%s: this is not a list written by egressc" % index)
        listed += lines[1:]
    for name in sorted(os.listdir(path)):
        inside = os.path.join(path, name)
        if name not in listed or os.path.islink(inside) or not os.path.isfile(inside):
            raise NotOurs("%s: the folder contains files that egressc did not write: %s; no file is written" % (path, name))
        with open(inside, encoding="utf-8") as file:
            found[name] = file.read()
    return found


def replace(path, wanted):
    """Puts the files there, all or nothing; Python has no call that swaps two folders, so for a moment there is none."""
    path = os.path.abspath(path)
    above = os.path.dirname(path)
    os.makedirs(above, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix=".egressc-", dir=above)
    try:
        new = os.path.join(scratch, "new")
        old = os.path.join(scratch, "old")
        os.mkdir(new)
        for name, text in wanted.items():
            with open(os.path.join(new, name), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        if os.path.isdir(path):
            os.rename(path, old)
        try:
            os.rename(new, path)
        except OSError:
            if os.path.isdir(old):
                os.rename(old, path)
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
