#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync show: one key, who has it, who waits, and the chain to whoever keeps
them all waiting."""
import json
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import (MSYNC, check, has, is_stopped, main, rows, same, test,
                     until)

WHY = "\nWhy is this waiting?\n"


def why(scene, kind, key):
    """The sentences of msync show, as lines."""
    result = scene.run("show", kind, key)
    same("status", 0, result.status)
    same("complaint", "", result.err)
    has("output", WHY, result.out)
    return result.out.split(WHY)[1].splitlines()


def wait_for(scene, kind, key, n, **members):
    """One more that waits for the key, on a connection of its own: it is the
    n-th of its kind."""
    conn = scene.connect()
    op = {"lock": "lock.acquire", "limit": "limit.borrow",
          "flight": "flight.begin", "pool": "pool.get"}[kind]
    conn.send(op, key=key, **members)
    scene.until_count(kind, "waits", n)
    return conn


def nested(scene, *keys, last="cat"):
    """msync that holds the keys, each one in the command of the one before."""
    words = []
    for key in keys:
        words += ["lock", key, "--", MSYNC]
    return scene.start(*words[:-1], *last.split(),
                       stdin=scene.pipe(is_ours_to_read=False).theirs)


def held_by(scene, key):
    """The pid that holds a lock, once it does."""
    def holder():
        keys = scene.conn.ask("list", kind="lock", key=key)["keys"]
        return keys and keys[0]["holders"] and keys[0]["holders"][0]["pid"]
    return until(f"{key} is held", holder)


def waits_for(scene, key):
    """The pid that waits for a lock, once one does."""
    def waiter():
        keys = scene.conn.ask("list", kind="lock", key=key)["keys"]
        return keys and keys[0]["waiters"] and keys[0]["waiters"][0]["pid"]
    return until(f"{key} is waited for", waiter)


# What there is

@test
def key_that_is_not_there_is_status_1(scene):
    scene.conn.grant("lock.acquire", key="k")
    for kind, key in (("lock", "other"), ("limit", "k")):
        for words in ((), ("--json",)):
            result = scene.run("show", *words, kind, key)
            same(f"{kind} {key}", (
                1, "", f"msync: show: there is no {kind} {key}: nobody holds "
                "it, and nobody waits\n"),
                (result.status, result.out, result.err))
        same("with -q", "", scene.run("-q", "show", kind, key).err)


@test
def holders_and_waiters_stand_in_order(scene):
    conn = scene.conn
    conn.ask("hello", client="nightly")
    tokens = [conn.grant("limit.borrow", key="smtp", capacity=3, permits=n,
                         lease_ms=60000) for n in (2, 1)]
    for n in (1, 2, 3):
        wait_for(scene, "limit", "smtp", n, permits=n)
    lines = scene.run("show", "limit", "smtp").out.splitlines()
    same("state", "limit smtp: held; 3 of 3 permits are out; holders 2, "
         "waiting 3", lines[0])
    holders = [line.split() for line in lines if "nightly" in line][:2]
    for n, token in enumerate(tokens):
        row = holders[n]
        same("number, pid, client, token, permits",
             (str(n + 1), str(os.getpid()), "nightly", str(token),
              str(2 - n)), (row[0], row[1], row[4], row[7], row[-1]))
    at = next(i for i, line in enumerate(lines) if "WAITER" in line)
    waiters = [line.split() for line in lines[at + 1:at + 4]]
    same("waiters and their permits", [("1", "1"), ("2", "2"), ("3", "3")],
         [(row[0], row[-1]) for row in waiters])
    same("their pids", {str(os.getpid())}, {row[1] for row in waiters})


@test
def state_is_told_of_each_kind(scene):
    conn = scene.conn
    conn.grant("lock.acquire", key="k")
    conn.ask("pool.set", key="k", items=[1, 2, 3])
    conn.grant("pool.get", key="k")
    conn.grant("flight.begin", key="k")
    conn.ask("flight.finish", key="k", value=1, keep_ms=60000)
    for kind, text in (
            ("lock", r"lock k: held; holders 1, waiting 0"),
            ("pool", r"pool k: held; 3 of 3 objects are there, 2 are idle; "
             r"holders 1, waiting 0"),
            ("flight", r"flight k: kept; the result is \d\.\ds old; holders 0, "
             r"waiting 0")):
        out = scene.run("show", kind, "k").out
        check(f"{kind}: {out}", re.fullmatch(text, out.splitlines()[0]))
        check(f"nobody waits: {out}", WHY not in out)


@test
def long_queues_are_counted(scene):
    scene.conn.grant("lock.acquire", key="k")
    crowd = scene.connect()
    crowd.ask("hello", multiplexed=True)
    for _ in range(150):
        crowd.send("lock.acquire", key="k")
    scene.until_count("lock", "waits", 150)
    out = scene.run("show", "lock", "k").out
    has("state", "holders 1, waiting 150", out)
    has("the rest", "\nand 50 more\n", out)


@test
def flights_that_were_forgotten_are_shown_too(scene):
    scene.conn.grant("flight.begin", key="k")
    scene.conn.ask("flight.forget", key="k")
    scene.connect().grant("flight.begin", key="k")
    out = scene.run("show", "flight", "k").out
    same("states", ["forgotten", "held"],
         sorted(re.findall(r"^flight k: (\w+);", out, re.M)))


# Why

@test
def holder_that_waits_for_nothing_is_the_culprit(scene):
    holder = scene.hold("lock", "db")
    wait_for(scene, "lock", "db", 1)
    lines = why(scene, "lock", "db")
    # msync holds it, but the work is done by what it runs.
    match = re.fullmatch(
        r"lock db has been held for [\d.]+s by pid (\d+) \(msync, cat, uid "
        r"(.+)\), which runs pid (\d+) \(cat\)\.", lines[0])
    check(f"holder: {lines[0]}", match)
    same("pid", holder.pid, int(match[1]))
    same("what is said then", [
        f"It waits for nothing here: look there (ps -fp {match[3]})."],
        lines[1:])


@rows(("lock", "lock.acquire", {}), ("flight", "flight.begin", {}),
      ("limit", "limit.borrow", {"capacity": 1}),
      ("pool", "pool.get", {"capacity": 1}))
def holder_is_named_of_each_kind(scene, kind, op, members):
    scene.conn.ask("hello", client="nightly")
    scene.conn.grant(op, key="k", **members)
    scene.start(kind, *(["run"] if kind == "pool" else []), "k", "--", "true")
    scene.until_count(kind, "waits", 1)
    lines = why(scene, kind, "k")
    check(f"holder: {lines[0]}", re.fullmatch(
        rf"{kind} k has been held for [\d.]+s by pid {os.getpid()} "
        r"\(.+, nightly, uid .+\)\.", lines[0]))
    same("what is said then", [
        f"It waits for nothing here: look there (ps -fp {os.getpid()})."],
        lines[1:])


@test
def chain_is_followed_to_its_end(scene):
    """Each holds one and waits for the next, on one connection."""
    first = scene.hold("lock", "end")
    for n, key in enumerate("cba", 1):
        conn = scene.connect()
        conn.grant("lock.acquire", key=key)
    del conn
    # A process of its own for each: pids tell them apart.
    inner = nested(scene, "x", "end")
    outer = nested(scene, "y", "x")
    waits_for(scene, "x")
    wait_for(scene, "lock", "y", 3)
    lines = why(scene, "lock", "y")
    same("keys of the chain", ["y", "x", "end"],
         [line.split()[1] for line in lines if " has been held " in line])
    same("holders", [outer.pid, inner.pid, first.pid],
         [int(re.search(r"pid (\d+)", line)[1]) for line in lines
          if " has been held " in line])
    waits = [line for line in lines if line.startswith("What it runs waits")]
    same("waits", 2, len(waits))
    check(f"of the first: {waits[0]}", re.fullmatch(
        rf"What it runs waits, as pid {waits_for(scene, 'x')} \(msync, cat, "
        r"uid .*\), for lock x, for [\d.]+s so far\.", waits[0]))
    has("the end", "It waits for nothing here: look there", lines[-1])
    # The same from anywhere in between.
    same("from x on", lines[-1], why(scene, "lock", "x")[-1])
    has("its holder waits", "lock end", scene.run("show", "lock", "x").out)


@test
def process_that_waits_itself_is_told_from_what_it_runs(scene):
    """It holds on one connection and waits on another."""
    scene.hold("lock", "b")
    scene.conn.grant("lock.acquire", key="a")
    wait_for(scene, "lock", "b", 1)
    nested(scene, "a")
    waits_for(scene, "a")
    lines = why(scene, "lock", "a")
    check(f"it waits: {lines[1]}", re.fullmatch(
        r"It waits itself, for lock b, for [\d.]+s so far\.", lines[1]))
    has("the culprit", "lock b has been held", lines[2])


@test
def nested_calls_in_a_circle_are_found(scene):
    """Which the daemon cannot know: it sees four connections."""
    begun = scene.pipe()
    script = (f"echo >&{begun.theirs}; read -r line; "
              "exec msync lock {} -- true")
    env = {**scene.env,
           "PATH": os.path.dirname(MSYNC) + os.pathsep + os.environ["PATH"]}
    starts = [scene.pipe(is_ours_to_read=False) for _ in range(2)]
    runs = [scene.start("lock", mine, "--", "/bin/bash", "-c",
                        script.format(other), env=env, stdin=start.theirs,
                        pass_fds=[begun.theirs])
            for (mine, other), start in zip((("a", "b"), ("b", "a")), starts)]
    begun.hand_over()
    for _ in starts:
        begun.line()
    for start in starts:
        start.write(b"\n")
    scene.until_count("lock", "waits", 2)
    for key in ("a", "b"):
        lines = why(scene, "lock", key)
        same("holders", {run.pid for run in runs},
             {int(pid) for pid in re.findall(r"held for \S+ by pid (\d+)",
                                             "\n".join(lines))})
        has("the end", "That is a circle: ", lines[-2])
        seen = json.loads(scene.run("show", "--json", "lock", key).out)
        same("end", "circle", seen["end"])
    # One of them ends, and the other goes on.
    runs[0].send_signal(signal.SIGTERM)
    same("status of the one that ended", 143, runs[0].status())
    same("status of the other", 0, runs[1].status())


@test
def children_of_others_than_msync_do_not_count(scene):
    """This process holds, and one that it has started waits for the same: it
    need not wait for its child."""
    scene.conn.grant("lock.acquire", key="k")
    nested(scene, "k")
    waits_for(scene, "k")
    lines = why(scene, "lock", "k")
    has("the culprit", f"by pid {os.getpid()} (", lines[0])
    same("what is said then", [
        f"It waits for nothing here: look there (ps -fp {os.getpid()})."],
        lines[1:])


@test
def holder_that_is_stopped_is_woken(scene):
    child = scene.start("lock", "k", "--", "cat", stdin=scene.pipe(
        is_ours_to_read=False).theirs)
    held_by(scene, "k")
    wait_for(scene, "lock", "k", 1)
    pid = int(re.search(r"runs pid (\d+)", until(
        "it runs cat", lambda: [line for line in why(scene, "lock", "k")
                                if "(cat)" in line])[0])[1])
    os.kill(pid, signal.SIGSTOP)
    until("it is stopped", lambda: is_stopped(pid))
    same("the end", f"It is stopped, and goes on by: kill -CONT {pid}",
         why(scene, "lock", "k")[-1])
    os.kill(pid, signal.SIGCONT)
    child.kill()


@test
def detached_holds_are_ended_by_their_token(scene):
    for key, shown in (("db", "db"), ("it's mine", "'it'\\''s mine'")):
        result = scene.run("lock", "--detach", "--lease", "1h", key)
        token = result.out.strip()
        conn = wait_for(scene, "lock", key, 1)
        lines = why(scene, "lock", key)
        check(f"holder: {lines[0]}", re.fullmatch(
            re.escape(f"lock {shown} has been held for ") +
            r"[\d.]+s by a detached hold \(.*uid .*\)\.", lines[0]))
        match = re.fullmatch(
            r"No process has to be there for it: it ends in (59m\d\ds|1h00m), "
            r"or by: (msync release lock .*)", lines[1])
        check(f"how it ends: {lines[1]}", match)
        has("token", token, match[2])
        # Which is done as it stands there.
        done = scene.start("-c", match[2].replace("msync", MSYNC, 1),
                           program="/bin/sh").result()
        same("status of the release", (0, ""), (done.status, done.err))
        check("the next one has it", conn.receive()["ok"])
        conn.close()
        scene.until_free()


@rows((1, 3, 3), (2, 3, 2), (4, 5, 2))
def wish_for_more_than_is_free_is_told(scene, taken, capacity, wish):
    scene.conn.grant("limit.borrow", key="k", capacity=capacity,
                     permits=taken)
    wait_for(scene, "limit", "k", 1, permits=wish)
    same("the wish", f"The first in line wants {wish} permits at once, and "
         f"{capacity - taken} of {capacity} are free.",
         why(scene, "limit", "k")[0])


@test
def others_that_hold_it_too_are_counted(scene):
    for _ in range(3):
        scene.connect().grant("limit.borrow", key="k", capacity=3)
    scene.start("limit", "k", "--", "true")
    scene.until_count("limit", "waits", 1)
    lines = why(scene, "limit", "k")
    check(f"holders: {lines[0]}", re.fullmatch(
        r"limit k has been held for [\d.]+s by pid \d+ \(.*\), and for less "
        r"by 2 more\.", lines[0]))


@test
def json_has_the_key_and_the_chain(scene):
    holder = scene.hold("lock", "b")
    other = nested(scene, "a", "b")
    waiter = waits_for(scene, "b")
    wait_for(scene, "lock", "a", 2)
    for words in (("show", "--json"), ("--json", "show")):
        result = scene.run(*words, "lock", "a")
        same("lines", 1, result.out.count("\n"))
        seen = json.loads(result.out)
        same("key", ("lock", "a", "held", 1, 1),
             tuple(seen[name] for name in ("kind", "key", "state", "holding",
                                           "waiting")))
        same("chain", [("lock", "a", other.pid), ("lock", "b", holder.pid)],
             [(link["kind"], link["key"], link["holder"]["pid"])
              for link in seen["chain"]])
        same("what the first waits for", {"kind": "lock", "key": "b"},
             seen["chain"][0]["waits_for"])
        same("who waits", waiter, seen["chain"][0]["waiter"]["pid"])
        check("the last waits", "waits_for" not in seen["chain"][1])
        same("end", "culprit", seen["end"])
    check("a chain of nobody", "chain" not in json.loads(
        scene.run("show", "--json", "lock", "c").out or "{}"))


@test
def holders_without_a_pid_are_not_followed(scene):
    """Of another machine's namespace, for all we know."""
    claim = {"uid": 4294967294, "client": ""}
    fake = Fake(scene, lambda _: {"ok": True, "keys": [
        {"kind": "lock", "key": "k", "state": "held", "holding": 1,
         "waiting": 1, "holders": [{**claim, "token": 1, "held_ms": 7322000}],
         "waiters": [{**claim, "waited_ms": 1}]}]})
    result = scene.run("show", "lock", "k", env=fake.env)
    same("why", "lock k has been held for 2h02m by somebody (uid "
         "4294967294).\nIt waits for nothing here: look there.\n",
         result.out.split(WHY)[1])


main()
