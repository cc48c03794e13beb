# SPDX-License-Identifier: MIT
#
# Flights: one does the work, the others share its result.

== One leads, the others get its result, all at once and byte for byte.
edge: 20 24

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k wait_ms=100
[   9] A flight.finish k value={"n" : 0.10,"b":1e400, "a":[12345678901234567890]}
[   9] A < ok followers=2
[   9] B < ok leader=false value={"n" : 0.10,"b":1e400, "a":[12345678901234567890]}
[   9] C < ok leader=false value={"n" : 0.10,"b":1e400, "a":[12345678901234567890]}
[  10] what is left?
[  10] left < uid=1000:connections=3

== A leader that dies is followed by the oldest follower, and the others wait on.
edge: 1

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[   3] D flight.begin k
[   4] B leaves
[   5] A leaves
[   5] C < ok leader=true token=T2 attempt=2
[   6] E flight.begin k
[   7] C flight.finish k value="late but here"
[   7] C < ok followers=2
[   7] D < ok leader=false value="late but here"
[   7] E < ok leader=false value="late but here"

== A key that kills its leaders does not take them all.
edge: 2

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[   3] D flight.begin k
[   4] E flight.begin k
[   5] A leaves
[   5] B < ok leader=true token=T2 attempt=2
[   6] B leaves
[   6] C < ok leader=true token=T3 attempt=3
[   7] C leaves
[   7] D < leader_lost
[   7] E < leader_lost
[   8] what is left?
[   8] left < uid=1000:connections=2
[   9] D flight.begin k
[   9] D < ok leader=true token=T4

== How many leaders may be lost says the request that began the flight.
edge: 2

[   0] A flight.begin k max_leaders=1
[   0] A < ok leader=true token=T1
[   1] B flight.begin k max_leaders=9
[   2] A leaves
[   2] B < leader_lost
[   3] C flight.begin k max_leaders=4 lease_ms=10
[   3] C < ok leader=true token=T2
[   4] D flight.begin k lease_ms=10 max_leaders=1
[   5] E flight.begin k lease_ms=10
[   6] F flight.begin k
[   7] G flight.begin k
[  13] time passes
[  13] D < ok leader=true token=T3 attempt=2
[  14] D reset
[  14] D < ok
[  14] E < ok leader=true token=T4 attempt=3
[  24] time passes
[  24] F < ok leader=true token=T5 attempt=4
[  25] F leaves
[  25] G < leader_lost
[  26] C flight.finish k token=T2 value=1
[  26] C < not_held
[  27] G flight.begin k max_leaders=0
[  27] G < bad_request
       says "max_leaders"

== To abandon a flight is no loss: it does not count, and nobody sees it fail.
edge: 2 13

[   0] A flight.begin k max_leaders=1
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[   3] A flight.abandon k
[   3] A < ok
[   3] B < ok leader=true token=T2 attempt=2
[   4] B flight.abandon k token=T2
[   4] B < ok
[   4] C < ok leader=true token=T3 attempt=3
[   5] A flight.begin k
[   6] C leaves
[   6] A < leader_lost

== A flight that is abandoned without followers is gone.
edge: 13

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] A flight.abandon k
[   1] A < ok
[   2] what is left?
[   2] left < uid=1000:connections=1
[   3] B flight.begin k
[   3] B < ok leader=true token=T2
[   4] A flight.abandon k
[   4] A < not_held
[   4] A flight.abandon k token=T1
[   4] A < stale_token

== The older follower is promoted, whatever the terms on which it waits.
edge: 3

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k wait_ms=5000 max_waiters=9 lease_ms=10
[   2] C flight.begin k
[   3] A leaves
[   3] B < ok leader=true token=T2 attempt=2
[  13] time passes
[  13] C < ok leader=true token=T3 attempt=3

