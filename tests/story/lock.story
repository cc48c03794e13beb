# SPDX-License-Identifier: MIT
#
# Locks: who gets one, in which order, and when it ends. play.h explains the
# notation.

== A lock passes on in the order of arrival, at once and without a timer.
edge: 25 46

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   2] C lock.acquire k wait_ms=1000
[   3] D lock.acquire k
[  10] A lock.release k
[  10] A < ok
[  10] B < ok token=T2
[  11] B lock.release k token=T2
[  11] B < ok
[  11] C < ok token=T3
[  12] C leaves
[  12] D < ok token=T4 abandoned=true
[  13] D lock.release k
[  13] D < ok
[  14] what is left?
[  14] left < uid=1000:connections=3

== Whoever lets go and asks again goes to the tail, even in the same turn.
edge: 26

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   5] A lock.release k
[   5] & A lock.acquire k
[   5] & C lock.acquire k wait_ms=0
[   5] A < ok
[   5] B < ok token=T2
[   5] C < busy holder={pid=102 client="" held_ms=0}
[   6] B lock.release k
[   6] B < ok
[   6] A < ok token=T3

== Cancels at the head, in the middle and at the tail leave the order alone.
edge: 27 28 100

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k id=1
[   1] C lock.acquire k id=1
[   1] D lock.acquire k id=1
[   1] E lock.acquire k id=1
[   1] F lock.acquire k id=1
[   2] what is left?
[   2] left < locks=1 (holds=1 waits=5) uid=1000:connections=6 uid=1000:waits=5 uid=1000:keys=6
[   3] B cancel 1
[   3] B < id=1 cancelled
[   3] B < ok cancelled=true
[   3] D cancel 1 id=2
[   3] D < id=1 cancelled
[   3] D < id=2 ok cancelled=true
[   3] F cancel 1
[   3] F < id=1 cancelled
[   3] F < ok cancelled=true
[   4] what is left?
[   4] left < locks=1 (holds=1 waits=2) uid=1000:connections=6 uid=1000:waits=2 uid=1000:keys=3
[   5] A lock.release k
[   5] A < ok
[   5] C < id=1 ok token=T2
[   6] C lock.release k
[   6] C < ok
[   6] E < id=1 ok token=T3
[   7] E lock.release k
[   7] E < ok
[   8] what is left?
[   8] left < uid=1000:connections=6

== A waiter that goes is out of the queue at once, also in the turn of its grant.
edge: 29 41 92

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   2] C lock.acquire k
[   3] D lock.acquire k wait_ms=50
[   4] B leaves
[   5] what is left?
[   5] left < locks=1 (holds=1 waits=2) uid=1000:connections=3 uid=1000:waits=2 uid=1000:keys=3
[   9] A lock.release k
[   9] & C leaves
[   9] A < ok
[   9] D < ok token=T2 abandoned=true
[  60] time passes
[  61] D lock.release k
[  61] D < ok

== A client with many holds goes: each passes on once, over the next one's dead body, too.
edge: 92

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] A lock.acquire y
[   0] A < ok token=T2
[   0] A lock.acquire z
[   0] A < ok token=T3
[   1] B lock.acquire x id="x"
[   1] B lock.acquire y id="y"
[   2] C lock.acquire x
[   3] D lock.acquire y
[   4] E lock.acquire z
[   9] A leaves
[   9] & B leaves
[   9] C < ok token=T5 abandoned=true
[   9] D < ok token=T6 abandoned=true
[   9] E < ok token=T4 abandoned=true
[  10] C lock.release x
[  10] C < ok
[  10] D lock.release y
[  10] D < ok
[  10] E lock.release z
[  10] E < ok
[  11] what is left?
[  11] left < uid=1000:connections=3

== A wait and a release at the same instant give one answer: what is over was over first.
edge: 30

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k wait_ms=10
[  11] A lock.release k
[  11] A < ok
[  11] B < timeout holder={pid=101 client="" held_ms=11}
[  12] C lock.acquire k wait_ms=0
[  12] C < ok token=T2
[  13] B lock.release k
[  13] B < not_held

== A lease that ends in the instant of a waiter's deadline is the waiter's luck.
edge: 30 55
# row: 48

[   0] A lock.acquire k lease_ms=20
[   0] A < ok token=T1
[   5] B lock.acquire k wait_ms=15
[  20] time passes
[  20] B < ok token=T2 abandoned=true
[  90] time passes
[  91] B lock.release k
[  91] B < ok

