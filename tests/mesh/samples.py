"""Istio's samples are good configuration, and `egressc check` says nothing about them but what is unsafe in them: samples.py MODULE

Each YAML file of the samples with an object that egress depends on is one input. What is reported stands in the table below with
the reason why it is true; anything else fails, and so does a row that is no longer reported. Notes do not count.
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EGRESSC = os.environ.get("EGRESSC", ROOT / "target" / "debug" / "egressc")
KINDS = re.compile(r"^\s*kind: (ServiceEntry|VirtualService|DestinationRule|Gateway|Sidecar|AuthorizationPolicy)\s*$", re.M)

ANY_ADDRESS = "full names with resolution NONE: whoever sends the name reaches any address on that port"
REPORTED = {
    ("bookinfo/networking/egress-rule-google-apis.yaml", "EGR0705"):
        "the rule is for requests that a route moves from port 80 to 443; a client that sends HTTPS to 443 gets TLS inside TLS",
    ("external/aptget.yaml", "EGR0713"): ANY_ADDRESS,
    ("external/github.yaml", "EGR0713"): ANY_ADDRESS,
    ("external/pypi.yaml", "EGR0713"): ANY_ADDRESS,
}


def reported(file):
    run = subprocess.run([EGRESSC, "check", "--format", "json", file], capture_output=True, text=True, check=False)
    if run.returncode > 1:
        sys.exit(f"{file}: {run.stderr}")
    return {each["code"]: each["message"] for each in json.loads(run.stdout)["diagnostics"] if each["severity"] != "note"}


def main():
    samples = Path(sys.argv[1], "samples")
    files = [file for file in sorted(samples.rglob("*.yaml")) if KINDS.search(file.read_text())]
    found = {}
    for file in files:
        for code, message in reported(file).items():
            found[str(file.relative_to(samples)), code] = message
    wrong = [f"{file}: {code} {message}" for (file, code), message in found.items() if (file, code) not in REPORTED]
    wrong += [f"{file}: {code} is no longer reported" for file, code in REPORTED if (file, code) not in found]
    if wrong:
        sys.exit("Istio's samples:\n" + "\n".join(wrong))
    print(f"samples: {len(files)} files of Istio, {len(found)} true findings, no other")


if __name__ == "__main__":
    main()
