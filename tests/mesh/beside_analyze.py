"""What `istioctl analyze` finds, beside what `egressc check` finds: beside_analyze.py ISTIOD MODULE [--check]

Both read the same fixtures: the examples of the diagnostics' pages, examples/hand-written, the own objects of the lab's cases, the
folder `analyze` (for each analyzer that can find something about egress, its mistake in egress), and the fixtures of the analyzers
themselves, which are read from the Go module. Each finding of `analyze` must be found by `check`, too, or stand in a table with the
reason why it is not. The result is the table of docs/analyze.md; --check compares it.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from analyze.reasons import CORRESPONDS, NOT_EGRESS, OF_PAIRS, QUIET, REASONS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "analyze.md"
EGRESSC = os.environ.get("EGRESSC", ROOT / "target" / "debug" / "egressc")
OWN = "mistakes of analyzers, in egress"
BEGIN, END = "<!-- begin of the tables -->\n", "<!-- end of the tables -->\n"


def of_pages():
    """The examples of the pages about objects that people wrote by hand, each as one text."""
    for page in sorted((ROOT / "core" / "docs" / "codes").glob("EGR07*.md")):
        for part in ("Example", "Fixed"):
            section = re.search(rf"## {part}\n(.*?)(?=\n## |\Z)", page.read_text(), re.S)
            blocks = re.findall(r"```yaml [^\n]*\n(.*?)```", section.group(1), re.S)
            if blocks:
                yield f"{page.stem}-{part.lower()}", "---\n".join(blocks)


def fixtures(module):
    """The texts of all fixtures, by the group that they belong to and their name."""
    yield from (("pages of diagnostics", name, text) for name, text in of_pages())
    for file in sorted((ROOT / "examples" / "hand-written").glob("*.yaml")):
        yield "examples/hand-written", file.stem, file.read_text()
    for file in sorted((HERE / "cases").glob("*/extra.yaml")):
        yield "own objects of the lab's cases", file.parent.name, file.read_text()
    for file in sorted((HERE / "analyze").glob("*.yaml")):
        yield OWN, file.stem, file.read_text()
    for file in sorted((module / "pkg/config/analysis/analyzers/testdata").glob("*.yaml")):
        yield "fixtures of Istio's analyzers", file.stem, file.read_text()


def objects(text):
    """The objects of a text: where each begins and ends, and what it is called."""
    found = []

    def add(node):
        value = yaml.SafeLoader("").construct_document(node) if node else None
        if not isinstance(value, dict):
            return
        if str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list):
            items = next(item for key, item in node.value if key.value == "items")
            for item in items.value:
                add(item)
            return
        meta = value.get("metadata") or {}
        found.append((node.start_mark.line + 1, node.end_mark.line + 1, (value.get("kind"), meta.get("name"))))

    for node in yaml.compose_all(text, yaml.SafeLoader):
        add(node)
    return found


def said(file):
    """The diagnostics of `egressc check`, each with the objects that it is about."""
    run = subprocess.run([EGRESSC, "check", "--format", "json", file], capture_output=True, text=True, check=False)
    if run.returncode > 1:
        sys.exit(f"{file.name}: {run.stderr}")
    spans = objects(file.read_text())
    for diagnostic in json.loads(run.stdout)["diagnostics"]:
        lines = [label["start"]["line"] for label in diagnostic["labels"]]
        about = {name for begin, end, name in spans for line in lines if begin <= line <= end}
        yield diagnostic["code"], about


def reason_of(finding):
    """Why `check` says nothing about a finding, from the first row of the table that has it."""
    for code, kind, message, reason in REASONS:
        if re.fullmatch(code, finding["code"]) and re.match(kind, finding["object"]) and re.search(message, finding["message"]):
            return reason
    return NOT_EGRESS.get(finding["code"])


def compare(istiod, module):
    """Counts what both find; the findings of `analyze` that nothing accounts for."""
    rows = collections.defaultdict(collections.Counter)
    more, groups, unexplained = collections.defaultdict(set), collections.defaultdict(collections.Counter), []
    with tempfile.TemporaryDirectory() as folder:
        texts = list(fixtures(module))
        for number, (_, name, text) in enumerate(texts):
            Path(folder, f"{number:03}-{name}.yaml").write_text(text)
        run = subprocess.run([istiod, "analyze", folder], capture_output=True, text=True, check=True)
        found = collections.defaultdict(list)
        for line in run.stdout.splitlines():
            finding = json.loads(line)
            found[Path(finding["file"]).name].append(finding)
        for number, (group, name, _) in enumerate(texts):
            file = Path(folder, f"{number:03}-{name}.yaml")
            ours = list(said(file))
            groups[group]["fixtures"] += 1
            groups[group]["analyze"] += len(found[file.name])
            groups[group]["check"] += sum(code.startswith("EGR0") and code not in ("EGR0215", "EGR0225", "EGR0304") for code, _ in ours)
            seen = set()
            for finding in found[file.name]:
                kind, _, object_name = finding["object"].split("/") if finding["object"] else ("", "", "")
                codes = CORRESPONDS.get(finding["code"], ())
                hits = {code for code, about in ours
                        if code in codes and ((kind, object_name) in about or finding["code"] in OF_PAIRS)}
                seen |= hits
                # A fixture of the folder is named after the finding that it is for.
                is_own = group == OWN and name.startswith(finding["code"]) and name not in QUIET
                reason = None if hits or is_own else reason_of(finding)
                rows[finding["code"]]["findings"] += 1
                if hits:
                    rows[finding["code"]]["found"] += 1
                    rows[finding["code"], "codes"].update(hits)
                elif reason:
                    rows[finding["code"], "reasons"][reason] += 1
                else:
                    unexplained.append(f"{group}: {name}: {finding['code']} {finding['object']}: {finding['message'].strip()}")
            for code in {code for code, _ in ours} - seen:
                more[code].add(name)
    return rows, more, groups, unexplained


def titles():
    """What each diagnostic is about, from the titles of their pages."""
    for page in sorted((ROOT / "core" / "docs" / "codes").glob("EGR*.md")):
        yield page.stem, page.read_text().splitlines()[0].removeprefix(f"# {page.stem}: ")


def cell(text):
    return text.replace("|", "\\|")


def tables(rows, more, groups):
    lines = ["## The fixtures", "", "| fixtures | number | findings of `analyze` | findings of `check` |", "|---|---|---|---|"]
    lines += [f"| {group} | {n['fixtures']} | {n['analyze']} | {n['check']} |" for group, n in groups.items()]
    lines += ["", "## What `analyze` finds", "",
              "| code of `analyze` | findings | of these found by `check` | as | not reported by `check`, because |", "|---|---|---|---|---|"]
    for code in sorted(code for code in rows if isinstance(code, str)):
        n, codes, reasons = rows[code], rows.get((code, "codes"), {}), rows.get((code, "reasons"), {})
        why = "; ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
        lines.append(f"| {code} | {n['findings']} | {n['found'] or ''} | {', '.join(sorted(codes))} | {cell(why)} |")
    lines += ["", "## What only `check` finds", "",
              "Fixtures in which `check` reports this, and `analyze` nothing that is about the same.", "",
              "| code | what | fixtures |", "|---|---|---|"]
    names = dict(titles())
    lines += [f"| [{code}](../core/docs/codes/{code}.md) | {cell(names[code])} | {len(where)} |"
              for code, where in sorted(more.items()) if code.startswith(("EGR06", "EGR07"))]
    return "\n".join(lines) + "\n"


def main():
    istiod, module = sys.argv[1], Path(sys.argv[2])
    rows, more, groups, unexplained = compare(istiod, module)
    if unexplained:
        sys.exit("`istioctl analyze` finds what `egressc check` does not, and no reason is given:\n" + "\n".join(unexplained))
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = before + BEGIN + tables(rows, more, groups) + END + after
    if "--check" not in sys.argv:
        PAGE.write_text(made)
    elif made != text:
        sys.exit("docs/analyze.md has other tables: tests/mesh/beside_analyze.py ISTIOD MODULE writes them")
    total = sum(n["findings"] for code, n in rows.items() if isinstance(code, str))
    print(f"analyze: {total} findings, each found by check or listed with a reason")


if __name__ == "__main__":
    main()
