# SPDX-License-Identifier: MIT
#
# watch: what happens to keys, told as it happens.

== Grants, waits and releases are told to whoever watches, in their order.
edge: none

[   0] W joins uid=0 pid=1 command=top
[   0] A joins uid=1000 pid=7 command=cron
[   0] B joins uid=1001 pid=8
[   0] W watch events=["granted","waiting","released"] id=1
[   0] W < id=1 ok
[   0] A hello client=nightly
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire db
[   0] A < ok token=T1
[   0] W < event="watch" what="granted" kind="lock" key="db" token=T1 uid=1000 pid=7 command="cron" client="nightly" waited_ms=0
[   5] B lock.acquire db
[   5] W < event="watch" what="waiting" kind="lock" key="db" uid=1001 pid=8 client="" waiters=1
[   6] C lock.acquire db
[   6] W < event="watch" what="waiting" kind="lock" key="db" uid=1000 pid=104 client="" waiters=2
[  17] A lock.release db
[  17] A < ok
[  17] W < event="watch" what="released" kind="lock" key="db" token=T1 uid=1000 pid=7 command="cron" client="nightly" held_ms=17
[  17] W < event="watch" what="granted" kind="lock" key="db" token=T2 uid=1001 pid=8 client="" waited_ms=12
[  17] B < ok token=T2
[  18] B lock.release db
[  18] B < ok
[  18] W < event="watch" what="released" kind="lock" key="db" token=T2 uid=1001 pid=8 client="" held_ms=1
[  18] W < event="watch" what="granted" kind="lock" key="db" token=T3 uid=1000 pid=104 client="" waited_ms=12
[  18] C < ok token=T3
[  18] C lock.release db
[  18] C < ok
[  18] W < event="watch" what="released" kind="lock" key="db" token=T3 uid=1000 pid=104 client="" held_ms=0

== A wait that is not granted says why.
edge: none

[   0] W watch events=["refused"]
[   0] W < ok
[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] B lock.acquire k wait_ms=0
[   0] B < busy holder={pid=102 client="" held_ms=0}
[   0] W < event="watch" what="refused" error="busy" kind="lock" key="k" uid=1000 pid=103 client="" waited_ms=0
[   0] B lock.acquire k max_waiters=0
[   0] B < queue_full holder={pid=102 client="" held_ms=0}
[   0] W < event="watch" what="refused" error="queue_full" kind="lock" key="k" uid=1000 pid=103 client="" waited_ms=0
[   0] B lock.acquire k wait_ms=30
[   0] A lock.acquire k
[   0] A < deadlock
[   0] W < event="watch" what="refused" error="deadlock" kind="lock" key="k" uid=1000 pid=102 client="" waited_ms=0
[   7] C lock.acquire k id=1
[  20] C cancel 1
[  20] C < id=1 cancelled
[  20] C < ok cancelled=true
[  20] W < event="watch" what="refused" error="cancelled" kind="lock" key="k" uid=1000 pid=104 client="" waited_ms=13
[  30] D lock.acquire k
[  30] W < event="watch" what="refused" error="timeout" kind="lock" key="k" uid=1000 pid=103 client="" waited_ms=30
[  30] B < timeout holder={pid=102 client="" held_ms=30}
[  35] D leaves
[  35] W < event="watch" what="refused" reason="eof" kind="lock" key="k" uid=1000 pid=105 client="" waited_ms=5
[  36] D joins
[  36] D lock.acquire k
[  40] D reset
[  40] D < cancelled
[  40] D < ok
[  40] W < event="watch" what="refused" error="cancelled" kind="lock" key="k" uid=1000 pid=106 client="" waited_ms=4
[  41] D lock.acquire k
[  50] the daemon shuts down
[  50] W < event="watch" what="refused" error="shutting_down" kind="lock" key="k" uid=1000 pid=106 client="" waited_ms=9
[  50] D < shutting_down

