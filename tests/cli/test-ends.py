#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ends of things: of msync, of its command, of what that leaves behind, of
the hold and of the daemon; and what becomes of the others then.

edge: 104 105 106
"""
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import (LIMIT_S, check, children_of, has, is_running,
                     is_stopped, main, rows, same, test, until)

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDER = (sys.executable, "-I", "-S", os.path.join(HERE, "recorder.py"))
KINDS = (("lock", ()), ("limit", ("-c", "1")),
         ("pool run", ("-c", "1", "--create", "echo a")))
ABANDONED = "the holder before vanished"


def record(scene, *words):
    """msync lock with the recorder: it, the child's pid, what is recorded."""
    heard = scene.pipe()
    msync = scene.start("lock", *words, "k", "--", *RECORDER,
                        str(heard.theirs), pipes=[heard])
    return msync, int(heard.line().split()[1]), heard


def next_one(scene):
    """Whether the next one is told that the lock was abandoned."""
    result = scene.run("-v", "lock", "-n", "k", "--", "true")
    same("status of the next one", 0, result.status)
    return ABANDONED in result.err


# msync is killed

# Takes the memory that it is told to, and kills msync when it may.
KILLER = """
import os, signal, sys
mib, ready, go = (int(word) for word in sys.argv[1:])
memory = bytearray(mib << 20)
memory[::4096] = b"x" * len(memory[::4096])
os.write(ready, b"%d\\n" % os.getpid())
os.read(go, 1)
os.kill(os.getppid(), signal.SIGKILL)
signal.pause()
"""


@rows((0,), (512,))
def killed_msync_takes_its_command_along_before_the_next_one_runs(scene, mib):
    """Also one that is slow to end, because the kernel has to take its memory
    away first."""
    ready, go = scene.pipe(), scene.pipe(is_ours_to_read=False)
    msync = scene.start("lock", "k", "--", sys.executable, "-I", "-S", "-c",
                        KILLER, str(mib), str(ready.theirs), str(go.theirs),
                        pipes=[ready, go])
    child = int(ready.line())
    waiter = scene.start("-v", "lock", "k", "--", "sh", "-c",
                         f"grep State: /proc/{child}/status; exit 0")
    scene.until_count("lock", "waits", 1)
    go.write(b"x")
    result = waiter.result()
    check(f"the command ran beside the next one: {result.out}",
          result.out == "" or "Z (zombie)" in result.out)
    has("what the next one was told", ABANDONED, result.err)
    same("status", 128 + signal.SIGKILL, msync.status())
    check("the command lives", not is_running(child))
    until("nobody is connected but the test",
          lambda: scene.conn.ask("stats")["connections"] == 1)


@test
def a_shell_may_kill_the_msync_that_runs_it(scene):
    msync = scene.start("lock", "k", "--", "sh", "-c",
                        "kill -9 $PPID; read -r x")
    same("status", 128 + signal.SIGKILL, msync.status())
    scene.until_free()
    check("the next one is not told", next_one(scene))


@test
def msync_killed_while_it_waits_leaves_no_trace(scene):
    holder = scene.hold("lock", "k")
    waiter = scene.start("lock", "k", "--", "echo", "ran")
    scene.until_count("lock", "waits", 1)
    waiter.kill()
    same("output", "", waiter.result().out)
    scene.until_count("lock", "waits", 0)
    holder.stop.close()
    same("status of the holder", 0, holder.status())
    check("the lock is said to be abandoned", not next_one(scene))


@rows(*KINDS)
def a_killed_msync_gives_back_what_it_held(scene, kind, words):
    msync = scene.hold(kind, "k", *words)
    msync.kill()
    msync.result()
    scene.until_free()


@test
def a_stopped_msync_keeps_its_hold(scene):
    msync = scene.hold("lock", "k")
    msync.send_signal(signal.SIGSTOP)
    until("msync has stopped", lambda: is_stopped(msync.pid))
    same("status of another one", 75,
         scene.run("lock", "-n", "k", "--", "true").status)
    msync.send_signal(signal.SIGCONT)
    msync.stop.close()
    same("status", 0, msync.status())


# What the command leaves behind

