# SPDX-License-Identifier: MIT
"""Witnesses in shared memory: they see what happens and never ask msyncd.

A process that may be killed announces that with Victim.park(), after which
it touches nothing shared: it cannot take a lock to its grave.
"""

import os
import select

from crew import CTX, LIMIT, Broken


class Counter:
    """A number that all processes may add to."""

    def __init__(self):
        self._value = CTX.Value("i", 0)

    def add(self):
        """Count one more; return how many there were before."""
        with self._value.get_lock():
            self._value.value += 1
            return self._value.value - 1

    def count(self):
        """How many there are."""
        return self._value.value


class Gauge:
    """How many are inside at the same time, for each of some keys."""

    def __init__(self, keys=1):
        self._changed = CTX.Condition()
        self._inside = CTX.RawArray("i", keys)
        self._peak = CTX.RawArray("i", keys)
        self._entries = CTX.RawValue("i", 0)

    def enter(self, key=0):
        """Go inside; return how many had gone in before, ever."""
        with self._changed:
            self._inside[key] += 1
            self._peak[key] = max(self._peak[key], self._inside[key])
            self._entries.value += 1
            self._changed.notify_all()
            return self._entries.value - 1

    def leave(self, key=0):
        """Go outside."""
        with self._changed:
            self._inside[key] -= 1

    def meet(self, entries):
        """Wait, inside, until so many have gone in; False if they do not."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._entries.value >= entries, LIMIT)

    def entries(self):
        """How often somebody went in."""
        return self._entries.value

    def peaks(self):
        """For each key, the most that were ever inside at once."""
        return list(self._peak)


class Victim:
    """The one process that is to be killed in the middle of its work."""

    def __init__(self):
        self._volunteers = Counter()
        self._word, self._parked = CTX.Pipe(duplex=False)
        self._struck = CTX.Value("i", 0)
        self._buried = CTX.Event()

    def volunteer(self):
        """True for the first process that asks, False for all others."""
        return self._volunteers.add() == 0

    def park(self):
        """For the victim: say that all is ready, and never come back."""
        self._parked.send(os.getpid())
        select.select([], [], [], LIMIT)
        raise Broken("the process that was to be killed was not killed")

    def strike(self, crew, nobody):
        """For the parent: kill the victim once it is parked."""
        pid = crew.hear(self._word, nobody)
        self._struck.value = 1
        crew.kill(pid)
        self._buried.set()

    def struck(self):
        """Whether the signal was, or is just being, sent."""
        return bool(self._struck.value)

    def wait_buried(self):
        """Wait until the kernel has closed all that the victim had open."""
        if not self._buried.wait(LIMIT):
            raise Broken("nothing was killed within %d s" % LIMIT)