== What was wrong to ask for is told to nobody.
edge: none

[   0] W watch events=["refused","released","granted","lost"]
[   0] W < ok
[   0] A lock.acquire k wait_ms=no
[   0] A < bad_request
[   0] A lock.release k
[   0] A < not_held
[   0] A limit.borrow l
[   0] A < unknown_key
[   0] A limit.set l capacity=1
[   0] A < ok
[   0] A limit.borrow l capacity=2
[   0] A < conflict capacity=1
[   0] A renew 7 lease_ms=1
[   0] A < not_held
[   0] A pool.size p
[   0] A < unknown_key

== A hold that is lost says how.
edge: none

[   0] W watch events=["lost"]
[   0] W < ok
[   0] A lock.acquire a lease_ms=10
[   0] A < ok token=T1
[  10] B lock.acquire b
[  10] B < ok token=T2
[  10] W < event="watch" what="lost" reason="lease" kind="lock" key="a" token=T1 uid=1000 pid=102 client="" held_ms=10
[  15] B leaves
[  15] W < event="watch" what="lost" reason="eof" kind="lock" key="b" token=T2 uid=1000 pid=103 client="" held_ms=5
[  16] C lock.acquire c
[  16] C < ok token=T3
[  20] C reset
[  20] C < ok
[  20] W < event="watch" what="lost" reason="reset" kind="lock" key="c" token=T3 uid=1000 pid=104 client="" held_ms=4
[  21] D lock.acquire d lease_ms=1000 detached=true
[  21] D < ok token=T4
[  30] D lock.release d token=T4
[  30] D < ok
[  31] D lock.acquire e lease_ms=1000 detached=true
[  31] D < ok token=T5
[  33] D never hears of T5
[  33] W < event="watch" what="lost" reason="undelivered" kind="lock" key="e" token=T5 uid=1000 pid=105 client="" held_ms=2
[  40] D lock.acquire f lease_ms=10 detached=true
[  40] D < ok token=T6
[  45] D leaves
[  50] time passes
[  50] W < event="watch" what="lost" reason="lease" kind="lock" key="f" token=T6 uid=1000 pid=105 client="" held_ms=10

== A flight is shared by those who waited for it and by those who come later.
edge: none

[   0] W watch events=["granted","waiting","shared","released","expired"] kind=flight
[   0] W < ok
[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   0] W < event="watch" what="granted" kind="flight" key="k" token=T1 uid=1000 pid=102 client="" waited_ms=0
[   5] B flight.begin k
[   5] W < event="watch" what="waiting" kind="flight" key="k" uid=1000 pid=103 client="" waiters=1
[   6] C flight.begin k
[   6] W < event="watch" what="waiting" kind="flight" key="k" uid=1000 pid=104 client="" waiters=2
[  10] A flight.finish k value=7 keep_ms=50
[  10] A < ok followers=2
[  10] W < event="watch" what="shared" kind="flight" key="k" uid=1000 pid=103 client="" waited_ms=5
[  10] W < event="watch" what="shared" kind="flight" key="k" uid=1000 pid=104 client="" waited_ms=4
[  10] W < event="watch" what="released" kind="flight" key="k" token=T1 uid=1000 pid=102 client="" held_ms=10
[  10] B < ok leader=false value=7
[  10] C < ok leader=false value=7
[  20] D flight.begin k
[  20] D < ok leader=false value=7 age_ms=10
[  20] W < event="watch" what="shared" kind="flight" key="k" uid=1000 pid=105 client="" waited_ms=0
[  60] D flight.begin k
[  60] D < ok leader=true token=T2
[  60] W < event="watch" what="expired" kind="flight" key="k"
[  60] W < event="watch" what="granted" kind="flight" key="k" token=T2 uid=1000 pid=105 client="" waited_ms=0
[  61] B flight.begin k
[  61] W < event="watch" what="waiting" kind="flight" key="k" uid=1000 pid=103 client="" waiters=1
[  65] D flight.fail k message=no
[  65] D < ok followers=1
[  65] W < event="watch" what="shared" kind="flight" key="k" uid=1000 pid=103 client="" waited_ms=4
[  65] W < event="watch" what="released" kind="flight" key="k" token=T2 uid=1000 pid=105 client="" held_ms=5
[  65] B < flight_failed message="no"

