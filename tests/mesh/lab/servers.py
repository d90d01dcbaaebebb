"""Servers behind origins: a repository of Git with Git's own server, and an index of Python packages.

Each takes a request (method, path with its query, headers, body) and gives the whole answer of HTTP/1.1. A host that is one
says so by `serves` in the `origins` of a case.
"""
import io
import os
import subprocess
import tempfile
import zipfile

PACKAGE = "demo"
WHEEL = f"{PACKAGE}-1.0-py3-none-any.whl"


def answer(status, kind, body):
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return head.encode() + body


class Git:
    """A repository at /team/demo.git, which anybody may clone and push to."""

    def __init__(self, folder):
        self.root = tempfile.mkdtemp(prefix="git-", dir=folder)
        self.repository = os.path.join(self.root, "team", "demo.git")
        run = lambda *argv: subprocess.run(["git", *argv], check=True, capture_output=True)  # noqa: E731
        run("init", "--bare", "--initial-branch", "main", self.repository)
        tree = run("-C", self.repository, "hash-object", "-t", "tree", "-w", "/dev/null").stdout.decode().strip()
        person = ["-c", "user.name=lab", "-c", "user.email=lab@example.com"]
        commit = run(*person, "-C", self.repository, "commit-tree", tree, "-m", "first").stdout.decode().strip()
        run("-C", self.repository, "update-ref", "refs/heads/main", commit)
        run("-C", self.repository, "config", "http.receivepack", "true")

    def answer(self, method, path, headers, body):
        path, _, query = path.partition("?")
        environment = {
            **os.environ, "GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": method, "PATH_INFO": path,
            "QUERY_STRING": query, "CONTENT_TYPE": headers.get("content-type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""), "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        return answer(told.get("Status", "200 OK"), told.get("Content-Type", "text/plain"), content)


class PythonIndex:
    """One package, on a page of PEP 503 that links its file on the same host."""

    def __init__(self, _folder):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as wheel:
            info = f"{PACKAGE}-1.0.dist-info"
            wheel.writestr(f"{PACKAGE}.py", "")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", f"{PACKAGE}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
        self.wheel = file.getvalue()

    def answer(self, method, path, headers, body):
        if method not in ("GET", "HEAD"):
            return answer("200 OK", "text/plain", b"published")
        if path == f"/simple/{PACKAGE}/":
            return answer("200 OK", "text/html", f'<a href="/packages/{WHEEL}">{WHEEL}</a>'.encode())
        if path == f"/packages/{WHEEL}":
            return answer("200 OK", "application/octet-stream", self.wheel)
        return answer("404 Not Found", "text/plain", b"")


KINDS = {"git": Git, "python": PythonIndex}
