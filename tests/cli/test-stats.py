#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync stats: what has been counted, as a table, as JSON and as tabs; also what
only a later daemon counts."""
import json
import re
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import check, has, main, same, test

WAITS = {"count": 5, "sum": 170, "max": 90, "p50": 20, "p90": 88, "p99": 90,
         "p999": 90, "buckets": [[15, 2], [31, 1], [91, 2]]}
ANSWER = {
    "ok": True, "version": "7.1", "uptime_ms": 7322000, "connections": 12,
    "users": 3, "news": {"inner": 4}, "kinds": {
        "flight": {"keys": 1, "granted": 17, "wait_ms": WAITS,
                   "hit_ratio": 0.9375, "later": True},
        "lock": {"keys": 2, "granted": 34, "wait_ms": {**WAITS, "p50": 21}},
        "barrier": {"keys": 3, "held_back": 5, "odd": [1], "none": None}}}


def table(text):
    """{name: the cells} of the table, and its titles."""
    lines = text.split("\n\n", 1)[1].splitlines()
    return {re.split(r" {2,}", line)[0]: re.split(r" {2,}", line)[1:]
            for line in lines[1:]}, lines[0].split()


@test
def counts_are_those_of_the_daemon(scene):
    scene.conn.grant("lock.acquire", key="k")
    scene.conn.grant("limit.borrow", key="k", capacity=2)
    scene.run("lock", "-n", "k", "--", "true")
    answer = scene.conn.ask("stats")
    found, titles = table(scene.run("stats").out)
    same("kinds", list(answer["kinds"]), titles)
    counted = 0
    for column, counts in enumerate(answer["kinds"].values()):
        for name, value in counts.items():
            if isinstance(value, int):
                same(f"{titles[column]} {name}", str(value),
                     found[name][column])
                counted += 1
    check(f"only {counted} counts", counted > 70)
    same("busy", "1", found["busy"][titles.index("lock")])


@test
def table_shows_what_a_later_daemon_counts(scene):
    fake = Fake(scene, lambda _: ANSWER)
    result = scene.run("stats", env=fake.env)
    same("status", 0, result.status)
    same("first line", "version 7.1, up 2h02m, connections 12, users 3",
         result.out.splitlines()[0])
    found, titles = table(result.out)
    same("kinds", ["flight", "lock", "barrier"], titles)
    same("rows", {
        "keys": ["1", "2", "3"], "granted": ["17", "34", "-"],
        "hit_ratio": ["0.938", "-", "-"], "later": ["true", "-", "-"],
        "held_back": ["-", "-", "5"],
        **{f"wait_ms {part}": [str(WAITS[part]), str(WAITS[part]), "-"]
           for part in ("count", "sum", "max", "p90", "p99", "p999")},
        "wait_ms p50": ["20", "21", "-"]}, found)


@test
def json_is_the_answer(scene):
    fake = Fake(scene, lambda _: ANSWER)
    for words in (("stats", "--json"), ("--json", "stats")):
        result = scene.run(*words, env=fake.env)
        same("lines", 1, result.out.count("\n"))
        same("answer", ANSWER, json.loads(result.out))


@test
def tabs_part_kind_name_and_value(scene):
    fake = Fake(scene, lambda _: ANSWER)
    lines = scene.run("stats", "--tsv", env=fake.env).out.splitlines()
    same("titles", "kind\tname\tvalue", lines[0])
    found = {}
    for line in lines[1:]:
        kind, name, value = line.split("\t")
        found[kind, name] = value
    same("number of them", len(lines) - 1, len(found))
    for key, value in ((("", "version"), "7.1"), (("", "connections"), "12"),
                       (("", "uptime_ms"), "7322000"),
                       (("", "news.inner"), "4"),
                       (("flight", "hit_ratio"), "0.938"),
                       (("lock", "wait_ms.p50"), "21"),
                       (("flight", "wait_ms.max"), "90"),
                       (("barrier", "held_back"), "5")):
        same(f"{key}", value, found[key])


@test
def answers_without_anything_in_them_are_shown_too(scene):
    fake = Fake(scene, lambda _: {"ok": True})
    for words in (("stats",), ("stats", "--tsv")):
        result = scene.run(*words, env=fake.env)
        same(f"{words}", (0, ""), (result.status, result.out.strip()))
    has("json", '"ok":true', scene.run("stats", "--json", env=fake.env).out)


main()
