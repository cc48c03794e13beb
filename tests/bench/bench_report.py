# SPDX-License-Identifier: MIT
"""Medians and ratios of a run: as a table, and as a plot."""

import platform
import shutil
import statistics
import subprocess
import textwrap
from pathlib import Path

from bench_rows import GOALS, INKERNEL, ROWS


class Medians:
    """The figures of a run, by row, server and name."""

    def __init__(self, results):
        self.values = {}
        for result in results:
            for name, text in result.items():
                if text and name not in ("round", "row", "server"):
                    where = (result["row"], result["server"], name)
                    self.values.setdefault(where, []).append(float(text))

    def all(self, row, server, name):
        """The figures of all rounds; the bare server may lend them."""
        if server == "echo" and row.echo_row:
            return self.values.get((row.echo_row, server, name), [])
        return self.values.get((row.name, server, name), [])

    def get(self, row, server, name):
        values = self.all(row, server, name)
        return statistics.median(values) if values else None

    def ratio(self, row, peer, name):
        ours = self.get(row, "msyncd", name)
        theirs = self.get(row, peer, name)
        return ours / theirs if ours and theirs else None


def machine(msyncd, redis):
    """What it was measured on."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    models = [line.split(":", 1)[1].strip()
              for line in cpuinfo.splitlines()
              if line.startswith("model name")]
    lines = [f"{models[0] if models else platform.machine()}, "
             f"{cpuinfo.count('processor')} cores, "
             f"Linux {platform.release()}",
             version_of([msyncd, "--version"])]
    if redis:
        lines.append(version_of([redis, "--version"]))
    return "\n".join(lines)


def version_of(argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    return " ".join(done.stdout.split()[:3])


# The table ---------------------------------------------------------

def count(value):
    """1234567 as 1,234,567."""
    return "-" if value is None else f"{value:,.0f}"


def fixed(value, digits=2):
    return "-" if value is None else f"{value:,.{digits}f}"


def layout(head, rows):
    """Columns, the first to the left."""
    cells = [head, *rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                  for i, (text, width) in enumerate(zip(line, widths))
                  ).rstrip() for line in cells)


def rates(medians):
    lines = []
    for row in ROWS:
        ours = medians.get(row, "msyncd", row.figure)
        if ours is None:
            continue
        mark = "*" if row.echo_row else ""
        lines.append((
            row.name, count(ours),
            count(medians.get(row, "echo", row.figure)) + mark,
            count(medians.get(row, "redis", row.figure)),
            fixed(medians.ratio(row, "echo", row.figure)) + mark,
            fixed(medians.ratio(row, "redis", row.figure)),
            fixed(medians.get(row, "msyncd", "p50_us"), 0),
            fixed(medians.get(row, "msyncd", "p99_us"), 0),
            fixed(medians.get(row, "msyncd", "cpu_us")),
            fixed(medians.get(row, "echo", "cpu_us")) + mark,
            fixed(medians.get(row, "msyncd", "busy"))))
    head = ("requests/s", "msyncd", "echo", "redis", "/echo", "/redis",
            "p50 us", "p99 us", "cpu us", "echo's", "busy")
    notes = ("connect + lock + close: connections/s. "
             "* the bare server at one connection.")
    return layout(head, lines) + "\n" + notes if lines else ""


def deliveries(medians):
    lines = []
    for row in ROWS:
        ours = medians.get(row, "msyncd", "megabytes")
        if ours is None:
            continue
        lines.append((
            row.name, count(medians.get(row, "msyncd", "values")),
            count(medians.get(row, "echo", "values")),
            fixed(ours, 1), fixed(medians.get(row, "echo", "megabytes"), 1),
            fixed(medians.ratio(row, "echo", "megabytes")),
            fixed(medians.get(row, "msyncd", "p50_us"), 0),
            fixed(medians.get(row, "msyncd", "max_us"), 0)))
    head = ("values delivered", "msyncd/s", "echo/s", "MB/s", "echo MB/s",
            "/echo", "p50 us", "max us")
    return layout(head, lines) if lines else ""


def inkernel(medians):
    names = {"flock": "flock(2)", "futex": "futex semaphore, barging",
             "ticket": "futex queue, first in first out"}
    sizes = sorted({n for _, n in INKERNEL})
    lines = []
    for sort, name in names.items():
        values = [medians.values.get((f"in the kernel, {n}", sort, "rate"))
                  for n in sizes]
        if not all(values):
            return ""
        lines.append((name, *(count(statistics.median(v)) for v in values)))
    head = ("one lock, requests/s", "alone",
            *(f"{n} processes" for n in sizes[1:]))
    return layout(head, lines)


def goals(medians):
    rows = {row.name: row for row in ROWS}
    lines = []
    for goal in GOALS:
        ratio = medians.ratio(rows[goal.row], goal.peer, goal.figure)
        if ratio is not None:
            lines.append((f"{goal.row}: of {goal.peer}", fixed(ratio),
                          fixed(goal.least),
                          "reached" if ratio >= goal.least else "SHORT"))
    head = ("goals (ratios)", "is", "wanted", "")
    return layout(head, lines) if lines else ""


def table(results):
    """All tables of a run."""
    medians = Medians(results)
    parts = (rates(medians), deliveries(medians), inkernel(medians),
             goals(medians))
    return "\n\n".join(part for part in parts if part)


# The plot ----------------------------------------------------------

PLOT = """
set terminal pngcairo size 1500,1100 font "sans,11" background "white"
set output "{png}"
set style fill solid 0.9 noborder
set style data histograms
set style histogram errorbars gap 1.2 lw 1.2
set errorbars 0.4 front linecolor rgb "#333333"
set grid ytics lt 1 lc rgb "#dddddd"
set border 3 lc rgb "#666666"
set tics nomirror
set xtics scale 0 font ",9.5"
set logscale y
set key top left horizontal
set lmargin 10
set rmargin 3
set bmargin 6
{data}
set multiplot layout 2,1
set format y "%.0s%c"
set title "Requests per second; of connect + lock + close: connections \
(in brackets: msyncd to bare server)" font ",13"
plot {rates}
set title "Values delivered: megabytes per second \
(in brackets: msyncd to bare server)" font ",13"
plot {deliveries}
unset multiplot
"""

COLOURS = {"msyncd": "#1f5fa8", "echo": "#9aa5b1", "redis": "#c8553d"}
TITLES = {"msyncd": "msyncd", "echo": "bare server", "redis": "Redis"}


def label(medians, row, name):
    """The row's name in a few short lines, and what matters most."""
    lines = textwrap.wrap(row.name.replace("/", "/ "), 15)
    ratio = medians.ratio(row, "echo", name)
    if ratio:
        lines.append(f"({fixed(ratio)})")
    return "\\n".join(lines)


