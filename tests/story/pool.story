# SPDX-License-Identifier: MIT
#
# Pools: objects that clients make and the daemon keeps and lends.

== An object is made once and lent again, the last one put first.
edge: 68

[   0] A pool.get p capacity=2
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   1] A pool.put p token=T1 value={"fd" : 3}
[   1] A < ok
[   2] A pool.put p token=T2 value=4.0
[   2] A < ok
[   3] B pool.get p
[   3] B < ok token=T3 create=false value=4.0
[   4] B pool.get p
[   4] B < ok token=T4 create=false value={"fd" : 3}
[   5] C pool.get p wait_ms=0
[   5] C < busy holder={pid=102 client="" held_ms=2}
[   6] B pool.put p token=T4
[   6] B < ok
[   7] C pool.get p
[   7] C < ok token=T5 create=false value={"fd" : 3}
[   8] C pool.put p value="changed"
[   8] C < ok
[   9] C pool.info p
[   9] C < ok capacity=2 size=2 available=1 waiting=0 max_idle_ms=0 order="lifo" on_lost="drop"

== When the creation fails the room is free and the next waiter creates.
edge: 64 71

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[   2] C pool.get p
[   3] A pool.drop p
[   3] A < ok
[   3] B < ok token=T2 create=true
[   4] B pool.put p value="b"
[   4] B < ok
[   4] C < ok token=T3 create=false value="b"
[   5] C pool.drop p
[   5] C < ok
[   6] what is left?
[   6] left < uid=1000:connections=3

== A creator that dies half-way leaves its room to the next.
edge: 65

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[   2] A leaves
[   2] B < ok token=T2 create=true
[   3] B leaves
[   3] what is left?
[   3] left < nothing

== A slow creation holds up nobody else.
edge: 66

[   0] A pool.get p capacity=3
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[   1] B < ok token=T2 create=true
[   2] B pool.put p value="b"
[   2] B < ok
[   3] C pool.get p
[   3] C < ok token=T3 create=false value="b"
[   4] D pool.get p
[   4] D < ok token=T4 create=true
[   5] C pool.size p
[   5] C < ok size=3
[   6] C pool.available p
[   6] C < ok available=0
[   7] C pool.put p
[   7] C < ok
[9999] A pool.put p value="at last"
[9999] A < ok

== Who cancels while it creates still holds; the object goes to who waits, or is idle.
edge: 67

[   0] A pool.get p capacity=1 id=1
[   0] A < id=1 ok token=T1 create=true
[   1] B pool.get p
[   2] A cancel 1
[   2] A < ok cancelled=false
[   3] A pool.put p token=T1 value="a"
[   3] A < ok
[   3] B < ok token=T2 create=false value="a"
[   4] B leaves
[   5] C pool.get p
[   5] C < ok token=T3 create=true destroy=["a"]

== Idle, lent and being made never exceed the capacity.
edge: 68

[   0] A pool.get p capacity=3
[   0] A < ok token=T1 create=true
[   0] B pool.get p
[   0] B < ok token=T2 create=true
[   0] C pool.get p
[   0] C < ok token=T3 create=true
[   1] D pool.get p
[   1] E pool.get p
[   2] A pool.put p value="a"
[   2] A < ok
[   2] D < ok token=T4 create=false value="a"
[   3] B leaves
[   3] E < ok token=T5 create=true
[   4] C pool.put p value="c"
[   4] C < ok
[   5] C pool.info p
[   5] C < ok capacity=3 size=3 available=1 waiting=0 max_idle_ms=0 order="lifo" on_lost="drop"

== An object is put back once.
edge: 69 72

[   0] A pool.get p capacity=2
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] & A pool.put p value="a"
[   1] & A pool.put p token=T1 value="a"
[   1] & A pool.drop p token=T1
[   1] A < ok
[   1] A < not_held
[   1] A < not_held
[   1] A < not_held
[   2] A pool.size p
[   2] A < ok size=1
[   3] B pool.get p
[   3] B < ok token=T2 create=false value="a"
[   4] C pool.get p
[   4] C < ok token=T3 create=true
[   5] C pool.drop p
[   5] & C pool.put p value="c"
[   5] C < ok
[   5] C < not_held
[   6] C pool.info p
[   6] C < ok capacity=2 size=1 available=0 waiting=0 max_idle_ms=0 order="lifo" on_lost="drop"

