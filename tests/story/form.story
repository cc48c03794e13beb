# SPDX-License-Identifier: MIT
#
# The form of requests: what is taken, what is refused, and that a refusal has
# no effect.

== A member that is not known is refused by name, with the one that was meant.
edge: 88 89

[   0] A lock.acquire k wait_s=5
[   0] A < bad_request
       says "unknown member "wait_s"; did you mean "wait_ms"?"
[   0] A lock.acquire k zzzzzzzzzz=5
[   0] A < bad_request
       says "zzzzzzzzzz"
[   0] A lock.release k wait_ms=5
[   0] A < bad_request
       says "wait_ms"
[   0] A ping key="k"
[   0] A < bad_request
       says "key"
[   1] what is left?
[   1] left < uid=1000:connections=1

== Members that begin with x_ are notes, and ignored.
edge: none

[   0] A lock.acquire k x_why={"build" : [1, null]} x_=1
[   0] A < ok token=T1

== A member that is missing, repeated or of another type is named.
edge: 89

[   0] A lock.acquire
[   0] A < bad_request
       says "key"
[   0] A cancel
[   0] A < bad_request
       says "target"
[   0] A limit.set l
[   0] A < bad_request
       says "capacity"
[   0] A lock.acquire k key=other
[   0] A < bad_request
       says "key"
[   0] A lock.acquire k k\u0065y=other
[   0] A < bad_request
       says "key"
[   0] A > {"op":"ping","op":"ping"}
[   0] A < bad_request
       says "op"
[   0] A > {"id":7}
[   0] A < id=7 bad_request
       says "op"
[   0] A > {}
[   0] A < bad_request
       says "op"
[   0] A > {"op":7}
[   0] A < bad_request
       says "op"
[   0] A > {"op":"lock.acquire","key":null}
[   0] A < bad_request
       says "key"
[   0] A > {"op":"lock.acquire","key":7}
[   0] A < bad_request
       says "key"
[   0] A > {"op":"lock.release","key":"k","token":{"a":1}}
[   0] A < bad_request
       says "token"
[   0] A lock.acquire k lease_ms=0
[   0] A < bad_request
       says "lease_ms"
[   0] A lock.acquire k detached="yes" lease_ms=5
[   0] A < bad_request
       says "detached"
[   0] A limit.borrow k capacity=1 adopt=1
[   0] A < bad_request
       says "adopt"
[   0] A lock.acquire k max_waiters=-1
[   0] A < bad_request
       says "max_waiters"
[   0] A lock.acquire k lease_ms=1.0
[   0] A < bad_request
       says "lease_ms"
[   0] A lock.acquire k lease_ms=1e2
[   0] A < bad_request
       says "lease_ms"
[   0] A lock.acquire k lease_ms=<<7 x 400>>
[   0] A < bad_request
       says "lease_ms"
[   1] what is left?
[   1] left < uid=1000:connections=1

== Operations match exactly, and a near miss is helped.
edge: 88

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A lock.releasefoo k
[   1] A < unknown_op
       says "lock.release"
[   1] A LOCK.RELEASE k
[   1] A < unknown_op
[   1] A lock.aquire k
[   1] A < unknown_op
       says "did you mean "lock.acquire"?"
[   1] A lock k
[   1] A < unknown_op
[   1] A b<<a x 60000>>
[   1] A < unknown_op
       says "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
[   2] B lock.acquire k wait_ms=0
[   2] B < busy holder={pid=101 client="" held_ms=2}

== What is not one JSON object is no request.
edge: 89

