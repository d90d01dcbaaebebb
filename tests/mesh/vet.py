"""What `go test` lets vet look for, in the Go code of this repository alone: vet.py FOLDER [flags of go build]

`go test` and `go vet` type-check whatever is imported too, to learn which functions format as Printf does: for Istio that
takes longer than all of the tests. vet knows those of fmt, log and testing by itself, and what Go has compiled is enough
for the rest.
"""
import json
import os
import subprocess
import sys
import tempfile

# As in cmd/go/internal/test/test.go.
ANALYZERS = ["atomic", "bool", "buildtags", "directive", "errorsas", "ifaceassert", "nilfunc", "printf", "stringintconv", "tests"]
FIELDS = "ImportPath,Dir,Export,GoFiles,ImportMap,Imports,Standard,DepOnly,Module"


def packages(folder, flags):
    """Everything that is imported, and the packages of the folder with and without their tests."""
    listed = subprocess.run(
        ["go", "list", "-deps", "-test", "-export", f"-json={FIELDS}", *flags, "./..."],
        cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
    decoder, at = json.JSONDecoder(), 0
    while at < len(listed):
        package, end = decoder.raw_decode(listed, at)
        yield package
        at = end + 1


def vet(tool, package, known, work):
    """Prints what vet finds in a package, and returns whether that is nothing."""
    imports = {name: name for name in package.get("Imports", [])} | package.get("ImportMap", {})
    config = {
        "ID": package["ImportPath"],
        "Compiler": "gc",
        "Dir": package["Dir"],
        "ImportPath": package["ImportPath"].partition(" ")[0],
        "GoVersion": "go" + package["Module"]["GoVersion"],
        "GoFiles": [os.path.join(package["Dir"], name) for name in package["GoFiles"]],
        "ImportMap": imports,
        "PackageFile": {name: each["Export"] for name, each in known.items() if each.get("Export")},
        "Standard": {name: True for name, each in known.items() if each.get("Standard")},
        "VetxOutput": os.path.join(work, "facts"),
    }
    path = os.path.join(work, "vet.cfg")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return subprocess.run([tool, *(f"-{name}" for name in ANALYZERS), path], check=False).returncode == 0


def main(folder, *flags):
    known = {package["ImportPath"]: package for package in packages(folder, flags)}
    # `….test` is the program that Go writes around the tests.
    ours = [each for name, each in known.items() if not each.get("DepOnly") and not name.endswith(".test")]
    tool = subprocess.run(["go", "tool", "-n", "vet"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as work:
        clean = [vet(tool, package, known, work) for package in ours]
    print(f"vet: {len(clean)} packages, {sum(clean)} without findings")
    return 0 if clean and all(clean) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
