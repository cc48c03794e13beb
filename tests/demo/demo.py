#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The demonstration: real processes do real work, with and without msyncd.

Every figure comes from a witness that does not ask msyncd: files, shared
memory, the kernel.  The exit status is 0 only if every promise was kept; 1
if one was not, with a sentence that says which and how; 2 on wrong usage.
"""

import argparse
import os
import signal
import sys
import tempfile
import time

# The source folder may be read-only, and should stay clean in any case.
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import calls
import deposits
import jobs
import ports
import report
import takeover
from crew import Broken
from msyncclient import Client, Refused

PARTS = {"a": report, "b": deposits, "c": calls, "d": jobs, "e": ports,
         "f": takeover}
ROW = "%-2s %-35s %-25s %-27s %s"


class Stage:
    """Where it plays: a socket, a folder, and keys of this run alone."""

    def __init__(self, path, folder):
        self._path = path
        self._folder = folder
        self._run = "demo-%d-%x" % (os.getpid(), time.time_ns())

    def client(self):
        """A connection of this process's own."""
        return Client(self._path)

    def file(self, name):
        """A path in the folder."""
        return os.path.join(self._folder, name)

    def key(self, *parts):
        """A key that no other run uses."""
        return ".".join([self._run, *map(str, parts)])


def attempt(part, stage):
    """Play one part: its figures, and the reason if it failed."""
    try:
        return part.play(stage), None
    except (Broken, Refused, OSError) as error:
        return ("-", "-"), str(error)


def play(stage, letters):
    """Play the parts, print their rows, return the failures."""
    failures = []
    print(ROW % ("", "real work, real processes", "with msyncd",
                 "without msyncd", "kept"), flush=True)
    for letter in letters:
        part = PARTS[letter]
        # A terminal shows what is going on before the figures are there.
        if sys.stdout.isatty():
            print("%-2s %s ...\r" % (letter, part.TITLE), end="", flush=True)
        figures, failure = attempt(part, stage)
        kept = "NO" if failure else "yes"
        print(ROW % (letter, part.TITLE, *figures, kept), flush=True)
        if failure:
            failures.append("(%s) %s: %s" % (letter, part.TITLE, failure))
    return failures


def which(text):
    """The letters of the parts to play."""
    if not text or set(text) - set(PARTS):
        raise argparse.ArgumentTypeError("parts are %s" % "".join(PARTS))
    return sorted(set(text))


def main():
    """Play all, or what was asked for; 0 if every promise was kept."""
    parser = argparse.ArgumentParser(description="Demonstrates msyncd.")
    parser.add_argument("--socket", required=True, metavar="PATH",
                        help="where a msyncd listens")
    parser.add_argument("--only", type=which, default="".join(PARTS),
                        metavar="LETTERS", help="some of the parts a to f")
    args = parser.parse_args()

    # So that the processes are ended too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="msyncd-demo-") as folder:
        stage = Stage(args.socket, folder)
        try:
            client = stage.client()
            client.call("ping")
            client.close()
        except (OSError, Refused) as error:
            sys.exit("demo: cannot talk to msyncd at %s: %s"
                     % (args.socket, getattr(error, "strerror", error)))
        failures = play(stage, args.only)
    print("%d of %d promises kept, %.0f s" % (
        len(args.only) - len(failures), len(args.only),
        time.monotonic() - begin), flush=True)
    for failure in failures:
        print("demo: FAILED: " + failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
