#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instructions and system calls of the daemon per operation, counted by
callgrind, against a record. See check-speed.sh and README.growth.

usage: speed.py [--record] [--expected FILE] [OPERATION...]
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

from growth_tools import (HERE, Control, Daemon, daemon_command, die,
                          print_table)

ALLOWED = 0.10
SHORT, LONG = 200, 1200  # operations of the two runs of each
SHOWN = 8                # functions, where something has grown
LEAST = 0.01             # of all, for a function to be recorded
TOTAL = ("instructions", "system calls")
CALL = "system call "    # before the name of the function that makes it
# System calls only under valgrind; else they read a page of the kernel's.
CLOCKS = re.compile("gettimeofday|clock_gettime")
VALUE = "x" * 100

# Each operation: its requests, always the same, one after the other.
OPERATIONS = {
    "ping": [("ping", {})],
    "lock": [("lock.acquire", {"key": "speed:lock"}),
             ("lock.release", {"key": "speed:lock"})],
    "limit": [("limit.borrow", {"key": "speed:limit", "capacity": 10}),
              ("limit.return", {"key": "speed:limit"})],
    "try_borrow": [("limit.try_borrow", {"key": "speed:try", "capacity": 10}),
                   ("limit.return", {"key": "speed:try"})],
    "flight": [("flight.begin", {"key": "speed:flight"}),
               ("flight.finish", {"key": "speed:flight", "value": VALUE})],
    "pool": [("pool.get", {"key": "speed:pool", "capacity": 10}),
             ("pool.put", {"key": "speed:pool", "value": VALUE})],
    # By two connections, see hand_over.
    "hand-over": [("lock.release", {"key": "speed:handed"}),
                  ("lock.acquire", {"key": "speed:handed"})],
}
MOST_CALLS = {"hand-over": 5}  # system calls, whatever the record says


# Counting -----------------------------------------------------------------


class Profile:
    """Callgrind's file: "fn=(id) name", then lines of a position and what was
    spent there. A line after "calls=" is what a called function has spent.
    costs: the functions' own instructions and system calls, and both sums."""

    def __init__(self, path):
        self.names = {}
        self.costs = collections.Counter()
        self.library = self.callee_library = ""
        with open(path, encoding="utf-8") as lines:
            self.read(lines)

    def name(self, number, name, library):
        """Recursion counts and addresses of nameless functions are no names."""
        if name:
            is_address = name.startswith("0x") or name == "???"
            self.names[number] = f"({library})" if is_address else \
                re.sub(r"'\d+$", "", name)
        return self.names[number]

    def library_name(self, number, path):
        if path:
            self.names["ob" + number] = os.path.basename(path)
        return self.names["ob" + number]

    def spend(self, function, words):
        counts = [int(word) for word in words[1:3]] + [0, 0]  # zeros are cut
        self.costs[function] += counts[0]
        self.costs[TOTAL[0]] += counts[0]
        if counts[1] and not CLOCKS.search(function):
            self.costs[TOTAL[1]] += counts[1]
            self.costs[CALL + function] += counts[1]

    def read(self, lines):
        function, is_call = None, False
        for line in lines:
            named = re.match(r"(c?fn|c?ob)=\((\d+)\)(?: (.*))?", line)
            if named:
                what, number, text = named.groups()
                if what == "ob":
                    self.library = self.library_name(number, text)
                elif what == "cob":
                    self.callee_library = self.library_name(number, text)
                elif what == "fn":
                    function = self.name(number, text, self.library)
                else:
                    self.name(number, text,
                              self.callee_library or self.library)
                    self.callee_library = ""
            elif line.startswith("calls="):
                is_call = True
            elif re.match(r"[\d+*-]", line):
                if not is_call:
                    self.spend(function, line.split())
                is_call = False


def one_by_one(daemon, requests, n):
    """Each request waits for the answer to the one before."""
    with Control(daemon) as control:
        for _ in range(n):
            for op, members in requests:
                control.ask(op, **members)


def hand_over(daemon, requests, n):
    """A lock goes from one connection to the other and back: who has it
    releases it and asks again, and the other one gets it."""
    (release, acquire) = requests
    with Control(daemon) as holder, Control(daemon) as waiter:
        holder.ask(acquire[0], **acquire[1])
        waiter.tell(acquire[0], **acquire[1])
        waiter.ask("ping")  # so it waits
        for _ in range(n):
            holder.tell_many([release, acquire])
            holder.hear_many(1)
            waiter.hear_many(1)
            holder, waiter = waiter, holder


def run(operation, n):
    """The costs of a run in which the requests are done n times."""
    work = hand_over if operation == "hand-over" else one_by_one
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "profile")
        valgrind = ("valgrind", "-q", "--tool=callgrind",
                    "--collect-systime=yes", f"--callgrind-out-file={path}")
        with Daemon(valgrind, pin=False) as daemon:
            work(daemon, OPERATIONS[operation], n)
        return Profile(path).costs


def count(operation):
    """What one operation costs: by how much the long run costs more."""
    short, long = run(operation, SHORT), run(operation, LONG)
    return {name: (long[name] - short[name]) / (LONG - SHORT)
            for name in long if long[name] != short[name]}


# The record ---------------------------------------------------------------


def words_of(command, pattern):
    """What the pattern finds in the command's output."""
    result = subprocess.run(command, capture_output=True, text=True,
                            check=False)
    found = re.search(pattern, result.stdout)
    return found[1].strip() if found else "not known"


