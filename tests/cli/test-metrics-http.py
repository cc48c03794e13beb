#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Metrics over HTTP: a real daemon, asked by sockets that say what they like.

What is answered on the Unix socket and on the port is read by a strict reader;
then the socket is attacked while clients use locks, and nothing of that may
reach them, or stay.
"""
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
import harness
from harness import LIMIT_S, MSYNCD, check, has, main, rows, same, test, until
from openmetrics import Bad, read

OPEN = "Accept: application/openmetrics-text\r\n"
KINDS = ("flight", "lock", "limit", "pool")


# Asking

def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(LIMIT_S)
    sock.connect(path)
    return sock


def hear(sock):
    """Everything up to the end of the connection, which may be a reset."""
    parts = []
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while True:
            part = sock.recv(65536)
            if not part:
                break
            parts.append(part)
    return b"".join(parts)


def say(sock, data):
    """Sends it, whether somebody is there to take it or not."""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        sock.sendall(data)


class Reply:
    """Status, fields and body."""

    def __init__(self, data):
        head, _, self.body = data.decode().partition("\r\n\r\n")
        first, *fields = head.split("\r\n")
        version, status, _ = first.split(" ", 2)
        same("version", "HTTP/1.1", version)
        self.status = int(status)
        self.fields = dict(field.split(": ", 1) for field in fields)


def ask(where, target="/metrics", method="GET", fields=""):
    """One request; where: a path, or an address and a port."""
    if isinstance(where, str):
        sock = connect(where)
    else:
        sock = socket.create_connection(where, LIMIT_S)
    with sock:
        say(sock, f"{method} {target} HTTP/1.1\r\nHost: here\r\n{fields}\r\n"
            .encode())
        return Reply(hear(sock))


def page(where):
    """What is now, read strictly in both forms, which must agree."""
    openly = read(ask(where, fields=OPEN).body)
    plain = read(ask(where).body, is_plain=True)
    same("samples of both forms", openly.names(), plain.names())
    return openly


# Daemons

def log_line(log, word):
    """The next line of the log that has the word."""
    while True:
        line = log.line()
        if word in line:
            return line


def restart(scene, conf, limit=None):
    """The daemon of the scene anew, with this configuration."""
    scene.conn.close()
    scene.end_daemon()
    return start(scene, conf, limit=limit)


def start(scene, conf, limit=None):
    """Starts it, and returns its log up to where it is ready."""
    with open(scene.file("conf"), "w", encoding="utf-8") as stream:
        stream.write(conf)
    scene.log = scene.pipe()
    command = [*MSYNCD, "-c", scene.file("conf"), "-s", scene.path]
    if limit:
        command = ["prlimit", f"--nofile={limit}", *command]
    # pylint: disable-next=consider-using-with
    scene.daemon = subprocess.Popen(command, stderr=scene.log.theirs)
    scene.log.hand_over()
    lines = []
    while not lines or "event=ready" not in lines[-1]:
        lines.append(scene.log.line())
    scene.conn = scene.connect()
    scene.metrics = scene.file("metrics")
    return lines


def with_socket(scene, more=""):
    return restart(scene, f'metrics_socket = "{scene.file("metrics")}"\n{more}')


def descriptors(scene):
    return len(os.listdir(f"/proc/{scene.daemon.pid}/fd"))


def hold_port():
    """A port that nobody gets who does not ask for it: (socket, port)."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock, sock.getsockname()[1]


# The reader

