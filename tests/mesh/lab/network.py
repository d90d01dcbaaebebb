"""The cable and the pods: one bridge, one network namespace per pod, nothing else.

No namespace has a way out of the machine: the bridge has no uplink.
A pod with a sidecar gets the two rules of istio-iptables that matter here: the proxy's own user passes, all else is turned to port 15001.
A pod with annotations gets the rules that istio-iptables itself writes for it.
"""
import os
import random
import shlex
import subprocess
import time
from pathlib import Path

# Istio's proxies are 1337. Here each run has a user of its own: an Envoy takes seven to nine of the 128 inotify instances that
# Linux allows a user, so with one user for all, three runs beside one another would end each other's proxies.
PROXY_UID = str(random.randrange(10000, 60000))
ISTIO_UID = "1337"
OUTBOUND_PORT = "15001"


def sh(script, **more):
    """Runs a small shell script and fails loudly."""
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{script.strip()}\n{done.stderr.strip()}")
    return done.stdout


class Pod:
    """A network and mount namespace with one address, and its own idea of names."""

    def __init__(self, name, address, folder):
        self.name = name
        self.address = address
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o777)
        self.hosts = self.folder / "hosts"
        # What the real DNS answers: a proxy that answers its pod's DNS asks it itself.
        self.real_hosts = self.folder / "real-hosts"
        self.set_names({})
        # The holder keeps the namespaces alive; commands enter through its process id.
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "sleep", "infinity"])

    def set_names(self, names, real=None):
        """Rewrites the pod's hosts files in place: they are bind-mounted, so the inodes must stay."""
        self.write_names(self.hosts, names)
        self.write_names(self.real_hosts, names if real is None else real)

    def write_names(self, path, names):
        text = "".join(f"{address} {name}\n" for address, name in [("127.0.0.1", "localhost")] + sorted(
            ((address, name) for name, address in names.items()), key=lambda pair: pair[1]))
        # A proxy may read it at any time. It must never find it empty, so nothing is cut off before the new text is there.
        with open(path, "r+" if path.exists() else "w") as file:
            if file.readable() and file.read() == text:
                return
            file.seek(0)
            file.write(text)
            file.truncate()
        path.chmod(0o644)

    def command(self, argv, user=None):
        """The argument list that runs `argv` inside this pod."""
        enter = ["nsenter", "-t", str(self.holder.pid), "--net", "--mount", "--"]
        if user is not None:
            enter += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"]
        return enter + [str(word) for word in argv]

    def proxy_command(self, argv):
        """The argument list that runs the pod's proxy: as its own user, and with the names of the real DNS."""
        command = self.command(argv, PROXY_UID)
        at = command.index("--") + 1
        mount = ["unshare", "--mount", "sh", "-ec", 'mount --bind "$0" /etc/hosts && exec "$@"', str(self.real_hosts)]
        return command[:at] + mount + command[at:]

    def run(self, script):
        return sh(shlex.join(self.command(["sh", "-ec", script])))


class Network:
    """The bridge and the pods on it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.pods = {}
        sh("ip link set lo up; ip link add fabric type bridge; ip link set fabric up")
        # Nothing answers outside the hosts files; a refused lookup is quicker than a lost one.
        self.resolver = self.folder / "resolv.conf"
        self.resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")

    def pod(self, name, address, sidecar=True, rules=None):
        """`rules` is what istio-iptables writes for the pod; without any it captures everything."""
        pod = Pod(name, address, self.folder / "pods" / name)
        self.pods[name] = pod
        wait_for_namespace(pod.holder.pid)
        cable = f"v{len(self.pods)}"
        sh(f"""
            ip link add {cable} type veth peer name eth0 netns /proc/{pod.holder.pid}/ns/net
            ip link set {cable} master fabric up
        """)
        pod.run(f"""
            ip link set lo up
            ip addr add {address}/16 dev eth0
            ip link set eth0 up
            ip route add default dev eth0
            echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start
            mount --bind {shlex.quote(str(pod.hosts))} /etc/hosts
            mount --bind {shlex.quote(str(self.resolver))} /etc/resolv.conf
        """)
        if rules is not None:
            if rules:
                pod.run(f"iptables-restore --noflush <<'RULES'\n{rules.replace(ISTIO_UID, PROXY_UID)}RULES\n")
        elif sidecar:
            pod.run(f"""
                iptables -t nat -A OUTPUT -o lo -j RETURN
                iptables -t nat -A OUTPUT -p tcp -m owner --uid-owner {PROXY_UID} -j RETURN
                iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports {OUTBOUND_PORT}
            """)
        return pod

    def close(self):
        for pod in self.pods.values():
            pod.holder.kill()


def wait_for_namespace(pid):
    """The holder is forked before it has unshared; entering too early would configure the bridge's own namespace."""
    for kind in ("net", "mnt"):
        while os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}"):
            time.sleep(0.002)
