#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the cost of an operation, and the longest stall, grow with held keys,
waiters and connections. README.growth says what is measured and how.

usage: growth.py [--rounds N] [--quick] [--only AXIS] [--out DIR]
"""

import argparse
import os
import shutil
import subprocess
import sys

from growth_events import run_events
from growth_tools import (HERE, Control, Daemon, Probe, Rows, Uids, allow_files,
                          cpus, die, is_root, machine, open_crew, other_uid,
                          print_table)

KEYS = [10, 1000, 100000, 1000000]
# 100,000 is the most that one uid may have waiting; others wait besides.
WAITERS = [10, 1000, 100000 if is_root() else 90000]
CONNECTIONS = [10, 1000, 10000]
HELD = [10, 1000, 100000, 200000]
BUSY = 64          # connections, one request at a time each
BUSY_FEW = 16
WAITING = 10       # connections that the waiters share
KEY = "contended!"
MOST_RATIO = 1.5
MOST_STALL_MS = 5


class Load:
    """How much is done for a figure."""

    def __init__(self, quick):
        part = 10 if quick else 1
        self.operations = 200000 // part
        self.handovers = 40000 // part
        self.cancels = 50000 // part
        self.warm_up = 20000 // part


def note_cost(rows, axis, n, name, daemon, work):
    """Runs work, which returns a client's figures, and notes what an operation
    costs the daemon, and how long its answers took."""
    before = daemon.cpu_ns()
    figures = work()
    cpu = daemon.cpu_ns() - before
    rows.add(axis, n, f"{name}_cpu_ns", cpu / figures["n"])
    rows.add(axis, n, f"{name}_wall_ns", figures["secs"] * 1e9 / figures["n"])
    rows.add(axis, n, f"{name}_p99_us", figures["p99_us"])
    rows.add(axis, n, f"{name}_max_ms", figures["max_us"] / 1000)


class Crowd:
    """The clients that fill the daemon, a uid each."""

    def __init__(self, daemon, share):
        self.daemon = daemon
        self.uids = Uids(daemon, share)
        self.clients = {}
        self.sizes = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for client in self.clients.values():
            client.__exit__(kind)

    def grow(self, n, connections, command):
        """Brings the crowd to n in all; command makes the line for a client
        from what it has, and what it is to add. False: not allowed."""
        split = self.uids.split(n)
        if split is None:
            return False
        at_work = []
        for uid, size in split:
            if uid not in self.clients:
                self.clients[uid] = open_crew(self.daemon, connections, uid)
                self.sizes[uid] = 0
            more = size - self.sizes[uid]
            if more > 0:
                self.clients[uid].begin(command(uid, more))
                at_work.append(self.clients[uid])
                self.sizes[uid] = size
        for client in at_work:
            client.end()
        return True


# The axes ---------------------------------------------------------------


def grow_keys(rows, load):
    """Held keys: of other uids, while 64 connections take and release more."""
    with (Daemon() as daemon, open_crew(daemon, BUSY) as busy,
          Probe(daemon) as probe, Crowd(daemon, "keys") as crowd,
          Control(daemon) as control):
        busy.do(f"busy {load.warm_up}")
        for n in KEYS:
            probe.start()
            if not crowd.grow(n, 1, lambda uid, more:
                              f"hold lock {more} {(uid or 0) % 100:02d}-"):
                probe.stop()
                continue
            rows.add_stall("keys", n, "taking", probe.stop())
            note_cost(rows, "keys", n, "op", daemon,
                      lambda: busy.do(f"busy {load.operations}"))
        probe.start()
        for client in crowd.clients.values():
            client.begin("release lock")
        for client in crowd.clients.values():
            client.end()
        control.await_gauge("lock", "holds", 0)
        rows.add_stall("keys", rows.counts("keys")[-1], "releasing",
                       probe.stop())


def grow_own_keys(rows, load):
    """Keys that the busy connections hold themselves."""
    with Daemon() as daemon, open_crew(daemon, BUSY) as busy:
        busy.do(f"busy {load.warm_up}")
        held = 0
        for n in HELD:
            busy.do(f"hold lock {n - held} own")
            held = n
            note_cost(rows, "own_keys", n, "op", daemon,
                      lambda: busy.do(f"busy {load.operations}"))


def wait_for(waiters, n, shortest, longest):
    waiters.do(f"wait {n} {KEY} {shortest} {longest}")


def grow_waiters(rows, load):
    """Waiters for one key: what they cost others, cancels, hand-overs; all
    wait between ten minutes and a day."""
    for n in WAITERS:
        with (Daemon() as daemon, open_crew(daemon, BUSY) as busy,
              Control(daemon) as control, Probe(daemon) as probe,
              open_crew(daemon, WAITING, other_uid(), True) as waiters):
            busy.do(f"busy {load.warm_up}")
            control.ask("lock.acquire", key=KEY)
            probe.start()
            wait_for(waiters, n, 600000, 86400000)
            rows.add_stall("waiters", n, "coming", probe.stop())
            note_cost(rows, "waiters", n, "op", daemon,
                      lambda: busy.do(f"busy {load.operations}"))
            note_cost(rows, "waiters", n, "cancel", daemon,
                      lambda: waiters.do(f"cancel {load.cancels}"))

            def hand_over():
                waiters.begin(f"handover {load.handovers}")
                control.ask("lock.release", key=KEY)
                return waiters.end()
            note_cost(rows, "waiters", n, "handover", daemon, hand_over)


def come_due(daemon, uid, n, in_ms, spread_ms):
    """A crew with n waits that all end soon, but not before all have begun."""
    while in_ms < 60000:
        crew = open_crew(daemon, WAITING, uid, True)
        if crew.do(f"due {n} {KEY} {in_ms} {spread_ms}")["n"] == n:
            return crew
        crew.__exit__(None)
        in_ms *= 2
    die(f"this machine is too slow for {n} waits in {in_ms // 2} ms")


def grow_timeouts(rows, _):
    """Waits that end by themselves: a thousand within a second, behind n that
    do not; and n of them all at once."""
    for n in WAITERS:
        with (Daemon() as daemon, Control(daemon) as control,
              open_crew(daemon, WAITING, other_uid(), True) as waiters):
            control.ask("lock.acquire", key=KEY)
            wait_for(waiters, n, 600000, 86400000)
            with come_due(daemon, None, 1000, 250, 1000) as brief:
                note_cost(rows, "waiters", n, "timeout", daemon,
                          lambda crew=brief: crew.do("expire"))
        with (Daemon() as daemon, Control(daemon) as control,
              Probe(daemon) as probe):
            control.ask("lock.acquire", key=KEY)
            with come_due(daemon, other_uid(), n, 250 + n // 40, 0) as crew:
                probe.start()
                late = crew.do("expire")["max_us"] / 1000
                rows.add("waiters", n, "at_once_late_ms", late)
                rows.add_stall("waiters", n, "at_once", probe.stop())


def grow_connections(rows, load):
    """Idle connections beside 16 busy ones. 10,000 is the most that the
    daemon has, the busy ones and the probe included."""
    with (Daemon() as daemon, open_crew(daemon, BUSY_FEW) as busy,
          Probe(daemon) as probe, Crowd(daemon, "connections") as crowd):
        busy.do(f"busy {load.warm_up}")
        for n in CONNECTIONS:
            probe.start()
            idle = min(n, CONNECTIONS[-1] - BUSY_FEW - 1)
            fits = crowd.grow(idle, 0, lambda uid, more: f"open {more}")
            stall = probe.stop()
            if not fits:
                continue
            rows.add_stall("connections", n, "opening", stall)
            note_cost(rows, "connections", n, "op", daemon,
                      lambda: busy.do(f"busy {load.operations}"))


# What it comes to --------------------------------------------------------


def ratio(rows, axis, n, measure):
    cost, first = (rows.median(axis, i, measure)
                   for i in (n, rows.counts(axis)[0]))
    return cost / first if cost and first else None


def print_costs(rows, axis, name, title, stall=None, last="longest ms"):
    heads = [title, "CPU ns", "of first", "wall ns", "p99 µs", last]
    lines = []
    for n in rows.counts(axis):
        line = [f"{n:,}", rows.median(axis, n, f"{name}_cpu_ns"),
                ratio(rows, axis, n, f"{name}_cpu_ns")]
        line += [rows.median(axis, n, f"{name}_{what}")
                 for what in ("wall_ns", "p99_us", "max_ms")]
        if stall:
            line += [rows.median(axis, n, f"{stall}_stall_{what}")
                     for what in ("ms", "cpu_ms")]
        lines.append(line)
    if any(line[1] is not None for line in lines):
        print_table(heads + ([f"{stall}: stall ms", "its CPU ms"]
                             if stall else []), lines)


def print_stalls(rows, title, names):
    """names: what it is called in the rows; n may differ."""
    lines = [[title_of_line, f"{n:,}"] +
             [rows.median(axis, n, f"{name}_{what}")
              for what in ("stall_ms", "stall_cpu_ms")] +
             [rows.median(axis, n, "all_cpu_ms")]
             for title_of_line, axis, name in names
             for n in rows.counts(axis)
             if rows.median(axis, n, f"{name}_stall_ms") is not None]
    if lines:
        print_table([title, "n", "stall ms", "its CPU ms", "all CPU ms"],
                    lines)


def print_all(rows):
    print_costs(rows, "keys", "op", "held keys", "taking")
    print_costs(rows, "own_keys", "op", "held by the busy")
    print_costs(rows, "waiters", "op", "waiters, other keys", "coming")
    print_costs(rows, "waiters", "cancel", "waiters, cancel")
    print_costs(rows, "waiters", "handover", "waiters, hand-over")
    print_costs(rows, "waiters", "timeout", "waiters, timeout",
                last="latest ms")
    print_costs(rows, "connections", "op", "idle connections", "opening")
    known = {"keys", "own_keys", "waiters", "connections"}
    events = dict.fromkeys(a for a, _, _ in rows.rows if a not in known)
    print_stalls(rows, "single event",
                 [("all n keys are released", "keys", "releasing"),
                  ("n waits time out at once", "waiters", "at_once")] +
                 [(event, event, "event") for event in events])


def print_verdict(rows):
    """What grows too much."""
    for axis, n, measure in rows.rows:
        value = rows.median(axis, n, measure)
        if measure.endswith("_cpu_ns"):
            grown = ratio(rows, axis, n, measure)
            if grown and grown > MOST_RATIO:
                print(f"{axis}, n = {n:,}: {measure[:-7]} costs {grown:.2f} × "
                      f"what it costs at first")
        elif measure.endswith("_stall_cpu_ms") and value > MOST_STALL_MS:
            print(f"{axis}, n = {n:,}: {measure[:-13]} stalls {value:.1f} ms")
    print()


def plot(rows, folder):
    """growth.dat, a block for each line of the plot, and growth.png."""
    series = [("keys", "op_cpu_ns"), ("waiters", "op_cpu_ns"),
              ("waiters", "cancel_cpu_ns"), ("waiters", "handover_cpu_ns"),
              ("waiters", "timeout_cpu_ns"), ("connections", "op_cpu_ns"),
              ("keys", "taking_stall_cpu_ms"),
              ("waiters", "coming_stall_cpu_ms"),
              ("waiters", "at_once_stall_cpu_ms"),
              ("connections", "opening_stall_cpu_ms"),
              ("hang-up of one who holds n keys", "event_stall_cpu_ms"),
              ("hang-up of one with n waits", "event_stall_cpu_ms")]
    data = os.path.join(folder, "growth.dat")
    with open(data, "w", encoding="utf-8") as out:
        for axis, measure in series:
            out.write(f"# {axis} {measure}\n")
            points = [(n, rows.median(axis, n, measure))
                      for n in rows.counts(axis)]
            for n, value in points:
                if value is not None:
                    out.write(f"{n} {value:.6g}\n")
            if all(value is None for _, value in points):
                out.write("NaN NaN\n")
            out.write("\n\n")
    if not shutil.which("gnuplot"):
        print("no plot: gnuplot is not there")
        return
    png = os.path.join(folder, "growth.png")
    subprocess.run(["gnuplot", "-e", f"dat='{data}'; png='{png}'",
                    os.path.join(HERE, "growth.gp")], check=True)
    print(f"plot: {png}")


AXES = {"keys": grow_keys, "own_keys": grow_own_keys, "waiters": grow_waiters,
        "timeouts": grow_timeouts, "connections": grow_connections,
        "events": run_events}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true",
                        help="a tenth of the operations")
    parser.add_argument("--only", choices=AXES, action="append")
    parser.add_argument("--out", default=".", help="folder for the files")
    args = parser.parse_args()
    rows = Rows()
    allow_files(20000)
    os.makedirs(args.out, exist_ok=True)
    print(f"{machine()}; medians of {args.rounds} rounds\n", flush=True)
    # Who measures is part of the load, and not in the daemon's way.
    os.sched_setaffinity(0, cpus()[1])
    for number in range(args.rounds):
        for name in args.only or AXES:
            print(f"round {number + 1}: {name}", file=sys.stderr)
            AXES[name](rows, Load(args.quick))
    print_all(rows)
    print_verdict(rows)
    rows.write(os.path.join(args.out, "growth.tsv"))
    if not args.only:
        plot(rows, args.out)


if __name__ == "__main__":
    main()
