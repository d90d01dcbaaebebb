"""A case is a folder of data: what the author wrote, what the mesh is like, what must happen to which request.

  policy.yaml    the policies (may be absent: nothing applied)
  mesh.yaml      the mesh facts, as the compiler takes them
  extra.yaml     the user's own Istio objects, optional
  requests.yaml  {origins, generate, refusable, stopped, requests}, optional; `generate: false` leaves out all that nobody wrote,
                 `refusable: true` says that Istio's webhook may refuse the objects, and then there is nothing to ask
  steps.yaml     what is applied and deleted in which order, optional
  check.yaml     {says: [{severity, code}]}: what `egressc check` must say of all of it, optional (lab/said.py)
  regular.yaml   facts that are compiled under instead of mesh.yaml, where `check` refuses the real ones, optional
  old/, new/     policy.yaml and mesh.yaml before and after, where steps.yaml tells of a rollout
  resources.yaml used instead of the compiler's output when present, for testing the lab itself
"""
from dataclasses import dataclass, field
from pathlib import Path

import yaml

KUBERNETES = ("v1", "apps/v1")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadCase(Exception):
    """The case folder itself is wrong."""


def documents(path):
    """The non-empty documents of a YAML file; none when there is no such file."""
    if not path.exists():
        return []
    flat = []
    for document in yaml.load_all(path.read_text(), Loader=Loader):
        if document:
            flat.extend(document["items"] if document.get("kind") == "List" else [document])
    return flat


@dataclass
class Workload:
    """A pod that can send requests."""
    name: str
    namespace: str
    labels: dict
    account: str
    sidecar: bool = True
    annotations: dict = field(default_factory=dict)

    @property
    def id(self):
        return f"{self.name}.{self.namespace}"


@dataclass
class GatewayPort:
    number: int
    target: int
    klass: str


@dataclass
class Gateway:
    """The egress gateway's Service and pods."""
    name: str
    namespace: str
    service: str
    labels: dict
    ports: list
    authorization: str


@dataclass
class Waypoint:
    """A waypoint's Gateway of the Gateway API; Istio makes its pods and its Service."""
    name: str
    namespace: str

    @property
    def id(self):
        return f"{self.namespace}/{self.name}"

    @property
    def labels(self):
        return {"gateway.networking.k8s.io/gateway-name": self.name, "gateway.istio.io/managed": "istio.io-mesh-controller"}


@dataclass
class Case:
    name: str
    folder: Path
    policies: list
    mesh: list
    extra: list
    origins: dict
    generate: dict
    requests: list
    steps: list
    resources: list = None
    says: list = None
    refusable: bool = False
    old: list = field(default_factory=list)
    stopped: list = field(default_factory=list)  # gateways whose proxy does not run
    drawn: bool = False  # by chance (drawn.py)
    workloads: dict = field(default_factory=dict)

    @property
    def kubernetes(self):
        """Documents of Kubernetes, wherever they stand: Istio reads them from the cluster."""
        return [document for document in self.mesh + self.extra if document.get("apiVersion") in KUBERNETES]

    @property
    def own(self):
        """The user's own objects in Istio's words."""
        return [document for document in self.extra if document.get("apiVersion") not in KUBERNETES]

    @property
    def home(self):
        """Where policies and facts stand."""
        return home(self.folder)

    @property
    def refused(self):
        """Whether `check` must refuse it: then it is compiled without the own objects, and they are applied all the same."""
        return any(said["severity"] == "error" for said in self.says or [])

    @property
    def deployments(self):
        """What describes workloads, with the annotations of their pods."""
        return [document for document in self.mesh if document.get("kind") == "Deployment"]

    @property
    def settings(self):
        """What describes the settings of workloads."""
        return (self.deployments + [document for document in self.extra if document.get("kind") == "ProxyConfig"]
                + [document for document in self.mesh if document.get("kind") == "Namespace"])

    @property
    def waypoints(self):
        return [Waypoint(document["metadata"]["name"], document["metadata"]["namespace"]) for document in self.extra
                if document.get("kind") == "Gateway" and document["spec"].get("gatewayClassName") == "istio-waypoint"]

    def is_ambient(self, namespace):
        return any(document.get("kind") == "Namespace" and document["metadata"]["name"] == namespace
                   and (document["metadata"].get("labels") or {}).get("istio.io/dataplane-mode") == "ambient"
                   for document in self.mesh)

    def address(self, host):
        """The first address that a ServiceEntry gives to its host: ztunnel answers DNS with it."""
        for document in self.extra:
            if document.get("kind") == "ServiceEntry" and host in document["spec"]["hosts"]:
                return document["spec"]["addresses"][0]
        return host

    @property
    def environment(self):
        found = [document["spec"] for document in self.mesh if document.get("kind") == "MeshEnvironment"]
        return found[0] if found else {}

    @property
    def trust_domain(self):
        return self.environment.get("trustDomain", "cluster.local")

    @property
    def gateways(self):
        declared = self.environment.get("gateways") or [
            gateway_facts(name, self.mesh) for name in sorted(self.gateway_names())]
        return [gateway(entry) for entry in declared]

    def gateway_names(self):
        return {name for policy in self.policies for name in named_gateways(policy["spec"])} or {"egressgateway-a"}

    def all_requests(self):
        rows = list(self.requests)
        for step in self.steps:
            rows.extend(step.get("requests", []))
        return rows


