# SPDX-License-Identifier: MIT
#
# Sessions: ids, cancel, renew, reset, hello, detached holds, lost holds, and
# how a connection ends.

== An answer repeats the id of its request, whatever kind it is, or has none.
edge: 87

[   0] A ping
[   0] A < ok
[   0] A ping id=0
[   0] A < id=0 ok
[   0] A ping id=-9007199254740991
[   0] A < id=-9007199254740991 ok
[   0] A ping id=9007199254740991
[   0] A < id=9007199254740991 ok
[   0] A ping id="r 17"
[   0] A < id="r 17" ok
[   0] A ping id=""
[   0] A < id="" ok
[   0] A ping id="<<é x 32>>"
[   0] A < id="éééééééééééééééééééééééééééééééé" ok
[   0] A lock.acquire k id="k" wait_s=1
[   0] A < id="k" bad_request
[   0] A lock.borrow k id=3
[   0] A < id=3 unknown_op

== An id that cannot be one is refused.
edge: 89

[   0] A ping id=9007199254740992
[   0] A < bad_request
       says "id"
[   0] A ping id=-9007199254740992
[   0] A < bad_request
[   0] A ping id=1.5
[   0] A < bad_request
[   0] A ping id=true
[   0] A < bad_request
[   0] A ping id=null
[   0] A < bad_request
[   0] A ping id=[1]
[   0] A < bad_request
[   0] A ping id="<<a x 64>>"
[   0] A < id="<<a x 64>>" ok
[   0] A ping id="<<a x 65>>"
[   0] A < bad_request
       says "id"

== Two requests in one packet take effect in their order and get two answers.
edge: 87

[   0] A lock.acquire k id=1
[   0] & A lock.release k id=2
[   0] & A lock.release k id=3
[   0] A < id=1 ok token=T1
[   0] A < id=2 ok
[   0] A < id=3 not_held

== A request that waits holds up nothing behind it.
edge: 87

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k id=1
[   1] & B ping id=2
[   1] & B lock.acquire other id=3
[   1] B < id=2 ok
[   1] B < id=3 ok token=T2
[   2] A lock.release k
[   2] A < ok
[   2] B < id=1 ok token=T3

== The id of a request that waits is refused to another, whatever that asks.
edge: 27

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k id=7
[   2] B ping id=7
[   2] B < id=7 dup_id
[   2] B cancel 7 id=7
[   2] B < id=7 dup_id
[   2] B lock.acquire id=7
[   2] B < id=7 dup_id
[   2] B no.such.thing id=7
[   2] B < id=7 dup_id
[   2] B lock.acquire k id="7" wait_ms=0
[   2] B < id="7" busy holder={pid=101 client="" held_ms=2}
[   2] A ping id=7
[   2] A < id=7 ok
[   3] A lock.release k
[   3] A < ok
[   3] B < id=7 ok token=T2
[   4] B ping id=7
[   4] B < id=7 ok

== Requests without id never collide, and cannot be cancelled.
edge: 27

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] A lock.acquire y
[   0] A < ok token=T2
[   1] B lock.acquire x
[   1] B lock.acquire y
[   2] B cancel 1
[   2] B < ok cancelled=false
[   3] A leaves
[   3] B < ok token=T3 abandoned=true
[   3] B < ok token=T4 abandoned=true

== A cancel finds a waiting request of its own connection by the very id.
edge: 27

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k id=1
[   2] B cancel "1" id=2
[   2] B < id=2 ok cancelled=false
[   2] A cancel 1 id=3
[   2] A < id=3 ok cancelled=false
[   3] B cancel 1
[   3] B < id=1 cancelled
[   3] B < ok cancelled=true
[   3] B cancel 1
[   3] B < ok cancelled=false
[   4] B lock.acquire k id="one"
[   5] B cancel "one" id="two"
[   5] B < id="one" cancelled
[   5] B < id="two" ok cancelled=true
[   6] B cancel true
[   6] B < bad_request
       says "target"
[   6] B cancel
[   6] B < bad_request
       says "target"

