"""Holds what `egressc check` says of a case against what the case says that it must say.

check.yaml is {says: [...]}, each entry {severity, code}; without `code` any of that severity will do, and a `?` in a code
stands for any character. Errors must be exactly those; warnings that are not listed are nobody's business here.
"""
import fnmatch

from .compiler import answer

FILES = ("policy.yaml", "mesh.yaml", "extra.yaml")


def judge_check(case, program, tally):
    """One line, for the case that says something about it."""
    if case.says is None:
        return
    files = [case.folder / name for name in FILES if (case.folder / name).exists()]
    said = sorted({(each["severity"], each["code"]) for each in answer(program, "check", *files)["diagnostics"]})
    missing = [wanted for wanted in case.says if not any(fits(wanted, each) for each in said)]
    surplus = [each for each in said if each[0] == "error" and not any(fits(wanted, each) for wanted in case.says)]
    problems = [*(f"not said: {words(wanted)}" for wanted in missing), *(f"said: {' '.join(each)}" for each in surplus)]
    tally.note(not problems, case.name, "-", "egressc check", " ".join(map(words, case.says)) or "no error",
               ", ".join(" ".join(each) for each in said) or "nothing", *([" and ".join(problems)] if problems else []))


def fits(wanted, said):
    return wanted["severity"] == said[0] and fnmatch.fnmatch(said[1], wanted.get("code", "*"))


def words(wanted):
    return f"{wanted['severity']} {wanted.get('code', 'of any code')}"
