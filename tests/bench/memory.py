#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a connection, a held key, a waiter and a pooled object cost in memory,
and what stays after a peak. README.growth says how it is measured.

usage: memory.py [--quick] [--out DIR]
"""

import argparse
import os

from growth_tools import (Control, Daemon, Rows, Uids, allow_files, die,
                          is_root, machine, open_crew, other_uid, print_table)

KEY = "contended!"
NOISE_BYTES = 16
LONG = "600000 86400000"  # ms: the shortest and the longest wait
VALUE_BYTES = 900 * 1024
N_VALUES = 60             # within the bytes that one uid may keep


class Sizes:
    def __init__(self, quick):
        part = 10 if quick else 1
        self.connections = 9000 // part
        self.things = 200000 // part
        self.waits = 100000 // part  # as many as one uid may have
        self.peak_keys = 1000000 // part


def anon(daemon):
    return daemon.status("RssAnon")


# What one of them costs --------------------------------------------------


def slabs():
    """{cache of the kernel: bytes in use}; None where we may not look."""
    try:
        with open("/proc/slabinfo", encoding="ascii") as info:
            lines = info.read().splitlines()[2:]
    except PermissionError:
        return None
    return {words[0]: int(words[1]) * int(words[3])
            for words in (line.split() for line in lines)}


def note_kernel(rows, before, after, n):
    """One end's part. Both ends are here, and have the same: a socket, and a
    place in one epoll set."""
    if before is None or after is None:
        return
    for name, size in after.items():
        each = (size - before.get(name, 0)) / n / 2
        rows.add("connection", n, "kernel " + name, each)


def sum_kernel(rows, n):
    """The sum of the caches' smallest figures. What differs much from one time
    to the next, or is small, is the noise of others."""
    own = 0
    for key in [key for key in rows.rows if key[2].startswith("kernel ")]:
        sizes = rows.rows[key]
        if min(sizes) >= NOISE_BYTES and max(sizes) < 2 * min(sizes):
            rows.rows[key] = [min(sizes)]
            own += min(sizes)
        else:
            del rows.rows[key]
    if own:
        rows.add("connection", n, "kernel", own)


def weigh_connections(rows, n):
    """The others on this machine use the kernel, too: five times."""
    if not is_root():
        n //= 2  # one uid has 5,000
    for _ in range(5):
        weigh_crowd(rows, n)
    sum_kernel(rows, n)


def weigh_crowd(rows, n):
    with Daemon() as daemon, Control(daemon) as control:
        split = Uids(daemon, "connections").split(n)
        with open_crew(daemon, 10):  # so that what all have is there
            pass
        control.await_connections(1)
        before, kernel = anon(daemon), slabs()
        crews = [open_crew(daemon, size, uid) for uid, size in split]
        control.await_connections(1 + n)
        note_kernel(rows, kernel, slabs(), n)
        rows.add("connection", n, "user", (anon(daemon) - before) / n)
        for crew in crews:
            crew.__exit__(None)


def weigh_holds(rows, n, kind, name, stays=False):
    """Keys of ten bytes; stays: let go, for what remains then."""
    with Daemon() as daemon, open_crew(daemon, 4) as crew:
        crew.do(f"hold {kind} 100 own")
        crew.do(f"release {kind}")
        before = anon(daemon)
        crew.do(f"hold {kind} {n} abc")
        if stays:
            crew.do(f"release {kind}")
        rows.add(name, n, "user", (anon(daemon) - before) / n)


def weigh_waiters(rows, n, waits, name):
    with (Daemon() as daemon, Control(daemon) as control,
          open_crew(daemon, 10, other_uid(), True) as crew):
        control.ask("lock.acquire", key=KEY)
        crew.do(f"wait 100 {KEY} {waits}")
        before = anon(daemon)
        crew.do(f"wait {n - 100} {KEY} {waits}")
        rows.add(name, n, "user", (anon(daemon) - before) / (n - 100))


# What stays after a peak --------------------------------------------------


class Peak:
    """Notes how much there is before, at and after a peak."""

    def __init__(self, rows, daemon, name, n):
        self.rows, self.daemon, self.name, self.n = rows, daemon, name, n
        self.note("before")

    def note(self, when):
        self.rows.add("peak: " + self.name, self.n, when,
                      anon(self.daemon) / 1e6)


def peak_keys(rows, n):
    """One key, taken first, is held all the time."""
    with Daemon() as daemon, Control(daemon) as control:
        split = Uids(daemon, "keys").split(n)
        if split is None:
            return peak_keys(rows, n // 5)
        crews = [open_crew(daemon, 1, uid) for uid, _ in split]
        control.ask("lock.acquire", key="stays")
        peak = Peak(rows, daemon, "held keys", n)
        for crew, (uid, size) in zip(crews, split):
            crew.do(f"hold lock {size} {(uid or 0) % 100:02d}-")
        peak.note("peak")
        for crew in crews:
            crew.do("release lock")
        peak.note("one left")
        control.ask("lock.release", key="stays")
        peak.note("after")
        for crew in crews:
            crew.__exit__(None)


def peak_waits(rows, n):
    with (Daemon() as daemon, Control(daemon) as control,
          open_crew(daemon, 10, other_uid(), True) as crew):
        control.ask("lock.acquire", key=KEY)
        peak = Peak(rows, daemon, "waits", n)
        crew.do(f"wait {n} {KEY} {LONG}")
        peak.note("peak")
        crew.do("close")
        control.await_gauge("lock", "waits", 0)
        control.await_connections(1)
        peak.note("after")


def peak_connections(rows, n):
    with Daemon() as daemon, Control(daemon) as control:
        split = Uids(daemon, "connections").split(n)
        if split is None:
            return peak_connections(rows, n // 2)
        peak = Peak(rows, daemon, "connections", n)
        crews = [open_crew(daemon, size, uid) for uid, size in split]
        peak.note("peak")
        for crew in crews:
            crew.do("close")
            crew.__exit__(None)
        control.await_connections(1)
        peak.note("after")


def peak_values(rows):
    with Daemon() as daemon, Control(daemon) as control:
        control.ask("pool.set", key="values", capacity=N_VALUES)
        peak = Peak(rows, daemon, "values of 900 KiB", N_VALUES)
        for _ in range(N_VALUES):
            control.ask("pool.get", key="values")
        for _ in range(N_VALUES):
            control.ask("pool.put", key="values", value="x" * VALUE_BYTES)
        peak.note("peak")
        for _ in range(N_VALUES):
            if control.ask("pool.get", key="values")["create"]:
                die("an object is missing")
            control.ask("pool.drop", key="values")
        peak.note("after")


# What it comes to ---------------------------------------------------------


def print_all(rows):
    things = list(dict.fromkeys(axis for axis, _, _ in rows.rows
                                if not axis.startswith("peak")))
    print_table(["one", "n", "user space, bytes", "kernel, bytes"],
                [[thing, f"{n:,}", rows.median(thing, n, "user"),
                  rows.median(thing, n, "kernel")]
                 for thing in things for n in rows.counts(thing)])
    for axis, n, measure in rows.rows:
        if axis == "connection" and measure.startswith("kernel "):
            size = rows.median(axis, n, measure)
            print(f"  {measure}: {size:.0f} bytes a connection")
    if not is_root():
        print("  the kernel's share: only root may look")
    print()
    peaks = list(dict.fromkeys(axis for axis, _, _ in rows.rows
                               if axis.startswith("peak")))
    print_table(["MB", "n", "before", "peak", "one left", "after"],
                [[peak, f"{n:,}"] + [rows.median(peak, n, when) for when in
                                     ("before", "peak", "one left", "after")]
                 for peak in peaks for n in rows.counts(peak)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of each")
    parser.add_argument("--out", default=".", help="folder for the file")
    args = parser.parse_args()
    sizes, rows = Sizes(args.quick), Rows()
    allow_files(20000)
    os.makedirs(args.out, exist_ok=True)
    print(f"{machine()}\n", flush=True)
    weigh_connections(rows, sizes.connections)
    for kind, name in (("lock", "held lock"),
                       ("leased", "held lock with a lease"),
                       ("limit", "permit of a limit of its own"),
                       ("flight", "lead of a flight"),
                       ("pool", "object being created, a pool of its own")):
        weigh_holds(rows, sizes.things, kind, name)
    weigh_holds(rows, sizes.things, "object", "idle object of one pool", True)
    weigh_holds(rows, sizes.things, "kept", "kept result", True)
    weigh_waiters(rows, sizes.waits, "-1 -1", "waiter")
    weigh_waiters(rows, sizes.waits, LONG, "waiter with wait_ms")
    peak_keys(rows, sizes.peak_keys)
    peak_waits(rows, sizes.waits)
    peak_connections(rows, sizes.connections)
    peak_values(rows)
    print_all(rows)
    rows.write(os.path.join(args.out, "memory.tsv"))


if __name__ == "__main__":
    main()
