"""The clients curl cannot be. One process, one connection, one JSON object on standard output: {status, body}.

`python client.py '{"kind": …}'` with kinds:
  tcp        sends a line, or waits for the server to speak when `data` is empty
  tls        a TLS handshake with the given `sni` (none: no SNI at all), then an HTTP/1.1 GET
  websocket  an HTTP/1.1 upgrade on a plain connection, one frame each way
  gateway    mutual TLS straight to the gateway with an own certificate and outer `sni`, then what `inner` says
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


def gateway(channel, ask):
    made = context()
    if ask.get("certificate"):
        made.load_cert_chain(ask["certificate"], ask["key"])
    secure = made.wrap_socket(channel, server_hostname=ask.get("outer"))
    inner = ask["inner"]
    if inner == "http":
        return get(secure, ask["host"], ask.get("path", "/"), ask.get("method", "GET"))
    if inner == "tls":
        return get(InnerTls(secure, ask["sni"], ask.get("ca")), ask["host"], ask.get("path", "/"))
    return exchange(secure, ask.get("data", "hello\n"))


KINDS = {"tcp": tcp, "tls": tls, "websocket": websocket, "gateway": gateway}


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