FIRST = "# HELP a b\n# TYPE a gauge\n"
BAD_PAGES = (
    # Beginning and end.
    "", "# EOF", "\n# EOF\n", FIRST + "a 1\n", FIRST + "# EOF\n",
    FIRST + "a 1\n# EOF\n# EOF\n", FIRST + "a 1\n\n# EOF\n",
    # Declarations.
    "# TYPE a gauge\na 1\n# EOF\n", "# HELP a b\na 1\n# EOF\n",
    "# HELP a b\n# TYPE a thing\na 1\n# EOF\n",
    FIRST + "# TYPE a gauge\na 1\n# EOF\n",
    FIRST + "a 1\n" + FIRST.replace("a", "c") + "c 1\n" + FIRST +
    "a{b=\"c\"} 1\n# EOF\n",
    "# HELP a b\n# TYPE a counter\na 1\n# EOF\n",
    "# HELP a_seconds b\n# TYPE a_seconds gauge\na_seconds 1\n# EOF\n",
    FIRST + "# UNIT a seconds\na 1\n# EOF\n", FIRST + "# word\na 1\n# EOF\n",
    # Samples.
    FIRST + "a 1\na 2\n# EOF\n", FIRST + "b 1\n# EOF\n",
    FIRST + "a x\n# EOF\n", FIRST + "a -1\n# EOF\n", FIRST + "a  1\n# EOF\n",
    FIRST + "a{b=\"c\",} 1\n# EOF\n", FIRST + "a{b=\"c\",b=\"d\"} 1\n# EOF\n",
    FIRST + "a{b=\"\\x\"} 1\n# EOF\n", FIRST + "a{b=\"c} 1\n# EOF\n",
)
HISTOGRAM = ("# HELP a b\n# TYPE a histogram\na_bucket{le=\"1.0\"} 1\n"
             "a_bucket{le=\"2.5\"} 2\na_bucket{le=\"+Inf\"} 3\n"
             "a_sum 7.5\na_count 3\n# EOF\n")


def is_refused(text):
    try:
        read(text)
    except Bad:
        return
    check(f"it was taken: {text!r}", False)


@test
def strict_reader_refuses_what_is_doubtful(_):
    read("# HELP a b\n# TYPE a gauge\na{b=\"c\",d=\"\\n\"} 1.5\n# EOF\n")
    for text in BAD_PAGES:
        is_refused(text)


@rows(("1.0", "3.5"), ("2.5", "2.50"), ("} 2", "} 4"), ("+Inf", "9.0"),
      ("} 3", "} 4"), ("a_sum 7.5\n", ""), ("a_count 3", "a_count 2"),
      ("a_bucket{le=\"1.0\"} 1", "a_bucket 1"))
def strict_reader_refuses_a_histogram_with(_, old, new):
    read(HISTOGRAM)
    has("histogram", old, HISTOGRAM)
    is_refused(HISTOGRAM.replace(old, new, 1))


# What is answered

@test
def nothing_is_opened_unless_it_is_asked_for(scene):
    before = os.listdir(scene.folder)
    lines = restart(scene, 'metrics_socket = ""\nmetrics_port = 0\n')
    same("metrics", [], [line for line in lines if "event=metrics" in line])
    same("new files", {"conf"}, set(os.listdir(scene.folder)) - set(before))


@test
def page_counts_what_clients_do(scene):
    with_socket(scene)
    began = page(scene.metrics)
    for kind in KINDS:
        same("grants", 0, began.value("msyncd_grants_total", kind=kind))
        same("holds", 0, began.value("msyncd_holds", kind=kind))
    scene.conn.grant("lock.acquire", key='odd "key"\\', wait_ms=0)
    scene.conn.grant("limit.borrow", key="l", capacity=1)
    other = scene.connect()
    same("refused", "busy",
         other.ask("lock.acquire", key='odd "key"\\', wait_ms=0)["error"])
    other.send("limit.borrow", key="l", capacity=1)
    scene.until_count("limit", "waits", 1)
    seen = page(scene.metrics)
    for name, value, labels in (
            ("holds", 1, {"kind": "lock"}), ("holds", 1, {"kind": "limit"}),
            ("waits", 1, {"kind": "limit"}), ("waits", 0, {"kind": "lock"}),
            ("grants_total", 1, {"kind": "lock"}), ("connections", 2, {}),
            ("refusals_total", 1, {"kind": "lock", "code": "busy"}),
            ("refusals_total", 0, {"kind": "lock", "code": "timeout"})):
        same(f"{name} {labels}", value, seen.value(f"msyncd_{name}", **labels))
    text = ask(scene.metrics).body
    check("no key is on the page", "odd" not in text)
    check("series are few", len(seen.samples) < 400)


