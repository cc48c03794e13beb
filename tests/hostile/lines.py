# SPDX-License-Identifier: MIT
"""Lines that no well-meaning client sends, and the whole answer to each.

A case is a line with its number in ROWS and its answer. What the line needs
is asked for before it, and taken back after it, on the same connection; so a
case can be played again and again. In answers, <n> stands for a number.
"""
from typing import NamedTuple

MAX_LINE = 1 << 20
PING = b'{"op":"ping"}'
OK = '{"ok":true}'


class Case(NamedTuple):
    """A line and its answer; "" is none."""
    row: int
    line: bytes
    answer: str
    before: tuple = ()  # pairs of a line and its answers
    after: tuple = ()


def error(code, message, ident=None):
    head = "" if ident is None else f'"id":{ident},'
    return (f'{{{head}"ok":false,"error":"{code}","message":"'
            + message.replace("\\", r"\\").replace('"', r'\"') + '"}')


def parse(row, line, why, byte):
    return Case(row, line, error(
        "parse", f"not a JSON object: {why}, at byte {byte}"))


def bad(row, line, message, ident=None):
    return Case(row, line, error("bad_request", message, ident))


def carried(row, value):
    """The value of an object comes back byte for byte."""
    lent = '{"ok":true,"token":<n>,"create":%s}'
    return Case(
        row, b'{"op":"pool.put","key":"p","value":' + value + b"}", OK,
        before=((b'{"op":"pool.get","key":"p","capacity":1}',
                 lent % "true"),),
        after=((b'{"op":"pool.get","key":"p","capacity":1}',
                lent % ("false,\"value\":" + value.decode("utf-8"))),
               (b'{"op":"pool.drop","key":"p"}', OK)))


def member(name, value):
    """An acquisition with one more member, written as it is."""
    return (b'{"id":7,"op":"lock.acquire","key":"k",'
            b'"%s":%s}' % (name, value))


EXPECTED_BRACE = "an object has to begin with {"
INTEGER = '"%s" must be an integer from %d to %d, not %s'
NO_ID = ('"id" must be one integer up to 2^53-1, or one string of at most 64 '
         'bytes')
NO_OP = '"op", the name of the operation, is missing or not a string'
NOT_HELD = ("not held by this connection: released already, never granted, or "
            "its lease ran out")
HELD = "held for <n> ms by pid <n> (<program>)"
OWN = "held for <n> ms by this connection, pid <n> (<program>)"
HOLDER = '"holder":{"pid":<n>,"client":"","held_ms":<n>}'
TOO_LONG = error("too_long", f"the line is longer than {MAX_LINE} bytes; "
                 "nothing of it was done")
ACQUIRE = (b'{"op":"lock.acquire","key":"k"}', '{"ok":true,"token":<n>}')
RELEASE = (b'{"op":"lock.release","key":"k"}', OK)


def key(literal):
    return b'{"id":7,"op":"lock.acquire","key":' + literal + b"}"


def value(literal):
    return b'{"op":"pool.put","key":"p","value":' + literal + b"}"


def at_value(message, offset, literal):
    """parse, at a place of a value."""
    return message, len(value(b"")) - 1 + offset, value(literal)


LENGTHS = [
    Case(1, b"", ""),
    Case(1, b"\r", ""),
    parse(2, b"   ", EXPECTED_BRACE, 4),
    parse(2, b"\t", EXPECTED_BRACE, 2),
    Case(3, PING + b"\r", OK),
    Case(3, b"  " + PING + b" \t\r", OK),
    Case(4, b" " * (MAX_LINE + 1), TOO_LONG),
    Case(5, PING + b" " * (MAX_LINE - len(PING)), OK),
]

