# SPDX-License-Identifier: MIT
"""(d) Many jobs under a Limit of ten.

The witness is a gauge in shared memory.  A job leaves only when as many as
the Limit allows have come in together with it: a peak below ten would never
end, and an eleventh job would be seen beside the ten.
"""

from crew import CTX, LIMIT, Broken, run
from hold import Hold, Nothing
from witness import Gauge

TITLE = "100 jobs, at most 10 at a time"
JOBS = 100
CAPACITY = 10


def job(_rank, stage, together, gauge, limited):
    """Go inside, meet nine others there, leave."""
    hold = Nothing()
    if limited:
        hold = Hold(stage.client(), "limit.borrow", "limit.return",
                    capacity=CAPACITY)
    together.wait(LIMIT)
    entry = None
    if hold.ask(stage.key("jobs")):
        entry = gauge.enter()
    together.wait(LIMIT)            # nobody leaves before all have asked
    hold.wait()
    if entry is None:
        entry = gauge.enter()
    if not gauge.meet((entry // CAPACITY + 1) * CAPACITY):
        raise Broken("only %d jobs ran at the same time, not %d"
                     % (gauge.peaks()[0], CAPACITY))
    gauge.leave()
    hold.give()


def peak(stage, limited):
    """Run all jobs; the most that ran at the same time."""
    gauge = Gauge()
    run(JOBS, job, stage, CTX.Barrier(JOBS), gauge, limited)
    if gauge.entries() != JOBS:
        raise Broken("%d jobs ran, not %d" % (gauge.entries(), JOBS))
    return gauge.peaks()[0]


def play(stage):
    """Both ways; what is promised is checked."""
    limited = peak(stage, True)
    if limited != CAPACITY:
        raise Broken("%d jobs ran at the same time, not %d"
                     % (limited, CAPACITY))
    alone = peak(stage, False)
    if not alone > CAPACITY:
        raise Broken("without a Limit only %d jobs ran at the same time, so "
                     "that the peak is %d with it shows nothing"
                     % (alone, CAPACITY))
    return "peak %d" % limited, "peak %d" % alone
