#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures msyncd against a bare server and Redis, and prints one table.

Every figure is the median of several rounds; in each round all servers are
measured in turn, so that a machine whose speed drifts does not favour one of
them. The server has one processor core, the load generator another. Each
measurement has a fresh server. See README in this folder.
"""

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the sources may be read-only

import bench_report  # noqa: E402
from bench_rows import INKERNEL, ROWS  # noqa: E402

START_LIMIT_S = 60
HANGS_S = 300  # longer than any measurement takes beyond its time
FIELDS = ("round", "row", "server", "rate", "cycles", "p50_us", "p90_us",
          "p99_us", "p99.9_us", "max_us", "cpu_us", "busy", "values",
          "megabytes", "splits", "least", "most")


def options():
    """What is to be measured; the environment gives defaults, for make."""
    env = os.environ
    build = env.get("builddir", ".")
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=Path, default=Path(build),
                        help="where msyncd and tests/bench are built")
    parser.add_argument("--msyncd", default=env.get("MSYNCD"),
                        help="another msyncd than that of the build")
    parser.add_argument("--out", type=Path,
                        default=Path(env.get("OUT", build)),
                        help="where bench.tsv, .txt and .png go")
    parser.add_argument("--rounds", type=int,
                        default=int(env.get("ROUNDS", "9")))
    parser.add_argument("--seconds", type=float,
                        default=float(env.get("SECONDS_PER", "0.8")),
                        help="for each figure of a round")
    parser.add_argument("--rows", default=env.get("ROWS", ""),
                        help="only rows that match this regular expression")
    parser.add_argument("--report", type=Path, metavar="TSV",
                        help="print the table of an earlier run")
    return parser.parse_args()


class Bench:
    """One run: where things are, and what has been measured so far."""

    def __init__(self, opts, scratch):
        self.opts = opts
        self.scratch = Path(scratch)
        self.load_core, self.server_core = sorted(os.sched_getaffinity(0))[:2]
        self.tools = opts.build / "tests" / "bench"
        self.msyncd = opts.msyncd or str(opts.build / "msyncd")
        self.redis = shutil.which("redis-server")
        self.results = []

    @contextlib.contextmanager
    def serving(self, argv, socket):
        """A server on its core; gives its process."""
        with open(self.scratch / "server.log", "wb") as log:
            server = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(
                    0, {self.server_core}))
        try:
            self.await_socket(server, socket)
            yield server
        finally:
            server.terminate()
            server.wait()
            socket.unlink(missing_ok=True)

    def await_socket(self, server, socket):
        """Until somebody listens there."""
        until = time.monotonic() + START_LIMIT_S
        while not listens(socket):
            if server.poll() is not None or time.monotonic() > until:
                log = (self.scratch / "server.log").read_text()
                sys.exit(f"bench: {server.args[0]} does not start\n{log}")
            os.sched_yield()

    def tool(self, name, *args):
        """Runs a program of ours; returns its figures."""
        cores = {self.load_core}
        if name == "inkernel":
            cores.add(self.server_core)
        done = subprocess.run(
            [self.tools / name, *map(str, args)], stdout=subprocess.PIPE,
            text=True, check=False, timeout=self.opts.seconds + HANGS_S,
            preexec_fn=lambda: os.sched_setaffinity(0, cores))
        if done.returncode != 0:
            sys.exit(f"bench: {name} {' '.join(map(str, args))} failed")
        return dict(pair.split("=") for pair in done.stdout.split())

    def load(self, row, peer, socket, server, *more):
        """The figures of one row with one server."""
        work = row.redis if peer == "redis" else row.work
        return self.tool("load", "-s", socket, "-P", peer, "-w", *work,
                         "-t", self.opts.seconds, "-p", server.pid, *more)

    def measure_msyncd(self, row):
        socket = self.scratch / "msyncd.sock"
        argv = [self.msyncd, "-s", socket]
        with self.serving(argv, socket) as server:
            return self.load(row, "msyncd", socket, server,
                             "-o", self.samples(row))

    def measure_echo(self, row):
        socket = self.scratch / "echo.sock"
        argv = [self.tools / "echo", "-s", socket, "-a", self.samples(row)]
        if row.followers:
            argv += ["-f", str(row.followers)]
        with self.serving(argv, socket) as server:
            return self.load(row, "echo", socket, server)

    def measure_redis(self, row):
        socket = self.scratch / "redis.sock"
        argv = [self.redis, "--port", "0", "--unixsocket", socket,
                "--save", "", "--appendonly", "no", "--dir", self.scratch]
        with self.serving(argv, socket) as server:
            return self.load(row, "redis", socket, server)

    def samples(self, row):
        """Where msyncd's answers are written down for the bare server."""
        return self.scratch / re.sub(r"\W+", "-", row.name)

    def add(self, number, row, server, figures):
        figures = {**figures, "round": number, "row": row, "server": server}
        self.results.append({f: str(figures.get(f, "")) for f in FIELDS})

    def do_row(self, number, row):
        """All servers; every second round the other way round."""
        servers = [("msyncd", self.measure_msyncd)]
        if row.has_echo:
            servers.append(("echo", self.measure_echo))
        if row.redis and self.redis:
            servers.append(("redis", self.measure_redis))
        # The first round has to get msyncd's answers for the bare server.
        if number % 2 == 0:
            servers.reverse()
        for name, measure in servers:
            self.add(number, row.name, name, measure(row))

    def do_inkernel(self, number):
        seconds = self.opts.seconds / 3
        for sort, processes in INKERNEL:
            figures = self.tool("inkernel", sort, "one", processes, seconds,
                                self.scratch)
            self.add(number, f"in the kernel, {processes}", sort, figures)

    def run(self):
        rows = [r for r in ROWS if re.search(self.opts.rows, r.name)]
        for number in range(1, self.opts.rounds + 1):
            for row in rows:
                progress(f"round {number} of {self.opts.rounds}: {row.name}")
                self.do_row(number, row)
            if re.search(self.opts.rows, "in the kernel"):
                progress(f"round {number}: in the kernel")
                self.do_inkernel(number)
        progress("")


