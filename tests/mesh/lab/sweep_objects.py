"""Configurations for the sweep: policies, and Istio's objects as people write them, right and wrong.

Every object has a time of creation of its own, as in a cluster, because Istio's answer depends on it.
"""
from datetime import datetime, timedelta, timezone

from . import release
from .sweep_world import CLIENTS, COMMON, GATEWAY_HOSTS, GATEWAYS, HOSTS

NAMESPACES = ["team-a", "team-b", "istio-egress", "istio-system"]
PORTS = {"HTTP": [80, 8080], "HTTPS": [443], "TLS": [443, 8443], "TCP": [3306]}


# Policies.

def policies(dice):
    """One, or one for each gateway."""
    chosen = dice.sample(GATEWAYS, dice.choice([1, 1, 2]))
    return [{"apiVersion": "istio.alibabacloud.com/v1", "kind": "ASMEgressTrafficPolicy",
             "metadata": {"name": f"egress-by-{gateway['name']}", "namespace": "istio-egress"},
             "spec": {"byEgressGateway": {"name": gateway["name"]}, "egressRules": [rule(dice, number) for number in range(dice.randint(1, 3))]}}
            for gateway in chosen]


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
    if dice.random() < 0.3:
        add("Gateway", dice.choice(NAMESPACES), gateway(dice), "second")
    for _ in range(dice.randint(0, 3)):
        add("VirtualService", dice.choice(NAMESPACES), virtual_service(dice))
    for _ in range(dice.randint(0, 2)):
        add("DestinationRule", dice.choice(NAMESPACES), destination_rule(dice))
    if dice.random() < (0.4 if release.line() else 0.25):
        add("Sidecar", dice.choice([*CLIENTS, "istio-system"]), sidecar(dice))
    return aged(dice, made)


def aged(dice, made):
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
        host, ports = dice.choice(GATEWAY_HOSTS), [80, 443, 444]
    else:
        host, ports = dice.choice(HOSTS), [80, 443, 8080, 3306]
    made = {"host": host, "port": {"number": dice.choice(ports)}}
    if dice.random() < 0.3:
        made["subset"] = dice.choice(["one", "two"])
    return made


def gateways(dice):
    chosen = dice.choice([None, None, ["mesh"], ["istio-system/egress"], ["mesh", "istio-system/egress"],
                          ["mesh", "istio-system/egress", f"{dice.choice(NAMESPACES)}/second"]])
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

    spec = {"host": dice.choice([*GATEWAY_HOSTS, *HOSTS]), **scope(dice)}
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
    return {"selector": dice.choice([*({"istio": each["name"]} for each in GATEWAYS), COMMON]), "servers": servers}


def sidecar(dice):
    """One listener for all, or some with ports of their own."""
    # What releases differ in has one answer only where the release is stated.
    if release.line() and dice.random() < 0.6:
        hosts = [f"{namespace}/{host}" for namespace in [".", *NAMESPACES] for host in HOSTS]
        hosts = dice.sample(hosts, dice.randint(4, 12)) + dice.choice([[], [], ["*/*"], ["./*", "*/www.example.org"]])
        return {"egress": [{"hosts": hosts + dice.choice([[], [f"~/{dice.choice(HOSTS)}"], ["~/*.org"], ["~/*"]])}]}
    def imported():
        return {"hosts": dice.sample(["./*", "*/*", "istio-system/*", "istio-egress/*", "*/www.example.org", "team-b/*"], dice.randint(1, 3))}

    listeners = []
    for number, protocol in dice.sample([(80, "HTTP"), (8080, "HTTP"), (443, "TLS"), (443, "HTTPS"), (3306, "TCP"), (80, "TCP"), (443, "HTTP")],
                                        dice.choice([0, 1, 1, 2])):
        if all(listener["port"]["number"] != number for listener in listeners):
            elsewhere = {"bind": "127.0.0.1"} if dice.random() < 0.1 else {}
            listeners.append({"port": {"number": number, "protocol": protocol, "name": f"p-{number}"}, **elsewhere, **imported()})
    spec = {"egress": [*listeners, *([imported()] if not listeners or dice.random() < 0.6 else [])]}
    if dice.random() < 0.3:
        spec["workloadSelector"] = {"labels": {"app": dice.choice("ab")}}
    if dice.random() < 0.2:
        spec["outboundTrafficPolicy"] = {"mode": dice.choice(["ALLOW_ANY", "REGISTRY_ONLY"])}
    return spec


