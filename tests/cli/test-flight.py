#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msync flight: one runs the command, everybody gets what it printed and how
it ended, also where leaders die, outputs are large, and readers stop.
"""
import os
import select
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import (MSYNC, check, children_of, has, is_running, main,
                     rows, same, test, until)

# The command: writes down that it ran, waits to be let go, prints.
WORK = r"""
echo $$ >>ran
until [ -e go ]; do read -r x <fifo; done
"""
LIMIT = 760 * 1024  # so much of both streams can be shared


class Flight:
    """Callers of one key. Their command counts itself, and goes on when it is
    told to."""

    def __init__(self, scene, script, *options):
        self.scene, self.options = scene, options
        self.script = WORK + script
        os.mkfifo(scene.file("fifo"))

    def call(self, **how):
        return self.scene.start("flight", *self.options, "k", "--", "sh",
                                "-c", self.script, **how)

    def lead(self, **how):
        """The first caller; its command runs when it is returned."""
        before = self.ran()
        leader = self.call(**how)
        self.until_ran(before + 1)
        return leader

    def follow(self, n, **how):
        waits = self.scene.count("flight", "waits")
        callers = [self.call(**how) for _ in range(n)]
        self.scene.until_count("flight", "waits", waits + n)
        return callers

    def ran(self):
        """How many times."""
        try:
            return len(self.scene.read("ran").splitlines())
        except FileNotFoundError:
            return 0

    def until_ran(self, n):
        until(f"{n} have run", lambda: self.ran() == n)

    def pids(self):
        return [int(line) for line in self.scene.read("ran").splitlines()]

    def go(self):
        """Lets all go on, those that come later, too."""
        with open(self.scene.file("go"), "wb"):
            pass
        # Opens at once, and never waits for a reader.
        fifo = os.open(self.scene.file("fifo"), os.O_RDWR)
        self.scene.stack.callback(os.close, fifo)
        os.write(fifo, b"\n" * 100)


def write_script(scene, name, text):
    """A program of the test's own."""
    path = scene.file(name)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(path, 0o755)
    return path


# One runs

@test
def two_hundred_callers_of_a_shell_loop_share_one_run(scene):
    """200 outputs and statuses, all the same, and one line in the file that
    the command appends to."""
    os.mkfifo(scene.file("fifo"))
    report = write_script(scene, "report", "#!/bin/sh\n" + WORK + "echo text; "
                          "echo more >&2; echo $$; exit 3\n")
    loop = write_script(scene, "loop", f"""#!/bin/sh
for i in $(seq 200); do
    {{ '{MSYNC}' flight report -- '{report}' >out.$i 2>err.$i
       echo $? >status.$i; }} &
done
wait
""")
    running = scene.start(program=loop)
    scene.until_count("flight", "waits", 199)
    same("runs", 1, len(scene.read("ran").splitlines()))
    fifo = os.open(scene.file("fifo"), os.O_RDWR)
    with open(scene.file("go"), "wb"):
        pass
    os.write(fifo, b"\n")
    same("status of the loop", 0, running.status())
    os.close(fifo)
    same("runs", 1, len(scene.read("ran").splitlines()))
    for name, expected in (("out", f"text\n{scene.read('ran')}"),
                           ("err", "more\n"), ("status", "3\n")):
        seen = {scene.read(f"{name}.{i}") for i in range(1, 201)}
        same(f"all of {name}", {expected}, seen)
    counts = scene.stats("flight")
    same("begun and shared", (1, 199), (counts["fresh"], counts["shared"]))
    scene.nothing_is_held()


@test
def all_bytes_come_through_both_streams(scene):
    """Each value, in an order of its own, and no line feed at the end."""
    data = {"out": bytes(range(256)) * 3 + b"end",
            "err": bytes(reversed(range(256))) + b"\0"}
    for name, content in data.items():
        with open(scene.file(name + ".bin"), "wb") as stream:
            stream.write(content)
    flight = Flight(scene, "cat out.bin; cat err.bin >&2")
    callers = [flight.lead(), *flight.follow(3)]
    flight.go()
    for caller in callers:
        result = caller.result()
        same("status", 0, result.status)
        same("stdout", data["out"], result.bytes)
        same("stderr", data["err"], result.err_bytes)
    same("runs", 1, flight.ran())


