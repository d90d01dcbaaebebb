"""Read by `mypy --strict` and pyright: the types of the Pulumi component."""

from pathlib import Path
from typing import Any, Mapping, Sequence

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from egressc.pulumi import EgressPolicies, Policies, RefusedPolicies


def program(text: "pulumi.Output[str]", cluster: pulumi.ProviderResource) -> None:
    ways: "list[Policies]" = [
        Path("policies"),
        [Path("policies/a.yaml"), "kind: x", b"kind: y", {"kind": "z"}, text, ("b.yaml", text)],
        {"a.yaml": text, "b.yaml": "kind: x"},
    ]
    for way in ways:
        component = EgressPolicies("egress", way, opts=pulumi.ResourceOptions(provider=cluster))
        rows: "pulumi.Output[Sequence[Mapping[str, Any]]]" = component.gateway_ports
        children: "list[CustomResource]" = list(component.children.values())
        urn: "pulumi.Output[str]" = component.urn
    assert issubclass(RefusedPolicies, pulumi.RunError)
    EgressPolicies("egress", 7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