@test
def form_is_the_one_that_is_asked_for(scene):
    with_socket(scene)
    for fields, kind in ((OPEN, "application/openmetrics-text; version=1.0.0; "
                          "charset=utf-8"),
                         ("", "text/plain; version=0.0.4; charset=utf-8")):
        reply = ask(scene.metrics, fields=fields)
        same("status", 200, reply.status)
        same("type", kind, reply.fields["Content-Type"])
        same("length", str(len(reply.body)), reply.fields["Content-Length"])
        same("connection", "close", reply.fields["Connection"])
        head = ask(scene.metrics, method="HEAD", fields=fields)
        same("body of HEAD", "", head.body)
        same("its type", kind, head.fields["Content-Type"])
        # The uptime may have one more digit by now.
        check("its length", abs(int(head.fields["Content-Length"]) -
                                len(reply.body)) < 100)


@rows(("/healthz", "GET", 200), ("/readyz", "GET", 200), ("/", "GET", 404),
      ("/metrics/", "GET", 404), ("/metrics?a=b", "GET", 200),
      ("//metrics", "GET", 404), ("/../metrics", "GET", 404),
      ("/%6Detrics", "GET", 404), ("/metrics", "POST", 405),
      ("/healthz", "DELETE", 405), ("/x", "POST", 404), ("*", "OPTIONS", 400),
      ("http://here/healthz", "GET", 200))
def status_is_that_of(scene, target, method, status):
    with_socket(scene)
    reply = ask(scene.metrics, target, method)
    same("status", status, reply.status)
    same("methods", "GET, HEAD" if status == 405 else None,
         reply.fields.get("Allow"))


@test
def port_answers_on_the_loopback_addresses(scene):
    held, port = hold_port()
    with held:
        lines = restart(scene, f"metrics_port = {port}\n")
        here = [line for line in lines if "event=metrics" in line]
        has("log", f'at="127.0.0.1:{port}"', here[0])
        page(("127.0.0.1", port))
        if len(here) > 1:
            has("log", f'at="[::1]:{port}"', here[1])
            page(("::1", port))
        try:
            ask(("127.0.0.2", port))
            check("it listens elsewhere", False)
        except ConnectionRefusedError:
            pass
        scene.end_daemon()
        # Who has just been there does not keep the next one out.
        start(scene, f"metrics_port = {port}\n")
        page(("127.0.0.1", port))


# Settings

@test
def socket_has_its_own_mode(scene):
    for mode in (0o600, 0o666):
        with_socket(scene, f"metrics_mode = {mode:04o}\n"
                    f"metrics_group = {os.getgid()}\n")
        status = os.stat(scene.metrics)
        same("mode", mode, stat.S_IMODE(status.st_mode))
        same("group", os.getgid(), status.st_gid)
        same("mode of the other", 0o660,
             stat.S_IMODE(os.stat(scene.path).st_mode))
    scene.end_daemon()
    check("it is removed", not os.path.exists(scene.metrics))


@test
def reload_says_that_settings_need_a_restart(scene):
    with_socket(scene)
    with open(scene.file("conf"), "w", encoding="utf-8") as stream:
        stream.write("metrics_port = 9\nmetrics_mode = 0600\n")
    scene.daemon.send_signal(signal.SIGHUP)
    for name in ("metrics_socket", "metrics_mode", "metrics_port"):
        line = log_line(scene.log, "event=needs_restart")
        has("log", f"setting={name} ", line)
    log_line(scene.log, "event=reloaded")
    same("mode", 0o660, stat.S_IMODE(os.stat(scene.metrics).st_mode))
    page(scene.metrics)


