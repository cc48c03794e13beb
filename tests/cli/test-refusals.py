#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who is refused is told who is in the way: the program, its pid and its user,
the name it gave itself, and for how long. Of each kind, for each code that has
somebody to name, and in each way that msync says it."""
import json
import os
import re
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import check, has, main, rows, same, test

# How to ask for "k" of each kind: the operation, and the words of msync.
KINDS = {"lock": ("lock.acquire", {}, ("lock",)),
         "limit": ("limit.borrow", {"capacity": 1}, ("limit", "-c", "1")),
         "flight": ("flight.begin", {}, ("flight",)),
         "pool": ("pool.get", {"capacity": 1}, ("pool", "run", "-c", "1"))}
CODES = {"busy": ({"wait_ms": 0}, ("-n",), 75),
         "timeout": ({"wait_ms": 1}, ("-w", "1ms"), 124),
         "queue_full": ({"max_waiters": 0}, None, 75)}
TABLE = [(kind, code) for kind in KINDS for code in CODES]


def us():
    with open("/proc/self/comm", encoding="utf-8") as stream:
        return stream.read().strip()


def user(scene):
    out = scene.run("lock", "user", "--", "id", "-un").out.strip()
    return out or str(os.getuid())


@rows(*TABLE)
def message_of_the_daemon_names_the_holder(scene, kind, code):
    op, members, _ = KINDS[kind]
    scene.conn.ask("hello", client="nightly")
    scene.conn.grant(op, key="k", **members)
    answer = scene.connect().ask(op, key="k", **members, **CODES[code][0])
    same("code", code, answer["error"])
    check(f"message: {answer['message']}", re.fullmatch(
        rf'{kind} "k": .*; held for (\d+ ms|\d+\.\d s) by pid {os.getpid()} '
        rf"\({re.escape(us())}, nightly\)", answer["message"]))
    same("holder", (os.getpid(), "nightly"),
         (answer["holder"]["pid"], answer["holder"]["client"]))
    check("time", answer["holder"]["held_ms"] >= 0)


@rows(*((kind, code, client) for kind, code in TABLE
        for client in ("", "nightly") if CODES[code][1]))
def command_that_is_refused_names_the_holder(scene, kind, code, client):
    op, members, words = KINDS[kind]
    if client:
        scene.conn.ask("hello", client=client)
    scene.conn.grant(op, key="k", **members)
    _, options, status = CODES[code]
    result = scene.refused(status, *words, *options, "k", "--", "echo")
    program = us() + (f", {client}" if client else "")
    check(f"complaint: {result.err}", re.match(
        rf"msync: {kind} k: {code}: held for [\d.]+s by pid {os.getpid()} "
        rf"\({re.escape(program)}, uid {re.escape(user(scene))}\)",
        result.err))


@rows(*((kind, code) for kind, code in TABLE if kind != "flight"
        and CODES[code][1]))
def msync_that_holds_is_named_by_its_command(scene, kind, code):
    _, _, words = KINDS[kind]
    create = ("--create", "echo 1") if kind == "pool" else ()
    holder = scene.hold(" ".join(words), "k", *create)
    result = scene.refused(CODES[code][2], *words, *CODES[code][1], "k", "--",
                           "echo")
    check(f"complaint: {result.err}", re.match(
        rf"msync: {kind} k: {code}: held for [\d.]+s by pid {holder.pid} "
        r"\(cat, uid ", result.err))


@rows(*((kind,) for kind in KINDS))
def full_queue_is_told_with_its_holder(scene, kind):
    """No option of msync asks for it, but a setting of the daemon might."""
    fake = Fake(scene, lambda _: {
        "ok": False, "error": "queue_full", "message": f'{kind} "k": full',
        "holder": {"pid": os.getpid(), "client": "", "held_ms": 192000}})
    words = KINDS[kind][2]
    result = scene.refused(75, *words, "k", "--", "echo", env=fake.env)
    has("complaint", f"msync: {kind} k: queue_full: held for 3m12s by pid "
        f"{os.getpid()} ({us()}, uid ", result.err)


@rows(("nightly", " (nightly); -w"), ("", "; -w"))
def holder_that_is_gone_keeps_its_name(scene, client, words):
    """Detached holds outlive those who asked for them."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as stream:
        gone = int(stream.read())
    fake = Fake(scene, lambda _: {
        "ok": False, "error": "busy", "message": "",
        "holder": {"pid": gone, "client": client, "held_ms": 0}})
    result = scene.refused(75, "lock", "-n", "k", "--", "echo", env=fake.env)
    has("complaint", f"held for 0.0s by pid {gone}{words}", result.err)


@rows(*((kind, code) for kind in ("lock", "flight")
        for code in ("own", "circle")))
def deadlock_names_everybody_in_the_circle(scene, kind, code):
    op, members, _ = KINDS[kind]
    scene.conn.ask("hello", client="first")
    scene.conn.grant(op, key="a", **members)
    if code == "own":
        # By msync, on one connection.
        result = scene.run("call", "-", data="".join(
            json.dumps({"op": op, "key": "k"}) + "\n" for _ in range(2)
        ).encode())
        same("status", 75, result.status)
        message = json.loads(result.out.splitlines()[1])["message"]
        check(f"message: {message}", re.fullmatch(
            rf'{kind} "k": deadlock: this connection holds it already \(token '
            r"\d+\); release it first; held for \d+ ms by this connection, pid "
            r"\d+ \(msync\)", message))
        return
    second = scene.connect()
    second.ask("hello", client="second")
    second.grant(op, key="b", **members)
    scene.conn.send(op, key="b", **members)
    scene.until_count(kind, "waits", 1)
    answer = second.ask(op, key="a", **members)
    same("code", "deadlock", answer["error"])
    pid, command = os.getpid(), re.escape(us())
    time = r"(\d+ ms|\d+\.\d s)"
    check(f"message: {answer['message']}", re.fullmatch(
        rf'{kind} "a": deadlock: waiting would never end: it is held for '
        rf"{time} by pid {pid} \({command}, first\), which waits for {kind} "
        rf'"b", held for {time} by this connection, pid {pid} \({command}, '
        r"second\); release what you hold, and take keys in one order "
        "everywhere", answer["message"]))


@test
def deadlock_is_told_in_the_words_of_the_daemon(scene):
    fake = Fake(scene, lambda _: {
        "ok": False, "error": "deadlock",
        "message": 'lock "k": deadlock: it is held for 5 ms by pid 812 (a), '
                   "which waits"})
    result = scene.refused(75, "lock", "k", "--", "echo", env=fake.env)
    same("complaint", "msync: lock k: deadlock: it is held for 5 ms by pid 812 "
         "(a), which waits\n", result.err)


main()
