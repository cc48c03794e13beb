#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What clients notice of an attack on the socket for metrics; make bench-metrics.

A client takes and releases a lock, and its round trips are timed: alone, and
while somebody asks for pages as often as he can, opens connections as often as
he can, or sends without end. Every request has to be answered, and p99 may be
at most FACTOR times that of the control, or LEAST_US. What one page costs is
told, too.
"""
import contextlib
import json
import multiprocessing
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = 3
FACTOR = 10
LEAST_US = 5000
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(60)
    sock.connect(path)
    return sock


# Attackers; each is a process of its own.

def ask_for_pages(path):
    while True:
        with contextlib.suppress(OSError), connect(path) as sock:
            sock.sendall(REQUEST)
            while sock.recv(65536):
                pass


def open_connections(path):
    while True:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for _ in range(200):
                stack.enter_context(connect(path))


def send_without_end(path):
    while True:
        with contextlib.suppress(OSError), connect(path) as sock:
            sock.sendall(REQUEST)
            while True:
                sock.sendall(b"x" * 65536)


# The client

def ask(lines, sock, **request):
    sock.sendall(json.dumps(request).encode() + b"\n")
    answer = json.loads(lines.readline())
    if not answer["ok"]:
        raise SystemExit(f"{request}: {answer}")


def time_round_trips(path):
    """Microseconds of each round trip, sorted."""
    took = []
    with connect(path) as sock, sock.makefile("rb") as lines:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for op in ("lock.acquire", "lock.release"):
                began = time.monotonic_ns()
                ask(lines, sock, op=op, key="k")
                took.append((time.monotonic_ns() - began) / 1000)
    return sorted(took)


def report(name, took):
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(f"{name:18} {len(took):8} round trips  p50 {p50:7.0f} us  "
          f"p99 {p99:7.0f} us  max {took[-1]:7.0f} us")
    return p99


def cpu_ns(pid):
    """How long the process has run so far."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as stat:
        return int(stat.read().split()[0])


def cost_of(target, path, pid):
    """Microseconds that the daemon works for an answer. (Of pages, it makes 20
    in a second.)"""
    before = cpu_ns(pid)
    for _ in range(20):
        with connect(path) as sock:
            sock.sendall(REQUEST.replace(b"/metrics", target))
            while sock.recv(65536):
                pass
    return (cpu_ns(pid) - before) / 20000


def main():
    folder = tempfile.mkdtemp(prefix="msync-bench-")
    path, metrics = os.path.join(folder, "s"), os.path.join(folder, "m")
    with open(os.path.join(folder, "conf"), "w", encoding="utf-8") as stream:
        stream.write(f'metrics_socket = "{metrics}"\n')
    with subprocess.Popen(
            [*shlex.split(os.environ["MSYNCD"]), "-c",
             os.path.join(folder, "conf"), "-s", path],
            stderr=subprocess.PIPE) as daemon:
        while b"event=ready" not in daemon.stderr.readline():
            pass
        try:
            return measure(path, metrics, daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait(60)
            shutil.rmtree(folder)


def measure(path, metrics, pid):
    page, health = (cost_of(target, metrics, pid)
                    for target in (b"/metrics", b"/healthz"))
    print(f"/metrics costs {page:.0f} us, /healthz {health:.0f} us")
    most = FACTOR * report("alone", time_round_trips(path))
    failed = False
    for attack in (ask_for_pages, open_connections, send_without_end):
        attacker = multiprocessing.Process(target=attack, args=(metrics,))
        attacker.start()
        p99 = report(attack.__name__, time_round_trips(path))
        attacker.kill()
        attacker.join()
        failed |= p99 > max(most, LEAST_US)
    return 1 if failed else 0


sys.exit(main())
