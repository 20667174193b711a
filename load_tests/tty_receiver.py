"""How many characters our TTY receiver gets wrong, beside minimodem, spandsp and theory, and the
other figures of the modem: one command, one table, one JSON file, one picture.

    python -m load_tests.tty_receiver --characters 10000 --json build/tty.json \
        --plot docs/tty-errors.svg

`--part` runs a part: errors, impairments, sounds, delay, speed. Takes some minutes with peers.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from text911.tty.demod.batch import Bank
from text911.tty.demod.choosing import receiver
from text911.tty.receiving import Code

from .tty_peers import PEERS
from .tty_picture import picture, theory_raw, theory_text
from .tty_signals import (
    Sender,
    amplitude,
    codes_of,
    echoed,
    edit_distance,
    mixed_text,
    mu_law,
    noise,
    sent,
    text_from,
)
from .tty_sounds import SOUNDS

PER_CALL = 250  # characters of one call; every call has its own lead-in, noise and beginning
FRAME = 160
POINTS = (8.0, 8.5, 9.0, 9.5, 10.0, 10.5, 11.0, 12.0, 13.0, 14.0, 16.0, 18.0, 20.0)
TYPICAL = Sender()
Codes = Callable[[NDArray[np.int16], NDArray[np.bool_]], list[int]]


@dataclass(frozen=True, slots=True)
class Case:
    """One line, one sender. `loss`: share of 20 ms packets that never arrive."""

    name: str
    ebn0_db: float = 22.0
    sender: Sender = TYPICAL
    level_dbm0: float = -20.0
    loss: float = 0.0
    echo_ms: float = 0.0
    echo_db: float = -6.0
    direct: float = 0.0  # DC, in full scales
    hum: float = 0.0  # 60 Hz, in amplitudes of the tone
    quiet: bool = False  # no noise at all


@dataclass(frozen=True, slots=True)
class Result:
    """Shares of characters that are wrong, in per cent; delays in ms, where they are known."""

    raw: float
    text: float
    characters: int
    delay_p50: float = 0.0
    delay_p99: float = 0.0


def line(case: Case, codes: list[int], chance: np.random.Generator) -> tuple[Any, Any]:
    """What arrives: samples of mu-law, and which are lost."""
    clean, _ = sent(codes, case.sender, chance)
    tone = amplitude(case.level_dbm0)
    samples = clean * tone
    if case.echo_ms:
        samples = echoed(samples, case.echo_ms, case.echo_db)
    at = np.arange(len(samples))
    samples += case.direct * 32767 + case.hum * tone * np.sin(2 * np.pi * 60 * at / 8000)
    if not case.quiet:
        samples += noise(case.ebn0_db, tone, len(samples), chance, case.sender.bit)
    packets = chance.random(len(samples) // FRAME + 1) < case.loss
    lost = np.repeat(packets, FRAME)[: len(samples)]
    heard = mu_law(samples)
    heard[lost] = 0
    return heard, lost


def ours(samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> tuple[list[int], list[float]]:
    """Codes, and for each how many ms after its stop bit its push ended."""
    ear = receiver()
    codes: list[int] = []
    delays: list[float] = []
    for at in range(0, len(samples), FRAME):
        for event in ear.push(samples[at : at + FRAME], lost[at : at + FRAME]):
            if isinstance(event, Code):
                codes.append(event.code)
                delays.append((min(at + FRAME, len(samples)) - 1 - event.at) / 8)
    codes += [one.code for one in ear.finish() if isinstance(one, Code)]
    return codes, delays


def measured(case: Case, characters: int, seed: int, peer: Codes | None = None) -> Result:
    """One point. `peer`: whose receiver; None: ours."""
    chance = np.random.default_rng(seed)
    raw_wrong = raw = text_wrong = text = 0
    delays: list[float] = []
    for _ in range(max(1, characters // PER_CALL)):
        said = mixed_text(chance, min(PER_CALL, characters))
        codes = codes_of(said)
        samples, lost = line(case, codes, chance)
        if peer is None:
            heard, late = ours(samples, lost)
            delays += late
        else:
            heard = peer(samples, lost)
        raw_wrong += edit_distance(codes, heard)
        raw += len(codes)
        text_wrong += edit_distance([*map(ord, said)], [*map(ord, text_from(heard))])
        text += len(said)
    p50, p99 = np.percentile(delays or [0.0], [50, 99])
    return Result(100 * raw_wrong / raw, 100 * text_wrong / text, text, float(p50), float(p99))


def cases() -> tuple[Case, ...]:
    """The impairments of facts and goals."""
    return (
        Case("phase jumps at every bit, 12 dB", 12.0, Sender(jumps=True)),
        Case("packet loss 1 %", loss=0.01, quiet=True),
        Case("packet loss 2 %", loss=0.02, quiet=True),
        Case("tones +3 %", sender=Sender(tones=1.03)),
        Case("tones -3 %", sender=Sender(tones=0.97)),
        Case("-45 dBm0", level_dbm0=-45.0),
        Case("stop 1", sender=Sender(stop_bits=1.0)),
        Case("stop 1.42", sender=Sender(stop_bits=1.42)),
        Case("stop 1.5", sender=Sender(stop_bits=1.5)),
        Case("50 baud", sender=Sender(bit=160.0)),
        Case("50 baud, stop 1.5", sender=Sender(bit=160.0, stop_bits=1.5)),
        Case("speed +1 %", sender=Sender(bit=176.0 / 1.01)),
        Case("speed -1 %", sender=Sender(bit=176.0 / 0.99)),
        Case("echo 30 ms -6 dB", echo_ms=30.0),
        Case("typing gaps", sender=Sender(gap_ms=150.0)),
        Case("DC 0.1", direct=0.1),
        Case("hum 60 Hz x3", hum=3.0),
        Case("lead-in 44 ms", sender=Sender(lead_in_ms=44.0)),
        Case("lead-in 22 ms", sender=Sender(lead_in_ms=22.0)),
    )


def characters_in(sound: str, seconds: int, seed: int, level_dbm0: float = -15.0) -> int:
    """How many characters we hear in a sound that has none."""
    chance = np.random.default_rng(seed)
    samples = mu_law(SOUNDS[sound](chance, seconds) * amplitude(level_dbm0))
    return len(ours(samples, np.zeros(len(samples), dtype=np.bool_))[0])


def speed(calls: int, frames: int, *, fast: bool) -> dict[str, float]:
    """Channels that one core can hear, all of them typing; ticks in ms."""
    chance = np.random.default_rng(1)
    codes = codes_of(mixed_text(chance, 150))
    clean, _ = sent(codes, Sender(), chance)
    tone = amplitude(-20.0)
    samples = mu_law(clean * tone + noise(22.0, tone, len(clean), chance))
    starts = chance.integers(0, 8000, calls)
    bank = Bank(fast=fast)
    ids = [bank.add() for _ in range(calls)]
    lost = np.zeros((calls, FRAME), dtype=np.bool_)
    ticks: list[float] = []
    for frame in range(frames):
        now = np.stack([samples[at + frame * FRAME :][:FRAME] for at in starts])
        began = time.perf_counter()
        bank.push(ids, now, lost)
        ticks.append(1000 * (time.perf_counter() - began))
    steady = np.array(ticks[frames // 10 :])
    return {
        "calls": calls,
        "tick_ms_mean": float(steady.mean()),
        "tick_ms_p99": float(np.percentile(steady, 99)),
        "channels_per_core": float(20 * calls / steady.mean()),
    }


def at_one_per_cent(points: list[float], wrong: list[float]) -> float:
    """Eb/N0 in dB where a curve crosses 1 %, between its points on a logarithmic scale."""
    for (a, x), (b, y) in zip(
        zip(points, wrong, strict=True), list(zip(points, wrong, strict=True))[1:], strict=False
    ):
        if x >= 1.0 > y:
            share = np.log(x) / (np.log(x) - np.log(max(y, 1e-3)))
            return float(a + (b - a) * share)
    return float("nan")


def errors(points: list[float], characters: int, peers: list[str]) -> dict[str, Any]:
    """Curves: {who: {"raw": [...], "text": [...]}} over `points`."""
    curves: dict[str, dict[str, list[float]]] = {
        "theory": {
            "raw": [theory_raw(one) for one in points],
            "text": [theory_text(one) for one in points],
        }
    }
    for who in ("ours", *peers):
        results = [
            measured(
                Case("", one), characters, int(one * 10), None if who == "ours" else PEERS[who]
            )
            for one in points
        ]
        curves[who] = {"raw": [r.raw for r in results], "text": [r.text for r in results]}
        for one, result in zip(points, results, strict=True):
            say(f"{who:10} {one:5.1f} dB  raw {result.raw:7.3f} %  text {result.text:7.3f} %")
    crossings = {
        who: {kind: at_one_per_cent(points, curve[kind]) for kind in curve}
        for who, curve in curves.items()
    }
    say(f"1 % at dB: {json.dumps(crossings)}")
    return {"points": points, "characters": characters, "curves": curves, "at_1_percent": crossings}


def say(words: str) -> None:
    """A line of the table."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m load_tests.tty_receiver", description=__doc__)
    parser.add_argument("--part", action="append", default=[])
    parser.add_argument("--points", type=float, nargs="*", default=list(POINTS))
    parser.add_argument("--characters", type=int, default=2000, help="a point")
    parser.add_argument("--seconds", type=int, default=60, help="of each sound")
    parser.add_argument("--peer", action="append", default=[], choices=sorted(PEERS))
    parser.add_argument("--json", type=Path, help="the figures; parts are added to it")
    parser.add_argument("--plot", type=Path, help="the picture of the error rates, SVG")
    asked = parser.parse_args(arguments)
    parts = asked.part or ["errors", "impairments", "sounds", "speed"]
    found: dict[str, Any] = {}
    if asked.json and asked.json.exists():
        found = json.loads(asked.json.read_text(encoding="utf-8"))
    if "errors" in parts:
        found["errors"] = errors(asked.points, asked.characters, asked.peer)
    if "impairments" in parts:
        found["impairments"] = {}
        for case in cases():
            result = measured(case, asked.characters, 1)
            found["impairments"][case.name] = [result.raw, result.text]
            say(
                f"{case.name:34} raw {result.raw:7.3f} %  text {result.text:7.3f} %  delay p50 "
                f"{result.delay_p50:.0f} p99 {result.delay_p99:.0f} ms"
            )
    if "sounds" in parts:
        found["sounds"] = {one: characters_in(one, asked.seconds, 1) for one in SOUNDS}
        say(f"characters in {asked.seconds} s of: {found['sounds']}")
    if "speed" in parts:
        found["speed"] = {
            "compiled": speed(500, 300, fast=True),
            "numpy": speed(20, 60, fast=False),
        }
        say(f"speed: {json.dumps(found['speed'])}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if asked.plot:
        asked.plot.write_text(picture(found["errors"]), encoding="utf-8")


if __name__ == "__main__":
    main()
