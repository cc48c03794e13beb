#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What two or more clients do to each other, and the whole answers of all.

Each test names its rows. What is to happen in one turn of the daemon is sent
while it stands still.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
                for name in (".", "../cli")]
# pylint: disable=wrong-import-position
from harness import main, test  # noqa: E402
from lines import NOT_HELD, OK, error  # noqa: E402
from stage import Frozen, connections, wait  # noqa: E402
from wire import matches  # noqa: E402

GRANT = '{"ok":true,"token":<n>}'
ABANDONED = '{"ok":true,"token":<n>,"abandoned":true}'
LEAD = '{"ok":true,"leader":true,"token":<n>}'
NEXT_LEAD = '{"id":%d,"ok":true,"leader":true,"token":<n>,"attempt":%d}'
BEGIN = '{"id":%d,"op":"flight.begin","key":"f"}'
RESULT = '{"id":%d,"ok":true,"leader":false,"value":%s}'
FINISH = '{"op":"flight.finish","key":"f","value":%s}'
HELD_BY = "held for <n> ms by pid <n> (<program>)"


def acquire(key, ident=None, more=""):
    head = "" if ident is None else f'"id":{ident},'
    return f'{{{head}"op":"lock.acquire","key":"{key}"{more}}}'


def release(key, more=""):
    return f'{{"op":"lock.release","key":"{key}"{more}}}'


def followers(scene, first, number):
    """So many connections that follow the flight of the first."""
    first.ask(BEGIN % 0, '{"id":0,"ok":true,"leader":true,"token":<n>}')
    wires = connections(scene, number)
    for ident, wire in enumerate(wires, 1):
        wait(scene, wire, BEGIN % ident, "flight")
    return wires


def hears(wire, answer):
    line = wire.line()
    matches(answer, "" if line is None else line + "\n")


@test
def a_foreign_token_releases_nothing(scene):
    # row: 34
    a, b = connections(scene, 2)
    a.ask(acquire("k"), GRANT)
    token = scene.conn.ask("list", kind="lock")["keys"][0]["holders"][0]
    b.ask(release("k", f',"token":{token["token"]}'), error(
        "stale_token", 'lock "k": that token is not in force; stop what it '
        f"was for; {HELD_BY}"))
    b.ask(release("k"), error("not_held", f'lock "k": {NOT_HELD}'))
    b.ask(acquire("k", more=',"wait_ms":0'),
          '{"ok":false,"error":"busy","message":"lock \\"k\\": busy, and '
          f'wait_ms 0 does not wait; {HELD_BY}","holder":{{"pid":<n>,'
          '"client":"","held_ms":<n>}}')
    a.ask(release("k"), OK)


@test
def a_circle_of_two_is_told_to_the_second(scene):
    # row: 37
    a, b = connections(scene, 2)
    a.ask(acquire("a"), GRANT)
    b.ask(acquire("b"), GRANT)
    wait(scene, a, acquire("b"), "lock")
    b.ask(acquire("a", 9), error(
        "deadlock", 'lock "a": deadlock: waiting would never end: it is held '
        'for <n> ms by pid <n> (<program>), which waits for lock "b", held '
        "for <n> ms by this connection, pid <n> (<program>); release what you "
        "hold, and take keys in one order everywhere", 9))
    b.ask(release("b"), OK)
    a.expect(GRANT)


@test
def a_result_is_published_once_and_by_its_leader(scene):
    # row: 38
    (a,) = connections(scene, 1)
    (b,) = followers(scene, a, 1)
    not_held = error("not_held", f'flight "f": {NOT_HELD}')
    b.ask(FINISH % "2", not_held)
    a.ask(FINISH % "1", '{"ok":true,"followers":1}')
    b.expect(RESULT % (1, 1))
    a.ask(FINISH % "3", not_held)
    b.expect("")


@test
def the_oldest_follower_takes_over_from_a_leader_that_is_gone(scene):
    # row: 39
    (a,) = connections(scene, 1)
    b, c, d = followers(scene, a, 3)
    a.close()
    hears(b, NEXT_LEAD % (1, 2))
    c.expect("")
    b.close()
    hears(c, NEXT_LEAD % (2, 3))
    d.expect("")
    c.ask(FINISH % '"x"', '{"ok":true,"followers":1}')
    d.expect(RESULT % (3, '"x"'))


