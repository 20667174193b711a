"""What the receiver hears: exact senders on bad lines, cut anywhere, compiled or not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from load_tests.tty_receiver import Case, line
from load_tests.tty_signals import Sender, codes_of
from text911.tty.demod.choosing import receiver
from text911.tty.receiving import Carrier, Code, Detected, Event

TEXT = "HELP AT 964-1828 KNIFE, CRASH"
CODES = codes_of(TEXT)


def heard_in(
    samples: NDArray[np.int16],
    lost: NDArray[np.bool_],
    *,
    fast: bool = True,
    cuts: tuple[int, ...] = (),
    bit_ms: Fraction | None = None,
) -> list[Event]:
    ear = receiver(bit_ms=bit_ms, fast=fast)
    events: list[Event] = []
    at = 0
    for end in (*sorted(cuts), len(samples)):
        events += ear.push(samples[at:end], lost[at:end])
        at = end
    return [*events, *ear.finish()]


def codes_in(events: list[Event]) -> list[int]:
    return [one.code for one in events if isinstance(one, Code)]


def arriving(case: Case, seed: int = 1) -> Any:
    return line(case, CODES, np.random.default_rng(seed))


CLEAN = Case("clean")


@pytest.mark.parametrize(
    "case",
    [
        CLEAN,
        replace(CLEAN, level_dbm0=-45.0),
        replace(CLEAN, level_dbm0=-10.0),
        replace(CLEAN, ebn0_db=12.0),
        replace(CLEAN, sender=Sender(stop_bits=1.0)),
        replace(CLEAN, sender=Sender(stop_bits=1.42)),
        replace(CLEAN, sender=Sender(stop_bits=1.5)),
        replace(CLEAN, sender=Sender(bit=160.0)),
        replace(CLEAN, sender=Sender(tones=1.03)),
        replace(CLEAN, sender=Sender(tones=0.97)),
        replace(CLEAN, sender=Sender(jumps=True)),
    ],
    ids=str,
)
def test_every_code_is_heard_and_none_that_was_not_sent(case: Case) -> None:
    assert codes_in(heard_in(*arriving(case))) == CODES


@pytest.mark.parametrize(
    "case", [replace(CLEAN, sender=Sender(gap_ms=150.0)), replace(CLEAN, echo_ms=30.0)], ids=str
)
def test_where_the_first_code_is_in_doubt_it_may_be_missed_and_no_other(case: Case) -> None:
    """It is a shift to letters, in which every call begins: the text is whole without it."""
    assert codes_in(heard_in(*arriving(case))) in (CODES, CODES[1:])


def test_codes_stand_where_their_stop_bits_ended() -> None:
    chance = np.random.default_rng(1)
    samples, lost = line(CLEAN, CODES, chance)
    again = np.random.default_rng(1)
    from load_tests.tty_signals import sent

    _, ends = sent(CODES, Sender(), again)
    events = [one for one in heard_in(samples, lost) if isinstance(one, Code)]
    assert [one.at for one in events] == sorted(one.at for one in events)
    off = [abs(one.at - end) for one, end in zip(events, ends, strict=True)]
    assert off[0] <= 160, "the first is placed by what is known before it: nothing"
    assert max(off[1:]) <= 8


def test_the_first_code_is_announced_and_the_carrier_comes_and_goes() -> None:
    samples, lost = arriving(CLEAN)
    hush = np.random.default_rng(3).normal(0, 20, 8000).astype(np.int16)
    after = np.concatenate([samples, hush]), np.concatenate([lost, np.zeros(8000, np.bool_)])
    events = heard_in(*after)
    found = [one for one in events if isinstance(one, Detected)]
    assert [one.bit_ms for one in found] == [22]
    assert isinstance(events[events.index(found[0]) + 1], Code)
    assert [one.on for one in events if isinstance(one, Carrier)] == [True, False]


def test_50_baud_is_found_out() -> None:
    events = heard_in(*arriving(replace(CLEAN, sender=Sender(bit=160.0))))
    assert [one.bit_ms for one in events if isinstance(one, Detected)] == [20]


@pytest.mark.parametrize("baud_bit", [176.0, 160.0])
def test_the_bit_length_may_be_said(baud_bit: float) -> None:
    case = replace(CLEAN, sender=Sender(bit=baud_bit))
    assert codes_in(heard_in(*arriving(case), bit_ms=Fraction(int(baud_bit / 8)))) == CODES


@pytest.mark.parametrize("place", range(0, 30, 5))
def test_one_lost_packet_loses_no_character(place: int) -> None:
    samples, lost = arriving(Case("", quiet=True))
    at = (20 + place) * 160
    lost[at : at + 160] = True
    samples[at : at + 160] = 9999  # what stands there is not looked at
    assert codes_in(heard_in(samples, lost)) == CODES


@given(st.data())
@settings(max_examples=12, deadline=None)
def test_how_it_is_computed_and_how_it_is_cut_does_not_matter(data: st.DataObject) -> None:
    """numpy and compiled: the same codes and times, confidences within 1e-6."""
    pytest.importorskip("numba")
    seed = data.draw(st.integers(0, 1 << 30))
    case = Case(
        "",
        ebn0_db=data.draw(st.sampled_from([6.0, 9.0, 12.0, 20.0])),
        sender=Sender(
            bit=data.draw(st.sampled_from([176.0, 160.0])),
            stop_bits=data.draw(st.sampled_from([1.0, 1.5, 2.0])),
            tones=data.draw(st.sampled_from([1.0, 1.02])),
        ),
        level_dbm0=data.draw(st.sampled_from([-40.0, -15.0])),
        loss=data.draw(st.sampled_from([0.0, 0.05])),
    )
    samples, lost = line(case, CODES[:10], np.random.default_rng(seed))
    cuts = tuple(data.draw(st.lists(st.integers(0, len(samples)), max_size=4)))
    whole = heard_in(samples, lost)
    assert heard_in(samples, lost, cuts=cuts) == whole
    plain = heard_in(samples, lost, fast=False)
    assert [type(one) for one in plain] == [type(one) for one in whole]
    for one, other in zip(plain, whole, strict=True):
        if isinstance(one, Code) and isinstance(other, Code):
            assert (one.code, one.at) == (other.code, other.at)
            assert abs(one.confidence - other.confidence) < 1e-6
        else:
            assert one == other
