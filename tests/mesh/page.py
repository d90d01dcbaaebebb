"""Writes the figures of docs/agreement.md: page.py [--check]. They are those that agreement.sh has recorded in agreement.json, and
in agreement-LINE.json for another release line of Istio."""
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "agreement.md"
BEGIN, END = "<!-- begin of the figures -->\n", "<!-- end of the figures -->\n"


def table_row(row, command):
    unknown = f"{row['unknown']} ({100 * row['unknown'] / max(1, row['requests']):.1f} %)"
    return (f"| {row['what']} | {row['configurations'] or ''} | {row['requests']} | {row['equal']} | {unknown} | "
            f"{row['different']} | `{command}` |")


def figures(recorded):
    lines = ["| what | configurations | requests | equal | unknown | different | command |", "|---|---|---|---|---|---|---|"]
    lines += [table_row(row, row["command"]) for row in recorded["rows"]]
    lines += ["", f"Recorded on {recorded['date']} with Istio `{recorded['istio']}`. Why answers are unknown, the most frequent reasons first:", "",
              "| what | requests | reason |", "|---|---|---|"]
    for row in recorded["rows"]:
        lines += [f"| {row['what']} | {count} | {reason.replace('|', chr(92) + '|')} |" for reason, count in row["reasons"][:5]]
    return "\n".join(lines) + "\n"


def of_line(file):
    """The figures of another release line, with the command that has given them."""
    recorded, line = json.loads(file.read_text()), file.stem.removeprefix("agreement-")
    lines = ["", f"With Istio {line} (`{recorded['istio']}`), recorded on {recorded['date']}:", "",
             "| what | configurations | requests | equal | unknown | different | command |", "|---|---|---|---|---|---|---|"]
    lines += [table_row(row, f"ISTIO_LINE={line} {row['command']}") for row in recorded["rows"]]
    return "\n".join(lines) + "\n"


def main():
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    others = "".join(of_line(file) for file in sorted(HERE.glob("agreement-*.json")))
    made = before + BEGIN + figures(json.loads((HERE / "agreement.json").read_text())) + others + END + after
    if "--check" in sys.argv:
        if made != text:
            sys.exit("docs/agreement.md has other figures than tests/mesh/agreement.json: tests/mesh/page.py writes them")
    else:
        PAGE.write_text(made)


if __name__ == "__main__":
    main()