== A cancel that crosses the grant comes too late, and the grant stands.
edge: 30 67

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k id=1
[   2] A lock.release k
[   2] & B cancel 1 id=2
[   2] A < ok
[   2] B < id=1 ok token=T2
[   2] B < id=2 ok cancelled=false
[   3] A lock.acquire k wait_ms=0
[   3] A < busy holder={pid=102 client="" held_ms=1}

== A cancel that comes with the deadline finds nothing, and there is one answer.
edge: 11

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] B lock.acquire k id=1 wait_ms=10
[  10] B cancel 1 id=2
[  10] B < id=1 timeout holder={pid=101 client="" held_ms=10}
[  10] B < id=2 ok cancelled=false

== A renewal gives a lease to a hold that had none.
edge: 37

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] A limit.borrow l capacity=1
[   0] A < ok token=T2 in_use=1 capacity=1
[   5] A renew T1 lease_ms=10
[   5] A < ok
[   5] A renew T2 lease_ms=5 kind=limit key=l
[   5] A < ok
[   6] B lock.acquire k id="k"
[   6] B limit.borrow l id="l"
[  10] B < id="l" ok token=T3 in_use=1 capacity=1
[  15] B < id="k" ok token=T4 abandoned=true
[  20] time passes

== A renewal is refused where kind or key are not those of the hold, and to strangers.
edge: 37

[   0] A lock.acquire k lease_ms=50
[   0] A < ok token=T1
[   1] A renew T1 lease_ms=99 kind=flight
[   1] A < not_held
[   1] A renew T1 lease_ms=99 key=other
[   1] A < not_held
[   1] A renew T1 lease_ms=99 kind=nothing
[   1] A < bad_request
       says "kind"
[   1] A renew T1 lease_ms=0
[   1] A < bad_request
       says "lease_ms"
[   1] A renew T1
[   1] A < bad_request
       says "lease_ms"
[   1] A renew lease_ms=99
[   1] A < bad_request
       says "token"
[   1] B renew T1 lease_ms=99
[   1] B < not_held
[   2] B lock.acquire k
[  50] time passes
[  50] B < ok token=T2 abandoned=true

== A reset answers waits, ends holds as abandoned, forgets hello and leaves detached holds.
edge: 92

[   0] A hello client="old" multiplexed=true events=["lost"]
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] A lock.acquire d lease_ms=1000 detached=true
[   0] A < ok token=T2
[   0] B lock.acquire x
[   0] B < ok token=T3
[   1] A lock.acquire x id=1
[   2] B lock.acquire k id=1
[   3] C lock.acquire x
[   4] A reset id=2
[   4] A < id=1 cancelled
[   4] A < id=2 ok
[   4] B < id=1 ok token=T4 abandoned=true
[   5] A lock.release k
[   5] A < not_held
[   6] C lock.acquire d wait_ms=0
[   6] C < busy holder={pid=101 client="old" held_ms=6}
[   7] B lock.release x
[   7] B < ok
[   7] C < ok token=T5
[   8] A lock.acquire y
[   8] A < ok token=T6
[   9] C lock.acquire y wait_ms=0
[   9] C < busy holder={pid=101 client="" held_ms=1}
[  10] A lock.acquire y
[  10] A < deadlock

== A reset does not hand the lock to the one that resets.
edge: 92

[   0] A hello multiplexed=true
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A lock.acquire k id=1
[   2] B lock.acquire k
[   3] A reset
[   3] A < id=1 cancelled
[   3] A < ok
[   3] B < ok token=T2 abandoned=true
[   4] A reset
[   4] A < ok

== The last hello holds whole: what it does not say is back to its default.
edge: none

[   0] A hello client="one" multiplexed=true events=["lost"]
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire k lease_ms=10
[   0] A < ok token=T1
[   1] A lock.release k
[   1] A < bad_request
       says "token"
[   2] A hello
[   2] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   3] B lock.acquire k wait_ms=0
[   3] B < busy holder={pid=101 client="" held_ms=3}
[  10] time passes
[  11] A lock.release k
[  11] A < not_held

