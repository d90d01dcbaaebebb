"""One request as data, and how it is sent: one process in the client's namespace.

Keys of a row (only `client`, `url` and `status` are needed):
  client   workload.namespace
  url      http, https (curl); h2c, grpc, ws, tls, tcp (client.py): the scheme says how the client speaks;
           tcp://host:port/server-first says nothing and waits for the origin to speak
  method, headers (a list of values is a header given several times), http (1.0, 1.1, 2)
  data       what is sent behind the headers (curl only)
  tool       the tool that a real client of MCP calls at the URL, after it has asked for the list of tools
  run        a program of the client, as words of a shell: `git` or `pip`; the status is 200 where it succeeds, else the one that it
             tells; {folder} is an empty folder, and what stands there after `git clone` a later row may use
  target     what stands behind the method on the first line, when it is not the URL's path (curl only)
  authority  the Host header, when it is not the URL's
  sni        the server name in the client's TLS, when it is not the URL's host; "" for none
  dial       host[:port] whose address is dialled instead of the URL's
  through    sidecar (default), none (the proxy's own user, which is not redirected),
             {waypoint}: as ztunnel does it for the client, through HBONE to this waypoint (namespace/name); what is dialled
             there is the address of the URL's host, or `dial`;
             or {gateway, outer, port, identity, inner}: straight to a container port of the gateway (the first, or the
             one that is named), in TLS to the server name `outer` with the certificate of `identity`, or with none when
             that is null; without `outer` there is no such TLS, and `inner` (http, tls, tcp) stands alone
  status     a number, a list of numbers, closed, answered, untrusted, blocked, or plain (a TLS client was answered in plain text)
  within     sends the request again until all is as expected, at most so many times: for weights, and for proxies that
             must notice a failure first
  body       a text the answer must contain
  origin     what the origin must have seen; absent: nothing at all may have arrived there;
             refused: a connection, but no request on it;
             silent: a connection at most, and not one byte on it;
             any: whatever; {elsewhere: [hosts]}: whatever, but not at one of these hosts;
             a list of values is any of them; of it `via` is `gateway` (the first), another's name, `any` of them, or `none`
"""
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import client
from .network import PROXY_UID
from .stubs import HBONE_PORT

PORTS = {"http": 80, "https": 443, "h2c": 80, "grpc": 80, "ws": 80, "tls": 443}
KEYS = {"client", "url", "method", "headers", "target", "http", "authority", "sni", "dial", "through", "status", "body", "origin", "within", "why", "data", "tool", "run"}
CURL_TLS = 35  # the handshake failed: nobody answered, or in something else than TLS
NO_TLS = ("wrong version number", "packet length too long", "unknown protocol", "http request")
CURL_CLOSED = {CURL_TLS, 52, 55, 56, 92}
CURL_UNTRUSTED = 60
CURL_TIMEOUT = 28
CLIENT = Path(client.__file__)
MCP_CLIENT = CLIENT.with_name("mcp_client.py")
SERVER_FIRST = "/server-first"


@dataclass
class Outcome:
    """What came of a request: the client's side, and the origins' side."""
    status: object
    body: str
    note: str
    seen: list


class Target:
    """The URL of a row, taken apart."""

    def __init__(self, row):
        parts = urlsplit(row["url"])
        self.scheme = parts.scheme
        self.host = parts.hostname
        self.port = parts.port or PORTS[parts.scheme]
        self.path = (parts.path or "/") + ("?" + parts.query if parts.query else "")


def check_row(row):
    unknown = set(row) - KEYS
    if unknown or not {"client", "url", "status"} <= set(row):
        raise ValueError(f"bad request row {row}: unknown {sorted(unknown)}" if unknown else f"incomplete request row {row}")
    return row


def describe(row):
    """The request on one line, as the report prints it."""
    words = [row.get("method", "POST" if "tool" in row else "GET") if Target(row).scheme in ("http", "https", "h2c") else "", row["url"]]
    for key in ("tool", "run", "target", "http", "authority", "sni", "dial"):
        if key in row:
            words.append(f"{key}={row[key] or 'none'}")
    through = row.get("through", "sidecar")
    if isinstance(through, dict) and "waypoint" in through:
        words.append(f"through HBONE to waypoint {through['waypoint']}")
    elif isinstance(through, dict):
        whose = through.get("identity") or "nobody"
        words.append(f"straight to the gateway's port {through['port']} as {whose} ({'outer ' + through['outer'] if 'outer' in through else 'no TLS of the mesh'})")
    elif through != "sidecar":
        words.append("without the sidecar")
    return " ".join(word for word in words if word)


