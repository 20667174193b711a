"""Voices beside tones: what a telephone never hears, and how late anything is at most."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from load_tests.tty_sounds import music, speech_like
from text911.gateway.edges.lines.bridge import (
    FRAME,
    HELD_MAX,
    HOLD_S,
    LOOKED_BACK,
    SILENCE,
    SMOOTHED,
    SPARE,
    TYPED_S,
    Bridge,
    Samples,
    Waiting,
    is_tone,
)
from text911.sip.g711 import Law, decode, encode
from text911.tty.modulator import Modulator
from text911.tty.pace import Pace
from text911.tty.recording import recording

TICK = 0.02
LATE = LOOKED_BACK + SPARE - 1  # frames that a voice is behind, on its way to the telephone
HEARD = np.zeros(FRAME, np.bool_)
LOST = np.ones(FRAME, np.bool_)


def voice(number: int = 1) -> Samples:
    """20 ms that are loud, no tone of a TTY, and known by their number."""
    wave = 9_000 * np.sin(2 * np.pi * 300 * np.arange(FRAME) / 8_000)
    return np.asarray(wave + number, np.int16)


def frames(sound: Samples) -> list[Samples]:
    return [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME)]


def heard_of(sound: Samples, bridge: Bridge | None = None) -> Samples:
    """What the telephone hears of this, said to an open bridge, and a little behind it."""
    bridge = bridge or Bridge()
    said: list[Samples] = []
    for number, frame in enumerate([*frames(sound), *[SILENCE] * 10]):
        bridge.caller(frame, HEARD, number * TICK)
        said.append(bridge.to_telephone())
    return np.concatenate(said)


def through(sound: Samples) -> Samples:
    """As G.711 leaves it."""
    return decode(encode(sound, Law.PCMU), Law.PCMU)


# --- sound on its way ---


def test_what_is_put_is_taken_in_order_after_a_little_while() -> None:
    waiting = Waiting(3)
    taken: list[int] = []
    for number in range(1, 9):
        waiting.put(voice(number))
        taken.append(int(waiting.take()[0]))
    assert taken == [0, 0, 1, 2, 3, 4, 5, 6]
    assert len(waiting) == 2


@given(st.lists(st.integers(0, 400), max_size=40))
def test_how_it_is_cut_does_not_matter(lengths: list[int]) -> None:
    sound = 1_000 + np.arange(sum(lengths), dtype=np.int16)  # never quiet
    waiting, taken, at = Waiting(1), np.zeros(0, np.int16), 0
    for length in lengths:
        waiting.put(sound[at : at + length])
        at += length
        while len(waiting):
            taken = np.concatenate([taken, waiting.take()])
    assert np.array_equal(taken, sound[: len(taken)])
    assert len(sound) - len(taken) < FRAME


def test_where_nothing_comes_there_is_silence_and_then_it_begins_anew() -> None:
    waiting = Waiting(2)
    waiting.put(np.concatenate([voice(1), voice(2)]))
    assert [int(waiting.take()[0]) for _ in range(3)] == [1, 2, 0]
    waiting.put(voice(3))
    assert not waiting.take().any()
    waiting.put(voice(4))
    assert int(waiting.take()[0]) == 3


def test_nothing_is_ever_held_for_longer_than_a_tenth_of_a_second() -> None:
    waiting = Waiting(1)
    for number in range(1, 21):
        waiting.put(voice(number))
    assert len(waiting) == HELD_MAX == 5
    assert waiting.dropped == 15
    assert int(waiting.take()[0]) == 16


def test_what_came_in_a_burst_is_caught_up_with_where_it_is_quiet() -> None:
    waiting = Waiting(2)
    for frame in (voice(1), voice(2), SILENCE, SILENCE, voice(5)):
        waiting.put(frame)
    assert [int(waiting.take()[0]) for _ in range(4)] == [1, 2, 0, 5]
    assert waiting.dropped == 1


def test_neither_way_holds_more_however_much_comes() -> None:
    bridge = Bridge()
    for number in range(1, 50):
        bridge.caller(voice(number), HEARD, 0.0)
        bridge.telephone(voice(number))
    assert int(bridge.to_telephone()[0]) == int(bridge.to_caller()[0]) == 50 - HELD_MAX


# --- tones ---


def test_voices_pass_both_ways_with_less_than_a_tenth_of_a_second_of_delay() -> None:
    bridge = Bridge()
    to_telephone: list[int] = []
    to_caller: list[int] = []
    for number in range(1, 31):
        bridge.caller(voice(number), HEARD, number * TICK)
        bridge.telephone(voice(100 + number))
        to_telephone.append(int(bridge.to_telephone()[0]))
        to_caller.append(int(bridge.to_caller()[0]))
    assert to_telephone == [0] * LATE + list(range(1, 31 - LATE))
    late = SMOOTHED - 1
    assert to_caller == [0] * late + list(range(101, 131 - late))


@pytest.mark.parametrize("late", range(8, 14))
def test_nobody_hears_that_a_packet_was_late_the_first_one_neither(late: int) -> None:
    bridge = Bridge()
    to_telephone: list[int] = []
    to_caller: list[int] = []
    for number in range(1, 31):
        for come in () if number == late else (late, number) if number == late + 1 else (number,):
            bridge.caller(voice(come), HEARD, number * TICK)
            bridge.telephone(voice(100 + come))
        to_telephone.append(int(bridge.to_telephone()[0]))
        to_caller.append(int(bridge.to_caller()[0]))
    assert to_telephone[LATE:] == list(range(1, 31 - LATE))
    assert to_caller[SMOOTHED - 1 :] == list(range(101, 132 - SMOOTHED))


@pytest.mark.parametrize("level", [0.0, -10.0, -30.0, -44.0])
@pytest.mark.parametrize("ahead", range(0, FRAME, 23))
def test_the_telephone_hears_no_tone_of_a_tty(level: float, ahead: int) -> None:
    typed = recording("FIRE AT 12 ELM ST GA", Pace(), level_dbm0=level)
    sound = through(np.concatenate([np.zeros(ahead, np.int16), typed]))
    heard = heard_of(sound)
    assert int(np.abs(heard).max()) <= 8  # G.711 has no silence of its own


def test_with_noise_between_there_is_noise_and_no_tone() -> None:
    chance = np.random.default_rng(911)
    typed = recording("HELP GA", Pace(), level_dbm0=-20.0)
    noise = chance.normal(0, 60, len(typed)).astype(np.int16)  # -50 dBm0
    heard = heard_of(typed + noise)
    assert int(np.abs(heard).max()) < 600  # the tones have 3000


def test_tones_off_by_three_percent_are_tones() -> None:
    for hertz in (1_358.0, 1_442.0, 1_746.0, 1_854.0):
        wave = 3_000 * np.sin(2 * np.pi * hertz * np.arange(FRAME) / 8_000 + 1.0)
        assert is_tone(wave.astype(np.int16)), hertz


@pytest.mark.parametrize("hertz", [400.0, 1_000.0, 1_200.0, 2_100.0, 2_600.0])
def test_other_tones_are_none(hertz: float) -> None:
    wave = 3_000 * np.sin(2 * np.pi * hertz * np.arange(FRAME) / 8_000)
    assert not is_tone(wave.astype(np.int16))


def test_what_nobody_hears_is_no_tone() -> None:
    wave = 40 * np.sin(2 * np.pi * 1_400 * np.arange(FRAME) / 8_000)
    assert not is_tone(wave.astype(np.int16))
    assert not is_tone(SILENCE)


@pytest.mark.parametrize("sounds", [speech_like, music], ids=["speech", "music"])
def test_a_minute_of_speech_or_music_is_heard_whole(
    sounds: Callable[[np.random.Generator, int], NDArray[np.float64]],
) -> None:
    sound = (sounds(np.random.default_rng(1), 60) * 8_000).astype(np.int16)
    heard = heard_of(sound)
    late = LATE * FRAME
    assert np.array_equal(heard[late : late + len(sound) - FRAME], sound[:-FRAME])


def test_one_frame_that_looks_like_a_tone_is_none() -> None:
    tone = Modulator(Pace())
    tone.type("E")
    like = [tone.frame().samples for _ in range(10)][-1]
    assert is_tone(like)
    bridge = Bridge()
    heard: list[Samples] = []
    for number in range(20):
        bridge.caller(like if number == 8 else voice(number), HEARD, number * TICK)
        heard.append(bridge.to_telephone())
    assert np.array_equal(heard[8 + LATE], like)


def test_after_the_last_tone_it_stays_muted_for_a_moment() -> None:
    bridge, tone = Bridge(), recording("E", Pace())
    ends, at = 0.0, 0.0
    for frame in frames(tone[: int(np.nonzero(tone)[0][-1]) + FRAME]):
        if is_tone(frame):
            ends = at
        bridge.caller(frame, HEARD, at)
        assert not bridge.to_telephone().any()
        at += TICK
    first = 0.0
    while not first:
        bridge.caller(voice(7), HEARD, at)
        if bridge.to_telephone().any():
            first = at
        at += TICK
    # So much later: the hold, and the way through the bridge.
    assert HOLD_S <= first - ends <= HOLD_S + (LATE + 2) * TICK


def test_a_character_that_was_read_in_noise_mutes_although_no_tone_is_found() -> None:
    bridge = Bridge()
    heard: list[bool] = []
    for number in range(60):
        bridge.caller(voice(number), HEARD, number * TICK)
        if number == 20:
            bridge.typed(number * TICK)
        heard.append(bool(bridge.to_telephone().any()))
    assert heard[LATE:20] == [True] * (20 - LATE)
    muted = heard[20:].index(True)
    assert not any(heard[20 : 20 + muted])
    assert TYPED_S <= muted * TICK <= TYPED_S + (LATE + 2) * TICK


def test_what_no_packet_brought_is_silence_and_ends_no_tone_before_its_hold() -> None:
    bridge, tone = Bridge(), recording("E", Pace())
    middle = frames(tone)[5]
    bridge.caller(middle, HEARD, 0.0)
    bridge.caller(middle, LOST, 0.02)
    bridge.caller(middle, HEARD, 0.04)  # one behind a hole: not two in a row
    bridge.caller(middle, HEARD, 0.06)
    assert [bridge.to_telephone().any() for _ in range(4)] == [False] * 4


TYPED = frames(through(recording("RYRY", Pace())))[5:35]


@pytest.mark.parametrize("seed", range(60))
def test_no_tone_is_heard_however_packets_are_lost_or_late(seed: int) -> None:
    """Where losses had used up what is looked back at, the first frame of a tone was heard."""
    chance, bridge = Random(seed), Bridge()
    begins, loud, late = chance.randrange(80), 0, 0
    for number in range(80):
        packet = chance.choice(("came", "lost", "late"))
        late += packet == "late"
        come, late = (1 + late, 0) if packet == "came" else (0, late)
        for _ in range(come):
            bridge.caller(
                TYPED[number % len(TYPED)] if number >= begins else voice(), HEARD, number * TICK
            )
        if packet == "lost":
            bridge.caller(SILENCE, LOST, number * TICK)
        loud += is_tone(bridge.to_telephone())
    assert not loud
