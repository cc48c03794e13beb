#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The exit statuses of msync, row by row, as real runs; a failure never exits
with 0. A code that msync does not map to a status fails here. (64 and 65, what
is asked in a wrong way, are in test-misuse.py.)

edge: 102 107 108
"""
import os
import re
import resource
import shutil
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import MSYNC, check, has, main, rows, same, test

SOURCES = os.environ["srcdir"]

# Every code of the protocol.
STATUS_OF = {
    "parse": 65, "bad_request": 65, "unknown_op": 65, "too_long": 65,
    "dup_id": 70, "busy": 75, "timeout": 124, "queue_full": 75,
    "cancelled": 75, "deadlock": 75, "not_held": 74, "stale_token": 74,
    "unknown_key": 78, "conflict": 78, "flight_failed": 70,
    "leader_lost": 75, "quota": 75, "denied": 77, "shutting_down": 69,
}


def source(*path):
    with open(os.path.join(SOURCES, *path), encoding="utf-8") as text:
        return text.read()


# The command's own

@rows(*((status,) for status in (0, 1, 2, 64, 69, 75, 124, 255)))
def status_of_the_command(scene, status):
    for command in ("lock", "limit -c 1", "flight",
                    "pool run -c 1 --create pwd"):
        result = scene.run(*command.split(), "k", "--", "sh", "-c",
                           f"exit {status}")
        same(f"status with {command}", status, result.status)
        same("complaint", "", result.err)
    scene.nothing_is_held()


@rows(*((name,) for name in ("TERM", "KILL", "INT", "SEGV", "PIPE", "USR1")))
def signal_that_ended_the_command(scene, name):
    for command in ("lock", "flight"):
        result = scene.run(command, "k", "--", "sh", "-c", f"kill -{name} $$")
        same(f"status with {command}", 128 + signal.Signals["SIG" + name],
             result.status)
        check("msync was killed itself", not result.was_killed)


@test
def arguments_of_the_command_are_not_touched(scene):
    words = ["-n", "--", "", " ", "a b", "*", "$HOME", "--help", "-w", "\\",
             "'", '"', "\n", "ä", "-"]
    for command in ("lock", "limit -c 1", "flight"):
        result = scene.run(*command.split(), "k", "--", "sh", "-c",
                           "printf '%s\\0' \"$@\"", "sh", *words)
        same(command, "\0".join([*words, ""]), result.out)


# Not reachable

@rows(("ping",), ("stats",), ("ls",), ("ls", "--json"), ("ls", "--tsv"),
      ("show", "lock", "k"), ("show", "--json", "lock", "k"),
      ("stats", "--tsv"), ("monitor",), ("monitor", "--json"), ("latency",),
      ("call", '{"op":"ping"}'), ("call", "-"),
      ("lock", "k", "--", "echo"), ("limit", "-c", "1", "k", "--", "echo"),
      ("flight", "k", "--", "echo"), ("pool", "run", "k", "--", "echo"),
      ("lock", "--detach", "--lease", "1", "k"), ("pool", "put", "k", "1"),
      ("pool", "clear", "k"), ("pool", "fill", "k", "a"),
      ("release", "lock", "k", "1"), ("renew", "1", "1"))
def without_a_daemon_nothing_is_done(scene, *words):
    scene.end_daemon()
    scene.refused(69, *words, data=b'{"op":"ping"}\n')
    same("status of doctor", 69, scene.run("doctor").status)


@rows(("limit", "-c", "1"), ("flight",))
def fail_open_runs_the_command_without_a_daemon(scene, *words):
    """It says so; the status is the command's, and there is no token, not even
    one of a lock around it."""
    scene.end_daemon()
    env = {**scene.env, "MSYNC_TOKEN": "1"}
    result = scene.run(*words, "--fail-open", "k", "--", "sh", "-c",
                       "echo $MSYNC_KIND $MSYNC_KEY ${MSYNC_TOKEN-none}; "
                       "exit 5", env=env)
    same("status", 5, result.status)
    same("output", f"{words[0]} k none\n", result.out)
    has("complaint", "running sh without msyncd: cannot connect", result.err)
    result = scene.run("-q", *words, "--fail-open", "k", "--", "true")
    same("status and complaint", (0, ""), (result.status, result.err))
    same("status of what is not there", 127, scene.run(
        *words, "--fail-open", "k", "--", "/no/such/program").status)


@test
def fail_open_runs_who_waits_when_the_daemon_ends(scene):
    """Refusals of a daemon that is there stay refusals."""
    scene.conn.grant("limit.borrow", key="k", capacity=1)
    result = scene.run("limit", "-n", "--fail-open", "k", "--", "echo", "ran")
    same("status and output while it is busy", (75, ""),
         (result.status, result.out))
    waiter = scene.start("limit", "--fail-open", "k", "--", "echo", "ran")
    scene.until_count("limit", "waits", 1)
    scene.end_daemon()
    result = waiter.result()
    same("status and output", (0, "ran\n"), (result.status, result.out))


@test
def a_daemon_that_does_not_answer_is_69(scene):
    """After five seconds, which is what msync grants it."""
    scene.daemon.send_signal(signal.SIGSTOP)
    result = scene.refused(69, "lock", "-n", "k", "--", "echo")
    has("complaint", "does not answer", result.err)
    scene.daemon.send_signal(signal.SIGCONT)


@test
def another_daemon_of_the_user_is_pointed_out(scene):
    """Where the default socket is absent, and only there."""
    env = {**scene.env, "XDG_RUNTIME_DIR": scene.folder}
    del env["MSYNC_SOCKET"]
    os.symlink(scene.path, scene.file("msyncd.sock"))
    hint = f"export MSYNC_SOCKET={scene.folder}/msyncd.sock"
    is_absent = not os.path.exists("/run/msyncd/msyncd.sock")
    for words in (("ping",), ("doctor",)):
        result = scene.run(*words, env=env)
        same(f"{words} points it out", is_absent,
             hint in result.out + result.err)
        check("status", result.status == 69 or not is_absent)
    same("with a socket of one's choice", False, hint in scene.run(
        "-s", scene.file("none"), "ping", env=env).err)


# 70, 71

@test
def failure_that_a_leader_reports_is_70(scene):
    scene.conn.grant("flight.begin", key="k")
    waiter = scene.start("flight", "k", "--", "echo", "ran")
    scene.until_count("flight", "waits", 1)
    scene.conn.ask("flight.fail", key="k", message="no \x1b[1m paper \x9b")
    result = waiter.result()
    same("status and output", (70, ""), (result.status, result.out))
    same("complaint, which a terminal only shows",
         "msync: flight k: flight_failed: no ?[1m paper ??\n", result.err)


@rows(("lock",), ("limit", "-c", "1"), ("flight",))
def no_descriptors_are_71(scene, *words):
    """Too few to begin with, or just enough to be granted something."""
    for most in (4, 5, 6, 7):
        result = scene.run(
            *words, "k", "--", "echo", "ran",
            preexec_fn=lambda most=most: resource.setrlimit(
                resource.RLIMIT_NOFILE, (most, most)))
        same(f"status with {most} descriptors", 71, result.status)
        same("output", "", result.out)
        has("complaint", "Too many open files", result.err)
    scene.until_free()


@test
def unwritable_output_is_71(scene):
    """A hold whose token nobody got is let go."""
    with open("/dev/full", "wb") as full:
        for words in (
                ("ping",), ("stats",), ("doctor",), ("help",), ("--version",),
                ("--help",), ("help", "lock"), ("lock", "--help"),
                ("call", '{"op":"ping"}'), ("--json", "stats"),
                ("lock", "--detach", "--lease", "1h", "k"),
                ("limit", "-c", "1", "--detach", "--lease", "1h", "k"),
                ("pool", "get", "-c", "1", "--lease", "1h", "k"),
                ("flight", "k", "--", "echo", "lost")):
            result = scene.run(*words, stdout=full)
            same(f"status of {words}", 71, result.status)
            has("complaint", "cannot write", result.err)
        scene.nothing_is_held()
        result = scene.run("flight", "k", "--", "sh", "-c", "echo; exit 3",
                           stdout=full)
        same("status of a command that failed itself", 3, result.status)


@test
def a_hold_whose_reader_has_gone_is_let_go(scene):
    out = scene.pipe()
    out.close()
    result = scene.run("lock", "--detach", "--lease", "1h", "k",
                       stdout=out.theirs)
    same("status", 71, result.status)
    scene.nothing_is_held()


@test
def unreadable_input_is_71(scene):
    with open("/proc/self/mem", "rb") as unreadable:
        scene.refused(71, "call", "-", stdin=unreadable)
    scene.refused(71, "call", "-", preexec_fn=lambda: os.close(0))
    same("status with no request at all", 0, scene.run("call", "-").status)


# 74: what is to be released or renewed has ended before; see test-ends.py for
# commands that lose their hold.

@test
def late_releases_and_renewals_are_74(scene):
    token = scene.run("lock", "--detach", "--lease", "1h", "k").out.strip()
    same("renew", 0, scene.run("renew", token, "2h").status)
    same("release", 0, scene.run("release", "lock", "k", token).status)
    for words in (("release", "lock", "k", token), ("renew", token, "1h"),
                  ("release", "limit", "k", token),
                  ("pool", "put", "k", token, "v"),
                  ("pool", "drop", "k", token)):
        scene.refused(74, *words)
    scene.hold("lock", "k")
    scene.refused(74, "release", "lock", "k", token)


# 75 and 124, and what -E makes of them

def busy(scene):
    scene.conn.grant("lock.acquire", key="k")
    return ("lock", "-n"), None


def timeout(scene):
    scene.conn.grant("lock.acquire", key="k")
    return ("lock", "-w", "1ms"), None


def quota(scene):
    """Each idle object counts as a key."""
    for half in range(2):
        items = range(half * 125000, (half + 1) * 125000)
        answer = scene.conn.ask("pool.set", key=f"p{half}", items=list(items))
        if not answer["ok"]:
            same("refused for", "quota", answer["error"])
    n = 125000
    while n > 0:
        n //= 2
        scene.conn.ask("pool.set", key=f"more {n}", items=list(range(n + 1)))
    return ("lock",), None


def leader_lost(scene):
    leader = scene.connect()
    leader.grant("flight.begin", key="k", max_leaders=1)

    def lose():
        scene.until_count("flight", "waits", 1)
        leader.close()
    return ("flight",), lose


@rows((75, busy), (124, timeout), (75, quota), (75, leader_lost))
def not_to_be_had(scene, status, prepare):
    """-E changes the status of all that are worth another attempt."""
    words, then = prepare(scene)
    for more, expected in (((), status), (("-E", "255"), 255),
                           (("-E", "1"), 1)):
        if more and then:
            words, then = prepare(scene)
        running = scene.start(*words, *more, "k", "--", "echo")
        if then:
            then()
        result = running.result()
        same(f"status with {more}", expected, result.status)
        same("output", "", result.out)
        has("complaint", prepare.__name__, result.err)


@test
def full_queues_and_deadlocks_are_75(scene):
    """msync itself asks for neither; call does."""
    scene.conn.grant("lock.acquire", key="k")
    result = scene.run("call",
                       '{"op":"lock.acquire","key":"k","max_waiters":0}')
    same("status", 75, result.status)
    has("answer", "queue_full", result.out)
    result = scene.run("call", "-",
                       data=b'{"op":"lock.acquire","key":"l"}\n' * 2)
    same("status", 75, result.status)
    has("answer", "deadlock", result.out)


@test
def other_refusals_keep_their_status_with_e(scene):
    scene.refused(78, "limit", "-E", "9", "k", "--", "echo")
    scene.end_daemon()
    scene.refused(69, "lock", "-E", "9", "k", "--", "echo")


# 76: what answers is no msyncd

@rows(
    ("no greeting", lambda _: b"220 mail.example.org ESMTP\n", False),
    ("no JSON", lambda _: b"hello yourself\n", True),
    ("another protocol", lambda _: {"ok": True, "protocol": 2}, False),
    ("no token", lambda _: {"ok": True}, True),
)
def strangers_are_76(scene, _, answer, greets):
    fake = Fake(scene, answer, greets=greets)
    scene.refused(76, "lock", "k", "--", "echo", env=fake.env)


@rows(*((value,) for value in (
    None, "text", 1, {}, {"msync": 2, "status": 0, "stdout": "", "stderr": ""},
    {"msync": 1, "status": 256, "stdout": "", "stderr": ""},
    {"msync": 1, "status": -1, "stdout": "", "stderr": ""},
    {"msync": 1, "status": 0, "stdout": "???", "stderr": ""},
    {"msync": 1, "status": 0, "stderr": ""})))
def leaders_that_are_no_msync_are_76(scene, value):
    scene.conn.grant("flight.begin", key="k")
    waiter = scene.start("flight", "k", "--", "echo", "ran")
    scene.until_count("flight", "waits", 1)
    scene.conn.ask("flight.finish", key="k", value=value)
    result = waiter.result()
    same("status and output", (76, ""), (result.status, result.out))
    has("complaint", "its leader is no msync", result.err)


# 77, 78

@test
def who_may_not_connect_is_told_what_to_do(scene):
    """The group to join, unless nobody should join it or it may not connect
    either. root drops its privileges for this."""
    program = scene.file("msync")
    shutil.copy(MSYNC, program)
    os.chmod(scene.folder, 0o755)
    os.chmod(scene.path, 0)
    how = {"program": program, "cwd": "/"}
    if os.geteuid() == 0:
        how.update(user=65534, group=65534, extra_groups=[])
    result = scene.refused(77, "lock", "k", "--", "echo", **how)
    has("complaint", "log in again", result.err)
    has("complaint", "sudo chgrp GROUP", result.err)
    result = scene.run("doctor", **how)
    same("status of doctor", 77, result.status)
    has("doctor", "sudo chgrp GROUP", result.out)
    if os.geteuid() == 0:
        os.chown(scene.path, 0, 1)
        os.chmod(scene.path, 0o660)
        result = scene.refused(77, "lock", "k", "--", "echo", **how)
        has("complaint", "sudo usermod -aG daemon nobody", result.err)


@test
def folders_that_may_not_be_entered_are_77(scene):
    """msync is started where it may be read, by somebody who is not root."""
    os.mkdir(scene.file("closed"), 0)
    program = scene.file("msync")
    shutil.copy(MSYNC, program)
    os.chmod(scene.folder, 0o755)
    how = {"program": program, "cwd": "/", "env": {
        **scene.env, "MSYNC_SOCKET": scene.file("closed/socket")}}
    if os.geteuid() == 0:
        how.update(user=65534, group=65534, extra_groups=[])
    scene.refused(77, "ping", **how)
    same("status of doctor", 77, scene.run("doctor", **how).status)


@test
def other_settings_or_none_are_78(scene):
    result = scene.refused(78, "limit", "k", "--", "echo")
    has("complaint", "-c CAPACITY", result.err)
    scene.conn.ask("limit.set", key="k", capacity=2)
    result = scene.refused(78, "limit", "-c", "3", "k", "--", "echo")
    has("complaint", "--adopt", result.err)
    scene.refused(78, "pool", "run", "k", "--", "echo")
    same("pool fill", 0, scene.run("pool", "fill", "k", "a").status)
    scene.refused(78, "pool", "fill", "k", "b")
    result = scene.refused(78, "pool", "run", "-c", "1", "l", "--", "echo")
    has("complaint", "--create", result.err)
    scene.nothing_is_held()


# 126, 127

@rows(("lock",), ("limit", "-c", "1"), ("flight",))
def commands_that_cannot_be_run(scene, *words):
    plain = scene.file("plain")
    with open(plain, "w", encoding="ascii") as stream:
        stream.write("echo ran\n")
    for status, command in ((127, "no-such-command"), (127, "/no/such/file"),
                            (127, ""), (126, plain), (126, scene.folder),
                            (126, plain + "/x")):
        result = scene.run(*words, "k", "--", command)
        same(f"status of {command}", status, result.status)
        same("output", "", result.out)
        has("complaint", f"msync: cannot run {command}: ", result.err)
    scene.nothing_is_held()


# All codes

@rows(*sorted(STATUS_OF.items()))
def code_of_the_protocol(scene, code, status):
    fake = Fake(scene, lambda _: {"ok": False, "error": code,
                                  "message": "because"})
    result = scene.refused(status, "lock", "k", "--", "echo", env=fake.env)
    has("complaint", "because", result.err)


@test
def codes_of_later_daemons_are_refusals(scene):
    fake = Fake(scene, lambda _: {"ok": False, "error": "moonshine"})
    scene.refused(75, "lock", "k", "--", "echo", env=fake.env)


@test
def every_code_has_a_status_and_none_is_0(_scene):
    names = re.findall(r'^\tX\(([A-Z_]+), "([a-z_]+)"\)', source(
        "src", "wire.h")[source("src", "wire.h").index("WIRE_CODES(X)"):],
        re.MULTILINE)
    same("codes of wire.h", {"ok", *STATUS_OF}, {name for _, name in names})
    codes = set(re.findall(r"\b(MSYNC_E_[A-Z_]+) =",
                           source("client", "msync.h")))
    check("no codes were found in msync.h", len(codes) > 25)
    check("codes of wire.h are not in msync.h",
          {"MSYNC_E_" + name for name, _ in names if name != "OK"} <= codes)
    mapped = dict(re.findall(r"\{(MSYNC_E_[A-Z_]+), (EXIT_IS_[A-Z_]+)\}",
                             source("client", "cli_exit.c")))
    same("codes that msync maps", codes, set(mapped))
    numbers = dict(re.findall(r"(EXIT_IS_[A-Z_]+) = (\d+)",
                              source("client", "cli.h")))
    for code, name in mapped.items():
        check(f"{code} is 0", int(numbers[name]) > 0)


# Standard streams that are closed

@rows((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2))
def streams_that_are_closed_stay_so(scene, *closed):
    """And no descriptor of msync's takes their place."""
    def close():
        for fd in closed:
            os.close(fd)

    result = scene.pipe()
    code = ("import os; os.write(%d, ' '.join(sorted(os.listdir("
            "'/proc/self/fd'))).encode())" % result.theirs)
    msync = scene.start("lock", "k", "--", sys.executable, "-I", "-S", "-c",
                        code, pipes=[result], preexec_fn=close, stdin=None)
    seen = {int(word) for word in result.end().split()}
    same("status", 0, msync.status())
    for fd in closed:
        # Its listing has a descriptor of its own, the lowest that is free.
        check(f"{fd} is open in the command",
              fd not in seen or fd == min(closed))
    scene.conn.grant("lock.acquire", key="l")
    same("status of a refusal", 75, scene.run(
        "lock", "-n", "l", "--", "true", preexec_fn=close).status)


main()
