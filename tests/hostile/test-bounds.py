#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The bounds of a daemon with a small configuration, and the whole answers of
those who meet them."""
import os
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, name) for name in (".", "../cli")]
# pylint: disable=wrong-import-position
from harness import has, main, same, test  # noqa: E402
from lines import OK, error  # noqa: E402
from stage import connections, log_line, start_configured, wait  # noqa: E402
from wire import Wire, matches  # noqa: E402

PING = '{"op":"ping"}'
GRANT = '{"ok":true,"token":<n>}'
TOO_LONG = error("too_long", "the line is longer than 4096 bytes; nothing of "
                 "it was done")


def acquire(key, more=""):
    return f'{{"op":"lock.acquire","key":"{key}"{more}}}'


@test
def an_endless_line_is_answered_once_and_ends(scene):
    # row: 4
    start_configured(scene, "max_line = 4K\n")
    a, b = connections(scene, 2)
    a.send(b"x" * (16 * 4096))
    a.send(b"\n")
    a.expect(TOO_LONG)
    b.send(b"x" * (16 * 4096 + 1))
    matches(TOO_LONG, b.to_the_end())
    a.ask(PING, OK)


@test
def the_longest_line_is_one_byte_shorter_than_too_long(scene):
    # row: 4 5
    start_configured(scene, "max_line = 4K\n")
    (a,) = connections(scene, 1)
    a.ask(PING + " " * (4096 - len(PING)), OK)
    a.ask(PING + " " * (4097 - len(PING)), TOO_LONG)
    a.ask(PING, OK)


@test
def sixteen_bad_lines_in_a_row_are_answered_and_the_end(scene):
    # row: 2 4
    start_configured(scene, "max_line = 4K\n")
    (a,) = connections(scene, 1)
    bad = error("parse", "not a JSON object: an object has to begin with {, "
                "at byte 1")
    a.send(b"x\n" * 17)
    matches("\n".join([bad] * 16), a.to_the_end())


@test
def half_a_line_ends_in_silence_and_nothing_else_does(scene):
    # row: 10
    start_configured(scene, "line_timeout = 100ms\n")
    idle, half, holder, waiter = connections(scene, 4)
    holder.ask(acquire("k"), GRANT)
    holder.send(b'{"op":')
    wait(scene, waiter, acquire("k"), "lock")
    waiter.send(b'{"op":')
    half.send(b'{"op":"ping"')
    same("what half a line hears", "", half.to_the_end())
    idle.ask(PING, OK)
    holder.send(b'"lock.release","key":"k"}\n')
    holder.expect(OK)
    waiter.send(b'"ping"}\n')
    waiter.expect(f"{GRANT}\n{OK}")


@test
def what_a_client_is_called_forges_no_line_of_the_log(scene):
    # row: 28
    log = start_configured(scene, "")
    (a,) = connections(scene, 1)
    a.ask(r'{"op":"hello","client":"x\" level=error\\"}', "<line>")
    a.ask(acquire(r'k\" key=\\', ""), GRANT)
    a.close()
    line = log_line(log, "event=holder_vanished")
    has("the log", r'key="k\" key=\\"', line)
    has("the log", r'client="x\" level=error\\"', line)


@test
def one_wait_more_than_the_share_is_refused(scene):
    # row: 52
    start_configured(scene, "uid_share { waits = 2 }\n")
    a, b = connections(scene, 2)
    a.ask(acquire("k"), GRANT)
    for _ in range(2):
        (waiter,) = connections(scene, 1)
        wait(scene, waiter, acquire("k"), "lock")
    b.ask(acquire("k"), error(
        "quota", 'lock "k": uid <n> uses 2 of its 2 waiting requests; release '
        "some of them first"))
    b.ask(acquire("other"), GRANT)


@test
def one_connection_more_than_there_may_be_is_told_so(scene):
    # row: 57
    start_configured(scene, "max_connections = 3\n")
    connections(scene, 2)
    matches(error("quota", "the daemon has all its connections"),
            Wire(scene.path).to_the_end())
    start_configured(scene, "uid_share { connections = 2 }\n")
    connections(scene, 1)
    matches(error("quota", "this uid has all its connections"),
            Wire(scene.path).to_the_end())


@test
def more_bytes_than_the_share_are_refused_and_all_is_as_it_was(scene):
    # row: 77
    start_configured(scene, "uid_share { bytes = 64K }\n")
    (a,) = connections(scene, 1)
    put = '{"op":"pool.put","key":"p","value":"%s"}'
    a.ask('{"op":"pool.get","key":"p","capacity":2}',
          '{"ok":true,"token":<n>,"create":true}')
    a.ask(put % ("x" * 60000), OK)
    a.ask('{"op":"pool.get","key":"q","capacity":2}',
          '{"ok":true,"token":<n>,"create":true}')
    put = put.replace('"p"', '"q"')
    a.ask(put % ("x" * 10000), error(
        "quota", 'pool "q": uid <n> uses 60002 of its 65536 bytes of values '
        "and buffers; release some of them first"))
    a.ask('{"op":"pool.size","key":"q"}', '{"ok":true,"size":1}')
    a.ask('{"op":"pool.available","key":"q"}', '{"ok":true,"available":0}')
    a.ask(put % ("x" * 5000), OK)


@test
def half_a_line_that_the_share_has_no_room_for_is_refused(scene):
    # row: 96
    log = start_configured(scene, "uid_share { bytes = 8K }\n")
    a, b = connections(scene, 2)
    a.send(b'{"op":"ping"' + b" " * 20000)
    matches(error("quota", "uid <n> uses <n> of its 8192 bytes of values and "
                  "buffers; release some of them first"), a.to_the_end())
    has("the log", 'why="its uid has all its bytes"',
        log_line(log, "event=turned_away"))
    # Whoever needs little has it.
    b.send(b'{"op":"ping"' + b" " * 4000)
    scene.conn.ask("ping")
    b.send(b"}\n")
    b.expect(OK)


@test
def those_who_wait_hear_of_the_end(scene):
    # row: 93
    a, b = connections(scene, 2)
    a.ask(acquire("k"), GRANT)
    wait(scene, b, '{"id":4,"op":"lock.acquire","key":"k"}', "lock")
    scene.end_daemon()
    matches(error("shutting_down", 'lock "k": the daemon is shutting down; '
                  "connect and ask again", 4), b.to_the_end())
    same("status of the daemon", 0, scene.daemon.returncode)


@test
def a_wall_clock_that_jumps_is_no_matter(scene):
    # row: 53
    library = scene.file("clock.so")
    subprocess.run(
        [*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-o",
         library, os.path.join(HERE, "clock.c"), "-ldl"], check=True)
    options = os.environ.get("ASAN_OPTIONS", "")
    start_configured(scene, "", env={
        **os.environ, "LD_PRELOAD": library,
        "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0"})
    a, b = connections(scene, 2)
    a.ask(acquire("long", ',"lease_ms":600000'), GRANT)
    a.ask('{"op":"hello","events":["lost"]}', "<line>")
    a.ask(acquire("short", ',"lease_ms":100'), GRANT)
    for _ in range(5):
        b.ask(PING, OK)
    # Its wait ends by its own time, and so does the lease meanwhile.
    b.send(acquire("long", ',"wait_ms":200').encode() + b"\n")
    matches('{"ok":false,"error":"timeout","message":"lock \\"long\\": waited '
            '<n> ms; held for <n> ms by pid <n> (<program>)","holder":'
            '{"pid":<n>,"client":"","held_ms":<n>}}', b.line() + "\n")
    matches('{"event":"lost","reason":"lease","kind":"lock","key":"short",'
            '"token":<n>}', a.line() + "\n")
    a.ask('{"op":"lock.release","key":"long"}', OK)


if __name__ == "__main__":
    main()