[   0] A > {"op":"ping"
[   0] A < parse
[   0] A > {"op":"ping"}}
[   0] A < parse
[   0] A > {"op":"ping"} {"op":"ping"}
[   0] A < parse
[   0] A > ["ping"]
[   0] A < parse
[   0] A > "ping"
[   0] A < parse
[   0] A > 7
[   0] A < parse
[   0] A > null
[   0] A < parse
[   0] A > {'op':'ping'}
[   0] A < parse
[   0] A > {"op":"ping",}
[   0] A < parse
[   0] A > {"op":"ping" /* hello */}
[   0] A < parse
[   0] A > {"op":"ping","x_a":NaN}
[   0] A < parse
[   0] A > {"op":"ping","x_a":01}
[   0] A < parse
[   0] A > {"op":"ping","x_a":+1}
[   0] A < parse
[   0] A > {"op":"ping","x_a":0x10}
[   0] A < parse
[   0] A > {"op":"ping","x_a":.5}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\x0a"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\x00"}
[   0] A < parse
[   0] A > \x00
[   0] A < parse
[   0] A > \xef\xbb\xbf{"op":"ping"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\q"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\u12g4"}
[   0] A < parse
[   0] A > {"op" "ping"}
[   0] A < parse
[   0] A > {"op"}
[   0] A < parse
[   0] A > {"op":}
[   0] A < parse
[   0] A > {op:"ping"}
[   0] A < parse
[   0] A > {1:2}
[   0] A < parse
[   0] A > {"op":"ping" "id":1}
[   0] A < parse
[   0] A > {,"op":"ping"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":[1 2]}
[   0] A < parse
[   0] A > {"op":"ping","x_a":[1,]}
[   0] A < parse
[   0] A > {"op":"ping","x_a":[}
[   0] A < parse
[   0] A > {"op":"ping","x_a":{"a" 1}}
[   0] A < parse
[   0] A > {"op":"ping","x_a":{"a":1,}}
[   0] A < parse
[   0] A > {"op":"ping","x_a":tru}
[   0] A < parse
[   0] A > {"op":"ping","x_a":nul}
[   0] A < parse
[   0] A > {"op":"ping","x_a":True}
[   0] A < parse
[   0] A > {"op":"ping","x_a":-}
[   0] A < parse
[   0] A > {"op":"ping","x_a":1.}
[   0] A < parse
[   0] A > {"op":"ping","x_a":1e}
[   0] A < parse
[   0] A > {"op":"ping","x_a":1e+}
[   0] A < parse
[   0] A > {"op":"ping","x_a":-01}
[   0] A < parse
[   0] A > {"op":"ping","x_a":Infinity}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"open}
[   0] A < parse
[   0] A > \x20\x20
[   0] A < parse

== Text that is no UTF-8, and half a surrogate pair, are no JSON.
edge: 18 89

[   0] A > {"op":"ping","x_a":"\xff"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\xc0\xaf"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\xed\xa0\x80"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\xf4\x90\x80\x80"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\xe2\x82"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\ud83d"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\ude00"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\ude00\ud83d"}
[   0] A < parse
[   0] A > {"op":"ping","x_a":"\ud83d\ude00"}
[   0] A < ok
[   0] A > {"op":"ping","x_a":"\xf0\x9f\x98\x80"}
[   0] A < ok

== White space and a carriage return around the object do no harm; an empty line is nothing.
edge: 89

[   0] A > {"op":"ping"}\x0d
[   0] A < ok
[   0] A > \x20\x09{ "op" : "ping" }\x20\x20
[   0] A < ok
[   0] A > {"op":"\u0070ing","\u0069d":1}
[   0] A < id=1 ok
[   0] A >
[   0] A ping id=1
[   0] A < id=1 ok

== A value may nest 64 deep and comes back whole; deeper is refused, and nothing is kept of it.
edge: 89

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   1] B flight.begin k
[   2] A > {"op":"flight.finish","key":"k","value":<<[ x 65>><<] x 65>>}
[   2] A < parse
[   3] A > {"op":"flight.finish","key":"k","value":<<{"a": x 100000>>}
[   3] A < parse
[   4] A > {"op":"flight.finish","key":"k","value":<<[ x 64>><<] x 64>>}
[   4] A < ok followers=1
[   4] B < ok leader=false value=<<[ x 64>><<] x 64>>

== What is inside a value is not looked at, but comes back as it was.
edge: 89

[   0] A flight.begin k
[   0] A < ok leader=true token=T1
[   0] B flight.begin k
[   1] A flight.finish k value={"a":1,"a":2,"z":1e999,"s":"\u0000\u00e9\/","n":-0.0,"":[ ]}
[   1] A < ok followers=1
[   1] B < ok leader=false value={"a":1,"a":2,"z":1e999,"s":"\u0000\u00e9\/","n":-0.0,"":[ ]}
[   2] A flight.begin k
[   2] A < ok leader=true token=T2
[   2] B flight.begin k
[   3] A > {"op":"flight.finish","key":"k","value":  -12345678901234567890e+5  }
[   3] A < ok followers=1
[   3] B < ok leader=false value=-12345678901234567890e+5

== A key is 1 to 256 bytes without control characters, and does not begin with @.
edge: 89

[   0] A lock.acquire ""
[   0] A < bad_request
       says "key"
[   0] A lock.acquire "<<k x 256>>"
[   0] A < ok token=T1
[   0] A lock.acquire "<<k x 257>>"
[   0] A < bad_request
       says "key"
[   0] A lock.acquire "<<é x 128>>"
[   0] A < ok token=T2
[   0] A lock.acquire "<<\u00e9 x 129>>"
[   0] A < bad_request
[   0] A lock.acquire "a\nb"
[   0] A < bad_request
[   0] A lock.acquire "a\u0000b"
[   0] A < bad_request
[   0] A lock.acquire "a\u001fb"
[   0] A < bad_request
[   0] A lock.acquire "a\u007fb"
[   0] A < bad_request
[   0] A lock.acquire "a\xc2\x9fb"
[   0] A < bad_request
[   0] A lock.acquire "a\u00a0b"
[   0] A < ok token=T3
[   0] A lock.acquire "@reserved"
[   0] A < bad_request
       says "@"
[   0] A lock.acquire "not@reserved"
[   0] A < ok token=T4
[   1] what is left?
[   1] left < locks=4 (holds=4 waits=0) uid=1000:connections=1 uid=1000:keys=4

== A key is its bytes, however they were escaped, and nothing else is the same key.
edge: 17

[   0] A lock.acquire "é/1"
[   0] A < ok token=T1
[   1] B lock.acquire "\u00e9\/1" wait_ms=0
[   1] B < busy holder={pid=101 client="" held_ms=1}
[   1] B lock.acquire "e\u0301/1" wait_ms=0
[   1] B < ok token=T2
[   1] B lock.acquire "é/1 " wait_ms=0
[   1] B < ok token=T3
[   1] B lock.acquire "É/1" wait_ms=0
[   1] B < ok token=T4
[   1] B limit.borrow "é/1" capacity=1 wait_ms=0
[   1] B < ok token=T5 in_use=1 capacity=1

== What is refused has no effect at all.
edge: 45

[   0] A lock.acquire k
[   0] A < ok token=T1
[   1] A lock.release k token=T1 toke=1
[   1] A < bad_request
       says "token"
[   1] A lock.release k token=-1
[   1] A < bad_request
       says "token"
[   1] A lock.release k token="T1"
[   1] A < bad_request
       says "token"
[   1] A limit.set l capacity=1 capacity=2
[   1] A < bad_request
[   1] A hello client="x" clients=1
[   1] A < bad_request
       says "client"
[   2] what is left?
[   2] left < locks=1 (holds=1 waits=0) uid=1000:connections=1 uid=1000:keys=1

== An operation is named once, whether the second name is known or not.
edge: 89

[   0] A > {"op":"ping","op":"nope"}
[   0] A < bad_request
       says "op"
[   0] A > {"op":"ping","op":"ping"}
[   0] A < bad_request