== What hello does not understand it refuses, and then nothing has changed.
edge: none

[   0] A hello client="mine"
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   1] A hello events=["lost","found"]
[   1] A < bad_request
       says "events"
[   1] A hello events="lost"
[   1] A < bad_request
       says "events"
[   1] A hello multiplexed=1
[   1] A < bad_request
       says "multiplexed"
[   1] A hello client="<<c x 65>>"
[   1] A < bad_request
       says "client"
[   2] A lock.acquire k
[   2] A < ok token=T1
[   3] B lock.acquire k wait_ms=0
[   3] B < busy holder={pid=101 client="mine" held_ms=1}
[   4] A hello events=[]
[   4] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   5] A hello client="<<c x 64>>"
[   5] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}

== A multiplexed connection names the hold it releases and is left out of deadlocks.
edge: 15 39

[   0] A hello multiplexed=true
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire k id=1
[   0] A < id=1 ok token=T1
[   1] A lock.acquire k id=2
[   2] A lock.release k
[   2] A < bad_request
       says "token"
[   2] A limit.return k
[   2] A < bad_request
       says "token"
[   2] A flight.finish k
[   2] A < bad_request
       says "token"
[   2] A pool.put k
[   2] A < bad_request
       says "token"
[   3] A cancel 2
[   3] A < id=2 cancelled
[   3] A < ok cancelled=true
[   4] A lock.release k token=T1
[   4] A < ok

== A detached hold outlives its connection and ends by its token or its lease.
edge: 36 90

[   0] A lock.acquire k lease_ms=100 detached=true
[   0] A < ok token=T1
[   0] A closes its sending side
[   0] A < (is closed)
[   1] what is left?
[   1] left < locks=1 (holds=1 waits=0) uid=1000:keys=1
[   2] B lock.acquire k wait_ms=0
[   2] B < busy holder={pid=101 client="" held_ms=2}
[   3] B lock.release k
[   3] B < not_held
[   4] B lock.release k token=T1
[   4] B < ok
[   5] B lock.acquire k lease_ms=10 detached=true
[   5] B < ok token=T2
[   6] C lock.acquire k
[   7] B leaves
[  15] time passes
[  15] C < ok token=T3 abandoned=true

== A detached hold needs a lease.
edge: none

[   0] A lock.acquire k detached=true
[   0] A < bad_request
       says "lease_ms"
[   0] A limit.borrow k capacity=1 detached=true
[   0] A < bad_request
       says "lease_ms"
[   0] A pool.get k capacity=1 detached=true
[   0] A < bad_request
       says "lease_ms"
[   0] A flight.begin k lease_ms=10 detached=true
[   0] A < bad_request
       says "detached"
[   1] A lock.acquire k lease_ms=10 detached=false
[   1] A < ok token=T1
[   2] A lock.release k
[   2] A < ok

== A detached hold is its uid's: others may neither release nor renew it.
edge: 33 37 48 70

[   0] A lock.acquire k lease_ms=100 detached=true
[   0] A < ok token=T1
[   0] A limit.borrow k capacity=1 lease_ms=100 detached=true
[   0] A < ok token=T2 in_use=1 capacity=1
[   0] A pool.get k capacity=1 lease_ms=100 detached=true
[   0] A < ok token=T3 create=true
[   1] S joins uid=1001
[   1] S lock.release k token=T1
[   1] S < denied
[   1] S limit.return k token=T2
[   1] S < not_held
[   1] S pool.drop k token=T3
[   1] S < not_held
[   1] S renew T1 lease_ms=999
[   1] S < not_held
[   2] B renew T1 lease_ms=200
[   2] B < ok
[   3] A leaves
[ 100] time passes
[ 101] B lock.release k token=T2
[ 101] B < stale_token
[ 102] B lock.release k token=T1
[ 102] B < ok
[ 103] what is left?
[ 103] left < uid=1000:connections=1 uid=1001:connections=1

