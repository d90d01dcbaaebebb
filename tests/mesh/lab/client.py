"""The clients curl cannot be. One process, one connection, one JSON object on standard output: {status, body}.

`python client.py '{"kind": …}'` with kinds:
  tcp        sends a line, or waits for the server to speak when `data` is empty
  tls        a TLS handshake with the given `sni` (none: no SNI at all), then an HTTP/1.1 GET
  websocket  an HTTP/1.1 upgrade on a plain connection, one frame each way
  grpc       one call over HTTP/2 without TLS; {status, grpc} are the HTTP status and `grpc-status`
  gateway    straight to the gateway: TLS to `outer`, if there is one, with the own certificate, if there is one; in it what
             `inner` says
"""
import base64
import json
import os
import re
import socket
import ssl
import sys

TIMEOUT = 30  # much longer than any answer takes: a slow machine is not a verdict


def context(ca=None, alpn=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if ca:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(ca)
    if alpn:
        made.set_alpn_protocols(alpn)
    return made


def get(channel, host, path, method="GET"):
    """One HTTP/1.1 request; the status as a number, or closed."""
    channel.sendall(f"{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
    answer = read_answer(channel)
    if not answer.startswith(b"HTTP/1."):
        return {"status": "closed", "body": ""}
    head, _, body = answer.partition(b"\r\n\r\n")
    return {"status": int(head.split(b" ")[1]), "body": body.decode("latin-1")}


def read_answer(channel):
    """Up to the announced length: a proxy that refuses leaves the connection open for another second."""
    answer = b""
    while True:
        more = channel.recv(65536)
        answer += more
        head, end, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if not more or (end and length and len(body) >= int(length[1])):
            return answer


def read_all(channel):
    answer = b""
    while True:
        more = channel.recv(65536)
        if not more:
            return answer
        answer += more


def exchange(channel, data):
    """One line each way; any answer counts."""
    if data:
        channel.sendall(data.encode())
    answer = channel.recv(65536)
    return {"status": "answered" if answer else "closed", "body": answer.decode("latin-1")}


class InnerTls:
    """TLS inside an already encrypted channel, which ssl.wrap_socket cannot do."""

    def __init__(self, channel, sni, ca):
        self.channel = channel
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context(ca).wrap_bio(self.incoming, self.outgoing, server_hostname=sni)
        self.step(self.tls.do_handshake)

    def step(self, action, *arguments):
        while True:
            try:
                result = action(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                more = self.channel.recv(65536)
                if not more:
                    raise ConnectionResetError("closed inside the tunnel")
                self.incoming.write(more)

    def flush(self):
        waiting = self.outgoing.read()
        if waiting:
            self.channel.sendall(waiting)

    def sendall(self, data):
        self.step(self.tls.write, data)

    def recv(self, size):
        try:
            return self.step(self.tls.read, size)
        except (ssl.SSLZeroReturnError, ConnectionResetError):
            return b""


def tcp(channel, ask):
    return exchange(channel, ask.get("data", ""))


def tls(channel, ask):
    made = context(ask.get("ca"), ask.get("alpn"))
    with made.wrap_socket(channel, server_hostname=ask.get("sni")) as secure:
        return get(secure, ask["host"], ask.get("path", "/"))


def websocket(channel, ask):
    key = base64.b64encode(os.urandom(16)).decode()
    channel.sendall((f"GET {ask.get('path', '/')} HTTP/1.1\r\nhost: {ask['host']}\r\nconnection: Upgrade\r\n"
                     f"upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n").encode())
    head = channel.recv(65536)
    if not head.startswith(b"HTTP/1."):
        return {"status": "closed", "body": ""}
    status = int(head.split(b" ")[1])
    if status != 101:
        return {"status": status, "body": ""}
    channel.sendall(b"\x81\x85\0\0\0\0hello")
    return {"status": status, "body": read_all(channel).decode("latin-1")}


def grpc(channel, ask):
    # The one kind that needs a package; without it a process starts in half the time.
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import ConnectionTerminated, StreamEnded, StreamReset
    connection = H2Connection(config=H2Configuration(client_side=True, header_encoding="latin-1"))
    connection.initiate_connection()
    headers = {":method": "POST", ":scheme": "http", ":authority": ask["host"], ":path": ask["path"],
               "content-type": "application/grpc", "te": "trailers", **ask["headers"]}
    connection.send_headers(1, list(headers.items()))
    connection.send_data(1, bytes(5), end_stream=True)
    channel.sendall(connection.data_to_send())
    told, body, over = {}, b"", False
    while not over:
        more = channel.recv(65536)
        over = not more
        for event in connection.receive_data(more) if more else ():
            told.update(getattr(event, "headers", None) or {})
            body += getattr(event, "data", b"") if hasattr(event, "flow_controlled_length") else b""
            # An answer that refuses may overtake the message, and the proxy resets the rest of that: what was told counts.
            over = over or isinstance(event, (StreamEnded, StreamReset, ConnectionTerminated))
        channel.sendall(connection.data_to_send())
    return {"status": int(told.get(":status", 0)) or "closed", "body": body.decode("latin-1"), "grpc": told.get("grpc-status")}


def gateway(channel, ask):
    secure, inner = channel, ask["inner"]
    if "outer" in ask:
        made = context()
        if ask.get("certificate"):
            made.load_cert_chain(ask["certificate"], ask["key"])
        secure = made.wrap_socket(channel, server_hostname=ask["outer"])
    if inner == "http":
        return get(secure, ask["host"], ask.get("path", "/"), ask.get("method", "GET"))
    if inner == "tls":
        return get(InnerTls(secure, ask["sni"], ask.get("ca")), ask["host"], ask.get("path", "/"))
    return exchange(secure, ask.get("data", "hello\n"))


KINDS = {"tcp": tcp, "tls": tls, "websocket": websocket, "grpc": grpc, "gateway": gateway}


def main(ask):
    try:
        with socket.create_connection((ask["address"], ask["port"]), timeout=TIMEOUT) as channel:
            return KINDS[ask["kind"]](channel, ask)
    except ssl.SSLCertVerificationError as error:
        return {"status": "untrusted", "body": "", "reason": str(error)}
    except socket.timeout as error:
        return {"status": "timeout", "body": "", "reason": str(error)}
    except (ssl.SSLError, ConnectionError, OSError) as error:
        return {"status": "closed", "body": "", "reason": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
