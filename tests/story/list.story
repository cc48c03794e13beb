# SPDX-License-Identifier: MIT
#
# list: which keys there are, who holds them, who waits.

== Nothing is there, and nothing is told.
edge: none

[   0] A list
[   0] A < ok keys=[]

== Holders and waiters are told in order, with how long they have been there.
edge: none

[   0] A joins uid=1000 pid=7 command=cron
[   0] B joins uid=1001 pid=8
[   0] A hello client=nightly
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire db lease_ms=500
[   0] A < ok token=T1
[  10] B lock.acquire db
[  20] C lock.acquire db
[  30] A list
[  30] A < ok keys=[{kind="lock" key="db" state="held" holding=1 waiting=2 holders=[{token=T1 uid=1000 pid=7 command="cron" client="nightly" held_ms=30 lease_left_ms=470}] waiters=[{uid=1001 pid=8 client="" waited_ms=20}{uid=1000 pid=103 client="" waited_ms=10}]}]
[  40] A lock.release db
[  40] A < ok
[  40] B < ok token=T2
[  50] B list key=db
[  50] B < ok keys=[{kind="lock" key="db" state="held" holding=1 waiting=1 holders=[{token=T2 uid=1001 pid=8 client="" held_ms=10}] waiters=[{uid=1000 pid=103 client="" waited_ms=30}]}]
[  50] B list key=other
[  50] B < ok keys=[]
[  50] B list key=db kind=limit
[  50] B < ok keys=[]

== A detached hold is told with what is known of who asked.
edge: none

[   0] A joins uid=1000 pid=7 command=curl
[   0] A hello client=cli
[   0] A < ok server="msyncd" version="..." protocol=1 session="..." epoch=1000 features=[...] limits={...}
[   0] A lock.acquire deploy lease_ms=60000 detached=true
[   0] A < ok token=T1
[   1] A leaves
[   5] B list
[   5] B < ok keys=[{kind="lock" key="deploy" state="held" holding=1 waiting=0 holders=[{token=T1 uid=1000 pid=7 client="cli" held_ms=5 lease_left_ms=59995 detached=true}] waiters=[]}]

== Of a limit, the permits are told; of a pool, its objects.
edge: none

[   0] A limit.borrow smtp capacity=3 permits=2
[   0] A < ok token=T1 in_use=2 capacity=3
[   1] B limit.borrow smtp permits=2
[   1] B limit.borrow smtp
[   2] C limit.set idle capacity=7
[   2] C < ok
[   3] A pool.get db capacity=2
[   3] A < ok token=T2 create=true
[   4] B pool.set ports items=[1,2,3]
[   4] B < ok
[   5] C list
[   5] C < ok keys=[{kind="limit" key="smtp" state="held" in_use=2 capacity=3 available=1 holding=1 waiting=2 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=5 permits=2}] waiters=[{uid=1000 pid=102 client="" waited_ms=4 permits=2}{uid=1000 pid=102 client="" waited_ms=4 permits=1}]}{kind="limit" key="idle" state="idle" in_use=0 capacity=7 available=7 holding=0 waiting=0 holders=[] waiters=[]}{kind="pool" key="db" state="held" capacity=2 size=1 available=0 holding=1 waiting=0 holders=[{token=T2 uid=1000 pid=101 client="" held_ms=2}] waiters=[]}{kind="pool" key="ports" state="idle" capacity=3 size=3 available=3 holding=0 waiting=0 holders=[] waiters=[]}]

== A flight is led, kept or forgotten.
edge: none

[   0] A flight.begin led
[   0] A < ok leader=true token=T1
[   1] B flight.begin led
[   2] A flight.begin kept
[   2] A < ok leader=true token=T2
[   3] A flight.finish kept value=7 keep_ms=1000
[   3] A < ok followers=0
[   5] C list
[   5] C < ok keys=[{kind="flight" key="led" state="held" holding=1 waiting=1 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=5}] waiters=[{uid=1000 pid=102 client="" waited_ms=4}]}{kind="flight" key="kept" state="kept" age_ms=2 holding=0 waiting=0 holders=[] waiters=[]}]
[   6] C flight.forget led
[   6] C < ok forgotten=true
[   7] C list key=led
[   7] C < ok keys=[{kind="flight" key="led" state="idle" holding=0 waiting=0 holders=[] waiters=[]}{kind="flight" key="led" state="forgotten" holding=1 waiting=1 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=7}] waiters=[{uid=1000 pid=102 client="" waited_ms=6}]}]
[   8] C flight.begin led
[   8] C < ok leader=true token=T3
[   9] C list kind=flight prefix=led
[   9] C < ok keys=[{kind="flight" key="led" state="forgotten" holding=1 waiting=1 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=9}] waiters=[{uid=1000 pid=102 client="" waited_ms=8}]}{kind="flight" key="led" state="held" holding=1 waiting=0 holders=[{token=T3 uid=1000 pid=103 client="" held_ms=1}] waiters=[]}]
[  10] A flight.finish led value=1
[  10] A < ok followers=1
[  10] B < ok leader=false value=1
[  11] C list kind=flight prefix=led
[  11] C < ok keys=[{kind="flight" key="led" state="held" holding=1 waiting=0 holders=[{token=T3 uid=1000 pid=103 client="" held_ms=3}] waiters=[]}]

== A lock whose holder vanished is told as abandoned, until it is taken again.
edge: none

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A leaves
[   2] B list
[   2] B < ok keys=[{kind="lock" key="k" state="abandoned" holding=0 waiting=0 holders=[] waiters=[]}]
[   3] B lock.acquire k
[   3] B < ok token=T2 abandoned=true
[   4] B list
[   4] B < ok keys=[{kind="lock" key="k" state="held" holding=1 waiting=0 holders=[{token=T2 uid=1000 pid=102 client="" held_ms=1}] waiters=[]}]
[   5] B lock.release k
[   5] B < ok
[   6] B list
[   6] B < ok keys=[]

