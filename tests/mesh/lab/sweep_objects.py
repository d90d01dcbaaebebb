"""Configurations for the sweep: policies, and Istio's objects as people write them, right and wrong.

Few names, so that objects meet: what makes Istio's rules hard is two objects that speak of one host.
Every object has a time of creation of its own, as in a cluster, because Istio's answer depends on it.
"""
from datetime import datetime, timedelta, timezone

from . import release

HOSTS = ["www.example.org", "api.example.org", "db.example.net"]
CLIENTS = ["team-a", "team-b"]
NAMESPACES = ["team-a", "team-b", "istio-egress", "istio-system"]
GATEWAY = {"name": "egressgateway-a", "namespace": "istio-system", "service": "istio-egressgateway-a",
           "podLabels": {"istio": "egressgateway-a"},
           "ports": [{"port": 80, "targetPort": 8080, "class": "http"}, {"port": 443, "targetPort": 8443, "class": "tls"},
                     {"port": 444, "targetPort": 444, "class": "tls"}]}
GATEWAY_HOST = "istio-egressgateway-a.istio-system.svc.cluster.local"
SERVICE = {"apiVersion": "v1", "kind": "Service",
           "metadata": {"name": GATEWAY["service"], "namespace": "istio-system", "labels": GATEWAY["podLabels"],
                        "creationTimestamp": "2024-01-01T00:00:00Z"},
           "spec": {"clusterIP": "10.96.0.20", "selector": GATEWAY["podLabels"],
                    "ports": [{"name": f"{'http' if port['port'] == 80 else 'https'}-{port['port']}", "port": port["port"],
                               "targetPort": port["targetPort"], "protocol": "TCP"} for port in GATEWAY["ports"]]}}
PROXIES = [{"name": "a", "namespace": "team-a", "labels": {"app": "a"}, "ip": "10.77.0.11"},
           {"name": "b", "namespace": "team-a", "labels": {"app": "b", "tier": "x"}, "ip": "10.77.0.12"},
           {"name": "a", "namespace": "team-b", "labels": {"app": "a"}, "ip": "10.77.0.13"}]
PORTS = {"HTTP": [80, 8080], "HTTPS": [443], "TLS": [443, 8443], "TCP": [3306]}


def documents():
    """The mesh of every configuration."""
    return {"apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "sweep"},
            "spec": {"gateways": [GATEWAY], "outboundTrafficPolicy": "REGISTRY_ONLY", "completeKinds": ["Service"]} | release.stated()}


# Policies.

def policies(dice):
    rules = [rule(dice, number) for number in range(dice.randint(1, 3))]
    return [{"apiVersion": "istio.alibabacloud.com/v1", "kind": "ASMEgressTrafficPolicy",
             "metadata": {"name": "egress-by-egressgateway-a", "namespace": "istio-egress"},
             "spec": {"byEgressGateway": {"name": GATEWAY["name"]}, "egressRules": rules}}]


def rule(dice, number):
    sources = []
    for namespace in dice.sample(CLIENTS, dice.randint(1, 2)):
        source = {"namespace": namespace}
        if dice.random() < 0.6:
            source["workloadSelector"] = {"app": dice.choice("ab")}
        sources.append(source)
    targets = []
    for index in range(dice.randint(1, 2)):
        protocol = dice.choice(["HTTP", "HTTP", "HTTPS", "TLS", "TCP"])
        port = dice.choice(PORTS[protocol])
        target = {"name": f"t{number}-{index}", "hosts": dice.sample(HOSTS, 1 if protocol == "TCP" else dice.randint(1, 2)),
                  "port": {"name": protocol.lower(), "number": port, "protocol": protocol}}
        if protocol == "HTTP" and dice.random() < 0.5:
            target["httpsUpgrade"] = {"enabled": True, "port": 443}
        targets.append(target)
    return {"name": f"r{number}", "from": sources, "to": targets}


# By hand.