== After a pause of the daemon all that was due is done in the order of its time.
edge: 30 54

[   0] A lock.acquire k lease_ms=20
[   0] A < ok token=T1
[   0] B lock.acquire k wait_ms=19
[   0] C lock.acquire k wait_ms=40 lease_ms=20
[   0] D lock.acquire k wait_ms=30
[ 500] the daemon wakes up
[ 500] B < timeout holder={pid=101 client="" held_ms=500}
[ 500] C < ok token=T2 abandoned=true
[ 500] D < timeout holder={pid=103 client="" held_ms=0}
[ 519] E lock.acquire k
[ 520] time passes
[ 520] E < ok token=T3 abandoned=true

== To wait for nothing is to try, and what is free is given even so.
edge: 32 55

[   0] A lock.acquire k wait_ms=0
[   0] A < ok token=T1
[   7] B lock.acquire k wait_ms=0
[   7] B < busy holder={pid=101 client="" held_ms=7}
       says ""k""
       says "101"
[   8] B lock.acquire k wait_ms=-0
[   8] B < busy holder={pid=101 client="" held_ms=8}
[   9] what is left?
[   9] left < locks=1 (holds=1 waits=0) uid=1000:connections=2 uid=1000:keys=1

== A wait that is no count of milliseconds is refused, never taken for none.
edge: 32

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k wait_ms=-1
[   1] B < bad_request
       says "wait_ms"
[   1] B lock.acquire k wait_ms=0.5
[   1] B < bad_request
       says "wait_ms"
[   1] B lock.acquire k wait_ms="5"
[   1] B < bad_request
       says "wait_ms"
[   1] B lock.acquire k wait_ms=null
[   1] B < bad_request
       says "wait_ms"
[   1] B lock.acquire k wait_ms=9007199254740992
[   1] B < bad_request
       says "wait_ms"
[   2] A lock.release k
[   2] A < ok
[   3] what is left?
[   3] left < uid=1000:connections=2

== Who does not hold the lock cannot release it.
edge: 33

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.release k
[   1] B < not_held
[   1] B lock.release k token=T1
[   1] B < stale_token
[   1] B lock.release k token=1
[   1] B < stale_token
[   1] A lock.release k token=1
[   1] A < stale_token
[   1] B lock.release other
[   1] B < not_held
[   1] B lock.release other token=T1
[   1] B < not_held
[   1] A lock.release other token=T1
[   1] A < not_held
[   2] B lock.acquire k
[   3] B lock.release k
[   3] B < not_held
[   4] A lock.release k
[   4] A < ok
[   4] B < ok token=T2

== A second release is an error and frees nothing of the successor's.
edge: 34

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   2] A lock.release k token=T1
[   2] A < ok
[   2] B < ok token=T2
[   3] A lock.release k token=T1
[   3] A < stale_token
[   3] A lock.release k
[   3] A < not_held
[   4] C lock.acquire k wait_ms=0
[   4] C < busy holder={pid=102 client="" held_ms=2}
[   5] B lock.release k
[   5] B < ok
[   6] B lock.release k token=T2
[   6] B < not_held

== Of two locks the one that is named is released.
edge: 17 35

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] A lock.acquire y
[   0] A < ok token=T2
[   1] B lock.acquire x
[   1] C lock.acquire y
[   2] A lock.release x
[   2] A < ok
[   2] B < ok token=T3
[   3] A lock.release y token=T1
[   3] A < stale_token
[   4] A lock.release y token=T2
[   4] A < ok
[   4] C < ok token=T4

== The clock of a lease starts with the grant, not with the wait.
edge: 36

[   0] A lock.acquire k
[   0] A < ok token=T1
[  10] B lock.acquire k lease_ms=20
[  60] A lock.release k
[  60] A < ok
[  60] B < ok token=T2
[  61] C lock.acquire k
[  79] time passes
[  80] time passes
[  80] C < ok token=T3 abandoned=true

== A renewal starts the lease anew, and never revives what is over.
edge: 37

[   0] A lock.acquire k lease_ms=20
[   0] A < ok token=T1
[  15] A renew T1 lease_ms=20
[  15] A < ok
[  16] B lock.acquire k
[  35] time passes
[  35] B < ok token=T2 abandoned=true
[  36] A renew T1 lease_ms=20
[  36] A < not_held
[  40] B lock.release k
[  40] B < ok
[  41] B renew T2 lease_ms=20
[  41] B < not_held
[  42] A renew T1 lease_ms=20
[  42] A < not_held
[  43] what is left?
[  43] left < uid=1000:connections=2

