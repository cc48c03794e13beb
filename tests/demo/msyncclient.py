# SPDX-License-Identifier: MIT
"""A small client of msyncd: one connection, used by one process.

Requests are numbered and every answer must carry the number of a request
that was made here.  Anything else on the line is an error, never a guess.
"""

import json
import socket


class Refused(Exception):
    """The server said no, or did not speak as it should."""


class Client:
    """Connect after the fork: a child must not inherit a connection."""

    def __init__(self, path, patience=60):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Blocking: with a timeout set, a full backlog would be an error.
        self.sock.connect(path)
        self.sock.settimeout(patience)
        self.lines = self.sock.makefile("rb")
        self.asked = {}
        self.answers = {}

    def send(self, op, **members):
        """Send a request; return its number."""
        number = len(self.asked) + 1
        line = json.dumps({"id": number, "op": op, **members})
        self.asked[number] = op
        self.sock.sendall(line.encode() + b"\n")
        return number

    def answer(self, number):
        """Wait for the answer to a request, and return it if it is a yes."""
        while number not in self.answers:
            self._read(self.asked[number])
        answer = self.answers.pop(number)
        if answer.get("ok") is not True:
            raise Refused("%s was refused: %s: %s" % (self.asked[number],
                          answer.get("error"), answer.get("message")))
        return answer

    def call(self, op, **members):
        """Send a request and wait for its answer."""
        return self.answer(self.send(op, **members))

    def place(self, op, **members):
        """Send a request; return its number once the server has taken it.

        Requests take effect in the order of their lines, so when a ping
        sent behind this one is answered, this one waits or is answered too.
        """
        number = self.send(op, **members)
        self.call("ping")
        return number

    def answered(self, number):
        """Whether the answer is here already; reads nothing."""
        return number in self.answers

    def close(self):
        """End the connection, and with it all that it holds."""
        self.lines.close()
        self.sock.close()

    def _read(self, waiting_for):
        try:
            line = self.lines.readline()
        except TimeoutError:
            raise Refused("%s was not answered within %d s" % (
                waiting_for, self.sock.gettimeout())) from None
        if not line.endswith(b"\n"):
            raise Refused("the server closed the connection before it "
                          "answered " + waiting_for)
        try:
            answer = json.loads(line)
            if "event" in answer:
                return
            number = answer["id"]
        except (ValueError, TypeError, KeyError):
            raise Refused("not an answer: %r" % line[:200]) from None
        if number not in self.asked or number in self.answers:
            raise Refused("an answer to nothing asked here: %r" % line[:200])
        self.answers[number] = answer
