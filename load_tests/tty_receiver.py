"""How many characters our TTY receiver gets wrong, beside minimodem, spandsp and theory, and the
other figures of the modem: one command, one table, one JSON file, one picture.

    python -m load_tests.tty_receiver --characters 10000 --json build/tty.json \
        --plot docs/tty-errors.svg

`--part` runs a part: errors, impairments, sounds, confidence, speed. What a run finds is added to
the JSON file, so that a long measurement may be made in pieces (`--points`, `--case`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from text911.tty.demod.batch import Bank
from text911.tty.receiving import Code

from .tty_peers import PEERS
from .tty_picture import picture, theory_raw, theory_text
from .tty_signals import (
    RATE,
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

SETTLED = 60  # frames; by then a sender is known, and a quiet line sleeps
FLUSH = 24  # frames of nothing after which all is decided
PER_CALL = 250  # characters of one call; every call has its own lead-in, noise and beginning
FRAME = 160
POINTS = (8.0, 8.5, 9.0, 9.5, 10.0, 10.5, 11.0, 12.0, 13.0, 14.0, 16.0, 18.0, 20.0)
TYPICAL = Sender()
CLASSES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.1)
Codes = Callable[[NDArray[np.int16], float], list[int]]  # samples, baud


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


def line_and_ends(
    case: Case, codes: list[int], chance: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.bool_], list[int]]:
    """What arrives: samples of mu-law, and which are lost; and where stop bits ended."""
    clean, ends = sent(codes, case.sender, chance)
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
    return heard, lost, ends


def line(case: Case, codes: list[int], chance: np.random.Generator) -> tuple[Any, Any]:
    """What arrives: samples of mu-law, and which are lost."""
    samples, lost, _ = line_and_ends(case, codes, chance)
    return samples, lost


def ours(calls: Sequence[tuple[Any, Any]], *, fast: bool = True) -> list[list[tuple[Code, float]]]:
    """Codes of each call, side by side in one bank, and how many ms after its stop bit the push
    that told of it ended."""
    bank = Bank(fast=fast)
    ids = [bank.add() for _ in calls]
    frames = max(len(samples) for samples, _ in calls) // FRAME + FLUSH
    samples = np.zeros((len(calls), frames * FRAME), dtype=np.int16)
    lost = np.ones((len(calls), frames * FRAME), dtype=np.bool_)
    for one, (what, missing) in enumerate(calls):
        samples[one, : len(what)] = what
        lost[one, : len(what)] = missing
    heard: list[list[tuple[Code, float]]] = [[] for _ in calls]
    for at in range(0, frames * FRAME, FRAME):
        found = bank.push(ids, samples[:, at : at + FRAME], lost[:, at : at + FRAME])
        for one, events in found.items():
            end = len(calls[ids.index(one)][0])
            heard[ids.index(one)] += [
                (event, (at + FRAME - 1 - event.at) / 8)
                for event in events
                if isinstance(event, Code) and event.at < end
            ]
    return heard


def measured(case: Case, characters: int, seed: int, peer: Codes | None = None) -> Result:
    """One point. `peer`: whose receiver; None: ours."""
    chance = np.random.default_rng(seed)
    said: list[str] = []
    arrived: list[tuple[Any, Any]] = []
    for _ in range(max(1, characters // PER_CALL)):
        said.append(mixed_text(chance, min(PER_CALL, characters)))
        arrived.append(line(case, codes_of(said[-1]), chance))
    delays: list[float] = []
    heard: list[list[int]] = []
    if peer is None:
        for found in ours(arrived):
            heard.append([code.code for code, _ in found])
            delays += [late for _, late in found]
    else:
        heard = [peer(samples, RATE / case.sender.bit) for samples, _ in arrived]
    raw_wrong = raw = text_wrong = text = 0
    for words, found_codes in zip(said, heard, strict=True):
        codes = codes_of(words)
        raw_wrong += edit_distance(codes, found_codes)
        raw += len(codes)
        text_wrong += edit_distance([*map(ord, words)], [*map(ord, text_from(found_codes))])
        text += len(words)
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
    return len(ours([(samples, np.zeros(len(samples), dtype=np.bool_))])[0])


def confidences(points: Sequence[float], characters: int) -> list[dict[str, float]]:
    """For each class of confidence: how many characters, what was claimed, and what was right."""
    claimed: list[float] = []
    right: list[bool] = []
    for point in points:
        chance = np.random.default_rng(int(point * 10))
        arrived: list[tuple[Any, Any]] = []
        truth: list[tuple[list[int], list[int]]] = []
        for _ in range(max(1, characters // PER_CALL)):
            codes = codes_of(mixed_text(chance, PER_CALL))
            samples, lost, ends = line_and_ends(Case("", point), codes, chance)
            arrived.append((samples, lost))
            truth.append((codes, ends))
        for found, (codes, ends) in zip(ours(arrived), truth, strict=True):
            places = np.array(ends)
            for code, _ in found:
                one = int(np.abs(places - code.at).argmin())
                near = abs(ends[one] - code.at) < 4 * 176
                claimed.append(code.confidence)
                right.append(near and codes[one] == code.code)
    told, was = np.array(claimed), np.array(right)
    classes: list[dict[str, float]] = []
    for low, high in pairwise(CLASSES):
        inside = (told >= low) & (told < high)
        if inside.any():
            classes.append(
                {
                    "from": low,
                    "characters": int(inside.sum()),
                    "claimed": float(told[inside].mean()),
                    "right": float(was[inside].mean()),
                }
            )
    return classes


def speed(calls: int, frames: int, *, fast: bool, idle_rms: float = 0.0) -> dict[str, Any]:
    """Channels that one core can hear; ticks in ms. All of them type without a pause; or none does
    and every line has noise of `idle_rms` (of 32767), 8 being what telephone lines have."""
    chance = np.random.default_rng(1)
    codes = codes_of(mixed_text(chance, 150))
    clean, _ = sent(codes, Sender(), chance)
    tone = amplitude(-20.0)
    samples = mu_law(clean * tone + noise(22.0, tone, len(clean), chance))
    if idle_rms:
        samples = mu_law(chance.normal(0.0, idle_rms, len(clean)))
    starts = chance.integers(0, 8000, calls)
    bank = Bank(fast=fast)
    ids = [bank.add() for _ in range(calls)]
    lost = np.zeros((calls, FRAME), dtype=np.bool_)
    ticks: list[float] = []
    for frame in range(SETTLED + frames):
        now = np.stack([samples[at + frame * FRAME :][:FRAME] for at in starts])
        began = time.perf_counter()
        bank.push(ids, now, lost)
        ticks.append(1000 * (time.perf_counter() - began))
    steady = np.array(ticks[SETTLED:])
    return {
        "calls": calls,
        "idle_rms": idle_rms,
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


def errors(
    points: list[float], characters: int, who: list[str], before: dict[str, Any]
) -> dict[str, Any]:
    """{who: {point: [raw, text, characters]}}, what is known `before` included, as "rates"; the
    "curves" of it, and where they cross 1 %."""
    rates: dict[str, dict[str, list[float]]] = before.get("rates", {})
    for one in who:
        for point in points:
            peer = None if one == "ours" else PEERS[one]
            result = measured(Case("", point), characters, int(point * 10), peer)
            say(f"{one:10} {point:5.1f} dB  raw {result.raw:7.3f} %  text {result.text:7.3f} %")
            found = [result.raw, result.text, result.characters]
            rates.setdefault(one, {})[f"{point:g}"] = found
    known = sorted({float(point) for points in rates.values() for point in points})
    curves: dict[str, dict[str, list[float]]] = {
        "theory": {
            "points": known,
            "raw": [theory_raw(one) for one in known],
            "text": [theory_text(one) for one in known],
        }
    }
    for one, found_at in rates.items():
        mine = sorted(map(float, found_at))
        curves[one] = {
            "points": mine,
            "raw": [found_at[f"{point:g}"][0] for point in mine],
            "text": [found_at[f"{point:g}"][1] for point in mine],
        }
    crossings = {
        one: {kind: at_one_per_cent(curve["points"], curve[kind]) for kind in ("raw", "text")}
        for one, curve in curves.items()
    }
    say(f"1 % at dB: {json.dumps(crossings)}")
    return {"rates": rates, "curves": curves, "at_1_percent": crossings}


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
    parser.add_argument("--only-peers", action="store_true", help="not ours again")
    parser.add_argument("--case", action="append", default=[], help="of the impairments")
    parser.add_argument("--json", type=Path, help="the figures; what is found is added to it")
    parser.add_argument("--plot", type=Path, help="the picture of the error rates, SVG")
    asked = parser.parse_args(arguments)
    parts = asked.part or ["errors", "impairments", "sounds", "speed"]
    found: dict[str, Any] = {}
    if asked.json and asked.json.exists():
        found = json.loads(asked.json.read_text(encoding="utf-8"))
    who = [*([] if asked.only_peers else ["ours"]), *asked.peer]
    if "errors" in parts:
        found["errors"] = errors(asked.points, asked.characters, who, found.get("errors", {}))
    if "impairments" in parts:
        for one in who:
            name = "impairments" if one == "ours" else f"impairments, {one}"
            done = impairments(asked.case, asked.characters, one)
            found.setdefault(name, {}).update(done)
    if "sounds" in parts:
        found["sounds"] = {one: characters_in(one, asked.seconds, 1) for one in SOUNDS}
        say(f"characters in {asked.seconds} s of: {found['sounds']}")
    if "confidence" in parts:
        found["confidence"] = confidences(asked.points, asked.characters)
        for one in found["confidence"]:
            say(f"confidence: {json.dumps(one)}")
    if "speed" in parts:
        found["speed"] = speeds()
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if asked.plot:
        asked.plot.write_text(picture(found["errors"]), encoding="utf-8")


def impairments(names: list[str], characters: int, who: str = "ours") -> dict[str, list[float]]:
    """Of the cases of these names, of all if there are none: raw and text in per cent, delays."""
    found: dict[str, list[float]] = {}
    for case in cases():
        if not names or case.name in names:
            result = measured(case, characters, 1, PEERS.get(who))
            found[case.name] = [result.raw, result.text, result.characters, result.delay_p99]
            say(
                f"{who:10} {case.name:34} raw {result.raw:7.3f} %  text {result.text:7.3f} %"
                f"  delay p50 {result.delay_p50:.0f} p99 {result.delay_p99:.0f} ms"
            )
    return found


def speeds() -> dict[str, dict[str, Any]]:
    """Both ways: all type, all are quiet, all hiss; and what one tick of 500 lasts."""
    found: dict[str, dict[str, Any]] = {}
    for name, calls, frames, fast, idle_rms in (
        ("compiled, typing", 5000, 120, True, 0.0),
        ("compiled, quiet", 5000, 120, True, 8.0),
        ("compiled, hissing", 5000, 120, True, 100.0),
        ("compiled, typing", 500, 1000, True, 0.0),
        ("numpy, typing", 100, 120, False, 0.0),
        ("numpy, quiet", 100, 120, False, 8.0),
        ("numpy, hissing", 100, 120, False, 100.0),
    ):
        one = speed(calls, frames, fast=fast, idle_rms=idle_rms)
        found[f"{name}, {calls}"] = one
        say(f"{name:18} {json.dumps(one)}")
    return found


if __name__ == "__main__":
    main()
