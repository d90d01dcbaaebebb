"""From what istiod sends to what an Envoy without Istio's extensions, an agent and a network can take.

What changes, and nothing else:
  - filters that only Istio's builds of Envoy have are left out (telemetry and protocol hints; see the README);
  - the agent's secrets (default, ROOTCA, file-root:...) become files;
  - EDS clusters carry their endpoints themselves, RDS points to one file per route configuration;
  - the inbound listeners are left out, but for those of waypoints: nobody calls a test workload, and the gateway has none.
"""
import hashlib
import json

ISTIO_ONLY = ("istio.", "istio_authn", "envoy.filters.http.peer_metadata", "envoy.filters.http.wasm",
              "waypoint_", "envoy.filters.listener.set_dst_address")
INBOUND = {"virtualInbound", "connect_originate", "connect_terminate"}
# What waypoints note of a caller: Istio up to 1.30 has a kind of its own for it, later releases take Envoy's.
ISTIO_STRING, STRING = "istio.hashable_string", "envoy.string"
# The listener that every waypoint has; there it is what clients call.
OF_WAYPOINT = "main_internal"
TYPE = "type.googleapis.com/envoy.config."
SECRET_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"


class Converter:
    """Makes the files of one proxy."""

    def __init__(self, folder, secrets, internet):
        self.folder = folder
        self.internet = internet  # the authority of the internet
        self.secrets = secrets  # name of the secret -> its Envoy message
        self.files = {}

    def convert(self, configuration):
        self.endpoints = {entry["cluster_name"]: entry for entry in configuration.get("endpoints") or []}
        self.routes = {entry["name"]: entry for entry in configuration.get("routes") or []}
        given = configuration.get("listeners") or []
        left_out = set() if any(entry["name"] == OF_WAYPOINT for entry in given) else INBOUND
        listeners = [self.walk(entry) for entry in given if entry["name"] not in left_out]
        clusters = [self.cluster(entry) for entry in configuration.get("clusters") or []]
        self.put("lds.json", "listener.v3.Listener", listeners)
        self.put("cds.json", "cluster.v3.Cluster", clusters)
        return self.files

    def put(self, name, kind, resources):
        typed = [{"@type": TYPE + kind, **resource} for resource in resources]
        # The version follows from the content, so that a proxy's reports can be compared between runs.
        version = hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()[:12]
        self.files[name] = {"version_info": version, "resources": typed}

    def walk(self, node):
        """Rewrites references anywhere in a message; the messages nest too deeply for a list of places."""
        if isinstance(node, list):
            return [self.walk(entry) for entry in node if not istio_only(entry)]
        if not isinstance(node, dict):
            return node
        if node.get("factory_key") == ISTIO_STRING:
            node = {**node, "factory_key": STRING}
        if "sds_config" in node:
            return {"name": node["name"], "sds_config": self.source(self.secret(node["name"]))}
        if "route_config_name" in node:
            return {"route_config_name": node["route_config_name"],
                    "config_source": self.source(self.route(node["route_config_name"]))}
        return {key: self.walk(value) for key, value in node.items() if key != "typed_per_filter_config" or not istio_map(value)}

    def cluster(self, entry):
        made = self.walk(entry)
        if made.get("type") == "EDS":
            made["type"] = "STATIC"
            service = made.pop("eds_cluster_config", {}).get("service_name") or made["name"]
            known = self.endpoints.get(made["name"]) or self.endpoints.get(service) or {}
            made["load_assignment"] = {**self.walk(known), "cluster_name": made["name"]}
        return made

    def route(self, name):
        file = "rds." + digest(name) + ".json"
        if file not in self.files:
            # A listener may name a configuration that istiod has nothing for: Envoy then answers 404, as in a mesh.
            self.put(file, "route.v3.RouteConfiguration", [self.walk(self.routes.get(name, {"name": name}))])
        return file

    def secret(self, name):
        file = "sds." + digest(name) + ".json"
        known = self.secrets.get(name) or self.kubernetes(name)
        if known is None:
            raise KeyError(f"no file stands for the secret {name}")
        self.files[file] = {"version_info": "1", "resources": [{"@type": SECRET_TYPE, "name": name, **known}]}
        return file

    def kubernetes(self, name):
        """A Secret that `credentialName` names: every gateway has one with that name, of the internet's authority."""
        if not name.startswith("kubernetes://"):
            return None
        name = name.removeprefix("kubernetes://")
        if name.endswith("-cacert"):
            return self.secrets["file-root:system"]
        certificate, key = self.internet.leaf("client " + name, f"DNS:{name}")
        return {"tls_certificate": {"certificate_chain": {"filename": str(certificate)}, "private_key": {"filename": str(key)}}}

    def source(self, file):
        return {"resource_api_version": "V3", "path_config_source": {"path": str(self.folder / file)}}


def istio_only(entry):
    return isinstance(entry, dict) and str(entry.get("name", "")).startswith(ISTIO_ONLY) and (
        "typed_config" in entry or "config_discovery" in entry)


def istio_map(value):
    return all(key.startswith(ISTIO_ONLY) for key in value)


def digest(name):
    return hashlib.sha256(name.encode()).hexdigest()[:10]


def secrets(identity, mesh_root, internet_root):
    """The agent's secrets as files. `file-root:system` is the operating system's CA bundle, here the internet's authority."""
    certificate, key = identity
    trusted = {"validation_context": {"trusted_ca": {"filename": str(mesh_root)}}}
    return {
        "default": {"tls_certificate": {"certificate_chain": {"filename": str(certificate)},
                                        "private_key": {"filename": str(key)}}},
        "ROOTCA": trusted,
        "file-root:system": {"validation_context": {"trusted_ca": {"filename": str(internet_root)}}},
    }
