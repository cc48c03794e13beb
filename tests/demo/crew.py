# SPDX-License-Identifier: MIT
"""Many processes doing one thing, each with a pipe to say how it went.

Nothing here waits without a limit: a crew that is not ready in time, or of
which one process fails, is ended as a whole and the reason given.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time

from msyncclient import Refused

# What is shared is made before the fork and is there in every process.
CTX = multiprocessing.get_context("fork")

LIMIT = 60          # seconds that any single wait may take
CREW_LIMIT = 120    # seconds that a whole crew may take


class Broken(Exception):
    """A promise was not kept; the text says which and how."""


def wall(spans):
    """Seconds from the first start to the last end of (start, end, …)."""
    return max(s[1] for s in spans) - min(s[0] for s in spans)


def _reason(error):
    if isinstance(error, (Broken, Refused)):
        return str(error)
    if isinstance(error, threading.BrokenBarrierError):
        return "the processes did not all come that far within %d s" % LIMIT
    return "%s: %s" % (type(error).__name__, error)


def _act(pipe, work, rank, shared):
    # The parent ends the crew; a key press must not reach it twice.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        outcome = (True, work(rank, *shared))
    except Exception as error:      # pylint: disable=broad-except
        outcome = (False, _reason(error))
    pipe.send(outcome)


class Crew:
    """n processes that each run work(rank, *shared)."""

    def __init__(self, n, work, *shared):
        self.until = time.monotonic() + CREW_LIMIT
        self.processes = []
        self.pipes = []
        self.killed = set()
        self.outcomes = {}
        try:
            for rank in range(n):
                self._start(work, rank, shared)
        except BaseException:
            self._end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def _start(self, work, rank, shared):
        mine, theirs = CTX.Pipe(duplex=False)
        process = CTX.Process(target=_act, args=(theirs, work, rank, shared))
        process.start()
        # Only the child keeps this end, so that its death is seen as an end.
        theirs.close()
        self.processes.append(process)
        self.pipes.append(mine)

    def kill(self, pid):
        """SIGKILL one process; return when the kernel has buried it."""
        rank = [p.pid for p in self.processes].index(pid)
        self.killed.add(rank)
        os.kill(pid, signal.SIGKILL)
        self.processes[rank].join(LIMIT)
        if self.processes[rank].exitcode != -signal.SIGKILL:
            raise Broken("process %d did not die of SIGKILL" % pid)

    def results(self):
        """What each process returned, without those that were killed."""
        while self._waiting():
            self._hear(None)
        return [self.outcomes[rank] for rank in sorted(self.outcomes)]

    def hear(self, pipe, otherwise):
        """Wait for a word on another pipe; fail if all end without one."""
        while self._waiting():
            if self._hear(pipe):
                return pipe.recv()
        raise Broken(otherwise)

    def _waiting(self):
        return {pipe: rank for rank, pipe in enumerate(self.pipes)
                if rank not in self.killed and rank not in self.outcomes}

    def _hear(self, extra):
        waiting = self._waiting()
        ready = multiprocessing.connection.wait(
            [*waiting, extra] if extra else waiting,
            max(self.until - time.monotonic(), 0))
        if not ready:
            raise Broken("%d of %d processes were not ready after %d s"
                         % (len(waiting), len(self.pipes), CREW_LIMIT))
        for pipe in ready:
            if pipe is not extra:
                self.outcomes[waiting[pipe]] = self._outcome(pipe)
        return extra in ready

    @staticmethod
    def _outcome(pipe):
        try:
            good, outcome = pipe.recv()
        except EOFError:
            raise Broken("a process vanished without a word") from None
        if not good:
            raise Broken(outcome)
        return outcome

    def _end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.join()
        for pipe in self.pipes:
            pipe.close()


def run(n, work, *shared):
    """Run a crew to its end and return what each process returned."""
    with Crew(n, work, *shared) as crew:
        return crew.results()
