"""Time and memory of `egressc compile`, with its proof, beside tools that only write the same objects.

`make bench` builds what it needs and calls this. Every tool is a whole process that is given the same objects in the
form that it reads quickest, and writes them as YAML; what it wrote is compared with what egressc wrote. The processes
take turns, and the best of some runs counts, so that other work on the machine disturbs all of them alike.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).parent

# The mesh and the policies of `scale.rs`: each rule lets one workload reach one host, by HTTPS or by HTTP that is upgraded.
MESH = """apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: prod}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: egressgateway-a
    podLabels: {istio: egressgateway-a, security.istio.io/tlsMode: istio}
    ports:
    - {port: 80, targetPort: 8080, class: http}
    - {port: 443, targetPort: 8443, class: tls}
"""
POLICY = """apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}
spec:
  byEgressGateway: {name: egressgateway-a}
  egressRules:
"""
RULE = """  - name: rule-{number}
    from:
    - namespace: team-{team}
      workloadSelector: {{app: app-{number}}}
    to:
    - hosts: [host-{number}.example.org]
{port}"""
PORTS = (
    "      port: {name: https, number: 443, protocol: HTTPS}\n",
    "      port: {name: http, number: 80, protocol: HTTP}\n      httpsUpgrade: {enabled: true, port: 443}\n",
)


def policy(rules):
    """A policy of so many rules."""
    texts = (RULE.format(number=number, team=number % 100, port=PORTS[number % 2]) for number in range(rules))
    return POLICY + "".join(texts)


class Tool:
    """A process, and what it reads."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.seconds, self.bytes = float("inf"), 0

    def run(self, folder):
        out = folder / f"{re.sub('[^a-z]', '-', self.name.lower())}.out"
        report = out.with_suffix(".measured")
        with out.open("wb") as stream, out.with_suffix(".err").open("wb") as errors:
            measured = [sys.executable, "-SE", str(HERE / "measure.py"), str(report), *self.command]
            subprocess.run(measured, stdout=stream, stderr=errors, cwd=folder, check=True)
        seconds, size, status = report.read_text().split()
        if status != "0":
            sys.exit(f"{self.name} failed: {out.with_suffix('.err').read_text()}")
        self.seconds = min(self.seconds, float(seconds))
        self.bytes = int(size)
        return out


def shapes(documents):
    """Documents by what they have in common: lines in which some values differ, and these values."""
    groups = {}
    for text in documents:
        shape = re.sub(r"(?m)(: |- )[^\n]+$", r"\1", text)
        groups.setdefault(shape, []).append(text.splitlines())
    for texts in groups.values():
        columns = list(zip(*texts))
        varying = [number for number, lines in enumerate(columns) if len(set(lines)) > 1]
        yield [column[0] for column in columns], varying, [[text[number] for number in varying] for text in texts]


def templates(documents, folder):
    """Templates of Jinja2 and of Helm that paste the values of each document into its shape, and these values."""
    data, jinja, helm = {}, [], []
    for number, (lines, varying, values) in enumerate(shapes(documents)):
        name = f"s{number}"
        data[name] = values
        for text, opening, value, closing in (
            (jinja, f"{{% for v in {name} %}}", "{{{{ v[{}] }}}}", "{% endfor %}"),
            (helm, f"{{{{- range .Values.{name} }}}}\n", "{{{{ index . {} }}}}", "{{- end }}\n"),
        ):
            body = "".join(
                (value.format(varying.index(at)) if at in varying else line) + "\n" for at, line in enumerate(lines)
            )
            text.append(f"{opening}---\n{body}{closing}")
    (folder / "values.json").write_text(json.dumps(data))
    (folder / "page.j2").write_text("".join(jinja))
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: bench\nversion: 0.1.0\n")
    (chart / "templates/all.yaml").write_text("".join(helm))


def documents_of(text):
    return [part for part in re.split(r"(?m)^---\n", text) if part.strip()]


def key(document):
    meta = document["metadata"]
    return document["kind"], meta.get("namespace", ""), meta["name"]


def same(expected, out):
    """Whether the objects in a file are the expected ones."""
    written = [doc for doc in yaml.load_all(out.read_text(), Loader=yaml.CSafeLoader) if doc]
    written = [item for doc in written for item in (doc["items"] if doc.get("kind") == "List" else [doc])]
    return {key(doc): doc for doc in written} == expected


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--egressc", required=True)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--node-modules", help="the folder that has js-yaml")
    parser.add_argument("--kustomize")
    parser.add_argument("--helm")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mesh.yaml").write_text(MESH)
        (folder / "policy.yaml").write_text(policy(given.rules))
        ours = Tool("egressc compile", [given.egressc, "compile", "mesh.yaml", "policy.yaml"])
        compiled = ours.run(folder)
        text = compiled.read_text()
        expected = {key(doc): doc for doc in yaml.load_all(text, Loader=yaml.CSafeLoader) if doc}
        (folder / "objects.json").write_text(json.dumps(list(expected.values())))
        (folder / "objects.yaml").write_text(text)
        (folder / "kustomization.yaml").write_text("resources: [objects.yaml]\n")
        (folder / "objects.jsonnet").write_text("std.manifestYamlStream(import 'objects.json', quote_keys=false)\n")
        templates(documents_of(text), folder)

        python, tools = sys.executable, [ours]
        tools.append(Tool("Jinja2, pasting text", [python, str(HERE / "paste.py")]))
        tools.append(Tool("PyYAML with libyaml", [python, str(HERE / "dump.py")]))
        tools.append(Tool("jsonnet (rjsonnet)", [python, str(HERE / "manifest.py")]))
        if given.node_modules:
            shutil.copy(HERE / "dump.mjs", folder)
            os.symlink(given.node_modules, folder / "node_modules")
            tools.append(Tool("js-yaml", ["node", "dump.mjs"]))
        if given.kustomize:
            tools.append(Tool("kustomize build", [given.kustomize, "build", "."]))
        if given.helm:
            tools.append(Tool("Helm, pasting text", [given.helm, "template", "chart", "-f", "values.json"]))
        for turn in range(given.runs):
            for tool in tools:
                out = tool.run(folder)
                if turn == 0 and not same(expected, out):
                    sys.exit(f"{tool.name} wrote other objects")

        print(f"{given.rules} rules, {len(expected)} objects, {len(text) / 1000:.0f} kB of YAML; the best of {given.runs} runs\n")
        print("| tool | time | memory | egressc takes |\n|---|--:|--:|--:|")
        for tool in tools:
            print(
                f"| {tool.name} | {tool.seconds * 1e3:.0f} ms | {tool.bytes / 1e6:.0f} MB "
                f"| {ours.seconds / tool.seconds:.2f} of its time, {ours.bytes / tool.bytes:.2f} of its memory |"
            )


if __name__ == "__main__":
    main()