@test
def a_leader_that_publishes_and_goes_has_published(scene):
    # row: 40
    (a,) = connections(scene, 1)
    crowd = followers(scene, a, 20)
    with Frozen(scene):
        a.send((FINISH % "[1]").encode() + b"\n")
        a.close()
    for ident, wire in enumerate(crowd, 1):
        hears(wire, RESULT % (ident, "[1]"))
        wire.expect("")


@test
def nothing_that_a_leader_says_is_taken_for_a_retry(scene):
    # row: 41
    for value in '""', "null", "false", "0", "{}":
        (a,) = connections(scene, 1)
        (b,) = followers(scene, a, 1)
        a.ask(FINISH % value, '{"ok":true,"followers":1}')
        b.expect(RESULT % (1, value))
    (a,) = connections(scene, 1)
    (b,) = followers(scene, a, 1)
    a.ask('{"op":"flight.fail","key":"f","message":"no \\"disk\\"",'
          '"value":[ 5 ]}', '{"ok":true,"followers":1}')
    b.expect('{"id":1,"ok":false,"error":"flight_failed",'
             '"message":"no \\"disk\\"","value":[ 5 ]}')


@test
def a_borrower_that_dies_leaves_room_and_something_to_destroy(scene):
    # row: 45
    a, b, c = connections(scene, 3)
    get = '{"op":"pool.get","key":"p","capacity":1}'
    a.ask(get, '{"ok":true,"token":<n>,"create":true}')
    a.ask('{"op":"pool.put","key":"p","value":"one"}', OK)
    a.ask(get, '{"ok":true,"token":<n>,"create":false,"value":"one"}')
    wait(scene, b, get, "pool")
    wait(scene, c, get, "pool")
    a.close()
    hears(b, '{"ok":true,"token":<n>,"create":true,"destroy":["one"]}')
    b.ask('{"op":"pool.put","key":"p","value":"two"}', OK)
    hears(c, '{"ok":true,"token":<n>,"create":false,"value":"two"}')


@test
def a_cancel_that_crosses_a_grant_has_one_of_two_ends(scene):
    # row: 49
    for _ in range(20):
        a, b = connections(scene, 2)
        a.ask(acquire("k"), GRANT)
        wait(scene, b, acquire("k", 5), "lock")
        with Frozen(scene):
            a.send(release("k").encode() + b"\n")
            b.send(b'{"op":"cancel","target":5}\n')
        first = b.line()
        if first.startswith('{"id":5,"ok":true'):
            matches('{"id":5,"ok":true,"token":<n>}', first + "\n")
            hears(b, '{"ok":true,"cancelled":false}')
            b.ask(release("k"), OK)
        else:
            matches(error("cancelled", 'lock "k": cancelled after a wait of '
                          "<n> ms", 5), first + "\n")
            hears(b, '{"ok":true,"cancelled":true}')
        b.expect("")
        a.expect(OK)


@test
def one_who_goes_in_the_turn_of_its_grant_is_passed_over(scene):
    # row: 50
    a, b, c = connections(scene, 3)
    a.ask(acquire("k"), GRANT)
    wait(scene, b, acquire("k", 1), "lock")
    wait(scene, c, acquire("k", 2), "lock")
    with Frozen(scene):
        a.send(release("k").encode() + b"\n")
        b.close()
    # Not abandoned: the one that was gone has never held it.
    hears(c, '{"id":2,"ok":true,"token":<n>}')
    a.expect(OK)


@test
def a_row_of_the_dead_is_passed_over_at_once(scene):
    # row: 50 51
    wires = connections(scene, 40)
    wires[0].ask(acquire("k"), GRANT)
    for ident, wire in enumerate(wires[1:], 1):
        wait(scene, wire, acquire("k", ident), "lock")
    with Frozen(scene):
        for wire in wires[1:-1]:
            wire.close()
        wires[0].close()
    hears(wires[-1], '{"id":39,"ok":true,"token":<n>,"abandoned":true}')
    wires[-1].ask(release("k"), OK)
    scene.nothing_is_held()


@test
def a_thousand_requests_are_answered_in_their_order(scene):
    # row: 8
    a, b = connections(scene, 2)
    a.send(b"".join(b'{"id":%d,"op":"ping"}\n' % i for i in range(1000)))
    b.ask('{"op":"ping"}', OK)
    a.expect("\n".join(f'{{"id":{i},"ok":true}}' for i in range(1000)))


if __name__ == "__main__":
    main()