== A leader's failure reaches every follower, in the leader's own words.
edge: 4

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[   3] A flight.fail k message="the database is \"down\"" value={"code": 7}
[   3] A < ok followers=2
[   3] B < flight_failed value={"code": 7} message="the database is \"down\""
[   3] C < flight_failed value={"code": 7} message="the database is \"down\""
[   4] A flight.begin k
[   4] A < ok leader=true token=T2
[   5] B flight.begin k
[   6] A flight.fail k token=T2
[   6] A < ok followers=1
[   6] B < flight_failed message=""
[   7] A flight.begin k
[   7] A < ok leader=true token=T3
[   8] B flight.begin k
[   9] A flight.fail k message="" value=null
[   9] A < ok followers=1
[   9] B < flight_failed value=null message=""

== A failure's words may be long, but not too long.
edge: 4

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A flight.fail k message="<<m x 1025>>"
[   2] A < bad_request
       says "message"
[   3] A flight.fail k message="<<m x 1024>>"
[   3] A < ok followers=1
[   3] B < flight_failed message="<<m x 1024>>"

== null, false, 0 and the empty string are results.
edge: 5

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   0] B flight.begin k
[   1] A flight.finish k value=null
[   1] A < ok followers=1
[   1] B < ok leader=false value=null
[   2] A flight.begin k
[   2] A < ok leader=true token=T2
[   2] B flight.begin k
[   3] A flight.finish k value=false
[   3] A < ok followers=1
[   3] B < ok leader=false value=false
[   4] A flight.begin k
[   4] A < ok leader=true token=T3
[   4] B flight.begin k
[   5] A flight.finish k value=0
[   5] A < ok followers=1
[   5] B < ok leader=false value=0
[   6] A flight.begin k
[   6] A < ok leader=true token=T4
[   6] B flight.begin k
[   7] A flight.finish k value=""
[   7] A < ok followers=1
[   7] B < ok leader=false value=""
[   8] A flight.begin k
[   8] A < ok leader=true token=T5
[   8] B flight.begin k
[   9] A flight.finish k
[   9] A < ok followers=1
[   9] B < ok leader=false value=null

== Who comes after the result starts a new flight.
edge: 6

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] A flight.finish k value=1
[   1] & B flight.begin k
[   1] A < ok followers=0
[   1] B < ok leader=true token=T2
[   2] A flight.finish k value=2
[   2] A < not_held
[   2] A flight.finish k token=T1 value=2
[   2] A < stale_token
[   3] B flight.finish k value=3
[   3] B < ok followers=0
[   4] B flight.finish k token=T2 value=4
[   4] B < not_held

== A forgotten flight goes on by itself; its end does not touch the new one.
edge: 7 8 9

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.forget k
[   2] C < ok forgotten=true
[   3] D flight.begin k
[   3] D < ok leader=true token=T2
[   4] E flight.begin k
[   5] A flight.finish k value="old"
[   5] A < ok followers=1
[   5] B < ok leader=false value="old"
[   6] A flight.finish k token=T1 value="older"
[   6] A < stale_token
[   7] F flight.begin k wait_ms=0
[   7] F < busy holder={pid=104 client="" held_ms=4}
[   8] D flight.finish k value="new"
[   8] D < ok followers=1
[   8] E < ok leader=false value="new"
[   9] C flight.forget k
[   9] C < ok forgotten=false

== A forgotten flight may outlive the new one, and has its leaders and leases as always.
edge: 7 8

[   0] A flight.begin k lease_ms=20
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[   3] D flight.forget k
[   3] D < ok forgotten=true
[   4] D flight.begin k
[   4] D < ok leader=true token=T2
[   5] D flight.finish k value="new"
[   5] D < ok followers=0
[   6] D flight.finish k token=T2
[   6] D < stale_token
[  20] time passes
[  20] B < ok leader=true token=T3 attempt=2
[  21] A flight.finish k token=T1 value="late"
[  21] A < stale_token
[  22] B flight.finish k value="old" keep_ms=1000
[  22] B < ok followers=1
[  22] C < ok leader=false value="old"
[  23] D flight.begin k
[  23] D < ok leader=true token=T4