def leave_behind(scene, *words):
    """A command that ends and leaves somebody behind who lives as long as the
    pipe that is returned."""
    stop, ready = scene.pipe(is_ours_to_read=False), scene.pipe()
    script = (f"setsid bash -c 'echo >&{ready.theirs}; read -r x' "
              f"<&{stop.theirs} >/dev/null 2>&1 & "
              f"exec {stop.theirs}<&-; exit 6")
    result = scene.run("lock", *words, "k", "--", "bash", "-c", script,
                       pipes=[stop, ready])
    ready.line()
    same("status", 6, result.status)
    return stop


@test
def daemons_that_a_command_leaves_behind_hold_nothing(scene):
    stop = leave_behind(scene)
    scene.nothing_is_held()
    check("the lock is said to be abandoned", not next_one(scene))
    stop.close()


@test
def daemons_that_inherit_hold_until_they_end(scene):
    stop = leave_behind(scene, "--inherit")
    result = scene.run("lock", "-n", "k", "--", "true")
    same("status of another one", 75, result.status)
    same("holds", 1, scene.count("lock", "holds"))
    stop.close()
    scene.until_free()
    check("nobody says that its holder vanished", next_one(scene))


@rows(*KINDS)
def what_is_inherited_by_nobody_is_released(scene, kind, words):
    """So the next one is not told that it was abandoned, and the object of a
    pool is put back."""
    result = scene.run(*kind.split(), "--inherit", *words, "k", "--", "sh",
                       "-c", "exit 3")
    same("status", 3, result.status)
    scene.nothing_is_held()
    counts = scene.stats(kind.split()[0])
    same("released, lost", (1, 0), (counts["released"], counts["lost"]))


@test
def a_killed_msync_leaves_an_inherited_hold_to_the_command(scene):
    heard = scene.pipe()
    msync = scene.start("lock", "--inherit", "k", "--", *RECORDER,
                        str(heard.theirs), pipes=[heard])
    child = int(heard.line().split()[1])
    msync.kill()
    msync.wait(LIMIT_S)
    same("status of another one", 75,
         scene.run("lock", "-n", "k", "--", "true").status)
    check("the command has ended", is_running(child))
    os.kill(child, signal.SIGALRM)
    scene.until_free()
    same("what the command got", b"", heard.end())


def open_files(scene, *words):
    """The descriptors that a command finds, but for its own of the folder."""
    result = scene.run("lock", *words, "k", "--", sys.executable, "-I", "-S",
                       "-c", "import os; print(*os.listdir('/proc/self/fd'))")
    return sorted(int(word) for word in result.out.split())[:-1]


@test
def a_command_finds_no_descriptor_that_it_must_not_have(scene):
    same("without --inherit", [0, 1, 2], open_files(scene))
    files = open_files(scene, "--inherit")
    same("with --inherit", ([0, 1, 2], 5), (files[:3], len(files)))


# The guard

@test
def msync_leaves_no_process_behind(scene):
    for command in ("lock", "flight"):
        same("status", 0, scene.run(command, "k", "--", "true").status)
        same("processes", [scene.daemon.pid], children_of(os.getpid()))


@test
def a_killed_guard_harms_nobody(scene):
    msync = scene.hold("lock", "k")
    first, second = sorted(children_of(msync.pid))
    os.kill(second, signal.SIGKILL)
    until("the guard is gone", lambda: not is_running(second))
    check("the command has ended", is_running(first))
    same("holds", 1, scene.count("lock", "holds"))
    msync.stop.close()
    same("status", 0, msync.status())
    scene.nothing_is_held()


@test
def a_terminated_guard_stays(scene):
    """As with pkill msync."""
    msync = scene.hold("lock", "k")
    first, second = sorted(children_of(msync.pid))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(second, number)
    msync.kill()
    msync.result()
    scene.until_free()
    check("the command lives", not is_running(first))
    until("the guard is gone", lambda: not is_running(second))


# The hold is lost

@rows(*KINDS)
def a_lost_daemon_ends_the_command(scene, kind, words):
    msync = scene.hold(kind, "k", *words)
    scene.end_daemon(signal.SIGKILL)
    result = msync.result()
    same("status", 74, result.status)
    has("complaint", f"{kind.split()[0]} k: the hold was lost while cat ran: "
        "the connection to msyncd broke", result.err)


@test
def a_lease_that_runs_out_ends_the_command(scene):
    """Or keeps it from running, where that took longer than the lease."""
    never = scene.pipe(is_ours_to_read=False)
    result = scene.run("lock", "--lease", "1ms", "k", "--", "bash", "-c",
                       f"read -r x <&{never.theirs}", pipes=[never])
    same("status", 74, result.status)
    has("complaint", "lease", result.err)
    check("the next one is not told", next_one(scene))