BYTES = [
    parse(11, b"\0", EXPECTED_BRACE, 1),
    parse(11, b"\0" + PING, EXPECTED_BRACE, 1),
    parse(11, PING + b"\0", "text behind the object", 14),
    parse(11, b'{"op":"pi\0ng"}', "control character in a string", 10),
    bad(12, key(rb'"a\u0000b"'), '"key" must not have control characters', 7),
    carried(12, rb'"a\u0000b"'),
    # Overlong, surrogates, above 10FFFF, cut short, and never allowed.
    *(parse(14, key(b'"' + text + b'"'), "invalid UTF-8", 36)
      for text in (b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80",
                   b"\xf0\x80\x80\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf",
                   b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xe2\x82",
                   b"\xf0\x9f\x98", b"\xc3", b"\x80", b"\xff", b"\xfe")),
    parse(14, value(b'"\xe2\x82"'), "invalid UTF-8", 37),
    carried(14, "\"\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff"
            "\U00010000\U0010ffff\"".encode()),
    parse(15, key(rb'"\ud83d"'), "lone high surrogate", 42),
    parse(15, key(rb'"\ud83dx"'), "lone high surrogate", 42),
    parse(15, key(rb'"\ude00"'), "lone low surrogate", 37),
    parse(15, key(rb'"\ude00\ud83d"'), "lone low surrogate", 37),
    parse(15, value(rb'"\ud83d"'), "lone high surrogate", 43),
    parse(15, value(rb'["\ude00"]'), "lone low surrogate", 39),
    parse(15, value(rb'{"\ud83d\u0041":1}'), "lone high surrogate", 44),
    carried(15, rb'"\ud83d\ude00"'),
    parse(16, b"\xef\xbb\xbf" + PING, EXPECTED_BRACE, 1),
    parse(16, b"\xff\xfe{", EXPECTED_BRACE, 1),
    parse(17, PING + PING, "text behind the object", 14),
    parse(17, PING + b" " + PING, "text behind the object", 15),
    parse(17, PING + b" x", "text behind the object", 15),
    parse(17, PING + b",", "text behind the object", 14),
    parse(17, PING + b"]", "text behind the object", 14),
    *(parse(18, line, EXPECTED_BRACE, 1)
      for line in (b"[]", b"[" + PING + b"]", b'"ping"', b"1", b"null",
                   b"true", b"x", b"}")),
    bad(18, b"{}", NO_OP),
    parse(18, b"{", "name of a member expected", 2),
    *(parse(19, value(b"[" * deep + b"]" * deep), "nested too deep", 100)
      for deep in (65, 2049, 100000)),
    parse(19, value(b'{"a":' * 65 + b"1" + b"}" * 65), "nested too deep", 356),
    parse(19, b'{"a":' * 100000, "nested too deep", 326),
    carried(19, b"[" * 64 + b"]" * 64),
    carried(20, b"[" + b",".join([b"{}"] * 1000) + b"]"),
    bad(21, b'{"op":"ping",' + b",".join(
        b'"m%d":1' % i for i in range(7766)) + b"}",
        'unknown member "m0" for ping'),
]

