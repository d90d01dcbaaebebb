"""The runner's side of the internet: which host has which address and certificate, and what was seen there."""
import json
import subprocess
import sys
import time
from pathlib import Path

from . import origin

# The nets of RFC 5737: no such host exists anywhere.
NETS = ("198.51.100.", "203.0.113.", "192.0.2.")
# Cases and generated sets name addresses of 203.0.113.0/24, the first ones of 192.0.2.0/24 and the last ones of
# 198.51.100.0/24, which no host may have.
ADDRESSES = [f"198.51.100.{last}" for last in range(1, 240)] + [f"192.0.2.{last}" for last in range(20, 255)]

MCP_SERVER = Path(origin.__file__).with_name("mcp_server.py")


class Internet:
    """Gives every host an address of its own, and reads the origins' log."""

    def __init__(self, network, authority, folder):
        self.authority = authority
        self.folder = folder
        self.addresses = {}
        self.sites = {}
        self.log = folder / "origins.jsonl"
        self.log.touch()
        self.reader = None
        self.pod = network.pod("internet", "10.77.0.1", sidecar=False)
        # The whole of both nets is local here, so whichever address a proxy dials, somebody notes it.
        self.pod.run("".join(f"ip route add local {net}0/24 dev lo\n" for net in NETS)
                     + f"iptables -t nat -A PREROUTING -p tcp -j REDIRECT --to-ports {origin.PORT}")

    def add(self, host, certificate_for=None, refuses=False, mcp=None, serves=None):
        """Registers a host. `certificate_for` names what its certificate says, when that is not the host; one that refuses
        has an address at which nobody listens. `mcp` makes it a server of MCP, as `origin.py` describes them, and `serves`
        one of those in `servers.py`.
        """
        if host in self.addresses:
            return
        address = ADDRESSES[len(self.addresses)]
        if refuses:
            self.pod.run(f"iptables -t nat -I PREROUTING -d {address} -p tcp -j RETURN")
        certificate, key = self.authority.leaf("origin " + host, f"DNS:{certificate_for or host}")
        self.addresses[host] = address
        self.sites[address] = {"host": host, "certificate": str(certificate), "key": str(key),
                               "authority": str(self.authority.root), "mcp": mcp, "serves": serves}

    def start(self):
        if any(site["mcp"] == "checks" for site in self.sites.values()):
            self.mcp = subprocess.Popen(self.pod.command([sys.executable, MCP_SERVER, origin.MCP_PORT]), stdout=subprocess.PIPE)
            if not self.mcp.stdout.readline():
                raise RuntimeError("the server of MCP did not start")
        plan = self.folder / "origins.json"
        plan.write_text(json.dumps(self.sites))
        self.server = subprocess.Popen(self.pod.command([sys.executable, origin.__file__, plan, self.log]),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = open(self.log)
        while not self.reader.readline():
            if self.server.poll() is not None:
                raise RuntimeError("the origins' server did not start")
            time.sleep(0.01)

    def tell(self, word):
        """Says a word to the origins' server and waits until it has done so."""
        self.server.stdin.write(word + "\n")
        self.server.stdin.flush()
        if not self.server.stdout.readline():
            raise RuntimeError("the origins' server has ended")

    def seen(self):
        """Everything that has arrived since the last call: a late record would be taken for the next request's."""
        self.tell("settle")
        return [json.loads(line) for line in self.reader]