== A detached hold whose answer reached nobody ends at once and leaves no trace.
edge: 29 49

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k lease_ms=1000 detached=true
[   2] C lock.acquire k
[   3] A lock.release k
[   3] & B leaves
[   3] A < ok
[   3] C < ok token=T2
[   4] C lock.release k
[   4] C < ok
[   5] D lock.acquire k lease_ms=1000 detached=true
[   5] D < ok token=T3
[   6] E lock.acquire k
[   7] D never hears of T3
[   7] E < ok token=T4
[   8] D never hears of T3
[   9] E lock.release k
[   9] E < ok
[  10] what is left?
[  10] left < uid=1000:connections=4

== A wait for a detached hold is the connection's and goes with it.
edge: 29

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k lease_ms=100 detached=true
[   2] B leaves
[   3] A lock.release k
[   3] A < ok
[   4] what is left?
[   4] left < uid=1000:connections=1

== Who asked for it is told when a lease ends; nobody is told of what it did itself.
edge: 38

[   0] A hello events=["lost"]
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire k lease_ms=10
[   0] A < ok token=T1
[   0] A flight.begin f lease_ms=20
[   0] A < ok leader=true token=T2
[   0] A limit.borrow l capacity=1 lease_ms=30
[   0] A < ok token=T3 in_use=1 capacity=1
[   0] A pool.get p capacity=1 lease_ms=40
[   0] A < ok token=T4 create=true
[   1] A lock.acquire released lease_ms=10
[   1] A < ok token=T5
[   2] A lock.release released
[   2] A < ok
[   2] B lock.acquire unasked lease_ms=10
[   2] B < ok token=T6
[  10] A < event="lost" reason="lease" kind="lock" key="k" token=T1
[  20] A < event="lost" reason="lease" kind="flight" key="f" token=T2
[  30] A < event="lost" reason="lease" kind="limit" key="l" token=T3
[  40] A < event="lost" reason="lease" kind="pool" key="p" token=T4
[  99] time passes
[ 100] A lock.acquire k
[ 100] A < ok token=T7 abandoned=true
[ 101] A reset
[ 101] A < ok
[ 102] B lock.acquire k
[ 102] B < ok token=T8 abandoned=true

== A half-closed connection gets all its answers, hears what it loses, and ends.
edge: 90

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B ping id=1
[   1] & B lock.acquire k id=2
[   1] & B closes its sending side
[   1] B < id=1 ok
[   2] C lock.acquire k
[   9] A lock.release k
[   9] A < ok
[   9] B < id=2 ok token=T2
[   9] B < event="lost" reason="eof" kind="lock" key="k" token=T2
[   9] B < (is closed)
[   9] C < ok token=T3 abandoned=true

== A half-closed connection with several holds loses each, the oldest first.
edge: 90 92

[   0] A lock.acquire x
[   0] & A limit.borrow y capacity=2
[   0] & A flight.begin z
[   0] & A pool.get p capacity=1
[   0] & A lock.acquire d detached=true lease_ms=50
[   0] & A closes its sending side
[   0] A < ok token=T1
[   0] A < ok token=T2 in_use=1 capacity=2
[   0] A < ok leader=true token=T3
[   0] A < ok token=T4 create=true
[   0] A < ok token=T5
[   0] A < event="lost" reason="eof" kind="lock" key="x" token=T1
[   0] A < event="lost" reason="eof" kind="limit" key="y" token=T2
[   0] A < event="lost" reason="eof" kind="flight" key="z" token=T3
[   0] A < event="lost" reason="eof" kind="pool" key="p" token=T4
[   0] A < (is closed)
[   1] B lock.acquire d wait_ms=0
[   1] B < busy holder={pid=101 client="" held_ms=1}

== A half-closed connection that closes for good while it waits is gone at once.
edge: 90

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   1] & B closes its sending side
[   2] C lock.acquire k
[   3] B leaves
[   4] A lock.release k
[   4] A < ok
[   4] C < ok token=T2

== The last word of a one-shot call is its answer only where it keeps what it got.
edge: 90