== Kind, prefix and waiting say which keys are told.
edge: none

[   0] A lock.acquire shop/1
[   0] A < ok token=T1
[   0] A lock.acquire shop/2
[   0] A < ok token=T2
[   0] A lock.acquire site/1
[   0] A < ok token=T3
[   0] A limit.borrow shop/1 capacity=1
[   0] A < ok token=T4 in_use=1 capacity=1
[   1] B lock.acquire shop/2
[   2] C list kind=lock prefix=shop/
[   2] C < ok keys=[{kind="lock" key="shop/1" state="held" holding=1 waiting=0 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=2}] waiters=[]}{kind="lock" key="shop/2" state="held" holding=1 waiting=1 holders=[{token=T2 uid=1000 pid=101 client="" held_ms=2}] waiters=[{uid=1000 pid=102 client="" waited_ms=1}]}]
[   2] C list prefix=shop/1
[   2] C < ok keys=[{kind="lock" key="shop/1" state="held" holding=1 waiting=0 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=2}] waiters=[]}{kind="limit" key="shop/1" state="held" in_use=1 capacity=1 available=0 holding=1 waiting=0 holders=[{token=T4 uid=1000 pid=101 client="" held_ms=2 permits=1}] waiters=[]}]
[   2] C list waiting=true
[   2] C < ok keys=[{kind="lock" key="shop/2" state="held" holding=1 waiting=1 holders=[{token=T2 uid=1000 pid=101 client="" held_ms=2}] waiters=[{uid=1000 pid=102 client="" waited_ms=1}]}]
[   2] C list waiting=true prefix=site
[   2] C < ok keys=[]
[   2] C list kind=flight
[   2] C < ok keys=[]
[   2] C list prefix="@"
[   2] C < ok keys=[]

== A list goes on where its last page ended, whatever happened meanwhile.
edge: none

[   0] A lock.acquire a
[   0] A < ok token=T1
[   0] A lock.acquire b
[   0] A < ok token=T2
[   0] A lock.acquire c
[   0] A < ok token=T3
[   0] A lock.acquire d
[   0] A < ok token=T4
[   1] B list max=2
[   1] B < ok more=true keys=[{kind="lock" key="a" state="held" holding=1 waiting=0 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=1}] waiters=[]}{kind="lock" key="b" state="held" holding=1 waiting=0 holders=[{token=T2 uid=1000 pid=101 client="" held_ms=1}] waiters=[]}] next="1.2"
[   2] A lock.release a
[   2] A < ok
[   2] A lock.release c
[   2] A < ok
[   2] A lock.acquire e
[   2] A < ok token=T5
[   2] A lock.acquire f
[   2] A < ok token=T6
[   3] B list max=1 after="1.2"
[   3] B < ok more=true keys=[{kind="lock" key="f" state="held" holding=1 waiting=0 holders=[{token=T6 uid=1000 pid=101 client="" held_ms=1}] waiters=[]}] next="1.3"
[   4] B list max=1 after="1.3"
[   4] B < ok keys=[{kind="lock" key="d" state="held" holding=1 waiting=0 holders=[{token=T4 uid=1000 pid=101 client="" held_ms=4}] waiters=[]}]
[   5] A lock.release d
[   5] A < ok
[   6] B list max=1 after="1.3"
[   6] B < ok keys=[]
[   7] B list max=2 after="1.77"
[   7] B < ok keys=[]

== A page that just ends has no next one.
edge: none

[   0] A lock.acquire a
[   0] A < ok token=T1
[   0] A pool.get p capacity=1
[   0] A < ok token=T2 create=true
[   1] B list max=2
[   1] B < ok keys=[{kind="lock" key="a" state="held" holding=1 waiting=0 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=1}] waiters=[]}{kind="pool" key="p" state="held" capacity=1 size=1 available=0 holding=1 waiting=0 holders=[{token=T2 uid=1000 pid=101 client="" held_ms=1}] waiters=[]}]
[   2] B list max=1 kind=lock
[   2] B < ok keys=[{kind="lock" key="a" state="held" holding=1 waiting=0 holders=[{token=T1 uid=1000 pid=101 client="" held_ms=2}] waiters=[]}]

== What no page ended with is refused.
edge: none

[   0] A list after=""
[   0] A < bad_request
[   0] A list after="x"
[   0] A < bad_request
[   0] A list after="1"
[   0] A < bad_request
[   0] A list after="1."
[   0] A < bad_request
[   0] A list after="1.01"
[   0] A < bad_request
[   0] A list after="4.0"
[   0] A < bad_request
[   0] A list after="1.4294967296"
[   0] A < bad_request
[   0] A list after="1.0 "
[   0] A < bad_request
[   0] A list after="1.-1"
[   0] A < bad_request
[   0] A list after="1.00000000000000000000000"
[   0] A < bad_request
[   0] A list after="1.0" kind=limit
[   0] A < bad_request
[   0] A list after="1.0" key=k
[   0] A < bad_request
[   0] A list after="1.0" kind=lock
[   0] A < ok keys=[]
[   0] A list kind=locks
[   0] A < bad_request
[   0] A list key="@k"
[   0] A < bad_request
[   0] A list max=0
[   0] A < bad_request
[   0] A list max=1001
[   0] A < bad_request
[   0] A list prefix="<<p x 257>>"
[   0] A < bad_request
