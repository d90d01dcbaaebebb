"""What a policy declares, read from the policy alone: the yardstick of the generated requests.

Deliberately ignorant of the compiler and of Istio.
"""
import ipaddress
from dataclasses import dataclass

HTTP = {"HTTP", "HTTP2", "GRPC", "GRPC-WEB"}
TLS = {"HTTPS", "TLS"}


@dataclass(frozen=True)
class Flow:
    """One namespace (or the pods in it with these labels) may reach one port of one host, or of one address."""
    namespace: str
    selector: tuple
    host: str
    port: int
    protocol: str
    upgrade: int = 0
    accounts: tuple = ()
    is_audited: bool = False

    @property
    def is_address(self):
        return is_address(self.host)

    @property
    def family(self):
        if self.protocol in HTTP:
            return "http"
        return "tls" if self.protocol in TLS else "tcp"

    def selects(self, workload):
        return (workload.namespace == self.namespace
                and all(workload.labels.get(key) == value for key, value in self.selector)
                and (not self.accounts or workload.account in self.accounts))

    def admits(self, workload):
        """Whether it may send: in audit mode every workload of the namespace may."""
        return self.selects(workload) or self.is_audited and workload.namespace == self.namespace


def declared(policies):
    """Every flow of every policy, of both kinds, without repetitions, in the order of the documents."""
    flows = {}
    for policy in policies:
        for rule in policy["spec"]["egressRules"]:
            is_audited = (rule.get("mode") or policy["spec"].get("mode")) == "audit"
            for source in rule["from"]:
                for target in rule["to"]:
                    for host in [*(target.get("hosts") or []), *addresses(target)]:
                        flow = Flow(source["namespace"], tuple(sorted((source.get("workloadSelector") or {}).items())),
                                    host.lower(), target["port"]["number"], target["port"]["protocol"].upper(), upgrade(target),
                                    tuple(sorted(source.get("serviceAccounts") or [])), is_audited)
                        flows[flow] = None
    return list(flows)


def is_address(host):
    return host.replace(".", "").isdigit()


def addresses(target):
    """Every single address: a network stands for those in it."""
    return [str(address) for network in target.get("addresses") or [] for address in ipaddress.ip_network(network)]


def upgrade(target):
    wanted = target.get("httpsUpgrade") or {}
    return (wanted.get("port") or 443) if wanted.get("enabled") else 0
