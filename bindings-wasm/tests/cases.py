"""Runs the example of the README, and asks the module what every runtime is asked: cases.py ANSWERS

ANSWERS has the request of each case and what the core answers to it.
"""
import contextlib
import io
import re
import sys
from pathlib import Path

here = Path(__file__).parent
example = re.search(r"```python\n(.*?)```", (here.parent / "README.md").read_text(), re.DOTALL).group(1)
printed = io.StringIO()
host = {}
with contextlib.redirect_stdout(printed):
    exec(example, host)  # noqa: S102
if "wildcard" not in printed.getvalue():
    sys.exit(f"the example of the README printed {printed.getvalue()!r}")

exports, memory, store, block = host["exports"], host["memory"], host["store"], host["block"]


def ask(name, request):
    """The kind of an answer and its text, as bytes."""
    name, request = block(name), block(request)
    answer = exports["egressc_call"](store, name, request)
    kind, length = (int.from_bytes(memory.read(store, at, at + 4), "little") for at in (answer, answer + 4))
    text = bytes(memory.read(store, answer + 8, answer + 8 + length))
    for address in (name, request, answer):
        exports["egressc_free"](store, address)
    return kind, text


def main(answers):
    cases = sorted(Path(answers).glob("*/*/request.json"))
    if len(cases) < 90:
        sys.exit(f"{len(cases)} cases are too few")
    module = host["Module"].from_file(store.engine, str(here.parent / "dist/egressc.wasm"))
    if list(module.imports):
        sys.exit("the module has imports")
    wrong = 0
    size = None
    for turn in range(2):
        for request in cases:
            folder = request.parent
            kind, text = ask(folder.parent.name, request.read_text())
            expected = folder / ("error.txt" if kind == 1 else "answer.json")
            if not expected.exists() or text != expected.read_bytes():
                wrong += 1
                print(f"{folder.parent.name}/{folder.name}: another answer: {text[:200]!r}")
        # What a call leaves behind would add up.
        if turn == 1 and memory.data_len(store) != size:
            sys.exit("the memory grows with each call")
        size = memory.data_len(store)
    print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