== What another client took, or nobody, cannot be put back or dropped.
edge: 70

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] B pool.put p token=T1 value="mine"
[   1] B < not_held
[   1] B pool.drop p token=T1
[   1] B < not_held
[   1] B pool.put p value="mine"
[   1] B < not_held
[   1] B pool.put p token=7 value="mine"
[   1] B < not_held
[   1] B pool.put other value="mine"
[   1] B < not_held
[   1] A pool.put other token=T1 value="mine"
[   1] A < not_held
[   2] A pool.put p value="a"
[   2] A < ok

== A broken object is dropped by its borrower, and nobody else has to destroy it.
edge: 71

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] A pool.get p
[   2] A < ok token=T2 create=false value="a"
[   3] B pool.get p
[   4] A pool.drop p
[   4] A < ok
[   4] B < ok token=T3 create=true

== What a dead borrower had is not trusted; the next one destroys it, once.
edge: 73 74

[   0] A pool.get p capacity=2
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] A pool.get p
[   2] A < ok token=T2 create=false value="a"
[   3] A leaves
[   4] B pool.info p
[   4] B < ok capacity=2 size=0 available=0 waiting=0 max_idle_ms=0 order="lifo" on_lost="drop"
[   5] B pool.get p
[   5] B < ok token=T3 create=true destroy=["a"]
[   6] B leaves
[   7] what is left?
[   7] left < nothing
[   8] C pool.get p capacity=1
[   8] C < ok token=T4 create=true

== A waiter that is served by a borrower's death has to destroy what that one had.
edge: 73

[   0] A pool.get p capacity=1 lease_ms=20
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] A pool.get p lease_ms=20
[   2] A < ok token=T2 create=false value="a"
[   3] B pool.get p
[  22] time passes
[  22] B < ok token=T3 create=true destroy=["a"]
[  23] A pool.put p token=T2
[  23] A < not_held

== The value of an object is the one it was given last.
edge: 73

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="first"
[   1] A < ok
[   2] A pool.get p
[   2] A < ok token=T2 create=false value="first"
[   3] A pool.put p value="second"
[   3] A < ok
[   4] A pool.get p
[   4] A < ok token=T3 create=false value="second"
[   5] A leaves
[   6] B pool.clear p
[   6] B < ok destroy=["second"]
[   7] B pool.clear p
[   7] B < unknown_key

== With requeue the object of a dead borrower is idle again, as it was.
edge: 73

[   0] A pool.set p capacity=1 on_lost=requeue
[   0] A < ok
[   1] A pool.get p
[   1] A < ok token=T1 create=true
[   2] A pool.put p value="a"
[   2] A < ok
[   3] A pool.get p
[   3] A < ok token=T2 create=false value="a"
[   4] B pool.get p
[   5] A leaves
[   5] B < ok token=T3 create=false value="a"
[   6] B leaves
[   7] C pool.available p
[   7] C < ok available=1

== A creator's death leaves nothing to requeue, only room.
edge: 65

[   0] A pool.set p capacity=1 on_lost=requeue
[   0] A < ok
[   1] A pool.get p
[   1] A < ok token=T1 create=true
[   2] A leaves
[   3] B pool.get p
[   3] B < ok token=T2 create=true

== What has been idle for too long is found at the next get, all of it, and destroyed once.
edge: 75 76 78

[   0] A pool.get p capacity=3 max_idle_ms=100
[   0] A < ok token=T1 create=true
[   0] B pool.get p
[   0] B < ok token=T2 create=true
[   0] C pool.get p
[   0] C < ok token=T3 create=true
[  10] B pool.put p value="b"
[  10] B < ok
[  20] A pool.put p value="a"
[  20] A < ok
[ 500] C pool.info p
[ 500] C < ok capacity=3 size=3 available=2 waiting=0 max_idle_ms=100 order="lifo" on_lost="drop"
[ 501] B pool.get p
[ 501] B < ok token=T4 create=true destroy=["b","a"]
[ 502] A pool.get p
[ 502] A < ok token=T5 create=true
[ 503] A pool.size p
[ 503] A < ok size=3

== An object may be idle for exactly as long as is allowed.
edge: 77

