"""The internet: one server that answers on every address and every port, speaks what it is spoken to, and writes down what it saw.

Every port answers, so a request that is blocked was blocked by the mesh and not by an absent server.
Runs as a process of its own inside the internet's namespace: `python origin.py PLAN LOG`.
PLAN is JSON: {address: {host, certificate, key, mcp, serves}}. `serves` is one of the servers in servers.py; `mcp` makes a
server of MCP, `checks` the one of mcp_server.py, and `trusts` one that calls the tool in the body of a request, whatever its
headers say. LOG receives one JSON object a line:
a `connection` as soon as one is accepted, `bytes` with its first byte, a `request` for whatever arrives on it in the clear (after our own TLS).
Standard input takes one word a line, and each is answered with `done` on standard output:
`settle` when all that has arrived is in the log, `speak` and `listen` for who speaks first on the connections to come.
"""
import base64
import hashlib
import json
import os
import select
import socket
import ssl
import struct
import sys
import threading
import time

import h2.config
import h2.connection
import h2.events

try:
    from . import servers  # the runner reads this file, too
except ImportError:
    import servers

PORT = 15999
MCP_PORT = 15998  # of mcp_server.py
ORIGINAL_DESTINATION = 80  # SO_ORIGINAL_DST of linux/netfilter_ipv4.h
PATIENCE = 600  # longer than any case: an idle connection that is closed under a proxy could cost it a request
SYN_RECEIVED = "03"  # a connection of /proc/net/tcp whose handshake is not through
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
METHODS = (b"GET ", b"POST", b"PUT ", b"HEAD", b"DELE", b"OPTI", b"PATC", b"CONN", b"TRAC")


