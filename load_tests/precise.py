"""A loop that wakes on time, and the CPU clocks of other processes. Linux only.

asyncio's default selector rounds every wait up to a whole millisecond, which is longer than what
we want to measure; select(2) takes microseconds. The kernel may also delay a wake-up by the timer
slack of the thread, 50 us unless told otherwise.
"""

from __future__ import annotations

import asyncio
import ctypes
import selectors
import time

PR_SET_TIMERSLACK = 29  # prctl(2)


def loop() -> asyncio.SelectorEventLoop:
    """A loop with microsecond waits, for fewer than 1,000 sockets (select(2)'s limit)."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def cpu_ns(pid: int) -> int:
    """CPU time that all threads of a process have used, in ns. The clock of a process is named by
    its id: clock_getcpuclockid(3) computes just this, and Python does not offer it."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def machine_cpu_ns() -> int:
    """Busy time of all cores together, in ns, from /proc/stat (ticks of 10 ms)."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + irq + softirq) * 10_000_000


def busy_cores(seconds: float) -> float:
    """How many cores the machine keeps busy for so long, while we do nothing."""
    began, before = time.monotonic_ns(), machine_cpu_ns()
    time.sleep(seconds)
    return max(0, machine_cpu_ns() - before) / (time.monotonic_ns() - began)
