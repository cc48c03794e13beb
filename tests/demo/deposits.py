# SPDX-License-Identifier: MIT
"""(b) Many processes deposit into one account by read, add and write.

The witness is the account: what is missing in the end was lost.  A process
that may go on reads the balance before anybody writes, so without a lock
deposits are lost for certain, not by bad luck.
"""

import sqlite3

from time import monotonic

from crew import CTX, LIMIT, Broken, run, wall
from hold import Hold, Nothing

TITLE = "100 deposits into one account"
DEPOSITORS = 100
CENTS = 250


def make_account(path):
    """One account with nothing in it."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, cents INT)")
    db.execute("INSERT INTO account VALUES(1, 0)")
    db.commit()
    db.close()


class Account:
    """The row; every statement is a transaction of its own."""

    def __init__(self, path):
        self._db = sqlite3.connect(path, timeout=LIMIT, isolation_level=None)
        self._db.execute("PRAGMA synchronous=OFF")

    def read(self):
        """The balance."""
        return self._db.execute(
            "SELECT cents FROM account WHERE id = 1").fetchone()[0]

    def write(self, cents):
        """A new balance."""
        self._db.execute("UPDATE account SET cents = ? WHERE id = 1",
                         (cents,))


def deposit(_rank, stage, together, path, locked):
    """Read, add, write, under the lock or not."""
    account = Account(path)
    hold = Nothing()
    if locked:
        hold = Hold(stage.client(), "lock.acquire", "lock.release")
    together.wait(LIMIT)
    begin = monotonic()
    balance = None
    if hold.ask(stage.key("account")):
        balance = account.read()
    together.wait(LIMIT)            # nobody writes before all have asked
    hold.wait()
    if balance is None:
        balance = account.read()
    account.write(balance + CENTS)
    hold.give()
    return begin, monotonic()


def deposits(stage, locked):
    """Let all deposit once; how many deposits are there, and the time."""
    path = stage.file("account-%d.db" % locked)
    make_account(path)
    spans = run(DEPOSITORS, deposit, stage, CTX.Barrier(DEPOSITORS), path,
                locked)
    kept = Account(path).read() / CENTS
    return kept, wall(spans)


def play(stage):
    """Both ways; what is promised is checked."""
    kept, took = deposits(stage, True)
    if kept != DEPOSITORS:
        raise Broken("%g of %d deposits were lost"
                     % (DEPOSITORS - kept, DEPOSITORS))
    alone, took_alone = deposits(stage, False)
    if not alone < DEPOSITORS:
        raise Broken("without a lock no deposit was lost, so that none was "
                     "lost with it shows nothing")
    return ("%g kept, %.1f s" % (kept, took),
            "%g kept, %g lost, %.1f s"
            % (alone, DEPOSITORS - alone, took_alone))
