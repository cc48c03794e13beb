#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync limit and msync pool: at most so many at a time, things that are lent,
and holds that belong to no process.
"""
import json
import os
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import (MSYNC, check, children_of, has, main, rows, same, test,
                     until)


# Limit

def peak(scene):
    """The most that were there at a time, of lines + and - that the commands
    have appended."""
    there = most = 0
    for line in scene.read("log").split():
        there += 1 if line == "+" else -1
        most = max(most, there)
    same("there at the end", 0, there)
    return most


@test
def no_more_than_the_capacity_run_at_a_time(scene):
    """And no less, where there are enough: the first ones wait for each
    other."""
    stop = scene.pipe(is_ours_to_read=False)
    script = f"echo + >>log; read -r x <&{stop.theirs}; echo - >>log"
    runs = [scene.start("limit", "-c", "3", "k", "--", "bash", "-c", script,
                        pass_fds=[stop.theirs]) for _ in range(12)]
    stop.hand_over()
    scene.until_count("limit", "waits", 9)
    until("three have begun", lambda: scene.read("log") == "+\n" * 3)
    same("holds", 3, scene.count("limit", "holds"))
    stop.close()
    same("statuses", {0}, {run.status() for run in runs})
    same("peak", 3, peak(scene))
    same("runs", 24, len(scene.read("log").split()))
    scene.nothing_is_held()


@test
def permits_weigh(scene):
    """Two of two in three do not go together; a small one is not let past
    one that waits."""
    first = scene.hold("limit", "k", "-c", "3", "-p", "2")
    second = scene.start("limit", "-p", "2", "k", "--", "echo", "second")
    scene.until_count("limit", "waits", 1)
    result = scene.run("limit", "-n", "k", "--", "echo", "small")
    same("status and output of a small one", (75, ""),
         (result.status, result.out))
    first.stop.close()
    same("output of the second", "second\n", second.result().out)
    same("status of the first", 0, first.status())
    same("and alone", 0, scene.run("limit", "-n", "-c", "3", "-p", "3", "k",
                                   "--", "true").status)


@test
def another_capacity_is_refused_or_adopted(scene):
    holder = scene.hold("limit", "k", "-c", "2")
    same("status", 78,
         scene.run("limit", "-c", "3", "k", "--", "true").status)
    more = scene.hold("limit", "k", "-c", "3", "--adopt")
    same("status of a third", 75, scene.run(
        "limit", "-n", "-c", "3", "--adopt", "k", "--", "true").status)
    for each in (holder, more):
        each.stop.close()
        same("status", 0, each.status())


@test
def without_a_capacity_the_one_in_force_counts(scene):
    scene.conn.ask("limit.set", key="k", capacity=1)
    holder = scene.hold("limit", "k")
    same("status", 75, scene.run("limit", "-n", "k", "--", "true").status)
    holder.stop.close()
    same("status of the holder", 0, holder.status())


# Holds that belong to no process

@rows(("lock", ()), ("limit", ("-c", "1")))
def detached_holds_outlive_msync(scene, kind, words):
    """They end by release, and others of the user may do that."""
    token = scene.run(kind, *words, "--detach", "--lease", "1h", "k").out
    same("holds", 1, scene.count(kind, "holds"))
    result = scene.run(kind, "-n", *words, "k", "--", "true")
    same("status of another one", 75, result.status)
    waiter = scene.start(kind, *words, "k", "--", "echo", "ran")
    scene.until_count(kind, "waits", 1)
    same("release", 0, scene.run("release", kind, "k", token.strip()).status)
    same("output of the waiter", "ran\n", waiter.result().out)
    same("a second release", 74,
         scene.run("release", kind, "k", token.strip()).status)
    scene.nothing_is_held()


@test
def detached_holds_wait_too(scene):
    holder = scene.hold("lock", "k")
    waiter = scene.start("lock", "--detach", "--lease", "1h", "k")
    scene.until_count("lock", "waits", 1)
    same("one that does not wait", 75, scene.run(
        "lock", "-n", "--detach", "--lease", "1h", "k").status)
    holder.stop.close()
    token = waiter.result().out.strip()
    same("release", 0, scene.run("release", "lock", "k", token).status)


@test
def detached_holds_end_with_their_lease(scene):
    """And are told to the next one as abandoned."""
    scene.run("lock", "--detach", "--lease", "1ms", "k")
    result = scene.run("-v", "lock", "k", "--", "true")
    has("complaint", "the holder before vanished", result.err)
    token = scene.run("lock", "--detach", "--lease", "1h", "k").out.strip()
    same("renew", 0, scene.run("renew", token, "1ms").status)
    scene.until_free()
    same("release", 74, scene.run("release", "lock", "k", token).status)


@test
def renewed_holds_last_longer(scene):
    token = scene.run("lock", "--detach", "--lease", "1", "k").out.strip()
    same("renew", 0, scene.run("renew", token, "1h").status)
    result = scene.run("lock", "-w", "1200ms", "k", "--", "true")
    same("status of another one, after the first lease", 124, result.status)
    same("release", 0, scene.run("release", "lock", "k", token).status)


@test
def a_script_may_hold_over_several_steps(scene):
    """As msync(1) shows it."""
    script = """
        token=$(msync lock --detach --lease 15m -w 1m deploy) || exit
        trap 'msync release lock deploy "$token"' EXIT
        msync lock -n deploy -- true && echo "nobody holds it"
        msync renew "$token" 15m && echo done
    """
    env = {**scene.env, "PATH": os.path.dirname(MSYNC) + ":" +
           scene.env["PATH"]}
    result = scene.run("-c", script, program="bash", env=env)
    same("status and output", (0, "done\n"), (result.status, result.out))
    has("complaint", "lock deploy: busy: held for", result.err)
    scene.nothing_is_held()


# Pool

@test
def a_pool_lends_each_thing_to_one_at_a_time(scene):
    """The value is in the environment; who has to wait gets what comes
    back."""
    same("fill", 0, scene.run("pool", "fill", "gpu", "0", "1").status)
    holders = [scene.hold("pool run", "gpu") for _ in range(2)]
    waiter = scene.start("pool", "run", "gpu", "--", "sh", "-c",
                         "echo $MSYNC_VALUE")
    scene.until_count("pool", "waits", 1)
    same("one that does not wait", 75, scene.run(
        "pool", "run", "-n", "gpu", "--", "true").status)
    holders[0].stop.close()
    check("it got nothing", waiter.result().out in ("0\n", "1\n"))
    holders[1].stop.close()
    for holder in holders:
        same("status", 0, holder.status())
    values = {scene.run("pool", "get", "--lease", "1h",
                        "gpu").out.split()[1] for _ in range(2)}
    same("values", {"0", "1"}, values)


@test
def filling_twice_changes_nothing(scene):
    for _ in range(2):
        same("fill", 0, scene.run("pool", "fill", "k", "a", "b").status)
    same("with room for more", 0, scene.run(
        "pool", "fill", "-c", "3", "l", "a").status)
    result = scene.run("pool", "run", "--create", "echo new", "l", "--", "sh",
                       "-c", "echo $MSYNC_VALUE")
    same("the first", "a\n", result.out)


@test
def objects_are_created_when_they_are_needed(scene):
    """Once, and then lent again; what is printed is the value, without the
    line feeds at its end."""
    create = "echo made >>log; printf 'a \"b\"\\nc\\n\\n'"
    for _ in range(3):
        result = scene.run("pool", "run", "-c", "1", "--create", create, "k",
                           "--", "sh", "-c", 'echo "$MSYNC_VALUE"')
        same("value", 'a "b"\nc\n', result.out)
    same("creations", "made\n", scene.read("log"))
    same("object", '"a \\"b\\"\\nc"\n',
         scene.run("--json", "pool", "clear", "k").out)


@rows(("exit 3",), ("true",), (r"printf '\377'",), ("echo a; exit 1",),
      ("kill -9 $$",))
def creations_that_fail_run_nothing(scene, create):
    """And leave their place to the next one."""
    result = scene.run("pool", "run", "-c", "1", "--create", create, "k", "--",
                       "echo", "ran")
    same("status and output", (70, ""), (result.status, result.out))
    has("complaint", "pool k: --create", result.err)
    result = scene.run("pool", "run", "-n", "-c", "1", "--create", "echo a",
                       "k", "--", "echo", "ran")
    same("the next one", "ran\n", result.out)


@test
def objects_that_were_idle_too_long_are_destroyed(scene):
    """By the next one who gets something, which knows the value."""
    options = ("-c", "2", "--max-idle", "1ms", "--create",
               "echo new >>log; wc -l <log", "--destroy",
               'echo "old $MSYNC_VALUE" >>log')
    for _ in range(2):
        result = scene.run("pool", "run", *options, "k", "--", "true")
        same("status", 0, result.status)
        token = scene.conn.grant("lock.acquire", key="pause", lease_ms=5)
        scene.until_count("lock", "holds", 0)
        check("no token", token)
    same("log", "new\nold 1\nnew\n",
         "".join(sorted_log(scene.read("log"))))


def sorted_log(text):
    """Whether the new one is made or the old one destroyed first is up to
    msync: news first."""
    lines = text.splitlines(keepends=True)
    same("entries", 3, len(lines))
    return [lines[0], *sorted(lines[1:], reverse=True)]


@test
def objects_whose_command_failed_are_dropped(scene):
    """Where that was asked for, and destroyed; otherwise they are put back."""
    options = ("-c", "1", "--create", "echo a", "--destroy",
               'echo "$MSYNC_KIND $MSYNC_KEY $MSYNC_VALUE" >>log')
    same("status", 5, scene.run("pool", "run", *options, "k", "--", "sh",
                                "-c", "exit 5").status)
    same("objects", 1, scene.conn.ask("pool.size", key="k")["size"])
    same("status", 5, scene.run("pool", "run", "--drop-failed", *options, "k",
                                "--", "sh", "-c", "exit 5").status)
    check("it is still there",
          scene.conn.ask("pool.size", key="k").get("size", 0) == 0)
    same("destroyed", "pool k a\n", scene.read("log"))
    same("status", 0, scene.run("pool", "run", "--drop-failed", *options, "k",
                                "--", "true").status)
    same("objects", 1, scene.conn.ask("pool.size", key="k")["size"])


@test
def a_killed_borrower_is_followed_by_the_destruction(scene):
    """The next one is told, unless the pool was filled: those things outlive
    processes."""
    destroy = ("--destroy", 'echo "$MSYNC_VALUE" >>log')
    create = ("-c", "1", "--create", "echo a")
    same("status", 0, scene.run("pool", "run", *create, "k", "--",
                                "true").status)
    holder = scene.hold("pool run", "k", *create)
    holder.kill()
    holder.result()
    same("status", 0, scene.run("pool", "run", *create, *destroy, "k", "--",
                                "true").status)
    same("destroyed", "a\n", scene.read("log"))
    scene.run("pool", "fill", "ports", "80")
    holder = scene.hold("pool run", "ports")
    holder.kill()
    holder.result()
    result = scene.run("pool", "run", *destroy, "ports", "--", "sh", "-c",
                       "echo $MSYNC_VALUE")
    same("value", "80\n", result.out)
    same("destroyed", "a\n", scene.read("log"))


@test
def objects_are_lent_and_given_back_by_token(scene):
    """get prints token and value; put may change the value; drop frees the
    place."""
    get = ("pool", "get", "-c", "1", "--lease", "1h")
    token, value = scene.run(*get, "--create", "echo 'a b'",
                             "k").out.strip().split(" ", 1)
    same("value", "a b", value)
    same("another one", 75, scene.run(*get, "-n", "k").status)
    same("put", 0, scene.run("pool", "put", "k", token, "c").status)
    token, value = scene.run(*get, "k").out.strip().split(" ", 1)
    same("value", "c", value)
    same("put as it was", 0, scene.run("pool", "put", "k", token).status)
    token, value = scene.run(*get, "k").out.strip().split(" ", 1)
    same("value", "c", value)
    same("drop", 0, scene.run("pool", "drop", "k", token).status)
    same("drop again", 74, scene.run("pool", "drop", "k", token).status)
    token = scene.run(*get, "k").out
    check(f"there is a value: {token}", token.strip().isdigit())
    same("put without a value", 65,
         scene.run("pool", "put", "k", token.strip()).status)
    same("put with one", 0,
         scene.run("pool", "put", "k", token.strip(), "--", "-d").status)
    same("value", "-d\n", scene.run("pool", "clear", "k").out)


@test
def a_lent_object_can_be_released_as_it_was(scene):
    scene.run("pool", "fill", "k", "a")
    token = scene.run("pool", "get", "--lease", "1h", "k").out.split()[0]
    same("renew", 0, scene.run("renew", token, "2h").status)
    same("release", 0, scene.run("release", "pool", "k", token).status)
    same("value", "a\n", scene.run("pool", "clear", "k").out)


@test
def clearing_takes_what_is_idle(scene):
    """Prints it, and destroys it where that was asked for."""
    scene.run("pool", "fill", "k", "a", "b", "c")
    holder = scene.hold("pool run", "k")
    result = scene.run("pool", "clear", "--destroy",
                       'echo "$MSYNC_VALUE" >>log', "k")
    same("status", 0, result.status)
    same("values", 2, len(result.out.split()))
    same("destroyed", result.out, scene.read("log"))
    holder.stop.close()
    same("status of the borrower", 0, holder.status())
    same("what it had", {"a", "b", "c"} - set(result.out.split()),
         set(scene.run("pool", "clear", "k").out.split()))
    same("an empty one", (0, ""), (scene.run("pool", "clear", "k").status,
                                   scene.run("pool", "clear", "k").out))


@test
def values_of_other_programs_are_shown_as_json(scene):
    """A shell gets the text of a string, and anything else as it is."""
    values = ["text", 80, {"port": 80}, [1, "a"], True, "ä\n"]
    scene.conn.ask("pool.set", key="k", items=values, order="fifo")
    for value in values:
        result = scene.run("pool", "get", "--lease", "1h", "k")
        text = result.out.split(" ", 1)[1][:-1]
        same("value", value,
             text if isinstance(value, str) else json.loads(text))


@test
def the_deepest_values_come_back(scene):
    """In the list of what is to be destroyed they are one deeper."""
    values = [json.loads("[" * 64 + "]" * 64), "another"]
    request = '{"op":"pool.clear","key":"k"}'
    for value in values:
        scene.conn.ask("pool.get", key="k", capacity=2)
    for value in values:
        scene.conn.ask("pool.put", key="k", value=value)
    result = scene.run("call", request)
    same("status", 0, result.status)
    same("values", 2, len(json.loads(result.out)["destroy"]))
    check("the deepest one is there",
          values[0] in json.loads(result.out)["destroy"])


@test
def capacities_of_pools_are_refused_or_adopted(scene):
    holder = scene.hold("pool run", "k", "-c", "1", "--create", "echo a")
    same("status", 78, scene.run("pool", "run", "-c", "2", "--create",
                                 "echo b", "k", "--", "true").status)
    same("status", 75, scene.run("pool", "run", "-n", "-c", "2", "--adopt",
                                 "--create", "echo b", "k", "--",
                                 "true").status)
    holder.stop.close()
    same("status of the holder", 0, holder.status())


@test
def a_signal_reaches_the_command_of_a_pool(scene):
    """And the object is put back."""
    scene.run("pool", "fill", "k", "a")
    holder = scene.hold("pool run", "k")
    check("no command", children_of(holder.pid))
    holder.send_signal(signal.SIGTERM)
    same("status", 143, holder.status())
    same("value", "a\n", scene.run("pool", "clear", "k").out)


main()
