"""Holds the Swift package to its form, since nothing here runs Swift: a real parser reads every source."""

import re
import sys
from pathlib import Path

import tree_sitter_swift
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_swift.language()))
# Right in Swift since 5.8, and not in this grammar: an attribute by itself inside of a condition.
CONDITIONAL = re.compile(rb"^ *#if swift\(>=5\.8\)\n *@_documentation\(visibility: private\)\n *#endif\n", re.MULTILINE)


def faults(node: Node) -> list[Node]:
    if node.is_error or node.is_missing:
        return [node]
    return [fault for child in node.children if node.has_error for fault in faults(child)]


def parses(text: bytes) -> bool:
    return not PARSER.parse(text).root_node.has_error


package, *others = map(Path, sys.argv[1:])
sources = [*package.rglob("*.swift"), *others]
wrong = [
    f"{source}:{fault.start_point.row + 1}: {fault.type}: {fault.text.decode()[:80]}"
    for source in sources
    for fault in faults(PARSER.parse(CONDITIONAL.sub(b"\n\n\n", source.read_bytes())).root_node)
]
assert not wrong, "\n".join(wrong)
# A parser that takes everything would show nothing.
assert not parses(sources[-1].read_bytes() + b"\nfunc (")

text = (package / "Sources/Egressc/Egressc.swift").read_text("utf-8")
calls = re.findall(r"^public func (\w+)\(request: Data\)throws\s+-> String", text, re.MULTILINE)
header = (package / "Sources/EgresscFFI/EgresscFFI.h").read_text("utf-8")
assert "compile" in calls and all(f"fn_func_{call}(" in header for call in calls), calls

folder = package / "Sources/EgresscFFI"
module = (folder / "module.modulemap").read_text("utf-8")
(named,) = re.findall(r'header "(.+)"', module)
(linked,) = re.findall(r'link "(.+)"', module)
assert (folder / named).is_file()
assert list((package / "lib").glob(f"*{linked}*"))
print(f"Swift's sources: {len(sources)} parsed, calls {', '.join(calls)}")
