#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What becomes of the signals that msync gets, on real processes.

One table: each signal that is handed on, while msync waits, when it has just
been granted, while its command runs, and while that ignores the signal. Then
terminals, where the command gets the signal anyway, and ignored signals.

edge: 103
"""
import fcntl
import os
import pty
import signal
import struct
import sys
import termios

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import (check, is_pending, is_running, is_stopped, main, rows,
                     same, test, until, wait_for)

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDER = (sys.executable, "-I", "-S", os.path.join(HERE, "recorder.py"))
# Whether a program ends by it unless it says otherwise.
SIGNALS = (("INT", True), ("TERM", True), ("HUP", True), ("QUIT", True),
           ("USR1", True), ("USR2", True), ("WINCH", False), ("CONT", False))


def number_of(name):
    return signal.Signals["SIG" + name]


def record(scene, **how):
    """msync lock with the recorder: it, the child's pid, what is recorded."""
    heard = scene.pipe()
    msync = scene.start("lock", "k", "--", *RECORDER, str(heard.theirs),
                        pipes=[heard], **how)
    word, pid = heard.line().split()
    same("first word of the recorder", "ready", word)
    return msync, int(pid), heard


def until_taken(msync, name):
    """Until msync has seen the signal, whatever it does with it."""
    until(f"{name} is not pending any more",
          lambda: not is_pending(msync.pid, number_of(name)))


@rows(*SIGNALS)
def waiting(scene, name, is_deadly):
    """It ends as any program does, and runs nothing; or it waits on."""
    token = scene.conn.grant("lock.acquire", key="k")
    msync = scene.start("lock", "k", "--", "echo", "ran")
    scene.until_count("lock", "waits", 1)
    msync.send_signal(number_of(name))
    if is_deadly:
        result = msync.result()
        same("the signal that ended msync", 128 + number_of(name),
             result.status)
        check("msync was not ended by the signal itself", result.was_killed)
        same("output", "", result.out)
        scene.until_count("lock", "waits", 0)
        same("locks held by the test", 1, scene.count("lock", "holds"))
    else:
        same("waits", 1, scene.count("lock", "waits"))
    same("release", True, scene.conn.ask("lock.release", key="k",
                                         token=token)["ok"])
    if not is_deadly:
        result = msync.result()
        same("output", "ran\n", result.out)
        same("status", 0, result.status)
    scene.until_free()


@rows(*SIGNALS)
def just_granted(scene, name, is_deadly):
    """Wherever it comes between the grant and the command, that is gone when
    msync is."""
    alive, stop = scene.pipe(), scene.pipe(is_ours_to_read=False)
    msync = scene.start("lock", "k", "--", "cat", stdin=stop.theirs,
                        stdout=alive.theirs)
    stop.hand_over()
    scene.until_count("lock", "holds", 1)
    msync.send_signal(number_of(name))
    if is_deadly:
        same("status", 128 + number_of(name), msync.status())
    else:
        stop.close()
        same("status", 0, msync.status())
    same("what is left of the command", b"", alive.end())
    scene.until_free()


@rows(*SIGNALS)
def running(scene, name, _):
    """The command gets it, once and from msync, and decides."""
    msync, child, heard = record(scene)
    msync.send_signal(number_of(name))
    same("what the command got", f"{name} {msync.pid}", heard.line())
    same("locks held", 1, scene.count("lock", "holds"))
    os.kill(child, signal.SIGALRM)
    same("status", 7, msync.status())
    same("what the command got later", b"", heard.end())
    scene.nothing_is_held()


@rows(*SIGNALS)
def running_without_a_handler(scene, name, is_deadly):
    """The command does with it what any program does."""
    msync = scene.hold("lock", "k")
    msync.send_signal(number_of(name))
    if not is_deadly:
        until_taken(msync, name)
        msync.stop.close()
    result = msync.result()
    same("status", 128 + number_of(name) if is_deadly else 0, result.status)
    check("msync itself was ended by it", not result.was_killed)
    scene.nothing_is_held()


@rows(*SIGNALS)
def ignored_by_the_command(scene, name, _):
    """The hold stays with the command, which goes on."""
    ready, stop = scene.pipe(), scene.pipe(is_ours_to_read=False)
    script = (f"trap '' {name}; echo $$ >&{ready.theirs}; "
              f"read -r x <&{stop.theirs}; exit 5")
    msync = scene.start("lock", "k", "--", "bash", "-c", script,
                        pipes=[ready, stop])
    child = int(ready.line())
    msync.send_signal(number_of(name))
    until_taken(msync, name)
    check("the command has ended", is_running(child))
    same("locks held", 1, scene.count("lock", "holds"))
    stop.close()
    same("status", 5, msync.status())
    scene.nothing_is_held()


