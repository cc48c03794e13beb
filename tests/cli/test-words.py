#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What msync says and takes: messages that name the holder and the next step,
JSON, colours, help, durations, and what a command finds in its environment.

edge: 107
"""
import json
import os
import re
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import MSYNC, check, has, main, rows, same, test

COMMANDS = ("lock", "limit", "flight", "pool", "release", "renew", "ls",
            "show", "ping", "stats", "metrics", "monitor", "latency", "call",
            "top", "doctor", "help")
GRANT = {"ok": True, "token": 17, "in_use": 1, "capacity": 1}


# Messages

@test
def busy_names_the_holder_and_the_next_step(scene):
    holder = scene.hold("lock", "deploy")
    result = scene.run("lock", "-n", "deploy", "--", "true")
    user = scene.run("lock", "k", "--", "id", "-un").out.strip()
    match = re.fullmatch(
        r"msync: lock deploy: busy: held for [\d.]+s by pid (\d+) "
        r"\(cat, uid (.*)\); -w DURATION waits\n", result.err)
    check(f"complaint: {result.err}", match)
    same("holder", (str(holder.pid), user), match.groups())


@test
def timeout_names_the_holder_and_the_next_step(scene):
    """A holder that gave no name is called by its command."""
    scene.conn.grant("limit.borrow", key="k", capacity=1)
    result = scene.run("limit", "-w", "1ms", "k", "--", "true")
    check(f"complaint: {result.err}", re.fullmatch(
        rf"msync: limit k: timeout: held for [\d.]+s by pid {os.getpid()} "
        r"\([^,]+, uid .*\); a longer -w waits longer\n", result.err))


@rows((0, "0.0s"), (59949, "59.9s"), (60000, "1m00s"), (192000, "3m12s"),
      (3599999, "59m59s"), (7322000, "2h02m"), (360000000, "100h00m"))
def times_of_holders_are_readable(scene, ms, text):
    fake = Fake(scene, lambda _: {
        "ok": False, "error": "busy", "message": "",
        "holder": {"client": "x", "held_ms": ms}})
    result = scene.run("lock", "-n", "k", "--", "true", env=fake.env)
    has("complaint", f"busy: held for {text} by another user's process",
        result.err)


@test
def messages_do_not_say_the_key_twice(scene):
    for key in ("k", 'a"b', 'a": b', "a\\", "ä b"):
        result = scene.run("release", "lock", key, "1")
        has("complaint", f"msync: lock {key}: not_held: not held by",
            result.err)


@test
def quiet_says_nothing_of_refusals(scene):
    scene.conn.grant("lock.acquire", key="k")
    for words in (("lock", "-n", "k", "--", "true"), ("limit", "k", "--", "x"),
                  ("release", "lock", "l", "1"), ("renew", "1", "1")):
        result = scene.run("-q", *words)
        check("it did not fail", result.status != 0)
        same("complaint", "", result.err)


@test
def verbose_tells_what_was_granted(scene):
    for kind, words in (("lock", ()), ("limit", ("-c", "1")),
                        ("pool", ("run", "-c", "1", "--create", "pwd"))):
        result = scene.run("-v", kind, *words, "k", "--", "sh", "-c",
                           "echo $MSYNC_TOKEN")
        same("complaint", f"msync: {kind} k: granted, token "
             f"{result.out.strip()}\n", result.err)
        same("and without -v", "",
             scene.run(kind, *words, "k", "--", "true").err)


# What the command finds

@test
def environment_of_the_command(scene):
    script = "echo $MSYNC_KIND,$MSYNC_KEY,$MSYNC_TOKEN,${MSYNC_VALUE-none}"
    last = 0
    for kind, words, value in (
            ("lock", (), "none"), ("limit", ("-c", "1"), "none"),
            ("flight", (), "none"),
            ("pool", ("run", "-c", "1", "--create", "echo 'a  b'"), "a  b")):
        result = scene.run(kind, *words, "k y", "--", "sh", "-c",
                           script.replace("$MSYNC_KEY", '"$MSYNC_KEY"'))
        found = result.out.strip().split(",")
        same("kind, key, value", [kind, "k y", value.replace("  ", " ")],
             [found[0], found[1], found[3]])
        check("the token does not rise", int(found[2]) > last)
        last = int(found[2])


# JSON

@test
def every_query_answers_in_json(scene):
    lock = ("lock", "--detach", "--lease", "1h", "k")
    limit = ("limit", "-c", "1", "--detach", "--lease", "1h", "k")
    lend = ("pool", "get", "--lease", "1h", "p")
    seen = {}
    scene.run("pool", "fill", "p", "a", 'b "c"')
    for words in (("ping",), ("stats",), ("doctor",), lock, limit, lend):
        result = scene.run("--json", *words)
        same(f"status of {words}", 0, result.status)
        seen[words] = json.loads(result.out)
        same("lines", 1, result.out.count("\n"))
    check("ping", seen["ping",]["ok"] and seen["ping",]["ms"] > 0)
    same("version", "0.1.0", seen["ping",]["version"])
    check("stats", seen["stats",]["kinds"]["pool"]["keys"] > 0)
    check("doctor", all(finding["ok"] for finding in seen["doctor",]))
    same("abandoned", False, seen[lock]["abandoned"])
    same("value", 'b "c"', seen[lend]["value"])
    for words in (("renew", str(seen[lock]["token"]), "2h"),
                  ("release", "lock", "k", str(seen[lock]["token"])),
                  ("release", "limit", "k", str(seen[limit]["token"])),
                  ("release", "pool", "p", str(seen[lend]["token"]))):
        result = scene.run("--json", *words)
        same(f"answer to {words}", {"ok": True}, json.loads(result.out))
    result = scene.run("--json", "pool", "clear", "p")
    same("values", {"a", 'b "c"'},
         {json.loads(line) for line in result.out.splitlines()})


@test
def doctor_answers_in_json_when_all_is_not_well(scene):
    scene.end_daemon()
    result = scene.run("--json", "doctor")
    same("status", 69, result.status)
    bad = [finding for finding in json.loads(result.out)
           if not finding["ok"]]
    same("bad findings", 1, len(bad))
    check("nothing mends it", bad[0]["mend"])


@test
def versions_of_strangers_stay_json(scene):
    """Whatever they call themselves."""
    fake = Fake(scene, lambda request: {
        "ok": True, "protocol": 1, "version": '"\\\n', "limits": {}},
        greets=False)
    answer = json.loads(scene.run("--json", "ping", env=fake.env).out)
    same("version", '"\\\n', answer["version"])


@test
def call_puts_the_id_of_the_caller_into_the_answer(scene):
    """Wherever the daemon has put it."""
    for text, expected in (
            ('{"op":"ping"}', '{"ok":true}'),
            ('{"id":1,"op":"ping"}', '{"id":1,"ok":true}'),
            (' { "op" : "ping" , "id" : "\\u00e4" } ',
             '{"id":"\\u00e4","ok":true}')):
        same("answer", expected + "\n", scene.run("call", text).out)
    fake = Fake(scene, lambda request: json.dumps(
        {"ok": True, "x": [1, {"id": 2}], "id": request["id"]}
        ).encode() + b"\n")
    same("answer", '{"id":"a","ok":true,"x":[1, {"id": 2}]}\n',
         scene.run("call", '{"id":"a","op":"ping"}', env=fake.env).out)
    same("answer", '{"ok":true,"x":[1, {"id": 2}]}\n',
         scene.run("call", '{"op":"ping"}', env=fake.env).out)


@test
def values_pass_call_byte_for_byte(scene):
    scene.conn.grant("flight.begin", key="k")
    waiter = scene.start("call", '{"op":"flight.begin","key":"k"}')
    scene.until_count("flight", "waits", 1)
    result = scene.run("call", "-", data=(
        b'{"op":"flight.begin","key":"l"}\n'
        b'{"op":"flight.finish","key":"l","keep_ms":3600000,'
        b'"value":[0.10, 1e400,"\\u0041"]}\n'
        b'{"op":"flight.begin","key":"l"}\n'))
    has("answer", '"value":[0.10, 1e400,"\\u0041"]', result.out)
    scene.conn.ask("flight.finish", key="k", value=1)
    same("status of a call that waits", 0, waiter.status())


# Colours

@test
def colours_are_for_terminals_that_want_them(scene):
    scene.conn.grant("lock.acquire", key="k")
    for words, status in ((("lock", "-n", "k", "--", "true"), 75),
                          (("doctor",), 0)):
        for env, is_coloured in (
                ({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
            text, seen = scene.on_a_terminal(*words, **env)
            same("status", status, seen)
            check(f"colours on a terminal: {text!r}",
                  ("\033[" in text) == is_coloured)
        result = scene.run(*words, env={**scene.env, "TERM": "xterm"})
        check("colours in a pipe", "\033" not in result.out + result.err)


# Help

@test
def version_and_help(scene):
    same("version", "msync 0.1.0\n", scene.run("--version").out)
    overview = scene.run("help")
    for words in (("--help",), ("-h",)):
        same("overview", overview.out, scene.run(*words).out)
    listed = re.findall(r"^  ([a-z]+) ", overview.out, re.MULTILINE)
    same("commands in the overview", COMMANDS, tuple(listed))
    same("what is said elsewhere", "", overview.err)


@rows(*((command,) for command in COMMANDS))
def help_of_a_command(scene, command):
    """Also where it stands behind other words; the command line is not looked
    at then, but for what is to be run."""
    result = scene.run("help", command)
    same("status", 0, result.status)
    has("help", f"usage: msync {command}", result.out)
    for line in result.out.splitlines():
        check(f"a long line: {line}", len(line) <= 80)
    for words in ((command, "--help"), (command, "-x", "k", "--help")):
        seen = scene.run(*words)
        same(f"help by {words}", (0, result.out, ""),
             (seen.status, seen.out, seen.err))
    same("help behind --", "msync 0.1.0\n", scene.run(
        "lock", "k", "--", MSYNC, "--version").out)


# Durations

@rows(("250ms", 250), ("5", 5000), ("1.5", 1500), ("10s", 10000),
      ("2m", 120000), ("1h", 3600000), ("1d", 86400000), (".5", 500),
      ("5.", 5000), ("0.25h", 900000), ("0", 0), ("0.0001", 1),
      ("1.9ms", 2), ("007", 7000), ("24d", 2073600000))
def durations_are_taken(scene, text, ms):
    """As -w, which is sent as it was understood."""
    fake = Fake(scene, lambda _: GRANT)
    result = scene.run("lock", "-w", text, "k", "--", "true", env=fake.env)
    same("status", 0, result.status)
    same("wait_ms", ms, fake.requests[0]["wait_ms"])


@rows(*((text,) for text in (
    "", "x", "s", ".", "ms", "-1", "+1", "1x", "1 s", " 1", "1s ", "1m30s",
    "1e3", "0x10", "inf", "infinity", "nan", "1..5", "1.5.", "1,5", "1S",
    "1ss", "9e99", "9" * 400)))
def what_is_no_duration_is_refused(scene, text):
    for words in (("-w", text), ("--lease", text), ("--kill-after", text)):
        result = scene.run("lock", *words, "k", "--", "true")
        same(f"status of {words}", 64, result.status)
        has("complaint", f"{words[0]} {text}: not a duration", result.err)


@test
def options_are_sent_as_they_are_meant(scene):
    fake = Fake(scene, lambda _: GRANT)
    for words, expected in (
            (("lock", "k"), {}),
            (("lock", "-n", "k"), {"wait_ms": 0}),
            (("lock", "k", "--nonblock"), {"wait_ms": 0}),
            (("lock", "--wait=1", "--lease=1d", "k"),
             {"wait_ms": 1000, "lease_ms": 86400000}),
            (("limit", "-c", "3", "-p", "2", "--adopt", "k"),
             {"capacity": 3, "permits": 2, "adopt": True}),
            (("limit", "--capacity=3", "--permits=1", "k"),
             {"capacity": 3, "permits": 1}),
            (("limit", "k"), {"permits": 1})):
        result = scene.run(*words, "--", "true", env=fake.env)
        same("status", 0, result.status)
        asked = fake.requests[-2]
        for member in ("op", "id"):
            del asked[member]
        same(f"{words}", {"key": "k", **expected}, asked)


main()