== A flight that is abandoned or lost passes on, until it is enough.
edge: none

[   0] W watch events=["granted","released","lost","refused"]
[   0] W < ok
[   0] A flight.begin k max_leaders=2
[   0] A < ok leader=true token=T1
[   0] W < event="watch" what="granted" kind="flight" key="k" token=T1 uid=1000 pid=102 client="" waited_ms=0
[   1] B flight.begin k
[   2] C flight.begin k
[   3] D flight.begin k
[   5] A flight.abandon k
[   5] A < ok
[   5] W < event="watch" what="released" kind="flight" key="k" token=T1 uid=1000 pid=102 client="" held_ms=5
[   5] W < event="watch" what="granted" kind="flight" key="k" token=T2 uid=1000 pid=103 client="" waited_ms=4
[   5] B < ok leader=true token=T2 attempt=2
[   6] B leaves
[   6] W < event="watch" what="lost" reason="eof" kind="flight" key="k" token=T2 uid=1000 pid=103 client="" held_ms=1
[   6] W < event="watch" what="granted" kind="flight" key="k" token=T3 uid=1000 pid=104 client="" waited_ms=4
[   6] C < ok leader=true token=T3 attempt=3
[   8] C leaves
[   8] W < event="watch" what="lost" reason="eof" kind="flight" key="k" token=T3 uid=1000 pid=104 client="" held_ms=2
[   8] W < event="watch" what="refused" error="leader_lost" kind="flight" key="k" uid=1000 pid=105 client="" waited_ms=5
[   8] D < leader_lost

== Idle objects of a pool that were too old are told when they are dropped.
edge: none

[   0] W watch events=["granted","released","expired"]
[   0] W < ok
[   0] A pool.get p capacity=2 max_idle_ms=10
[   0] A < ok token=T1 create=true
[   0] W < event="watch" what="granted" kind="pool" key="p" token=T1 uid=1000 pid=102 client="" waited_ms=0
[   0] A pool.put p value=1
[   0] A < ok
[   0] W < event="watch" what="released" kind="pool" key="p" token=T1 uid=1000 pid=102 client="" held_ms=0
[  20] A pool.get p
[  20] A < ok token=T2 create=true destroy=[1]
[  20] W < event="watch" what="expired" kind="pool" key="p"
[  20] W < event="watch" what="granted" kind="pool" key="p" token=T2 uid=1000 pid=102 client="" waited_ms=0

== Those who wait for more permits than there will be are refused.
edge: none

[   0] W watch events=["waiting","refused"]
[   0] W < ok
[   0] A limit.borrow l capacity=3
[   0] A < ok token=T1 in_use=1 capacity=3
[   1] B limit.borrow l permits=3
[   1] W < event="watch" what="waiting" kind="limit" key="l" uid=1000 pid=103 client="" waiters=1
[   5] C limit.set l capacity=2
[   5] C < ok
[   5] W < event="watch" what="refused" error="conflict" kind="limit" key="l" uid=1000 pid=103 client="" waited_ms=4
[   5] B < conflict capacity=2

== Only what is asked for is told: kind, events, and how keys begin.
edge: none

