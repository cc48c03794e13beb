#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync metrics: what it prints, and the file for node_exporter, which is
replaced as a whole or not at all."""
import os
import resource
import signal
import stat
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import check, has, main, rows, same, test
from openmetrics import read


def metrics(scene):
    result = scene.run("metrics")
    same(f"status: {result.err}", 0, result.status)
    return read(result.out)


def textfile(scene, name="m.prom", **how):
    return scene.run("metrics", "--textfile", scene.file(name), **how)


def is_old(scene, name="m.prom"):
    """The file is as it was, and nothing lies beside it."""
    same("file", "old\n", scene.read(name))
    same("files", [name], [entry for entry in os.listdir(scene.folder)
                           if entry.startswith(name)])


def make_old(scene, name="m.prom"):
    with open(scene.file(name), "w", encoding="utf-8") as stream:
        stream.write("old\n")


@test
def output_is_openmetrics_with_what_is_now(scene):
    page = metrics(scene)
    same("holds", 0, page.value("msyncd_holds", kind="lock"))
    # The one of the test, and that of msync.
    same("connections", 2, page.value("msyncd_connections"))
    scene.conn.grant("lock.acquire", key="k", wait_ms=0)
    page = metrics(scene)
    same("holds", 1, page.value("msyncd_holds", kind="lock"))
    same("grants", 1, page.value("msyncd_grants_total", kind="lock"))
    same("type", "histogram", page.types["msyncd_wait_seconds"])


@test
def waits_and_holds_are_in_their_buckets(scene):
    other = scene.connect()
    scene.conn.grant("lock.acquire", key="k", wait_ms=0)
    refused = other.ask("lock.acquire", key="k", wait_ms=70)
    same("refused", "timeout", refused["error"])
    scene.conn.ask("lock.release", key="k")
    page = metrics(scene)
    for name in ("wait", "hold"):
        name = f"msyncd_{name}_seconds"
        same("count", 1, page.value(f"{name}_count", kind="lock"))
        check("sum", page.value(f"{name}_sum", kind="lock") >= 0.07)
        same("below 64 ms", 0,
             page.value(f"{name}_bucket", kind="lock", le="0.064"))
        same("in all", 1, page.value(f"{name}_bucket", kind="lock", le="+Inf"))
        same("of another kind", 0, page.value(f"{name}_count", kind="pool"))
    same("timeouts", 1,
         page.value("msyncd_refusals_total", kind="lock", code="timeout"))


def with_numbers_of_its_own(value, numbers):
    """The document with another number in the place of each, told in order."""
    if isinstance(value, dict):
        return {name: with_numbers_of_its_own(part, numbers)
                for name, part in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        numbers.append(1000003 + 7 * len(numbers))
        return numbers[-1]
    return value


@test
def everything_that_stats_counts_is_shown(scene):
    """Of distributions count and sum are; the rest follows from buckets."""
    answer = scene.conn.ask("stats")
    for counts in answer["kinds"].values():
        for times in ("wait_ms", "hold_ms"):
            counts[times] = {"count": counts[times]["count"],
                             "sum": counts[times]["sum"], "buckets": []}
    numbers = []
    answer = with_numbers_of_its_own(answer, numbers)
    check(f"only {len(numbers)} numbers", len(numbers) > 90)
    fake = Fake(scene, lambda _: answer)
    result = scene.run("metrics", env=fake.env)
    shown = read(result.out).samples.values()
    lacking = [number for number in numbers
               if number not in shown and number / 1000 not in shown]
    same("numbers that are not shown", [], lacking)


@test
def textfile_is_the_older_text_with_mode_644(scene):
    for mask in (0o022, 0o077):
        result = textfile(scene, umask=mask)
        same(f"status: {result.err}", 0, result.status)
        same("output", "", result.out)
        page = read(scene.read("m.prom"), is_plain=True)
        same("holds", 0, page.value("msyncd_holds", kind="lock"))
        same("names", metrics(scene).names(), page.names())
        same("mode", 0o644,
             stat.S_IMODE(os.stat(scene.file("m.prom")).st_mode))
        same("files", ["m.prom"], [name for name in os.listdir(scene.folder)
                                   if name.startswith("m.")])
    # In the folder where it runs, too.
    same("status", 0, scene.run("metrics", "--textfile", "here").status)
    read(scene.read("here"), is_plain=True)


@test
def textfile_is_never_seen_half(scene):
    make_old(scene)
    with open(scene.file("m.prom"), encoding="utf-8") as before:
        seen = 0
        for _ in range(10):
            running = scene.start("metrics", "--textfile", "m.prom")
            while running.poll() is None:
                text = scene.read("m.prom")
                if text != "old\n":
                    read(text, is_plain=True)
                    seen += 1
            same("status", 0, running.status())
        # Who has the old one open goes on reading that.
        same("the old one", "old\n", before.read())
    check("it was looked at", seen > 0)


@test
def without_a_daemon_the_file_stays(scene):
    make_old(scene)
    scene.end_daemon()
    result = scene.refused(69, "metrics", "--textfile", scene.file("m.prom"))
    has("words", "metrics", result.err)
    is_old(scene)
    scene.refused(69, "metrics")


@rows(({"ok": True},), ({"ok": True, "kinds": 7},),
      (b'{"id":1,"ok":true,"kinds":{},"x":1e999}\n',))
def answer_without_counts_is_76(scene, answer):
    def say(request):
        if isinstance(answer, bytes):
            return answer.replace(b"1", str(request["id"]).encode(), 1)
        return answer
    make_old(scene)
    fake = Fake(scene, say)
    for words in ((), ("--textfile", scene.file("m.prom"))):
        scene.refused(76, "metrics", *words, env=fake.env)
    is_old(scene)


def no_room():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@test
def without_room_the_file_stays(scene):
    make_old(scene)
    # pylint: disable-next=subprocess-popen-preexec-fn
    result = textfile(scene, preexec_fn=no_room)
    same("status", 71, result.status)
    has("words", "File too large", result.err)
    is_old(scene)


@rows(("folder", "something that is no file"),
      ("fifo", "something that is no file"),
      ("link", "something that is no file"),
      ("missing/m.prom", "No such file or directory"),
      ("plain/m.prom", "Not a directory"))
def textfile_cannot_be(scene, name, words):
    os.mkdir(scene.file("folder"))
    os.mkfifo(scene.file("fifo"))
    make_old(scene, "plain")
    os.symlink("plain", scene.file("link"))
    before = sorted(os.listdir(scene.folder))
    result = textfile(scene, name)
    same("status", 71, result.status)
    has("words", words, result.err)
    same("files", before, sorted(os.listdir(scene.folder)))
    check("the link is one", os.path.islink(scene.file("link")))
    same("where it leads", "old\n", scene.read("plain"))


@test
def command_line_is_checked(scene):
    for words in (("x",), ("--textfile",), ("--textfile", ""),
                  ("--textfile", "m", "x"), ("--frob",), ("-t", "m")):
        result = scene.run("metrics", *words)
        same(f"status of {words}", 64, result.status)
        has(f"words of {words}", "usage: msync metrics", result.err)
    check("no file", not os.path.exists(scene.file("m")))


@test
def output_that_nobody_takes_is_a_failure(scene):
    with open("/dev/full", "wb") as full:
        result = scene.run("metrics", stdout=full)
    same("status", 71, result.status)


main()
