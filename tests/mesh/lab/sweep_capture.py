"""Worlds for the sweep in which labels and annotations decide whose traffic is captured, and by what.

The truth is Istio's: the webhooks of its chart, its injector, istio-iptables and the selectors of its CNI (../istiod/planes.go), and
its simulation for what a sidecar captures. ztunnel sends on what no waypoint takes, so a pod in ambient mode reaches its host.
"""
import json

from .istiod import MESH
from .sweep_objects import aged, call, service_entry
from .sweep_world import CLIENTS, HOSTS, World

MODE, PREFIX = "istio.io/dataplane-mode", "traffic.sidecar.istio.io/"
OF_NAMESPACES = [{}, {"istio-injection": "enabled"}, {"istio-injection": "enabled"}, {"istio-injection": "disabled"}, {"istio-injection": ""},
                 {"istio.io/rev": "default"}, {"istio.io/rev": ""}, {MODE: "ambient"}, {MODE: "none"},
                 {"istio-injection": "enabled", MODE: "ambient"}, {"istio.io/rev": "default", "istio-injection": "disabled"},
                 {"istio-injection": "disabled", MODE: "ambient"}]
OF_PODS = [{}, {}, {}, {"sidecar.istio.io/inject": "true"}, {"sidecar.istio.io/inject": "false"}, {"sidecar.istio.io/inject": "yes"},
           {"sidecar.istio.io/inject": ""}, {"istio.io/rev": "default"}, {MODE: "ambient"}, {MODE: "none"},
           {"sidecar.istio.io/inject": "true", MODE: "ambient"}, {"sidecar.istio.io/inject": "false", MODE: "ambient"}]
ADDRESSES = ["198.51.100.253", "198.51.100.7", "10.9.9.9"]
NETWORKS = ["198.51.100.252/30", "198.51.100.0/24", "10.0.0.0/8", "0.0.0.0/0", "198.51.100.7/32", ""]
SOMEWHERE = "192.0.2.10"  # what a name resolves to: an address of which nothing is written
NEVER_INJECTED = "kube-system"


def captured(dice):
    names = dice.sample([*CLIENTS, NEVER_INJECTED], 2)
    objects = []
    for number in range(dice.randint(1, 3)):
        objects.append({"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
                        "metadata": {"name": f"entry-{number}", "namespace": dice.choice([*names, "istio-system"])}, "spec": service_entry(dice)})
    pods = [{"name": name, "namespace": dice.choice(names), "labels": {"app": name, **dice.choice(OF_PODS)}, "annotations": annotations(dice),
             "ip": f"10.77.0.{11 + number}"} for number, name in enumerate("abc")]
    mesh = dict(MESH)
    if dice.random() < 0.3:
        mesh["outboundTrafficPolicy"] = {"mode": "ALLOW_ANY"}
    if dice.random() < 0.1:
        mesh["defaultConfig"] = {"interceptionMode": dice.choice(["NONE", "TPROXY", "REDIRECT"])}
    calls = [call(dice, pod, host) for pod in pods for host in [*HOSTS[:2], *ADDRESSES] for _ in range(3)]
    return World("captured", aged(dice, objects), calls, pods, {name: dict(dice.choice(OF_NAMESPACES)) for name in names}, mesh, [])


def annotations(dice):
    made = {}
    for name, values in {
        PREFIX + "excludeOutboundPorts": ["80", "443,8080", "3306", ""], PREFIX + "includeOutboundPorts": ["80", "443,3306", "*", ""],
        PREFIX + "excludeOutboundIPRanges": NETWORKS, PREFIX + "includeOutboundIPRanges": [*NETWORKS, "10.0.0.0/8,198.51.100.7/32", "*"],
    }.items():
        if dice.random() < 0.2:
            made[name] = dice.choice(values)
    if dice.random() < 0.1:
        made["sidecar.istio.io/interceptionMode"] = dice.choice(["NONE", "REDIRECT"])
    if dice.random() < 0.1:
        made["proxy.istio.io/config"] = json.dumps({"interceptionMode": dice.choice(["NONE", "REDIRECT"])})
    if dice.random() < 0.1:
        made["sidecar.istio.io/inject"] = dice.choice(["true", "false"])
    return made
