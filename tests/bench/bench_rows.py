# SPDX-License-Identifier: MIT
"""What is measured: the rows of the table, and what they ought to reach."""

from typing import NamedTuple


class Row(NamedTuple):
    """One row: a workload of the load generator."""
    name: str
    work: tuple              # the load generator's options
    redis: tuple = ()        # the same for Redis, where it can do that
    has_echo: bool = True
    followers: int = 0       # of a flight
    figure: str = "rate"     # what the table shows
    echo_row: str = ""       # the bare server's figure comes from this row


def lock(connections, *more):
    return ("lock", "-c", connections, *more)


def flight(followers, size, words):
    return Row(f"flight, {words}, {followers} followers",
               ("flight", "-f", followers, "-b", size), followers=followers)


ONE = "distinct keys, 1 connection"

ROWS = [
    Row(ONE, lock(1), lock(1)),
    *(Row(f"distinct keys, {n} connections", lock(n), lock(n))
      for n in (16, 64, 256)),
    Row("distinct keys, 16 x 16 pipelined", lock(16, "-W", 16),
        lock(16, "-W", 16)),
    *(Row(f"one contended key, {n} connections", ("contended", "-c", n),
          has_echo=False, echo_row=ONE) for n in (2, 16, 64)),
    Row("TryBorrow/Return, 64 connections", ("limit", "-c", 64)),
    Row("Pool Get/Put, 64 connections", ("pool", "-c", 64)),
    *(flight(followers, size, words)
      for size, words in ((100, "100 B"), (65536, "64 KiB"),
                          (921600, "900 KiB"))
      for followers in (10, 100, 1000)),
    # Redis has to be told to let go; it does not notice that one closes.
    Row("connect + lock + close, 16 at once", ("connect", "-c", 16),
        ("connect-release", "-c", 16), figure="cycles"),
    Row("mixed, 64 connections", ("mixed", "-c", 64)),
]

# The sort of lock and the number of processes.
INKERNEL = [(sort, n) for sort in ("flock", "futex", "ticket")
            for n in (1, 2, 16, 64)]


class Goal(NamedTuple):
    """A ratio of medians that is to be reached."""
    row: str
    figure: str
    peer: str
    least: float


GOALS = [
    Goal("distinct keys, 64 connections", "rate", "echo", 0.85),
    Goal("distinct keys, 64 connections", "rate", "redis", 1.3),
    Goal("distinct keys, 16 x 16 pipelined", "rate", "redis", 2),
    *(Goal(f"one contended key, {n} connections", "rate", "echo", 1.6)
      for n in (2, 16, 64)),
    Goal("flight, 64 KiB, 1000 followers", "megabytes", "echo", 0.7),
]
