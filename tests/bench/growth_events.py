# SPDX-License-Identifier: MIT
"""Single events that may take long, for growth.py: how long a probe waits for
its answer meanwhile, and what they cost the daemon in all."""

import time
from contextlib import ExitStack

from growth_tools import Control, Daemon, Probe, open_crew, other_uid

DAY_MS = 86400000
MOST = 1000000


class Scene:
    """A daemon, a probe, and a connection that watches the counters."""

    def __init__(self, rows, daemon, probe, control):
        self.rows = rows
        self.daemon = daemon
        self.probe = probe
        self.control = control

    def note(self, name, n, event):
        before = self.daemon.cpu_ns()
        self.probe.start()
        event()
        self.rows.add_stall(name, n, "event", self.probe.stop())
        # With the probe's pings, as long as it lasted.
        self.rows.add(name, n, "all_cpu_ms",
                      (self.daemon.cpu_ns() - before) / 1e6)

    def multiplexed(self):
        """A new connection that may have many of everything."""
        control = Control(self.daemon)
        control.ask("hello", multiplexed=True)
        return control


def hang_up_of_holder(scene, n):
    with open_crew(scene.daemon, 1, other_uid()) as client:
        client.do(f"hold lock {n} gone")

        def leave():
            client.do("close")
            scene.control.await_gauge("lock", "holds", 0)
        scene.note("hang-up of one who holds n keys", n, leave)


def hang_up_of_waiter(scene, n):
    with (open_crew(scene.daemon, 1, other_uid(), True) as client,
          scene.multiplexed() as holder):
        token = holder.ask("lock.acquire", key="k")["token"]
        client.do(f"wait {n} k 600000 {DAY_MS}")

        def leave():
            client.do("close")
            scene.control.await_gauge("lock", "waits", 0)
        scene.note("hang-up of one with n waits", n, leave)
        holder.ask("lock.release", key="k", token=token)


def search_among_holds(scene, n):
    with scene.multiplexed() as holder:
        tokens = [answer["token"] for answer in holder.ask_many(
            [("lock.acquire", {"key": f"key/{i}"}) for i in range(n)])]
        scene.note("renew of the oldest of n holds", n, lambda: holder.ask(
            "renew", token=tokens[0], lease_ms=DAY_MS))
        scene.note("reset of n holds", n, lambda: holder.ask("reset"))


def search_among_permits(scene, n):
    with scene.multiplexed() as holder:
        tokens = [answer["token"] for answer in holder.ask_many(
            [("limit.borrow", {"key": "permits", "capacity": MOST})] * n)]
        scene.note("return of the oldest of n permits", n, lambda: holder.ask(
            "limit.return", key="permits", token=tokens[0]))
        holder.ask("reset")


def lease(holder, n, seconds):
    """Takes n keys whose leases all end so many seconds from now. False: that
    was too soon for all of them."""
    end = time.monotonic() + seconds
    for i in range(0, n, 1000):
        left_ms = max(1, int((end - time.monotonic()) * 1000))
        holder.ask_many([("lock.acquire",
                          {"key": f"key/{k}", "lease_ms": left_ms})
                         for k in range(i, min(i + 1000, n))])
    return time.monotonic() < end


def leases_end(scene, n):
    seconds = 0.5 + n / 20000
    while True:
        with scene.multiplexed() as holder:
            if lease(holder, n, seconds):
                scene.note("n leases end at once", n, lambda:
                           scene.control.await_gauge("lock", "holds", 0))
                return
            holder.ask("reset")
        seconds *= 2


def let_in(scene, n):
    """One request lets all waiters in."""
    with scene.multiplexed() as crowd:
        scene.control.ask("limit.set", key="gate", capacity=1)
        scene.control.ask("limit.borrow", key="gate")
        crowd.tell_many([("limit.borrow", {"key": "gate"})] * n)
        scene.control.await_gauge("limit", "waits", n)

        def open_gate():
            scene.control.ask("limit.set", key="gate", capacity=MOST)
            crowd.hear_many(n)
        scene.note("limit.set lets n waiters in", n, open_gate)
        crowd.ask("reset")
        scene.control.ask("limit.return", key="gate")


def share_result(scene, n):
    with scene.multiplexed() as crowd:
        scene.control.ask("flight.begin", key="page")
        crowd.tell_many([("flight.begin", {"key": "page"})] * n)
        scene.control.await_gauge("flight", "waits", n)

        def finish():
            scene.control.ask("flight.finish", key="page", value="x" * 100)
            crowd.hear_many(n)
        scene.note("flight.finish for n followers", n, finish)


def share_value(scene, n):
    """64 KiB to n followers, each with a connection of its own."""
    with ExitStack() as stack:
        crowd = [stack.enter_context(Control(scene.daemon)) for _ in range(n)]
        scene.control.ask("flight.begin", key="page")
        for follower in crowd:
            follower.tell("flight.begin", key="page")
        scene.control.await_gauge("flight", "waits", n)

        def finish():
            scene.control.ask("flight.finish", key="page", value="x" * 65536)
            for follower in crowd:
                follower.hear_many(1)
        scene.note("64 KiB to n followers, a connection each", n, finish)


EVENTS = (hang_up_of_holder, hang_up_of_waiter, search_among_holds,
          search_among_permits, leases_end, let_in, share_result)


def run_events(rows, _):
    with (Daemon() as daemon, Probe(daemon) as probe,
          Control(daemon) as control):
        scene = Scene(rows, daemon, probe, control)
        scene.note("nothing but 2000 stats", 1, lambda: [
            control.ask("stats") for _ in range(2000)])
        for event in EVENTS:
            for n in (1000, 10000, 100000):
                event(scene, n)
                control.await_connections(2)
        share_value(scene, 1000)
        control.await_connections(2)
