#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync ls: a line for each key, for people on a terminal and for programs.
"""
import json
import os
import re
import sys
import unicodedata

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import check, has, main, rows, same, test


def table(text):
    """The rows of a table, each as {title: cell}: a column begins where its
    title does, or ends where that does. No cell here has two spaces."""
    lines = [re.split(r" {2,}", line.strip()) for line in text.splitlines()]
    for line in lines:
        same(f"cells of {line}", len(lines[0]), len(line))
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def width(text):
    """How many columns a terminal takes for it."""
    return sum(0 if unicodedata.combining(char)
               else 2 if unicodedata.east_asian_width(char) in "WF" else 1
               for char in text)


def make_keys(scene):
    """One of each kind, the lock with somebody who waits."""
    conn = scene.conn
    conn.ask("hello", client="nightly")
    conn.grant("lock.acquire", key="db", lease_ms=3600000)
    conn.grant("limit.borrow", key="smtp", capacity=3, permits=2)
    conn.grant("flight.begin", key="report")
    check("pool.set", conn.ask("pool.set", key="gpu", items=[0, 1, 2])["ok"])
    conn.grant("pool.get", key="gpu")
    waiter = scene.connect()
    waiter.send("lock.acquire", key="db")
    scene.until_count("lock", "waits", 1)
    return waiter


# What it tells

@test
def every_key_has_a_line_with_its_oldest_holder(scene):
    make_keys(scene)
    result = scene.run("ls")
    same("status", 0, result.status)
    same("complaint", "", result.err)
    found = {row["KIND"]: row for row in table(result.out)}
    same("kinds", {"flight", "lock", "limit", "pool"}, set(found))
    with open("/proc/self/comm", encoding="utf-8") as stream:
        command = stream.read().strip()
    for kind, key, used, lease in (
            ("lock", "db", "-", True), ("limit", "smtp", "2/3", False),
            ("flight", "report", "-", False), ("pool", "gpu", "1/3", False)):
        row = found[kind]
        same(f"row of {kind}",
             (key, "held", used, "1", str(os.getpid()), command, "nightly"),
             tuple(row[title] for title in ("KEY", "STATE", "USED", "HOLD",
                                            "PID", "COMMAND", "CLIENT")))
        check(f"user {row['USER']}", row["USER"] != "-")
        check(f"held {row['HELD']}", re.fullmatch(r"\d+\.\ds", row["HELD"]))
        same("lease", lease, row["LEASE"] != "-")
    same("waits of db", "1", found["lock"]["WAIT"])
    check("longest wait of db",
          re.fullmatch(r"\d+\.\ds", found["lock"]["LONGEST"]))
    same("longest wait of smtp", "-", found["limit"]["LONGEST"])


@test
def what_is_waited_for_stands_on_top_the_longest_wait_first(scene):
    for key in ("a", "b", "c", "d"):
        scene.conn.grant("lock.acquire", key=key)
    for n, key in enumerate(("d", "b"), 1):
        scene.connect().send("lock.acquire", key=key)
        scene.until_count("lock", "waits", n)
        # The next wait is younger, by a millisecond at least.
        waited = {"waited_ms": 0}
        while waited["waited_ms"] == 0:
            answer = scene.conn.ask("list", key=key)
            waited = answer["keys"][0]["waiters"][0]
    same("order", ["d", "b", "a", "c"],
         [row["KEY"] for row in table(scene.run("ls").out)])
    for words in (("-w",), ("--waiting",)):
        same(f"with {words}", ["d", "b"],
             [row["KEY"] for row in table(scene.run("ls", *words).out)])


@rows(("-k",), ("--kind",))
def kinds_and_prefixes_choose(scene, option):
    make_keys(scene)
    scene.conn.grant("lock.acquire", key="deploy")
    for words, keys in (((option, "lock"), ["db", "deploy"]),
                        (("d",), ["db", "deploy"]),
                        ((option, "lock", "de"), ["deploy"]),
                        ((option, "pool", ""), ["gpu"]),
                        (("--", "smtp"), ["smtp"])):
        for form in ((), ("--json",), ("--tsv",)):
            result = scene.run("ls", *form, *words)
            same("status", 0, result.status)
            if form == ("--json",):
                seen = [json.loads(line)["key"]
                        for line in result.out.splitlines()]
            elif form == ("--tsv",):
                seen = [line.split("\t")[1]
                        for line in result.out.splitlines()[1:]]
            else:
                seen = [row["KEY"] for row in table(result.out)]
            same(f"ls {form} {words}", keys, sorted(seen))


@test
def nothing_found_is_status_1(scene):
    make_keys(scene)
    for words in (("x",), ("-k", "limit", "-w"), ("--json", "x"),
                  ("--tsv", "x")):
        result = scene.run("ls", *words)
        same(f"ls {words}",
             (1, "", "msync: ls: nobody waits for such keys\n" if "-w" in words else
              "msync: ls: there are no such keys\n"),
             (result.status, result.out, result.err))
        result = scene.run("-q", "ls", *words)
        same("with -q", (1, "", ""), (result.status, result.out, result.err))


@test
def all_pages_are_told(scene):
    keys = sorted(f"key-{n:04}" for n in range(2500))
    for key in keys:
        scene.conn.grant("lock.acquire", key=key)
    result = scene.run("ls", "-k", "lock")
    same("keys", keys, [row["KEY"] for row in table(result.out)])
    result = scene.run("ls", "--json")
    same("keys of --json", keys, sorted(
        json.loads(line)["key"] for line in result.out.splitlines()))


# How it looks

@test
def json_is_what_list_answers(scene):
    make_keys(scene)
    for words in (("ls", "--json"), ("--json", "ls")):
        seen = [json.loads(line)
                for line in scene.run(*words).out.splitlines()]
        listed = scene.conn.ask("list")["keys"]
        for keys in seen, listed:
            for key in keys:
                for claim in key["holders"] + key["waiters"]:
                    for name in ("held_ms", "waited_ms", "lease_left_ms"):
                        if name in claim:
                            claim[name] = 0
        same(f"{words}", listed, seen)


@test
def tabs_part_values_that_programs_read(scene):
    make_keys(scene)
    lines = scene.run("ls", "--tsv").out.splitlines()
    titles = lines[0].split("\t")
    same("titles", ["kind", "key", "state", "in_use", "capacity", "holding",
                    "waiting", "longest_wait_ms", "pid", "command", "uid",
                    "client", "held_ms", "lease_left_ms"], titles)
    found = {}
    for line in lines[1:]:
        cells = line.split("\t")
        same("cells", len(titles), len(cells))
        found[cells[0]] = dict(zip(titles, cells))
    same("lock", ("db", "held", "", "", "1", "1", str(os.getpid()),
                  str(os.getuid()), "nightly"),
         tuple(found["lock"][name] for name in (
             "key", "state", "in_use", "capacity", "holding", "waiting",
             "pid", "uid", "client")))
    same("limit", ("2", "3"),
         (found["limit"]["in_use"], found["limit"]["capacity"]))
    same("pool", ("1", "3"),
         (found["pool"]["in_use"], found["pool"]["capacity"]))
    for name in ("held_ms", "longest_wait_ms", "lease_left_ms"):
        check(name, found["lock"][name].isdigit())
    check("lease", 0 < int(found["lock"]["lease_left_ms"]) <= 3600000)


KEYS = ("plain", "日本語キー", "e\u0301a\u0300 accents", "two  spaces", "ab\\c",
        "x\u202ey", "zero\u200bwidth", "emoji 🎉", "k" * 90)
SHOWN = {"ab\\c": "ab\\\\c", "x\u202ey": "x\\u202ey",
         "zero\u200bwidth": "zero\\u200bwidth"}


@rows(("C",), ("C.UTF-8",))
def columns_are_aligned_whatever_the_keys_have_in_them(scene, locale):
    for key in KEYS:
        scene.conn.grant("lock.acquire", key=key)
    result = scene.run("ls", env={**scene.env, "LC_ALL": locale})
    check("there is a tab", "\t" not in result.out)
    lines = result.out.splitlines()
    at = width(lines[0].split("STATE")[0])
    rest = {SHOWN.get(key, key) for key in KEYS}
    for line in lines[1:]:
        key, state, _ = line.partition("held")
        same(f"where the state of {line!r} stands", (at, "held"),
             (width(key), state))
        rest.remove(key[len("lock"):].strip())
    same("keys that are not there", set(), rest)


@rows((100,), (60,), (20,), (5,), (1,))
def lines_are_cut_where_the_terminal_ends(scene, columns):
    for key in KEYS:
        scene.conn.grant("lock.acquire", key=key)
    text, status = scene.on_a_terminal("ls", columns=columns)
    same("status", 0, status)
    lines = text.split("\r\n")[:-1]
    same("lines", len(KEYS) + 1, len(lines))
    for line in lines:
        check(f"wider than {columns}: {line!r}", width(line) <= columns)
    if columns == 100:
        has("the long key is cut", "kkkk…  held", text)
        has("the short one is not", "plain ", text)
        has("what stands behind it", "LEASE", text)


@test
def columns_of_the_environment_are_those_of_the_terminal(scene):
    scene.conn.grant("lock.acquire", key="k" * 90)
    for columns in ("70", "90"):
        text, _ = scene.on_a_terminal("ls", columns=50, COLUMNS=columns)
        same("widest line", int(columns),
             max(width(line) for line in text.split("\r\n")))


@test
def whoever_reads_the_list_may_have_enough(scene):
    """As head(1) has."""
    for n in range(3000):
        scene.conn.grant("lock.acquire", key=f"{n:04}" + "k" * 200)
    for form in ((), ("--json",), ("--tsv",)):
        pipe = scene.pipe()
        running = scene.start("ls", *form, stdout=pipe.theirs)
        pipe.hand_over()
        pipe.line()
        pipe.close()
        result = running.result()
        same(f"complaint of {form}", "", result.err)
        check(f"status of {form}: {result.status}", result.was_killed)


@test
def control_characters_of_strangers_are_not_shown(scene):
    fake = Fake(scene, lambda _: {"ok": True, "keys": [
        {"kind": "lock", "key": "a\033[31m\tb", "state": "held", "holding": 1,
         "waiting": 0, "holders": [{"uid": 0, "client": "\n"}],
         "waiters": []}]})
    for form in ((), ("--json",), ("--tsv",)):
        result = scene.run("ls", *form, env=fake.env)
        same("status", 0, result.status)
        check(f"shown: {result.out!r}", "\033" not in result.out)
        same("tabs", 13 * 2 if form == ("--tsv",) else 0,
             result.out.count("\t"))
        same("lines", 1 if form == ("--json",) else 2,
             result.out.count("\n"))


main()
