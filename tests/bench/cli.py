#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `msync lock k -- true` costs beside `flock f true`: whole processes,
started in turns, so that what else the machine does hits both alike. Prints
the medians of ROUNDS rounds of RUNS runs each, and their ratio."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 15
RUNS = 50


def run(command):
    """Milliseconds for one run, the mean of RUNS."""
    begin = time.perf_counter()
    for _ in range(RUNS):
        pid = os.posix_spawnp(command[0], command, os.environ)
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit("%s failed" % " ".join(command))
    return (time.perf_counter() - begin) / RUNS * 1000


def main():
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "socket")
        os.environ["MSYNC_SOCKET"] = socket
        daemon = subprocess.Popen(
            [os.environ["MSYNCD"], "-s", socket],
            stderr=subprocess.PIPE, text=True)
        while "event=ready" not in daemon.stderr.readline():
            if daemon.poll() is not None:
                sys.exit("the daemon did not start")
        commands = {
            "flock": ["flock", os.path.join(folder, "file"), "true"],
            "msync": [os.environ["MSYNC"], "lock", "k", "--", "true"],
        }
        rounds = {name: [] for name in commands}
        for number in range(ROUNDS):
            names = sorted(commands, reverse=number % 2)
            for name in names:
                rounds[name].append(run(commands[name]))
        daemon.terminate()
        daemon.wait()
    middle = {name: statistics.median(of) for name, of in rounds.items()}
    print("flock f true            %.3f ms" % middle["flock"])
    print("msync lock k -- true    %.3f ms" % middle["msync"])
    print("ratio                   %.2f (wanted: at most 1.25)"
          % (middle["msync"] / middle["flock"]))


if __name__ == "__main__":
    main()
