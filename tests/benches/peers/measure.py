"""Runs a program, and writes its time, its greatest memory and its exit code: measure.py FILE PROGRAM [ARGUMENT...]

The kernel counts the memory of the process that starts a program as the program's own. So `compare.py`, which holds the
objects of all tools, starts this small process, and this one starts the program.
"""

import os
import sys
import time

report, command = sys.argv[1], sys.argv[2:]
start = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - start
with open(report, "w") as stream:
    print(seconds, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status), file=stream)
