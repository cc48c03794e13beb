#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the first screen of README.md shows is so: its four commands, and what a
second deployment is told. They are run as they stand there."""
import os
import pwd
import re
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from examples import README, Stage, read, readme_examples
from harness import check, main, same, test

FIRST = readme_examples()["first"].splitlines()


def line_of(word):
    """The one line of the example that begins so."""
    lines = [line for line in FIRST if line.startswith(f"msync {word} ")]
    same(f"lines with msync {word}", 1, len(lines))
    return lines[0]


@test
def first_screen_shows_one_command_of_each_kind(_scene):
    same("commands", ["lock", "flight", "limit", "pool"],
         [line.split()[1] for line in FIRST])


@test
def lock_is_one_at_a_time_in_order_of_arrival(scene):
    stage = Stage(scene)
    # Each exits with its place in the order.
    stage.program("deploy-site", "exit $(wc -l <ran)", is_held=True)
    callers = []
    for waits in range(3):
        callers.append(stage.start(line_of("lock")))
        if waits == 0:
            stage.until_begun("deploy-site")
        scene.until_count("lock", "waits", waits)
    same("runs", ["deploy-site "], stage.ran())
    for number, caller in enumerate(callers, 1):
        stage.release()
        same("status", number, caller.status())


@test
def second_deployment_is_told_who_is_in_the_way(scene):
    stage = Stage(scene)
    stage.program("deploy-site", is_held=True)
    shown = re.search(r"^```text\n\$ (msync lock -n .*)\n(msync: .*)\n```$",
                      read(README), re.M)
    check("the transcript is there", shown is not None)
    first = stage.start("exec " + line_of("lock"))
    stage.until_begun("deploy-site")
    second = stage.play(shown[1])
    same("status", 75, second.status)
    # Times, pids and users are not those of the page.
    ours = re.sub(r"\bfor [\dhms.]+", "for 3m12s", second.err)
    ours = ours.replace(f"pid {first.pid} ", "pid 4711 ")
    user = next((entry.pw_name for entry in pwd.getpwall()
                 if entry.pw_uid == os.getuid()), os.getuid())
    ours = ours.replace(f"uid {user})", "uid www)")
    same("what it says", shown[2] + "\n", ours)
    same("runs", ["deploy-site "], stage.ran())
    stage.release()
    same("status of the first", 0, first.status())


@test
def hundred_calls_of_a_flight_run_it_once(scene):
    stage = Stage(scene)
    check("the page promises it",
          re.search(r"A hundred calls of `msync flight report` at once run "
                    r"`make-report` once, print the\s+same bytes and exit "
                    r"with the same status", read(README)))
    stage.program("make-report", r"printf 'a\000b\377'; exit 3",
                  is_held=True)
    callers = [stage.start(line_of("flight")) for _ in range(100)]
    scene.until_count("flight", "waits", 99)
    stage.release()
    for caller in callers:
        result = caller.result()
        same("status and bytes", (3, b"a\0b\xff"),
             (result.status, result.bytes))
    same("runs", ["make-report "], stage.ran())


@test
def limit_is_ten_at_a_time(scene):
    stage = Stage(scene)
    stage.program("send-mail", is_held=True)
    callers = [stage.start(line_of("limit")) for _ in range(12)]
    stage.until_begun(*["send-mail"] * 10)
    scene.until_count("limit", "waits", 2)
    same("runs", 10, len(stage.ran()))
    stage.release(12)
    same("statuses", [0] * 12, [caller.status() for caller in callers])


@test
def pool_lends_one_card_to_each(scene):
    stage = Stage(scene)
    stage.program("train", 'echo "$MSYNC_VALUE" >>cards\necho train >>begun\n'
                  "read -r line <go")
    same("pool fill", 0,
         scene.run("pool", "fill", "gpu", "card0", "card1").status)
    callers = [stage.start(line_of("pool")) for _ in range(3)]
    stage.until_begun("train", "train")
    scene.until_count("pool", "waits", 1)
    same("cards", ["card0", "card1"], sorted(scene.read("cards").split()))
    stage.release(3)
    same("statuses", [0] * 3, [caller.status() for caller in callers])
    same("cards lent", 3, len(scene.read("cards").split()))


main()
