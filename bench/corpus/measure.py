# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CPU time and peak memory of a command."""
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass
class Usage:
    status: int        # exit status; negative: the signal that ended it
    cpu: float         # seconds, user and system, children included
    wall: float        # seconds
    peak: float        # MiB, of the largest process
    timed_out: bool


def measure(command, timeout, cwd=None, stdout=None, stderr=None):
    """Runs a command in a process group of its own and says what it took.
    On time-out the whole group is killed."""
    began = time.time()
    process = subprocess.Popen(command, cwd=cwd, stdout=stdout, stderr=stderr,
                               start_new_session=True)
    expired = threading.Event()

    def kill():
        expired.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(timeout, kill)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(process.returncode, used.ru_utime + used.ru_stime,
                 time.time() - began, used.ru_maxrss / 1024,
                 expired.is_set())
