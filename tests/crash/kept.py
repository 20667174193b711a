"""`text911 serve --keep`: the worker is killed, and its keeper has the next one up."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial

from .bench import Bench
from .judging import judge
from .lives import LIVES_MAX, READY_WITHIN, Setting, settled, waited_ns
from .load import Traffic
from .outcome import Outcome, percentile

# Further apart than deaths may be for the keeper to go on (`keeper.DEATHS_MAX`).
LIVES_MIN = 2.5  # s


def kept(setting: Setting) -> Outcome:
    """kill -9 of the worker, again and again, at random moments under load."""
    outcome = Outcome("kept")
    chance = random.Random(setting.seed)
    whole: list[float] = []
    own: list[float] = []
    with Bench(setting.folder, {"journal": {"snapshot_every_records": 1_000}}) as bench:
        bench.start(options=["--keep"])
        with bench.load(Traffic(seed=setting.seed)) as load:
            for _ in range(setting.some(100, 5)):
                load.more_accepted(20)
                time.sleep(chance.uniform(LIVES_MIN, LIVES_MIN + LIVES_MAX))
                worker = bench.writer
                began = time.monotonic()
                os.kill(worker, signal.SIGKILL)
                load.wait("another worker has the journal", partial(_other, bench, worker), 60.0)
                bench.wait_ready()
                whole.append(time.monotonic() - began)
                own.append(whole[-1] - waited_ns(bench.writer) / 1e9)
            left = settled(load, bench.directory)
        outcome.strict("exit code", abs(bench.stop()))
    outcome.seconds("ready again p95", percentile(own, 0.95), READY_WITHIN)
    outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures |= {
        "kills": len(whole),
        "ready p50": round(percentile(own, 0.5), 2),
        "ready max": round(max(own), 2),
        "with waiting for a processor p95": round(percentile(whole, 0.95), 2),
        "binds lost": load.ledger.links_lost,
    }
    return outcome


def _other(bench: Bench, worker: int) -> bool:
    """The lock is emptied and written anew by who takes it: between the two nobody has it."""
    try:
        return bench.writer != worker
    except ValueError:
        return False
