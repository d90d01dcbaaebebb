#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the egressc authors
# Apache License 2.0 (see https://www.apache.org/licenses/LICENSE-2.0)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: compile
short_description: Compile egress policies into Istio resources
version_added: "0.1.0"
description:
  - Compiles egress policies (C(ASMEgressTrafficPolicy)) into the Istio resources that enforce them, and proves that they do.
  - Returns the resources, or writes them into a separate folder, with one file for each resource.
  - It requires no cluster and applies nothing.
options:
  paths:
    description:
      - Files and folders, on the host where the module runs, with B(all) policies of the mesh and the documents that describe it.
      - egressc does not know a policy that is missing here, and the requests that it allows will be blocked.
    type: list
    elements: path
    default: []
  documents:
    description:
      - Policies and documents about the mesh that are not files, as objects or as YAML text.
      - Their names in messages are C(documents[0]) and so on.
    type: list
    elements: raw
    default: []
  dest:
    description:
      - Folder with one file for each resource. The whole folder is replaced, and must contain only files of egressc.
      - A folder with any other file is refused.
    type: path
  validate_only:
    description: Only check the policies; neither return nor write resources.
    type: bool
    default: false
requirements:
  - The Python package egressc, on the host where the module runs.
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
  diff_mode:
    description:
      - Shows the resources that change, and the flows that are gained and lost.
      - The state before the change is read from O(dest).
    support: full
author:
  - The egressc authors (@egressc)
"""

EXAMPLES = r"""
- name: Compile all policies of the mesh into a folder
  egressc.mesh.compile:
    paths:
      - /srv/egress/policies
      - /srv/egress/mesh.yaml
    dest: /srv/egress/build

- name: Compile on the controller, and hand the resources over
  egressc.mesh.compile:
    paths: ["{{ playbook_dir }}/policies"]
  delegate_to: localhost
  register: egress

- name: Apply them
  kubernetes.core.k8s:
    state: present
    definition: "{{ item }}"
  loop: "{{ egress.resources }}"
  loop_control:
    label: "{{ item.kind }} {{ item.metadata.namespace }}/{{ item.metadata.name }}"

- name: Check a policy that a playbook builds
  egressc.mesh.compile:
    documents: ["{{ policy }}"]
    validate_only: true
"""

RETURN = r"""
resources:
  description: The resources, in the order in which they are best applied.
  returned: success, unless O(validate_only=true)
  type: list
  elements: dict
  sample:
    - apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: example-com-bd547aac6e42, namespace: istio-system}
gateway_ports:
  description: The gateway port of each destination.
  returned: success
  type: list
  elements: dict
diagnostics:
  description: What there is to say about the policies, with code, severity, place and a way out.
  returned: always, when the policies could be read
  type: list
  elements: dict
messages:
  description: The same as text.
  returned: success
  type: str
flows:
  description: What becomes of requests that fared otherwise before, one line each.
  returned: in diff mode, when O(dest) was written before and the installed egressc can tell
  type: list
  elements: str
"""

import json

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.egressc.mesh.plugins.module_utils import compiler, folder


def main():
    module = AnsibleModule(
        argument_spec=dict(
            paths=dict(type="list", elements="path", default=[]),
            documents=dict(type="list", elements="raw", default=[]),
            dest=dict(type="path"),
            validate_only=dict(type="bool", default=False),
        ),
        required_one_of=[("paths", "documents")],
        mutually_exclusive=[("dest", "validate_only")],
        supports_check_mode=True,
    )
    if compiler.missing():
        module.fail_json(msg=missing_required_lib("egressc"), exception=compiler.IMPORT_ERROR)
    try:
        module.exit_json(**run(module))
    except compiler.Refused as error:
        module.fail_json(msg=str(error), diagnostics=error.diagnostics)
    except (folder.NotOurs, OSError) as error:
        module.fail_json(msg=str(error))


def run(module):
    sources = compiler.sources(module.params["paths"], module.params["documents"])
    if module.params["validate_only"]:
        answer = compiler.call("check", sources, render="plain")
        return result(answer)
    answer = compiler.call("compile", sources, format="yaml", render="plain")
    done = dict(result(answer), resources=answer["resources"])
    dest = module.params["dest"]
    if dest is None:
        return done
    wanted = folder.files(answer, json.dumps(compiler.texts(sources), indent=1))
    found = folder.read(dest)
    done["changed"] = wanted != found
    if module._diff:
        done["diff"] = [resources(dest, found, wanted)]
        lines = flows(found, sources)
        if lines is not None:
            done["flows"] = lines
            done["diff"].append({"prepared": "".join(line + "\n" for line in lines)})
    if done["changed"] and not module.check_mode:
        folder.replace(dest, wanted)
    return done


def result(answer):
    return {
        "changed": False,
        "diagnostics": answer["diagnostics"],
        "gateway_ports": answer["gatewayPorts"],
        "messages": answer["rendered"].rstrip("\n"),
    }


def resources(dest, found, wanted):
    def text(files):
        return "".join("# %s\n%s" % (name, files[name]) for name in sorted(files) if not name.startswith("."))

    return {"before_header": dest, "after_header": dest, "before": text(found), "after": text(wanted)}


def flows(found, sources):
    """What requests fare otherwise than with the policies that the folder was made of; None when that is not known."""
    if folder.SOURCES not in found or not compiler.knows("diff"):
        return None
    before = [tuple(source) for source in json.loads(found[folder.SOURCES])]
    changes = compiler.call("diff", before=before, after=sources, render="plain")["changes"]
    return ["%s: %s" % (change["kind"], change["message"]) for change in changes]


if __name__ == "__main__":
    main()
