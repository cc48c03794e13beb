# SPDX-License-Identifier: MIT
#
# Limits: at most so many at a time.

== As many as the capacity allows run at a time, the others come in turn.
edge: 25 61

[   0] A limit.borrow l capacity=2
[   0] A < ok token=T1 in_use=1 capacity=2
[   1] B limit.borrow l capacity=2
[   1] B < ok token=T2 in_use=2 capacity=2
[   2] C limit.borrow l
[   3] D limit.borrow l capacity=2 wait_ms=50
[   4] A limit.info l
[   4] A < ok in_use=2 capacity=2 available=0 waiting=2
[   5] B limit.return l
[   5] B < ok in_use=2
[   5] C < ok token=T3 in_use=2 capacity=2
[   6] A limit.return l token=T1
[   6] A < ok in_use=2
[   6] D < ok token=T4 in_use=2 capacity=2
[   7] C limit.return l
[   7] C < ok in_use=1
[   8] D limit.return l
[   8] D < ok in_use=0
[   9] what is left?
[   9] left < uid=1000:connections=4

== What was not borrowed cannot be returned, and the count stays.
edge: 47 48

[   0] A limit.borrow l capacity=3 permits=2
[   0] A < ok token=T1 in_use=2 capacity=3
[   1] B limit.return l
[   1] B < not_held
[   1] B limit.return l token=T1
[   1] B < not_held
[   1] B limit.return l token=1
[   1] B < not_held
[   1] B limit.return other
[   1] B < not_held
[   2] A limit.return l permits=1
[   2] A < bad_request
       says "permits"
[   3] A limit.info l
[   3] A < ok in_use=2 capacity=3 available=1 waiting=0
[   4] A limit.return l
[   4] A < ok in_use=0
[   5] A limit.return l
[   5] A < not_held
[   6] C limit.borrow l capacity=3 permits=3
[   6] C < ok token=T2 in_use=3 capacity=3
[   7] A limit.return l token=T1
[   7] A < not_held
[   7] C limit.info l
[   7] C < ok in_use=3 capacity=3 available=0 waiting=0

== Without a token the connection's newest hold on the limit is returned.
edge: 35

[   0] A limit.borrow l capacity=9 permits=1
[   0] A < ok token=T1 in_use=1 capacity=9
[   1] A limit.borrow l permits=2
[   1] A < ok token=T2 in_use=3 capacity=9
[   2] A limit.borrow other capacity=9 permits=4
[   2] A < ok token=T3 in_use=4 capacity=9
[   3] A limit.return l
[   3] A < ok in_use=1
[   4] A limit.return l
[   4] A < ok in_use=0

== A client that dies gives back exactly its permits, with those it was just given.
edge: 49

[   0] A limit.borrow l capacity=5 permits=2
[   0] A < ok token=T1 in_use=2 capacity=5
[   0] B limit.borrow l permits=1
[   0] B < ok token=T2 in_use=3 capacity=5
[   0] A limit.borrow l permits=1
[   0] A < ok token=T3 in_use=4 capacity=5
[   1] C limit.borrow l permits=3
[   2] D limit.borrow l permits=4
[   3] A leaves
[   3] & C leaves
[   3] D < ok token=T4 in_use=5 capacity=5
[   4] B limit.info l
[   4] B < ok in_use=5 capacity=5 available=0 waiting=0

== To try is to look, not to wait, and it does not overtake those who wait.
edge: 50

[   0] A limit.try_borrow l capacity=3
[   0] A < ok borrowed=true token=T1 in_use=1 capacity=3
[   1] B limit.borrow l permits=3
[   2] C limit.try_borrow l
[   2] C < ok borrowed=false in_use=1 capacity=3
[   3] B leaves
[   4] C limit.try_borrow l permits=2
[   4] C < ok borrowed=true token=T2 in_use=3 capacity=3
[   5] D limit.try_borrow l permits=1
[   5] D < ok borrowed=false in_use=3 capacity=3
[   6] D limit.try_borrow l wait_ms=5
[   6] D < bad_request
       says "wait_ms"
[   7] D limit.try_borrow l permits=4
[   7] D < bad_request
       says "permits"
[   8] D limit.try_borrow other
[   8] D < unknown_key
[   8] D limit.try_borrow l capacity=4
[   8] D < conflict capacity=3
[   8] D limit.try_borrow l capacity=4 adopt=true
[   8] D < ok borrowed=false in_use=3 capacity=3
[   9] A limit.return l
[   9] A < ok in_use=2
[   9] D limit.try_borrow l lease_ms=10
[   9] D < ok borrowed=true token=T3 in_use=3 capacity=3
[  19] time passes
[  19] A limit.info l
[  19] A < ok in_use=2 capacity=3 available=1 waiting=0