class Sender:
    """Knows the mesh a request is sent in: addresses, certificates, pods."""

    def __init__(self, mesh):
        self.mesh = mesh

    def send(self, row):
        target = Target(row)
        through = row.get("through", "sidecar")
        user = None if through == "sidecar" else PROXY_UID
        pod = self.mesh.pods[row["client"]]
        if isinstance(through, dict) and "waypoint" in through:
            return self.python(pod, None, self.waypoint_ask(row, target, through))
        if isinstance(through, dict):
            return self.python(pod, user, self.gateway_ask(row, target, through))
        if target.scheme in ("h2c", "grpc"):
            return self.python(pod, user, self.http2_ask(row, target))
        if "tool" in row:
            return self.mcp(pod, row)
        if "run" in row:
            return self.program(pod, row)
        if target.scheme in ("http", "https"):
            if target.scheme == "https" and row.get("sni") is not None and row["sni"] != target.host:
                return self.python(pod, user, self.tls_ask(row, target))
            return self.curl(pod, user, row, target)
        if target.path != SERVER_FIRST:
            return self.python(pod, user, self.plain_ask(row, target))
        self.mesh.internet.tell("speak")
        try:
            return self.python(pod, user, self.plain_ask(row, target))
        finally:
            self.mesh.internet.tell("listen")

    def address(self, row, target):
        """Where the client dials: host names are resolved as this client's hosts file would."""
        host, _, port = row.get("dial", "").partition(":")
        return self.mesh.resolve(row["client"], host or target.host), int(port or target.port)

    def curl(self, pod, user, row, target):
        argv = ["curl", "-sS", "--max-time", str(client.TIMEOUT), "--cacert", self.mesh.internet_root,
                "-o", "-", "-w", "\n%{http_code}", "--noproxy", "*"]
        version = str(row.get("http", ""))
        if version:
            argv += {"1.0": ["--http1.0"], "1.1": ["--http1.1"],
                     "2": ["--http2" if target.scheme == "https" else "--http2-prior-knowledge"]}[version]
        headers = dict(row.get("headers") or {})
        if row.get("authority") is not None:
            headers["Host"] = row["authority"]
        for name, values in headers.items():
            for value in values if isinstance(values, list) else [values]:
                # Without a value curl would leave the header out. A character up to \xff is the byte of that number.
                value = str(value).encode("latin-1").decode("utf-8", "surrogateescape")
                argv += ["-H", f"{name};" if value == "" else f"{name}: {value}"]
        if "target" in row:
            argv += ["--request-target", row["target"]]
        method = row.get("method", "GET")
        if method == "HEAD":
            argv.append("--head")
        elif method != "GET":
            argv += ["-X", method, "-d", row.get("data", "")]
        if "dial" in row:
            address, port = self.address(row, target)
            argv += ["--connect-to", f"::{address}:{port}"]
        argv.append(f"{target.scheme}://{target.host}:{target.port}{target.path}")
        done = subprocess.run(pod.command(argv, user), capture_output=True)
        body, _, code = done.stdout.decode("latin-1").rpartition("\n")
        note = f"curl {done.returncode} {done.stderr.decode().strip()}" if done.returncode else ""
        if done.returncode == CURL_TLS and any(words in note for words in NO_TLS):
            return "plain", body, note
        return curl_status(done.returncode, int(code or 0)), body, note

    def python(self, pod, user, ask):
        bare = ["-S"] if ask["kind"] not in ("http2", "waypoint") else []  # quicker, but without the lab's packages
        done = subprocess.run(pod.command([sys.executable, *bare, "-E", "-B", CLIENT, json.dumps(ask)], user),
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        answer = json.loads(done.stdout)
        return answer["status"], answer["body"], answer.get("reason", "")

    def mcp(self, pod, row):
        argv = [sys.executable, "-E", "-B", MCP_CLIENT, row["url"], row["tool"]]
        done = subprocess.run(pod.command(argv), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        answer = json.loads(done.stdout)
        return answer["status"], answer["body"], answer.get("reason", "")

    def program(self, pod, row):
        words = shlex.split(row["run"].replace("{folder}", str(self.mesh.programs_folder)))
        environment = ["env", "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
                       "GIT_AUTHOR_NAME=lab", "GIT_AUTHOR_EMAIL=lab@example.com", "GIT_COMMITTER_NAME=lab",
                       "GIT_COMMITTER_EMAIL=lab@example.com", "PIP_CONFIG_FILE=/dev/null", "PIP_DISABLE_PIP_VERSION_CHECK=1"]
        if words[0] == "pip":
            words = [sys.executable, "-m", "pip", "--isolated", *words[1:]]
        done = subprocess.run(pod.command(environment + words), capture_output=True, text=True)
        told = re.search(r"\b(40[0-9]|50[0-9])\b", done.stderr)
        status = 200 if done.returncode == 0 else int(told[1]) if told else "closed"
        return status, done.stdout, done.stderr.strip()[-500:] if done.returncode else ""

    def http2_ask(self, row, target):
        address, port = self.address(row, target)
        grpc = target.scheme == "grpc"
        named = target.host if target.port == PORTS[target.scheme] else f"{target.host}:{target.port}"
        return {"kind": "http2", "address": address, "port": port, "host": row.get("authority", named), "path": target.path,
                "method": "POST" if grpc else row.get("method", "GET"), "headers": row.get("headers") or {}, "grpc": grpc}

    def tls_ask(self, row, target):
        address, port = self.address(row, target)
        # The name in the certificate is not what such a row is about.
        return {"kind": "tls", "address": address, "port": port, "sni": row.get("sni", target.host) or None,
                "host": row.get("authority", target.host), "path": target.path}

    def plain_ask(self, row, target):
        address, port = self.address(row, target)
        if target.scheme == "tls":
            return {**self.tls_ask(row, target), "ca": str(self.mesh.internet_root)}
        kind = {"tcp": "tcp", "ws": "websocket"}[target.scheme]
        return {"kind": kind, "address": address, "port": port, "path": target.path,
                "host": row.get("authority", target.host), "data": "" if target.path == SERVER_FIRST else "ping\n"}

    def gateway_ask(self, row, target, through):
        ask = {"kind": "gateway", "address": self.mesh.gateway_address(through.get("gateway")), "port": through["port"],
               "inner": through["inner"], "host": row.get("authority", target.host),
               "path": target.path, "sni": target.host, "method": row.get("method", "GET")}
        if "outer" in through:
            ask["outer"] = through["outer"]
        if through.get("identity"):
            ask["certificate"], ask["key"] = map(str, self.mesh.identity(through["identity"]))
        return ask

    def waypoint_ask(self, row, target, through):
        """As ztunnel does it, which shows the certificate of the client's own workload."""
        workload = self.mesh.case.workloads[row["client"]]
        certificate, key = self.mesh.identity(f"{workload.namespace}/{workload.account}")
        host, _, port = row.get("dial", "").partition(":")
        port = port or target.port
        inner = {"https": "tls", "ws": "websocket"}.get(target.scheme, target.scheme)
        plain = target.port == PORTS.get(target.scheme)
        return {"kind": "waypoint", "address": self.mesh.waypoints[through["waypoint"]].address, "port": HBONE_PORT,
                "certificate": str(certificate), "key": str(key), "dialled": f"{self.mesh.case.address(host or target.host)}:{port}",
                "inner": inner, "host": row.get("authority", target.host if plain else f"{target.host}:{target.port}"),
                "path": target.path, "sni": row.get("sni", target.host) or None, "method": row.get("method", "GET"),
                "headers": row.get("headers") or {}, "ca": str(self.mesh.internet_root)}


def curl_status(code, status):
    """What curl's exit code makes of the status it has, or has not."""
    if code == 0:
        return status
    if code == CURL_TIMEOUT:
        return "timeout"
    if code == CURL_UNTRUSTED:
        return "untrusted"
    if status:
        return "cut"
    return "closed" if code in CURL_CLOSED else f"curl {code}"
