#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync top as people see it: on terminals of tmux, of several sizes, with
keys pressed; and as lines of text. What it shows is what the daemon tells.
"""
import os
import re
import shutil
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from fake import Fake
from harness import MSYNC, check, has, main, rows, same, test, until
from screen import Screen, cells_of

SIZES = ((80, 24), (200, 60), (132, 43))


PEOPLE = ("deploy", "報告/2026", "mail", "gpu")


def people(scene):
    """What goes on: a lock with three that wait, a limit, a pool, a flight."""
    scene.holder = scene.hold("lock", "deploy")
    for _ in range(3):
        scene.start("lock", "deploy", "--", "true")
    scene.mail = scene.hold("limit", "mail", "-c", "3", "-p", "2")
    scene.run("pool", "fill", "gpu", "0", "1", "2")
    scene.hold("pool run", "gpu")
    scene.conn.grant("flight.begin", key="報告/2026")
    scene.until_count("lock", "waits", 3)


# What is shown

@rows(*SIZES)
def screen_shows_what_the_daemon_tells(scene, width, height):
    people(scene)
    screen = Screen(scene, width, height)
    screen.top()
    screen.until_all(*PEOPLE)
    screen.is_whole()
    listed = {entry["key"]: entry for entry in scene.conn.ask("list")["keys"]}
    for key, row in screen.rows().items():
        entry = listed[key]
        same(f"kind of {key}", entry["kind"], row["KIND"])
        same(f"pid of {key}", str(entry["holders"][0]["pid"]), row["PID"])
        same(f"waits of {key}", str(entry["waiting"] or ""), row["WAITS"])
        check(f"held: {row}", re.fullmatch(r"\d+ms|\d+\.\ds|\dm\d\ds",
                                           row["HELD"]))
        if width >= 132:
            same(f"use of {key}", {"mail": "2/3", "gpu": "1/3"}.get(key, "1"),
                 row["USE"])
    screen.until_line("deploy", "msync (cat)")
    totals = screen.rows("KIND    KEYS")
    for kind, counts in scene.conn.ask("stats")["kinds"].items():
        for title in ("KEYS", "HOLDS", "WAITS", "GRANTED"):
            same(f"{title} of {kind}", str(counts[title.lower()]),
                 totals[kind][title])
    has("title", "4 holds  3 waits", screen.lines()[0])
    if width >= 200:
        screen.until_line("STATE", "LEASE", "UID")


@test
def changes_are_seen(scene):
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_line("nobody holds or waits for anything")
    holder = scene.hold("lock", "a")
    row = screen.until_row("a", PID=str(holder.pid), WAITS="")
    scene.connect().send("lock.acquire", key="a")
    screen.until_row("a", PID=str(holder.pid), WAITS="1")
    holder.stop.close()
    same("status", 0, holder.status())
    row = screen.until_row("a", PID=str(os.getpid()), WAITS="")
    same("longest", "", row["LONGEST"])


@test
def grants_are_seen_that_are_over_before_one_looks(scene):
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_line("nobody holds or waits for anything")
    for _ in range(600):
        scene.conn.grant("lock.acquire", key="busy")
        scene.conn.ask("lock.release", key="busy")
    screen.until("a rate", lambda: re.fullmatch(
        r"[\d.]+k?", screen.rows().get("busy", {"RATE": ""})["RATE"].lstrip(
            "0")))
    row = screen.until_row("busy", PID="", WAITS="")
    same("what was granted", "600",
         screen.rows("KIND    KEYS")["lock"]["GRANTED"])
    screen.until("its last minute", lambda: any(
        re.match(r"lock   busy .* \S*█", line) for line in screen.lines()))
    # And when it is looked into.
    screen.press("Enter")
    screen.until_line("lock busy", "0 hold, 0 wait")
    screen.until("its last minute", lambda: re.match(
        r"[\d.]+k? grants/s .*█", screen.lines()[2]))
    check(f"the key is shown: {row}", row["KIND"] == "lock")


@test
def other_sizes_are_taken_at_once(scene):
    people(scene)
    screen = Screen(scene, 80, 24)
    # No round is to help it.
    screen.top("-d", "1h")
    screen.until_all(*PEOPLE)
    for width, height in ((200, 60), (100, 30), (60, 14), (132, 43), (80, 24)):
        screen.resize(width, height)
        screen.until(f"{width}x{height}", lambda: "shown, " in
                     screen.lines()[-1] and screen.lines()[-1].endswith(
                         "keys"))
        screen.until(f"{width} cells", lambda w=width: len(cells_of(
            screen.lines()[0])) == w)
        screen.is_whole()
        same("keys", set(PEOPLE), set(screen.rows()))
    screen.resize(39, 24)
    screen.until_line("too small: msync top")
    screen.resize(40, 8)
    screen.until_line("lock   deploy")
    same("lines", 8, len([line for line in screen.lines() if line]) + 1)
    screen.resize(10, 3)
    screen.until_line("too small")
    screen.resize(80, 24)
    screen.until_all(*PEOPLE)
    screen.is_whole()


@test
def terminal_of_ascii_has_ascii(scene):
    scene.conn.grant("lock.acquire", key="漢字")
    screen = Screen(scene, LC_ALL="C", TERM="vt100")
    screen.top()
    screen.until_row("??")
    check("ASCII", all(line.isascii() for line in screen.lines()))


# Keys

def some_locks(scene):
    """Locks: a has one waiter, b three, c two, d none; a is the oldest."""
    for key, n_waiters in (("a", 1), ("b", 3), ("c", 2), ("d", 0)):
        began = scene.conn.ask("stats")["uptime_ms"]
        scene.conn.grant("lock.acquire", key=key)
        # Each is held for a little longer than the next one.
        until("a millisecond", lambda ms=began: scene.conn.ask(
            "stats")["uptime_ms"] > ms + 1)
        for _ in range(n_waiters):
            scene.connect().send("lock.acquire", key=key)
    scene.until_count("lock", "waits", 6)


@test
def rows_are_sorted_as_one_asks(scene):
    some_locks(scene)
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_keys("b", "c", "a", "d")
    for keys, order in (("n", "abcd"), ("r", "dcba"), ("r", "abcd"),
                        ("h", "abcd"), ("w", "bcad"), ("r", "dacb")):
        screen.press(*keys)
        screen.until_keys(*order)
    screen.until_line("by waiters reversed")


@test
def filter_and_kinds_choose_rows(scene):
    some_locks(scene)
    scene.conn.grant("limit.borrow", key="ab", capacity=1)
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.press("n")
    screen.until_keys("a", "ab", "b", "c", "d")
    screen.press("/", "b")
    screen.until_line("/b_")
    screen.until_keys("ab", "b")
    screen.press("Enter")
    screen.until_line("/b by name, 2 shown, 5 keys")
    screen.press("/", "BSpace", "^", "b", "Enter")
    screen.until_keys("b")
    screen.press("Escape")
    screen.until_keys("a", "ab", "b", "c", "d")
    screen.press("1")
    screen.until_keys("ab")
    screen.press("1", "2")
    screen.until_keys("a", "b", "c", "d")


@test
def pause_keeps_the_picture(scene):
    scene.conn.grant("lock.acquire", key="a")
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_row("a")
    screen.press("p")
    screen.until_line("PAUSED")
    scene.conn.grant("lock.acquire", key="b")
    scene.conn.ask("lock.release", key="a")
    # Keys go on, and show what there was.
    screen.press("n")
    screen.until_line("sorted by name")
    same("keys", ["a"], list(screen.rows()))
    screen.press("p")
    screen.until_row("b")


@test
def help_tells_the_keys(scene):
    screen = Screen(scene)
    screen.top()
    screen.press("?")
    screen.until_line("sort by waiters, longest wait, held for")
    screen.press("q")
    screen.until_line("nobody holds or waits")
    screen.press("+")
    screen.until_line("every 2s")
    screen.press("-", "-")
    screen.until_line("every 0.5s")


@test
def enter_looks_into_a_key(scene):
    people(scene)
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_all(*PEOPLE)
    screen.press("Enter")
    screen.until_line("lock deploy", "1 hold, 3 wait")
    entry = scene.conn.ask("list", kind="lock", key="deploy")["keys"][0]
    lines = screen.lines()
    same("who is there", [str(who["pid"]) for who in
                          entry["holders"] + entry["waiters"]],
         [line.split()[1] for line in lines if
          re.match(r"holds|\d+\.", line)])
    has("holder", " msync ", lines[4])
    has("holder", str(entry["holders"][0]["token"]), lines[4])
    # It goes on.
    waiter = scene.start("lock", "deploy", "--", "true")
    screen.until_line("4. ", str(waiter.pid))
    scene.holder.stop.close()
    screen.until_line("lock deploy", "0 hold, 0 wait")
    screen.until_line("nobody holds or waits for it")
    screen.press("q")
    screen.until_line("by waiters")


@test
def long_queue_is_scrolled(scene):
    scene.conn.grant("lock.acquire", key="k")
    for _ in range(70):
        scene.connect().send("lock.acquire", key="k")
    scene.until_count("lock", "waits", 70)
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_row("k", WAITS="70")
    screen.press("Enter")
    screen.until_line("holds")
    check("the last is not seen", "70." not in screen.lines()[-2])
    screen.press("End")
    screen.until("70.", lambda: screen.lines()[-2].startswith("70. "))
    screen.press("Home")
    screen.until_line("holds")


# The end of a hold

ADMIN = f"admin {{ uid = {os.getuid()} }}\n"


@test
def hold_is_ended_after_a_question(scene):
    scene.end_daemon()
    scene.start_daemon(ADMIN)
    holder = scene.hold("lock", "deploy")
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_row("deploy", PID=str(holder.pid))
    screen.press("k")
    screen.until_line("End this hold (y/n)?", f"pid {holder.pid} msync as cat")
    screen.press("n")
    screen.until_line("nothing was ended")
    same("ended", 0, scene.count("lock", "ended_by_admin"))
    same("holds", 1, scene.count("lock", "holds"))
    screen.press("k")
    screen.until_line("End this hold (y/n)?")
    screen.press("y")
    screen.until_line("the hold of lock deploy was ended")
    same("ended", 1, scene.count("lock", "ended_by_admin"))
    same("status of the holder", 74, holder.status())


@test
def hold_of_a_limit_is_ended_from_its_list(scene):
    scene.end_daemon()
    scene.start_daemon(ADMIN)
    holders = [scene.hold("limit", "mail", "-c", "3") for _ in range(3)]
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_row("mail")
    screen.press("Enter")
    screen.until_line("limit mail", "3 hold, 0 wait")
    screen.press("Down", "k")
    screen.until_line("End this hold (y/n)?", f"pid {holders[1].pid} ")
    screen.press("y")
    same("status of the second", 74, holders[1].status())
    screen.until_line("limit mail", "2 hold, 0 wait")
    same("holds", 2, scene.count("limit", "holds"))


@test
def who_is_no_administrator_is_told_so(scene):
    scene.hold("lock", "deploy")
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_row("deploy")
    screen.press("k")
    screen.until_line("End this hold (y/n)?")
    screen.press("y")
    screen.until_line("denied: ", "admin")
    same("holds", 1, scene.count("lock", "holds"))


# The end of msync top

def started(scene, **env):
    """A screen whose shell has noted the modes of its terminal."""
    screen = Screen(scene, **env)
    screen.press("stty -g >before; clear", "Enter")
    until("the modes", lambda: os.path.exists(scene.file("before")) and
          scene.read("before"))
    screen.modes = screen.state()
    screen.top()
    check("it has the other screen", screen.state() != screen.modes)
    return screen


def is_restored(scene, screen, status):
    """The terminal is as before, and its shell goes on."""
    screen.press("echo $? >status; stty -g >after; echo the end >done",
                 "Enter")
    until("the shell goes on", lambda: os.path.exists(scene.file("done")) and
          scene.read("done"))
    same("status", f"{status}\n", scene.read("status"))
    same("modes of the terminal", scene.read("before"), scene.read("after"))
    same("modes of the screen", screen.modes, screen.state())


@rows(("q", 0), ("C-c", 130), ("C-\\", 131))
def terminal_is_restored_after_a_key(scene, key, status):
    screen = started(scene)
    screen.press(key)
    screen.until_line("ready>")
    is_restored(scene, screen, status)


@rows(("TERM", 143), ("INT", 130), ("HUP", 129), ("SEGV", 139),
      ("ABRT", 134), ("BUS", 135))
def terminal_is_restored_after_a_signal(scene, name, status):
    screen = started(scene)
    os.kill(screen.top_pid(), getattr(signal, "SIG" + name))
    screen.until_line("ready>")
    is_restored(scene, screen, status)


@test
def terminal_is_restored_after_so_many_rounds(scene):
    screen = Screen(scene)
    screen.press("stty -g >before; clear", "Enter")
    screen.modes = screen.state()
    screen.press('clear; msync top -n 2 -d 100ms && echo it has" "ended',
                 "Enter")
    screen.until_line("it has ended")
    is_restored(scene, screen, 0)


@test
def stopped_and_continued_it_draws_all_again(scene):
    scene.conn.grant("lock.acquire", key="a")
    screen = started(scene)
    screen.until_row("a")
    screen.press("C-z")
    screen.until_line("ready>")
    same("modes of the screen", screen.modes, screen.state())
    screen.press("fg", "Enter")
    screen.until_row("a")
    screen.is_whole()
    screen.press("q")
    screen.until_line("ready>")
    is_restored(scene, screen, 0)


@test
def terminal_that_cannot_be_drawn_on_is_refused(scene):
    screen = Screen(scene)
    for term in ("dumb", "no-such-terminal"):
        screen.press(f"clear; TERM={term} msync top; echo status $?", "Enter")
        screen.until_line("status 71")
        screen.until_line("msync: this terminal cannot be drawn on; "
                          "try: msync top -b")


# The daemon

@test
def daemon_that_goes_and_comes_is_followed(scene):
    scene.conn.grant("lock.acquire", key="a")
    screen = Screen(scene, 100, 30)
    screen.top("-d", "100ms")
    screen.until_row("a")
    scene.end_daemon()
    screen.until_line("no daemon, trying again: ")
    # It can be looked at meanwhile.
    screen.press("?")
    screen.until_line("sort by waiters")
    screen.press("q")
    scene.start_daemon()
    scene.conn.grant("lock.acquire", key="b")
    screen.until_row("b")
    same("keys", ["b"], list(screen.rows()))
    check("trouble is over", "no daemon" not in screen.lines()[0])


@test
def daemon_that_hangs_is_told_of(scene):
    screen = Screen(scene, 100, 30)
    screen.top("-d", "100ms")
    scene.daemon.send_signal(signal.SIGSTOP)
    screen.until_line("no answer: the daemon hangs")
    scene.daemon.send_signal(signal.SIGCONT)
    screen.until("trouble is over", lambda: "no answer" not in
                 screen.lines()[0])


@test
def of_very_many_keys_those_are_shown_that_are_waited_for(scene):
    # Who sends without reading is not read, either.
    for first in range(0, 2500, 100):
        for i in range(first, first + 100):
            scene.conn.send("lock.acquire", key=f"quiet/{i}")
        for i in range(100):
            check("granted", scene.conn.receive()["ok"])
    for i in (7, 1234, 2499):
        scene.connect().send("lock.acquire", key=f"quiet/{i}")
    scene.until_count("lock", "waits", 3)
    screen = Screen(scene)
    screen.top("-d", "100ms")
    screen.until_line("3 shown, 2500 keys")
    same("keys", {"quiet/7", "quiet/1234", "quiet/2499"}, set(screen.rows()))


@test
def rounds_ask_for_a_few_pages_only(scene):
    """A list without end: what is asked between two questions for stats."""
    kinds = {kind: {"keys": 10 ** 6, "holds": 0, "waits": 0, "granted": 0}
             for kind in ("lock", "limit", "flight", "pool")}

    def answer(request):
        if request["op"] == "list":
            return {"ok": True, "keys": [], "more": True, "next": "1.0"}
        return {"ok": True, "uptime_ms": 5, "connections": 1, "kinds": kinds}

    fake = Fake(scene, answer)
    result = scene.run("top", "-b", "-n", "5", "-d", "100ms", env=fake.env)
    same("status", 0, result.status)
    ops = "".join({"stats": "s", "list": "l"}.get(request["op"], "")
                  for request in fake.requests)
    check(f"rounds: {ops}", re.fullmatch("(sl{1,20})+", ops))
    check("only those that are waited for", all(
        request.get("waiting") for request in fake.requests
        if request["op"] == "list"))
    check(f"five rounds: {ops}", ops.count("s") >= 5)


# Lines

@test
def without_a_terminal_it_prints_lines(scene):
    people(scene)
    result = scene.run("top", "-n", "3", "-d", "100ms")
    same("status", 0, result.status)
    same("complaints", "", result.err)
    check("no escapes", result.out.isprintable() or "\x1b" not in result.out)
    blocks = result.out.rstrip("\n").split("\n\n")
    same("blocks", 3, len(blocks))
    for block in blocks:
        lines = block.split("\n")
        has("title", "4 holds  3 waits", lines[0])
        same("lines", 1 + 5 + 1 + 4, len(lines))
        check(f"deploy: {lines[7]}", re.match(
            rf"lock   deploy +held +1 +{scene.holder.pid} msync \(cat\) +"
            rf"{os.getuid()} +[\d.]+m?s +3 +[\d.]+m?s +", lines[7]))
        # In the locale of the test.
        check("ASCII", block.isascii())


@test
def batch_is_lines_on_a_terminal_too(scene):
    scene.conn.grant("lock.acquire", key="a")
    screen = Screen(scene)
    screen.press("clear; msync top -b -n 1", "Enter")
    screen.until_line("lock   a ")
    screen.until_line("ready>")
    has("title", "msyncd ", screen.lines()[0])


@test
def lines_go_on_while_the_daemon_is_away(scene):
    running = scene.start("top", "-b", "-d", "100ms")
    until("a title", lambda: b"msyncd" in os.read(running.stdout.fileno(),
                                                  65536))
    scene.end_daemon()
    seen = b""
    while b"no daemon, trying again" not in seen:
        seen += os.read(running.stdout.fileno(), 65536)
    scene.start_daemon()
    scene.conn.grant("lock.acquire", key="again")
    while b"again " not in seen.rpartition(b"trying")[2].partition(b"\n")[2]:
        seen += os.read(running.stdout.fileno(), 65536)
    running.send_signal(signal.SIGTERM)
    same("status", 143, running.status())


@test
def nobody_reads_any_more_and_it_ends(scene):
    running = scene.start("top", "-b", "-d", "100ms")
    running.stdout.close()
    running.stdout = None
    same("status", 128 + signal.SIGPIPE, running.status())


# The command line

@rows(("-d", "0"), ("-d", "50ms"), ("-d", "x"), ("-n", "0"), ("-n", "x"),
      ("more",), ("--nothing",))
def wrong_command_line_is_refused(scene, *words):
    scene.refused(64, "top", *words)


@test
def json_is_refused(scene):
    has("complaint", "stats has", scene.refused(64, "--json", "top").err)


@test
def no_daemon_is_said_before_anything_is_drawn(scene):
    scene.end_daemon()
    result = scene.refused(69, "top")
    has("complaint", scene.path, result.err)


@test
def program_of_the_screen_may_be_missing(scene):
    with open(MSYNC, "rb") as stream:
        installed = re.search(rb"(/[^\0]*)/msync-top\0", stream.read())[1]
    alone = scene.file("msync")
    shutil.copy(MSYNC, alone)
    # Where msync is installed on this machine, it has its own.
    if os.path.exists(os.path.join(os.fsdecode(installed), "msync-top")):
        same("status", 0, scene.run("top", "-n", "1", program=alone).status)
        return
    result = scene.refused(127, "top", program=alone)
    has("complaint", "msync was built without ncurses", result.err)


main()