def listens(socket):
    """Whether the kernel has a listener at this path."""
    table = Path("/proc/net/unix").read_text()
    # Flag 00010000 is that of a socket that accepts.
    return any(line.split()[3] == "00010000" and line.endswith(f" {socket}")
               for line in table.splitlines()[1:])


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def say_what_is_missing(bench):
    if not bench.redis:
        print("bench: no redis-server, so no column for it; on Debian: "
              "apt-get install redis-server", file=sys.stderr)
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"bench: the machine is not quiet (load {load}); "
              "do not trust the figures", file=sys.stderr)


def write_tsv(path, results):
    with open(path, "w", encoding="ascii") as file:
        print("\t".join(FIELDS), file=file)
        for result in results:
            print("\t".join(result[f] for f in FIELDS), file=file)


def read_tsv(path):
    with open(path, encoding="ascii") as file:
        names = file.readline().rstrip("\n").split("\t")
        return [dict(zip(names, line.rstrip("\n").split("\t")))
                for line in file]


def report(results, out):
    text = bench_report.table(results)
    print(text)
    (out / "bench.txt").write_text(text + "\n")
    why_not = bench_report.plot(results, out / "bench.png")
    plot = f"no plot: {why_not}" if why_not else f"a plot: {out}/bench.png"
    print(f"\nAll rounds: {out}/bench.tsv; {plot}")


def main():
    opts = options()
    if opts.report:
        report(read_tsv(opts.report), opts.report.parent)
        return
    opts.out.mkdir(parents=True, exist_ok=True)
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("bench: the server and the load need a core each")
    with tempfile.TemporaryDirectory(prefix="msyncd-bench.") as scratch:
        bench = Bench(opts, scratch)
        say_what_is_missing(bench)
        began = time.monotonic()
        bench.run()
    write_tsv(opts.out / "bench.tsv", bench.results)
    print(bench_report.machine(bench.msyncd, bench.redis))
    print(f"{opts.rounds} rounds, {opts.seconds} s for each figure; "
          f"took {time.monotonic() - began:.0f} s\n")
    report(bench.results, opts.out)


if __name__ == "__main__":
    main()