@test
def several_signals_all_arrive(scene):
    msync, child, heard = record(scene)
    for name in ("USR1", "HUP", "USR2", "TERM", "USR1"):
        msync.send_signal(number_of(name))
        same("what the command got", f"{name} {msync.pid}", heard.line())
    os.kill(child, signal.SIGALRM)
    same("status", 7, msync.status())


# Terminals

def on_a_terminal(scene, *words, pipes):
    """Starts msync as the leader of a session on a new terminal, as ssh -t
    does; its pid and our end of the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        for pipe in pipes:
            os.set_inheritable(pipe.theirs, True)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.chdir(scene.folder)
        os.execve(words[0], words, scene.env)
    for pipe in pipes:
        pipe.hand_over()
    return pid, terminal


def record_on_a_terminal(scene):
    heard = scene.pipe()
    msync = os.path.join(os.environ["builddir"], "msync")
    pid, terminal = on_a_terminal(scene, msync, "lock", "k", "--", *RECORDER,
                                  str(heard.theirs), pipes=[heard])
    child = int(heard.line().split()[1])
    return pid, child, heard, terminal


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    until("msync has stopped", lambda: is_stopped(pid))


def press(key):
    return lambda terminal: os.write(terminal, key)


def resize(terminal):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 50, 90, 0, 0))


@rows(("INT", press(b"\x03")), ("QUIT", press(b"\x1c")), ("WINCH", resize))
def a_terminal_tells_the_command_once(scene, name, do):
    """Its whole foreground is told; msync, stopped until the command has taken
    it, must not tell it again."""
    pid, child, heard, terminal = record_on_a_terminal(scene)
    stop(pid)
    do(terminal)
    same("what the command got", f"{name} 0", heard.line())
    os.kill(pid, signal.SIGCONT)
    same("what the command got then", f"CONT {pid}", heard.line())
    os.kill(child, signal.SIGALRM)
    same("status", 7, wait_for(pid))
    same("what the command got later", b"", heard.end())
    os.close(terminal)
    scene.nothing_is_held()


@test
def a_terminal_that_goes_away_hangs_up_the_command(scene):
    """The kernel tells the leader of the session only, which is msync."""
    pid, child, heard, terminal = record_on_a_terminal(scene)
    os.close(terminal)
    same("what the command got", f"HUP {pid}", heard.line())
    same("locks held", 1, scene.count("lock", "holds"))
    os.kill(child, signal.SIGALRM)
    same("status", 7, wait_for(pid))


@test
def ctrl_c_ends_a_plain_command_and_msync(scene):
    ready = scene.pipe()
    msync = os.path.join(os.environ["builddir"], "msync")
    script = f"echo >&{ready.theirs}; read -r x"
    pid, terminal = on_a_terminal(scene, msync, "lock", "k", "--", "bash",
                                  "-c", script, pipes=[ready])
    ready.line()
    os.write(terminal, b"\x03")
    same("status", 130, wait_for(pid))
    os.close(terminal)
    scene.nothing_is_held()


# What was so before

@rows(("HUP",), ("INT",), ("QUIT",), ("TERM",))
def ignored_signals_stay_ignored(scene, name):
    """As under nohup, or in the background of a script; not even a command
    that looks for it hears of it."""
    msync, child, heard = record(
        scene,
        preexec_fn=lambda: signal.signal(number_of(name), signal.SIG_IGN))
    msync.send_signal(number_of(name))
    msync.send_signal(signal.SIGUSR1)
    same("what the command got", f"USR1 {msync.pid}", heard.line())
    os.kill(child, signal.SIGALRM)
    same("status", 7, msync.status())


@test
def nohup_works(scene):
    msync = scene.hold("lock", "k")
    msync.stop.close()
    same("status", 0, msync.status())
    running = scene.start(os.path.join(os.environ["builddir"], "msync"),
                          "lock", "k", "--", "sh", "-c",
                          "kill -HUP $$; exit 4", program="nohup")
    same("status", 4, running.status())


@test
def a_parent_that_ignores_its_children_changes_nothing(scene):
    running = scene.start(
        "lock", "k", "--", "sh", "-c", "exit 9",
        preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    same("status", 9, running.status())
    scene.nothing_is_held()


@test
def blocked_signals_are_blocked_in_the_command(scene):
    """As in any program that is started so."""
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])

    blocked = 1 << (signal.SIGUSR1 - 1)
    for preexec, expected in ((block, blocked), (None, 0)):
        result = scene.run("lock", "k", "--", "grep", "SigBlk",
                           "/proc/self/status", preexec_fn=preexec)
        same("blocked signals", expected,
             int(result.out.split()[1], 16))


@test
def the_command_has_the_signals_of_its_parent(scene):
    """msync ignores SIGPIPE for itself alone."""
    known = (1 << 31) - 1  # above are those of the C library and of real time
    for command in ("lock", "flight"):
        result = scene.run(command, "k", "--", "grep", "SigIgn",
                           "/proc/self/status")
        same("ignored signals", 0, int(result.out.split()[1], 16) & known)


main()