MEMBERS = [
    bad(13, b'{"id":7,"op":"ping","op":"ping"}',
        'member "op" is there twice', 7),
    bad(13, rb'{"id":7,"op":"ping","\u006fp":"ping"}',
        'member "op" is there twice', 7),
    bad(13, b'{"id":7,"id":8,"op":"ping"}', NO_ID),
    bad(13, rb'{"id":7,"op":"lock.acquire","\u006bey":"k","key":"k"}',
        'member "key" is there twice', 7),
    carried(13, rb'{"a":1,"a":2,"\u0061":3}'),
    bad(26, b'{"id":true,"op":"ping"}', NO_ID),
    bad(26, b'{"id":null,"op":"ping"}', NO_ID),
    bad(26, b'{"id":1.5,"op":"ping"}', NO_ID),
    bad(26, b'{"id":[1],"op":"ping"}', NO_ID),
    bad(26, b'{"id":9007199254740992,"op":"ping"}', NO_ID),
    bad(26, b'{"id":"' + b"x" * 65 + b'","op":"ping"}', NO_ID),
    bad(26, key(b"null"), '"key" must be a string', 7),
    bad(26, key(b"1"), '"key" must be a string', 7),
    bad(26, b'{"id":7,"op":"lock.release","key":"k","token":{}}',
        INTEGER % ("token", 1, (1 << 53) - 1, "{}"), 7),
    bad(26, b'{"id":7,"op":1}', NO_OP, 7),
    bad(27, b'{"id":7}', NO_OP, 7),
    bad(27, b'{"id":"a","key":"k"}', NO_OP, '"a"'),
    bad(27, b'{"id":7,"op":"lock.acquire"}',
        'lock.acquire needs member "key"', 7),
    Case(27, b'{"id":7,"op":"lock.aquire","key":"k"}', error(
        "unknown_op",
        'unknown op "lock.aquire"; did you mean "lock.acquire"?', 7)),
    Case(27, b'{"id":"a","op":"frobnicate"}', error(
        "unknown_op", 'unknown op "frobnicate"', '"a"')),
    Case(27, b'{"op":"Ping"}', error(
        "unknown_op", 'unknown op "Ping"; did you mean "ping"?')),
    Case(27, rb'{"op":"ping\u0000"}', error(
        "unknown_op", r'unknown op "ping\u0000"')),
    bad(27, member(b"wait_s", b"1"),
        'unknown member "wait_s"; did you mean "wait_ms"?', 7),
    bad(27, member(b"frob", b"1"), 'unknown member "frob" for lock.acquire',
        7),
    bad(27, b'{"op":"lock.acquire","key":"k","detached":true}',
        '"detached" needs "lease_ms": nothing else would end the hold of a '
        'client that is gone'),
    bad(28, key(b'""'), '"key" must have 1 to 256 bytes', 7),
    bad(28, key(b'"' + b"k" * 257 + b'"'), '"key" must have 1 to 256 bytes',
        7),
    *(bad(28, key(text), '"key" must not have control characters', 7)
      for text in (rb'"a\nb"', b'"a\x7fb"', rb'"a\u0085"', b'"a\xc2\x80"')),
    bad(28, key(b'"@a"'), "keys that begin with @ are reserved", 7),
    Case(29, '{"op":"lock.acquire","key":"\u00e9"}'.encode(),
         '{"ok":true,"token":<n>}',
         before=(('{"op":"lock.acquire","key":"e\u0301"}'.encode(),
                  '{"ok":true,"token":<n>}'),),
         after=(('{"op":"lock.release","key":"\u00e9"}'.encode(), OK),
                ('{"op":"lock.release","key":"e\u0301"}'.encode(), OK))),
    Case(30, b'{"id":7,"op":"' + b"x" * 61440 + b'"}', error(
        "unknown_op", f'unknown op "{"x" * 32}..."', 7)),
]