[   0] W watch events=["granted"] kind=limit prefix=shop.
[   0] W < ok
[   0] A lock.acquire shop.a
[   0] A < ok token=T1
[   0] A limit.borrow shop capacity=1
[   0] A < ok token=T2 in_use=1 capacity=1
[   0] A limit.borrow shop.b capacity=1
[   0] A < ok token=T3 in_use=1 capacity=1
[   0] W < event="watch" what="granted" kind="limit" key="shop.b" token=T3 uid=1000 pid=102 client="" waited_ms=0
[   0] A limit.borrow Shop.c capacity=1
[   0] A < ok token=T4 in_use=1 capacity=1
[   0] A limit.borrow shop. capacity=1
[   0] A < ok token=T5 in_use=1 capacity=1
[   0] W < event="watch" what="granted" kind="limit" key="shop." token=T5 uid=1000 pid=102 client="" waited_ms=0
[   0] A limit.return shop.b
[   0] A < ok in_use=0

== Each watch is told for itself, its own doings, too.
edge: none

[   0] V watch events=["granted"]
[   0] V < ok
[   0] W watch events=["released","granted"] prefix=k
[   0] W < ok
[   0] V lock.acquire k
[   0] V < event="watch" what="granted" kind="lock" key="k" token=T1 uid=1000 pid=101 client="" waited_ms=0
[   0] V < ok token=T1
[   0] W < event="watch" what="granted" kind="lock" key="k" token=T1 uid=1000 pid=101 client="" waited_ms=0
[   0] W lock.acquire l
[   0] W < ok token=T2
[   0] V < event="watch" what="granted" kind="lock" key="l" token=T2 uid=1000 pid=102 client="" waited_ms=0
[   0] V lock.release k
[   0] V < ok
[   0] W < event="watch" what="released" kind="lock" key="k" token=T1 uid=1000 pid=101 client="" held_ms=0

== A second watch takes the place of the first, and no events end it.
edge: none

[   0] W watch events=["granted"] prefix=a
[   0] W < ok
[   0] W watch events=["granted"] prefix=b
[   0] W < ok
[   0] A lock.acquire a
[   0] A < ok token=T1
[   0] A lock.acquire b
[   0] A < ok token=T2
[   0] W < event="watch" what="granted" kind="lock" key="b" token=T2 uid=1000 pid=102 client="" waited_ms=0
[   0] W watch events=[]
[   0] W < ok
[   0] A lock.acquire b2
[   0] A < ok token=T3
[   0] W watch events=[]
[   0] W < ok

== A reset ends the watch, with what it does itself as the last word.
edge: none

[   0] W watch events=["granted","lost","refused"]
[   0] W < ok
[   0] W lock.acquire k
[   0] W < event="watch" what="granted" kind="lock" key="k" token=T1 uid=1000 pid=101 client="" waited_ms=0
[   0] W < ok token=T1
[   5] W reset
[   5] W < event="watch" what="lost" reason="reset" kind="lock" key="k" token=T1 uid=1000 pid=101 client="" held_ms=5
[   5] W < ok
[   5] A lock.acquire k
[   5] A < ok token=T2 abandoned=true

== More than so many events a second are missed and counted.
edge: none

[   0] W watch events=["granted"] max_per_s=2
[   0] W < ok
[ 100] A lock.acquire a
[ 100] A < ok token=T1
[ 100] W < event="watch" what="granted" kind="lock" key="a" token=T1 uid=1000 pid=102 client="" waited_ms=0
[ 200] A lock.acquire b
[ 200] A < ok token=T2
[ 200] W < event="watch" what="granted" kind="lock" key="b" token=T2 uid=1000 pid=102 client="" waited_ms=0
[ 300] A lock.acquire c
[ 300] A < ok token=T3
[ 400] A lock.acquire d
[ 400] A < ok token=T4
[ 999] time passes
[1000] A lock.acquire e
[1000] A < ok token=T5
[1000] W < event="watch" what="missed" count=2
[1000] W < event="watch" what="granted" kind="lock" key="e" token=T5 uid=1000 pid=102 client="" waited_ms=0
[1100] A lock.acquire f
[1100] A < ok token=T6
[1100] W < event="watch" what="granted" kind="lock" key="f" token=T6 uid=1000 pid=102 client="" waited_ms=0
[1200] A lock.acquire g
[1200] A < ok token=T7
[2000] W < event="watch" what="missed" count=1
[2500] A lock.acquire h
[2500] A < ok token=T8
[2500] W < event="watch" what="granted" kind="lock" key="h" token=T8 uid=1000 pid=102 client="" waited_ms=0
[2500] A lock.acquire i
[2500] A < ok token=T9
[2500] W < event="watch" what="granted" kind="lock" key="i" token=T9 uid=1000 pid=102 client="" waited_ms=0
[2500] A lock.acquire j
[2500] A < ok token=T10
[3500] W < event="watch" what="missed" count=1
[9000] time passes