== Who forgot its own flight may lead a second; without token the newest lead is meant.
edge: 7 15

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A flight.forget k
[   2] A < ok forgotten=true
[   3] A flight.begin k
[   3] A < ok leader=true token=T2
[   4] C flight.begin k
[   5] A flight.finish k value="new"
[   5] A < ok followers=1
[   5] C < ok leader=false value="new"
[   6] A flight.finish k value="old"
[   6] A < ok followers=1
[   6] B < ok leader=false value="old"
[   7] A flight.finish k
[   7] A < not_held
[   8] what is left?
[   8] left < uid=1000:connections=3

== The followers of a forgotten flight take no place in the queue of the new one.
edge: 8 22

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k max_waiters=1
[   2] C flight.begin k max_waiters=1
[   2] C < queue_full holder={pid=101 client="" held_ms=2}
[   3] C flight.forget k
[   3] C < ok forgotten=true
[   4] D flight.begin k max_waiters=0
[   4] D < ok leader=true token=T2
[   5] C flight.begin k max_waiters=1
[   6] D flight.finish k value=1
[   6] D < ok followers=1
[   6] C < ok leader=false value=1

== A forgotten flight that loses all its leaders fails its own followers only.
edge: 2 8

[   0] A flight.begin k max_leaders=1
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.forget k
[   2] C < ok forgotten=true
[   3] C flight.begin k
[   3] C < ok leader=true token=T2
[   4] D flight.begin k
[   5] A leaves
[   5] B < leader_lost
[   6] C flight.finish k value=2
[   6] C < ok followers=1
[   6] D < ok leader=false value=2

== A leader that was superseded completes nothing.
edge: 9

[   0] A flight.begin k lease_ms=10
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[  10] time passes
[  10] B < ok leader=true token=T2 attempt=2
[  11] A flight.finish k token=T1 value="late"
[  11] A < stale_token
[  11] A flight.fail k token=T1
[  11] A < stale_token
[  11] A flight.abandon k token=T1
[  11] A < stale_token
[  11] A flight.finish k value="late"
[  11] A < not_held
[  11] C flight.finish k value="not mine"
[  11] C < not_held
[  11] C flight.finish k token=T2 value="not mine"
[  11] C < stale_token
[  12] B flight.finish k value="good"
[  12] B < ok followers=1
[  12] C < ok leader=false value="good"

== Followers that give up leave the leader in peace, and a later caller joins it.
edge: 10 14

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k wait_ms=5
[   1] C flight.begin k id=1
[   6] time passes
[   6] B < timeout holder={pid=101 client="" held_ms=6}
[   7] C cancel 1
[   7] C < id=1 cancelled
[   7] C < ok cancelled=true
[   8] what is left?
[   8] left < flights=1 (holds=1 waits=0) uid=1000:connections=3 uid=1000:keys=1
[   9] D flight.begin k
[  10] A flight.finish k value=1
[  10] A < ok followers=1
[  10] D < ok leader=false value=1

== A deadline and the result in one turn give one answer.
edge: 11

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   0] B flight.begin k wait_ms=10
[   0] C flight.begin k wait_ms=11
[  10] A flight.finish k value=1
[  10] A < ok followers=1
[  10] B < timeout holder={pid=101 client="" held_ms=10}
[  10] C < ok leader=false value=1
[  11] time passes

== Nobody leads and is timed out at once.
edge: 11

[   0] A flight.begin k lease_ms=10
[   0] A < ok leader=true token=T1
[   0] B flight.begin k wait_ms=10
[   0] C flight.begin k wait_ms=10
[  10] time passes
[  10] B < ok leader=true token=T2 attempt=2
[  10] C < timeout holder={pid=102 client="" held_ms=0}
[  11] D flight.begin k lease_ms=10 wait_ms=0
[  11] D < busy holder={pid=102 client="" held_ms=1}
[  12] B flight.finish k value=1
[  12] B < ok followers=0

== A follower that times out before the leader is lost is not promoted, the next one is.
edge: 11