@rows((0, "exit 0"), (1, "exit 1"), (75, "exit 75"), (255, "exit 255"),
      (128 + signal.SIGTERM, "kill -TERM $$"),
      (128 + signal.SIGKILL, "kill -KILL $$"),
      (127, "exec /no/such/program"))
def status_is_shared(scene, status, script):
    flight = Flight(scene, "echo text\n" + script)
    callers = [flight.lead(), *flight.follow(2)]
    flight.go()
    results = [caller.result() for caller in callers]
    same("statuses", {status}, {result.status for result in results})
    same("outputs", 1, len({(result.out, result.err) for result in results}))
    same("runs", 1, flight.ran())


@test
def nothing_printed_is_shared_too(scene):
    flight = Flight(scene, "exit 4")
    callers = [flight.lead(), *flight.follow(1)]
    flight.go()
    for caller in callers:
        result = caller.result()
        same("result", (4, "", ""), (result.status, result.out, result.err))


@test
def who_comes_after_the_end_runs_it_again(scene):
    flight = Flight(scene, "echo $$")
    flight.go()
    first, second = flight.call().result(), flight.call().result()
    check("both had the same run", first.out != second.out)
    same("runs", 2, flight.ran())


@test
def results_are_kept_for_those_who_come_later(scene):
    """Failures are not: the next one tries again."""
    flight = Flight(scene, "echo $$; exit $(cat status)", "--keep", "1h")
    flight.go()
    for status, runs in ((3, 1), (3, 2), (0, 3), (9, 3)):
        with open(scene.file("status"), "w", encoding="ascii") as stream:
            stream.write(str(status))
        result = flight.call().result()
        same("status", 0 if status == 9 else status, result.status)
        same("output", f"{flight.pids()[-1]}\n", result.out)
        same("runs", runs, flight.ran())


@test
def who_does_not_wait_is_sent_away(scene):
    flight = Flight(scene, "")
    leader = flight.lead()
    for words, status in ((("-n",), 75), (("-w", "1ms"), 124),
                          (("-n", "-E", "9"), 9)):
        result = scene.run("flight", *words, "k", "--", "echo", "ran")
        same("status and output", (status, ""), (result.status, result.out))
    flight.go()
    same("status of the leader", 0, leader.status())


# Large outputs

