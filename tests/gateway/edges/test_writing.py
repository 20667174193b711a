"""Replies and receipts as deliver_sm: the same octets every time."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.commands import GiveReceipt, TellCaller
from text911.gateway.core.values import MessageId, Segment
from text911.gateway.edges.writing import receipt, reply
from text911.gateway.messages import automatic
from text911.gateway.wording import Group, cut, measured
from text911.smpp import gsm7
from text911.smpp.alphabets import Alphabet
from text911.smpp.codec import decode, encode
from text911.smpp.national import SINGLE
from text911.smpp.parts import UserData, join, user_data
from text911.smpp.pdu import DeliverSm
from text911.smpp.receipt import report_of
from text911.smpp.septets import fill_bits
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
    st.text(max_size=400)
    | st.text("abc @€{ñ“”…\n\r\ufeff", max_size=400)
    | st.text("aáíçãğ€@ —🚑\u200d\ufffe", max_size=400),
    st.sampled_from(["gsm7", "packed", "ascii", "latin1", "ucs2"]),
    st.lists(st.sampled_from(sorted(SINGLE)), max_size=3),
)
def test_what_the_preview_shows_is_what_a_handset_reads(
    text: str, default: Alphabet, shifts: list[int]
) -> None:
    """From the octets of the PDUs alone, with the reader that callers' texts go through."""
    group = Group("", default, tuple(shifts))
    preview, sent = measured(text, group), cut(text, group)
    total = len(sent.segments)
    parts: dict[int, bytes] = {}
    written: dict[int, str] = {}
    for place, segment in enumerate(sent.segments):
        pdu = reply(TellCaller(3, place, total, segment, 700, 5), CALLER, "911", default)
        came, _ = decode(encode(pdu, 1))
        assert isinstance(came, DeliverSm)
        data = user_data(came, default)
        assert len(data.udh) + _air(data) <= 140
        parts[place + 1], written[place + 1] = data.octets, data.written
        assert (data.concatenation is None) == (total == 1)
    read = join(parts, total, "gsm7", written)
    assert (read.text, read.remarks) == (preview.as_sent, ())
    assert sent.text == preview.as_sent
    assert preview.parts == total
    full = {"GSM-7": (160, 153), "UCS-2": (70, 67)}.get(preview.alphabet, (155, 149))[total > 1]
    unit = 2 if preview.alphabet == "UCS-2" else 1
    assert preview.room == full
    assert preview.left == full - len(sent.segments[-1].octets) // unit


@given(
    st.text(gsm7.DEFAULT.replace("\x1b", "") + "€[]", max_size=400) | st.text("@ab", max_size=24),
    st.sampled_from(["gsm7", "packed", "ascii", "latin1", "ucs2"]),
)
def test_an_automatic_message_is_read_as_it_was_written_on_every_account(
    text: str, default: Alphabet
) -> None:
    """It is cut once, when the configuration is read, for carriers of every kind."""
    message = automatic(text)
    assert message.text.rstrip() == text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    total = len(message.segments)
    parts: dict[int, bytes] = {}
    written: dict[int, str] = {}
    for place, segment in enumerate(message.segments):
        pdu = reply(TellCaller(0, place, total, segment, 1, 1), CALLER, "911", default)
        data = user_data(pdu, default)
        parts[place + 1], written[place + 1] = data.octets, data.written
    assert join(parts, total, "gsm7", written) == (message.text, (), ())


def _air(data: UserData) -> int:
    """Octets of the user data behind its header when it is on the air."""
    if data.alphabet == "ucs2":
        return len(data.octets)
    septets = len(data.octets if data.alphabet == "gsm7" else gsm7.encode(data.read().text))
    return (7 * septets + fill_bits(len(data.udh)) + 7) // 8


def test_what_is_sent_again_is_the_same_to_the_octet() -> None:
    once = TellCaller(3, 0, 1, Segment(0, b"OK"), 700, 5)
    twice = TellCaller(3, 0, 1, Segment(0, b"OK"), 700, 5, again=True)
    assert reply(once, CALLER, "911") == reply(twice, CALLER, "911")


def test_a_receipt_says_which_text_and_what_became_of_it_and_no_word_of_it() -> None:
    accounts: tuple[Alphabet, ...] = ("gsm7", "packed", "ascii", "latin1", "ucs2")
    for default, (delivered, state) in product(accounts, ((True, "DELIVRD"), (False, "UNDELIV"))):
        given = GiveReceipt(MessageId("0a1b"), delivered, 1e9, 1e9 + 3)
        pdu = receipt(given, CALLER, "911", default)
        assert f"stat:{state}" in user_data(pdu, default).read().text
        report = report_of(pdu, default)
        assert report is not None
        assert (report.kind, report.message_id, report.state) == ("receipt", "0a1b", state)
        assert report.text == ""
