"""RTCP compound packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.grammar import Malformed
from text911.sip.rtcp import (
    Block,
    Bye,
    Named,
    Other,
    ReceiverReport,
    Report,
    SenderReport,
    read,
    write,
)

WORD = st.integers(0, 2**32 - 1)
BLOCKS = st.lists(
    st.builds(
        Block, WORD, st.integers(0, 255), st.integers(-(2**23), 2**23 - 1), WORD, WORD, WORD, WORD
    ),
    max_size=3,
).map(tuple)
TEXT = st.text(max_size=40)
FIRST = st.builds(ReceiverReport, WORD, BLOCKS) | st.builds(
    SenderReport, WORD, st.integers(0, 2**64 - 1), WORD, WORD, WORD, BLOCKS
)
LATER = (
    FIRST
    | st.builds(Named, WORD, TEXT)
    | st.builds(Bye, st.lists(WORD, min_size=1, max_size=3).map(tuple), TEXT)
)


@given(FIRST, st.lists(LATER, max_size=3))
def test_what_is_written_is_read_back(first: Report, later: list[Report]) -> None:
    reports = (first, *later)
    octets = write(reports)
    assert len(octets) % 4 == 0
    assert read(octets) == reports


@given(st.binary(max_size=80))
def test_any_octets_are_reports_or_malformed(octets: bytes) -> None:
    for octets_of_a_report in (octets, b"\x81\xc9\x00\x07" + octets):
        try:
            found = read(octets_of_a_report)
        except Malformed:
            continue
        assert isinstance(found[0], SenderReport | ReceiverReport)


RR = write((ReceiverReport(7),))


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "empty"),
        (RR + b"\x80", "within a header"),
        (b"\x40" + RR[1:], "version"),
        (RR[:-1], "behind the packet"),
        (b"\x80\xcb\0\0", "begins with a report"),
        (b"\x81" + RR[1:], "too short"),
        (b"\x80\xc8\0\0", "too short"),
        (RR + b"\x81\xcb\0\0", "too short"),
    ],
)
def test_what_is_no_report_says_why(octets: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read(octets)


def test_other_kinds_are_kept_and_a_name_is_found_behind_other_items() -> None:
    app = b"\x80\xcc\0\1abcd"
    note = b"\x81\xca\0\3" + b"\0\0\0\7" + b"\7\2hi" + b"\0\0\0\0"
    named = b"\x81\xca\0\3" + b"\0\0\0\7" + b"\7\1h\1" + b"\1x\0\0"
    assert read(RR + app + note + named) == (
        ReceiverReport(7),
        Other(204, b"abcd"),
        Other(202, note[4:]),
        Named(7, "x"),
    )


@pytest.mark.parametrize(
    "reports",
    [
        (),
        (Bye((1,)),),
        (ReceiverReport(1, (Block(1, 0, 0, 0, 0),) * 32),),
        (ReceiverReport(1), Other(204, b"")),
    ],
)
def test_what_must_not_be_sent_is_not_written(reports: tuple[Report, ...]) -> None:
    with pytest.raises(ValueError, match="RTCP"):
        write(reports)
