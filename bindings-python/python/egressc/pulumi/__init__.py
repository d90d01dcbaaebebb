"""The policies of a mesh as one Pulumi component. Needs the extra ``pulumi`` of the package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from .._calls import compile
from .._errors import PolicyError
from .._native import UsageError
from .._types import CompileResponse, OriginRow

__all__ = ["EgressPolicies", "Policies", "RefusedPolicies", "waits_for"]

_Content = Union[str, bytes, Mapping[str, Any], "list[Any]"]
_Named = Tuple[str, pulumi.Input[_Content]]
Policies = Union[
    "os.PathLike[str]",
    pulumi.Input[_Content],
    Mapping[str, pulumi.Input[_Content]],
    Sequence[Union["os.PathLike[str]", pulumi.Input[_Content], _Named]],
]
"""Paths of files and folders, texts, objects, and pairs of a name and a content."""

_OF_FILES = (".yaml", ".yml", ".json")
_OF_OBJECTS = ("apiVersion", "kind")


class RefusedPolicies(PolicyError, pulumi.RunError):
    """Stops the program, and the preview, with all errors."""


class EgressPolicies(pulumi.ComponentResource):
    """All policies of a mesh, with one child resource for each Istio object that enforces them.

    Pass **all** policies of the mesh to one component, with the documents that describe the mesh: objects are shared
    between policies, and egressc does not know a policy that is missing.

    The name of a child is ``<component>:<kind>/<namespace>/<name>``, and the names of the Istio objects depend only on
    their content; so a new rule creates the objects that it needs and replaces none. A child depends on the earlier
    children for the same destinations (:func:`waits_for`), and Pulumi deletes them in the reverse order.

    :param resource_name: The name of the component in Pulumi.
    :param policies: Paths of files and folders, YAML or JSON texts, objects, and pairs of a name and a content;
        contents, and values in objects, can be Pulumi outputs. From a folder, all files that end in .yaml, .yml or .json
        are read, without hidden files. If an output is not known yet, a preview shows the component without children.
    :raises RefusedPolicies: if the policies are refused; warnings and notes are written to Pulumi's log
    """

    gateway_ports: pulumi.Output[Sequence[Mapping[str, Any]]]
    """The gateway port of each destination."""

    children: Dict[str, CustomResource]
    """The children by ``<kind>/<namespace>/<name>``; empty until all outputs are known."""

    def __init__(self, resource_name: str, policies: Policies, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        super().__init__("egressc:index:EgressPolicies", resource_name, {}, opts)
        self._called = resource_name
        self.children = {}
        sources = _sources(policies)
        if any(_is_later(content) for _, content in sources):
            pairs = [[name, content] for name, content in sources]
            self.gateway_ports = pulumi.Output.from_input(pairs).apply(self._create)
        else:
            self.gateway_ports = pulumi.Output.from_input(self._create(sources))
        self.register_outputs({"gatewayPorts": self.gateway_ports})

    def _create(self, sources: Sequence[Any]) -> List[Dict[str, Any]]:
        # What has no name is called by its place, as elsewhere.
        named = [(name or f"policies[{index}]", content) for index, (name, content) in enumerate(sources)]
        try:
            answer = compile(named)
        except UsageError as error:
            raise pulumi.RunError(f"EgressPolicies {self._called!r}: {error}") from error
        for diagnostic in answer.diagnostics:
            if diagnostic.severity == "warning":
                pulumi.log.warn(str(diagnostic), self)
            elif diagnostic.severity == "note":
                pulumi.log.info(str(diagnostic), self)
        if not answer.ok:
            raise RefusedPolicies(answer.diagnostics)
        made: List[CustomResource] = []
        for resource, before in zip(answer.resources, waits_for(answer)):
            metadata = resource["metadata"]
            key = f"{resource['kind']}/{metadata['namespace']}/{metadata['name']}"
            child = CustomResource(
                f"{self._called}:{key}",
                api_version=resource["apiVersion"],
                kind=resource["kind"],
                metadata=metadata,
                spec=resource["spec"],
                opts=pulumi.ResourceOptions(parent=self, depends_on=[made[index] for index in before]),
            )
            made.append(child)
            self.children[key] = child
        return [row.to_dict() for row in answer.gateway_ports]


def waits_for(answer: CompileResponse) -> List[List[int]]:
    """For each resource, which of those before it must stand first, as indices.

    The resources come in stages, the runs of one kind: first what the gateways refuse, then what they need, then
    their listeners and routes, and last what clients see. A resource waits for those of the stage before that were
    made for one of the same destinations: so no listener opens before the rule that restricts it stands, and no
    client is routed to a gateway that does not answer yet. What shares no destination waits for nothing, so that a
    large set is not applied one by one.
    """
    # For each destination: its latest stage with the resources there, and the resources of the one before.
    latest: Dict[OriginRow, Tuple[int, List[int]]] = {}
    earlier: Dict[OriginRow, List[int]] = {}
    stages: List[List[int]] = []
    waits: List[List[int]] = []
    kind = None
    for index, (resource, made_for) in enumerate(zip(answer.resources, answer.origins)):
        if resource["kind"] != kind:
            kind = resource["kind"]
            stages.append([])
        stage = len(stages)
        stages[-1].append(index)
        before = set()
        for origin in made_for.origins:
            reached, there = latest.get(origin, (0, []))
            if reached < stage:
                earlier[origin] = there
                latest[origin] = (stage, [])
            before.update(earlier[origin])
            latest[origin][1].append(index)
        if not made_for.origins:
            # Of what stands for all, nothing less is known to be right.
            before.update(earlier_index for of_stage in stages[:-1] for earlier_index in of_stage)
        waits.append(sorted(before))
    return waits


def _sources(policies: Any) -> List[Tuple[Optional[str], Any]]:
    if isinstance(policies, Mapping) and not any(key in policies for key in _OF_OBJECTS):
        return list(policies.items())
    if isinstance(policies, (list, tuple)):
        return [source for item in policies for source in _source(item)]
    return _source(policies)


def _source(item: Any) -> List[Tuple[Optional[str], Any]]:
    if isinstance(item, tuple):
        if len(item) != 2 or not isinstance(item[0], (str, os.PathLike)):
            raise pulumi.RunError("a pair must be a name and a content")
        return [(os.fspath(item[0]), item[1])]
    if isinstance(item, os.PathLike):
        return [(str(path), _read(path)) for path in _files(Path(os.fspath(item)))]
    return [(None, item)]


def _files(path: Path) -> List[Path]:
    if not path.is_dir():
        return [path]
    found = []
    for folder, folders, names in os.walk(path, onerror=_cannot_read):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        wanted = (name for name in sorted(names) if name.endswith(_OF_FILES) and not name.startswith("."))
        found += [Path(folder, name) for name in wanted]
    if not found:
        raise pulumi.RunError(f"{path}: this folder contains no .yaml, .yml or .json file")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise pulumi.RunError(f"{path}: {error.strerror}") from error


def _cannot_read(error: OSError) -> None:
    raise pulumi.RunError(f"{error.filename}: {error.strerror}") from error


def _is_later(content: Any) -> bool:
    if isinstance(content, Mapping):
        return any(_is_later(item) for item in content.values())
    if isinstance(content, (list, tuple)):
        return any(_is_later(item) for item in content)
    # As Pulumi tells them.
    return isinstance(content, pulumi.Output) or hasattr(content, "__await__")
