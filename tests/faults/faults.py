#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each system call that msyncd makes while it serves fails once, with each
error that it can have, at each of its calls in a script of some two hundred
requests; and then the daemon has to be as good as before.

    faults.py [--every N] [--only CALL[:ERRNO[:NUMBER]]]

strace(1) makes the calls fail. It is attached when the daemon is ready and
asleep; many faults come to one daemon, one after the other. After each:

  * at most one connection was closed; every scene of the script without one
    went as it goes without a fault; a fault that is no more than an invitation
    to try again has closed none and changed nothing;
  * nobody was granted what another one had;
  * the daemon came to rest after every request (it does not spin);
  * a newcomer is served, nothing is held, waited for or remembered any more,
    and the daemon has the descriptors that it had before.

$MSYNCD is the daemon. Wants strace, and root where only that may trace a
process that is no child (Yama).
"""
import argparse
import contextlib
import errno
import multiprocessing
import multiprocessing.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from client import LIMIT_S, Client, Failed, Gone, Ledger, Watch
from play import play, tidy, write_conf

MSYNCD = shlex.split(os.environ["MSYNCD"])

# Of the manual pages: what can befall this daemon. Those before the bar are an
# invitation to try again, and nobody may notice them. (EAGAIN of read(2) is
# none, for one who is gone: there it means that nothing more will come.)
TABLE = {
    "accept4": "EINTR EAGAIN | ECONNABORTED EMFILE ENFILE ENOBUFS ENOMEM "
               "EPROTO EPERM",
    "recvfrom": "EINTR | EAGAIN ECONNRESET ENOMEM",
    "read": "EINTR | EAGAIN ECONNRESET EIO ENOMEM",
    "writev": "EINTR EAGAIN | EPIPE ECONNRESET ENOBUFS ENOMEM",
    "epoll_wait": "EINTR | EBADF EINVAL",
    "epoll_ctl": "| ENOMEM ENOSPC EEXIST ENOENT EPERM",
    "poll": "EINTR | ENOMEM EINVAL",
    "getsockopt": "| EINVAL ENOPROTOOPT ERANGE",
    "setsockopt": "| EINVAL ENOPROTOOPT ENOMEM ENOBUFS",
    "sendto": "EINTR EAGAIN | EPIPE ECONNRESET ENOBUFS ENOMEM",
    "shutdown": "| ENOTCONN ENOBUFS",
    "openat": "| EACCES EMFILE ENFILE ENOENT ENOMEM EIO",
    "newfstatat": "| EACCES ENOMEM EIO",
    "getdents64": "| EIO ENOENT",
    "write": "| EAGAIN EINTR EPIPE EIO ENOSPC",
    "prlimit64": "| EPERM",
    "ioctl": "| ENOTTY",
}

# Their results are not looked at, or there is nothing that can fail: close(2)
# frees the descriptor whatever it says, which strace cannot imitate; memory
# that the system does not give ends the daemon, as documented.
LEFT_OUT = {"close", "brk", "mmap", "munmap", "mremap", "rt_sigreturn",
            "restart_syscall"}

# With these it reads its configuration, and hears of SIGHUP; where they fail,
# it stays as it was configured.
FILE_CALLS = {"openat", "read", "newfstatat", "getdents64", "write", "ioctl",
              "prlimit64"}

# Then there is something else to look for.
MOST_FAULTS = 20


class Daemon:
    """The daemon, and what it had when it was ready."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="msyncd-faults-")
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        os.mkdir(os.path.join(self.folder, "state"))
        os.mkdir(os.path.join(self.folder, "conf.d"))
        write_conf(self.folder)
        self.log = open(os.path.join(self.folder, "log"), "w+b")
        self._stack.callback(self.log.close)
        self.path = os.path.join(self.folder, "s")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *MSYNCD, "-c",
             os.path.join(self.folder, "c"), "-s", self.path],
            stdout=subprocess.DEVNULL, stderr=self.log)
        self._stack.callback(self._kill)
        self.watch = Watch(self.process.pid)
        self._stack.callback(self.watch.close)
        self._wait_until_ready()
        self.descriptors = self.count_descriptors()
        self.has_threads = False

    def _wait_until_ready(self):
        end = time.monotonic() + LIMIT_S
        while True:
            with contextlib.suppress(Failed, OSError):
                client = self.client()
                client.ask("ping")
                client.close()
                return
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed("the daemon does not start: " + self.logged())
            os.sched_yield()

    def _kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self._stack.close()

    def client(self):
        return Client(self.path, self.watch, Ledger(), lambda: False)

    def count_descriptors(self):
        self.watch.idle()
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def logged(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return log.read()

    def has_lost_its_signals(self):
        """Whether it ended because libevent could not read from the socket
        pair through which it tells itself of signals. That cannot be, and it
        has said so."""
        return (self.process.poll() == 1 and
                'event=libevent says="evsig_cb' in self.logged())

    def is_as_before(self, has_doubts=False):
        """Raises Failed where it is not. One that has doubts whether the
        kernel keeps descriptors of clients away begins, once, what closes
        them, which has some descriptors of its own."""
        client = self.client()
        tidy(client)
        stats = client.ask("stats")
        client.close()
        if stats["connections"] != 1:
            raise Failed(f"{stats['connections']} connections are left")
        for kind, gauges in stats["kinds"].items():
            left = {name: gauges[name] for name in ("keys", "holds", "waits")}
            if any(left.values()):
                raise Failed(f"there is left of {kind}: {left}")
        now = self.count_descriptors()
        if now > self.descriptors and has_doubts and not self.has_threads:
            self.has_threads = True
            self.descriptors = now
        if now != self.descriptors:
            raise Failed(f"{now} descriptors instead of {self.descriptors}")


class Trace:
    """strace(1) on a daemon, attached while it sleeps."""

    def __init__(self, daemon, *words, survives=True):
        self._path = os.path.join(daemon.folder, "trace")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        # pylint: disable-next=consider-using-with
        self._process = subprocess.Popen(
            ["strace", "-o", self._path, *words, "-p",
             str(daemon.process.pid)], stderr=subprocess.PIPE)
        said = self._process.stderr.readline()
        if b"attached" not in said:
            self._process.wait()
            raise Failed("strace cannot attach: " + said.decode())
        if survives:
            daemon.watch.idle()

    def end(self):
        """What it has written down."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=LIMIT_S)
        with open(self._path, encoding="utf-8", errors="replace") as lines:
            return lines.read()


def record(daemon):
    """A play without faults: what it comes to, and how often each call was
    made."""
    play(daemon.folder, daemon.watch, daemon.client())
    daemon.is_as_before()
    trace = Trace(daemon)
    told = play(daemon.folder, daemon.watch, daemon.client())
    calls = {}
    for name in re.findall(r"^([a-z_0-9]+)\(", trace.end(), re.M):
        calls[name] = calls.get(name, 0) + 1
    daemon.is_as_before()
    if told.n_cut > 0:
        raise Failed("a connection is cut without a fault")
    return told, calls


def judge(case, told, usual, traced):
    """What is wrong with a play in which a call failed, or None."""
    call, code, _ = case
    injected = re.search(r".*\(INJECTED\)", traced)
    may_notice = injected is not None and (
        code not in TABLE[call].split("|", maxsplit=1)[0].split()
        # The last word to one who is turned away: it is said once.
        or r'{\"ok\":false,\"error\":\"quota\"' in injected.group())
    if told.n_cut > (1 if may_notice else 0):
        return f"{told.n_cut} connections were cut"
    for name, heard in told.scenes.items():
        if heard is None or heard == usual.scenes[name]:
            continue
        if name == "reload" and call in FILE_CALLS:
            continue
        return f"{name}: expected {usual.scenes[name]}, heard {heard}"
    return None


def one_case(daemon, case, usual):
    """Returns what is wrong, or None; and whether the fault came about."""
    call, code, number = case
    trace = Trace(daemon, "-e", f"trace={call}", "-e",
                  f"inject={call}:error={code}:when={number}")
    try:
        told = play(daemon.folder, daemon.watch, daemon.client())
    finally:
        traced = trace.end()
    wrong = judge(case, told, usual, traced)
    if wrong is None:
        daemon.is_as_before(call == "getsockopt")
    return wrong, "(INJECTED)" in traced


class Worker:
    """One of the processes that do the cases."""
    daemon = usual = at_exit = None

    @classmethod
    def begin(cls):
        cls.daemon = Daemon()
        # Those who are in a pool have no atexit.
        cls.at_exit = multiprocessing.util.Finalize(
            None, cls.daemon.close, exitpriority=1)
        if cls.usual is None:
            cls.usual, _ = record(cls.daemon)

    @classmethod
    def end(cls):
        cls.at_exit()

    @classmethod
    def do(cls, case):
        """Returns the case, what went wrong, or None, and whether the fault
        came about."""
        try:
            wrong, was_injected = one_case(cls.daemon, case, cls.usual)
        except (Failed, Gone, OSError) as error:
            wrong, was_injected = f"{type(error).__name__}: {error}", True
            if cls.daemon.has_lost_its_signals():
                wrong = None
                cls.end()
                cls.begin()
        if wrong is not None:
            wrong = (f"{wrong[:1500]} (status {cls.daemon.process.poll()})\n"
                     f"{cls.daemon.logged()[-500:]}")
            cls.end()
            cls.begin()
        return case, wrong, was_injected


def ends_when_it_cannot_wait():
    """Where epoll_wait(2) fails for good, nothing can be served: the daemon
    says so and ends, instead of spinning."""
    daemon = Daemon()
    trace = Trace(daemon, "-e", "inject=epoll_wait:error=EBADF:when=1+",
                  survives=False)
    status = daemon.process.wait(LIMIT_S)
    trace.end()
    log = daemon.logged()
    daemon.close()
    if status != 1 or "event=cannot_wait" not in log:
        raise Failed(f"it cannot wait: status {status}, log {log}")


def serves_those_it_has():
    """Where accept4(2) fails for good, those who are in are served, and the
    others when it fails no more."""
    daemon = Daemon()
    old = daemon.client()
    old.ask("ping")
    trace = Trace(daemon, "-e", "inject=accept4:error=EMFILE:when=1+")
    newcomer = daemon.client()
    newcomer.send("ping")
    for _ in range(20):
        old.ask("ping")
    n_tried = trace.end().count("accept4(")
    newcomer.hear()
    old.close()
    newcomer.close()
    daemon.is_as_before()
    daemon.close()
    if not 0 < n_tried < 20:
        raise Failed(f"it tried {n_tried} times to accept")


def all_cases(calls, every, only):
    """(call, errno, number) for each call that is made, and the number of
    cases of each call."""
    cases, wanted = [], only.split(":") if only else []
    for call, codes in TABLE.items():
        n_calls = calls.get(call, 0)
        for code in codes.replace("|", " ").split():
            if not hasattr(errno, code):
                raise Failed(f"no such error: {code}")
            # Not the same ones for each error; one at least.
            first = len(cases) % max(1, min(every, n_calls))
            cases += [(call, code, number + 1)
                      for number in range(first, n_calls, every)]
    return [case for case in cases
            if [str(word) for word in case[:len(wanted)]] == wanted]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    daemon = Daemon()
    usual, calls = record(daemon)
    daemon.close()
    print(f"{usual.n_requests} requests in {len(usual.scenes)} scenes;",
          "calls:", ", ".join(f"{n} {call}" for call, n in
                              sorted(calls.items())))
    unknown = set(calls) - set(TABLE) - LEFT_OUT
    if unknown:
        raise Failed(f"calls that are not in the table: {unknown}")
    ends_when_it_cannot_wait()
    serves_those_it_has()
    cases = all_cases(calls, options.every, options.only)
    n_wrong = n_injected = 0
    begun = time.monotonic()
    with multiprocessing.Pool(os.cpu_count(), Worker.begin) as pool:
        for case, wrong, was_injected in pool.imap_unordered(Worker.do, cases):
            n_injected += was_injected
            if wrong is not None:
                n_wrong += 1
                print("fault:", ":".join(map(str, case)), wrong, flush=True)
            if n_wrong == MOST_FAULTS:
                raise Failed("and so on")
        pool.close()
        pool.join()
    print(f"{len(cases)} cases, {n_injected} came about, {n_wrong} faults, "
          f"{time.monotonic() - begun:.0f} s")
    # The script does not go to the call the same way each time, but nearly.
    if not cases or n_injected < 0.95 * len(cases):
        raise Failed("too few came about")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"faults.py: {failure}")
