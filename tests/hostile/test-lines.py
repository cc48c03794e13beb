#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every line of lines.py, alone, between good requests, cut at every byte into
two reads of the daemon, and as the last words of a connection. The whole
answer is compared each time, and another client is served after each case. In
the end the daemon has nothing left of any of it.

row: 1 2 3 4 5 7 9 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
row: 31 32 33 34 35 36 42 43 44 47 76
"""
import os
import sys
import traceback

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
                for name in (".", "../cli")]
# pylint: disable=wrong-import-position
from harness import Failed, Scene, same, until  # noqa: E402
from lines import CASES, OK, PING  # noqa: E402
from stage import count_fds  # noqa: E402
from wire import Wire, matches  # noqa: E402

# Cuts: at every byte of a line up to this length; of a longer one around its
# ends, and at some places between.
EVERYWHERE = 4096
AROUND = 16
BETWEEN = 64


def cuts(length):
    """Where the line and its line feed are cut."""
    if length <= EVERYWHERE:
        return range(1, length + 1)
    step = length // BETWEEN
    return sorted({*range(1, AROUND), *range(step, length, step),
                   *range(length - AROUND, length + 1)})


def joined(pairs):
    """Lines to send, and all their answers."""
    sent = b"".join(line + b"\n" for line, _ in pairs)
    return sent, "\n".join(answer for _, answer in pairs if answer)


def play(wire, case, deliver, expected):
    for pairs in (case.before, None, case.after):
        if pairs is None:
            deliver()
            wire.expect(expected)
        elif pairs:
            sent, answers = joined(pairs)
            wire.send(sent)
            wire.expect(answers)


def in_order(*answers):
    return "\n".join(answer for answer in answers if answer)


def alone(scene, case):
    """On a fresh connection."""
    wire = Wire(scene.path)
    play(wire, case, lambda: wire.send(case.line + b"\n"), case.answer)
    wire.close()


def pipelined(wire, case):
    """One write, with a good request before and one behind it."""
    data = b'{"id":1,"op":"ping"}\n' + case.line + b"\n" + PING + b"\n"
    play(wire, case, lambda: wire.send(data),
         in_order('{"id":1,"ok":true}', case.answer, OK))


def cut(wire, case):
    """Two reads of the daemon, one up to the cut."""
    for at in cuts(len(case.line)):
        def deliver(at=at):
            wire.send_and_see_taken(case.line[:at])
            wire.send(case.line[at:] + b"\n")
        try:
            play(wire, case, deliver, case.answer)
        except Failed as failed:
            raise Failed(f"cut at {at}: {failed}") from None


def at_the_end(scene, case):
    """Without its line feed, before the end of what is sent."""
    if case.before:
        return
    wire = Wire(scene.path)
    wire.send(case.line)
    wire.shut()
    heard = wire.to_the_end()
    matches(case.answer, heard)
    wire.close()


def run_case(scene, wires, case):
    wire, other = wires
    alone(scene, case)
    pipelined(wire, case)
    cut(wire, case)
    at_the_end(scene, case)
    other.ask(PING, OK)


def nothing_is_left(scene, other, n_before):
    """Gauges at zero, and the descriptors of before."""
    until("the others have gone",
          lambda: scene.conn.ask("stats")["connections"] == 3)
    for kind, counts in scene.conn.ask("stats")["kinds"].items():
        for gauge in ("keys", "holds", "waits"):
            same(f"{gauge} of {kind}", 0, counts[gauge])
    same("descriptors", n_before, count_fds(scene))
    other.ask(PING, OK)


def named(case):
    line = repr(case.line)[1:]
    return f"row {case.row}: " + (
        line if len(line) <= 60 else f"{line[:50]}... of {len(case.line)}")


def main():
    scene = Scene()
    n_failed = 0
    try:
        wires = Wire(scene.path), Wire(scene.path)
        for wire in wires:
            wire.ask(PING, OK)
        scene.conn.ask("ping")
        n_before = count_fds(scene)
        for case in CASES:
            try:
                run_case(scene, wires, case)
                print("ok", named(case))
            except Failed:
                n_failed += 1
                print("FAILED", named(case))
                traceback.print_exc(file=sys.stdout)
                wires = Wire(scene.path), Wire(scene.path)
        if n_failed == 0:
            nothing_is_left(scene, wires[1], n_before)
            scene.end_daemon()
            same("status of the daemon", 0, scene.daemon.returncode)
    finally:
        scene.stack.close()
    print(f"{len(CASES)} cases, {n_failed} failed")
    sys.exit(1 if n_failed else 0)


if __name__ == "__main__":
    main()
