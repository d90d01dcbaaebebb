"""Istio's own control-plane code, as a process that answers JSON lines (see ../istiod)."""
import json
import subprocess
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent.parent / "istiod"
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# Blocked is blocked: the mesh knows nothing but what is registered. Retries and the format of access logs stay Istio's defaults.
MESH = {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}, "accessLogFile": "/dev/stdout"}


class Refused(Exception):
    """Istiod's code would not compute a configuration, or found it unsound."""


class Istiod:
    def __init__(self, binary, log):
        self.binary = binary
        self.process = subprocess.Popen([binary, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(log, "w"), text=True)
        self.version = None

    def configure(self, config, kubernetes, proxies, mesh):
        """{namespace/name: configuration} for every proxy."""
        answer = self.ask({"op": "config", "config": stream(config), "kubernetes": stream(kubernetes),
                           "mesh": mesh, "proxies": proxies})
        problems = [f"{name}: {problem}" for name, proxy in answer["proxies"].items() for problem in proxy.get("problems", [])]
        if problems:
            raise Refused("; ".join(problems))
        return answer["proxies"]

    def redirects(self, proxies, mesh):
        """{namespace/name: the iptables rules of its pod}, by the injector's code and that of istio-iptables."""
        return self.ask({"op": "redirects", "config": "", "mesh": mesh, "proxies": proxies}).get("redirects", {})

    def taken_by_the_api(self, objects):
        """The objects that the schemas of Istio's CRDs let into a cluster. Istio's own code would read the others, too."""
        # In the module's folder, which is where the CRDs are found from.
        answers = subprocess.run([self.binary, "refuses"], cwd=SOURCE, check=True, capture_output=True, text=True,
                                 input="".join(json.dumps(thing) + "\n" for thing in objects)).stdout
        return [thing for thing, answer in zip(objects, answers.splitlines(), strict=True) if not json.loads(answer).get("schema")]

    def ask(self, request):
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Refused(f"istiod's code stopped (exit {self.process.wait()})")
        answer = json.loads(line)
        self.version = answer.get("istio")
        if answer.get("error"):
            raise Refused(answer["error"])
        return answer


def stream(documents):
    return yaml.dump_all(documents, Dumper=Dumper, sort_keys=False)