== A large request at the head is not starved by small ones behind it.
edge: 51

[   0] A limit.borrow l capacity=4 permits=1
[   0] A < ok token=T1 in_use=1 capacity=4
[   0] B limit.borrow l permits=1
[   0] B < ok token=T2 in_use=2 capacity=4
[   1] C limit.borrow l permits=4
[   2] D limit.borrow l permits=1
[   3] E limit.borrow l permits=1 wait_ms=0
[   3] E < busy holder={pid=101 client="" held_ms=3}
[   4] A limit.return l
[   4] A < ok in_use=1
[   5] B limit.return l
[   5] B < ok in_use=4
[   5] C < ok token=T3 in_use=4 capacity=4
[   6] C limit.return l
[   6] C < ok in_use=1
[   6] D < ok token=T4 in_use=1 capacity=4

== When the head of the queue gives up, those behind it that fit are served in the same turn.
edge: 52

[   0] A limit.borrow l capacity=3 permits=1
[   0] A < ok token=T1 in_use=1 capacity=3
[   1] B limit.borrow l permits=3 id=1
[   2] C limit.borrow l permits=1
[   3] D limit.borrow l permits=1
[   4] E limit.borrow l permits=1
[   5] B cancel 1
[   5] B < id=1 cancelled
[   5] B < ok cancelled=true
[   5] C < ok token=T2 in_use=2 capacity=3
[   5] D < ok token=T3 in_use=3 capacity=3
[   6] A limit.info l
[   6] A < ok in_use=3 capacity=3 available=0 waiting=1

== The head may also run out of time, or die, and the effect is the same.
edge: 10 52

[   0] A limit.borrow l capacity=2 permits=1
[   0] A < ok token=T1 in_use=1 capacity=2
[   1] B limit.borrow l permits=2 wait_ms=10
[   2] C limit.borrow l permits=2
[   3] D limit.borrow l permits=1
[  11] time passes
[  11] B < timeout holder={pid=101 client="" held_ms=11}
[  12] C leaves
[  12] D < ok token=T2 in_use=2 capacity=2

== More than the capacity is refused at once.
edge: 53

[   0] A limit.borrow l capacity=2 permits=3
[   0] A < bad_request
       says "permits"
[   1] what is left?
[   1] left < uid=1000:connections=1
[   2] A limit.borrow l capacity=2
[   2] A < ok token=T1 in_use=1 capacity=2
[   3] B limit.borrow l permits=3 wait_ms=0
[   3] B < bad_request
       says "permits"
[   4] B limit.borrow l permits=3 capacity=3 adopt=true
[   4] B < bad_request
       says "permits"

== Where nothing can be granted the reasons are looked for in a fixed order.
edge: 22 53 58

[   0] A limit.borrow l capacity=2 permits=2
[   0] A < ok token=T1 in_use=2 capacity=2
[   1] B limit.borrow l capacity=1 permits=5
[   1] B < conflict capacity=2
[   2] B limit.borrow l permits=5 wait_ms=0 max_waiters=0
[   2] B < bad_request
[   3] B limit.borrow l wait_ms=0 max_waiters=0
[   3] B < busy holder={pid=101 client="" held_ms=3}
[   4] B limit.borrow l max_waiters=0
[   4] B < queue_full holder={pid=101 client="" held_ms=4}
[   5] B limit.borrow none permits=5 max_waiters=0
[   5] B < unknown_key
[   6] B limit.borrow none permits=0
[   6] B < bad_request

== A permit that comes back is not lost on the one who waits, however close the end.
edge: 54

[   0] A limit.borrow l capacity=1
[   0] A < ok token=T1 in_use=1 capacity=1
[   1] B limit.borrow l wait_ms=10
[  10] A limit.return l
[  10] A < ok in_use=1
[  10] B < ok token=T2 in_use=1 capacity=1
[  20] B limit.return l
[  20] B < ok in_use=0

== A lease that ends at the deadline of the wait serves it; what is free is given to who does not wait.
edge: 55

[   0] A limit.borrow l capacity=1 lease_ms=10
[   0] A < ok token=T1 in_use=1 capacity=1
[   5] B limit.borrow l wait_ms=5
[  10] time passes
[  10] B < ok token=T2 in_use=1 capacity=1
[  11] B limit.return l
[  11] B < ok in_use=0
[  12] C limit.borrow l capacity=1 wait_ms=0
[  12] C < ok token=T3 in_use=1 capacity=1

== When the capacity is raised as many as fit come in.
edge: 56

