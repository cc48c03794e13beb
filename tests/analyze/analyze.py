#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Static analysis of src and client: gcc -fanalyzer, clang-tidy (with the
checks of .clang-tidy), cppcheck; and that no function comes back to itself,
whatever files lie between, and that none has an array of variable length or
calls alloca.

A finding that is none is listed in tests/analyze/known, with the reason. One
that nobody finds any more is a fault, too.

Usage: analyze.py SRCDIR [TOOL...]; it writes to the folder it is started in.
CC, CLANG_TIDY and CPPCHECK are the programs, FLAGS what the sources need.
"""
import concurrent.futures
import glob
import os
import re
import shlex
import subprocess
import sys

TOOLS = ("gcc", "clang-tidy", "cppcheck", "recursion")
# Words of uthash and utlist that cppcheck has to know.
MACROS = [path for path in ("/usr/include/uthash.h", "/usr/include/utlist.h",
                            "/usr/include/jansson.h")
          if os.path.exists(path)]
FINDING = re.compile(r"(\S+?):(\d+):(?:\d+:)? (?:warning|error|style|"
                     r"performance|portability): (.*) \[([\w.,=+-]+)\]$")
EDGE = re.compile(r'edge: \{ sourcename: "(.*?)" targetname: "(.*?)"')


class Finding:
    """What a tool has to say about a line."""

    def __init__(self, tool, path, line, check, words):
        self.tool, self.path, self.line = tool, path, line
        self.check, self.words = check, words

    def text(self):
        """The line as it stands there."""
        with open(self.path, encoding="utf-8") as source:
            return source.read().splitlines()[self.line - 1].strip()

    def __str__(self):
        return (f"{self.path}:{self.line}: {self.words} "
                f"[{self.tool}: {self.check}]\n    {self.text()}")


class Known:
    """A row of the list: a finding that is none."""

    def __init__(self, row):
        self.tool, self.path, self.check, self.text, self.why = (
            cell.strip() for cell in row.split("\t"))
        self.is_used = False

    def means(self, finding):
        return (self.tool == finding.tool and self.path == finding.path
                and self.check == finding.check
                and (self.text == "*" or self.text in finding.text()))


def flags():
    return shlex.split(os.environ.get("FLAGS", "")) + [
        "-std=gnu11", "-D_GNU_SOURCE", "-Isrc", "-Iclient",
        '-DPACKAGE_VERSION="0"', '-DSYSCONFDIR="/etc"',
        '-DLIBEXECDIR="/usr/libexec"']


def run(command):
    """What the program prints; it may fail for what it finds."""
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          encoding="utf-8")
    return done.returncode, done.stdout


def findings_in(tool, output):
    """One per line; several checks of one line are one."""
    found = {}
    for line in output.splitlines():
        match = FINDING.match(line)
        if match:
            path = os.path.relpath(match[1])
            key = (path, int(match[2]), match[4].split(",")[0])
            found.setdefault(key, Finding(tool, *key, match[3]))
    return list(found.values())


def must_have_run(command, status, output, found):
    """A tool that fails without a finding has not looked at all."""
    if status != 0 and not found:
        sys.exit(f"{shlex.join(command)}\n{output}")


def gcc(path, out):
    command = [*shlex.split(os.environ.get("GCC", "gcc")), *flags(),
               "-Wall", "-Wextra", "-Wvla", "-Walloca", "-fanalyzer",
               "-fcallgraph-info", "-c", path, "-o",
               os.path.join(out, path.replace("/", "-") + ".o")]
    status, output = run(command)
    found = findings_in("gcc", output)
    must_have_run(command, status, output, found)
    return found


def clang_tidy(path, _):
    # One file at a time: in the second one of a run, clang 14 takes every
    # va_list for uninitialised.
    command = [*shlex.split(os.environ.get("CLANG_TIDY", "clang-tidy")),
               "-quiet", path, "--", *flags()]
    status, output = run(command)
    found = findings_in("clang-tidy", output)
    must_have_run(command, status, output, found)
    return found


def cppcheck(paths):
    command = [*shlex.split(os.environ.get("CPPCHECK", "cppcheck")), "-q",
               "--std=c11", "--language=c", f"-j{os.cpu_count()}",
               "--enable=warning,style,performance,portability",
               "--inline-suppr", "--error-exitcode=1",
               # Declarations stand at the beginning of a block, as the style
               # of this project is, and not where they are first needed.
               "--suppress=variableScope",
               "-Isrc", "-Iclient", '-DPACKAGE_VERSION="0"',
               '-DSYSCONFDIR="/etc"', '-DLIBEXECDIR="/usr/libexec"',
               "-D__linux__",
               *(f"--include={path}" for path in MACROS), *paths]
    status, output = run(command)
    found = findings_in("cppcheck", output)
    must_have_run(command, status, output, found)
    return found


def edges(out):
    """Who calls whom, in all files: functions that gcc has written down."""
    calls = {}
    for path in glob.glob(os.path.join(out, "*.ci")):
        with open(path, encoding="utf-8") as graph:
            for source, target in EDGE.findall(graph.read()):
                calls.setdefault(source, set()).add(target)
    return calls


def ring_from(calls, start):
    """A way from the function back to itself, or None."""
    came_from, todo = {}, [start]
    while todo:
        function = todo.pop()
        for target in calls.get(function, ()):
            if target == start:
                ring = [function]
                while ring[-1] != start:
                    ring.append(came_from[ring[-1]])
                return ring[::-1] + [start]
            if target not in came_from:
                came_from[target] = function
                todo.append(target)
    return None


def recursion(out, known):
    """Prints each ring of calls once; how many there are. Known are calls that
    close one, and do not go round again."""
    calls, seen, n = edges(out), set(), 0
    for row in (row for row in known if row.tool == "recursion"):
        row.is_used = row.check in calls.get(row.path, ())
        calls.get(row.path, set()).discard(row.check)
    if len(calls) < 400:
        sys.exit(f"gcc wrote down only {len(calls)} functions that call")
    for function in sorted(calls):
        ring = None if function in seen else ring_from(calls, function)
        if ring:
            seen.update(ring)
            print("comes back to itself:", " -> ".join(ring))
            n += 1
    print(f"recursion: {len(calls)} functions that call others looked at")
    return n


def each(tool, paths, out):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: tool(path, out), paths)
        found = {(f.path, f.line, f.check): f
                 for result in results for f in result}
    return list(found.values())


def judge(found, known):
    """Prints what nobody knows of; how many."""
    n = 0
    for finding in found:
        rows = [row for row in known if row.means(finding)]
        for row in rows:
            row.is_used = True
        if not rows:
            print(finding)
            n += 1
    return n


def main():
    out = os.path.abspath("analyze")
    os.makedirs(out, exist_ok=True)
    os.chdir(sys.argv[1])
    wanted = sys.argv[2:] or TOOLS
    paths = sorted(glob.glob("src/*.c") + glob.glob("client/*.c"))
    with open("tests/analyze/known", encoding="utf-8") as rows:
        known = [Known(row) for row in rows if not row.startswith("#")]
    tools = {"gcc": lambda: each(gcc, paths, out),
             "clang-tidy": lambda: each(clang_tidy, paths, out),
             "cppcheck": lambda: cppcheck(paths)}
    faults = 0
    for tool in wanted:
        if tool == "recursion":
            faults += recursion(out, known)
            continue
        found = tools[tool]()
        new = judge(found, known)
        print(f"{tool}: {len(paths)} files, {new} findings, "
              f"{len(found) - new} known not to be any")
        faults += new
    for row in known:
        if row.tool in wanted and not row.is_used:
            print(f"nobody finds this any more: {row.path}: {row.check}")
            faults += 1
    sys.exit(1 if faults else 0)


main()