== What a watch missed is told before it ends or is replaced.
edge: none

[   0] W watch events=["granted"] max_per_s=1
[   0] W < ok
[   0] A lock.acquire a
[   0] A < ok token=T1
[   0] W < event="watch" what="granted" kind="lock" key="a" token=T1 uid=1000 pid=102 client="" waited_ms=0
[   0] A lock.acquire b
[   0] A < ok token=T2
[   0] W watch events=["released"] max_per_s=1
[   0] W < event="watch" what="missed" count=1
[   0] W < ok
[   0] A lock.release a
[   0] A < ok
[   0] W < event="watch" what="released" kind="lock" key="a" token=T1 uid=1000 pid=102 client="" held_ms=0
[   0] A lock.release b
[   0] A < ok
[   0] W watch events=[]
[   0] W < event="watch" what="missed" count=1
[   0] W < ok
[1000] A ping
[1000] A < ok

== A user has so many watches, and one that is ended makes room.
edge: none

[   0] A watch events=["lost"]
[   0] A < ok
[   0] B watch events=["lost"]
[   0] B < ok
[   0] C watch events=["lost"]
[   0] C < ok
[   0] D watch events=["lost"]
[   0] D < ok
[   0] E watch events=["lost"]
[   0] E < ok
[   0] F watch events=["lost"]
[   0] F < ok
[   0] G watch events=["lost"]
[   0] G < ok
[   0] H watch events=["lost"]
[   0] H < ok
[   0] I watch events=["lost"]
[   0] I < quota
[   0] A watch events=["granted"]
[   0] A < ok
[   0] J joins uid=4
[   0] J watch events=["lost"]
[   0] J < ok
[   0] B leaves
[   0] I watch events=["lost"]
[   0] I < ok

== What a watch cannot be asked for.
edge: none

[   0] W watch
[   0] W < bad_request
[   0] W watch events="granted"
[   0] W < bad_request
[   0] W watch events=["granted","gone"]
[   0] W < bad_request
[   0] W watch events=["missed"]
[   0] W < bad_request
[   0] W watch events=[7]
[   0] W < bad_request
[   0] W watch events=[["granted"]]
[   0] W < bad_request
[   0] W watch events=[null]
[   0] W < bad_request
[   0] W watch events=["granted"] kind=mutex
[   0] W < bad_request
[   0] W watch events=["granted"] kind=7
[   0] W < bad_request
[   0] W watch events=["granted"] prefix=7
[   0] W < bad_request
[   0] W watch events=["granted"] prefix="\u0007"
[   0] W < bad_request
[   0] W watch events=["granted"] max_per_s=0
[   0] W < bad_request
[   0] W watch events=["granted"] max_per_s=1000001
[   0] W < bad_request
[   0] W watch events=["granted"] max_per_s=1.5
[   0] W < bad_request
[   0] W watch events=["granted"] key=k
[   0] W < bad_request
[   0] W watch events=["granted"] max_per_ms=1
[   0] W < bad_request
[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] W watch events=["gr\u0061nted","granted"] max_per_s=1000000 prefix=""
[   0] W < ok
[   0] A lock.acquire l
[   0] A < ok token=T2
[   0] W < event="watch" what="granted" kind="lock" key="l" token=T2 uid=1000 pid=102 client="" waited_ms=0