[   0] A pool.get p capacity=1 max_idle_ms=100
[   0] A < ok token=T1 create=true
[   7] A pool.put p value="a"
[   7] A < ok
[ 107] A pool.get p
[ 107] A < ok token=T2 create=false value="a"
[ 108] A pool.put p
[ 108] A < ok
[ 209] A pool.get p
[ 209] A < ok token=T3 create=true destroy=["a"]

== Only what is too old goes, the oldest first, whatever the order of lending.
edge: 75 78

[   0] A pool.set p capacity=4 max_idle_ms=100 order=lifo
[   0] A < ok
[   0] A pool.get p
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   0] A pool.get p
[   0] A < ok token=T3 create=true
[  10] A pool.put p token=T3 value="old"
[  10] A < ok
[  20] A pool.put p token=T1 value="older than young"
[  20] A < ok
[  60] A pool.put p token=T2 value="young"
[  60] A < ok
[ 130] A pool.get p
[ 130] A < ok token=T4 create=false value="young" destroy=["old","older than young"]

== With fifo the one that has been idle longest is lent first.
edge: 78

[   0] A pool.set p capacity=2 order=fifo
[   0] A < ok
[   0] A pool.get p
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   1] A pool.put p token=T2 value="two"
[   1] A < ok
[   2] A pool.put p token=T1 value="one"
[   2] A < ok
[   3] B pool.get p
[   3] B < ok token=T3 create=false value="two"
[   4] B pool.get p
[   4] B < ok token=T4 create=false value="one"

== Clear hands out what is idle and touches nothing that is lent.
edge: 79

[   0] A pool.get p capacity=3
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   0] A pool.get p
[   0] A < ok token=T3 create=true
[   1] A pool.put p token=T1 value="one"
[   1] A < ok
[   2] A pool.put p token=T2 value="two"
[   2] A < ok
[   3] B pool.clear p
[   3] B < ok destroy=["one","two"]
[   4] B pool.clear p
[   4] B < ok destroy=[]
[   5] B pool.size p
[   5] B < ok size=1
[   6] A pool.put p token=T3 value="three"
[   6] A < ok
[   7] B pool.get p
[   7] B < ok token=T4 create=false value="three"

== Clear while objects are made leaves the makers and the waiters alone.
edge: 80

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[   2] C pool.clear p
[   2] C < ok destroy=[]
[   3] A pool.put p value="a"
[   3] A < ok
[   3] B < ok token=T2 create=false value="a"

== What waits to be destroyed comes before what is idle, in the order in which it arose.
edge: 74 79

[   0] A pool.set p capacity=3
[   0] A < ok
[   0] A pool.get p
[   0] A < ok token=T1 create=true
[   0] B pool.get p
[   0] B < ok token=T2 create=true
[   0] C pool.get p
[   0] C < ok token=T3 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] B pool.put p value="b"
[   2] B < ok
[   3] C pool.put p value="c"
[   3] C < ok
[   4] C pool.get p
[   4] C < ok token=T4 create=false value="c"
[   5] C leaves
[   6] D pool.clear p
[   6] D < ok destroy=["c","a","b"]
[   7] D pool.clear p
[   7] D < ok destroy=[]

== An object that is put goes to the oldest waiter that has not given up.
edge: 10 81

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   0] B pool.get p wait_ms=5
[   1] C pool.get p wait_ms=30
[   2] D pool.get p
[   5] B < timeout holder={pid=101 client="" held_ms=5}
[  10] A pool.put p value="a"
[  10] A < ok
[  10] C < ok token=T2 create=false value="a"

== An object that is put after all waiters have given up is idle.
edge: 81

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   0] B pool.get p wait_ms=5
[   0] C pool.get p id=1
[   5] time passes
[   5] B < timeout holder={pid=101 client="" held_ms=5}
[   6] C cancel 1
[   6] C < id=1 cancelled
[   6] C < ok cancelled=true
[   7] A pool.put p value="a"
[   7] A < ok
[   8] D pool.available p
[   8] D < ok available=1

== However short objects may be idle, a waiter is handed what is put.
edge: 82

[   0] A pool.get p capacity=1 max_idle_ms=1
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[ 500] A pool.put p value="a"
[ 500] A < ok
[ 500] B < ok token=T2 create=false value="a"

== Without a limit of idle time objects stay for ever.
edge: 77 82