NUMBERS = [
    *(parse(22, member(b"wait_ms", text), why, 48 + at)
      for text, why, at in (
          (b"NaN", "value expected", 1),
          (b"Infinity", "value expected", 1),
          (b"01", "comma or } expected", 2),
          (b"+1", "value expected", 1),
          (b"0x10", "comma or } expected", 2),
          (b".5", "value expected", 1),
          (b"1.", "digit expected", 3),
          (b"1e", "digit expected", 3),
          (b"-", "digit expected", 2),
          (b"1_0", "comma or } expected", 2),
          (b"/**/1", "value expected", 1),
          (b"1//", "comma or } expected", 2),
          (b"'1'", "value expected", 1),
          (b"True", "value expected", 1),
          (b"1,", "name of a member expected", 3))),
    *(parse(22, line, why, at) for line, why, at in (
        (b"{'op':'ping'}", "name of a member expected", 2),
        (b'{op:"ping"}', "name of a member expected", 2),
        (b'{"op":"ping",}', "name of a member expected", 14),
        (b'{"op" "ping"}', "colon expected", 7),
        (b'{"op":}', "value expected", 7),
        (b'{"op":"ping"', "comma or } expected", 13),
        (rb'{"op":"\x"}', "unknown escape", 9),
        (rb'{"op":"\u12"}', r"\u needs four hexadecimal digits", 9))),
    *(bad(row, member(b"wait_ms", text), INTEGER % (
        "wait_ms", 0, (1 << 53) - 1, text.decode()), 7)
      for row, text in (
          (23, b"9223372036854775808"), (23, b"1e400"), (23, b"-1e400"),
          (24, b"1.0"), (24, b"1e2"), (24, b"0.0"), (24, b"1E0"),
          (25, b"-1"), (25, b"9007199254740992"),
          (26, b"true"), (26, b"null"), (26, b"[]"))),
    bad(26, member(b"wait_ms", b'"1"'), INTEGER % (
        "wait_ms", 0, (1 << 53) - 1, '"1"'), 7),
    bad(23, member(b"wait_ms", b"9" * 400), INTEGER % (
        "wait_ms", 0, (1 << 53) - 1, "9" * 32 + "..."), 7),
    *(carried(23, text) for text in (
        b"9223372036854775808", b"9" * 400, b"1e400", b"-1E+400", b"0.10",
        b"-0", b"[1.0, 1e2 ,\t0.1]")),
    *(bad(25, b'{"op":"limit.borrow","key":"l","capacity":%s}' % text,
          INTEGER % ("capacity", 1, (1 << 31) - 1, text.decode()))
      for text in (b"0", b"-0", b"-1", b"2147483648")),
    Case(25, b'{"op":"limit.borrow","key":"l","wait_ms":-0}',
         '{"ok":false,"error":"busy","message":"limit \\"l\\": busy, and '
         f'wait_ms 0 does not wait; {HELD}",{HOLDER}}}',
         before=((b'{"op":"limit.borrow","key":"l","capacity":1}',
                  '{"ok":true,"token":<n>,"in_use":1,"capacity":1}'),),
         after=((b'{"op":"limit.return","key":"l"}',
                 '{"ok":true,"in_use":0}'),)),
]


def not_held(row, line, what, **more):
    return Case(row, line, error("not_held", f'{what}: {NOT_HELD}'), **more)


def waiting(text):
    """A refusal while the request with the id 2 waits."""
    return Case(
        31, text, error("dup_id", "a request with this id still waits on this "
                        "connection", 2),
        before=((b'{"op":"limit.borrow","key":"l","capacity":1}',
                 '{"ok":true,"token":<n>,"in_use":1,"capacity":1}'),
                (b'{"id":2,"op":"limit.borrow","key":"l"}', "")),
        after=((b'{"op":"limit.return","key":"l"}',
                '{"id":2,"ok":true,"token":<n>,"in_use":1,"capacity":1}\n'
                '{"ok":true,"in_use":1}'),
               (b'{"op":"limit.return","key":"l"}',
                '{"ok":true,"in_use":0}')))


BORROW_2 = (b'{"op":"limit.borrow","key":"l","capacity":2}',
            '{"ok":true,"token":<n>,"in_use":1,"capacity":2}')
RETURN = (b'{"op":"limit.return","key":"l"}', '{"ok":true,"in_use":0}')
GET = (b'{"op":"pool.get","key":"p","capacity":1}',
       '{"ok":true,"token":<n>,"create":true}')
DROP = (b'{"op":"pool.drop","key":"p"}', OK)
BEGIN = (b'{"op":"flight.begin","key":"f"}',
         '{"ok":true,"leader":true,"token":<n>}')
FAIL = (b'{"op":"flight.fail","key":"f","message":"m"}',
        '{"ok":true,"followers":0}')
CONFLICT = (
    '{{"ok":false,"error":"conflict","message":"{0} \\"{1}\\": capacity {2} '
    'asked for, but {3} is in force; ask for that, say \\"adopt\\":true, or '
    'change it with {0}.set","capacity":{3}}}')