def bytes_of(n):
    """n bytes that differ from place to place."""
    return b"".join(b"%08d" % i for i in range(n // 8 + 1))[:n]


@rows((LIMIT, 0), (0, LIMIT), (LIMIT // 2, LIMIT // 2))
def outputs_up_to_the_limit_are_shared(scene, n_out, n_err):
    flight = Flight(scene, f"head -c {n_out} data; head -c {n_err} data >&2")
    data = bytes_of(LIMIT)
    with open(scene.file("data"), "wb") as stream:
        stream.write(data)
    callers = [flight.lead(), *flight.follow(2)]
    flight.go()
    for caller in callers:
        result = caller.result()
        same("status", 0, result.status)
        check("stdout differs", result.bytes == data[:n_out])
        check("stderr differs", result.err_bytes == data[:n_err])


@rows((LIMIT + 1, 0, 5), (LIMIT, 1, 0), (3 << 20, 1000, 1))
def what_is_above_the_limit_is_the_leaders_alone(scene, n_out, n_err, status):
    """It streams all and exits as the command does; nobody waits until it has
    ended, to run it then."""
    flight = Flight(scene, f"head -c {n_err} data >&2; head -c {n_out} data; "
                    f"exit {status}")
    data = bytes_of(n_out)
    with open(scene.file("data"), "wb") as stream:
        stream.write(data)
    leader, *followers = [flight.lead(), *flight.follow(2)]
    flight.go()
    result = leader.result()
    same("status", status, result.status)
    check("stdout differs", result.bytes == data)
    check("stderr differs", result.err_bytes == data[:n_err])
    for follower in followers:
        result = follower.result()
        same("follower", (70, ""), (result.status, result.out))
        has("complaint", "more than 760 KiB", result.err)
    same("runs", 1, flight.ran())


@test
def output_streams_while_the_command_runs(scene):
    """A line at a time, with no end in sight."""
    flight = Flight(scene, "")
    flight.script = "echo one; echo two >&2;" + flight.script
    leader = flight.lead()
    same("a line of stdout", b"one\n", leader.stdout.readline())
    same("a line of stderr", b"two\n", leader.stderr.readline())
    flight.go()
    same("status", 0, leader.status())


def until_full(what, pipe):
    until(f"the pipe of {what} is full",
          lambda: not select.select([], [pipe], [], 0)[1])


@test
def a_reader_that_stops_stops_the_command_and_loses_nothing(scene):
    """Its pipe is full, and that of the command is full; then it goes on."""
    data = bytes_of(LIMIT - 100)
    with open(scene.file("data"), "wb") as stream:
        stream.write(data)
    flight = Flight(scene, "cat data; echo done >&2")
    out = scene.pipe()
    leader = flight.lead(stdout=out.theirs)
    follower, = flight.follow(1)
    flight.go()
    until_full("the reader", out.theirs)
    pid, = flight.pids()
    with open(f"/proc/{pid}/fd/1", "wb", buffering=0) as pipe:
        until_full("the command", pipe)
    check("the command has ended", is_running(pid))
    same("waits", 1, scene.count("flight", "waits"))
    check("something of it was lost", out.end() == data)
    result = leader.result()
    same("status and stderr", (0, "done\n"), (result.status, result.err))
    check("the follower lost something", follower.result().bytes == data)


@rows(("out",), ("err",), ("both",))
def a_leader_that_nobody_reads_still_collects(scene, which):
    """More than fits into a pipe; and with streams that are closed or whose
    reader has gone."""
    data = bytes_of(300000)
    with open(scene.file("data"), "wb") as stream:
        stream.write(data)
    flight = Flight(scene, "cat data; cat data >&2; exit 2")

    def close():
        if which != "err":
            os.close(1)
        if which != "out":
            os.close(2)

    gone = scene.pipe()
    gone.close()
    out = subprocess.DEVNULL if which == "err" else gone.theirs
    err = subprocess.DEVNULL if which == "out" else gone.theirs
    for how in ({"stdout": out, "stderr": err},
                {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
                 "preexec_fn": close}):
        leader = flight.lead(**how)
        follower, = flight.follow(1)
        flight.go()
        result = follower.result()
        same("status of the follower", 2, result.status)
        check("stdout differs", result.bytes == data)
        check("stderr differs", result.err_bytes == data)
        same("status of the leader", 2, leader.result().status)
        os.unlink(scene.file("go"))


@test
def output_that_is_lost_is_a_failure_of_the_follower_too(scene):
    with open("/dev/full", "wb") as full:
        flight = Flight(scene, "echo text")
        leader = flight.lead()
        follower, = flight.follow(1, stdout=full)
        flight.go()
        same("status of the leader", 0, leader.status())
        result = follower.result()
        same("status of the follower", 71, result.status)
        has("complaint", "No space left", result.err)


@test
def a_background_process_does_not_hold_up_the_end(scene):
    """It has the pipes still, and writes and writes."""
    alive = scene.pipe()
    flight = Flight(scene, "echo text; yes >&2 & read -r x <fifo; exit 3")
    leader = flight.lead(pipes=[alive])
    follower, = flight.follow(1)
    flight.go()
    for caller in (leader, follower):
        result = caller.result()
        same("status and stdout", (3, "text\n"), (result.status, result.out))
    same("what the background process has left", b"", alive.end())


@test
def a_silent_background_process_does_not_either(scene):
    os.mkfifo(scene.file("never"))
    flight = Flight(scene, "echo text; cat never & exit 3")
    leader = flight.lead()
    flight.go()
    result = leader.result()
    same("status and stdout", (3, "text\n"), (result.status, result.out))


@test
def followers_do_not_wait_for_the_reader_of_the_leader(scene):
    """The command has ended, its last output is stuck in the leader; a signal
    ends that then."""
    out = scene.pipe()
    os.set_blocking(out.theirs, False)
    try:
        while True:
            os.write(out.theirs, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(out.theirs, True)
    flight = Flight(scene, "echo text; exit 3")
    leader = flight.lead(stdout=out.theirs)
    follower, = flight.follow(1)
    flight.go()
    result = follower.result()
    same("follower", (3, "text\n"), (result.status, result.out))
    check("the leader has lost something", leader.poll() is None)
    leader.send_signal(signal.SIGTERM)
    same("status", 128 + signal.SIGTERM, leader.status())


# Leaders that end

@rows(("KILL",), ("TERM",), ("INT",), ("HUP",), ("QUIT",))
def exactly_one_follower_takes_over_from_a_leader_that_is_ended(scene, name):
    """The command of the leader is gone by then."""
    flight = Flight(scene, "echo $$; exit 3")
    leader = flight.lead()
    followers = flight.follow(5)
    first, = flight.pids()
    leader.send_signal(signal.Signals["SIG" + name])
    same("status of the leader", 128 + signal.Signals["SIG" + name],
         leader.status())
    flight.until_ran(2)
    check("the first command lives", not is_running(first))
    scene.until_count("flight", "waits", 4)
    flight.go()
    results = [follower.result() for follower in followers]
    same("results", {(3, f"{flight.pids()[1]}\n")},
         {(result.status, result.out) for result in results})
    same("runs", 2, flight.ran())
    same("take-overs", 1, scene.count("flight", "take_overs"))


@test
def a_leader_that_is_told_to_end_and_ends_well_shares(scene):
    """What its command made of it counts."""
    flight = Flight(scene, "")
    flight.script = "trap 'echo ended; exit 0' TERM;" + flight.script
    leader = flight.lead()
    follower, = flight.follow(1)
    leader.send_signal(signal.SIGTERM)
    for caller in (leader, follower):
        result = caller.result()
        same("result", (0, "ended\n"), (result.status, result.out))
    same("runs", 1, flight.ran())


@test
def followers_may_leave(scene):
    flight = Flight(scene, "echo text")
    leader = flight.lead()
    first, second = flight.follow(2)
    first.kill()
    scene.until_count("flight", "waits", 1)
    flight.go()
    for caller in (leader, second):
        same("output", "text\n", caller.result().out)


@test
def too_many_lost_leaders_are_enough(scene):
    flight = Flight(scene, "", "--max-leaders", "2")
    leader = flight.lead()
    followers = flight.follow(3)
    leader.kill()
    flight.until_ran(2)
    scene.until_count("flight", "waits", 2)
    second = next(each for each in followers if children_of(each.pid))
    followers.remove(second)
    second.kill()
    for follower in followers:
        result = follower.result()
        same("status", 75, result.status)
        has("complaint", "leader_lost", result.err)
    same("runs", 2, flight.ran())


@test
def a_lost_daemon_does_not_end_the_command(scene):
    """Its caller gets all; the others are told, or run it themselves."""
    flight = Flight(scene, "echo text; exit 3")
    leader = flight.lead()
    follower, = flight.follow(1)
    flight.options = ("--fail-open",)
    bold, = flight.follow(1)
    scene.end_daemon(signal.SIGKILL)
    same("status of the follower", 69, follower.status())
    flight.until_ran(2)
    flight.go()
    for caller in (leader, bold):
        result = caller.result()
        same("result", (3, "text\n"), (result.status, result.out))
    same("runs", 2, flight.ran())


@test
def results_that_are_too_much_to_keep_are_shared(scene):
    """The 64 MiB of this user are used up by kept results: who waits gets the
    output all the same; nobody runs the command a second time."""
    value = "x" * (1 << 19)
    for i in range(200):
        scene.conn.grant("flight.begin", key=f"full {i}")
        answer = scene.conn.ask("flight.finish", key=f"full {i}", value=value,
                                keep_ms=3600000)
        if not answer["ok"]:
            break
    same("refused for", "quota", answer.get("error"))
    flight = Flight(scene, "head -c 700000 /dev/zero; exit 0", "--keep", "1h")
    leader = flight.lead()
    follower, = flight.follow(1)
    flight.go()
    for caller in (leader, follower):
        result = caller.result()
        same("result", (0, 700000), (result.status, len(result.bytes)))
    same("runs", 1, flight.ran())


main()