[   0] A lock.acquire k
[   0] & A closes its sending side
[   0] A < ok token=T1
[   0] A < event="lost" reason="eof" kind="lock" key="k" token=T1
[   0] A < (is closed)
[   1] B lock.acquire k lease_ms=60000 detached=true
[   1] & B closes its sending side
[   1] B < ok token=T2 abandoned=true
[   1] B < (is closed)
[   2] C lock.acquire k wait_ms=10
[   2] & C closes its sending side
[  12] time passes
[  12] C < timeout holder={pid=102 client="" held_ms=11}
[  12] C < (is closed)

== Unread lines of a connection that is gone let go, and are given nothing.
edge: 90 92

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] A limit.borrow l capacity=1
[   0] A < ok token=T2 in_use=1 capacity=1
[   0] A pool.get p capacity=1
[   0] A < ok token=T3 create=true
[   0] A flight.begin f
[   0] A < ok leader=true token=T4
[   1] B lock.acquire k id="k"
[   1] B limit.borrow l id="l"
[   1] B pool.get p id="p"
[   1] B flight.begin f id="f"
[   2] A unread lock.release k
[   2] & A unread limit.return l
[   2] & A unread pool.put p value="made"
[   2] & A unread flight.finish f value="done"
[   2] & A unread lock.acquire x
[   2] & A unread limit.borrow x capacity=1
[   2] & A unread limit.set x capacity=1
[   2] & A unread flight.begin x
[   2] & A unread pool.get x capacity=1
[   2] & A leaves
[   2] B < id="k" ok token=T5
[   2] B < id="l" ok token=T6 in_use=1 capacity=1
[   2] B < id="p" ok token=T7 create=false value="made"
[   2] B < id="f" ok leader=false value="done"
[   3] B limit.info x
[   3] B < ok in_use=0 capacity=1 available=1 waiting=0
[   4] what is left?
[   4] left < locks=1 (holds=1 waits=0) limits=2 (holds=1 waits=0) pools=1 (holds=1 waits=0) uid=1000:connections=1 uid=1000:keys=5 uid=1000:bytes=6

== When the daemon shuts down every wait hears why, and nobody is let in any more.
edge: 95

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] A flight.begin f
[   0] A < ok leader=true token=T2
[   0] A limit.borrow l capacity=2
[   0] A < ok token=T3 in_use=1 capacity=2
[   0] A pool.get p capacity=1
[   0] A < ok token=T4 create=true
[   1] B lock.acquire k id=1
[   1] C flight.begin f
[   1] D limit.borrow l wait_ms=50 permits=2
[   1] E pool.get p
[   1] F limit.borrow l
[   2] the daemon shuts down
[   2] B < id=1 shutting_down
[   2] C < shutting_down
[   2] D < shutting_down
[   2] E < shutting_down
[   2] F < shutting_down
[   3] C lock.acquire other
[   3] C < shutting_down
[   4] C flight.begin other
[   4] C < shutting_down
[   5] A lock.release k
[   5] A < ok
[   6] A flight.finish f value=1
[   6] A < ok followers=0
[   7] A lock.acquire k
[   7] A < shutting_down

== Of a holder that is not known by its pid none is shown.
edge: none

[   0] A joins pid=0
[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k wait_ms=0
[   1] B < busy holder={client="" held_ms=1}
       says "1000"

== A reset gives none of its own waits what another of them made room for.
edge: 52 92

[   0] A limit.borrow l capacity=3
[   0] A < ok token=T1 in_use=1 capacity=3
[   1] B limit.borrow l permits=3 id=1
[   2] B limit.borrow l permits=1 id=2
[   3] C limit.borrow l permits=2
[   4] B reset id=3
[   4] B < id=2 cancelled
[   4] B < id=1 cancelled
[   4] B < id=3 ok
[   4] C < ok token=T2 in_use=3 capacity=3

== After a reset nobody is told of leases any more.
edge: none

[   0] A hello events=["lost"]
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A reset
[   0] A < ok
[   1] A lock.acquire k lease_ms=10
[   1] A < ok token=T1
[  11] time passes
[  12] A ping
[  12] A < ok