== A late release after the lease is no success and harms nobody.
edge: 38

[   0] A lock.acquire k lease_ms=20
[   0] A < ok token=T1
[  20] time passes
[  21] A lock.release k token=T1
[  21] A < not_held
[  22] B lock.acquire k
[  22] B < ok token=T2 abandoned=true
[  23] A lock.release k token=T1
[  23] A < stale_token
[  24] A lock.release k
[  24] A < not_held
[  25] B lock.release k
[  25] B < ok

== Who asks again for its own lock hears that it would wait for itself.
edge: 39

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A lock.acquire k wait_ms=50
[   1] A < deadlock
       says "k"
[   2] A lock.acquire k wait_ms=0
[   2] A < busy holder={pid=101 client="" held_ms=2}
[   3] A lock.acquire k max_waiters=0
[   3] A < queue_full holder={pid=101 client="" held_ms=3}
[   4] A lock.release k
[   4] A < ok
[   5] A lock.acquire k
[   5] A < ok token=T2

== A wait ends at its one deadline, however the queue moves before it.
edge: 31 83

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] B lock.acquire k
[   0] C lock.acquire k wait_ms=50
[  20] A lock.release k
[  20] A < ok
[  20] B < ok token=T2
[  40] A lock.acquire k
[  49] time passes
[  50] time passes
[  50] C < timeout holder={pid=102 client="" held_ms=30}
       says "waited 50 ms"
[  60] B lock.release k
[  60] B < ok
[  60] A < ok token=T3

== A long wait is never dropped.
edge: 42

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] B lock.acquire k
[   0] C lock.acquire k wait_ms=9007199254740991
[  10] D lock.acquire k wait_ms=86400000
[86400009] time passes
[86400010] time passes
[86400010] D < timeout holder={pid=101 client="" held_ms=86400010}
[900000000000] A lock.release k
[900000000000] A < ok
[900000000000] B < ok token=T2
[900000000001] B lock.release k
[900000000001] B < ok
[900000000001] C < ok token=T3

== Tokens rise over all keys and kinds.
edge: 43

[   0] A lock.acquire x
[   0] A < ok token=T1
[   0] A lock.acquire y
[   0] A < ok token=T2
[   0] B limit.borrow x capacity=2
[   0] B < ok token=T3 in_use=1 capacity=2
[   0] B flight.begin x
[   0] B < ok leader=true token=T4
[   0] B pool.get x capacity=2
[   0] B < ok token=T5 create=true
[   1] A lock.release x
[   1] A < ok
[   1] A lock.acquire x
[   1] A < ok token=T6

== A token from before the daemon's present state is refused and releases nothing.
edge: 43 97
first token: 5000

[   0] A lock.release k token=4999
[   0] A < not_held
[   1] A lock.acquire k
[   1] A < ok token=T1
[   2] A lock.release k token=4999
[   2] A < stale_token
[   3] A renew 4999 lease_ms=10
[   3] A < not_held
[   4] A hello
[   4] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=5000 features=[...] limits={...}
[   5] B lock.acquire k wait_ms=0
[   5] B < busy holder={pid=101 client="" held_ms=4}

== A key that nobody uses is nothing.
edge: 44

[   0] A lock.acquire one
[   0] A < ok token=T1
[   1] A lock.release one
[   1] A < ok
[   2] A flight.begin two lease_ms=5
[   2] A < ok leader=true token=T2
[   7] time passes
[   8] A limit.borrow three capacity=1
[   8] A < ok token=T3 in_use=1 capacity=1
[   8] A pool.get four capacity=1
[   8] A < ok token=T4 create=true
[   9] A leaves
[   9] what is left?
[   9] left < nothing

== A call that fails changes neither its caller's turn nor anybody's.
edge: 45

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k id=1
[   2] C lock.acquire k id=1
[   3] B lock.acquire k id=2
[   3] B < id=2 deadlock
[   3] B lock.release k id=3
[   3] B < id=3 not_held
[   3] B lock.acquire k id=1
[   3] B < id=1 dup_id
[   3] B > nonsense
[   3] B < parse
[   3] B sends too long a line
[   3] B < too_long
[   4] A lock.release k
[   4] A < ok
[   4] B < id=1 ok token=T2
[   5] B lock.release k
[   5] B < ok
[   5] C < id=1 ok token=T3