[   0] A flight.begin k lease_ms=10
[   0] A < ok leader=true token=T1
[   0] B flight.begin k wait_ms=9
[   0] C flight.begin k wait_ms=30
[  40] the daemon wakes up
[  40] B < timeout holder={pid=101 client="" held_ms=40}
[  40] C < ok leader=true token=T2 attempt=2

== A follower that is dead already is not the end of the promotion.
edge: 12

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.begin k
[   3] D flight.begin k
[   4] A leaves
[   4] & B leaves
[   4] C < ok leader=true token=T2 attempt=3
[   5] C flight.finish k value=1
[   5] & C leaves
[   5] D < ok leader=false value=1

== Different keys have nothing to do with each other.
edge: 17

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin "k "
[   1] B < ok leader=true token=T2
[   2] C flight.begin K
[   2] C < ok leader=true token=T3
[   3] D lock.acquire k
[   3] D < ok token=T4
[   4] A flight.finish k value=1
[   4] A < ok followers=0
[   5] B flight.finish k
[   5] B < not_held

== A result that cannot be carried is refused, and the leader still leads.
edge: 18

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A sends too long a line
[   2] A < too_long
[   3] A > {"op":"flight.finish","key":"k","value":"\xff"}
[   3] A < parse
[   4] A > {"op":"flight.finish","key":"k","value":"\ud800"}
[   4] A < parse
[   5] A > {"op":"flight.finish","key":"k","value":01}
[   5] A < parse
[   6] A flight.fail k message="too large"
[   6] A < ok followers=1
[   6] B < flight_failed message="too large"

== A kept result is for everybody, with its age, until its time is over.
edge: 21 23

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[  10] A flight.finish k value=[1, 2] keep_ms=50
[  10] A < ok followers=1
[  10] B < ok leader=false value=[1, 2]
[  20] C flight.begin k
[  20] C < ok leader=false value=[1, 2] age_ms=10
[  30] C flight.begin k wait_ms=0 max_waiters=0
[  30] C < ok leader=false value=[1, 2] age_ms=20
[  31] what is left?
[  31] left < flights=1 (holds=0 waits=0) uid=1000:connections=3 uid=1000:keys=1 uid=1000:bytes=6
[  32] A flight.finish k value=3
[  32] A < not_held
[  33] A flight.finish k token=T1 value=3
[  33] A < not_held
[  34] A leaves
[  59] C flight.begin k
[  59] C < ok leader=false value=[1, 2] age_ms=49
[  60] C flight.begin k
[  60] C < ok leader=true token=T2

== A failure is kept as long as it says itself.
edge: 21

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] A flight.fail k message="gone" value=404 keep_ms=10
[   1] A < ok followers=0
[   2] B flight.begin k
[   2] B < flight_failed value=404 age_ms=1 message="gone"
[  11] B flight.begin k
[  11] B < ok leader=true token=T2
[  12] B flight.finish k value=1 keep_ms=0
[  12] B < ok followers=0
[  13] what is left?
[  13] left < uid=1000:connections=2

== To forget drops a kept result.
edge: 21

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] A flight.finish k value=1 keep_ms=1000
[   1] A < ok followers=0
[   2] B flight.forget k
[   2] B < ok forgotten=true
[   3] what is left?
[   3] left < uid=1000:connections=2
[   4] B flight.begin k
[   4] B < ok leader=true token=T2

== A queue that is full takes nothing from who is refused, who may ask again at once.
edge: 22

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k max_waiters=1
[   2] C flight.begin k max_waiters=1 id=1
[   2] C < id=1 queue_full holder={pid=101 client="" held_ms=2}
[   2] C flight.begin k max_waiters=2 id=1
[   3] what is left?
[   3] left < flights=1 (holds=1 waits=2) uid=1000:connections=3 uid=1000:waits=2 uid=1000:keys=3

