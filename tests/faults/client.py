# SPDX-License-Identifier: MIT
"""Clients of the faulty daemon, and the ledger of what they were granted.

The daemon serves on, or it closes a connection; then Gone is raised, which is
no failure of itself. Nothing else may happen to a client. Every client moves
in step with the daemon: it goes on only when the daemon sleeps again, so that
the same script makes the same system calls each time.
"""
import json
import os
import select
import socket
import time

LIMIT_S = 10


class Failed(Exception):
    """Something that no fault excuses."""


class Gone(Exception):
    """The daemon has closed the connection."""


class Watch:
    """Sees whether the daemon sleeps; it does so in epoll_wait(2) alone."""

    def __init__(self, pid):
        self.pid = pid
        self._fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY)

    def close(self):
        os.close(self._fd)

    def state(self):
        """Its letter in proc(5); "X" when it has ended."""
        try:
            return os.pread(self._fd, 512, 0).rpartition(b")")[2][1:2].decode()
        except ProcessLookupError:
            return "X"

    def idle(self):
        """Waits until the daemon has done all there is to do. Who sends it
        something makes it runnable at once, so it cannot be seen asleep
        before it has looked at that."""
        end = time.monotonic() + LIMIT_S
        while (state := self.state()) != "S":
            if state in "ZX":
                raise Failed("the daemon has ended")
            if time.monotonic() > end:
                raise Failed(f"the daemon does not come to rest: {state}")
            os.sched_yield()


class Ledger:
    """Who holds what, as its clients know it."""

    def __init__(self):
        self._holds = []

    def grant(self, client, name, capacity):
        """A grant was read: is there room for it? Those whose connection the
        daemon has closed hold nothing any more."""
        self._holds = [hold for hold in self._holds if not hold[0].is_gone()]
        holders = [hold for hold in self._holds if hold[1] == name]
        if len(holders) >= capacity:
            raise Failed(f"double grant of {name}")
        self._holds.append((client, name))

    def let_go(self, client, name):
        if (client, name) in self._holds:
            self._holds.remove((client, name))

    def let_all_go(self, client):
        self._holds = [hold for hold in self._holds if hold[0] is not client]


def _capacity(op, answer):
    """How many may hold what was granted so; 0: it was no grant."""
    if "token" not in answer or not answer.get("ok"):
        return 0
    return {"lock.acquire": 1, "flight.begin": 1}.get(op, answer.get(
        "capacity", 2 if op.startswith(("limit.", "pool.")) else 0))


class Client:
    """One connection."""

    def __init__(self, path, watch, ledger, is_cut):
        self._watch, self._ledger, self._is_cut = watch, ledger, is_cut
        self._bytes = b""
        self._asked = {}
        self.n_asked = 0
        self.heard = []
        self.is_closed = False
        self.was_cut = False
        self._is_half = False
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(LIMIT_S)
        self._poll, self._readable = select.poll(), select.poll()
        self._poll.register(self._socket, select.POLLRDHUP)
        self._readable.register(self._socket, select.POLLIN)
        watch.idle()
        self._socket.connect(path)
        watch.idle()

    def is_gone(self):
        """Whether the connection has ended, from whatever side."""
        return self.is_closed or self._poll.poll(0) != []

    def _cut(self):
        self.was_cut = True
        raise Gone

    def write(self, data):
        """Sends bytes, and waits until the daemon has taken them."""
        self._watch.idle()
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self._cut()
        self._watch.idle()

    def _note(self, op, members):
        """Who lets go has let go when it says so."""
        kind = op.split(".")[0]
        name = f"{kind} {members.get('key')}"
        if op in ("lock.release", "limit.return", "pool.put", "pool.drop",
                  "flight.finish", "flight.fail", "flight.abandon"):
            self._ledger.let_go(self, name)
        if op == "reset":
            self._ledger.let_all_go(self)
        return name

    def line(self, op, **members):
        """The line of a request, whose answer will be looked for."""
        self.n_asked += 1
        is_counted = not members.get("detached")
        self._asked[self.n_asked] = (op, self._note(op, members), is_counted)
        request = {"id": self.n_asked, "op": op, **members}
        return json.dumps(request).encode() + b"\n"

    def send(self, op, **members):
        """Asks, and does not wait for the answer; its id."""
        self.write(self.line(op, **members))
        return self.n_asked

    def _receive(self):
        """Takes what there is. If that is nothing, only time can bring more,
        or a client that was cut, which will not."""
        self._watch.idle()
        if not self._readable.poll(0) and self._is_cut():
            raise Gone
        try:
            part = self._socket.recv(65536)
        except ConnectionResetError:
            self._cut()
        except TimeoutError:
            raise Failed(
                f"neither an answer nor an end in {LIMIT_S} s") from None
        if part == b"":
            self._cut()
        self._bytes += part

    def hear(self):
        """The next line from the daemon; a grant goes into the ledger."""
        while b"\n" not in self._bytes:
            self._receive()
        line, _, self._bytes = self._bytes.partition(b"\n")
        answer = json.loads(line)
        op, name, is_counted = self._asked.pop(
            answer.get("id"), ("", "", False))
        capacity = _capacity(op, answer)
        if capacity > 0 and is_counted:
            self._ledger.grant(self, name, capacity)
        self.heard.append(answer)
        return answer

    def ask(self, op, **members):
        """Asks, and hears the next line."""
        self.send(op, **members)
        return self.hear()

    def expires(self, kind, key):
        """A lease of this hold will run out."""
        self._ledger.let_go(self, f"{kind} {key}")

    def drain(self, n):
        """Hears n lines."""
        for _ in range(n):
            self.hear()

    def half_close(self):
        self._watch.idle()
        try:
            self._socket.shutdown(socket.SHUT_WR)
            self._is_half = True
        except OSError:
            self._cut()
        self._watch.idle()

    def end(self, n):
        """Hears n lines, behind which the daemon closes, as it is meant to."""
        for _ in range(n):
            self.hear()
        try:
            self.hear()
        except Gone:
            self.was_cut = False
        self.is_closed = True
        self._socket.close()
        self._watch.idle()

    def blurt(self, data):
        """Says its last words and closes, and waits for nothing."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.was_cut = True
        self.is_closed = True
        self._socket.close()

    def close(self):
        if self.is_closed:
            return
        self._watch.idle()
        # Nobody expected it to be gone by now, unless it was half-closed.
        if self._poll.poll(0) and not self._is_half:
            self.was_cut = True
        self.is_closed = True
        self._socket.close()
        self._watch.idle()
