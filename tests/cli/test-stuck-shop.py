#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The stuck shop of README.md: a report holds the lock of the database and does
not end, thirty sales wait, and two of them would run into a deadlock next. The
one command that the page shows names who is to blame."""
import os
import re
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from examples import README, read, readme_examples
from harness import check, has, main, read_all, read_line, same, test, until

WAITERS = 30
PYTHON = f"#!{os.path.realpath(sys.executable)}\n"
# Says when it has what it begins with, and what became of the rest.
PROGRAM = """
first, *rest = sys.argv[1:]
with Msync() as msync:
    msync.ask("lock.acquire", key=first)
    print("has", first, flush=True)
    if not rest:
        sys.stdin.read()
    for key in rest:
        try:
            msync.ask("lock.acquire", key=key, wait_ms=600000)
        except RuntimeError as refusal:
            print(refusal, flush=True)
            sys.exit(75)
    print("done", flush=True)
"""


class Shop:
    """The programs of the shop, each a process of its own name."""

    def __init__(self, scene):
        self.scene = scene
        for name in ("report.py", "order.py", "refund.py"):
            path = scene.file(name)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(PYTHON + "import sys\n" +
                             readme_examples()["python"] + PROGRAM)
            os.chmod(path, 0o755)

    def start(self, name, *keys, **how):
        """The program, which holds the first key and asks for the others."""
        running = self.scene.start(*keys, program=self.scene.file(name), **how)
        same(f"{name} begins", f"has {keys[0]}",
             read_line(running.stdout.fileno()))
        return running


def get_stuck(scene):
    """(the culprit, the two that would deadlock, the other sales)"""
    shop = Shop(scene)
    stdin = scene.pipe(is_ours_to_read=False)
    culprit = shop.start("report.py", "db", stdin=stdin.theirs)
    culprit.stop = stdin
    # Each of these has what the other one will want when it has the database.
    pair = [shop.start("order.py", "stock", "db", "till"),
            shop.start("refund.py", "till", "db", "stock")]
    sales = [scene.start("lock", "db", "--", "true")
             for _ in range(WAITERS - len(pair))]
    scene.until_count("lock", "waits", WAITERS)
    return culprit, pair, sales


def shown():
    """The command of the page, and the last lines of what it says."""
    match = re.search(
        r"^```text\n\$ (msync show .*)\n(?:.*\n)*?\n"
        r"(Why is this waiting\?\n(?:.+\n)+)```$", read(README), re.M)
    check("the page shows it", match is not None)
    return match[1], match[2]


def user(scene):
    return scene.run("lock", "k", "--", "id", "-un").out.strip() or \
        str(os.getuid())


@test
def one_command_names_who_is_to_blame(scene):
    culprit, _, _ = get_stuck(scene)
    command, expected = shown()
    result = scene.run(*command.split()[1:])
    same("status", 0, result.status)
    has("the queue", f"lock db: held; holders 1, waiting {WAITERS}\n",
        result.out)
    # Times, pids and users are not those of the page.
    ours = result.out[result.out.index("Why is this waiting?"):]
    ours = re.sub(r"\bfor [\dhms.]+ by", "for 3m12s by", ours)
    ours = re.sub(rf"\b{culprit.pid}\b", "4711", ours)
    ours = ours.replace(f"uid {user(scene)})", "uid www)")
    same("what it says", expected, ours)


@test
def those_that_wait_have_the_same_cause(scene):
    """Also where one looks at what the waiting processes hold."""
    culprit, pair, _ = get_stuck(scene)
    for key, holder in zip(("stock", "till"), pair):
        scene.start("lock", key, "--", "true")
        until(f"{key} is waited for", lambda key=key: scene.conn.ask(
            "list", key=key)["keys"][0]["waiting"])
        out = scene.run("show", "lock", key).out
        why = out[out.index("Why is this waiting?"):].splitlines()[1:]
        has("its holder", f"lock {key} has been held", why[0])
        has("its holder", f"by pid {holder.pid} (", why[0])
        has("what that waits for", "It waits itself, for lock db,", why[1])
        has("who has that", f"by pid {culprit.pid} (report.py, ", why[2])
        same("the end", "It waits for nothing here: look there (ps -fp "
             f"{culprit.pid}).", why[3])
    lines = scene.run("ls", "-w").out.splitlines()
    same("what waits at all", ["db", "stock", "till"],
         [line.split()[1] for line in lines[1:]])
    same("its holder and its queue", ["1", str(WAITERS)],
         lines[1].split()[4:6])
    has("its holder", f"{culprit.pid}  report.py", lines[1])


@test
def shop_goes_on_when_that_one_has_ended(scene):
    """And the deadlock is told to one of the two, with the other's name."""
    culprit, pair, sales = get_stuck(scene)
    culprit.stop.close()
    same("statuses of the sales", {0}, {sale.status() for sale in sales})
    ends = [read_all(one.stdout.fileno()).decode() for one in pair]
    same("statuses of the two", [75, 0], [one.status() for one in pair])
    has("what the first is told", "deadlock", ends[0])
    has("what the first is told", f"pid {pair[1].pid}", ends[0])
    same("what the other does", "done\n", ends[1])
    scene.until_free()


main()
