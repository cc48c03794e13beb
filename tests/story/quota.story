# SPDX-License-Identifier: MIT
#
# Shares: what the processes of one uid may use of the daemon.

== A wait more than the share is refused to its uid, and to nobody else.
edge: none
shares: waits=1

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   2] C lock.acquire k
[   2] C < quota
[   3] O joins uid=1001
[   3] O lock.acquire k
[   4] C lock.acquire free
[   4] C < ok token=T2
[   5] B leaves
[   6] C lock.acquire k wait_ms=10
[  16] time passes
[  16] C < timeout holder={pid=101 client="" held_ms=16}
[  17] A lock.release k
[  17] A < ok
[  17] O < ok token=T3

== Each request that holds or waits is a key of the share.
edge: 22
shares: keys=2

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A limit.borrow l capacity=5
[   1] A < ok token=T2 in_use=1 capacity=5
[   2] A lock.acquire other
[   2] A < quota
[   2] A limit.borrow l
[   2] A < quota
[   2] A limit.try_borrow l
[   2] A < quota
[   2] A flight.begin f
[   2] A < quota
[   2] A pool.get p capacity=1
[   2] A < quota
[   2] A limit.set s capacity=1
[   2] A < quota
[   2] A pool.set s capacity=1
[   2] A < quota
[   3] B lock.acquire k
[   3] B < quota
[   4] O joins uid=1001
[   4] O lock.acquire other
[   4] O < ok token=T3
[   5] A limit.return l
[   5] A < ok in_use=0
[   6] B lock.acquire k
[   7] A lock.release k
[   7] A < ok
[   7] B < ok token=T4
[   8] B leaves
[   9] A lock.acquire x
[   9] A < ok token=T5
[  10] A lock.acquire y
[  10] A < ok token=T6

== What is over its share is refused after busy and a full queue, and before deadlock.
edge: 22
shares: waits=0

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A lock.acquire k wait_ms=0 max_waiters=0
[   1] A < busy holder={pid=101 client="" held_ms=1}
[   2] A lock.acquire k max_waiters=0
[   2] A < queue_full holder={pid=101 client="" held_ms=2}
[   3] A lock.acquire k
[   3] A < quota

== Detached holds are charged to the uid, also when their connection is gone.
edge: none
shares: keys=1

[   0] A lock.acquire k lease_ms=20 detached=true
[   0] A < ok token=T1
[   1] A leaves
[   2] B lock.acquire j
[   2] B < quota
[  20] B lock.acquire j
[  20] B < ok token=T2

== What was set is charged to the uid that set it first, until it is deleted.
edge: none
shares: keys=1

[   0] A limit.set l capacity=1
[   0] A < ok
[   1] A pool.set p capacity=1
[   1] A < quota
[   2] O joins uid=1001
[   2] O limit.set l capacity=5
[   2] O < ok
[   3] O pool.set p capacity=1
[   3] O < ok
[   4] what is left?
[   4] left < limits=1 (holds=0 waits=0) pools=1 (holds=0 waits=0) uid=1000:connections=1 uid=1000:keys=1 uid=1001:connections=1 uid=1001:keys=1
[   5] A limit.delete l
[   5] A < ok
[   6] A lock.acquire k
[   6] A < ok token=T1

== A kept result is charged to its leader's uid, and without room the leader goes on leading.
edge: 18 21
shares: keys=2 bytes=20

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] O joins uid=1001
[   1] O flight.begin k
[   2] A flight.finish k value="<<a x 30>>" keep_ms=1000
[   2] A < quota
[   3] A flight.fail k message="<<a x 12>>" value="<<a x 12>>" keep_ms=1000
[   3] A < quota
[   4] A flight.finish k value="<<a x 10>>" keep_ms=1000
[   4] A < ok followers=1
[   4] O < ok leader=false value="aaaaaaaaaa" by_uid=1000
[   5] what is left?
[   5] left < flights=1 (holds=0 waits=0) uid=1000:connections=1 uid=1000:keys=1 uid=1000:bytes=12 uid=1001:connections=1
[   6] A flight.begin j
[   6] A < ok leader=true token=T2
[   7] A flight.finish j value="<<b x 10>>" keep_ms=1000
[   7] A < quota
[   8] A flight.finish j value="<<b x 10>>"
[   8] A < ok followers=0
[1004] what is left?
[1004] left < uid=1000:connections=1 uid=1001:connections=1