[   0] A pool.get p capacity=1 max_idle_ms=0
[   0] A < ok token=T1 create=true
[   0] A pool.put p value="a"
[   0] A < ok
[900000000000] A pool.get p
[900000000000] A < ok token=T2 create=false value="a"

== A waiter's deadline stands, whatever comes and goes before it.
edge: 31 83

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   0] B pool.get p
[   0] C pool.get p wait_ms=50
[  20] A pool.put p value="a"
[  20] A < ok
[  20] B < ok token=T2 create=false value="a"
[  30] D pool.get p id=1
[  31] D cancel 1
[  31] D < id=1 cancelled
[  31] D < ok cancelled=true
[  50] time passes
[  50] C < timeout holder={pid=102 client="" held_ms=30}

== null is no object: it is ignored, and what was taken stays out.
edge: none

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put p value=null
[   1] A < ok ignored=true
[   2] A pool.put p
[   2] A < bad_request
       says "value"
[   3] B pool.get p wait_ms=0
[   3] B < busy holder={pid=101 client="" held_ms=3}
[   4] A pool.put p value=false
[   4] A < ok
[   5] A pool.get p
[   5] A < ok token=T2 create=false value=false
[   6] A pool.put p value=null
[   6] A < ok ignored=true
[   7] A pool.put p
[   7] A < ok
[   8] A pool.get p
[   8] A < ok token=T3 create=false value=false

== The hold comes first: what was not taken is not held, whatever is put.
edge: 69

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] B pool.put p
[   1] B < not_held
[   1] B pool.put p value=null
[   1] B < not_held

== Callers that disagree on the pool hear so, unless they adopt it.
edge: 58

[   0] A pool.get p capacity=1 max_idle_ms=100
[   0] A < ok token=T1 create=true
[   1] B pool.get p capacity=2
[   1] B < conflict capacity=1
       says "1"
       says "2"
[   2] B pool.get p max_idle_ms=50
[   2] B < conflict capacity=1 max_idle_ms=100
[   3] B pool.get p capacity=2 max_idle_ms=50 adopt=true wait_ms=0
[   3] B < busy holder={pid=101 client="" held_ms=3}
[   4] A pool.put p value="a"
[   4] A < ok
[   5] B pool.get p capacity=2 max_idle_ms=50
[   5] B < ok token=T2 create=false value="a"
[   6] B pool.info p
[   6] B < ok capacity=2 size=1 available=0 waiting=0 max_idle_ms=50 order="lifo" on_lost="drop"

== What was set is not changed by use.
edge: 58 63

[   0] A pool.set p capacity=1 max_idle_ms=100
[   0] A < ok
[   1] A pool.get p capacity=2
[   1] A < conflict capacity=1
[   2] A pool.get p max_idle_ms=0
[   2] A < conflict capacity=1 max_idle_ms=100
[   3] A pool.get p capacity=2 adopt=true
[   3] A < ok token=T1 create=true
[   4] A pool.drop p
[   4] A < ok
[   5] A pool.info p
[   5] A < ok capacity=1 size=0 available=0 waiting=0 max_idle_ms=100 order="lifo" on_lost="drop"

== Words and numbers that no pool can have are refused.
edge: 59

[   0] A pool.get p capacity=0
[   0] A < bad_request
       says "capacity"
[   0] A pool.get p capacity=2147483648
[   0] A < bad_request
       says "capacity"
[   0] A pool.get p capacity=1 max_idle_ms=-1
[   0] A < bad_request
       says "max_idle_ms"
[   0] A pool.set p capacity=1 order=random
[   0] A < bad_request
       says "order"
[   0] A pool.set p capacity=1 on_lost=cry
[   0] A < bad_request
       says "on_lost"
[   0] A pool.set p
[   0] A < bad_request
[   0] A pool.set p items={}
[   0] A < bad_request
       says "items"
[   0] A pool.set p items=[1,null]
[   0] A < bad_request
       says "items"
[   0] A pool.set p items=[1,2,1]
[   0] A < bad_request
       says "items"
[   0] A pool.set p items=[1,2] capacity=1
[   0] A < bad_request
       says "capacity"
[   0] A pool.get p
[   0] A < unknown_key
[   0] A pool.size p
[   0] A < unknown_key
[   0] A pool.available p
[   0] A < unknown_key
[   0] A pool.info p
[   0] A < unknown_key
[   0] A pool.clear p
[   0] A < unknown_key
[   0] A pool.delete p
[   0] A < unknown_key
[   1] what is left?
[   1] left < uid=1000:connections=1

