#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is asked in a wrong way: command lines (64), and requests that the
daemon does not take (65).

edge: 108
"""
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import check, has, main, rows, same, test


# Wrong command lines

@rows(
    (), ("frob",), ("--frob", "ping"), ("-s",), ("-s", "", "ping"),
    ("-s", "x" * 108, "ping"), ("lock",), ("lock", "k"), ("lock", "--"),
    ("lock", "--", "echo"), ("lock", "k", "--"), ("lock", "k", "echo"),
    ("lock", "k", "l", "--", "echo"), ("lock", "-x", "k", "--", "echo"),
    ("lock", "--frob", "k", "--", "echo"),
    ("lock", "-n", "-w", "1", "k", "--", "echo"),
    ("lock", "-w", "1", "-w", "1", "k", "--", "echo"),
    ("lock", "-w", "x", "k", "--", "echo"), ("lock", "-w"),
    ("lock", "-w", "25d", "k", "--", "echo"),
    ("lock", "-E", "0", "k", "--", "echo"),
    ("lock", "-E", "256", "k", "--", "echo"),
    ("lock", "-E", "-1", "k", "--", "echo"),
    ("lock", "-E", "7x", "k", "--", "echo"),
    ("lock", "-E", "", "k", "--", "echo"),
    ("lock", "--lease", "0", "k", "--", "echo"),
    ("lock", "--on-lost", "weep", "k", "--", "echo"),
    ("lock", "--kill-after", "soon", "k", "--", "echo"),
    ("lock", "--fail-open", "k", "--", "echo"),
    ("lock", "--detach", "k"), ("lock", "--detach", "--inherit", "k"),
    ("lock", "--lease", "1", "k"),
    ("lock", "--detach", "--lease", "1", "k", "--", "echo"),
    ("limit", "-c", "0", "k", "--", "echo"),
    ("limit", "-c", "2147483648", "k", "--", "echo"),
    ("limit", "-p", "0", "k", "--", "echo"),
    ("flight", "k"), ("flight", "--lease", "1", "k", "--", "echo"),
    ("flight", "--keep", "-1", "k", "--", "echo"),
    ("flight", "--max-leaders", "0", "k", "--", "echo"),
    ("pool",), ("pool", "frob"), ("pool", "run", "k"),
    ("pool", "run", "k", "--"), ("pool", "run", "--", "echo"),
    ("pool", "run", "k", "l", "--", "echo"), ("pool", "get", "k"),
    ("pool", "put", "k"), ("pool", "put", "k", "0"),
    ("pool", "put", "k", "1", "v", "w"), ("pool", "drop", "k", "x"),
    ("pool", "fill", "k"), ("pool", "clear"),
    ("release", "lock", "k"), ("release", "frob", "k", "1"),
    ("release", "lock", "k", "-1"), ("release", "lock", "k", "x"),
    ("renew", "1"), ("renew", "x", "1"), ("renew", "1", "0"),
    ("stats", "--json", "--tsv"), ("stats", "-x"), ("ping", "-x"),
    ("monitor", "a", "b"), ("monitor", "-k", "frob"), ("monitor", "-e", ""),
    ("monitor", "-e", "lost,frob"), ("monitor", "-e", ","), ("monitor", "-x"),
    ("latency", "x"), ("latency", "-i", "0"), ("latency", "-i", "x"),
    ("latency", "-c", "0"), ("latency", "-c", "x"), ("latency", "-x"),
    ("ping", "x"), ("stats", "x"), ("doctor", "x"), ("call",),
    ("ls", "a", "b"), ("ls", "-k", "frob"), ("ls", "-x"), ("ls", "-k"),
    ("ls", "--json", "--tsv"), ("--json", "ls", "--tsv"), ("show",),
    ("show", "lock"), ("show", "frob", "k"), ("show", "lock", "k", "l"),
    ("show", "--tsv", "lock", "k"),
    ("call", "{}", "{}"), ("help", "frob"), ("help", "lock", "ping"),
)
def wrong_command_line(scene, *words):
    """Is 64, says what is wrong, and how it is done."""
    result = scene.run(*words)
    same("status", 64, result.status)
    same("output", "", result.out)
    check(f"no way is shown: {result.err}",
          "usage: msync " in result.err or "Try: msync help" in result.err)
    for line in result.err.splitlines():
        check(f"not msync's own words: {line}",
              line.startswith(("msync: ", "usage: msync ", "       ", "More: ",
                               "Try: ")))


# Requests that the daemon does not take

@rows(
    ("not JSON",), ("",), ("[]",), ("{}",), ('{"op":1}',), ('{"op":""}',),
    ('{"op":"ping"} x',), ('{"op":"ping","id":1.5}',),
    ('{"op":"ping","op":"ping"}',), ('{"id":1,"id":1,"op":"ping"}',),
)
def bad_json_is_told_without_asking(scene, text):
    """Neither as an argument nor as a line."""
    scene.refused(65, "call", text)
    if text:
        scene.refused(65, "call", "-", data=text.encode())


@rows(
    ("bad_request", '{"op":"lock.acquire"}'),
    ("bad_request", '{"op":"lock.acquire","key":"k","frob":1}'),
    ("unknown_op", '{"op":"frob"}'),
    ("bad_request", '{"op":"lock.acquire","key":"%s"}' % ("x" * 257)),
)
def bad_requests_are_answered(scene, code, text):
    for how in ({"data": None}, {"data": text.encode()}):
        result = scene.run("call", text if how["data"] is None else "-", **how)
        same("status", 65, result.status)
        has("answer", f'"error":"{code}"', result.out)


@test
def bad_keys_and_numbers_are_65(scene):
    for key in ("", "x" * 257, "@x", "a\nb", b"\xff", b"a\xc3", "x" * 5000):
        scene.refused(65, "lock", key, "--", "echo")
        scene.refused(65, "flight", key, "--", "echo")
        scene.refused(65, "pool", "fill", key, "a")
    scene.refused(65, "limit", "-c", "2", "-p", "3", "k", "--", "echo")
    scene.refused(65, "pool", "fill", "k", "a", b"\xff")
    same("pools", 0, scene.count("pool", "keys"))


@test
def too_long_requests_are_65(scene):
    text = '{"op":"flight.finish","key":"k","value":"%s"}' % ("x" * (1 << 20))
    result = scene.run("call", "-", data=text.encode())
    same("status", 65, result.status)


@test
def the_first_failure_of_several_requests_counts(scene):
    result = scene.run("call", "-", data=(
        b'{"op":"ping"}\n\n'
        b'{"op":"limit.info","key":"k"}\n'
        b'{"op":"frob"}\n'
        b'{"id":7,"op":"ping"}'))
    same("status", 78, result.status)
    same("answers", 4, len(result.out.splitlines()))
    same("the last one", '{"id":7,"ok":true}', result.out.splitlines()[-1])


@test
def a_nul_in_a_request_is_no_end_of_it(scene):
    scene.refused(65, "call", "-", data=b'{"op":"ping"}\0{"op":"ping"}\n')


main()
