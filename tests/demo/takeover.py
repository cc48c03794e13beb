# SPDX-License-Identifier: MIT
"""(f) The leader of a flight is killed while all the others wait for it.

The witness is a counter in shared memory of those who were told to lead.
"""

import os

from crew import CTX, LIMIT, Broken, Crew
from witness import Counter, Victim

TITLE = "the leader of 100 is killed"
CALLERS = 100


def caller(_rank, stage, together, led, victim):
    """Share a flight; the first leader dies in the middle of it."""
    client = stage.client()
    key = stage.key("flight")
    together.wait(LIMIT)
    number = client.place("flight.begin", key=key)
    doomed = False
    if client.answered(number):
        answer = client.answer(number)
        led.add()
        doomed = victim.volunteer()
    else:
        answer = None
    together.wait(LIMIT)            # the leader lives until all have asked
    if doomed:
        victim.park()
    if answer is None:
        answer = client.answer(number)
        if answer["leader"]:
            led.add()
    if not answer["leader"]:
        return None, answer["value"]
    result = "the result of process %d" % os.getpid()
    client.call("flight.finish", key=key, token=answer["token"], value=result)
    return result, None


def play(stage):
    """Kill the leader; what is promised is checked."""
    led, victim = Counter(), Victim()
    with Crew(CALLERS, caller, stage, CTX.Barrier(CALLERS), led,
              victim) as crew:
        victim.strike(crew, "no process was told to lead")
        results = crew.results()
    takers = led.count() - 1
    if takers != 1:
        raise Broken("%d processes took over, not exactly one" % takers)
    made = [result for result, _ in results if result is not None]
    got = [value for result, value in results if result is None]
    wrong = sum(value != made[0] for value in got)
    if wrong or len(got) != CALLERS - 2:
        raise Broken("%d of %d followers did not get the result of the one "
                     "that took over" % (wrong, len(got)))
    return "1 took over, %d got it" % len(got), "-"
