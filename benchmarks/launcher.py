"""Starts one process and writes down what it and its children took. Small on purpose, and imports next to nothing.

Linux hands the peak memory of who starts a process on to it, so that a work started by a large process would show that
one's. This one is started first, in a process of its own, and needs 10 MB.

    python -I -S launcher.py RESULT.json PROGRAM ARGUMENT...
"""

import os
import sys
import time


def main() -> None:
    """Run the command to its end; its exit code is ours."""
    result, *command = sys.argv[1:]
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            os.execvp(command[0], command)  # noqa: S606  # the command is ours, and a shell would be counted too
        finally:
            os._exit(127)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - started
    cpu = used.ru_utime + used.ru_stime
    peak = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123  # pathlib is half of what this imports
        file.write(f'{{"wall_s": {wall:.6f}, "cpu_s": {cpu:.6f}, "peak_mb": {peak:.3f}}}')
    sys.exit(os.waitstatus_to_exitcode(status) and 1)


if __name__ == "__main__":
    main()