[   0] A limit.set l capacity=1
[   0] A < ok
[   1] A limit.borrow l
[   1] A < ok token=T1 in_use=1 capacity=1
[   2] B limit.borrow l
[   3] C limit.borrow l
[   4] D limit.borrow l
[   5] A limit.set l capacity=3
[   5] A < ok
[   5] B < ok token=T2 in_use=2 capacity=3
[   5] C < ok token=T3 in_use=3 capacity=3
[   6] A limit.info l
[   6] A < ok in_use=3 capacity=3 available=0 waiting=1

== When the capacity is lowered nothing is revoked, it drains.
edge: 57

[   0] A limit.set l capacity=3
[   0] A < ok
[   1] A limit.borrow l permits=2
[   1] A < ok token=T1 in_use=2 capacity=3
[   1] B limit.borrow l
[   1] B < ok token=T2 in_use=3 capacity=3
[   2] C limit.borrow l permits=3
[   2] D limit.borrow l
[   3] E limit.set l capacity=1
[   3] E < ok
[   3] C < conflict capacity=1
[   4] E limit.info l
[   4] E < ok in_use=3 capacity=1 available=0 waiting=1
[   5] B limit.return l
[   5] B < ok in_use=2
[   6] A limit.return l
[   6] A < ok in_use=1
[   6] D < ok token=T3 in_use=1 capacity=1

== A waiter that the lower capacity can never serve makes way in the same turn.
edge: 52 57

[   0] A limit.set l capacity=4
[   0] A < ok
[   1] A limit.borrow l permits=1
[   1] A < ok token=T1 in_use=1 capacity=4
[   2] B limit.borrow l permits=4
[   3] C limit.borrow l permits=1
[   4] D limit.set l capacity=2
[   4] D < ok
[   4] B < conflict capacity=2
[   4] C < ok token=T2 in_use=2 capacity=2

== Callers that disagree on the capacity hear so, with the one in force, unless they adopt it.
edge: 58

[   0] A limit.borrow l capacity=2
[   0] A < ok token=T1 in_use=1 capacity=2
[   1] B limit.borrow l capacity=3
[   1] B < conflict capacity=2
       says "3"
       says "2"
[   2] B limit.borrow l capacity=3 adopt=true
[   2] B < ok token=T2 in_use=2 capacity=2
[   3] C limit.borrow l capacity=3 wait_ms=0
[   3] C < conflict capacity=2
[   4] C limit.borrow l capacity=1 adopt=true wait_ms=0
[   4] C < busy holder={pid=101 client="" held_ms=4}
[   5] A leaves
[   5] B leaves
[   6] C limit.borrow l capacity=3
[   6] C < ok token=T3 in_use=1 capacity=3
[   7] C limit.borrow l capacity=3 adopt=false
[   7] C < ok token=T4 in_use=2 capacity=3

== A capacity that is no count from 1 to 2147483647 is refused.
edge: 59

[   0] A limit.borrow l capacity=0
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=-1
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=1.5
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=1e2
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=2147483648
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=4294967297
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=<<9 x 400>>
[   0] A < bad_request
       says "capacity"
[   0] A limit.set l capacity=0
[   0] A < bad_request
       says "capacity"
[   0] A limit.borrow l capacity=1 permits=0
[   0] A < bad_request
       says "permits"
[   1] what is left?
[   1] left < uid=1000:connections=1
[   2] A limit.borrow l capacity=2147483647 permits=2147483647
[   2] A < ok token=T1 in_use=2147483647 capacity=2147483647
[   3] A limit.borrow l permits=2147483647 wait_ms=0
[   3] A < busy holder={pid=101 client="" held_ms=1}

== A request for several waits until all are free, and one that fails keeps none.
edge: 60

[   0] A limit.borrow l capacity=3
[   0] A < ok token=T1 in_use=1 capacity=3
[   0] B limit.borrow l
[   0] B < ok token=T2 in_use=2 capacity=3
[   0] C limit.borrow l
[   0] C < ok token=T3 in_use=3 capacity=3
[   1] D limit.borrow l permits=2 wait_ms=20
[   5] A limit.return l
[   5] A < ok in_use=2
[   6] B limit.info l
[   6] B < ok in_use=2 capacity=3 available=1 waiting=1
[  21] time passes
[  21] D < timeout holder={pid=102 client="" held_ms=21}
[  22] B limit.info l
[  22] B < ok in_use=2 capacity=3 available=1 waiting=0
[  23] D limit.borrow l permits=2
[  24] B limit.return l
[  24] B < ok in_use=3
[  24] D < ok token=T4 in_use=3 capacity=3

== A limit is exactly as large as it says.
edge: 61

