# -*- coding: utf-8 -*-
# Copyright: the egressc authors
# Apache License 2.0 (see https://www.apache.org/licenses/LICENSE-2.0)
"""Whether a request would arrive, in a template."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.egressc.mesh.plugins.module_utils import compiler


def egressc_allows(documents, request):
    if compiler.missing():
        raise AnsibleFilterError(compiler.missing())
    if not isinstance(documents, (list, tuple)):
        documents = [documents]
    try:
        sources = compiler.sources(documents=documents)
        answer = compiler.call("trace", sources, ask=compiler.plain(request), render="plain")
    except compiler.Refused as error:
        raise AnsibleFilterError(str(error)) from error
    verdict = answer["trace"]["verdict"]
    # Neither yes nor no is an answer to build on.
    if verdict not in ("allowed", "blocked"):
        reasons = "; ".join(answer["trace"]["unknown"] + answer["trace"]["notes"])
        raise AnsibleFilterError("%s: the verdict is %s: %s" % (request, verdict, reasons))
    return verdict == "allowed"


class TestModule:
    def tests(self):
        return {"egressc_allows": egressc_allows}