== A pool's objects are charged to the uid that gave their value, by number and by bytes.
edge: none
shares: keys=3 bytes=20

[   0] A pool.get p capacity=9
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="<<a x 19>>"
[   1] A < quota
[   2] A pool.put p value="<<a x 10>>"
[   2] A < ok
[   3] A pool.get p
[   3] A < ok token=T2 create=false value="aaaaaaaaaa"
[   4] A pool.put p value="<<a x 16>>"
[   4] A < ok
[   5] what is left?
[   5] left < pools=1 (holds=0 waits=0) uid=1000:connections=1 uid=1000:keys=1 uid=1000:bytes=18
[   6] O joins uid=1001
[   6] O pool.get p
[   6] O < ok token=T3 create=false value="<<a x 16>>"
[   7] O pool.put p
[   7] O < ok
[   8] what is left?
[   8] left < pools=1 (holds=0 waits=0) uid=1000:connections=1 uid=1000:keys=1 uid=1000:bytes=18 uid=1001:connections=1

== Objects to be destroyed are charged until they are handed out.
edge: 74 100
shares: keys=3 bytes=20

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] A pool.get p
[   2] A < ok token=T2 create=false value="a"
[   3] A leaves
[   4] what is left?
[   4] left < pools=1 (holds=0 waits=0) uid=1000:keys=1 uid=1000:bytes=3
[   5] B pool.clear p
[   5] B < ok destroy=["a"]
[   6] what is left?
[   6] left < uid=1000:connections=1

== Things that a pool is filled with are charged like those that are put.
edge: none
shares: keys=3 bytes=20

[   0] A pool.set p items=[1,2,3]
[   0] A < quota
[   1] A pool.set p items=["<<a x 30>>"]
[   1] A < quota
[   2] A pool.info p
[   2] A < unknown_key
[   3] A pool.set p items=[1,2]
[   3] A < ok
[   4] what is left?
[   4] left < pools=1 (holds=0 waits=0) uid=1000:connections=1 uid=1000:keys=3 uid=1000:bytes=2

== A uid that has all its connections gets no more, until one ends.
edge: none
shares: connections=2

[   0] A ping
[   0] A < ok
[   0] B ping
[   0] B < ok
[   1] C joins
[   1] C < (is not let in)
[   2] O joins uid=1001
[   2] O ping
[   2] O < ok
[   3] A leaves
[   4] D ping
[   4] D < ok

== After any coming and going all counts are back.
edge: 28 44 100

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] A flight.begin f
[   0] A < ok leader=true token=T2
[   0] A limit.borrow l capacity=2 permits=2
[   0] A < ok token=T3 in_use=2 capacity=2
[   0] A pool.get p capacity=1
[   0] A < ok token=T4 create=true
[   1] B lock.acquire k id=1 wait_ms=10
[   1] C flight.begin f id=1
[   1] D limit.borrow l
[   1] E pool.get p lease_ms=10
[   2] what is left?
[   2] left < flights=1 (holds=1 waits=1) locks=1 (holds=1 waits=1) limits=1 (holds=1 waits=1) pools=1 (holds=1 waits=1) uid=1000:connections=5 uid=1000:waits=4 uid=1000:keys=8
[   3] C cancel 1
[   3] C < id=1 cancelled
[   3] C < ok cancelled=true
[   4] D leaves
[   5] A pool.put p value="a"
[   5] A < ok
[   5] E < ok token=T5 create=false value="a"
[  11] B < id=1 timeout holder={pid=101 client="" held_ms=11}
[  15] time passes
[  16] A lock.release k
[  16] A < ok
[  16] A leaves
[  17] E pool.clear p
[  17] E < ok destroy=["a"]
[  18] B reset
[  18] B < ok
[  19] what is left?
[  19] left < uid=1000:connections=3
[  20] B leaves
[  20] C leaves
[  20] E leaves
[  20] what is left?
[  20] left < nothing
