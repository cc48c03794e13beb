# SPDX-License-Identifier: MIT
"""What the tests of msync share: a daemon for each test, and real processes.

A test is a function with a scene, marked with @test; its name says what is
so. main() runs them all, or those whose names have a word of the command line
in them. Nobody waits for time: tests wait for a gauge of the daemon, a line, a
file descriptor or the end of a process, and give up after LIMIT_S.

$MSYNCD is the daemon, msync is in $builddir.
"""
import contextlib
import ctypes
import json
import os
import pty
import resource
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import traceback

LIMIT_S = 60
MSYNC = os.path.join(os.environ["builddir"], "msync")
MSYNCD = shlex.split(os.environ["MSYNCD"])
PR_SET_CHILD_SUBREAPER = 36
_tests = []


class Failed(Exception):
    """Something is not as the name of the test says."""


def test(function):
    """Marks a test."""
    _tests.append(function)
    return function


def rows(*table):
    """Marks a test that is one for each row; the row is its arguments."""
    def mark(function):
        for row in table:
            def run(scene, row=row):
                function(scene, *row)
            words = " ".join(str(word) for word in row if not callable(word))
            run.__name__ = f"{function.__name__} [{words[:60]}]"
            _tests.append(run)
        return function
    return mark


def same(what, expected, seen):
    if expected != seen:
        raise Failed(f"{what}: expected {expected!r}, saw {seen!r}")


def has(what, part, text):
    if part not in text:
        raise Failed(f"{what}: expected {part!r} in {text!r}")


def check(what, is_so):
    if not is_so:
        raise Failed(what)


def until(what, is_so):
    """Waits until is_so() is true, and returns what it is."""
    end = time.monotonic() + LIMIT_S
    while True:
        value = is_so()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"not seen in {LIMIT_S} s: {what}")
        os.sched_yield()


# Processes

def status_of(pid, name):
    """A line of /proc/PID/status; "" where there is no such process."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(name + ":"):
                    return line.split(":", 1)[1].strip()
    except (FileNotFoundError, ProcessLookupError):
        pass
    return ""


def is_running(pid):
    """Whether it is there and no zombie, which runs nothing any more."""
    return status_of(pid, "State")[:1] not in ("", "Z", "X")


def is_stopped(pid):
    return status_of(pid, "State")[:1] == "T"


def is_pending(pid, number):
    """Whether the process has still to take a signal that it was sent."""
    pending = status_of(pid, "ShdPnd")
    return pending != "" and int(pending, 16) >> (number - 1) & 1 == 1


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def wait_for(pid):
    """The end of a child that is no Popen: its returncode."""
    fd = os.pidfd_open(pid)
    try:
        if not select.select([fd], [], [], LIMIT_S)[0]:
            raise Failed(f"{pid} did not end in {LIMIT_S} s")
    finally:
        os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def read_line(fd):
    """Reads a line of a pipe; Failed where none comes."""
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([fd], [], [], LIMIT_S)[0]:
            raise Failed(f"no line in {LIMIT_S} s; so far {line!r}")
        byte = os.read(fd, 1)
        if byte == b"":
            raise Failed(f"end of file instead of a line; so far {line!r}")
        line += byte
    return line[:-1].decode()


def read_all(fd):
    """Reads to the end: until nobody has the other end of the pipe."""
    parts = []
    while True:
        if not select.select([fd], [], [], LIMIT_S)[0]:
            raise Failed(f"no end in {LIMIT_S} s; so far {parts!r:.200}")
        part = os.read(fd, 65536)
        if part == b"":
            return b"".join(parts)
        parts.append(part)


class Result:
    """What a run of msync came to; status as a shell has it."""

    def __init__(self, returncode, out, err):
        self.status = 128 - returncode if returncode < 0 else returncode
        self.was_killed = returncode < 0
        self.bytes, self.err_bytes = out, err
        self.out, self.err = (
            text.decode(errors="replace") if text is not None else None
            for text in (out, err))


class Running(subprocess.Popen):
    """A program of a test that runs beside it."""

    def result(self):
        """Waits for its end."""
        try:
            out, err = self.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.args} did not end in {LIMIT_S} s") from None
        return Result(self.returncode, out, err)

    def status(self):
        return self.result().status


class Pipe:
    """A pipe; the command has the other end under its number. (bash takes
    numbers above 9, which sh need not.)"""

    def __init__(self, stack, is_ours_to_read):
        ends = os.pipe()
        self.ours, self.theirs = ends if is_ours_to_read else ends[::-1]
        self._stack = stack
        stack.callback(self.close)
        stack.callback(self.hand_over)

    def _close(self, name):
        fd = getattr(self, name)
        if fd >= 0:
            setattr(self, name, -1)
            os.close(fd)

    def close(self):
        self._close("ours")

    def hand_over(self):
        """Those who have inherited it have it alone now."""
        self._close("theirs")

    def line(self):
        return read_line(self.ours)

    def end(self):
        """Everything, until the last one that has it is gone."""
        self.hand_over()
        return read_all(self.ours)

    def write(self, data):
        os.write(self.ours, data)


class Connection:
    """A connection of the test's own to the daemon."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(LIMIT_S)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")

    def send(self, op, **members):
        request = {"op": op, **members}
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    def receive(self):
        return json.loads(self._lines.readline())

    def ask(self, op, **members):
        self.send(op, **members)
        return self.receive()

    def grant(self, op, **members):
        """Asks for what must be granted; its token."""
        answer = self.ask(op, **members)
        check(f"{op} {members}: {answer}", answer.get("ok"))
        return answer["token"]

    def close(self):
        self._lines.close()
        self._socket.close()


