#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the corpora of the fuzz targets reach: clang's source-based coverage.

Replays each corpus (and what fuzzing has found since, if it is there) on a
program that counts, and prints for each module that tests/fuzz/modules names
for the target how many of its lines were reached. Fails below LEAST.

Usage: SOURCES=... cover.py SRCDIR [TARGET...], in the build folder.
"""
import json
import os
import subprocess
import sys

LEAST = 80  # percent, of a target


def targets_of(path):
    """Yields each target with its modules."""
    with open(path, encoding="utf-8") as table:
        for line in table:
            if not line.startswith("#"):
                target, modules = line.rstrip("\n").split("\t")
                yield target, modules.split()


def without_target(rows):
    """Modules that are built for the targets, and in no row."""
    named = {module for _, modules in rows for module in modules}
    return sorted(set(os.environ["SOURCES"].split()) - named)


def replay(srcdir, target):
    """Runs all of the corpus; returns the file with the counts."""
    raw = os.path.abspath(f"fuzz/cover/{target}.profraw")  # it may chdir
    data = f"fuzz/cover/{target}.profdata"
    folders = [f"{srcdir}/tests/fuzz/corpus/{target}"]
    if os.environ.get("FOUND") and os.path.isdir(f"fuzz/found/{target}"):
        folders.append(f"fuzz/found/{target}")
    subprocess.run([f"fuzz/cover/fuzz_{target}", "-runs=0", *folders],
                   env={**os.environ, "LLVM_PROFILE_FILE": raw},
                   stderr=subprocess.PIPE, check=True)
    subprocess.run(["llvm-profdata", "merge", "-o", data, raw], check=True)
    return data


def lines_of(srcdir, target, data):
    """Lines, and lines reached, of each module."""
    report = json.loads(subprocess.run(
        ["llvm-cov", "export", "-summary-only", f"-instr-profile={data}",
         f"fuzz/cover/fuzz_{target}"],
        stdout=subprocess.PIPE, check=True).stdout)
    top = os.path.realpath(srcdir)
    return {os.path.relpath(os.path.realpath(entry["filename"]), top):
            (entry["summary"]["lines"]["count"],
             entry["summary"]["lines"]["covered"])
            for entry in report["data"][0]["files"]}


def main():
    srcdir, wanted, low = sys.argv[1], sys.argv[2:], []
    rows = list(targets_of(f"{srcdir}/tests/fuzz/modules"))
    if without_target(rows):
        sys.exit(f"in no row of modules: {' '.join(without_target(rows))}")
    for target, modules in rows:
        if target == "-" or (wanted and target not in wanted):
            continue
        lines = lines_of(srcdir, target, replay(srcdir, target))
        for module in modules:
            count, covered = lines[module]
            print(f"{target:8} {module:24} {covered:4} of {count:4} lines "
                  f"{100 * covered / count:5.1f} %")
        count = sum(lines[module][0] for module in modules)
        covered = sum(lines[module][1] for module in modules)
        share = 100 * covered / count
        print(f"{target:8} {'all':24} {covered:4} of {count:4} lines "
              f"{share:5.1f} %\n")
        if share < LEAST:
            low.append(target)
    if low:
        sys.exit(f"below {LEAST} %: {', '.join(low)}")


main()