== A pool of things that are there is filled once, and the same list changes nothing.
edge: 58

[   0] A pool.set ports items=[8001, 8002] order=fifo
[   0] A < ok
[   1] A pool.info ports
[   1] A < ok capacity=2 size=2 available=2 waiting=0 max_idle_ms=0 order="fifo" on_lost="requeue"
[   2] B pool.get ports
[   2] B < ok token=T1 create=false value=8001
[   3] A pool.set ports items=[8001, 8002]
[   3] A < ok
[   4] A pool.set ports items=[8001, 8002, 8003]
[   4] A < conflict
[   4] A pool.set ports items=[8001, 8003]
[   4] A < conflict
[   4] A pool.set ports items=[8002, 8001]
[   4] A < conflict
[   5] A pool.set ports capacity=1
[   5] A < bad_request
       says "capacity"
[   6] C pool.get ports
[   6] C < ok token=T2 create=false value=8002
[   7] D pool.get ports
[   8] B leaves
[   8] D < ok token=T3 create=false value=8001
[   9] A pool.delete ports
[   9] A < conflict
[  10] A pool.set made capacity=1
[  10] A < ok
[  11] A pool.set made items=[1]
[  11] A < conflict

== When the capacity is lowered what is idle goes, the oldest first, and what is lent drains.
edge: 57 78

[   0] A pool.set p capacity=4
[   0] A < ok
[   0] A pool.get p
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   0] B pool.get p
[   0] B < ok token=T3 create=true
[   0] B pool.get p
[   0] B < ok token=T4 create=true
[   1] A pool.put p token=T1 value="one"
[   1] A < ok
[   2] A pool.put p token=T2 value="two"
[   2] A < ok
[   3] C pool.set p capacity=1
[   3] C < ok
[   4] C pool.info p
[   4] C < ok capacity=1 size=2 available=0 waiting=0 max_idle_ms=0 order="lifo" on_lost="drop"
[   5] C pool.get p
[   6] B pool.put p token=T3 value="three"
[   6] B < ok
[   7] C pool.info p
[   7] C < ok capacity=1 size=1 available=0 waiting=1 max_idle_ms=0 order="lifo" on_lost="drop"
[   8] B pool.put p token=T4 value="four"
[   8] B < ok
[   8] C < ok token=T5 create=false value="four" destroy=["one","two","three"]

== When the capacity is raised as many waiters as fit create.
edge: 56

[   0] A pool.set p capacity=1
[   0] A < ok
[   0] A pool.get p
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[   2] C pool.get p
[   3] D pool.get p
[   4] E pool.set p capacity=3
[   4] E < ok
[   4] B < ok token=T2 create=true
[   4] C < ok token=T3 create=true

== A pool made by use goes with its last object; one that was set stays until it is deleted.
edge: 63 100

[   0] A pool.get used capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put used value="a"
[   1] A < ok
[   2] what is left?
[   2] left < pools=1 (holds=0 waits=0) uid=1000:connections=1 uid=1000:keys=1 uid=1000:bytes=3
[   3] B pool.clear used
[   3] B < ok destroy=["a"]
[   4] B pool.info used
[   4] B < unknown_key
[   5] A pool.set set capacity=1
[   5] A < ok
[   6] A pool.get set
[   6] A < ok token=T2 create=true
[   7] A pool.delete set
[   7] A < conflict
[   8] A pool.put set value="b"
[   8] A < ok
[   9] A pool.delete set
[   9] A < conflict
[  10] A pool.clear set
[  10] A < ok destroy=["b"]
[  11] what is left?
[  11] left < pools=1 (holds=0 waits=0) uid=1000:connections=2 uid=1000:keys=1
[  12] A pool.delete set
[  12] A < ok
[  13] what is left?
[  13] left < uid=1000:connections=2

== An answer takes no more to be destroyed than its length allows, and the rest comes next.
edge: 74
max_line: 10010

