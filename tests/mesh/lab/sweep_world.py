"""The mesh of a swept configuration: its gateways and pods, and the documents that describe it.

Few names, so that objects meet: what makes Istio's rules hard is two objects that speak of one host.
"""
import json
from dataclasses import dataclass, field, replace

from . import release
from .istiod import MESH

HOSTS = ["www.example.org", "api.example.org", "db.example.net"]
CLIENTS = ["team-a", "team-b"]
PORTS = [{"port": 80, "targetPort": 8080, "class": "http"}, {"port": 443, "targetPort": 8443, "class": "tls"},
         {"port": 444, "targetPort": 444, "class": "tls"}]
# A label that the pods of all gateways have, as those of one Helm chart do.
COMMON = {"chart": "gateways"}
PODS = [{"name": "a", "namespace": "team-a", "labels": {"app": "a"}, "ip": "10.77.0.11"},
        {"name": "b", "namespace": "team-a", "labels": {"app": "b", "tier": "x"}, "ip": "10.77.0.12"},
        {"name": "a", "namespace": "team-b", "labels": {"app": "a"}, "ip": "10.77.0.13"}]


def gateway(letter, number):
    """A gateway as MeshEnvironment describes it, with what stands for it elsewhere."""
    name, labels = f"egressgateway-{letter}", {"istio": f"egressgateway-{letter}", **COMMON}
    return {"name": name, "namespace": "istio-system", "service": f"istio-{name}", "podLabels": labels, "ports": PORTS}, {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": f"istio-{name}", "namespace": "istio-system", "labels": labels,
                     "creationTimestamp": f"2024-01-0{number}T00:00:00Z"},
        "spec": {"clusterIP": f"10.96.0.{19 + number}", "selector": {"istio": name},
                 "ports": [{"name": f"{'http' if port['port'] == 80 else 'https'}-{port['port']}", "port": port["port"],
                            "targetPort": port["targetPort"], "protocol": "TCP"} for port in PORTS]}}


GATEWAYS, SERVICES = zip(*(gateway(letter, number) for number, letter in enumerate("ab", 1)))
GATEWAY_HOSTS = [f"{each['service']}.{each['namespace']}.svc.cluster.local" for each in GATEWAYS]
ROUTERS = [{"name": each["name"], "namespace": each["namespace"], "type": "router", "labels": each["podLabels"], "ip": f"10.77.0.{20 + number}"}
           for number, each in enumerate(GATEWAYS)]


def environment():
    """What policies are compiled for."""
    return {"apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "sweep"},
            "spec": {"gateways": list(GATEWAYS), "outboundTrafficPolicy": "REGISTRY_ONLY", "completeKinds": ["Service"]} | release.stated()}


@dataclass
class World:
    """Istio's objects in a mesh, and requests there."""
    style: str
    objects: list
    calls: list
    clients: list = field(default_factory=lambda: PODS)
    namespaces: dict = field(default_factory=lambda: {name: {"istio-injection": "enabled"} for name in CLIENTS})
    mesh: dict = field(default_factory=lambda: MESH)
    gateways: list = field(default_factory=lambda: list(GATEWAYS))

    @property
    def routers(self):
        return [each for each in ROUTERS if any(gateway["name"] == each["name"] for gateway in self.gateways)]

    @property
    def services(self):
        return [each for each in SERVICES if any(gateway["service"] == each["metadata"]["name"] for gateway in self.gateways)]

    def kubernetes(self):
        """What istiod reads from the cluster."""
        return [*self.services, *map(namespace, self.namespaces.items())]

    def facts(self):
        """The documents that describe the mesh; that there are no other Services is said by the first of them."""
        spec = {"gateways": self.gateways, "completeKinds": ["Service"]}
        return [{"apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "sweep"}, "spec": spec},
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"},
                 "data": {"mesh": json.dumps(self.mesh)}},
                *map(namespace, self.namespaces.items()), *map(deployment, self.clients), *self.services]

    def of(self, call):
        """The same with one request of it alone."""
        return replace(self, calls=[call])


def namespace(entry):
    name, labels = entry
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment(pod):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": pod["name"], "namespace": pod["namespace"]},
            "spec": {"selector": {"matchLabels": {"app": pod["labels"]["app"]}},
                     "template": {"metadata": {"labels": pod["labels"], "annotations": pod.get("annotations") or {}},
                                  "spec": {"containers": [{"name": "app", "image": "app"}]}}}}
