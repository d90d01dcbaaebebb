"""Cases drawn by chance for real proxies: what Istio's simulation does not know.

Headers, methods, paths and queries in routes, authorization at gateways, several gateways, and annotations of pods. A request of
such a case has no expectation of its own but that the evaluator says what real proxies do with it (agreement.py).
The same seed gives the same cases.
"""
import random
from pathlib import Path

from .case import Case, with_workloads
from .sweep_objects import aged
from .sweep_world import GATEWAY_HOSTS, GATEWAYS

HOSTS = ["one.drawn.example", "two.drawn.example", "three.drawn.example"]
PODS = [("team-a", "a"), ("team-a", "b"), ("team-b", "a")]
NAMES = ["egress", "second"]  # of the Gateways, one for each gateway
REQUESTS = 36  # of a case
CAPTURED = "traffic.sidecar.istio.io/"
# Few, since a pod with other rules is another pod.
ANNOTATIONS = [{}, {}, {}, {CAPTURED + "excludeOutboundPorts": "8080"}, {CAPTURED + "includeOutboundPorts": "80", CAPTURED + "includeOutboundIPRanges": ""},
               {"sidecar.istio.io/interceptionMode": "NONE"}]


def cases(count, seed):
    return [case(random.Random(f"drawn/{seed}/{number}"), number) for number in range(count)]


def case(dice, number):
    made = Case(name=f"drawn-{number}", folder=Path(f"drawn-{number}"), policies=[], mesh=[environment(), *deployments(dice)], extra=objects(dice),
                origins=dict.fromkeys(HOSTS), generate=False, requests=[request(dice) for _ in range(REQUESTS)], steps=[], resources=[], refusable=True, drawn=True)
    return with_workloads(made)


def environment():
    return {"apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "lab"},
            "spec": {"outboundTrafficPolicy": "REGISTRY_ONLY", "complete": True, "gateways": list(GATEWAYS),
                     "namespaces": [{"name": name, "injection": True} for name in sorted({namespace for namespace, _ in PODS})]}}


def deployments(dice):
    return [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
             "spec": {"selector": {"matchLabels": {"app": name}},
                      "template": {"metadata": {"labels": {"app": name}, "annotations": dict(dice.choice(ANNOTATIONS))},
                                   "spec": {"serviceAccountName": name, "containers": [{"name": "app", "image": "app"}]}}}}
            for namespace, name in PODS]


# Istio's objects.