[   0] A pool.set p capacity=9
[   0] A < ok
[   0] A pool.get p
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   0] A pool.get p
[   0] A < ok token=T3 create=true
[   1] A pool.put p token=T1 value="<<a x 5000>>"
[   1] A < ok
[   2] A pool.put p token=T2 value="<<b x 5000>>"
[   2] A < ok
[   3] A pool.put p token=T3 value="<<c x 5000>>"
[   3] A < ok
[   4] A pool.clear p
[   4] A < ok destroy=["<<a x 5000>>","<<b x 5000>>"] more=true
[   5] A pool.clear p
[   5] A < ok destroy=["<<c x 5000>>"]

== A get that was detached and reached nobody leaves its object idle.
edge: 29 67

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] B pool.get p lease_ms=100 detached=true
[   2] B < ok token=T2 create=false value="a"
[   3] B never hears of T2
[   4] A pool.get p
[   4] A < ok token=T3 create=false value="a"
[   5] A pool.put p
[   5] A < ok
[   6] B pool.get p lease_ms=100 detached=true
[   6] B < ok token=T4 create=false value="a"
[   7] B leaves
[   8] A pool.put p token=T4
[   8] A < ok
[   9] A pool.available p
[   9] A < ok available=1

== To set a pool made by use changes what is named, and makes it stay.
edge: 63

[   0] A pool.get p capacity=2 max_idle_ms=50
[   0] A < ok token=T1 create=true
[   1] B pool.set p on_lost=requeue
[   1] B < ok
[   2] A pool.put p value="a"
[   2] A < ok
[   3] A pool.get p
[   3] A < ok token=T2 create=false value="a"
[   4] A leaves
[   5] B pool.info p
[   5] B < ok capacity=2 size=1 available=1 waiting=0 max_idle_ms=50 order="lifo" on_lost="requeue"
[   6] B pool.clear p
[   6] B < ok destroy=["a"]
[   7] B pool.info p
[   7] B < ok capacity=2 size=0 available=0 waiting=0 max_idle_ms=50 order="lifo" on_lost="requeue"

== A pool that is filled may have room to make more.
edge: 68

[   0] A pool.set p items=["one"] capacity=2
[   0] A < ok
[   1] A pool.get p
[   1] A < ok token=T1 create=false value="one"
[   2] A pool.get p
[   2] A < ok token=T2 create=true
[   3] B pool.get p wait_ms=0
[   3] B < busy holder={pid=101 client="" held_ms=2}
[   4] A pool.put p value="two"
[   4] A < ok
[   5] A leaves
[   6] B pool.info p
[   6] B < ok capacity=2 size=2 available=2 waiting=0 max_idle_ms=0 order="lifo" on_lost="requeue"

== A smaller capacity in a get, where nobody holds or waits, gives the surplus to be destroyed.
edge: 58 78

[   0] A pool.get p capacity=3
[   0] A < ok token=T1 create=true
[   0] A pool.get p
[   0] A < ok token=T2 create=true
[   0] A pool.get p
[   0] A < ok token=T3 create=true
[   1] A pool.put p token=T2 value="two"
[   1] A < ok
[   2] A pool.put p token=T3 value="three"
[   2] A < ok
[   3] A pool.put p token=T1 value="one"
[   3] A < ok
[   4] B pool.get p capacity=1
[   4] B < ok token=T4 create=false value="one" destroy=["two","three"]

== A waiter that is served by a put takes what is to be destroyed along.
edge: 73 74

[   0] A pool.get p capacity=2
[   0] A < ok token=T1 create=true
[   0] B pool.get p
[   0] B < ok token=T2 create=true
[   1] B pool.put p value="b"
[   1] B < ok
[   2] B pool.get p
[   2] B < ok token=T3 create=false value="b"
[   3] B leaves
[   4] C pool.get p
[   4] C < ok token=T4 create=true destroy=["b"]
[   5] D pool.get p
[   6] A pool.put p value="a"
[   6] A < ok
[   6] D < ok token=T5 create=false value="a"

== A detached creation that reached nobody leaves only room.
edge: 29 65

[   0] A pool.get p capacity=1 lease_ms=100 detached=true
[   0] A < ok token=T1 create=true
[   1] B pool.get p
[   2] A never hears of T1
[   2] B < ok token=T2 create=true

== What is handed out to be destroyed by an answer that nobody reads is written off.
edge: 74

[   0] A pool.get p capacity=1
[   0] A < ok token=T1 create=true
[   1] A pool.put p value="a"
[   1] A < ok
[   2] A pool.clear p
[   2] & A leaves
[   3] what is left?
[   3] left < nothing
