"""How well packets arrive, as the reports say it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.sip.reception import DROPOUT_MAX, Reception
from text911.sip.rtcp import Block, SenderReport
from text911.sip.rtp import Packet


def packet(at: int, ssrc: int = 5) -> Packet:
    return Packet(0, at % 65_536, 160 * at % 2**32, ssrc, bytes(160))


def hear(reception: Reception, *numbers: int, ssrc: int = 5) -> None:
    for at in numbers:
        reception.heard(packet(at, ssrc), 0.02 * at)


def block(reception: Reception, now: float = 0.0) -> Block:
    found = reception.block(now)
    assert found is not None
    return found


def test_nothing_is_said_of_nobody() -> None:
    reception = Reception(8000)
    assert reception.block(1.0) is None
    assert reception.lost == 0


def test_what_is_missing_is_said_in_all_and_since_the_last_report() -> None:
    reception = Reception(8000)
    hear(reception, 10, 11, 13, 14)
    said = block(reception)
    assert (said.ssrc, said.highest, said.lost, said.fraction) == (5, 14, 1, 256 // 5)
    hear(reception, 15, 16)
    said = block(reception)
    assert (said.lost, said.fraction) == (1, 0)
    assert block(reception).fraction == 0  # nothing was due


def test_what_comes_twice_makes_the_loss_negative() -> None:
    reception = Reception(8000)
    hear(reception, 1, 1, 1, 2)
    assert (block(reception).lost, reception.lost) == (-2, -2)


def test_the_highest_number_is_counted_on_over_a_wrap() -> None:
    reception = Reception(8000)
    hear(reception, 65_534, 65_535, 65_536, 65_537)
    said = block(reception)
    assert (said.highest, said.lost) == (65_537, 0)


def test_one_that_is_far_away_counts_when_another_follows_it() -> None:
    reception = Reception(8000)
    far = 1 + DROPOUT_MAX + 5
    hear(reception, 1, far, 2)
    assert block(reception).highest == 2
    hear(reception, far, far + 1, far + 2)
    said = block(reception)
    assert (said.highest, said.lost) == (far + 2, 0)


def test_another_source_begins_anew() -> None:
    reception = Reception(8000)
    hear(reception, 1, 5)
    reception.reported(SenderReport(5, 7 << 32, 0, 0, 0), 1.0)
    assert block(reception).last_sr == 7 << 16
    hear(reception, 100, 101, ssrc=6)
    said = block(reception)
    assert (said.ssrc, said.lost, said.last_sr) == (6, 0, 0)


@given(st.floats(0, 0.02), st.integers(0, 2**32 - 1))
def test_packets_at_their_time_have_no_jitter_wherever_the_clocks_stand(
    late: float, timestamp: int
) -> None:
    reception = Reception(8000)
    for at in range(50):
        one = Packet(0, at, (timestamp + 160 * at) % 2**32, 5)
        reception.heard(one, 0.02 * at + late)
    assert reception.jitter <= 1
    reception.heard(Packet(0, 50, (timestamp + 160 * 50) % 2**32, 5), 0.02 * 50 + late + 0.02)
    assert 9 <= reception.jitter <= 12  # a sixteenth of 160


def test_the_report_of_the_source_is_answered_with_its_time_and_the_delay() -> None:
    reception = Reception(8000)
    hear(reception, 1)
    reception.reported(SenderReport(6, 1 << 32, 0, 0, 0), 1.0)
    assert block(reception).last_sr == 0
    reception.reported(SenderReport(5, 0x1234_5678_9ABC_DEF0, 0, 0, 0), 1.0)
    said = block(reception, 3.5)
    assert (said.last_sr, said.delay) == (0x5678_9ABC, int(2.5 * 65_536))
