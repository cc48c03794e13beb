# SPDX-License-Identifier: MIT
"""What the scenes stand on: named connections, and daemons that stand still or
have a configuration."""
import os
import signal
import subprocess

from harness import MSYNCD, is_stopped, until
from wire import Wire


def connections(scene, number):
    """So many connections, closed with the scene."""
    wires = [Wire(scene.path) for _ in range(number)]
    for wire in wires:
        scene.stack.callback(wire.close)
        wire.expect("")
    return wires


def wait(scene, wire, line, kind):
    """Asks for something that has to wait; returns when it does."""
    waits = scene.count(kind, "waits")
    wire.send(line.encode() + b"\n")
    scene.until_count(kind, "waits", waits + 1)


class Frozen:
    """Everything that is sent or closed within reaches the daemon at once."""

    def __init__(self, scene):
        self._daemon = scene.daemon

    def __enter__(self):
        self._daemon.send_signal(signal.SIGSTOP)
        until("the daemon stands still",
              lambda: is_stopped(self._daemon.pid))

    def __exit__(self, *what):
        self._daemon.send_signal(signal.SIGCONT)


def start_configured(scene, text, **how):
    """A daemon with this configuration in the place of the scene's."""
    scene.end_daemon()
    path = scene.file("conf")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    log = scene.pipe()
    # pylint: disable-next=consider-using-with
    scene.daemon = subprocess.Popen(
        [*MSYNCD, "-c", path, "-s", scene.path], stderr=log.theirs, **how)
    log.hand_over()
    while "event=ready" not in log.line():
        pass
    scene.conn = scene.connect()
    return log


def log_line(log, word):
    """The next line of the log that has the word."""
    while True:
        line = log.line()
        if word in line:
            return line


def count_fds(scene):
    return len(os.listdir(f"/proc/{scene.daemon.pid}/fd"))
