"""The clients curl cannot be. One process, one connection, one JSON object on standard output: {status, body}.
A status that is not a number: `closed` (no answer at all), `cut` (one that broke off, or is no HTTP where HTTP was asked for),
`timeout`, `unreachable` (no connection), `untrusted`, and `answered` where there are no numbers.

`python client.py '{"kind": …}'` with kinds:
  tcp        sends a line, or waits for the server to speak when `data` is empty
  tls        a TLS handshake with the given `sni` (none: no SNI at all), then an HTTP/1.1 GET
  websocket  an HTTP/1.1 upgrade on a plain connection, one frame each way
  http2      HTTP/2 in the clear, plain or gRPC (http2.py; needs the lab's Python packages)
  gateway    straight to the gateway: TLS to `outer`, if there is one, with the own certificate, if there is one; in it what
             `inner` says
  waypoint   through HBONE to the waypoint (hbone.py; needs the lab's Python packages), as ztunnel does it; in it what `inner` says
"""
import base64
import json
import os
import re
import socket
import ssl
import sys

UNTIL_THE_END = -1  # an answer of no announced length
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


def get(channel, host, path, method="GET", headers=None):
    """One HTTP/1.1 request; the status as a number, or closed."""
    more = "".join(f"{name}: {value}\r\n" for name, values in (headers or {}).items()
                   for value in (values if isinstance(values, list) else [values]))
    say(channel, f"{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n{more}\r\n".encode())
    return read_answer(channel, method)


def read_answer(channel, method="GET"):
    """Up to the announced length: a proxy that refuses leaves the connection open for another second."""
    answer, end = read_until(channel, lambda answer: missing(final(answer), method) == 0)
    answer = final(answer)
    if not answer:
        return {"status": "closed", "body": "", "reason": end}
    if not answer.startswith(b"HTTP/1."):
        return {"status": "cut", "body": answer.decode("latin-1"), "reason": f"not HTTP; {end}"}
    if missing(answer, method) not in (0, UNTIL_THE_END):
        return {"status": "cut", "body": answer.decode("latin-1"), "reason": end}
    head, _, body = answer.partition(b"\r\n\r\n")
    return {"status": int(head.split(b" ")[1]), "body": body.decode("latin-1"), "reason": end}


def final(answer):
    """The answer behind those that only say that it will come (RFC 9110, 15.2), but for a change of protocols."""
    while re.match(rb"HTTP/1\.1 10[0-9]", answer) and not answer.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in answer:
        answer = answer.partition(b"\r\n\r\n")[2]
    return answer


def missing(answer, method):
    """How much of an answer has not come yet, as far as its head tells."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return None
    if method == "HEAD" or head.startswith(b"HTTP/1.1 101"):
        return 0
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return max(0, int(length[1]) - len(body)) if length else UNTIL_THE_END


def say(channel, data):
    """Whoever hangs up on us may have answered before: that is found by reading."""
    try:
        channel.sendall(data)
    except (ssl.SSLError, ConnectionError):
        pass


def read_until(channel, enough):
    """(what came, why nothing more did): who breaks off does not take back what was said before."""
    answer = b""
    while not enough(answer):
        try:
            more = channel.recv(65536)
        except (ssl.SSLError, ConnectionError) as error:
            return answer, f"{type(error).__name__}: {error}"
        if not more:
            return answer, ""
        answer += more
    return answer, ""


def exchange(channel, data):
    """One line each way; any answer counts."""
    if data:
        say(channel, data.encode())
    answer, end = read_until(channel, lambda answer: b"\n" in answer)
    return {"status": "answered" if answer else "closed", "body": answer.decode("latin-1"), "reason": end}


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
    say(channel, (f"GET {ask.get('path', '/')} HTTP/1.1\r\nhost: {ask['host']}\r\nconnection: Upgrade\r\n"
                  f"upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n").encode())
    answer = read_answer(channel)
    if answer["status"] != 101:
        return answer
    say(channel, b"\x81\x85\0\0\0\0hello")
    frames, end = read_until(channel, lambda _: False)
    return {"status": 101, "body": answer["body"] + frames.decode("latin-1"), "reason": end}


def http2(channel, ask):
    from http2 import exchange as ask_once  # beside this file; the other kinds do without packages
    return ask_once(channel, ask)


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


def waypoint(channel, ask):
    from hbone import Tunnel  # beside this file
    tunnel = Tunnel(channel, ask)
    if tunnel.status != 200:
        return {"status": "closed", "body": "", "reason": f"the waypoint answers {tunnel.status}"}
    if ask["inner"] == "http":
        return get(tunnel, ask["host"], ask["path"], ask["method"], ask["headers"])
    if ask["inner"] == "tls":
        return get(InnerTls(tunnel, ask["sni"], ask["ca"]), ask["host"], ask["path"])
    return exchange(tunnel, "ping\n")


KINDS = {"waypoint": waypoint, "tcp": tcp, "tls": tls, "websocket": websocket, "http2": http2, "gateway": gateway}


def main(ask):
    try:
        channel = socket.create_connection((ask["address"], ask["port"]), timeout=TIMEOUT)
    except socket.timeout as error:
        return {"status": "timeout", "body": "", "reason": str(error)}
    except OSError as error:
        # A gateway that has nothing to listen for is closed; a sidecar or an origin always listens.
        shut = ask["kind"] == "gateway" and isinstance(error, ConnectionRefusedError)
        return {"status": "closed" if shut else "unreachable", "body": "", "reason": f"{type(error).__name__}: {error}"}
    try:
        with channel:
            return KINDS[ask["kind"]](channel, ask)
    except ssl.SSLCertVerificationError as error:
        return {"status": "untrusted", "body": "", "reason": str(error)}
    except socket.timeout as error:
        return {"status": "timeout", "body": "", "reason": str(error)}
    except OSError as error:  # TLS's errors are among them
        return {"status": "closed", "body": "", "reason": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
