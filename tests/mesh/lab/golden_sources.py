"""Configurations by another hand: the inputs of Istio's own tests and samples, and what chance makes of them.

They stand in Istio's Go module: YAML files, and texts in the Go files of the tests. Whoever wrote them had Istio's rules in mind
and never this evaluator. A configuration is one of these inputs, or two together, with a few changes as people make them.
"""
import copy
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

from .case import Loader

# What a client can send; capitals make no difference to Envoy, and some to the simulation.
HOST = re.compile(r"[a-z0-9.-]+")
# What Kubernetes takes in no name; istiod has such names inside.
NO_NAME = re.compile(r"[^a-z0-9.-]")
KINDS = {"ServiceEntry", "VirtualService", "DestinationRule", "Gateway", "Sidecar", "WorkloadEntry"}
GROUP = "networking.istio.io/"
MOST_BYTES = 200_000
MOST_OBJECTS = 12  # of one configuration: more would only be slower to ask and to make smaller
IN_GO = re.compile(r"`([^`]*)`")
FIRST = datetime(2024, 1, 1, tzinfo=timezone.utc)


def bundles(module):
    """The inputs with a ServiceEntry or a VirtualService, each a list of objects; the same ones in the same order in every run."""
    found, known = [], set()
    for path in sorted(Path(module).rglob("*")):
        for text in texts(path):
            objects = objects_of(text)
            key = yaml.safe_dump(objects)
            if key not in known and any(thing["kind"] in ("ServiceEntry", "VirtualService") for thing in objects):
                known.add(key)
                found.append(objects[:MOST_OBJECTS])
    return found


def texts(path):
    inside = str(path)
    if path.name.endswith("_test.go"):
        return [text for text in IN_GO.findall(path.read_text(errors="replace")) if "apiVersion:" in text]
    is_input = path.suffix in (".yaml", ".yml", ".golden") and ("testdata" in inside or "samples" in inside)
    if is_input and path.is_file() and path.stat().st_size < MOST_BYTES:
        return [path.read_text(errors="replace")]
    return []


def objects_of(text):
    """The objects that the comparison is about; none of a text that is a template."""
    try:
        documents = list(yaml.load_all(text, Loader=Loader))
    except yaml.YAMLError:
        return []
    return [bare(document) for document in documents
            if isinstance(document, dict) and str(document.get("apiVersion", "")).startswith(GROUP)
            and document.get("kind") in KINDS and isinstance(document.get("spec"), dict)
            and (document.get("metadata") or {}).get("name")]


# Istio's simulation does not compare these: a route that asks for them would be another one for it.
NOT_SIMULATED = ("headers", "withoutHeaders", "queryParams", "method", "authority", "scheme")


def bare(document):
    """The object without what only its test needs, and without what the simulation does not know."""
    metadata = document["metadata"]
    for match in http_matches(document["spec"]):
        for key in NOT_SIMULATED:
            match.pop(key, None)
    return {"apiVersion": GROUP + "v1", "kind": document["kind"],
            "metadata": {"name": NO_NAME.sub("x", str(metadata["name"]).lower()), "namespace": str(metadata.get("namespace") or "default")},
            "spec": document["spec"]}


def http_matches(spec):
    routes = spec.get("http")
    for route in routes if isinstance(routes, list) else []:
        for match in (route.get("match") or []) if isinstance(route, dict) else []:
            if isinstance(match, dict):
                yield match


