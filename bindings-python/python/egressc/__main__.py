"""The command line."""

from __future__ import annotations

import signal
import sys

from ._native import run


def main() -> int:
    # Ctrl-C ends the process at once, as it ends any tool: Python's own handler would wait for the native code.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
