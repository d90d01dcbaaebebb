"""The policies of examples/combined, applied to the cluster of the current kubeconfig or written to a folder."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from egressc.pulumi import EgressPolicies

# `pulumi config set renderTo manifests` writes YAML there and asks no cluster.
folder = pulumi.Config().get("renderTo")
cluster = kubernetes.Provider("cluster", render_yaml_to_directory=folder)

policies = EgressPolicies(
    "egress",
    Path(__file__).parent.parent / "combined",
    opts=pulumi.ResourceOptions(provider=cluster),
)
pulumi.export("gatewayPorts", policies.gateway_ports)
