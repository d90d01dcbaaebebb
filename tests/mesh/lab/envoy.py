"""One real Envoy: start, feed through files, wait until it obeys, stop.

Configuration reaches it as file xDS, so that a change inside a case is a real update.
An update that Envoy refuses raises: a proxy on a stale configuration would make every "blocked" look right.
"""
import http.client
import json
import os
import socket
import subprocess
import time
import urllib.parse


PATIENCE = 60
DRAIN_SECONDS = 1
# Ten seconds by default: the access log is read while the proxy runs.
FLUSH_MILLISECONDS = 20


class Rejected(Exception):
    """Envoy did not take what it was given."""


class Unsettled(Rejected):
    """It does not say so: it has ended, or is not through with it. That may be the machine's doing."""


class UnixConnection(http.client.HTTPConnection):
    """The admin interface listens on a file, which needs no entering of the pod's network."""

    def __init__(self, path):
        super().__init__("admin", timeout=PATIENCE)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Proxy:
    """The Envoy of one pod."""

    def __init__(self, pod, binary):
        self.pod = pod
        self.binary = binary
        self.folder = pod.folder
        self.admin_path = self.folder / "admin"
        self.log_path = self.folder / "envoy.log"
        self.access_path = self.folder / "access.log"
        self.process = None
        self.written = {}
        self.taken = 0  # bytes of the access log

    def boot(self, files):
        """Starts afresh with this configuration: no pooled connection, no draining listener, no old answer."""
        self.stop()
        for old in self.written:
            (self.folder / old).unlink()
        self.written = {}
        self.admin_path.unlink(missing_ok=True)
        self.taken = 0
        self.write(files)
        bootstrap = self.folder / "bootstrap.json"
        bootstrap.write_text(json.dumps(self.bootstrap()))
        with open(self.log_path, "w") as log, open(self.access_path, "w") as access:
            # Envoy opens `/dev/stdout` once more, as the user that it runs as.
            self.access_path.chmod(0o666)
            self.process = subprocess.Popen(self.pod.proxy_command([
                self.binary, "-c", bootstrap, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning",
                "--file-flush-interval-msec", FLUSH_MILLISECONDS,
                "--drain-time-s", DRAIN_SECONDS, "--drain-strategy", "immediate"]),
                stdout=access, stderr=log)

    def wait_booted(self):
        self.wait(lambda stats: stats.get("server.state") == 0 and self.obeys(stats))

    def change(self, files):
        """Replaces the configuration of the running proxy."""
        self.write(files)

    def wait_changed(self):
        self.wait(self.obeys)

    def obeys(self, stats):
        """It has what was written last, by version; nothing warms up, and nothing old still answers.

        Its worker is told of a change before the admin interface tells us, so a connection made after this meets the new.
        """
        return (all(stats.get(key) == self.wanted[name]["version_info"] for name, key in VERSIONS.items())
                and not pending(stats) and self.routes() >= self.wanted_routes)

    def wait(self, ready):
        deadline = time.monotonic() + PATIENCE
        stats = {}
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Unsettled(f"{self.pod.name}: Envoy stopped: {self.last_words()}")
            stats = self.stats()
            refused = [name for name, value in stats.items()
                       if value and name.endswith((".update_rejected", ".update_failure"))]
            if refused:
                raise Rejected(f"{self.pod.name}: {', '.join(refused)}: {self.last_words()}")
            if stats and ready(stats):
                return
            time.sleep(0.02)
        raise Unsettled(f"{self.pod.name}: not settled after {PATIENCE} s: {pending(stats)} {self.last_words()}")

    def write(self, files):
        """Moves changed files into place, clusters before routes before listeners."""
        self.wanted = files
        self.wanted_routes = {(resource["name"], file["version_info"]) for name, file in files.items()
                              if name.startswith("rds.") for resource in file["resources"]}
        for name in sorted(files, key=lambda name: ("sds", "cds", "rds", "lds").index(name.split(".")[0])):
            text = json.dumps(files[name], sort_keys=True)
            if self.written.get(name) == text:
                continue
            target = self.folder / name
            target.parent.mkdir(exist_ok=True)
            fresh = target.with_suffix(".new")
            fresh.write_text(text)
            fresh.chmod(0o644)
            os.replace(fresh, target)
            self.written[name] = text

    def bootstrap(self):
        def watched(name):
            return {"resource_api_version": "V3", "path_config_source": {"path": str(self.folder / name)}}

        return {
            "node": {"id": self.pod.name, "cluster": "mesh-lab"},
            "admin": {"address": {"pipe": {"path": str(self.admin_path)}}},
            "dynamic_resources": {"lds_config": watched("lds.json"), "cds_config": watched("cds.json")},
            # A waypoint's listeners call each other.
            "bootstrap_extensions": [{"name": "envoy.bootstrap.internal_listener", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener"}}],
            # As Istio's bootstrap has it (`extractRuntimeFlags` of pkg/bootstrap/config.go): the flags that requests can notice.
            "layered_runtime": {"layers": [{"name": "static", "static_layer": {
                "overload.global_downstream_max_connections": 10000,
                "re2.max_program_size.error_level": 32768,
                "envoy.reloadable_features.http_reject_path_with_fragment": False}}]},
        }

    def ask(self, path):
        """What the admin interface answers; nothing while it does not listen yet."""
        try:
            connection = UnixConnection(self.admin_path)
            connection.request("GET", path)
            text = connection.getresponse().read().decode()
            connection.close()
        except (OSError, http.client.HTTPException):
            return ""
        return text

    def stats(self, wanted=None):
        """Numbers as numbers, versions as texts."""
        pairs = (line.rsplit(": ", 1) for line in self.ask("/stats?filter=" + (wanted or STATS_FILTER)).splitlines())
        return {name: int(value) if value.lstrip("-").isdigit() else value.strip('"') for name, value in pairs}

    def routes(self):
        """(name, version) of every route configuration that is in use."""
        if not self.wanted_routes:
            return set()
        text = self.ask("/config_dump?resource=dynamic_route_configs")
        entries = json.loads(text).get("configs", []) if text else []
        return {(entry["route_config"]["name"], entry.get("version_info")) for entry in entries}

    def last_words(self):
        lines = [line for line in self.log_path.read_text().splitlines()
                 if ("[warning]" not in line or "reject" in line) and "[backtrace]" not in line]
        return " | ".join(lines[-3:])

    def access_lines(self, open_ends, patience):
        """The lines of the access log since the last call, once nothing is buffered and none of these gauges counts."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.process.poll() is None:
            stats = self.stats(urllib.parse.quote(rf"^(filesystem\.write_total_buffered|{open_ends})$"))
            # The admin interface is a listener, too, and this question a connection.
            if stats and not any(value for name, value in stats.items() if "admin" not in name):
                break
            time.sleep(0.02)
        with open(self.access_path, "rb") as log:
            log.seek(self.taken)
            text = log.read()
        self.taken += len(text)
        return text.decode(errors="replace").splitlines()

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


VERSIONS = {"lds.json": "listener_manager.lds.version_text", "cds.json": "cluster_manager.cds.version_text"}
STATS_FILTER = urllib.parse.quote(
    r"^(server\.state|listener_manager\.(lds\.(update_.*|version_text)|total_.*draining|total_listeners_warming)"
    r"|cluster_manager\.(cds\.(update_.*|version_text)|warming_clusters)|.*(rds|sds).*update_(rejected|failure))$")
MUST_BE_ZERO = ("listener_manager.total_listeners_draining", "listener_manager.total_listeners_warming",
                "listener_manager.total_filter_chains_draining", "cluster_manager.warming_clusters")


def pending(stats):
    return [name for name in MUST_BE_ZERO if stats.get(name, 0)]
