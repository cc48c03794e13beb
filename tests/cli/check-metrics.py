#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Metrics as Prometheus itself sees them; make check-metrics.

promtool has nothing to say about the text, and a Prometheus that scrapes the
port, as msyncd-metrics(7) shows it, finds in it what clients do. Both are in
Debian's package prometheus, which is too large for make check.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from examples import TOP, read as read_file, roff_text
from harness import LIMIT_S, MSYNCD, check, main, same, test, until


def hold_port():
    """A port that nobody gets who does not ask for it: (socket, port)."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock, sock.getsockname()[1]


def be_busy(scene):
    """Something of everything."""
    other = scene.connect()
    for kind, op, members in (
            ("lock", "lock.acquire", {}), ("pool", "pool.get", {}),
            ("limit", "limit.borrow", {"capacity": 1})):
        if kind == "pool":
            scene.conn.ask("pool.set", key="k", items=[1])
        scene.conn.grant(op, key="k", wait_ms=0, **members)
        refused = other.ask(op, key="k", wait_ms=20, **members)
        same(f"{op} of another", "timeout", refused["error"])
    scene.conn.ask("flight.begin", key="k")
    scene.conn.ask("flight.finish", key="k", value=1)


@test
def promtool_has_nothing_to_say(scene):
    check("promtool is there; on Debian: apt-get install prometheus",
          shutil.which("promtool"))
    be_busy(scene)
    same("status", 0,
         scene.run("metrics", "--textfile", scene.file("m.prom")).status)
    with open(scene.file("m.prom"), "rb") as text:
        result = scene.run("check", "metrics", stdin=text, program="promtool")
    same("words of promtool", ("", ""), (result.out, result.err))
    same("its status", 0, result.status)
    wrong = scene.run("check", "metrics", data=b"a_b_total{ 1\n",
                      program="promtool")
    check("promtool finds mistakes", wrong.status != 0)


def scrape_configuration(port):
    """What the manual shows, for this port."""
    page = read_file(os.path.join(TOP, "man", "msyncd-metrics.7"))
    text = re.search(r"^scrape_configs:\n(?:(?!\.Ed).*\n)*", page, re.M)[0]
    text = roff_text(text)
    check(f"port in {text!r}", "9464" in text)
    return text.replace("9464", str(port)) + "    scrape_interval: 1s\n"


def query(port, words):
    """The values of a query."""
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode(
        {"query": words})
    try:
        with urllib.request.urlopen(url, timeout=LIMIT_S) as reply:
            found = json.load(reply)["data"]["result"]
    except OSError:
        return []
    return [float(row["value"][1]) for row in found]


@test
def prometheus_scrapes_the_port(scene):
    scene.conn.close()
    scene.end_daemon()
    held, port = hold_port()
    other, web = hold_port()
    with open(scene.file("conf"), "w", encoding="utf-8") as stream:
        stream.write(f"metrics_port = {port}\n")
    MSYNCD.extend(["-c", scene.file("conf")])
    scene.start_daemon()
    be_busy(scene)
    with open(scene.file("prometheus.yml"), "w", encoding="utf-8") as stream:
        stream.write(scrape_configuration(port))
    other.close()
    with held, open(scene.file("prometheus.log"), "wb") as log:
        # pylint: disable-next=consider-using-with
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={scene.file('prometheus.yml')}",
             f"--storage.tsdb.path={scene.file('data')}",
             f"--web.listen-address=127.0.0.1:{web}"], stderr=log)
        try:
            until("it is up", lambda: query(web, "up") == [1])
            for words, values in (
                    ('msyncd_holds{kind="lock"}', [1]),
                    ('msyncd_wait_seconds_count{kind="limit"}', [1]),
                    ('msyncd_refusals_total{kind="pool",code="timeout"}', [1]),
                    ('histogram_quantile(0.9, msyncd_wait_seconds_bucket'
                     '{kind="lock"}) > 0.01', None),
                    ("count(msyncd_build_info)", [1])):
                seen = until(words, lambda words=words: query(web, words))
                check(f"{words}: {seen}", values in (None, seen))
        finally:
            prometheus.send_signal(signal.SIGTERM)
            prometheus.wait(LIMIT_S)


for TOOL in ("promtool", "prometheus"):
    if shutil.which(TOOL) is None:
        sys.exit(f"check-metrics: {TOOL} is missing; on Debian: "
                 "apt-get install prometheus")
main()
