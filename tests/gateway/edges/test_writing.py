"""Replies and receipts as deliver_sm: the same octets every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.commands import GiveReceipt, TellCaller
from text911.gateway.core.values import MessageId, Segment
from text911.gateway.edges.writing import receipt, reply
from text911.smpp.alphabets import Alphabet
from text911.smpp.parts import compose, join, user_data
from text911.smpp.receipt import report_of
from text911.smpp.tlv import Tag, number_of

CALLER = "+18605550142"


def test_a_short_reply_has_no_header_and_asks_for_an_acknowledgement() -> None:
    pdu = reply(TellCaller(3, 0, 1, Segment(0, b"OK"), 700, 5), CALLER, "911")
    assert (pdu.source_addr, pdu.destination_addr, pdu.dest_addr_ton) == ("911", "18605550142", 1)
    assert (pdu.esm_class, pdu.short_message, pdu.data_coding) == (0, b"OK", 0)
    assert pdu.registered_delivery == 0x04
    assert number_of(pdu.tlvs, Tag.user_message_reference) == 700


def test_parts_bear_the_header_that_joins_them() -> None:
    pdus = [
        reply(TellCaller(3, n, 2, Segment(8, b"\0a"), 700 + n, 5), CALLER, "911") for n in (0, 1)
    ]
    parts = [user_data(pdu, "gsm7").concatenation for pdu in pdus]
    assert [(p.reference, p.number, p.total) for p in parts if p] == [(5, 1, 2), (5, 2, 2)]


def test_a_carrier_that_packs_gets_packed_septets_behind_every_header() -> None:
    octets = b"1234567"
    for parts in (1, 2):
        pdu = reply(TellCaller(3, 0, parts, Segment(0, octets), 700, 5), CALLER, "911", "packed")
        data = user_data(pdu, "packed")
        assert data.octets == octets
        assert len(pdu.short_message) == (6 if parts == 2 else 0) + 7
    pdu = reply(TellCaller(3, 0, 1, Segment(8, b"\0a"), 700, 5), CALLER, "911", "packed")
    assert pdu.short_message == b"\0a"
    # Composed in Latin-1, before the account was said to pack.
    pdu = reply(TellCaller(3, 0, 1, Segment(0, b"\xe9"), 700, 5), CALLER, "911", "packed")
    assert pdu.short_message == b"\xe9"
    report = report_of(
        receipt(GiveReceipt(MessageId("0a1b"), True, 1e9, 1e9), CALLER, "911", "packed"), "packed"
    )
    assert report is not None
    assert report.message_id == "0a1b"


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff\ufffe"), max_size=400)
    | st.text("abc @€{ñ“”…\n", max_size=400),
    st.sampled_from(["gsm7", "packed", "ascii", "latin1", "ucs2"]),
)
def test_what_the_preview_shows_is_what_a_handset_reads(text: str, default: Alphabet) -> None:
    composed = compose(text, default)
    total = len(composed.segments)
    parts: dict[int, bytes] = {}
    written: dict[int, str] = {}
    for place, octets in enumerate(composed.segments):
        segment = Segment(composed.data_coding, octets)
        pdu = reply(TellCaller(3, place, total, segment, 700, 5), CALLER, "911", default)
        assert len(pdu.short_message) <= (
            140 if composed.data_coding or default == "packed" else 160
        )
        data = user_data(pdu, default)
        parts[place + 1], written[place + 1] = data.octets, data.written
    read = join(parts, total, "gsm7", written)
    if default == "packed" and composed.as_sent.endswith("@"):
        assert read.text.rstrip("@") == composed.as_sent.rstrip("@")
    else:
        assert (read.text, read.remarks) == (composed.as_sent, ())


def test_what_is_sent_again_is_the_same_to_the_octet() -> None:
    once = TellCaller(3, 0, 1, Segment(0, b"OK"), 700, 5)
    twice = TellCaller(3, 0, 1, Segment(0, b"OK"), 700, 5, again=True)
    assert reply(once, CALLER, "911") == reply(twice, CALLER, "911")


def test_a_receipt_says_which_text_and_what_became_of_it_and_no_word_of_it() -> None:
    for delivered, state in ((True, "DELIVRD"), (False, "UNDELIV")):
        pdu = receipt(GiveReceipt(MessageId("0a1b"), delivered, 1e9, 1e9 + 3), CALLER, "911")
        report = report_of(pdu, "gsm7")
        assert report is not None
        assert (report.kind, report.message_id, report.state) == ("receipt", "0a1b", state)
        assert report.text == ""
