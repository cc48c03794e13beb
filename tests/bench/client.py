#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What libmsync adds to a round trip. See README.

usage: MSYNCD=./msyncd ROUNDTRIP=tests/bench/roundtrip client.py [--rounds N]
"""

import argparse
import os
import subprocess

from growth_tools import Daemon, cpus, die, machine, print_table

MOST = 1.15  # what the library's time is meant not to exceed, of the bare one


def roundtrip(daemon, *args):
    path = os.path.abspath(os.environ.get("ROUNDTRIP",
                                          "tests/bench/roundtrip"))
    if not os.path.exists(path):
        die(f"{path} is not there; build it, or say ROUNDTRIP=/path")
    done = subprocess.run(
        [path, daemon.socket, *map(str, args)], stdout=subprocess.PIPE,
        text=True, check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus()[1]))
    if done.returncode != 0:
        die("roundtrip failed")
    return {name: float(value) for name, value in
            (word.split("=") for word in done.stdout.split())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    print(f"{machine()}; medians of {args.rounds} rounds\n")
    with Daemon() as daemon:
        figures = roundtrip(daemon, args.rounds)
    print_table(
        ["acquire and release, two round trips", "µs"],
        [["libmsync", figures["library_us"]],
         ["write(2) and read(2)", figures["bare_us"]]])
    verdict = "reached" if figures["ratio"] <= MOST else "SHORT"
    print(f"ratio {figures['ratio']:.3f} (of single rounds "
          f"{figures['ratio_least']:.3f} to {figures['ratio_most']:.3f}); "
          f"wanted: at most {MOST}: {verdict}")


if __name__ == "__main__":
    main()