@test
def a_command_that_ends_in_time_does_not_feel_its_lease(scene):
    same("status", 3, scene.run("lock", "--lease", "1h", "k", "--", "sh",
                                "-c", "exit 3").status)


@test
def a_command_is_told_to_end_and_then_killed(scene):
    """TERM at once; KILL no sooner than --kill-after says."""
    msync, child, heard = record(scene, "--kill-after", "300ms")
    scene.end_daemon(signal.SIGKILL)
    same("what the command got", f"TERM {msync.pid}", heard.line())
    began = time.monotonic()
    same("what it got then", f"CONT {msync.pid}", heard.line())
    same("status", 74, msync.status())
    check("it was killed too early", time.monotonic() - began > 0.29)
    check("the command lives", not is_running(child))


@test
def a_command_that_ends_slowly_is_given_its_time(scene):
    msync, child, heard = record(scene, "--kill-after", "1h")
    scene.end_daemon(signal.SIGKILL)
    same("what the command got", f"TERM {msync.pid}", heard.line())
    same("what it got then", f"CONT {msync.pid}", heard.line())
    os.kill(child, signal.SIGALRM)
    same("status", 74, msync.status())


@rows(("--kill-after", "0"), ("--on-lost", "kill"))
def a_command_can_be_killed_at_once(scene, *words):
    msync, child, heard = record(scene, *words)
    scene.end_daemon(signal.SIGKILL)
    same("status", 74, msync.status())
    check("the command lives", not is_running(child))
    if words[0] == "--on-lost":
        same("what the command got", b"", heard.end())


@test
def a_command_can_go_on_without_its_hold(scene):
    msync, child, heard = record(scene, "--on-lost", "ignore")
    scene.end_daemon(signal.SIGKILL)
    msync.send_signal(signal.SIGUSR1)
    same("what the command got", f"USR1 {msync.pid}", heard.line())
    os.kill(child, signal.SIGALRM)
    result = msync.result()
    same("status", 7, result.status)
    has("complaint", "the hold was lost", result.err)
    same("what the command got later", b"", heard.end())


@test
def a_stopped_command_is_woken_to_end(scene):
    msync = scene.hold("lock", "k", "--kill-after", "1h")
    child = min(children_of(msync.pid))
    os.kill(child, signal.SIGSTOP)
    until("it has stopped", lambda: is_stopped(child))
    scene.end_daemon(signal.SIGKILL)
    same("status", 74, msync.status())


@test
def a_stopped_msync_learns_late_that_its_lease_ran_out(scene):
    """The next one does not wait for it."""
    msync = scene.hold("lock", "k", "--lease", "2")
    msync.send_signal(signal.SIGSTOP)
    until("msync has stopped", lambda: is_stopped(msync.pid))
    result = scene.run("lock", "k", "--", "echo", "ran")
    same("output of the next one", "ran\n", result.out)
    msync.send_signal(signal.SIGCONT)
    same("status", 74, msync.status())


@test
def quiet_losses_are_told_by_the_status_alone(scene):
    never = scene.pipe(is_ours_to_read=False)
    result = scene.run("-q", "lock", "--lease", "1ms", "k", "--", "bash", "-c",
                       f"read -r x <&{never.theirs}", pipes=[never])
    same("status", 74, result.status)
    same("complaint", "", result.err)


@test
def a_daemon_that_ends_in_order_sends_waiters_away(scene):
    """They have not run; who runs has lost the hold."""
    holder = scene.hold("lock", "k")
    waiter = scene.start("lock", "k", "--", "echo", "ran")
    scene.until_count("lock", "waits", 1)
    scene.end_daemon(signal.SIGTERM)
    result = waiter.result()
    same("status of the one who waited", 69, result.status)
    same("output", "", result.out)
    has("complaint", "shutting_down", result.err)
    same("status of the holder", 74, holder.status())


@test
def a_daemon_that_is_killed_sends_waiters_away(scene):
    holder = scene.hold("lock", "k")
    waiter = scene.start("lock", "k", "--", "echo", "ran")
    scene.until_count("lock", "waits", 1)
    scene.end_daemon(signal.SIGKILL)
    result = waiter.result()
    same("status of the one who waited", 69, result.status)
    same("output", "", result.out)
    same("status of the holder", 74, holder.status())


main()