@rows(("metrics_port = 65536", "0 to 65535"),
      ("metrics_port = -1", "0 to 65535"),
      ("metrics_port = http", "0 to 65535"),
      ('metrics_socket = "run/m"', "from the root"),
      ("metrics_mode = 888", "octal"),
      ('metrics_group = "no such group"', "there is no group"))
def configuration_is_refused(scene, conf, words):
    with open(scene.file("wrong"), "w", encoding="utf-8") as stream:
        stream.write(conf + "\n")
    result = scene.run("-c", scene.file("wrong"), "--check-config",
                       program=MSYNCD[0]) if len(MSYNCD) == 1 else \
        scene.run(*MSYNCD[1:], "-c", scene.file("wrong"), "--check-config",
                  program=MSYNCD[0])
    same("status", 2, result.status)
    has("words", words, result.err)


@test
def daemon_serves_without_metrics_where_they_cannot_be(scene):
    os.mkdir(scene.file("metrics"))
    lines = with_socket(scene)
    complaint = [line for line in lines if "event=cannot_listen" in line]
    has("log", "not a socket", complaint[0])
    scene.conn.grant("lock.acquire", key="k", wait_ms=0)
    check("what was there is", os.path.isdir(scene.file("metrics")))
    # Anybody might have taken the port, and does not get the locks with it.
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        lines = restart(scene, f"metrics_port = {port}\n")
    complaint = [line for line in lines if "event=cannot_listen" in line]
    has("log", "Address already in use", complaint[0])
    scene.conn.grant("lock.acquire", key="k", wait_ms=0)


@test
def socket_of_a_dead_daemon_is_replaced_and_of_another_one_is_not(scene):
    with_socket(scene)
    scene.conn.grant("lock.acquire", key="k", wait_ms=0)
    other = contextlib.ExitStack()
    with other:
        first, log = scene.daemon, scene.log
        scene.path = scene.file("second")
        lines = start(scene, f'metrics_socket = "{scene.metrics}"\n')
        complaint = [line for line in lines if "event=cannot_listen" in line]
        has("log", "another msyncd serves there", complaint[0])
        same("holds, which are those of the first", 1,
             page(scene.metrics).value("msyncd_holds", kind="lock"))
        scene.end_daemon()
        check("the socket of the first stays", os.path.exists(scene.metrics))
        first.kill()
        first.wait(LIMIT_S)
        log.close()
    check("the dead one left it", os.path.exists(scene.metrics))
    lines = start(scene, f'metrics_socket = "{scene.metrics}"\n')
    same("complaints", [], [line for line in lines if "cannot" in line])
    same("holds", 0, page(scene.metrics).value("msyncd_holds", kind="lock"))


@test
def daemon_that_ends_is_not_ready(scene):
    with_socket(scene)
    # While it stands still, it is told to end and asked by more than it accepts
    # in a turn: the last one is answered in a turn that knows of the end.
    scene.daemon.send_signal(signal.SIGSTOP)
    until("it stands still", lambda: harness.is_stopped(scene.daemon.pid))
    socks = [connect(scene.metrics) for _ in range(17)]
    for sock in socks:
        say(sock, b"GET /readyz HTTP/1.0\r\n\r\n")
    scene.daemon.send_signal(signal.SIGTERM)
    scene.daemon.send_signal(signal.SIGCONT)
    replies = [Reply(hear(sock)) for sock in socks]
    for sock in socks:
        sock.close()
    same("status of the last", 503, replies[-1].status)
    same("its words", "shutting down\n", replies[-1].body)
    check("there is no third one",
          {reply.status for reply in replies} <= {200, 503})
    same("status of the daemon", 0, scene.daemon.wait(LIMIT_S))


# Attacks