def objects(dice):
    made = [item("ServiceEntry", "istio-system", "hosts", {
        "hosts": HOSTS, "location": "MESH_EXTERNAL", "resolution": "DNS",
        "ports": [{"name": "http", "number": 80, "protocol": "HTTP"}, {"name": "http-8080", "number": 8080, "protocol": "HTTP"},
                  {"name": "tls", "number": 443, "protocol": "TLS"}]})]
    mutual = [dice.random() < 0.7 for _ in NAMES]
    for name, gateway, is_mutual in zip(NAMES, GATEWAYS, mutual, strict=True):
        server = {"port": {"number": 80, "name": "s", "protocol": "HTTPS" if is_mutual else "HTTP"}, "hosts": ["*"]}
        if is_mutual:
            server["tls"] = {"mode": "ISTIO_MUTUAL"}
        made.append(item("Gateway", "istio-system", name, {"selector": {"istio": gateway["name"]}, "servers": [server]}))
    for number, (host, is_mutual) in enumerate(zip(GATEWAY_HOSTS, mutual, strict=True)):
        if is_mutual:
            made.append(item("DestinationRule", "istio-system", f"to-{number}", {
                "host": host, "trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "ISTIO_MUTUAL", "sni": HOSTS[0]}}]}}))
    for number, host in enumerate(dice.sample(HOSTS, dice.randint(2, 3))):
        made.append(item("VirtualService", dice.choice(["team-a", "istio-system"]), f"out-{number}", {
            "hosts": [host], "gateways": ["mesh"], "http": [route(dice, True) for _ in range(dice.randint(1, 4))]}))
    for number, host in enumerate(HOSTS):
        made.append(item("VirtualService", "istio-system", f"through-{number}", {
            "hosts": [host], "gateways": [f"istio-system/{name}" for name in dice.sample(NAMES, dice.choice([1, 2, 2]))],
            "http": [route(dice, False) for _ in range(dice.randint(0, 2))] + [{"route": [{"destination": {"host": host, "port": {"number": 80}}}]}]}))
    for number in range(dice.choice([0, 1, 1, 2, 3])):
        made.append(item("AuthorizationPolicy", "istio-system", f"may-{number}", authorization(dice)))
    return aged(dice, made)


def item(kind, namespace, name, spec):
    group = "security" if kind == "AuthorizationPolicy" else "networking"
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def route(dice, from_mesh):
    made = {} if dice.random() < 0.2 else {"match": [match(dice, from_mesh) for _ in range(dice.choice([1, 1, 2]))]}
    kind = dice.random()
    if kind < 0.2:
        return made | {"directResponse": {"status": dice.choice([231, 232, 403])}}
    if kind < 0.28:
        return made | {"redirect": dice.choice([{"authority": HOSTS[1]}, {"uri": "/elsewhere"}, {"redirectCode": 307, "uri": "/x"}])}
    made["route"] = [{"destination": destination(dice, from_mesh)}]
    if dice.random() < 0.2:
        made["rewrite"] = dice.choice([{"uri": "/api/new"}, {"authority": dice.choice(HOSTS)}, {"uri": "/", "authority": dice.choice(HOSTS)}])
    if dice.random() < 0.25:
        made["headers"] = {"request": dice.choice([{"set": {"x-user": "set"}}, {"add": {"x-user": "added"}}, {"remove": ["x-user"]}, {"set": {"x-new": "1"}}])}
    if dice.random() < 0.1:
        made["fault"] = {"abort": {"percentage": {"value": dice.choice([0, 100])}, "httpStatus": dice.choice([418, 500])}}
    return made


def destination(dice, from_mesh):
    if from_mesh and dice.random() < 0.55:
        return {"host": dice.choice(GATEWAY_HOSTS), "port": {"number": 80}}
    return {"host": dice.choice(HOSTS), "port": {"number": dice.choice([80, 80, 80, 8080])}}


def text(dice, *values):
    """A pattern of one of Istio's three kinds."""
    value = dice.choice(values)
    return dice.choice([{"exact": value}, {"prefix": value[:max(1, len(value) - 1)]}, {"regex": dice.choice([value, value[:1] + ".*", f"({value}|other)"])}])


def match(dice, from_mesh):
    made = {}
    for key, value in {
        "uri": lambda: dice.choice([text(dice, "/", "/api", "/api/x", "/Api"), {"prefix": dice.choice(["/", "/api", "/api/"])}]),
        "headers": lambda: {dice.choice(["x-user", "x-user", "x-new"]): dice.choice([{}, text(dice, "alice", "bob", "set")])},
        "withoutHeaders": lambda: {"x-user": dice.choice([{}, text(dice, "alice", "bob")])},
        "method": lambda: text(dice, "GET", "POST", "DELETE"),
        "queryParams": lambda: {"q": dice.choice([{"exact": "1"}, {"regex": "[0-9]+"}, {"exact": ""}])},
        "authority": lambda: dice.choice([text(dice, *HOSTS), {"exact": f"{HOSTS[0]}:8080"}]),
        "scheme": lambda: {"exact": dice.choice(["http", "https"])},
        "port": lambda: dice.choice([80, 8080]),
        "sourceLabels": lambda: {"app": dice.choice("ab")},
        "sourceNamespace": lambda: dice.choice(["team-a", "team-b"]),
    }.items():
        likely = {"uri": 0.45, "headers": 0.3, "method": 0.2, "withoutHeaders": 0.15}.get(key, 0.07)
        if (from_mesh or not key.startswith("source")) and dice.random() < likely:
            made[key] = value()
    if "uri" in made and dice.random() < 0.15:
        made["ignoreUriCase"] = True
    return made or {"uri": {"prefix": "/api"}}


def authorization(dice):
    spec = {"selector": {"matchLabels": {"istio": dice.choice(GATEWAYS)["name"]}}, "action": dice.choice(["ALLOW", "ALLOW", "DENY"])}
    spec["rules"] = [rule(dice) for _ in range(dice.choice([1, 1, 2]))]
    return spec


def rule(dice):
    made = {}
    if dice.random() < 0.5:
        made["from"] = [{"source": dice.choice([
            {"namespaces": [dice.choice(["team-a", "team-b", "team-*"])]}, {"notNamespaces": ["team-b"]},
            {"principals": [dice.choice(["cluster.local/ns/team-a/sa/a", "*/sa/a", "cluster.local/ns/team-b/*", "*"])]},
            {"notPrincipals": ["cluster.local/ns/team-a/sa/b"]}])}]
    if dice.random() < 0.7:
        operation = {}
        for key, values in {"hosts": [*HOSTS, "*.drawn.example", f"{HOSTS[0]}:*"], "methods": ["GET", "POST", "*"],
                            "paths": ["/", "/api", "/api/*", "*/x", "/api/{*}"], "ports": ["8080", "80"]}.items():
            if dice.random() < 0.35:
                operation[key if dice.random() < 0.75 else "not" + key.capitalize()] = dice.sample(values, dice.randint(1, 2))
        if operation:
            made["to"] = [{"operation": operation}]
    if dice.random() < 0.3:
        key, values = dice.choice([("request.headers[x-user]", ["alice", "b*", "*"]), ("source.namespace", ["team-a"]),
                                   ("connection.sni", [HOSTS[0]]), ("destination.port", ["8080"])])
        made["when"] = [{"key": key, dice.choice(["values", "values", "notValues"]): [dice.choice(values)]}]
    return made


# Requests.

def request(dice):
    namespace, name = dice.choice(PODS)
    host = dice.choice(HOSTS)
    row = {"client": f"{name}.{namespace}", "status": "any", "origin": "any"}
    if dice.random() < 0.08:
        return row | {"url": f"https://{host}:443/"}
    port = dice.choice([80, 80, 80, 8080])
    path = dice.choice(["/", "/", "/api", "/api/x", "/API/x", "/api/new", "/other"]) + dice.choice(["", "", "", "?q=1", "?q=x", "?q="])
    row["url"] = f"http://{host}:{port}{path}"
    if dice.random() < 0.4:
        row["headers"] = {dice.choice(["x-user", "x-user", "x-new"]): dice.choice(["alice", "bob", "set", ["alice", "bob"]])}
    row["method"] = dice.choice(["GET", "GET", "GET", "POST", "DELETE"])
    if dice.random() < 0.1:
        row["authority"] = dice.choice([f"{host}:{port}", host.upper(), *HOSTS])
    if dice.random() < 0.1:
        row["url"], row["method"] = row["url"].replace("http:", "h2c:", 1), "GET"
    return row