def block(medians, name, rows, servers, figure_of):
    """Rows of label, and median, least and most of each server."""
    lines = [f"${name} << END"]
    for row in rows:
        cells = [f'"{label(medians, row, figure_of(row))}"']
        for server in servers:
            values = medians.all(row, server, figure_of(row))
            cells += ([f"{statistics.median(values)} {min(values)} "
                       f"{max(values)}"] if values else ["NaN NaN NaN"])
        lines.append(" ".join(cells))
    return "\n".join([*lines, "END"])


def curves(name, servers):
    return ", ".join(
        f'${name} using {2 + 3 * i}:{3 + 3 * i}:{4 + 3 * i}:xtic(1) '
        f'title "{TITLES[s]}" lc rgb "{COLOURS[s]}"'
        for i, s in enumerate(servers))


def plot(results, png):
    """Draws it. Returns why it could not, or None."""
    medians = Medians(results)
    shown = [r for r in ROWS if medians.get(r, "msyncd", "rate")]
    flights = [r for r in shown if r.followers]
    others = [r for r in shown if not r.followers]
    gnuplot = shutil.which("gnuplot")
    if not gnuplot:
        return "gnuplot is missing; on Debian: apt-get install gnuplot-nox"
    if not flights or not others:
        return "only whole runs are drawn"
    data = [block(medians, "rates", others, ("msyncd", "echo", "redis"),
                  lambda row: row.figure),
            block(medians, "flights", flights, ("msyncd", "echo"),
                  lambda row: "megabytes")]
    script = PLOT.format(
        png=png, data="\n".join(data),
        rates=curves("rates", ("msyncd", "echo", "redis")),
        deliveries=curves("flights", ("msyncd", "echo")))
    subprocess.run([gnuplot], input=script, text=True, check=True)
    return None
