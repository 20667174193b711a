"""Handsets: what they cut is what our codec joins, and what our codec cuts is what they join."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.demo.handsets import GSM7, UCS2, UDHI, Inbox, UserData, cut, read
from text911.gateway.demo.story import Text, Way
from text911.smpp.parts import compose, join, udh, user_data
from text911.smpp.pdu import SubmitSm

NUMBER = "+12035550100"
WAYS: tuple[Way, ...] = ("plain", "mixed", "late part", "repeated")
# Without the grave accent, which smpplib's table takes for a filler.
words = st.text(
    st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="`"),
        st.sampled_from("éñüà¿€{}[]~|Δ😭🙏"),
    ),
    min_size=1,
    max_size=600,
)


def taken(data: UserData) -> SubmitSm:
    return SubmitSm(
        esm_class=data.esm_class, data_coding=data.data_coding, short_message=data.octets
    )


@given(words, st.sampled_from(WAYS), st.integers(min_value=0, max_value=1000))
def test_the_gateways_codec_reads_what_a_handset_cuts(text: str, way: Way, reference: int) -> None:
    pdus = [user_data(taken(data), "gsm7") for data in cut(Text(text, way=way), reference)]
    if len(pdus) == 1:
        assert pdus[0].read().text == text
        return
    numbers = {one.concatenation.number: one.octets for one in pdus if one.concatenation}
    assert len(numbers) == len(pdus)
    assert join(numbers, len(pdus), pdus[0].alphabet).text == text


@given(words)
def test_a_handset_reads_what_the_gateways_codec_cuts(text: str) -> None:
    made = compose(text)
    inbox = Inbox()
    total = len(made.segments)
    got: list[str | None] = []
    for part, octets in reversed(list(enumerate(made.segments, start=1))):
        head = udh(7, total, part) if total > 1 else b""
        data = UserData(head + octets, made.data_coding, UDHI if head else 0)
        got.append(inbox.take(NUMBER, data))
    assert got == [None] * (total - 1) + [made.as_sent]


def test_parts_of_two_replies_do_not_mix() -> None:
    inbox = Inbox()
    first = [UserData(udh(1, 2, n) + words, GSM7, UDHI) for n, words in ((1, b"ab"), (2, b"cd"))]
    second = [UserData(udh(2, 2, n) + words, GSM7, UDHI) for n, words in ((1, b"ef"), (2, b"gh"))]
    assert [inbox.take(NUMBER, data) for data in (first[1], second[0], first[0], second[1])] == [
        None,
        None,
        "abcd",
        "efgh",
    ]


def test_a_mixed_text_goes_out_in_another_order_than_a_plain_one() -> None:
    long = "x" * 400
    plain, mixed = (
        [data.octets[5] for data in cut(Text(long, way=way), 1)] for way in ("plain", "mixed")
    )
    assert plain == [1, 2, 3]
    assert mixed == [1, 3, 2]


def test_latin_1_and_broken_utf_16_are_read_as_well_as_may_be() -> None:
    assert read(b"caf\xe9", 0x03) == "café"
    assert read(b"\xd8\x3d", UCS2) == "\N{REPLACEMENT CHARACTER}"
