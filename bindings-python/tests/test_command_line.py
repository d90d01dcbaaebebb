"""The command line of the package beside the native one: the same bytes, the same status, the same files."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

import egressc

ROOT = Path(__file__).parents[2]
NATIVE = Path(os.environ.get("EGRESSC_BINARY", ROOT / "target/debug/egressc"))
MODULE = [sys.executable, "-m", "egressc"]

LINES: list[list[str]] = [
    [],
    ["--help"],
    ["--version"],
    ["nonsense"],
    ["compile"],
    ["compile", "--help"],
    ["compile", "--format", "xml", "examples/http"],
    *(["compile", f"examples/{name}"] for name in ("combined", "http", "https-passthrough", "https-upgrade", "tcp")),
    *(["compile", "--format", "json", f"examples/{name}"] for name in ("combined", "tcp")),
    ["compile", "examples/http/policy.yaml"],
    ["compile", "examples/http/policy.yaml", "examples/http/mesh.yaml", "examples/http"],
    ["compile", "no/such/folder", "nor/this"],
    ["compile", "examples/http/mesh.yaml/x"],
    ["compile", "core/src"],
    ["check", "examples/combined"],
    ["check", "--color=always", "cli/tests/hostile/tabs.yaml"],
    ["check", "--format", "json", "examples/combined"],
    ["check", "cli/tests/hostile"],
    ["check", "--format", "json", "cli/tests/hostile"],
    *(["check", str(path.relative_to(ROOT))] for path in sorted((ROOT / "cli/tests/hostile").glob("host-*"))),
    ["compile", "cli/tests/hostile/tabs.yaml"],
    ["trace", "examples/combined", "--from", "mytest,app=sleep-a", "--to", "https://www.httpbin.org"],
    ["trace", "examples/combined", "--from", "mytest", "--to", "http://www.httpbin.org/x", "--expect", "allowed"],
    ["trace", "examples/combined", "--from", "mytest", "--to", "nonsense"],
    ["reach", "examples/combined"],
    ["reach", "examples/combined", "--format", "dot"],
    ["diff", "examples/http", "examples/combined"],
    ["diff", "examples/http", "examples/combined", "--format", "markdown", "--fail-on", "widened"],
    ["test", "examples/combined"],
    ["explain"],
    ["explain", "EGR0422"],
    ["explain", "egr0422"],
    ["explain", "EGR9999999"],
    ["schema", "policy"],
    ["schema", "environment"],
    ["schema", "service"],
]


def both(args: list[str], cwd: Path = ROOT, **options: Any) -> Iterator[subprocess.CompletedProcess[bytes]]:
    for program in ([str(NATIVE)], MODULE):
        yield subprocess.run([*program, *args], capture_output=True, cwd=cwd, **options)


def same(args: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    native, python = both(args, **options)
    assert (python.returncode, python.stdout, python.stderr) == (native.returncode, native.stdout, native.stderr)
    return python


@pytest.mark.parametrize("args", LINES, ids=" ".join)
def test_the_same_bytes(args: list[str]) -> None:
    same(args)


def test_standard_input() -> None:
    policy = (ROOT / "examples/http/policy.yaml").read_bytes()
    for given in (policy, b"", b"\xff", policy * 2000):
        same(["check", "-", "examples/http/mesh.yaml"], input=given)
    assert same(["compile", "-"], input=policy).returncode == 0


def test_arguments_that_are_no_text() -> None:
    for program in (str(NATIVE).encode(), b" ".join(part.encode() for part in MODULE)):
        said = subprocess.run(b"exec " + program + b" check $'\\xff.yaml'", shell=True, executable="bash", capture_output=True)
        assert said.returncode == 2 and b"error: invalid UTF-8 was detected" in said.stderr


def test_the_folder_it_writes(tmp_path: Path) -> None:
    written = []
    for number, program in enumerate(([str(NATIVE)], MODULE)):
        folder = tmp_path / str(number) / "deep" / "out"
        for example in ("combined", "http"):
            subprocess.run([*program, "compile", f"examples/{example}", "--output", str(folder)], cwd=ROOT, check=True)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
        (folder / "mine.txt").write_text("")
        refused = subprocess.run([*program, "compile", "examples/http", "--output", str(folder)], cwd=ROOT, capture_output=True)
        assert refused.returncode == 2 and b"mine.txt" in refused.stderr
        assert len(list(folder.iterdir())) == len(written[number]) + 1
        assert [path.name for path in folder.parent.iterdir()] == ["out"]
    assert written[0] == written[1] and len(written[0]) > 3


def shell(script: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], capture_output=True, cwd=ROOT)


@pytest.mark.parametrize("program", [str(NATIVE), " ".join(MODULE), f"{sys.executable} -u -m egressc"])
def test_streams_that_end(program: str) -> None:
    for script in (f"{program} schema policy | true", f"{program} compile examples/combined | head -n 1"):
        ended = shell(script)
        assert (ended.returncode, ended.stderr) == (0, b"")
    full = shell(f"{program} compile examples/http >/dev/full")
    assert (full.returncode, full.stderr) == (2, b"error: standard output: No space left on device (os error 28)\n")
    assert shell(f"{program} check cli/tests/hostile/tabs.yaml 2>&-").returncode == 1
    assert shell(f"{program} check cli/tests/hostile/tabs.yaml >&-").returncode == 1
    assert shell(f"{program} compile - <&-").returncode == shell(f"{NATIVE} compile - <&-").returncode


def test_ctrl_c_ends_it_at_once() -> None:
    for program in ([str(NATIVE)], MODULE):
        # A shell that starts a job in the background has it ignore the signal, and its children with it.
        waiting = subprocess.Popen(
            [*program, "check", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        # Until it waits for its input.
        while "pipe" not in Path(f"/proc/{waiting.pid}/wchan").read_text() and waiting.poll() is None:
            time.sleep(0.01)
        waiting.send_signal(signal.SIGINT)
        assert waiting.communicate(timeout=30)[1] == b""
        assert waiting.returncode == -signal.SIGINT


def test_inside_python_the_streams_are_those_of_sys(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = subprocess.run([NATIVE, "compile", "examples/http"], capture_output=True, cwd=ROOT).stdout.decode()
    monkeypatch.chdir(ROOT)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        print("before")
        assert egressc.run(["compile", "examples/http"]) == 0
    assert text.getvalue() == "before\n" + expected
    bytes_ = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(bytes_, encoding="latin-1")):
        print("before")
        assert egressc.run(["compile", "examples/http"]) == 0
        assert bytes_.getvalue() == b"before\n" + expected.encode()
    assert egressc.run(["check", "no/such"]) == 2
    assert capsys.readouterr().err == "error: no/such: there is no such file or folder\n"
    for given in (io.TextIOWrapper(io.BytesIO(b"kind: [}")), io.StringIO("kind: [}")):
        monkeypatch.setattr("sys.stdin", given)
        assert egressc.run(["check", "-"]) == 1
        assert "--> <stdin>:1:7" in capsys.readouterr().out


def test_an_exception_of_a_stream_is_the_callers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Interrupted(io.StringIO):
        def read(self, size: int | None = -1, /) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        egressc.run(["compile", "-", "--output", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_ten_thousand_lines_stay_whole(tmp_path: Path) -> None:
    rules = "".join(
        f"  - from: [{{namespace: n{number}}}]\n    to:\n    - {{name: r{number}, hosts: [h{number}.example.com], port: {{number: 443, name: https, protocol: HTTPS}}}}\n"
        for number in range(120)
    )
    policy = (
        "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\n"
        "metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}\n"
        f"spec:\n  byEgressGateway: {{name: egressgateway-a}}\n  egressRules:\n{rules}"
    )
    (tmp_path / "policy.yaml").write_text(policy)
    answer = same(["compile", "policy.yaml"], cwd=tmp_path)
    assert answer.returncode == 0 and len(answer.stdout) > 1 << 18