def named_gateways(spec):
    """The gateways that a policy names, for all of its rules or for some."""
    places = [spec, *spec["egressRules"], *(to for rule in spec["egressRules"] for to in rule["to"])]
    fields = [field for place in places for field in (place.get("byEgressGateway"), *(place.get("byEgressGateways") or []))]
    return [field["name"] for field in fields if field and field.get("name")]


def gateway(entry):
    """A gateway as MeshEnvironment gives it, completed by the compiler's own defaults."""
    ports = entry.get("ports") or [{"port": 80, "class": "http"}, {"port": 443, "class": "tls"}, {"port": 444, "class": "tls"}]
    return Gateway(
        name=entry["name"],
        namespace=entry.get("namespace", "istio-system"),
        service=entry.get("service", "istio-" + entry["name"]),
        labels=entry.get("podLabels") or {"istio": entry["name"]},
        ports=[GatewayPort(port["port"], port.get("targetPort") or port["port"],
                           port.get("class") or ("http" if port["port"] == 80 else "tls")) for port in ports],
        # A bare `off` is a boolean to YAML 1.1.
        authorization=entry.get("authorization", "shared") or "off")


def gateway_facts(name, mesh):
    """What a Service says about a gateway, in MeshEnvironment's words."""
    for document in mesh:
        selector = document.get("spec", {}).get("selector") or {}
        if document.get("kind") == "Service" and (document["metadata"]["name"] in (name, "istio-" + name) or selector.get("istio") == name):
            ports = [{"port": port["port"], "targetPort": port.get("targetPort")} for port in document["spec"]["ports"]]
            return {"name": name, "namespace": document["metadata"]["namespace"], "service": document["metadata"]["name"],
                    "podLabels": selector, "ports": ports}
    return {"name": name}


def home(folder):
    return folder / "new" if (folder / "new").is_dir() else folder


def load(folder):
    """Reads one case folder."""
    table = yaml.load((folder / "requests.yaml").read_text(), Loader=Loader) if (folder / "requests.yaml").exists() else {}
    unknown = set(table) - {"origins", "generate", "refusable", "requests", "stopped"}
    if unknown:
        raise BadCase(f"{folder.name}/requests.yaml: unknown keys {sorted(unknown)}")
    mesh = documents(home(folder) / "mesh.yaml")
    case = Case(
        name=folder.name, folder=folder,
        policies=documents(home(folder) / "policy.yaml"), mesh=mesh, extra=documents(folder / "extra.yaml"),
        origins=table.get("origins") or {}, generate=table.get("generate", {}), requests=table.get("requests") or [],
        steps=documents_of_steps(folder),
        resources=documents(folder / "resources.yaml") if (folder / "resources.yaml").exists() else None,
        says=expected_of_check(folder), refusable=table.get("refusable", False), stopped=table.get("stopped") or [], old=documents(folder / "old" / "policy.yaml"))
    return with_workloads(case)


def with_workloads(case):
    """The case with the pods of its facts and of its requests."""
    for namespace in case.environment.get("namespaces") or []:
        for entry in namespace.get("workloads") or []:
            add(case, Workload(entry["name"], namespace["name"], entry.get("labels") or {},
                               entry.get("serviceAccount") or "default", entry.get("sidecar", True)))
    for row in case.all_requests():
        name, _, namespace = row["client"].partition(".")
        if row["client"] not in case.workloads:
            add(case, Workload(name, namespace, {"app": name}, name))
    return case


def expected_of_check(folder):
    path = folder / "check.yaml"
    return yaml.load(path.read_text(), Loader=Loader)["says"] if path.exists() else None


def documents_of_steps(folder):
    path = folder / "steps.yaml"
    return yaml.load(path.read_text(), Loader=Loader) if path.exists() else []


def add(case, workload):
    for document in case.deployments:
        meta, template = document["metadata"], document["spec"]["template"]["metadata"]
        if (meta["name"], meta["namespace"]) == (workload.name, workload.namespace):
            workload.labels, workload.annotations = template.get("labels") or {}, template.get("annotations") or {}
    workload.sidecar = workload.sidecar and not case.is_ambient(workload.namespace)
    case.workloads.setdefault(workload.id, workload)


def load_all(root):
    """Every case below `root`, by name; `root` may also be a single case."""
    root = Path(root)
    if (root / "policy.yaml").exists() or (root / "mesh.yaml").exists():
        return [load(root)]
    folders = sorted(path for path in root.iterdir() if path.is_dir() and any(path.glob("*.yaml")))
    if not folders:
        raise BadCase(f"no cases in {root}")
    return [load(folder) for folder in folders]
