# SPDX-License-Identifier: MIT
"""A connection that delivers bytes as they are, and looks at whole answers."""
import fcntl
import os
import re
import socket
import struct
import termios
import time

from harness import LIMIT_S, Failed

END = b'{"id":"end","op":"ping"}\n'
END_ANSWER = b'{"id":"end","ok":true}\n'

# What is not the same each time, in answers that are expected.
WILD = {"<n>": r"-?\d+", "<version>": r'[^"\n]+', "<program>": r"[^\n]{1,15}",
        "<list>": r"\[[^\]\n]*\]", "<object>": r"\{[^\n]*\}",
        "<line>": r"[^\n]+", "<members>": r"[^\n]*"}


def pattern(answer):
    """The answers as a regular expression; each line ends with a line feed."""
    words = re.split("(<[a-z]+>)", answer + "\n" if answer else "")
    return "".join(WILD.get(word) or re.escape(word) for word in words)


class Wire:
    """One connection; what it hears is kept until it is asked for."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(path)
        self._heard = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_and_see_taken(self, data):
        """Returns when the daemon has read all of it, so that what is sent
        next comes to it in a read of its own."""
        self.socket.sendall(data)
        until = time.monotonic() + LIMIT_S
        while self._unread() > 0:
            if time.monotonic() > until:
                raise Failed("the daemon does not read")
            os.sched_yield()

    def _unread(self):
        return struct.unpack("i", fcntl.ioctl(
            self.socket, termios.TIOCOUTQ, b"\0\0\0\0"))[0]

    def shut(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _hear(self):
        """Something more; whether there was."""
        try:
            part = self.socket.recv(1 << 20)
        except ConnectionResetError:
            part = b""
        self._heard += part
        return part != b""

    def line(self):
        """The next line, without its line feed; None at the end."""
        while b"\n" not in self._heard:
            if not self._hear():
                return None
        line, self._heard = self._heard.split(b"\n", 1)
        return line.decode()

    def up_to_end(self):
        """All that is heard before the answer to END."""
        while END_ANSWER not in self._heard:
            if not self._hear():
                raise Failed("the connection has ended; it heard "
                             f"{self._heard[:300]!r}")
        heard, self._heard = self._heard.split(END_ANSWER, 1)
        return heard.decode()

    def to_the_end(self):
        """All that is heard until the daemon closes."""
        while self._hear():
            pass
        heard, self._heard = self._heard, b""
        return heard.decode()

    def expect(self, answers):
        """What is heard now, up to an END that is sent now, is this."""
        self.send(END)
        matches(answers, self.up_to_end())

    def ask(self, line, answers):
        self.send((line.encode() if isinstance(line, str) else line) + b"\n")
        self.expect(answers)


def matches(answers, heard):
    if not re.fullmatch(pattern(answers), heard):
        raise Failed(f"expected\n{answers[:2000]}\nheard\n{heard[:2000]}")
