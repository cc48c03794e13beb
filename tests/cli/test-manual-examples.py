#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every example of msync(1) does what the page says of it.

They are run as they stand in the page, with a real daemon, and with programs
made here in place of those that they name (see examples.py).
"""
import configparser
import json
import os
import re
import shlex
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from examples import Stage, manual_examples, with_times
from harness import check, has, is_running, main, rows, same, test, until
from openmetrics import read

EXAMPLES = manual_examples()
tested = []


def example(name):
    """Marks a test of this example, which gets a stage and its text."""
    tested.append(name)

    def mark(function):
        def run(scene):
            function(Stage(scene), EXAMPLES[name])
        run.__name__ = f"{name}: {function.__name__}"
        test(run)
    return mark


@test
def each_example_has_a_test_and_each_literal_block_a_name(_scene):
    same("examples", sorted(EXAMPLES), sorted(set(tested)))
    check("at least 12 examples", len(EXAMPLES) >= 12)
    with open(os.path.join(os.environ["srcdir"], "man", "msync.1"),
              encoding="utf-8") as page:
        same("literal blocks, all of them examples", len(EXAMPLES),
             page.read().count(".Bd -literal"))


# What stands in a crontab

def crontab_command(line):
    """What cron runs of a line: all behind the five fields; a % would end
    it."""
    fields = line.split(None, 5)
    check(f"no % in {line!r}", "%" not in line)
    return fields[5]


@example("cron")
def crontab_takes_the_line(stage, text):
    result = stage.scene.run("-n", "-", program="crontab",
                             data=text.encode())
    same(f"status of crontab -n: {result.err}", 0, result.status)
    result = stage.scene.run("-n", "-", program="crontab",
                             data=text.replace("* msync", "msync", 1)
                             .replace("*  msync", "msync").encode())
    check("crontab refuses a line with a field less", result.status != 0)


@example("cron")
def what_comes_while_one_runs_is_left_out(stage, text):
    stage.program("import-orders", "exit 3", is_held=True)
    command = crontab_command(text)
    first = stage.start(command)
    stage.until_begun("import-orders")
    second = stage.play(command)
    same("status of the second", 75, second.status)
    same("what cron would mail of it", "", second.out + second.err)
    stage.release()
    same("status of the first", 3, first.status())
    same("runs", ["import-orders "], stage.ran())
    # And the next one is not left out.
    stage.release()
    same("status of the next", 3, stage.play(command).status)
    same("runs", ["import-orders "] * 2, stage.ran())


# Locks

@example("deploy")
def one_deployment_at_a_time_in_order(stage, text):
    stage.program("deploy-site", "exit $(wc -l <ran)", is_held=True)
    deployments = []
    for waits in range(4):
        deployments.append(stage.start(text))
        if waits == 0:
            stage.until_begun("deploy-site")
        stage.scene.until_count("lock", "waits", waits)
    for number, deployment in enumerate(deployments, 1):
        same("runs so far", ["deploy-site --to production"] * number,
             stage.ran())
        stage.release()
        same(f"status of number {number}", number, deployment.status())
        if number < 4:
            stage.until_begun("deploy-site")
    stage.scene.nothing_is_held()


@example("deploy")
def it_is_not_begun_after_the_time(stage, text):
    stage.program("deploy-site")
    stage.scene.conn.grant("lock.acquire", key="deploy", wait_ms=0)
    late = stage.play(with_times(text, {"10m": "100ms"}))
    same("status", 124, late.status)
    same("runs", [], stage.ran())


def ci_step(stage, text):
    """A step as CI runners run it: the shell ends at the first failure."""
    results = [stage.play(text, shell=shell)
               for shell in (["/bin/sh", "-e"], ["/bin/sh"],
                             ["bash", "--noprofile", "--norc", "-eo",
                              "pipefail"])]
    for result in results[1:]:
        same("each shell's status and last words",
             (results[0].status, results[0].err.splitlines()[-1:]),
             (result.status, result.err.splitlines()[-1:]))
    return results[0]


@example("ci")
def tests_that_pass_and_tests_that_fail_are_told(stage, text):
    stage.program("run-integration-tests", "exit $(cat outcome)")
    for outcome, status, words in ((0, 0, ""), (1, 1, "the tests failed\n"),
                                   (75, 1, "the tests failed\n"),
                                   (124, 1, "the tests failed\n")):
        with open(stage.scene.file("outcome"), "w", encoding="utf-8") as file:
            file.write(str(outcome))
        step = ci_step(stage, text)
        same(f"tests that exit with {outcome}", (status, words),
             (step.status, step.err))
    same("runs", 12, len(stage.ran()))


@example("ci")
def environment_that_is_busy_is_told_apart(stage, text):
    stage.program("run-integration-tests")
    stage.scene.conn.grant("lock.acquire", key="staging", wait_ms=0)
    step = ci_step(stage, with_times(text, {"-w 10m": "-w 50ms"}))
    same("status", 1, step.status)
    has("words", "staging was busy for ten minutes", step.err)
    check("no word of tests", "the tests failed" not in step.err)
    same("runs", [], stage.ran())


@example("backup")
def one_backup_at_a_time_whoever_starts_it(stage, text):
    stage.program("backup-database", is_held=True)
    first = stage.start(text)
    stage.until_begun("backup-database")
    second = stage.start(text)
    stage.scene.until_count("lock", "waits", 1)
    same("runs", ["backup-database shop"], stage.ran())
    stage.release()
    same("status of the first", 0, first.status())
    stage.until_begun("backup-database")
    stage.release()
    same("status of the second", 0, second.status())


@example("backup")
def backup_that_hangs_is_ended(stage, text):
    stage.program("backup-database", "trap '' TERM\necho $$ >pid\n"
                  "echo hangs >>begun\nwhile :; do read -r line <go; done")
    backup = stage.start(with_times(text, {"6h": "300ms", "1m": "10ms"}))
    stage.until_begun("hangs")
    result = backup.result()
    same("status", 74, result.status)
    has("words", "its lease ran out", result.err)
    check("it does not run any more",
          not is_running(int(stage.scene.read("pid"))))


@example("steps")
def steps_are_under_one_lock_that_the_end_releases(stage, text):
    look = "msync stats | sed -n 's/^holds *[^ ]* *\\([0-9]*\\).*/\\1/p' >>held"
    stage.program("build-site", look)
    stage.program("deploy-site", look)
    result = stage.play(text)
    same("status", (0, ""), (result.status, result.err))
    same("runs", ["build-site ", "deploy-site --to production"], stage.ran())
    same("locks held meanwhile", ["1", "1"],
         stage.scene.read("held").split())
    stage.scene.nothing_is_held()
    same("grants", 1, stage.scene.count("lock", "granted"))


@rows(("build-site", "exit 9", 9), ("build-site", "kill -TERM $PPID", None))
def lock_of_steps_is_released_after_a_failure(scene, name, body, status):
    stage = Stage(scene)
    stage.program("deploy-site")
    stage.program(name, body)
    # Whoever is told to end by a signal has a shell that minds its trap.
    result = stage.play(EXAMPLES["steps"], shell=["bash"])
    if status is not None:
        same("status", status, result.status)
    same("runs", [f"{name} "], stage.ran())
    scene.nothing_is_held()


@example("steps")
def nothing_is_deployed_without_the_lock(stage, text):
    stage.program("build-site", "until msync stats | "
                  "grep -q '^lease_expired *[^ ]* *1'; do :; done")
    stage.program("deploy-site")
    result = stage.play(with_times(text, {"--lease 15m": "--lease 1ms"}))
    same("status", 74, result.status)
    same("runs", ["build-site "], stage.ran())


@example("steps")
def steps_are_not_begun_while_others_deploy(stage, text):
    stage.program("build-site")
    stage.scene.conn.grant("lock.acquire", key="deploy", wait_ms=0)
    result = stage.play(with_times(text, {"-w 1m": "-w 50ms"}))
    same("status", 124, result.status)
    same("runs", [], stage.ran())


@example("inherit")
def server_in_the_background_keeps_the_lock(stage, text):
    # It forks, tells its pid, and its parent ends; what it inherits it keeps.
    stage.program("start-indexer", "(echo server >>begun; read -r line <go)"
                  " >/dev/null 2>&1 </dev/null &")
    result = stage.play(text)
    same("status", 0, result.status)
    stage.until_begun("server")
    same("holds while the server lives", 1,
         stage.scene.count("lock", "holds"))
    same("status of a second one", 75, stage.play(text).status)
    same("runs", ["start-indexer --daemon"], stage.ran())
    stage.release()
    stage.scene.until_free()


@example("fencing")
def publisher_notes_its_token(stage, text):
    stage.program("publish-site", "cat published.token >>before 2>/dev/null\n:")
    same("status", 0, stage.play(text).status)
    first = int(stage.scene.read("published.token"))
    same("status", 0, stage.play(text).status)
    second = int(stage.scene.read("published.token"))
    check(f"{second} is more than {first}", second > first)
    same("runs", 2, len(stage.ran()))
    same("token at the second one", f"{first}\n", stage.scene.read("before"))


@example("fencing")
def publisher_with_an_older_token_does_no_harm(stage, text):
    stage.program("publish-site")
    # Others have published, with tokens that this one's is older than.
    token = stage.scene.conn.grant("lock.acquire", key="publish", wait_ms=0)
    stage.scene.conn.ask("lock.release", key="publish")
    newer = str(token + 1000000)
    with open(stage.scene.file("published.token"), "w",
              encoding="utf-8") as file:
        file.write(newer)
    same("status", 1, stage.play(text).status)
    same("runs", [], stage.ran())
    same("token", newer, stage.scene.read("published.token"))


# Flights

@example("report")
def report_is_made_once_for_a_hundred(stage, text):
    stage.program("make-report", "echo 'the report'; echo 'a warning' >&2",
                  is_held=True)
    callers = [stage.start(text) for _ in range(100)]
    stage.scene.until_count("flight", "waits", 99)
    stage.until_begun("make-report")
    stage.release()
    for caller in callers:
        result = caller.result()
        same("a caller's result", (0, "the report\n", "a warning\n"),
             (result.status, result.out, result.err))
    same("runs", ["make-report --today"], stage.ran())


@example("report")
def report_is_kept_for_those_who_come_later(stage, text):
    stage.program("make-report", "wc -l <ran")
    kept = with_times(text, {"10s": "10m"})
    same("the first", "1\n", stage.play(kept).out)
    same("the second", "1\n", stage.play(kept).out)
    same("runs", 1, len(stage.ran()))


@example("report")
def report_is_kept_no_longer_than_said(stage, text):
    stage.program("make-report", "wc -l <ran")
    kept = with_times(text, {"10s": "1ms"})
    same("the first", "1\n", stage.play(kept).out)
    until("another run", lambda: stage.play(kept).out == "2\n")


# Limits

@example("licence")
def five_simulate_at_a_time(stage, text):
    stage.program("simulate", is_held=True)
    jobs = [stage.start(text) for _ in range(7)]
    stage.until_begun(*["simulate"] * 5)
    stage.scene.until_count("limit", "waits", 2)
    same("runs", ["simulate model.cfg"] * 5, stage.ran())
    # A seat that is free goes to one more.
    stage.release()
    stage.until_begun("simulate")
    same("seats taken", 5, stage.scene.count("limit", "holds"))
    stage.release(6)
    same("statuses", [0] * 7, [job.status() for job in jobs])
    same("runs", 7, len(stage.ran()))


@example("licence")
def seat_is_not_waited_for_longer_than_said(stage, text):
    stage.program("simulate")
    for _ in range(5):
        stage.scene.connect().grant("limit.borrow", key="simulator",
                                    capacity=5, wait_ms=0)
    same("status", 124, stage.play(with_times(text, {"2h": "50ms"})).status)
    same("runs", [], stage.ran())


@example("download")
def ten_downloads_at_a_time(stage, text):
    stage.program("fetch", is_held=True)
    jobs = [stage.start(text) for _ in range(12)]
    stage.until_begun(*["fetch"] * 10)
    stage.scene.until_count("limit", "waits", 2)
    same("runs", ["fetch https://example.org/a.iso"] * 10, stage.ran())
    stage.release(12)
    same("statuses", [0] * 12, [job.status() for job in jobs])


@example("download")
def downloads_go_on_without_the_daemon(stage, text):
    stage.program("fetch", "exit 6")
    stage.scene.end_daemon()
    result = stage.play(text)
    same("status", 6, result.status)
    has("words", "without msyncd", result.err)
    same("runs", ["fetch https://example.org/a.iso"], stage.ran())


@example("weight")
def jobs_count_by_their_weight(stage, text):
    stage.program("compress", is_held=True)
    small, huge = text.splitlines()
    in_use = {}
    jobs = []
    for name, line in (("huge", huge), ("small", small), ("small", small)):
        jobs.append(stage.start(line))
        stage.until_begun("compress")
        in_use[name] = stage.scene.conn.ask("limit.info", key="cpus")["in_use"]
    same("processors in use", {"huge": 6, "small": 8}, in_use)
    # There is no room for a small one, and then none for a huge one.
    jobs.append(stage.start(small))
    stage.scene.until_count("limit", "waits", 1)
    stage.release(2)
    stage.until_begun("compress")
    jobs.append(stage.start(huge))
    stage.release(3)
    same("statuses", [0] * 5, [job.status() for job in jobs])
    same("runs", ["compress huge.tar", "compress huge.tar",
                  "compress small.tar", "compress small.tar",
                  "compress small.tar"], sorted(stage.ran()))


@example("call")
def settings_of_a_limit_are_told_as_json(stage, text):
    stage.scene.conn.grant("limit.borrow", key="downloads", capacity=10,
                           permits=3, wait_ms=0)
    result = stage.play(text)
    same("status", 0, result.status)
    answer = json.loads(result.out)
    same("capacity and use", (10, 3), (answer["capacity"], answer["in_use"]))


@example("call")
def limit_that_is_not_there_is_no_success(stage, text):
    result = stage.play(text)
    same("status", 78, result.status)
    same("error", "unknown_key", json.loads(result.out)["error"])


# Pools

@example("gpu")
def four_cards_are_never_lent_twice(stage, text):
    stage.program("train", """
        mkdir "card.$CUDA_VISIBLE_DEVICES" || echo lent twice >>clashes
        echo "$CUDA_VISIBLE_DEVICES" >>cards
        echo train >>begun
        read -r line <go
        rmdir "card.$CUDA_VISIBLE_DEVICES" """)
    jobs = [stage.start(text) for _ in range(9)]
    stage.until_begun(*["train"] * 4)
    stage.scene.until_count("pool", "waits", 5)
    same("cards", ["0", "1", "2", "3"],
         sorted(stage.scene.read("cards").split()))
    stage.release(9)
    results = [job.result() for job in jobs]
    same("statuses", [0] * 9, [result.status for result in results])
    same("complaints", "", "".join(result.err for result in results))
    same("runs", 9, len(stage.ran()))
    check("no card is lent twice",
          not os.path.exists(stage.scene.file("clashes")))


def database_programs(stage, is_held):
    stage.program("new-database", 'echo "test$(grep -c ^new ran)"')
    stage.program("remove-database")
    stage.program("run-integration-tests", is_held=is_held)


@example("databases")
def three_databases_are_made_at_most(stage, text):
    database_programs(stage, is_held=True)
    jobs = []
    for _ in range(3):
        jobs.append(stage.start(text))
        stage.until_begun("run-integration-tests")
    jobs += [stage.start(text) for _ in range(2)]
    stage.scene.until_count("pool", "waits", 2)
    stage.release(5)
    same("statuses", [0] * 5, [job.status() for job in jobs])
    ran = stage.ran()
    same("databases made", 3, ran.count("new-database "))
    tests = [line for line in ran if line.startswith("run")]
    same("the first three", [f"run-integration-tests test{number}"
                             for number in (1, 2, 3)], tests[:3])
    check(f"the others get one of these: {tests}", set(tests[3:]) <=
          set(tests[:3]) and len(tests) == 5)
    check(f"nothing is removed: {ran}", "remove" not in "".join(ran))


@example("databases")
def databases_that_nobody_wanted_are_removed(stage, text):
    database_programs(stage, is_held=False)
    text = with_times(text, {"1h": "1ms"})
    same("status", 0, stage.play(text).status)

    def is_removed():
        same("status", 0, stage.play(text).status)
        return "remove-database test1" in stage.ran()
    until("test1 is removed", is_removed)
    ran = stage.ran()
    # Whoever finds it too old, gets a new one.
    at = ran.index("remove-database test1")
    check(f"a new one instead: {ran}",
          "run-integration-tests test2" in ran[at - 1:] and
          "run-integration-tests test1" not in ran[at + 1:])


# systemd

def unit_file(stage, name, text, msync=None):
    """Writes it, with programs that are there in place of those of the page."""
    if msync is not None:
        for path in re.findall(r"/usr/\S+", text):
            text = text.replace(path, msync[os.path.basename(path)])
    with open(stage.scene.file(name), "w", encoding="utf-8") as stream:
        stream.write(text)


def verify(stage, name):
    """What systemd has to say about a unit file."""
    return stage.scene.run("verify", "--man=no", stage.scene.file(name),
                           program="systemd-analyze").err


def programs(stage):
    return {"msync": os.path.join(os.environ["builddir"], "msync"),
            "nightly": os.path.join(stage.scene.file("bin"), "nightly")}


@example("unit")
def systemd_takes_the_service(stage, text):
    stage.program("nightly")
    unit_file(stage, "nightly.service", text, programs(stage))
    same("complaints", "", verify(stage, "nightly.service"))
    unit_file(stage, "nightly.service", text.replace("SuccessExit", "Exit"),
              programs(stage))
    has("complaints of a wrong one", "ExitStatus",
        verify(stage, "nightly.service"))


@example("timer")
def systemd_takes_the_timer(stage, text):
    stage.program("nightly")
    unit_file(stage, "nightly.service", EXAMPLES["unit"], programs(stage))
    unit_file(stage, "nightly.timer", text)
    same("complaints", "", verify(stage, "nightly.timer"))
    unit_file(stage, "nightly.timer", text.replace("hourly", "now and then"))
    has("complaints of a wrong one", "calendar specification",
        verify(stage, "nightly.timer"))


@example("unit")
def service_that_is_skipped_has_not_failed(stage, text):
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read_string(text)
    service = dict(parser["Service"])
    good = {0, *map(int, service["SuccessExitStatus"].split())}
    # systemd runs no shell: words, and the program by its path.
    words = shlex.split(service["ExecStart"])
    words = [programs(stage).get(os.path.basename(word), word)
             if word.startswith("/") else word for word in words]
    same("type", "oneshot", service["Type"])
    stage.program("nightly", is_held=True)
    first = stage.scene.start(*words[1:], program=words[0])
    stage.until_begun("nightly")
    second = stage.scene.run(*words[1:], program=words[0])
    same("status of the one that is skipped", 75, second.status)
    check("which is a success for systemd", second.status in good)
    stage.release()
    check("and so is the first", first.status() in good)
    same("runs", ["nightly "], stage.ran())
    stage.program("nightly", "exit 4")
    failed = stage.scene.run(*words[1:], program=words[0])
    same("status of one that fails", 4, failed.status)
    check("which is none", failed.status not in good)


# node_exporter

@example("metrics-unit")
def node_exporter_gets_a_file(stage, text):
    unit_file(stage, "msyncd-metrics.service", text,
              programs(stage))
    same("complaints", "", verify(stage, "msyncd-metrics.service"))
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read_string(text.replace("\\\n", ""))
    words = shlex.split(parser["Service"]["ExecStart"])
    same("program", "/usr/bin/msync", words[0])
    same("folder of Debian's node_exporter",
         "/var/lib/prometheus/node-exporter", os.path.dirname(words[-1]))
    stage.scene.conn.grant("lock.acquire", key="k", wait_ms=0)
    words[-1] = stage.scene.file(os.path.basename(words[-1]))
    result = stage.scene.run(*words[1:])
    same(f"status: {result.err}", 0, result.status)
    page = read(stage.scene.read("msyncd.prom"), is_plain=True)
    same("holds", 1, page.value("msyncd_holds", kind="lock"))


@example("metrics-timer")
def systemd_starts_it_at_once_and_every_15_seconds(stage, text):
    unit_file(stage, "msyncd-metrics.service", EXAMPLES["metrics-unit"],
              programs(stage))
    unit_file(stage, "msyncd-metrics.timer", text)
    same("complaints", "", verify(stage, "msyncd-metrics.timer"))
    unit_file(stage, "msyncd-metrics.timer",
              text.replace("OnUnitActiveSec=15", "OnUnitActiveSec=soon"))
    has("complaints of a wrong one", "Failed to parse timer value",
        verify(stage, "msyncd-metrics.timer"))


main()