# A test

class Scene:
    """A daemon on a private socket, and what a test has started."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="msync-cli-")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.stack.callback(end_all_children)
        self.path = os.path.join(self.folder, "socket")
        self.env = {**os.environ, "MSYNC_SOCKET": self.path, "LC_ALL": "C",
                    "TERM": "dumb"}
        for name in ("NO_COLOR", "XDG_RUNTIME_DIR"):
            self.env.pop(name, None)
        self.daemon = None
        self.conn = None
        self.start_daemon()

    def file(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.file(name), encoding="utf-8") as stream:
            return stream.read()

    def start_daemon(self, conf=None):
        """conf: the text of its configuration."""
        log = self.pipe()
        words = [*MSYNCD, "-s", self.path]
        if conf is not None:
            with open(self.file("conf"), "w", encoding="utf-8") as stream:
                stream.write(conf)
            words += ["-c", self.file("conf")]
        # pylint: disable-next=consider-using-with
        self.daemon = subprocess.Popen(words, stderr=log.theirs)
        log.hand_over()
        while "event=ready" not in log.line():
            pass
        self.conn = self.connect()

    def end_daemon(self, number=signal.SIGTERM):
        self.daemon.send_signal(number)
        self.daemon.wait(LIMIT_S)

    def connect(self):
        conn = Connection(self.path)
        self.stack.callback(conn.close)
        return conn

    def pipe(self, is_ours_to_read=True):
        return Pipe(self.stack, is_ours_to_read)

    # msync

    def start(self, *words, pipes=(), program=MSYNC, **how):
        """Starts msync with these words, and does not wait for it."""
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, "env": self.env, "cwd": self.folder,
               "pass_fds": [pipe.theirs for pipe in pipes], **how}
        running = Running([program, *words], **how)
        for pipe in pipes:
            pipe.hand_over()
        return running

    def run(self, *words, data=None, **how):
        """Runs msync with these words to its end."""
        if data is not None:
            how["stdin"] = subprocess.PIPE
        running = self.start(*words, **how)
        if data is not None:
            running.stdin.write(data)
        return running.result()

    def on_a_terminal(self, *words, columns=0, **env):
        """What msync writes to a terminal, so many columns wide where that is
        not 0; and its status."""
        pid, terminal = pty.fork()
        if pid == 0:
            if columns:
                termios.tcsetwinsize(0, (24, columns))
            os.execve(MSYNC, ("msync", *words), {**self.env, **env})
        text = b""
        while True:
            if not select.select([terminal], [], [], LIMIT_S)[0]:
                raise Failed(f"no end; so far {text!r}")
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the other side is closed
                part = b""
            if part == b"":
                break
            text += part
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return text.decode(), status

    def refused(self, status, *words, **how):
        """Runs msync, which must exit with the status, say why, print nothing
        and not run its command, which is echo."""
        result = self.run(*words, **how)
        same(f"status of {words}", status, result.status)
        same(f"output of {words}", "", result.out)
        check(f"{words} said nothing", result.err.startswith("msync: "))
        return result

    def hold(self, kind, key, *words):
        """msync that has a hold and runs cat, which ends when the attribute
        "stop" is closed; returns when it runs. kind: lock, limit or pool
        run."""
        stop, ready = self.pipe(is_ours_to_read=False), self.pipe()
        running = self.start(*kind.split(), *words, key, "--", "cat",
                             stdin=stop.theirs, stdout=ready.theirs)
        stop.hand_over()
        ready.hand_over()
        stop.write(b"\n")
        ready.line()
        running.stop = stop
        return running

    # What the daemon has

    def stats(self, kind):
        return self.conn.ask("stats")["kinds"][kind]

    def count(self, kind, name):
        return self.stats(kind)[name]

    def until_count(self, kind, name, expected):
        until(f"{expected} {name} of {kind}",
              lambda: self.count(kind, name) == expected)

    def until_free(self):
        """Until nobody holds or waits for anything."""
        until("nothing is held", lambda: not self.holds())

    def holds(self):
        kinds = self.conn.ask("stats")["kinds"]
        return {kind: (counts["holds"], counts["waits"])
                for kind, counts in kinds.items()
                if counts["holds"] or counts["waits"]}

    def nothing_is_held(self):
        same("holds and waits", {}, self.holds())


def end_all_children():
    """Whoever is left, our orphans included, since they come to us."""
    while True:
        for pid in children_of(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def run_one(function):
    began = time.monotonic()
    scene = None
    try:
        scene = Scene()
        function(scene)
        is_good = True
    except Exception:  # pylint: disable=broad-except
        is_good = False
        traceback.print_exc(file=sys.stdout)
    finally:
        if scene is not None:
            scene.stack.close()
    took = time.monotonic() - began
    print(f"{'ok' if is_good else 'FAILED'} {function.__name__} "
          f"({took:.2f} s)", flush=True)
    return is_good


def main():
    """Runs the tests; exits with 1 where one has failed."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whoever started us may have had signals ignored.
    for number in signal.valid_signals():
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    chosen = [function for function in _tests
              if not sys.argv[1:] or
              any(word in function.__name__ for word in sys.argv[1:])]
    failures = sum(not run_one(function) for function in chosen)
    print(f"{len(chosen)} tests, {failures} failed")
    sys.exit(1 if failures or not chosen else 0)