def the_task_of_the_manual(dice, add):
    """Istio's own "Egress Gateways" task, with what people change in it."""
    host = dice.choice(HOSTS)
    namespace = dice.choice(NAMESPACES)
    upgrade = dice.random() < 0.4
    passthrough = not upgrade and dice.random() < 0.5
    visible = scope(dice)
    through, through_host = dice.choice(list(zip(GATEWAYS, GATEWAY_HOSTS, strict=True)))
    pods = {"istio": through["name"]}
    add("ServiceEntry", namespace, {
        "hosts": [host], "location": "MESH_EXTERNAL", "resolution": "DNS",
        "ports": [{"name": "http", "number": 80, "protocol": "HTTP"}, {"name": "https", "number": 443, "protocol": dice.choice(["HTTPS", "TLS"])}],
        **visible})
    labels = {"sourceLabels": {"app": "a"}} if dice.random() < 0.4 else {}
    if passthrough:
        add("Gateway", "istio-system", {"selector": pods, "servers": [
            {"port": {"number": 443, "name": "tls", "protocol": "TLS"}, "hosts": [host], "tls": {"mode": "PASSTHROUGH"}}]}, "egress")
        add("VirtualService", namespace, {
            "hosts": [host], "gateways": ["mesh", "istio-system/egress"], **visible,
            "tls": [{"match": [{"gateways": ["mesh"], "port": 443, "sniHosts": [host], **labels}],
                     "route": [{"destination": {"host": through_host, "port": {"number": 443}}}]},
                    {"match": [{"gateways": ["istio-system/egress"], "port": 443, "sniHosts": [host]}],
                     "route": [{"destination": {"host": host, "port": {"number": 443}}}]}]})
        return
    mutual = dice.random() < 0.6
    server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [host]}
    if mutual:
        server = {"port": {"number": 80, "name": "https", "protocol": "HTTPS"}, "hosts": [host], "tls": {"mode": "ISTIO_MUTUAL"}}
    add("Gateway", "istio-system", {"selector": pods, "servers": [server]}, "egress")
    subset = {"name": "one"}
    if mutual:
        subset["trafficPolicy"] = {"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "ISTIO_MUTUAL", "sni": host}}]}
    add("DestinationRule", dice.choice([namespace, "istio-system"]), {"host": through_host, "subsets": [subset]})
    out = {"host": host, "port": {"number": 443 if upgrade else 80}}
    add("VirtualService", namespace, {
        "hosts": [host], "gateways": ["mesh", "istio-system/egress"], **visible,
        "http": [{"match": [{"gateways": ["mesh"], "port": 80, **labels}] if dice.random() < 0.7 else [{"port": 80, **(labels or {"gateways": ["mesh"]})}],
                  "route": [{"destination": {"host": through_host, "subset": "one", "port": {"number": 80}}}]},
                 {"match": [{"gateways": ["istio-system/egress"], "port": 80}], "route": [{"destination": out}]}]})
    if upgrade:
        add("DestinationRule", dice.choice([namespace, "istio-system"]), {
            "host": host, "trafficPolicy": {"portLevelSettings": [{"port": {"number": 443}, "tls": {"mode": "SIMPLE", "sni": host}}]}})


# A request, as a person would list it.

def call(dice, client, host):
    scheme, port = dice.choice([("http", 80), ("http", 80), ("http", 8080), ("http", 443), ("tls", 443), ("tls", 443), ("tls", 443),
                                ("tls", 80), ("tls", 8443), ("tcp", 3306), ("tcp", 443), ("tcp", 80)])
    sni = dice.choice([host] * 6 + [None, "elsewhere.example"]) if scheme == "tls" else None
    return {"proxy": client, "host": host, "scheme": scheme, "port": port, "sni": sni, "path": dice.choice(["/", "/", "/api/x"])}
