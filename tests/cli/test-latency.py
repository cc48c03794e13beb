#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync latency: how long round trips take, a line for each interval and one
for them all."""
import json
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import check, has, main, rows, same, test

TITLES = ["time", "count", "min", "ms", "p50", "p90", "p99", "max"]


def numbers(line):
    """(name, count, the five times) of a row."""
    name, count, *times = line.split()
    return name, int(count), [float(time) for time in times]


def is_rising(times):
    return times == sorted(times) and times[0] > 0


@test
def each_interval_has_a_line_and_all_have_one(scene):
    result = scene.run("latency", "-i", "30ms", "-c", "3")
    same("status", 0, result.status)
    same("complaint", "", result.err)
    lines = result.out.splitlines()
    same("titles", TITLES, lines[0].split())
    parts = [numbers(line) for line in lines[1:]]
    same("lines", 4, len(parts))
    same("name of the last", "all", parts[-1][0])
    for name, count, times in parts:
        check(f"{name}: there was none", count > 0)
        same(f"{name}: times", 5, len(times))
        check(f"{name}: they rise: {times}", is_rising(times))
    same("count of all", sum(part[1] for part in parts[:-1]), parts[-1][1])
    same("least of all", min(part[2][0] for part in parts[:-1]),
         parts[-1][2][0])
    same("most of all", max(part[2][-1] for part in parts[:-1]),
         parts[-1][2][-1])


@test
def one_round_trip_is_all_there_is(scene):
    """Then whatever is asked for is what that one took."""
    same("count", 0, scene.count("lock", "granted"))
    result = scene.run("latency", "--interval", "1ms", "--count=1")
    _, count, times = numbers(result.out.splitlines()[1])
    if count == 1:
        same("times", [times[0]] * 5, times)
    check(f"times: {times}", is_rising(times))


@test
def json_is_an_object_for_each_line(scene):
    for words in (("latency", "--json"), ("--json", "latency")):
        result = scene.run(*words, "-c", "2", "-i", "20ms")
        same("status", 0, result.status)
        lines = [json.loads(line) for line in result.out.splitlines()]
        same("lines", 3, len(lines))
        same("summaries", [False, False, True],
             ["summary" in line for line in lines])
        for line in lines:
            check(f"{line}", is_rising([
                line[name] for name in ("min", "p50", "p90", "p99", "max")]))
        same("count", lines[0]["count"] + lines[1]["count"],
             lines[2]["count"])


@rows((signal.SIGINT,), (signal.SIGTERM,))
def interrupted_it_sums_up(scene, number):
    running = scene.start("latency", "-i", "1ms")
    first = [running.stdout.readline() for _ in range(3)]
    same("titles", TITLES, first[0].decode().split())
    running.send_signal(number)
    result = running.result()
    same("status", 0, result.status)
    same("the last line", "all", result.out.splitlines()[-1].split()[0])
    same("complaint", "", result.err)


@test
def long_intervals_are_interrupted_too(scene):
    running = scene.start("latency", "-i", "1h")
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    result = running.result()
    same("status", 0, result.status)
    names = [line.split()[0] for line in result.out.splitlines()]
    check(f"lines: {names}", names[-1:] in ([], ["all"]))


@test
def end_of_the_daemon_is_69_after_what_was_measured(scene):
    running = scene.start("latency", "-i", "1ms")
    for _ in range(3):
        running.stdout.readline()
    scene.end_daemon()
    result = running.result()
    same("status", 69, result.status)
    same("the last line", "all", result.out.splitlines()[-1].split()[0])
    has("complaint", "msync: latency: ", result.err)


@test
def without_a_reader_it_ends(scene):
    pipe = scene.pipe()
    running = scene.start("latency", "-i", "1h", stdout=pipe.theirs)
    pipe.hand_over()
    pipe.line()
    pipe.close()
    result = running.result()
    check(f"status: {result.status}", result.was_killed)
    same("complaint", "", result.err)


main()