GARBAGE = (
    b"", b"\n", b"\r\n\r\n", b"\0" * 5000, b"GET", b"GET /metrics\r\n\r\n",
    b"GET / HTTP/1.0", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" * 20,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b'{"op":"lock.acquire","key":"k"}\n',
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10000,
    b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 500,
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n"
    + b"x" * 200000,
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n",
    b"GET %s%n%n HTTP/1.0\r\n\r\n", b"\xff\xfe\xfd" * 1000 + b"\n\n",
    b"G\r\r\nET / HTTP/1.0\r\n\r\n", b"HEAD /metrics HTTP/1.1\nHost: x\n\n\n\n",
)


def make_clients_busy(scene, stop, results):
    """A client that has a lock for as short as it can, again and again."""
    conn = scene.connect()
    n = 0
    try:
        while not stop.is_set() or n < 200:
            key = f"k{n % 7}"
            token = conn.grant("lock.acquire", key=key, wait_ms=60000)
            answer = conn.ask("lock.release", key=key, token=token)
            check(f"release: {answer}", answer["ok"])
            n += 1
        results.append(n)
    except Exception as wrong:  # pylint: disable=broad-except
        results.append(wrong)


@contextlib.contextmanager
def honest_clients(scene):
    """While this is open, two clients work; each request must be answered, and
    nothing may be left of what happened meanwhile."""
    with_socket(scene)
    page(scene.metrics)
    conns = [scene.connect() for _ in range(2)]
    for conn in conns:
        conn.ask("ping")
        conn.close()
    until("alone", lambda: scene.conn.ask("stats")["connections"] == 1)
    before = descriptors(scene)
    stop, results = threading.Event(), []
    threads = [threading.Thread(target=make_clients_busy,
                                args=(scene, stop, results)) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(LIMIT_S)
    check(f"all were served: {results}", len(results) == 2 and
          all(isinstance(n, int) and n >= 200 for n in results))
    until("all descriptors are back", lambda: scene.conn.ask("ping") and
          descriptors(scene) <= before + 2)
    scene.stack.callback(lambda: None)
    same("status afterwards", 200, ask(scene.metrics, "/healthz").status)
    page(scene.metrics)


@test
def garbage_is_refused_and_leaves_nothing(scene):
    with honest_clients(scene):
        for data in GARBAGE:
            for shut in (False, True):
                with connect(scene.metrics) as sock:
                    say(sock, data)
                    if shut or b"\n\n" not in data.replace(b"\r", b"") and \
                            len(data) < 4096:
                        sock.shutdown(socket.SHUT_WR)
                    said = hear(sock)
                same("answers", said.count(b"HTTP/1.1 ") if said else 0,
                     1 if said else 0)
        same("holds", {}, {kind: n for kind, n in scene.holds().items()
                           if kind != "lock"})


@test
def a_thousand_connections_at_once_do_not_matter(scene):
    with honest_clients(scene):
        socks = []
        for _ in range(1000):
            sock = connect(scene.metrics)
            say(sock, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            socks.append(sock)
        answers = [hear(sock) for sock in socks]
        for sock in socks:
            sock.close()
        whole = sum(answer.endswith(b"\n") and b" 200 OK" in answer
                    for answer in answers)
        empty = sum(answer == b"" for answer in answers)
        same("answers that are neither whole nor none", 0,
             1000 - whole - empty)
        check("some were answered", whole >= 32)


@test
def silent_and_slow_connections_have_32_places(scene):
    with honest_clients(scene):
        socks = [connect(scene.metrics) for _ in range(100)]
        for sock in socks:
            say(sock, b"GET /metrics HT")
        # Those above the bound are closed at once, the others are awaited.
        closed = 0
        for sock in socks[32:]:
            closed += hear(sock) == b""
        same("closed", 68, closed)
        line = log_line(scene.log, "event=metrics_turned_away")
        has("log", "count=", line)
        for sock in socks:
            sock.close()


@test
def reader_that_never_reads_costs_its_place_only(scene):
    with honest_clients(scene):
        socks = [connect(scene.metrics) for _ in range(32)]
        for sock in socks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            say(sock, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(1000):
            scene.conn.ask("ping")
        for sock in socks:
            sock.close()


@test
def who_has_no_more_to_say_is_answered(scene):
    with_socket(scene)
    for request, status in ((b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                            (b"HEAD /metrics HTTP/1.0\r\n\r\n", 200),
                            (b"nonsense\r\n\r\n", 400)):
        with connect(scene.metrics) as sock:
            say(sock, request)
            sock.shutdown(socket.SHUT_WR)
            reply = Reply(hear(sock))
        same(f"status of {request!r}", status, reply.status)
        if not request.startswith(b"HEAD"):
            same("length", reply.fields["Content-Length"], str(len(reply.body)))


@test
def more_behind_a_request_does_not_take_the_reply_away(scene):
    held, port = hold_port()
    with held:
        restart(scene, f"metrics_port = {port}\n")
        request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
        with socket.socket() as sock:
            sock.settimeout(LIMIT_S)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            sock.connect(("127.0.0.1", port))
            say(sock, request * 500)
            reply = Reply(hear(sock))
        same("length", reply.fields["Content-Length"], str(len(reply.body)))


def memory_kib(scene):
    with open(f"/proc/{scene.daemon.pid}/status", encoding="ascii") as lines:
        return [int(line.split()[1]) for line in lines
                if line.startswith("VmHWM:")][0]


@rows((b"GET /",), (b"GET / HTTP/1.1\r\nA: ",),
      (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",),
      (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",))
def nothing_without_end_is_kept_behind(scene, head):
    with honest_clients(scene):
        before = memory_kib(scene)
        with connect(scene.metrics) as sock:
            say(sock, head)
            sock.setblocking(False)
            sent = 0
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                while sent < 16 << 20:
                    with contextlib.suppress(BlockingIOError):
                        sent += sock.send(b"1" * 65536)
                    scene.conn.ask("ping")
        check(f"it was cut after {sent} bytes", sent < 16 << 20)
        grown = memory_kib(scene) - before
        check(f"it grew by {grown} KiB", grown < 4096)


@test
def connections_are_not_inherited(scene):
    with_socket(scene)
    with connect(scene.metrics) as sock:
        say(sock, b"GET /met")
        ask(scene.metrics, "/healthz")
        for fd in os.listdir(f"/proc/{scene.daemon.pid}/fd"):
            info = f"/proc/{scene.daemon.pid}/fdinfo/{fd}"
            with contextlib.suppress(FileNotFoundError), \
                    open(info, encoding="ascii") as lines:
                flags = [int(line.split()[1], 8) for line in lines
                         if line.startswith("flags:")]
                link = os.readlink(f"/proc/{scene.daemon.pid}/fd/{fd}")
                if link.startswith("socket:"):
                    check(f"{fd} {link} is closed on exec",
                          flags[0] & os.O_CLOEXEC)


@test
def few_descriptors_leave_room_for_metrics(scene):
    lines = restart(scene, f'metrics_socket = "{scene.file("metrics")}"\n',
                    limit=100)
    line = [line for line in lines if "event=few_descriptors" in line][0]
    most = int(line.split("connections=")[1]) and \
        int([line for line in lines if "event=configured" in line][0]
            .split(" connections=")[1].split()[0])
    check(f"{most} connections are left", 1 <= most <= 100 - 32 - 16)
    conns = [scene.connect() for _ in range(most - 1)]
    for conn in conns:
        check("a client", conn.ask("ping")["ok"])
    socks = [connect(scene.metrics) for _ in range(31)]
    same("status", 200, ask(scene.metrics, "/healthz").status)
    for sock in socks:
        sock.close()


main()