HOLDS = [
    waiting(b'{"id":2,"op":"ping"}'),
    waiting(b'{"id":2,"op":"frobnicate"}'),
    waiting(b'{"op":"limit.borrow","key":"l","id":2}'),
    Case(32, b'{"op":"hello","client":"b"}',
         '{"ok":true,"server":"msyncd","version":"<version>","protocol":1,'
         '"session":"<n>","epoch":<n>,"features":<list>,"limits":<object>}',
         before=((b'{"op":"hello","client":"a"}', "<line>"), ACQUIRE),
         after=((b'{"op":"lock.acquire","key":"k","wait_ms":0}',
                 '{"ok":false,"error":"busy","message":"lock \\"k\\": busy, '
                 'and wait_ms 0 does not wait; held for <n> ms by pid <n> '
                 '(<program>)","holder":{"pid":<n>,"client":"b",'
                 '"held_ms":<n>}}'), RELEASE,
                (b'{"op":"reset"}', OK))),
    not_held(33, b'{"op":"lock.release","key":"never"}', 'lock "never"'),
    not_held(33, b'{"op":"limit.return","key":"never"}', 'limit "never"'),
    not_held(33, b'{"op":"pool.drop","key":"never"}', 'pool "never"'),
    not_held(33, b'{"op":"flight.finish","key":"never"}', 'flight "never"'),
    not_held(34, b'{"op":"lock.release","key":"never","token":5}',
             'lock "never"'),
    Case(34, b'{"op":"lock.release","key":"k","token":5}', error(
        "stale_token", 'lock "k": that token is not in force; stop what it '
        f'was for; {HELD}'), before=(ACQUIRE,), after=(RELEASE,)),
    not_held(35, RELEASE[0], 'lock "k"', before=(ACQUIRE, RELEASE)),
    not_held(35, RETURN[0], 'limit "l"', before=(BORROW_2, RETURN)),
    Case(36, ACQUIRE[0], error(
        "deadlock", 'lock "k": deadlock: this connection holds it already '
        f'(token <n>); release it first; {OWN}'), before=(ACQUIRE,),
         after=(RELEASE,)),
    Case(36, BEGIN[0], error(
        "deadlock", 'flight "f": deadlock: this connection holds it already '
        f'(token <n>); release it first; {OWN}'), before=(BEGIN,), after=(FAIL,)),
    *(Case(row, b'{"op":"lock.acquire","key":"k","wait_ms":0}',
           '{"ok":false,"error":"busy","message":"lock \\"k\\": busy, and '
           f'wait_ms 0 does not wait; {HELD}",{HOLDER}}}',
           before=(ACQUIRE,),
           after=((b'{"op":"list","key":"k","kind":"lock"}',
                   '{"ok":true,"keys":[{<members>"waiting":0<members>}]}'),
                  RELEASE)) for row in (36, 47)),
    Case(42, b'{"op":"flight.finish","key":"f","value":"'
         + b"x" * MAX_LINE + b'"}', TOO_LONG, before=(BEGIN,),
         after=(FAIL,)),
    Case(43, b'{"op":"limit.borrow","key":"l","capacity":3}',
         CONFLICT.format("limit", "l", 3, 2), before=(BORROW_2,),
         after=((b'{"op":"limit.info","key":"l"}',
                 '{"ok":true,"capacity":2,"in_use":1,"available":1,'
                 '"waiting":0<members>}'), RETURN)),
    Case(43, b'{"op":"pool.get","key":"p","capacity":3}',
         CONFLICT.format("pool", "p", 3, 1), before=(GET,), after=(DROP,)),
    not_held(44, b'{"op":"pool.put","key":"never","value":1}',
             'pool "never"'),
    not_held(44, b'{"op":"pool.put","key":"p","value":1}', 'pool "p"',
             before=(GET, (b'{"op":"pool.put","key":"p","value":1}', OK)),
             after=((b'{"op":"pool.clear","key":"p"}',
                     '{"ok":true,"destroy":[1]}'),)),
    Case(76, b'{"op":"admin.release","kind":"lock","key":"k","token":1}',
         error("denied", "admin.release: no admin block of the configuration "
               "names uid <n>")),
]

CASES = LENGTHS + BYTES + MEMBERS + NUMBERS + HOLDS