class Log:
    """Appends whole lines; the runner reads them by offset."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1)
        self.lock = threading.Lock()

    def write(self, record):
        with self.lock:
            self.file.write(json.dumps(record) + "\n")


class Connection:
    """One accepted connection, from its first byte to its end."""

    def __init__(self, sock, peer, sites, log, speaks_first):
        packed = sock.getsockopt(socket.SOL_IP, ORIGINAL_DESTINATION, 16)
        self.port, address = struct.unpack("!2xH4s8x", packed)
        self.address = socket.inet_ntoa(address)
        self.sock = sock
        self.site = sites.get(self.address, {})
        self.log = log
        self.speaks_first = speaks_first
        self.silent = True
        self.working = False  # on what was read and is not in the log yet
        self.seen = {"peer": peer[0], "address": self.address, "port": self.port, "host": self.site.get("host"),
                     "tls": False, "sni": None, "presented": None}
        log.write({"event": "connection", **self.seen})

    def serve(self):
        self.sock.settimeout(PATIENCE)
        if self.speaks_first:
            self.request("tcp", data="")
            self.sock.sendall(f"hello from {self.site.get('host')}\n".encode())
            return
        first = self.sock.recv(4, socket.MSG_PEEK)
        if not first:
            return
        self.log.write({"event": "bytes", **self.seen})
        self.silent = False
        if first[:1] == b"\x16" and "context" in self.site:
            self.start_tls()
        self.talk()

    def behind(self):
        """Whether something has arrived that the log does not tell yet, also on a connection that a proxy keeps open."""
        if self.speaks_first:
            return False
        try:
            # TLS reads the same descriptor; its bytes count as well, and an end counts until it is noticed.
            waiting = bool(select.select([self.sock], [], [], 0)[0])
        except (OSError, ValueError):
            return False
        return waiting or self.working

    def read(self):
        """What comes next. Nothing is taken from the kernel before the connection says that it is at work."""
        self.working = False
        if not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            select.select([self.sock], [], [], PATIENCE)
        self.working = True
        data = self.sock.recv(65536)
        self.working = bool(data)
        return data

    def start_tls(self):
        self.seen["tls"] = True
        self.site["names"].server_name = None
        try:
            self.sock = self.site["context"].wrap_socket(self.sock, server_side=True)
        finally:
            self.seen["sni"] = self.site["names"].server_name
        names = (self.sock.getpeercert() or {}).get("subjectAltName", ())
        self.seen["presented"] = names[0][1] if names else None

    def talk(self):
        start = self.read()
        if not start:
            return
        if PREFACE.startswith(start[:len(PREFACE)]) and start[:1] == b"P" and start[:2] != b"PO":
            self.http2(start)
        elif self.seen["tls"] and start[:1] == b"\x16":
            # TLS inside TLS: to a server of HTTPS a handshake is no request.
            self.log.write({"event": "handshake", **self.seen})
            self.sock.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        elif start[:4].startswith(METHODS) or start[:4] in METHODS:
            self.http1(start)
        else:
            self.request("tls" if self.seen["tls"] else "tcp", data=start.decode("latin-1"))
            self.sock.sendall(b"echo " + start)

    def request(self, scheme, **more):
        self.log.write({"event": "request", "scheme": scheme, **self.seen, **more})

    def scheme(self):
        return "https" if self.seen["tls"] else "http"

    def body(self, authority, path, headers):
        """The shape httpbin.org answers /anything with."""
        return json.dumps({"url": f"{self.scheme()}://{authority}{path}", "headers": headers}).encode() + b"\n"

    def http1(self, buffered):
        while True:
            while b"\r\n\r\n" not in buffered:
                more = self.read()
                if not more:
                    return
                buffered += more
            head, _, buffered = buffered.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, version = first.split(" ", 2)
            headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
            length = int(headers.get("content-length", 0))
            while len(buffered) < length:
                buffered += self.read()
            sent, buffered = buffered[:length], buffered[length:]
            authority = headers.get("host", "")
            self.request(self.scheme(), version=version.split("/")[1], method=method, path=path,
                         authority=authority, headers=headers)
            if headers.get("upgrade", "").lower() == "websocket":
                return self.websocket(headers, buffered)
            if "server" in self.site:
                self.sock.sendall(self.site["server"].answer(method, path, headers, sent))
                return
            if self.site.get("mcp") == "checks":
                self.sock.sendall(answer_of_mcp(method, path, lines, sent))
                return
            if self.site.get("mcp") == "trusts":
                body = f"{json.loads(sent)['params']['name']} was called".encode()
            else:
                body = b"" if method == "HEAD" else self.body(authority, path, headers)
            self.sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nserver: origin\r\n"
                              + f"content-length: {len(body)}\r\n\r\n".encode() + body)
            if version == "HTTP/1.0" or headers.get("connection", "").lower() == "close":
                return

    def websocket(self, headers, frame):
        token = hashlib.sha1(headers["sec-websocket-key"].encode() + WEBSOCKET_GUID).digest()
        self.sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                          b"sec-websocket-accept: " + base64.b64encode(token) + b"\r\n\r\n")
        frame = frame or self.read()
        self.sock.sendall(b"\x81\x05hello" + b"\x88\x00")

    def http2(self, buffered):
        engine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        engine.initiate_connection()
        self.sock.sendall(engine.data_to_send())
        asked = {}
        while buffered:
            for event in engine.receive_data(buffered):
                if isinstance(event, h2.events.RequestReceived):
                    asked[event.stream_id] = dict(event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    engine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, h2.events.StreamEnded):
                    self.answer2(engine, event.stream_id, asked.pop(event.stream_id))
            self.sock.sendall(engine.data_to_send())
            buffered = self.read()

    def answer2(self, engine, stream, headers):
        authority, path = headers.get(":authority", ""), headers.get(":path", "")
        self.request(self.scheme(), version="2", method=headers.get(":method"), path=path, authority=authority,
                     headers={name: value for name, value in headers.items() if not name.startswith(":")})
        if headers.get("content-type", "").startswith("application/grpc"):
            engine.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
            engine.send_data(stream, b"\0\0\0\0\0")
            engine.send_headers(stream, [("grpc-status", "0")], end_stream=True)
            return
        body = self.body(authority, path, headers)
        engine.send_headers(stream, [(":status", "200"), ("content-length", str(len(body))), ("server", "origin")])
        engine.send_data(stream, body, end_stream=True)


def answer_of_mcp(method, path, lines, body):
    """Passes a request on, with its headers as they came, and reads the answer to its end."""
    kept = [line for line in lines if line.split(":")[0].lower() not in ("connection", "transfer-encoding")]
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", MCP_PORT)) as server:
        server.sendall(head.encode("latin-1") + body)
        answer = b""
        while more := server.recv(65536):
            answer += more
        return answer


def load_sites(plan, folder):
    """Prepares one TLS context per address; the name the client asked for is kept per thread."""
    sites = {}
    for address, site in plan.items():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(site["certificate"], site["key"])
        context.set_alpn_protocols(["h2", "http/1.1"])
        # Whoever has a certificate of the internet's authority may present it: `presented` of a row's origin is its name.
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(site["authority"])
        names = threading.local()

        def note(_socket, server_name, _context, names=names):
            names.server_name = server_name

        context.sni_callback = note
        sites[address] = {**site, "context": context, "names": names}
        if site.get("serves"):
            sites[address]["server"] = servers.KINDS[site["serves"]](folder)
    return sites


class Server:
    """Accepts, and does what the runner says in between."""

    def __init__(self, sites, log):
        self.sites = sites
        self.log = log
        self.speaks_first = False
        self.open = set()
        self.listener = socket.create_server(("0.0.0.0", PORT), backlog=128)
        self.listener.setblocking(False)

    def run(self):
        self.log.write({"event": "ready"})
        while True:
            ready, _, _ = select.select([self.listener, sys.stdin], [], [])
            self.accept_all()
            if sys.stdin in ready:
                word = sys.stdin.readline().strip()
                if not word:
                    return
                if word == "settle":
                    self.settle()
                else:
                    self.speaks_first = word == "speak"
                print("done", flush=True)

    def accept_all(self):
        while True:
            try:
                sock, peer = self.listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(True)
            connection = Connection(sock, peer, self.sites, self.log, self.speaks_first)
            self.open.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.serve()
        except (OSError, ValueError) as error:
            self.log.write({"event": "broken", "reason": str(error), **connection.seen})
        finally:
            self.open.discard(connection)
            connection.sock.close()

    def settle(self):
        """Comes back when the log holds everything that was on its way here."""
        while shaking_hands() or any(connection.behind() for connection in list(self.open)):
            time.sleep(0.001)
            self.accept_all()
        self.accept_all()


def shaking_hands():
    """Whether somebody has begun to connect."""
    with open("/proc/self/net/tcp") as table:
        rows = [line.split() for line in table][1:]
    return any(row[3] == SYN_RECEIVED and row[1].endswith(f":{PORT:04X}") for row in rows)


def main(plan_path, log_path):
    with open(plan_path) as file:
        sites = load_sites(json.load(file), os.path.dirname(plan_path))
    Server(sites, Log(log_path)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