== Who does not want to wait hears at once that the work is under way.
edge: 23

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   5] B flight.begin k wait_ms=0
[   5] B < busy holder={pid=101 client="" held_ms=5}
[   6] what is left?
[   6] left < flights=1 (holds=1 waits=0) uid=1000:connections=2 uid=1000:keys=1

== A follower hears whose result it is when it is not its own uid's.
edge: none

[   0] A joins uid=1001
[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C joins uid=1001
[   2] C flight.begin k
[   3] A flight.finish k value=1 keep_ms=10
[   3] A < ok followers=2
[   3] B < ok leader=false value=1 by_uid=1001
[   3] C < ok leader=false value=1
[   4] B flight.begin k
[   4] B < ok leader=false value=1 age_ms=1 by_uid=1001

== A leader that finishes and dies in one breath has finished.
edge: 12

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A unread flight.finish k value="last words"
[   2] & A leaves
[   2] B < ok leader=false value="last words"

== A lead has the lease that its own request asked for.
edge: 36

[   0] A flight.begin k lease_ms=100
[   0] A < ok leader=true token=T1
[   0] B flight.begin k lease_ms=10
[   0] C flight.begin k
[  50] A flight.abandon k
[  50] A < ok
[  50] B < ok leader=true token=T2 attempt=2
[  60] time passes
[  60] C < ok leader=true token=T3 attempt=3
[9999] time passes
[9999] C flight.finish k
[9999] C < ok followers=0

== A flight that loses its only one is gone, and the next is a first leader.
edge: 1 44

[   0] A flight.begin k max_leaders=2
[   0] A < ok leader=true token=T1
[   1] A leaves
[   2] what is left?
[   2] left < nothing
[   3] B flight.begin k lease_ms=10
[   3] B < ok leader=true token=T2
[  13] time passes
[  14] C flight.begin k
[  14] C < ok leader=true token=T3
[  15] C flight.abandon k
[  15] C < ok
[  16] D flight.begin k
[  16] D < ok leader=true token=T4
[  17] E flight.begin k
[  18] D leaves
[  18] E < ok leader=true token=T5 attempt=2

== The chosen bound on lost leaders holds for those who come later, too.
edge: 2

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A leaves
[   2] B < ok leader=true token=T2 attempt=2
[   3] C flight.begin k max_leaders=99
[   4] B flight.abandon k
[   4] B < ok
[   4] C < ok leader=true token=T3 attempt=3
[   5] D flight.begin k
[   6] C leaves
[   6] D < ok leader=true token=T4 attempt=4
[   7] E flight.begin k
[   8] D leaves
[   8] E < leader_lost

== Several flights of a key may be forgotten, and each ends for itself.
edge: 7 8 9

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] C flight.forget k
[   2] C < ok forgotten=true
[   3] C flight.forget k
[   3] C < ok forgotten=false
[   4] C flight.begin k
[   4] C < ok leader=true token=T2
[   5] D flight.begin k
[   6] E flight.forget k
[   6] E < ok forgotten=true
[   7] E flight.begin k
[   7] E < ok leader=true token=T3
[   8] E flight.finish k value="third" keep_ms=100
[   8] E < ok followers=0
[   9] A flight.finish k value="first"
[   9] A < ok followers=1
[   9] B < ok leader=false value="first"
[  10] A flight.finish k token=T1 value="first"
[  10] A < stale_token
[  11] F flight.begin k
[  11] F < ok leader=false value="third" age_ms=3
[  12] F flight.forget k
[  12] F < ok forgotten=true
[  13] F flight.begin k
[  13] F < ok leader=true token=T4
[  14] C leaves
[  14] D < ok leader=true token=T5 attempt=2
[  15] F flight.fail k
[  15] F < ok followers=0
[  16] D flight.finish k keep_ms=100
[  16] D < ok followers=0
[  17] what is left?
[  17] left < uid=1000:connections=5

== What a leader says for a failure comes as it was meant.
edge: 4

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A flight.fail k message="a\u0001b\\ \u00e9 \"c\""
[   2] A < ok followers=1
[   2] B < flight_failed message="a\u0001b\\ é \"c\""