[   0] A limit.borrow l capacity=5 permits=4
[   0] A < ok token=T1 in_use=4 capacity=5
[   1] A limit.borrow l permits=2 wait_ms=0
[   1] A < busy holder={pid=101 client="" held_ms=1}
[   2] A limit.borrow l permits=1 wait_ms=0
[   2] A < ok token=T2 in_use=5 capacity=5
[   3] A limit.borrow l permits=1 wait_ms=0
[   3] A < busy holder={pid=101 client="" held_ms=3}

== The bound of the queue counts those who wait, not those who hold.
edge: 62

[   0] A limit.borrow l capacity=2 max_waiters=0
[   0] A < ok token=T1 in_use=1 capacity=2
[   0] B limit.borrow l max_waiters=0
[   0] B < ok token=T2 in_use=2 capacity=2
[   1] C limit.borrow l max_waiters=1
[   2] D limit.borrow l max_waiters=1
[   2] D < queue_full holder={pid=101 client="" held_ms=2}
[   3] C leaves
[   4] D limit.borrow l max_waiters=1
[   5] A limit.return l
[   5] A < ok in_use=2
[   5] D < ok token=T3 in_use=2 capacity=2

== A limit made by use goes with its last use; one that was set stays until it is deleted.
edge: 63

[   0] A limit.borrow used capacity=1
[   0] A < ok token=T1 in_use=1 capacity=1
[   1] A limit.return used
[   1] A < ok in_use=0
[   2] A limit.borrow used
[   2] A < unknown_key
[   2] A limit.info used
[   2] A < unknown_key
[   2] A limit.delete used
[   2] A < unknown_key
[   3] A limit.set set capacity=2
[   3] A < ok
[   4] A leaves
[   5] B limit.borrow set
[   5] B < ok token=T2 in_use=1 capacity=2
[   6] B limit.borrow set capacity=1
[   6] B < conflict capacity=2
[   7] B limit.delete set
[   7] B < conflict
[   8] B limit.return set
[   8] B < ok in_use=0
[   9] B limit.borrow set capacity=1
[   9] B < conflict capacity=2
[   9] B limit.borrow set capacity=1 adopt=true
[   9] B < ok token=T3 in_use=1 capacity=2
[   9] B limit.return set
[   9] B < ok in_use=0
[  10] B limit.delete set
[  10] B < ok
[  11] B limit.info set
[  11] B < unknown_key
[  12] what is left?
[  12] left < uid=1000:connections=1

== To set what was made by use makes it stay.
edge: 63

[   0] A limit.borrow l capacity=1
[   0] A < ok token=T1 in_use=1 capacity=1
[   1] B limit.set l capacity=1
[   1] B < ok
[   2] A limit.return l
[   2] A < ok in_use=0
[   3] A limit.info l
[   3] A < ok in_use=0 capacity=1 available=1 waiting=0
[   4] what is left?
[   4] left < limits=1 (holds=0 waits=0) uid=1000:connections=2 uid=1000:keys=1

== Leases and detached holds free permits like any other end.
edge: 36 49

[   0] A limit.borrow l capacity=2 lease_ms=20 detached=true
[   0] A < ok token=T1 in_use=1 capacity=2
[   0] A limit.borrow l lease_ms=30
[   0] A < ok token=T2 in_use=2 capacity=2
[   1] B limit.borrow l permits=2
[   2] A leaves
[   3] C limit.info l
[   3] C < ok in_use=1 capacity=2 available=1 waiting=1
[  20] time passes
[  20] B < ok token=T3 in_use=2 capacity=2
[  21] C limit.return l token=T1
[  21] C < not_held

== A detached loan is returned by its token, by any connection of the uid.
edge: 48

[   0] A limit.borrow l capacity=2 lease_ms=100 detached=true
[   0] A < ok token=T1 in_use=1 capacity=2
[   0] B limit.try_borrow l lease_ms=100 detached=true
[   0] B < ok borrowed=true token=T2 in_use=2 capacity=2
[   1] A limit.return l
[   1] A < not_held
[   2] B limit.return l token=T1
[   2] B < ok in_use=1
[   3] A leaves
[   3] B leaves
[   4] C limit.return l token=T1
[   4] C < not_held
[   5] C limit.return l token=T2
[   5] C < ok in_use=0
[   6] what is left?
[   6] left < uid=1000:connections=1

== Of two waits that end at one instant the older ends first, and what it held up is served.
edge: 30 52

[   0] A limit.borrow l capacity=3
[   0] A < ok token=T1 in_use=1 capacity=3
[   1] B limit.borrow l permits=3 wait_ms=10
[   2] C limit.borrow l wait_ms=9
[  11] time passes
[  11] B < timeout holder={pid=101 client="" held_ms=11}
[  11] C < ok token=T2 in_use=2 capacity=3
[  12] A limit.return l
[  12] A < ok in_use=1
