# SPDX-License-Identifier: MIT
"""(e) Fifty workers share a Pool of five ports; one worker is killed.

The witness is the kernel: every borrower really binds its port, and a port
that is lent twice shows as EADDRINUSE.
"""

import errno
import os
import socket

from crew import CTX, LIMIT, Broken, Crew
from hold import Hold, Nothing
from msyncclient import Refused
from witness import Counter, Victim

TITLE = "50 workers share 5 ports, 1 killed"
WORKERS = 50
PORTS = 5


class Book:
    """What the workers write down in shared memory."""

    def __init__(self):
        self.clashes = Counter()
        self.served = Counter()
        self.victim = Victim()


def listen(port):
    """A socket that listens on the port; None if somebody else has it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return listener


def free_ports():
    """Five free ports, away from those the kernel gives to anybody."""
    # Two demonstrations at the same time begin at different places.
    first = 15000 + os.getpid() % 3000 * PORTS
    ports = []
    for port in range(first, first + 1000):
        listener = listen(port)
        if listener:
            listener.close()
            ports.append(port)
        if len(ports) == PORTS:
            return ports
    raise Broken("no %d free ports from %d on" % (PORTS, first))


def bind_lent(grant, book, late):
    """Bind the port that was lent, and count it if it is taken."""
    port = grant.get("value")
    if not isinstance(port, int):
        raise Broken("a worker got %.40r in place of a port" % (port,))
    listener = listen(port)
    if not listener and late and book.victim.struck():
        # The kernel closes the descriptors of a killed process one by one:
        # msyncd may know of its end when its port is still bound.
        book.victim.wait_buried()
        listener = listen(port)
    if listener:
        book.served.add()
    else:
        book.clashes.add()
    return listener


def worker(rank, stage, together, book, ports):
    """Borrow a port and bind it; without msyncd take the next one."""
    hold = Nothing({"value": ports[rank % PORTS]}) if ports else Hold(
        stage.client(), "pool.get", "pool.put")
    together.wait(LIMIT)
    listener = None
    early = hold.ask(stage.key("ports"))
    if early:
        listener = bind_lent(hold.wait(), book, False)
    victim = not ports and listener and book.victim.volunteer()
    together.wait(LIMIT)            # nobody gives back before all have asked
    if victim:
        book.victim.park()
    if not early:
        listener = bind_lent(hold.wait(), book, True)
    elif not ports:
        # Only the port of the killed worker can serve the first in line.
        book.victim.wait_buried()
    if listener:
        listener.close()
    hold.give()


def left_over(stage, ports):
    """Borrow, bind and give back all that is there after the workers."""
    client = stage.client()
    book = Book()
    key = stage.key("ports")
    grants, listeners = [], []
    try:
        for _ in range(PORTS):
            grants.append(client.call("pool.get", key=key, wait_ms=0))
            listeners.append(bind_lent(grants[-1], book, False))
    except Refused as refused:
        raise Broken("only %d of %d ports came back: %s" % (
            len(grants), PORTS, refused)) from None
    if not all(listeners) or {g["value"] for g in grants} != set(ports):
        raise Broken("the ports that came back are not the %d that there "
                     "were" % PORTS)
    for listener, grant in zip(listeners, grants):
        listener.close()
        client.call("pool.put", key=key, token=grant["token"])
    available = client.call("pool.available", key=key)["available"]
    client.call("pool.clear", key=key)
    client.call("pool.delete", key=key)
    return available


def with_pool(stage, ports):
    """The workers under a Pool; one of them is killed."""
    stage.client().call("pool.set", key=stage.key("ports"), items=ports,
                        on_lost="requeue")
    book = Book()
    with Crew(WORKERS, worker, stage, CTX.Barrier(WORKERS), book,
              None) as crew:
        book.victim.strike(crew, "no worker got a port")
        finished = len(crew.results())
    if book.clashes.count():
        raise Broken("%d times a port was lent that another worker had bound "
                     "(EADDRINUSE)" % book.clashes.count())
    if book.served.count() != WORKERS or finished != WORKERS - 1:
        raise Broken("%d of %d workers got a port"
                     % (book.served.count(), WORKERS))
    available = left_over(stage, ports)
    if available != PORTS:
        raise Broken("%d ports are available in the end, not %d"
                     % (available, PORTS))
    return available


def play(stage):
    """Both ways; what is promised is checked."""
    ports = free_ports()
    available = with_pool(stage, ports)
    book = Book()
    with Crew(WORKERS, worker, stage, CTX.Barrier(WORKERS), book,
              ports) as crew:
        crew.results()
    if not book.clashes.count():
        raise Broken("without a Pool no port clashed, so that none did with "
                     "it shows nothing")
    return ("0 clashes, %d ports back" % available,
            "%d clashes" % book.clashes.count())
