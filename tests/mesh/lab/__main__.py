"""The command line: `python -m lab [CASES] --istiod PROGRAM [--mutants FOLDER]`; run.sh beside this package provides what it needs."""
import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from . import case as cases
from . import compiler, drawn, figures, sandbox

HERE = Path(__file__).resolve().parent.parent
REPOSITORY = HERE.parent.parent


def arguments():
    parser = argparse.ArgumentParser(prog="lab", description="Runs compiled policies on real proxies.")
    parser.add_argument("cases", nargs="?", default=str(HERE / "cases"), help="a folder of cases, or one case")
    parser.add_argument("--istiod", required=True, help="the control-plane program built from tests/mesh/istiod")
    parser.add_argument("--only", default="", help="only cases whose name contains this text")
    parser.add_argument("--mutants", help="a folder of mutants to run after the cases")
    parser.add_argument("--sweep", type=int, default=0, metavar="N", help="then N generated configurations, against Istio's simulation")
    parser.add_argument("--planted", action="store_true", help="then faults of the evaluator on purpose, which the sweep must find")
    parser.add_argument("--golden", type=int, default=0, metavar="N", help="then N configurations made of Istio's own inputs")
    parser.add_argument("--module", help="the folder of Istio's Go module, where these inputs are")
    parser.add_argument("--own-sets", type=int, default=0, metavar="N", help="N generated cases of own objects, after the others")
    parser.add_argument("--drawn", type=int, default=0, metavar="N", help="N cases drawn by chance, whose requests only the evaluator is asked about")
    parser.add_argument("--figures", help="a file for the figures of what real proxies answered")
    parser.add_argument("--seed", default="1", help="of what is generated")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="run every case N times: no result may depend on the machine")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="N processes beside the run that only use up processors")
    parser.add_argument("--quiet", action="store_true", help="print failures only")
    parser.add_argument("--keep", action="store_true", help="keep the folder with certificates, configurations and logs")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        sandbox.enter()
    except sandbox.Missing as missing:
        print(f"mesh lab: {missing}", file=sys.stderr)
        return 2
    chosen = [case for case in cases.load_all(options.cases) if options.only in case.name]
    with tempfile.TemporaryDirectory(prefix="own-sets-") as folder:
        if options.own_sets:
            compiler.own_sets(REPOSITORY, folder, options.own_sets, options.seed)
            chosen += [case for case in cases.load_all(folder) if options.only in case.name]
        chosen += drawn.cases(options.drawn, options.seed)
        with busy(options.busy):
            return run(chosen * options.repeat, options)


@contextmanager
def busy(count):
    """Processes that never wait: a slow machine must not change a verdict."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def run(chosen, options):
    # Imported late: outside the sandbox not even Envoy needs to be installed to say what is missing.
    from .run import Run
    began = time.monotonic()
    whole = Run(chosen, options, compiler.binary(REPOSITORY), compiler.evaluator(REPOSITORY))
    tally = whole.everything()
    whole.agreement.end()
    figures.record(options.figures, whole.agreement.figures())
    print(f"{time.monotonic() - began:.0f} s on Istio {whole.mesh.istiod.version}")
    tally.end()
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
