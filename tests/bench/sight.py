#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What looking costs those who work: the daemon's processor time per request
of 1,000 clients over 100,000 keys, without anybody who looks and with one, in
turns; and the longest that the daemon works for a page of list, whatever is
asked for and however many keys there are. README.sight says more.

usage: sight.py [--rounds N] [--quick] [--only NAME] [--out DIR]
"""

import argparse
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import socket
import statistics
import struct
import subprocess
import sys
import termios
import threading

from growth_tools import (LIMIT_S, Control, Daemon, Rows, allow_files,
                          die, is_root, machine, open_crew, other_uid,
                          print_table)

CLIENTS = 1000
KEYS = 100000
SLICE_S = 1
MANY_KEYS = 1000000
MOST_RATIO = 1.10
MOST_PAGE_MS = 5
MISSING = "no key begins so"


# Who looks ------------------------------------------------------------------


class Looker(threading.Thread):
    """Does something of which others notice nothing, it is hoped, every so
    many seconds until it is stopped."""

    period_s = 1

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.control = Control(daemon)
        self.stopped = threading.Event()
        self.failure = None
        self.done = 0

    def run(self):
        try:
            self.begin()
            while True:
                self.look()
                self.done += 1
                if self.stopped.wait(self.period_s):
                    break
        except Exception as failure:  # told by stop(), where it is of use
            self.failure = failure

    def begin(self):
        pass

    def look(self):
        raise NotImplementedError

    def stop(self):
        self.stopped.set()
        self.join(LIMIT_S)
        self.control.__exit__()
        if self.failure or not self.done:
            die(f"{type(self).__name__} failed: {self.failure}")


class Nobody(Looker):
    """Shows how much two slices differ by themselves."""

    def look(self):
        pass


def ask_raw(control, op, **members):
    """The answer as a line. Taking it apart would cost the load generator its
    processor, and the daemon does more for a request when few come at once."""
    control.tell(op, **members)
    line = control.file.readline()
    if '"ok":true' not in line:
        raise ValueError(f"{op}: {line}")
    return line


class Stats(Looker):
    def look(self):
        ask_raw(self.control, "stats")


class Pages(Looker):
    """As a screen that shows the keys, ten pages of them."""

    asked = {"max": 1000}

    def look(self):
        members = dict(self.asked)
        for _ in range(10):
            page = ask_raw(self.control, "list", **members)
            found = re.search('"next":"([^"]*)"', page[-100:])
            if not found:
                break
            members["after"] = found[1]


class EmptyPages(Pages):
    """What is found nowhere has to be looked for everywhere."""

    asked = {"waiting": True, "prefix": MISSING}


class Watch(Looker):
    """Reads all it is told."""

    period_s = 0
    asked = {"max_per_s": 500}

    def begin(self):
        self.control.socket.settimeout(0.2)
        self.tell()
        self.buffer = bytearray(1 << 16)

    def tell(self):
        request = {"op": "watch", "events": ["granted", "waiting", "released",
                                             "lost", "refused"], **self.asked}
        self.control.socket.sendall(json.dumps(request).encode() + b"\n")

    def look(self):
        try:
            if self.control.socket.recv_into(self.buffer) == 0:
                raise EOFError("the daemon parted with a watch")
        except socket.timeout:
            pass


class FastWatch(Watch):
    """As much as is told unless asked otherwise: 10,000 events a second."""

    asked = {}


class StuckWatch(Watch):
    """Asks for everything there is, and never reads."""

    period_s = 1
    asked = {"max_per_s": 1000000}

    def look(self):
        pass


class Scrape(Looker):
    """As Prometheus, on a connection of its own."""

    def __init__(self, daemon):
        super().__init__(daemon)
        self.path = os.path.join(daemon.dir, "metrics")

    def look(self):
        page = b""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(self.path)
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: bench\r\n"
                               b"Accept: application/openmetrics-text\r\n"
                               b"Connection: close\r\n\r\n")
            while part := connection.recv(1 << 16):
                page += part
        if not page.endswith(b"# EOF\n"):
            raise ValueError("that is no page of metrics")


class Top(Looker):
    """msync top itself, on a terminal of 80 columns and 24 rows."""

    period_s = 0

    def begin(self):
        self.terminal, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [os.environ["MSYNC"], "-s", self.control.socket.getpeername(),
             "top", "-d", "1s"], stdin=theirs, stdout=theirs, stderr=theirs,
            env={**os.environ, "TERM": "screen", "LC_ALL": "C.UTF-8"})
        os.close(theirs)
        self.drawn = b""

    def look(self):
        if select.select([self.terminal], [], [], 0.2)[0]:
            self.drawn += os.read(self.terminal, 1 << 16)

    def stop(self):
        self.stopped.set()
        self.join(LIMIT_S)
        os.write(self.terminal, b"q")
        while self.process.poll() is None:
            with contextlib.suppress(OSError):  # EIO: it has let go of it
                self.look()
        os.close(self.terminal)
        if self.process.returncode != 0 or b"GRANTS/S" not in self.drawn:
            self.failure = f"it drew {self.drawn[-500:]}"
        super().stop()


# A row of the table each: a name, and who looks together.
LOOKERS = [
    ("nobody", [Nobody]),
    ("stats each second", [Stats]),
    ("scrape each second", [Scrape]),
    ("ten pages each second", [Pages]),
    ("ten empty pages each second", [EmptyPages]),
    ("msync top", [Top]),
    ("watch, 500 a second", [Watch]),
    ("watch, 10,000 a second", [FastWatch]),
    ("watch that never reads", [StuckWatch]),
    ("all of these but the fast watch",
     [Stats, Scrape, Pages, EmptyPages, Top, Watch, StuckWatch]),
]


class Work:
    """1,000 clients with a key each, while 99,000 others are held."""

    def __init__(self, daemon, slice_s):
        self.daemon = daemon
        self.busy = open_crew(daemon, CLIENTS)
        self.others = open_crew(daemon, 10, other_uid())
        self.others.do(f"hold lock {KEYS - CLIENTS} k-")
        figures = self.busy.do(f"busy {CLIENTS * 20}")
        self.n = int(slice_s * figures["n"] / figures["secs"])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.busy.__exit__(kind)
        self.others.__exit__(kind)

    def slice_ns(self):
        """Processor time of the daemon per request; two are an operation."""
        before = self.daemon.cpu_ns()
        figures = self.busy.do(f"busy {self.n}")
        return (self.daemon.cpu_ns() - before) / figures["n"] / 2

    def slice_beside(self, kinds):
        lookers = [kind(self.daemon) for kind in kinds]
        for looker in lookers:
            looker.start()
        cost = self.slice_ns()
        for looker in lookers:
            looker.stop()
        return cost


def measure_lookers(rows, rounds, slice_s, chosen):
    settings = 'metrics_socket = "{dir}/metrics"\n'
    with (Daemon(settings=settings) as daemon,
          Work(daemon, slice_s) as work):
        for number in range(rounds):
            for name, kinds in chosen[::-1 if number % 2 else 1]:
                alone, beside = work.slice_ns(), work.slice_beside(kinds)
                again = work.slice_ns()
                rows.add("lookers", name, "alone_ns", (alone + again) / 2)
                rows.add("lookers", name, "beside_ns", beside)
                rows.add("lookers", name, "ratio", 2 * beside / (alone + again))


def report_lookers(rows, chosen):
    """Prints the table; returns what is above the goal."""
    lines, above = [], []
    for name, _ in chosen:
        ratio = rows.median("lookers", name, "ratio")
        lines.append([name] + [rows.median("lookers", name, measure)
                               for measure in ("alone_ns", "beside_ns")] +
                     [f"{ratio:.3f}"])
        if ratio > MOST_RATIO:
            above.append(f"{name}: {ratio:.3f} of a request alone")
    print_table(["who looks", "CPU ns alone", "beside", "ratio"], lines)
    return above


# Pages ----------------------------------------------------------------------

# A row each: what is asked for, and how many pages are looked at at most.
QUERIES = [
    ("all", {"max": 1000}, 400),
    ("all, a key each", {"max": 1}, 400),
    ("of a kind", {"max": 1000, "kind": "pool"}, 400),
    ("with a prefix that all have", {"max": 1000, "prefix": "m"}, 400),
    ("with a prefix that none has", {"max": 1000, "prefix": MISSING}, 400),
    ("that somebody waits for", {"max": 1000, "waiting": True}, 400),
    ("waited for, none of that prefix",
     {"max": 1000, "waiting": True, "prefix": MISSING}, 400),
    ("one key", {"key": "m-lock0000001"}, 400),
]


def fill(daemon, n):
    """So many keys, a quarter of each kind and the same names for all; one of
    the locks has a queue. Returns the clients that have them."""
    clients = []
    kinds = ["lock", "limit", "flight", "pool"]
    with Control(daemon) as control:
        share = control.ask("hello")["limits"]["keys"]
    n = min(n, len(kinds) * share if is_root() else share * 9 // 10)
    for i, kind in enumerate(kinds):
        uid = other_uid() + 1 + i if is_root() else None
        clients.append(open_crew(daemon, 1, uid))
        clients[-1].do(f"hold {kind} {n // len(kinds)} m-{kind}")
    clients.append(open_crew(daemon, 10, multiplexed=True))
    clients[-1].do("wait 2000 m-lock0000001 3600000 7200000")
    return clients, n


def ask_page(daemon, control, members):
    """A page, and what the daemon worked for it in ms."""
    before = daemon.cpu_ns()
    page = control.ask("list", **members)
    return page, (daemon.cpu_ns() - before) / 1e6


def measure_pages(rows, n):
    with Daemon() as daemon, Control(daemon) as control:
        clients, n = fill(daemon, n)
        for name, asked, most in QUERIES:
            members = dict(asked)
            for _ in range(most):
                page, ms = ask_page(daemon, control, members)
                rows.add("pages", name, "cpu_ms", ms)
                rows.add("pages", name, "keys", len(page["keys"]))
                if "next" not in page:
                    break
                members["after"] = page["next"]
        for client in clients:
            client.process.kill()
            client.process.wait()
    return n


def report_pages(rows, n):
    lines, above = [], []
    for name, _, _ in QUERIES:
        costs = rows.rows[("pages", name, "cpu_ms")]
        lines.append([name, str(len(costs)), rows.median("pages", name, "keys"),
                      statistics.median(costs), max(costs)])
        if max(costs) > MOST_PAGE_MS:
            above.append(f"a page, {name}: {max(costs):.1f} ms")
    print(f"{n:,} keys, a quarter of each kind\n")
    print_table(["list", "pages", "keys in one", "CPU ms", "at most"], lines)
    return above


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true",
                        help="short slices, and a tenth of the keys")
    parser.add_argument("--only", default="",
                        help="rows whose name contains this")
    parser.add_argument("--out", default=".", help="where sight.tsv goes")
    return parser.parse_args()


def main():
    opts = options()
    allow_files(3 * CLIENTS)
    rows, above = Rows(), []
    print(f"{machine()}\n")
    chosen = [row for row in LOOKERS if opts.only in row[0]]
    if chosen:
        measure_lookers(rows, opts.rounds, SLICE_S / (5 if opts.quick else 1),
                        chosen)
        above += report_lookers(rows, chosen)
    if opts.only in "pages":
        n = measure_pages(rows, MANY_KEYS // (10 if opts.quick else 1))
        above += report_pages(rows, n)
    rows.write(os.path.join(opts.out, "sight.tsv"))
    for line in above:
        print(f"above the goal: {line}")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