def handwritten(dice):
    made = []

    def add(kind, namespace, spec, name=None):
        made.append({"apiVersion": "networking.istio.io/v1", "kind": kind,
                     "metadata": {"name": name or f"{kind.lower()}-{len(made)}", "namespace": namespace}, "spec": spec})

    recipe = dice.random()
    if recipe < 0.4:
        the_task_of_the_manual(dice, add)
    for _ in range(dice.randint(0 if recipe < 0.4 else 1, 3)):
        add("ServiceEntry", dice.choice(NAMESPACES), service_entry(dice))
    if recipe >= 0.4 and dice.random() < 0.6:
        add("Gateway", "istio-system", gateway(dice), "egress")
    for _ in range(dice.randint(0, 3)):
        add("VirtualService", dice.choice(NAMESPACES), virtual_service(dice))
    for _ in range(dice.randint(0, 2)):
        add("DestinationRule", dice.choice(NAMESPACES), destination_rule(dice))
    if dice.random() < (0.4 if release.line() else 0.15):
        add("Sidecar", dice.choice(CLIENTS), sidecar(dice))
    ages = list(range(len(made)))
    dice.shuffle(ages)
    for thing, age in zip(made, ages, strict=True):
        thing["metadata"]["creationTimestamp"] = (datetime(2024, 2, 1, tzinfo=timezone.utc) + timedelta(days=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return made


def scope(dice):
    """exportTo, as people leave it out or write it."""
    chosen = dice.choice([None, None, None, ["."], ["*"], ["team-a"], ["team-b"], ["istio-system"], ["team-a", "istio-system"], [".", "istio-system"]])
    return {"exportTo": chosen} if chosen else {}


def service_entry(dice):
    tcp = dice.random() < 0.2
    ports = {}
    for protocol in ["TCP"] if tcp else dice.sample(["HTTP", "HTTPS", "TLS"], dice.randint(1, 2)):
        ports[dice.choice(PORTS[protocol])] = protocol
    spec = {"hosts": dice.sample(HOSTS, 1 if tcp else dice.randint(1, 2)), "location": "MESH_EXTERNAL",
            "resolution": dice.choice(["DNS", "DNS", "DNS", "DNS_ROUND_ROBIN", "STATIC", "NONE"]),
            "ports": [{"name": f"{protocol.lower()}-{port}", "number": port, "protocol": protocol} for port, protocol in ports.items()],
            **scope(dice)}
    if spec["resolution"] == "DNS" and dice.random() < 0.15:
        spec["endpoints"] = [{"address": "origin.example.net"}]
    if dice.random() < 0.15 and 80 in ports:
        next(port for port in spec["ports"] if port["number"] == 80)["targetPort"] = 443
    return spec


def source(dice):
    return {"sourceLabels": {"app": dice.choice("ab")}} if dice.random() < 0.4 else {}


def destination(dice):
    if dice.random() < 0.5:
        host, ports = GATEWAY_HOST, [80, 443, 444]
    else:
        host, ports = dice.choice(HOSTS), [80, 443, 8080, 3306]
    made = {"host": host, "port": {"number": dice.choice(ports)}}
    if dice.random() < 0.3:
        made["subset"] = dice.choice(["one", "two"])
    return made


def gateways(dice):
    chosen = dice.choice([None, None, ["mesh"], ["istio-system/egress"], ["mesh", "istio-system/egress"]])
    return {"gateways": chosen} if chosen else {}


def virtual_service(dice):
    hosts = dice.sample(HOSTS, dice.randint(1, 2))
    bound = gateways(dice)
    spec = {"hosts": hosts, **bound, **scope(dice)}
    for block in dice.sample(["http", "http", "tls", "tcp"], dice.randint(1, 2)):
        spec[block] = [{"http": http_route, "tls": tls_route, "tcp": tcp_route}[block](dice, hosts, bound) for _ in range(dice.randint(1, 2))]
    return spec


def either_way(dice, bound):
    return {"gateways": [dice.choice(bound["gateways"])]} if bound and dice.random() < 0.4 else {}


def http_route(dice, _hosts, bound):
    # The simulation tells routes by their names alone.
    route = {"name": f"r-{dice.randrange(10**9)}"}
    if dice.random() < 0.6:
        match = {**source(dice), **either_way(dice, bound)}
        if dice.random() < 0.3:
            match["uri"] = {"prefix": "/api"}
        if dice.random() < 0.4:
            match["port"] = dice.choice([80, 8080])
        if match:
            route["match"] = [match]
    if dice.random() < 0.15:
        return route | {"directResponse": {"status": dice.choice([403, 502])}}
    return route | {"route": [{"destination": destination(dice)}]}


def tls_route(dice, hosts, bound):
    match = {"sniHosts": dice.sample(hosts, dice.randint(1, len(hosts))), **source(dice), **either_way(dice, bound)}
    if dice.random() < 0.5:
        match["port"] = dice.choice([443, 8443])
    return {"match": [match], "route": [{"destination": destination(dice)}]}


def tcp_route(dice, _hosts, bound):
    match = {**source(dice), **either_way(dice, bound)}
    if dice.random() < 0.4:
        match["port"] = dice.choice([443, 444, 3306])
    return ({"match": [match]} if match else {}) | {"route": [{"destination": destination(dice)}]}


def destination_rule(dice):
    def policy():
        mode = dice.choice(["SIMPLE", "ISTIO_MUTUAL", "DISABLE"])
        tls = {"mode": mode}
        if mode != "DISABLE" and dice.random() < 0.6:
            tls["sni"] = dice.choice(HOSTS)
        return {"trafficPolicy": {"tls": tls}}

    spec = {"host": dice.choice([GATEWAY_HOST, GATEWAY_HOST, *HOSTS]), **scope(dice)}
    if dice.random() < 0.4:
        spec |= policy()
    names = dice.sample(["one", "two"], dice.randint(0, 2))
    if names:
        spec["subsets"] = [{"name": name, **(policy() if dice.random() < 0.8 else {})} for name in names]
    return spec


def gateway(dice):
    servers = []
    for number in dice.sample([80, 443, 444], dice.randint(1, 2)):
        hosts = dice.sample(HOSTS, dice.randint(1, 2))
        kind = dice.choice(["HTTP", "HTTPS", "TLS", "PASSTHROUGH"])
        server = {"port": {"number": number, "name": f"s-{number}", "protocol": "TLS" if kind == "PASSTHROUGH" else kind}, "hosts": hosts}
        if kind != "HTTP":
            server["tls"] = {"mode": "PASSTHROUGH" if kind == "PASSTHROUGH" else "ISTIO_MUTUAL"}
        servers.append(server)
    return {"selector": GATEWAY["podLabels"], "servers": servers}


def sidecar(dice):
    # What releases differ in has one answer only where the release is stated.
    if release.line() and dice.random() < 0.6:
        hosts = [f"{namespace}/{host}" for namespace in [".", *NAMESPACES] for host in HOSTS]
        hosts = dice.sample(hosts, dice.randint(4, 12)) + dice.choice([[], [], ["*/*"], ["./*", "*/www.example.org"]])
        return {"egress": [{"hosts": hosts + dice.choice([[], [f"~/{dice.choice(HOSTS)}"], ["~/*.org"], ["~/*"]])}]}
    return {"egress": [{"hosts": dice.sample(["./*", "istio-system/*", "istio-egress/*", "*/www.example.org", "team-b/*"], dice.randint(1, 3))}]}


def the_task_of_the_manual(dice, add):
    """Istio's own "Egress Gateways" task, with what people change in it."""
    host = dice.choice(HOSTS)
    namespace = dice.choice(NAMESPACES)
    upgrade = dice.random() < 0.4
    passthrough = not upgrade and dice.random() < 0.5
    visible = scope(dice)
    add("ServiceEntry", namespace, {
        "hosts": [host], "location": "MESH_EXTERNAL", "resolution": "DNS",
        "ports": [{"name": "http", "number": 80, "protocol": "HTTP"}, {"name": "https", "number": 443, "protocol": dice.choice(["HTTPS", "TLS"])}],
        **visible})
    labels = {"sourceLabels": {"app": "a"}} if dice.random() < 0.4 else {}
    if passthrough:
        add("Gateway", "istio-system", {"selector": GATEWAY["podLabels"], "servers": [
            {"port": {"number": 443, "name": "tls", "protocol": "TLS"}, "hosts": [host], "tls": {"mode": "PASSTHROUGH"}}]}, "egress")
        add("VirtualService", namespace, {
            "hosts": [host], "gateways": ["mesh", "istio-system/egress"], **visible,
            "tls": [{"match": [{"gateways": ["mesh"], "port": 443, "sniHosts": [host], **labels}],
                     "route": [{"destination": {"host": GATEWAY_HOST, "port": {"number": 443}}}]},
                    {"match": [{"gateways": ["istio-system/egress"], "port": 443, "sniHosts": [host]}],
                     "route": [{"destination": {"host": host, "port": {"number": 443}}}]}]})
        return
    mutual = dice.random() < 0.6
    server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [host]}
    if mutual:
        server = {"port": {"number": 80, "name": "https", "protocol": "HTTPS"}, "hosts": [host], "tls": {"mode": "ISTIO_MUTUAL"}}
    add("Gateway", "istio-system", {"selector": GATEWAY["podLabels"], "servers": [server]}, "egress")
    subset = {"name": "one"}
    if mutual:
        subset["trafficPolicy"] = {"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "ISTIO_MUTUAL", "sni": host}}]}
    add("DestinationRule", dice.choice([namespace, "istio-system"]), {"host": GATEWAY_HOST, "subsets": [subset]})
    out = {"host": host, "port": {"number": 443 if upgrade else 80}}
    add("VirtualService", namespace, {
        "hosts": [host], "gateways": ["mesh", "istio-system/egress"], **visible,
        "http": [{"match": [{"gateways": ["mesh"], "port": 80, **labels}] if dice.random() < 0.7 else [{"port": 80, **(labels or {"gateways": ["mesh"]})}],
                  "route": [{"destination": {"host": GATEWAY_HOST, "subset": "one", "port": {"number": 80}}}]},
                 {"match": [{"gateways": ["istio-system/egress"], "port": 80}], "route": [{"destination": out}]}]})
    if upgrade:
        add("DestinationRule", dice.choice([namespace, "istio-system"]), {
            "host": host, "trafficPolicy": {"portLevelSettings": [{"port": {"number": 443}, "tls": {"mode": "SIMPLE", "sni": host}}]}})
