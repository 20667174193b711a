"""A process whose UTC is set sees it by every way of asking; its monotonic clock does not move."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.crash.clock import WallClock
from tests.journeys.tools import need

HOUR = 3600.0
ASK = """
import sys, time
from datetime import UTC, datetime
for _ in sys.stdin:
    at = [time.time(), datetime.now(UTC).timestamp(), time.clock_gettime(time.CLOCK_REALTIME)]
    print(*at, time.monotonic(), flush=True)
"""


def test_every_way_of_asking_for_utc_jumps_and_the_monotonic_clock_does_not(tmp_path: Path) -> None:
    need("gcc")
    with (
        WallClock(tmp_path) as clock,
        subprocess.Popen(
            [sys.executable, "-c", ASK],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**clock.environment},
        ) as asked,
    ):
        assert asked.stdin is not None
        assert asked.stdout is not None
        for offset in (0.0, HOUR, -HOUR, 0.0):
            clock.set(offset)
            before = time.clock_gettime(time.CLOCK_REALTIME), time.monotonic()
            asked.stdin.write("now\n")
            asked.stdin.flush()
            *utc, monotonic = (float(one) for one in asked.stdout.readline().split())
            after = time.clock_gettime(time.CLOCK_REALTIME), time.monotonic()
            for one in utc:
                assert before[0] - 0.001 <= one - offset <= after[0] + 0.001
            assert before[1] <= monotonic <= after[1]
        asked.stdin.close()
