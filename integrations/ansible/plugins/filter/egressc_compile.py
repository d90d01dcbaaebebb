# -*- coding: utf-8 -*-
# Copyright: the egressc authors
# Apache License 2.0 (see https://www.apache.org/licenses/LICENSE-2.0)
"""Policies to resources, in a template."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: egressc_compile
short_description: Compile egress policies into Istio resources
version_added: "0.1.0"
author: The egressc authors (@egressc)
description:
  - Compiles egress policies into the Istio resources that enforce them, on the controller.
  - If a policy is refused, the task fails with the code and the place.
positional: facts
options:
  _input:
    description: All policies of the mesh, as an object, as YAML text, or as a list of these.
    type: raw
    required: true
  facts:
    description: The documents that describe the mesh, in the same forms.
    type: raw
requirements:
  - The Python package egressc, for the Python that runs Ansible.
"""

EXAMPLES = r"""
- name: Look at the resources
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'policy.yaml') | egressc.mesh.egressc_compile(lookup('ansible.builtin.file', 'mesh.yaml')) }}"
"""

RETURN = r"""
_value:
  description: The resources, in the order in which they are best applied.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.egressc.mesh.plugins.module_utils import compiler


def egressc_compile(policies, facts=None):
    if compiler.missing():
        raise AnsibleFilterError(compiler.missing())
    try:
        sources = compiler.sources(documents=listed(policies) + listed(facts))
        return compiler.call("compile", sources, render="plain")["resources"]
    except compiler.Refused as error:
        raise AnsibleFilterError(str(error)) from error


def listed(documents):
    if documents is None:
        return []
    return list(documents) if isinstance(documents, (list, tuple)) else [documents]


class FilterModule:
    def filters(self):
        return {"egressc_compile": egressc_compile}
