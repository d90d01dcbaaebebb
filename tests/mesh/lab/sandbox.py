"""Puts the lab in namespaces of its own, so that it can do as it likes to routes and mounts and cannot reach anything.

Root needs no user namespace. Anybody else gets one, with a whole range of user ids in it:
Istio's redirection tells the proxy from the application by user id, so one id is not enough.
"""
import os
import shutil
import subprocess
import sys

MARK = "EGRESSC_MESH_LAB"
TOOLS = {
    "iptables": "iptables", "ip": "iproute2", "curl": "curl", "openssl": "openssl",
    "unshare": "util-linux", "nsenter": "util-linux", "setpriv": "util-linux",
}


class Missing(Exception):
    """The machine lacks something the lab cannot do without; the message is the one line to print."""


def enter():
    """Re-executes this program inside fresh namespaces; returns at once when already there."""
    if os.environ.get(MARK) == "inside":
        return
    # iptables and ip live in sbin, which an ordinary user's PATH often leaves out.
    os.environ["PATH"] = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    absent = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if absent:
        raise Missing("missing programs; install the packages: " + " ".join(absent))
    # A pid namespace of its own: whatever happens to the runner, no proxy outlives it.
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        if shutil.which("newuidmap") is None:
            raise Missing("without root the lab needs newuidmap (package uidmap) and a range in /etc/subuid")
        unshare += ["--user", "--map-root-user", "--map-auto"]
    probe = subprocess.run(unshare + ["true"], capture_output=True, text=True)
    if probe.returncode != 0:
        reason = (probe.stderr.strip().splitlines() or ["unshare failed"])[-1]
        raise Missing(f"this machine does not allow the namespaces the lab needs ({reason}); try as root")
    os.environ[MARK] = "inside"
    os.execvp(unshare[0], unshare + [sys.executable, "-m", "lab"] + sys.argv[1:])
