# SPDX-License-Identifier: MIT
"""(a) Many processes ask for the same expensive report at the same time.

The witness is the query itself: it calls a function that appends one byte
to a file.  The report's bytes are compared by their hashes.
"""

import hashlib
import os
import random
import sqlite3

from time import monotonic

from crew import CTX, LIMIT, Broken, run, wall

TITLE = "100 ask for one expensive report"
ASKERS = 100
ROWS = 200_000

# Its result is one row, so the query calls query_ran() once.
QUERY = """
SELECT query_ran(), group_concat(line, char(10)) FROM (
    SELECT printf('%04d %5d %9d %d', customer, count(*), sum(cents),
                  max(day)) AS line
    FROM orders WHERE day BETWEEN 120 AND 240
    GROUP BY customer ORDER BY sum(cents) DESC, customer)
"""


def make_database(path):
    """The same orders each time: the seed is fixed."""
    dice = random.Random(20)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")
    db.execute("CREATE TABLE orders(customer INT, day INT, cents INT)")
    db.executemany("INSERT INTO orders VALUES(?, ?, ?)", (
        (dice.randrange(1000), dice.randrange(365), dice.randrange(50_000))
        for _ in range(ROWS)))
    db.commit()
    db.close()


def make_report(database, ran):
    """Run the expensive query; `ran` is the file in which it counts itself."""
    def query_ran():
        file = os.open(ran, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, b".")
        os.close(file)

    db = sqlite3.connect(database)
    db.create_function("query_ran", 0, query_ran)
    (_, text), = db.execute(QUERY)
    db.close()
    return text


def digest(text):
    """The hash of a report, if it is one."""
    if not isinstance(text, str):
        raise Broken("a process got %.40r in place of the report" % (text,))
    return hashlib.sha256(text.encode()).hexdigest()


def ask_shared(_rank, stage, together, database, ran):
    """Ask msyncd first: one leads and runs the query, the others wait."""
    client = stage.client()
    key = stage.key("report")
    together.wait(LIMIT)
    begin = monotonic()
    number = client.place("flight.begin", key=key)
    together.wait(LIMIT)            # nobody goes on before all have asked
    answer = client.answer(number)
    if answer["leader"]:
        text = make_report(database, ran)
        client.call("flight.finish", key=key, token=answer["token"],
                    value=text)
    else:
        text = answer["value"]
    return begin, monotonic(), digest(text)


def ask_alone(_rank, together, database, ran):
    """Everybody runs the query."""
    together.wait(LIMIT)
    begin = monotonic()
    text = make_report(database, ran)
    return begin, monotonic(), digest(text)


def count(ran):
    """How often the query ran, by its own count."""
    return os.path.getsize(ran) if os.path.exists(ran) else 0


def play(stage):
    """Both ways; what is promised is checked."""
    database = stage.file("orders.db")
    make_database(database)

    ran = stage.file("ran-with")
    told = run(ASKERS, ask_shared, stage, CTX.Barrier(ASKERS), database, ran)
    if count(ran) != 1:
        raise Broken("the query ran %d times, not once" % count(ran))
    kinds = {t[2] for t in told}
    if len(told) != ASKERS or len(kinds) != 1:
        raise Broken("the processes got %d different reports" % len(kinds))

    ran = stage.file("ran-without")
    alone = run(ASKERS, ask_alone, CTX.Barrier(ASKERS), database, ran)
    if count(ran) != ASKERS:
        raise Broken("without msyncd the query ran %d times, not %d"
                     % (count(ran), ASKERS))
    if {t[2] for t in alone} != kinds:
        raise Broken("the shared report is not the one the query makes")
    return ("1 query, %.1f s" % wall(told),
            "%d queries, %.1f s" % (count(ran), wall(alone)))
