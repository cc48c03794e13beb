# SPDX-License-Identifier: MIT
#
# Cycles of connections that would wait for each other over locks and flights.

== Two locks taken in opposite order: the wait that would close the cycle is refused.
edge: 16

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] B lock.acquire y
[   0] B < ok token=T2
[   1] A lock.acquire y
[   2] B lock.acquire x
[   2] B < deadlock
       says ""x""
       says ""y""
[   3] B lock.release y
[   3] B < ok
[   3] A < ok token=T3

== Two flights nested in opposite order are a cycle, too, and a wait limit changes nothing.
edge: 16

[   0] A flight.begin x
[   0] A < ok leader=true token=T1
[   0] B flight.begin y
[   0] B < ok leader=true token=T2
[   1] A flight.begin y wait_ms=50
[   2] B flight.begin x wait_ms=50
[   2] B < deadlock
       says ""x""
       says ""y""
[  51] time passes
[  51] A < timeout holder={pid=102 client="" held_ms=51}

== A cycle runs over locks and flights and through many hands.
edge: 16

[   0] A lock.acquire a
[   0] A < ok token=T1
[   0] B flight.begin b
[   0] B < ok leader=true token=T2
[   0] C lock.acquire c
[   0] C < ok token=T3
[   0] D flight.begin d
[   0] D < ok leader=true token=T4
[   1] A flight.begin b
[   2] B lock.acquire c
[   3] C flight.begin d
[   4] D lock.acquire a
[   4] D < deadlock
       says ""a""
       says ""b""
       says ""c""
       says ""d""
[   5] E lock.acquire a
[   6] D flight.finish d value=4
[   6] D < ok followers=1
[   6] C < ok leader=false value=4

== Who leads a flight and asks for it again hears of the deadlock at once.
edge: 15

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] A flight.begin k
[   1] A < deadlock
       says ""k""
[   2] A flight.begin k wait_ms=0
[   2] A < busy holder={pid=101 client="" held_ms=2}
[   3] A flight.finish k value=1
[   3] A < ok followers=0

== Who waits for a lock or a flight cannot wait for it twice.
edge: 15 39

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] A flight.begin k
[   0] A < ok leader=true token=T2
[   1] B lock.acquire k id=1
[   1] B lock.acquire k id=2
[   1] B < id=2 deadlock
[   2] B flight.begin k id=3
[   2] B flight.begin k id=4
[   2] B < id=4 deadlock
[   3] A leaves
[   3] B < id=1 ok token=T3 abandoned=true
[   3] B < id=3 ok leader=true token=T4 attempt=2

== A wait that is not yet a cycle is let in, and nothing but a lock or a flight makes one.
edge: 16

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] B limit.borrow y capacity=1
[   0] B < ok token=T2 in_use=1 capacity=1
[   1] A limit.borrow y
[   2] B lock.acquire x wait_ms=20
[   3] C pool.get p capacity=1
[   3] C < ok token=T3 create=true
[   4] C pool.get p wait_ms=5
[   5] C limit.borrow l capacity=1
[   5] C < ok token=T4 in_use=1 capacity=1
[   6] C limit.borrow l wait_ms=5
[   9] C < timeout holder={pid=103 client="" held_ms=6}
[  11] C < timeout holder={pid=103 client="" held_ms=6}
[  22] time passes
[  22] B < timeout holder={pid=101 client="" held_ms=22}

== A detached hold is nobody's, so to wait for it is no deadlock.
edge: 16 39

[   0] A lock.acquire x lease_ms=50 detached=true
[   0] A < ok token=T1
[   0] B lock.acquire y
[   0] B < ok token=T2
[   1] A lock.acquire y id=1
[   2] B lock.acquire x
[   3] A lock.acquire x id=2
[  50] time passes
[  50] B < ok token=T3 abandoned=true
[  51] B lock.release y
[  51] B < ok
[  51] A < id=1 ok token=T4

== A detached request waits for its connection, and is looked at like any other.
edge: 16

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] B lock.acquire y
[   0] B < ok token=T2
[   1] A lock.acquire y
[   2] B lock.acquire x lease_ms=50 detached=true
[   2] B < deadlock

== A multiplexed connection ends every chain.
edge: 16

[   0] A hello multiplexed=true
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] B lock.acquire y
[   0] B < ok token=T2
[   1] A lock.acquire y id=1
[   2] B lock.acquire x wait_ms=20
[  10] A cancel 1
[  10] A < id=1 cancelled
[  10] A < ok cancelled=true
[  22] time passes
[  22] B < timeout holder={pid=101 client="" held_ms=22}

== A cycle that is gone before it closes is none.
edge: 16

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] B lock.acquire y
[   0] B < ok token=T2
[   1] A lock.acquire y wait_ms=10
[  11] B lock.acquire x wait_ms=10
[  11] A < timeout holder={pid=102 client="" held_ms=11}
[  12] A lock.release x
[  12] A < ok
[  12] B < ok token=T3
