"""Many calls in one push: each as if it were alone, in whatever way it is computed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from load_tests.tty_receiver import Case, line
from load_tests.tty_signals import Sender, codes_of
from text911.tty.demod import judging
from text911.tty.demod.batch import Bank, event_of
from text911.tty.demod.blocks import REFERENCES, blocks
from text911.tty.demod.hearing import blocks_of, sleeps, take
from text911.tty.demod.layout import BLOCKS, EVENTS_MAX, LANES, SAMPLES, SUMS, begin_call, lanes
from text911.tty.demod.looking import CUTS, SCRATCH
from text911.tty.receiving import Code, Event

CODES = codes_of("HI 911")
FRAME = 160


Frames = NDArray[np.int16]


def arriving(seed: int, before: int = 0) -> Frames:
    """Frames [n, 160] of one call, after `before` frames of a quiet line."""
    case = Case("", 18.0, Sender(stop_bits=(1.0, 1.5, 2.0)[seed % 3], tones=1 + 0.01 * (seed % 4)))
    samples, _ = line(case, CODES, np.random.default_rng(seed))
    still = np.random.default_rng(seed).normal(0, 8, before * FRAME).astype(np.int16)
    whole = np.concatenate([still, samples])
    return whole[: len(whole) // FRAME * FRAME].reshape(-1, FRAME)


def heard(bank: Bank, calls: list[Frames]) -> list[list[Event]]:
    ids = [bank.add() for _ in calls]
    events: dict[int, list[Event]] = {one: [] for one in ids}
    for frame in range(max(map(len, calls))):
        now = [one for one, call in enumerate(calls) if frame < len(call)]
        samples = np.stack([calls[one][frame] for one in now])
        found = bank.push([ids[one] for one in now], samples, np.zeros(samples.shape, np.bool_))
        for one, told in found.items():
            events[one] += told
    for one in ids:
        bank.remove(one)
    return [events[one] for one in ids]


@pytest.mark.parametrize("fast", [True, False], ids=["compiled", "numpy"])
def test_calls_side_by_side_are_heard_as_if_alone(fast: bool) -> None:
    calls = [arriving(seed) for seed in range(3)]
    bank = Bank(fast=fast)
    together = heard(bank, calls)
    for call, events in zip(calls, together, strict=True):
        (alone,) = heard(bank, [call])
        assert alone == events
        assert [one.code for one in events if isinstance(one, Code)] == CODES


@pytest.mark.parametrize("fast", [True, False], ids=["compiled", "numpy"])
def test_a_line_that_was_quiet_for_long_is_heard_from_the_first_character_on(fast: bool) -> None:
    (events,) = heard(Bank(fast=fast), [np.concatenate([arriving(3, 120), arriving(3, 90)])])
    assert [one.code for one in events if isinstance(one, Code)] == CODES * 2


@pytest.mark.parametrize("seed", [3])
def test_numpy_for_all_calls_says_what_the_plain_steps_say(seed: int) -> None:
    """The plain steps as they are compiled, one call at a time."""
    frames = arriving(seed, 40)[:120]
    held = lanes(1)
    begin_call(held, 0, 0, 2)
    scratch = np.zeros(SCRATCH)
    events, sure = np.zeros((EVENTS_MAX, 3), dtype=np.int64), np.zeros(EVENTS_MAX)
    taken = np.zeros(FRAME, dtype=np.int32)
    turned = np.zeros(SAMPLES * LANES, dtype=np.int32)
    found = np.zeros((SUMS, LANES), dtype=np.int32)
    whole, all_there = held.whole[0], np.zeros(FRAME, dtype=np.bool_)
    plain: list[Event] = []
    for samples in frames:
        energy = take(samples, all_there, taken)
        if sleeps(held.sums[0], held.paths[0], whole, energy):
            judging.rest(held.paths[0], whole, -1)
            continue
        blocks_of(taken, all_there, REFERENCES, turned, found)
        assert (found[:, :BLOCKS] == blocks(samples[None], all_there[None])[0]).all()
        sums, paths = held.sums[0], held.paths[0]
        judging.listen(sums, paths, whole, found)
        judging.first_look(sums, paths, whole)
        count = judging.attend(sums, paths, whole, found, events, sure, scratch[CUTS])
        count = judging.decide(sums, paths, whole, held.parts[0], events, sure, count, scratch)
        judging.rest(paths, whole, -1)
        for (kind, at, what), p in zip(events[:count].tolist(), sure.tolist(), strict=False):
            plain.append(event_of(kind, at, what, p))
    (together,) = heard(Bank(fast=False), [frames])
    assert len(plain) > 3
    assert len(plain) == len(together)
    for one, other in zip(plain, together, strict=True):
        if isinstance(one, Code) and isinstance(other, Code):
            assert (one.code, one.at) == (other.code, other.at)
            assert abs(one.confidence - other.confidence) < 1e-6
        else:
            assert one == other


def test_what_is_lost_is_not_looked_at() -> None:
    chance = np.random.default_rng(4)
    samples = chance.integers(-32768, 32768, FRAME).astype(np.int16)
    lost = chance.random(FRAME) < 0.5
    taken = np.zeros(FRAME, dtype=np.int32)
    turned = np.zeros(SAMPLES * LANES, dtype=np.int32)
    found = np.zeros((SUMS, LANES), dtype=np.int32)
    energy = take(samples, lost, taken)
    blocks_of(taken, lost, REFERENCES, turned, found)
    assert (found[:, :BLOCKS] == blocks(samples[None], lost[None])[0]).all()
    assert (
        found[:, :BLOCKS]
        == blocks(np.where(lost, 0, samples)[None].astype(np.int16), lost[None])[0]
    ).all()
    assert energy == int((samples[~lost].astype(np.int64) ** 2).sum())


def test_a_call_is_in_a_push_once_and_all_of_it_is_there() -> None:
    bank = Bank(fast=False)
    one = bank.add()
    samples = np.zeros((2, FRAME), dtype=np.int16)
    with pytest.raises(ValueError, match="twice"):
        bank.push([one, one], samples, np.zeros((2, FRAME), dtype=np.bool_))
    with pytest.raises(ValueError, match="1 calls need"):
        bank.push([one], samples, np.zeros((2, FRAME), dtype=np.bool_))
    bank.remove(one)
    with pytest.raises(KeyError):
        bank.push([one], samples[:1], np.zeros((1, FRAME), dtype=np.bool_))


def test_no_call_has_nothing_to_say() -> None:
    empty = np.zeros((0, FRAME), dtype=np.int16)
    assert Bank(fast=False).push([], empty, np.zeros((0, FRAME), dtype=np.bool_)) == {}