def aged(objects):
    """Each with a time of creation and a name of its own, as in a cluster."""
    taken, kept = set(), []
    for number, thing in enumerate(objects):
        metadata = thing["metadata"] | {"creationTimestamp": (FIRST + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")}
        while (thing["kind"], metadata["namespace"], metadata["name"]) in taken:
            metadata["name"] += "x"
        taken.add((thing["kind"], metadata["namespace"], metadata["name"]))
        kept.append(thing | {"metadata": metadata})
    return kept


def configuration(dice, inputs):
    """One or two inputs, changed."""
    objects = copy.deepcopy(dice.choice(inputs))
    if dice.random() < 0.4:
        objects += copy.deepcopy(dice.choice(inputs))
    dice.shuffle(objects)
    for _ in range(dice.choice([0, 1, 1, 2, 3])):
        dice.choice(CHANGES)(dice, objects)
    return aged(objects[:MOST_OBJECTS])


# What people change. Each change may find nothing to do.

def places(node, key=None):
    """(holder, key) of every text and number of a spec, each with the key that leads to it."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in list(pairs):
        role = name if isinstance(node, dict) else key
        if isinstance(value, (dict, list)):
            yield from places(value, role)
        else:
            yield node, name, role


def values(objects, roles):
    return sorted({holder[name] for thing in objects for holder, name, role in places(thing["spec"])
                   if role in roles and isinstance(holder[name], (str, int))}, key=str)


def swap(*roles):
    """Puts a value that stands elsewhere in the place of another one."""
    def change(dice, objects):
        found = [(holder, name) for thing in objects for holder, name, role in places(thing["spec"]) if role in roles]
        others = values(objects, roles)
        if found and others:
            holder, name = dice.choice(found)
            holder[name] = dice.choice(others)
    return change


def rewrite(made, *roles):
    def change(dice, objects):
        found = [(holder, name) for thing in objects for holder, name, role in places(thing["spec"])
                 if role in roles and isinstance(holder[name], str)]
        if found:
            holder, name = dice.choice(found)
            holder[name] = made(dice, holder[name])
    return change


def move(dice, objects):
    names = sorted({thing["metadata"]["namespace"] for thing in objects} | {"istio-system"})
    dice.choice(objects)["metadata"]["namespace"] = dice.choice(names)


def export(dice, objects):
    exported = [thing for thing in objects if thing["kind"] in ("ServiceEntry", "VirtualService", "DestinationRule")]
    if exported:
        names = sorted({thing["metadata"]["namespace"] for thing in objects})
        dice.choice(exported)["spec"]["exportTo"] = [dice.choice([".", "*", "~", dice.choice(names)])]


def drop(dice, objects):
    if len(objects) > 1:
        objects.remove(dice.choice(objects))


def twice(dice, objects):
    """The same object once more, under another name or in another namespace."""
    again = copy.deepcopy(dice.choice(objects))
    again["metadata"]["name"] += "-2"
    objects.append(again)
    if dice.random() < 0.5:
        move(dice, [again, *objects])


def empty(dice, objects):
    """A field without its content."""
    holders = [thing["spec"] for thing in objects if thing["spec"]]
    if holders:
        spec = dice.choice(holders)
        name = dice.choice(sorted(spec))
        spec[name] = type(spec[name])() if isinstance(spec[name], (dict, list, str)) else spec[name]


def resolve(dice, objects):
    entries = [thing for thing in objects if thing["kind"] == "ServiceEntry"]
    if entries:
        dice.choice(entries)["spec"]["resolution"] = dice.choice(["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"])


def protocol(dice, _):
    return dice.choice(["HTTP", "HTTPS", "TLS", "TCP", "HTTP2", "GRPC", "MONGO", "MySQL", "http", "tls"])


def wildcard(_, host):
    return "*." + host.split(".", 1)[-1] if "." in host else host


HOST_ROLES = ("hosts", "host", "sniHosts")
PORT_ROLES = ("number", "port", "targetPort")
CHANGES = [swap(*HOST_ROLES), swap(*HOST_ROLES), swap(*PORT_ROLES), swap("subset", "name"), rewrite(protocol, "protocol"),
           rewrite(wildcard, *HOST_ROLES), rewrite(lambda _, host: host.upper(), *HOST_ROLES),
           rewrite(lambda _, host: host.split(".")[0], "host"), move, move, export, export, drop, twice, empty, resolve]


# Who asks for what.

def clients(objects):
    """A workload of each namespace and set of labels that something names, and a stranger."""
    namespaces = sorted({thing["metadata"]["namespace"] for thing in objects})[:3]
    labels = [{}]
    for thing in objects:
        spec = thing["spec"]
        matches = [match for key in ("http", "tls", "tcp") for route in spec.get(key) or [] if isinstance(route, dict)
                   for match in route.get("match") or [] if isinstance(match, dict)]
        found = [match.get("sourceLabels") for match in matches]
        found.append((spec.get("workloadSelector") or {}).get("labels") if thing["kind"] == "Sidecar" else None)
        labels += [each for each in found if each and each not in labels]
    pods = [(namespace, each) for namespace in namespaces for each in labels[:2]] + [("stranger", {})]
    return [{"name": f"pod-{number}", "namespace": namespace, "labels": {str(key): str(value) for key, value in each.items()},
             "ip": f"10.77.0.{number + 1}"} for number, (namespace, each) in enumerate(pods)]


def requests(dice, objects, pods, count):
    """Requests made of what stands in the objects, and a few that nothing names."""
    named = {host.replace("*", "any").lower() for host in map(str, values(objects, HOST_ROLES))}
    hosts = [*sorted(host for host in named if HOST.fullmatch(host)), "nobody.example"]
    ports = [port for port in values(objects, ("number", "port")) if isinstance(port, int) and 0 < port < 65536] + [80, 443]
    paths = [path for path in map(str, values(objects, ("prefix", "exact"))) if path.startswith("/")] + ["/"]
    made = []
    for _ in range(count):
        host, port = dice.choice(hosts), dice.choice(ports)
        scheme = dice.choice(["http", "http", "tls", "tcp"])
        sni = (host if dice.random() < 0.9 else dice.choice([None, *hosts])) if scheme == "tls" else None
        made.append({"proxy": dice.choice(pods), "host": host, "scheme": scheme, "port": port, "sni": sni, "path": dice.choice(paths)})
    return made