def conditions():
    """What the figures depend on, apart from the sources: the compiler and
    its flags, as the debugging information has them, and what is linked."""
    daemon = os.path.realpath(daemon_command())
    linked = subprocess.run(["ldd", daemon], capture_output=True, text=True,
                            check=False).stdout
    libraries = sorted(os.path.basename(os.path.realpath(path))
                       for path in re.findall(r"=> (/\S+)", linked))
    return {
        "compiler": words_of(["readelf", "--debug-dump=info", daemon],
                             r"DW_AT_producer.*: ((?:GNU C|clang|Debian clang)"
                             r".*)"),
        "libraries": " ".join(libraries) + ", libc " +
                     words_of(["ldd", "--version"], r"ldd (.*)"),
        "valgrind": words_of(["valgrind", "--version"], r"(.*)"),
    }


def write_record(path, figures):
    with open(path, "w", encoding="utf-8") as out:
        out.write("# SPDX-License-Identifier: MIT\n"
                  "# Per operation: instructions and system calls of the "
                  "daemon, then the\n# instructions of each function itself."
                  " Written by check-speed.sh --record.\n")
        for name, text in conditions().items():
            out.write(f"# {name}: {text}\n")
        for operation, costs in figures.items():
            total = costs[TOTAL[0]]
            for name in TOTAL:
                out.write(f"{operation}\t{name}\t{costs.get(name, 0):.1f}\n")
            for name, cost in sorted(costs.items(), key=lambda x: -x[1]):
                # Hanging up takes a call more or less.
                least = 0.05 if name.startswith(CALL) else LEAST * total
                if name not in TOTAL and cost >= least:
                    out.write(f"{operation}\t{name}\t{cost:.1f}\n")


def read_record(path):
    """(conditions, {operation: costs})"""
    if not os.path.exists(path):
        die(f"{path} is not there; make one with --record")
    found, figures = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# "):
                name, _, text = line[2:].rstrip("\n").partition(": ")
                found[name] = text
            elif line.strip():
                operation, name, cost = line.rstrip("\n").split("\t")
                figures.setdefault(operation, {})[name] = float(cost)
    return found, figures


# The verdict --------------------------------------------------------------


def note_other_conditions(recorded):
    is_other = False
    for name, here in conditions().items():
        if recorded.get(name) != here:
            is_other = True
            print(f"The record is for another {name}:\n"
                  f"  recorded  {recorded.get(name)}\n  here      {here}")
    if is_other:
        print("So a difference may be due to that, not to the sources.\n")


def growth_of(name, now, before):
    """A function that is not recorded was at most too small for that."""
    is_call = name.startswith(CALL)
    least = 0 if is_call else LEAST * before[TOTAL[0]]
    return now[name] - before.get(name, least)


def show_growth(operation, now, before):
    """Where it went: what costs more than recorded."""
    grown = sorted(((growth_of(name, now, before), name) for name in now
                    if name not in TOTAL), reverse=True)
    calls = [row for row in grown if row[1].startswith(CALL) and row[0] > 0.1]
    others = [row for row in grown if not row[1].startswith(CALL) and
              row[0] >= 1]
    print(f"{operation}: where it went (instructions are those of the "
          "function itself)")
    print_table(["", "recorded", "now", "more"],
                [[name, before.get(name), now[name], more]
                 for more, name in calls + others[:SHOWN]])


def compare(figures, recorded):
    """Prints the table; the operations that cost too much, and how much."""
    lines, worse = [], []
    for operation, now in figures.items():
        before = recorded.get(operation, {})
        line = [operation, str(len(OPERATIONS[operation]))]
        for name in TOTAL:
            cost, was = now.get(name, 0), before.get(name)
            growth = cost / was - 1 if was else None
            if growth is not None and growth >= ALLOWED:
                worse.append((operation, name, cost, was))
            line += [was, cost, "–" if growth is None else
                     f"{round(growth * 100, 1) + 0.0:+.1f} %"]
        lines.append(line)
    print_table(["operation", "requests", "recorded", "instructions", "",
                 "recorded", "system calls", ""], lines)
    return worse


def judge(figures, path):
    other, recorded = read_record(path)
    note_other_conditions(other)
    worse = compare(figures, recorded)
    missing = [name for name in figures if name not in recorded]
    if missing:
        die(f"not recorded: {', '.join(missing)}")
    for operation in dict.fromkeys(row[0] for row in worse):
        show_growth(operation, figures[operation], recorded[operation])
    for operation, name, cost, was in worse:
        print(f"{operation}: {cost:,.1f} {name} instead of {was:,.1f}, "
              f"{(cost / was - 1) * 100:+.1f} %; less than "
              f"{ALLOWED * 100:+.0f} % is allowed")
    for operation, most in MOST_CALLS.items():
        calls = figures.get(operation, {}).get(TOTAL[1], 0)
        if calls > most:
            print(f"{operation}: {calls:.1f} system calls; {most} are the "
                  "most that it may cost")
            worse.append(operation)
    return 1 if worse else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--record", action="store_true",
                        help="write the record")
    parser.add_argument("--expected", metavar="FILE",
                        default=os.path.join(HERE, "speed.expected"))
    parser.add_argument("operations", nargs="*", metavar="OPERATION",
                        help=f"of {', '.join(OPERATIONS)}; else all")
    args = parser.parse_args()
    for name in args.operations:
        if name not in OPERATIONS:
            die(f"there is no operation {name}")
    figures = {name: count(name)
               for name in args.operations or OPERATIONS}
    if not args.record:
        sys.exit(judge(figures, args.expected))
    if args.operations:
        die("a record is of all operations")
    write_record(args.expected, figures)
    print(f"recorded: {args.expected}")


if __name__ == "__main__":
    main()