== That a lock was abandoned is remembered until its next grant, however late.
edge: 44

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A leaves
[   2] what is left?
[   2] left < nothing
[9000] B lock.acquire k
[9000] B < ok token=T2 abandoned=true
[9001] B lock.release k
[9001] B < ok
[9002] B lock.acquire k
[9002] B < ok token=T3
[9003] B lock.release k
[9003] B < ok
[9004] B lock.acquire other
[9004] B < ok token=T4

== A lock is not abandoned when its holder let go in the last lines that it wrote.
edge: 29

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[   2] A unread lock.release k
[   2] & A unread lock.acquire other
[   2] & A leaves
[   2] B < ok token=T2
[   3] C lock.acquire other wait_ms=0
[   3] C < ok token=T3

== A queue takes as many waiters as a request allows before it.
edge: 22 62

[   0] A lock.acquire k max_waiters=0
[   0] A < ok token=T1
[   5] B lock.acquire k max_waiters=0
[   5] B < queue_full holder={pid=101 client="" held_ms=5}
[   6] B lock.acquire k max_waiters=1
[   7] C lock.acquire k max_waiters=1
[   7] C < queue_full holder={pid=101 client="" held_ms=7}
[   8] C lock.acquire k max_waiters=2
[   9] D lock.acquire k max_waiters=2 wait_ms=0
[   9] D < busy holder={pid=101 client="" held_ms=9}
[  10] B leaves
[  11] D lock.acquire k max_waiters=2
[  12] A lock.release k
[  12] A < ok
[  12] C < ok token=T2
[  13] C lock.release k
[  13] C < ok
[  13] D < ok token=T3

== A hung holder keeps its lock for ever unless it asked for a lease.
edge: 99

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] B lock.acquire k
[86400000] time passes
[86400001] C lock.acquire k wait_ms=0
[86400001] C < busy holder={pid=101 client="" held_ms=86400001}
[86400002] A lock.release k
[86400002] A < ok
[86400002] B < ok token=T2

== A renewal is for one hold, not for all of the connection.
edge: 99

[   0] A lock.acquire x lease_ms=20
[   0] A < ok token=T1
[   0] A lock.acquire y lease_ms=20
[   0] A < ok token=T2
[  10] A renew T2 lease_ms=30
[  10] A < ok
[  11] B lock.acquire x id="x"
[  11] C lock.acquire y id="y"
[  20] time passes
[  20] B < id="x" ok token=T3 abandoned=true
[  39] time passes
[  40] time passes
[  40] C < id="y" ok token=T4 abandoned=true

== The daemon's words say what was refused, who is in the way and for how long.
edge: none

[   0] A joins pid=812 command=php-fpm
[   0] A lock.acquire "order:7" id=1
[   0] A < id=1 ok token=T1
[1000] B lock.acquire "order:7" wait_ms=200 id=5
[1200] time passes
[1200] B < id=5 timeout holder={pid=812 client="" held_ms=1200}
       says "lock "order:7": waited 200 ms; held for 1.2 s by pid 812 (php-fpm)"

== A lease that was given or renewed after the wait began still ends before the wait does.
edge: 30 55
# row: 48

[   0] A lock.acquire k
[   0] A < ok token=T1
[   0] B lock.acquire k lease_ms=15
[   0] C lock.acquire k wait_ms=20
[   0] D lock.acquire k wait_ms=40
[   5] A lock.release k
[   5] A < ok
[   5] B < ok token=T2
[  20] time passes
[  20] C < ok token=T3 abandoned=true
[  21] C renew T3 lease_ms=19
[  21] C < ok
[  40] time passes
[  40] D < ok token=T4 abandoned=true

== A grant that reached nobody leaves the word about the lost holder to the next one.
edge: 29

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A leaves
[   2] B lock.acquire k lease_ms=1000 detached=true
[   2] B < ok token=T2 abandoned=true
[   3] B never hears of T2
[   4] C lock.acquire k
[   4] C < ok token=T3 abandoned=true
[   5] C lock.release k
[   5] C < ok
[   6] D lock.acquire k
[   6] D < ok token=T4

== What a connection has released at its end is not handed to its own wait.
edge: 92

[   0] A hello multiplexed=true
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A lock.acquire k
[   2] A unread lock.release k token=T1
[   2] & A leaves
[   3] B lock.acquire k
[   3] B < ok token=T2
