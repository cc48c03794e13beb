#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync monitor: what happens, a line for each event, until somebody has seen
enough or the daemon ends."""
import json
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import check, has, main, read_line, rows, same, test, until

TIME = r"\d\d:\d\d:\d\d\.\d{3} "
SPAN = r"(\d+ms|\d+\.\ds)"
EVENTS = ["granted", "waiting", "shared", "released", "lost", "expired",
          "refused"]


def us():
    with open("/proc/self/comm", encoding="utf-8") as stream:
        return stream.read().strip()


class Monitor:
    """msync monitor with these words, which is on watch."""

    def __init__(self, scene, *words, **how):
        before = scene.conn.ask("stats").get("watchers", 0)
        self.running = scene.start("monitor", *words, **how)
        until("it watches", lambda: scene.conn.ask("stats")["watchers"] >
              before)

    def line(self):
        return read_line(self.running.stdout.fileno())

    def events(self, n):
        return [json.loads(self.line()) for _ in range(n)]

    def end(self):
        """Interrupts it; what it printed besides is nothing."""
        self.running.send_signal(signal.SIGINT)
        result = self.running.result()
        same("status, output and complaint", (0, "", ""),
             (result.status, result.out, result.err))


def is_line(what, pattern, line):
    check(f"{what}: {line}", re.fullmatch(TIME + pattern, line))


# What happens

@test
def life_of_a_lock_is_told(scene):
    monitor = Monitor(scene)
    conn, other = scene.connect(), scene.connect()
    conn.ask("hello", client="nightly")
    conn.grant("lock.acquire", key="db")
    who = rf"pid {os.getpid()} \({re.escape(us())}(, nightly)?, uid .+\)"
    is_line("a grant", rf"granted  lock db  {who}  waited 0ms", monitor.line())
    other.ask("lock.acquire", key="db", wait_ms=0)
    is_line("a refusal", rf"refused  lock db  {who}  waited 0ms  busy",
            monitor.line())
    other.send("lock.acquire", key="db")
    is_line("a wait", rf"waiting  lock db  {who}  1 in line", monitor.line())
    conn.ask("lock.release", key="db")
    is_line("a release", rf"released lock db  {who}  held {SPAN}",
            monitor.line())
    is_line("its successor", rf"granted  lock db  {who}  waited {SPAN}",
            monitor.line())
    other.close()
    is_line("a loss", rf"lost     lock db  {who}  held {SPAN}  eof",
            monitor.line())
    monitor.end()


@test
def every_kind_is_told(scene):
    monitor = Monitor(scene, "--json")
    conn = scene.conn
    conn.grant("lock.acquire", key="k")
    conn.grant("limit.borrow", key="k", capacity=1)
    conn.grant("flight.begin", key="k")
    conn.grant("pool.get", key="k", capacity=1)
    events = monitor.events(4)
    same("kinds", ["lock", "limit", "flight", "pool"],
         [event["kind"] for event in events])
    same("what", {"granted"}, {event["what"] for event in events})
    monitor.end()


@rows((("-k", "limit"), ["limit k"]), (("--kind=pool", "k"), ["pool k"]),
      (("other",), ["lock other"]), (("-e", "refused"), []),
      (("--events", "waiting,granted", "k"),
       ["lock k", "limit k", "pool k"]))
def kinds_events_and_prefixes_choose(scene, words, expected):
    monitor = Monitor(scene, "--json", *words)
    conn = scene.conn
    conn.grant("lock.acquire", key="k")
    conn.grant("limit.borrow", key="k", capacity=1)
    conn.grant("lock.acquire", key="other")
    conn.grant("pool.get", key="k", capacity=1)
    same("events", expected, [
        f"{event['kind']} {event['key']}"
        for event in monitor.events(len(expected))])
    monitor.end()


# As others say it

def fake_events(scene, *lines, words=(), is_end=False, **how):
    """msync monitor at a server that says these lines: its result, once it has
    printed the last one, or at their end; and what it asked for."""
    def answer(request):
        if request["op"] != "watch":
            return {"ok": True} if request["op"] == "ping" else None
        return b'{"ok":true}\n' + "".join(
            (line if isinstance(line, str) else json.dumps(line)) + "\n"
            for line in lines).encode()
    fake = Fake(scene, answer)
    running = scene.start("monitor", *words, env={**fake.env, **how})
    if not is_end:
        out = [read_line(running.stdout.fileno()) for _ in lines]
        running.send_signal(signal.SIGINT)
        result = running.result()
        same("more", "", result.out)
        result.out = "\n".join(out)
    else:
        result = running.result()
    return result, fake.requests[-1]


EVENT = {"event": "watch", "what": "lost", "kind": "pool", "key": "gpu",
         "token": 7, "pid": 812, "uid": 4294967294, "command": "php-fpm",
         "client": "w", "held_ms": 192000, "reason": "lease"}


@test
def lines_are_for_people(scene):
    who = r"pid 812 \(php-fpm, w, uid 4294967294\)"
    given = (EVENT, {**EVENT, "key": "x\u202ey", "held_ms": 1},
             {"event": "watch", "what": "expired", "kind": "flight",
              "key": "page"},
             {"event": "watch", "what": "missed", "count": 17},
             {"event": "watch", "what": "news", "kind": "lock", "key": "k"})
    result, _ = fake_events(scene, *given)
    same("status", 0, result.status)
    for line, pattern in zip(result.out.splitlines(), (
            rf"lost     pool gpu  {who}  held 3m12s  lease",
            rf"lost     pool x\\u202ey  {who}  held 1ms  lease",
            r"expired  flight page",
            r"missed   17 events, because there were too many",
            r"news     lock k")):
        is_line("line", pattern, line)


@test
def json_is_what_the_daemon_sends_byte_for_byte(scene):
    line = '{"event":"watch", "what":"news","n":1e2,"z":0.10,"k":"\\u0041"}'
    result, _ = fake_events(scene, line, words=("--json",))
    same("line", line, result.out)


@test
def other_events_are_passed_over(scene):
    result, _ = fake_events(scene, EVENT, words=("--json",))
    same("line", EVENT, json.loads(result.out))


@test
def request_says_what_was_asked_for(scene):
    _, request = fake_events(scene, EVENT, words=(
        "-k", "lock", "-e", "lost,granted", "shop.\u00e4"))
    same("request", {"op": "watch", "events": ["lost", "granted"],
                     "kind": "lock", "prefix": "shop.\u00e4"}, request)


@test
def everything_is_asked_for_otherwise(scene):
    _, request = fake_events(scene, EVENT)
    same("request", {"op": "watch", "events": EVENTS}, request)


# Ends

@test
def end_of_the_daemon_is_69(scene):
    monitor = Monitor(scene)
    scene.end_daemon()
    result = monitor.running.result()
    same("status", 69, result.status)
    same("output", "", result.out)
    same("complaint", "msync: monitor: msyncd has hung up\n", result.err)


@rows((signal.SIGINT,), (signal.SIGTERM,))
def interrupted_it_ends_well(scene, number):
    monitor = Monitor(scene)
    scene.conn.grant("lock.acquire", key="k")
    has("a line", "granted", monitor.line())
    monitor.running.send_signal(number)
    result = monitor.running.result()
    same("status", (0, "", ""), (result.status, result.out, result.err))


@test
def without_a_reader_it_ends_though_nothing_happens(scene):
    """As behind head(1), which has seen what it wanted."""
    pipe = scene.pipe()
    monitor = Monitor(scene, stdout=pipe.theirs)
    pipe.hand_over()
    scene.conn.grant("lock.acquire", key="k")
    has("a line", "granted", pipe.line())
    pipe.close()
    result = monitor.running.result()
    check(f"status: {result.status}", result.was_killed)
    same("complaint", "", result.err)


@test
def lines_come_when_it_happens(scene):
    """Not when a buffer is full; also through a pipe."""
    monitor = Monitor(scene)
    for n in range(50):
        scene.conn.grant("lock.acquire", key=f"k{n}")
        has("a line", f"lock k{n} ", monitor.line())
    monitor.end()


@rows(("denied", 77), ("unknown_op", 65), ("quota", 75), ("new_code", 75))
def refusals_are_told(scene, code, status):
    result, _ = fake_events(scene, {
        "ok": False, "error": code, "message": "no\033[31m"}, is_end=True)
    same("status", status, result.status)
    same("output", "", result.out)
    same("complaint", f"msync: monitor: {code}: no?[31m\n", result.err)


@rows(("not JSON",), ("x" * 20000,))
def strangers_are_76(scene, line):
    result, _ = fake_events(scene, line, is_end=True)
    same("status", 76, result.status)
    has("complaint", "msync: monitor: an answer that ", result.err)


@test
def many_events_are_told_or_counted(scene):
    """None is lost in silence, whatever the monitor has time for."""
    monitor = Monitor(scene, "--json", "-e", "granted")
    monitor.running.send_signal(signal.SIGSTOP)
    total = 20000
    for n in range(total // 100):
        for _ in range(100):
            scene.conn.send("lock.acquire", key="k", wait_ms=0)
            scene.conn.send("lock.release", key="k")
        for _ in range(200):
            check(f"an answer, in round {n}", scene.conn.receive()["ok"])
    monitor.running.send_signal(signal.SIGCONT)
    told = missed = 0
    while told + missed < total:
        event = json.loads(monitor.line())
        missed += event.get("count", 0)
        told += event["what"] == "granted"
    same("told and missed", total, told + missed)
    check(f"told {told}, missed {missed}", told > 0)
    monitor.end()


main()
