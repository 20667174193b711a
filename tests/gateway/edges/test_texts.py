"""What a caller wrote, from the octets of a PDU to the page of a PSAP and the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import CallerSentPart, CallerWrote, Entry
from text911.gateway.core.hearing import PARTIALS_MAX, PARTS_OCTETS_MAX, open_partials
from text911.gateway.core.replaying import Replayed
from text911.gateway.core.values import DialogueId
from text911.gateway.telling import Teller
from text911.smpp.alphabets import Alphabet
from text911.smpp.codec import decode
from text911.smpp.parts import udh
from text911.smpp.pdu import SubmitSm
from text911.smpp.septets import pack
from text911.smpp.tlv import Tag, Tlvs

from .world import CARRIER, World

UDHI = 0x40
HALF, OTHER_HALF = "🚑".encode("utf-16-be")[:2], "🚑".encode("utf-16-be")[2:]


def at(world: World, default: Alphabet) -> World:
    account = CARRIER.account.model_copy(update={"default_alphabet": default})
    world.carriers.replace([replace(CARRIER, account=account)])
    return world


def shown(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """What the page has of the caller, with the remarks that stand beside it."""
    items = [item for offer in world.hartford.offers for item in offer.items]
    items += [item for _, item in world.hartford.items]
    return [(item.text, item.notes) for item in items if item.kind == "caller"]


def recorded(world: World) -> list[tuple[CallerWrote | CallerSentPart, SubmitSm]]:
    """The facts of what the caller sent, and the PDU that each came from, out of its raw octets."""
    found: list[tuple[CallerWrote | CallerSentPart, SubmitSm]] = []
    for stored in world.journal.read():
        fact, cause = decode_fact(stored.record.payload)
        if isinstance(fact, CallerWrote | CallerSentPart):
            pdu, _ = decode(cause)
            assert isinstance(pdu, SubmitSm)
            found.append((fact, pdu))
    return found


def told(world: World, fact: CallerWrote | CallerSentPart) -> str:
    """The fact as QA reads it."""
    dialogue = DialogueId(world.hartford.offers[0].leg.dialogue)
    state = world.engine.get(dialogue)
    assert state is not None
    one = Replayed(Entry(dialogue, 1, 0.0, fact), b"", state, (), (), "")
    return Teller(lambda at: datetime.fromtimestamp(at, UTC)).tell(one).sentence


@pytest.mark.parametrize(
    ("octets", "data_coding", "default", "text", "remark"),
    [
        (b"help \x00", 0, "gsm7", "help @", ""),
        (b"help @", 0, "latin1", "help @", ""),
        (b"help @", 0, "ascii", "help @", ""),
        (b"\x00h\x00i", 0, "ucs2", "hi", ""),
        (pack(b"help \x00!"), 0, "packed", "help @!", ""),
        (b"caf\xe9", 0, "gsm7", "café", "octets above 7F"),
        ("🚑 à".encode("utf-16-be"), 8, "gsm7", "🚑 à", ""),
        (b"\xfe\xff\x00h\x00i", 8, "gsm7", "hi", ""),
        (b"\xff\xfeh\x00i\x00", 8, "gsm7", "hi", "little-endian"),
        (b"\x00h" + HALF + b"\x00i", 8, "gsm7", "h\ufffdi", "half a character"),
        (b"\x00h" + OTHER_HALF, 8, "gsm7", "h\ufffd", "half a character"),
        (b"\x00h\x00i\x41", 8, "gsm7", "hi\ufffd", "in UCS-2: the last one, 41"),
        (b"help", 0x10, "latin1", "help", "flash message (class 0)"),
        (b"help", 0xF0, "gsm7", "help", "flash message (class 0)"),
        (b"help", 0xF1, "latin1", "help", ""),
        (b"\x00h", 0x18, "gsm7", "h", "flash message (class 0)"),
        (b"help", 0xC8, "gsm7", "help", "voicemail"),
        (b"\x01\x02", 4, "gsm7", "[2 octets of data: 01 02]", "not text"),
        (b"help", 0x8F, "gsm7", "help", "8F is reserved"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_and_said(
    octets: bytes, data_coding: int, default: Alphabet, text: str, remark: str
) -> None:
    """The text with its remarks stands on the page; QA reads the same; the octets are the record's,
    whatever was made of them."""
    world = at(World(), default)
    world.bind().text(octets, data_coding=data_coding)
    world.settle()
    ((read, notes),) = shown(world)
    assert read == text
    assert remark in "; ".join(notes)
    assert bool(notes) is bool(remark)
    ((fact, pdu),) = recorded(world)
    assert (pdu.short_message, pdu.data_coding) == (octets, data_coding)
    assert isinstance(fact, CallerWrote)
    assert (fact.text, fact.remarks) == (text, notes)
    assert remark in told(world, fact)


def sar(reference: int, total: int, number: int) -> Tlvs:
    return (
        (Tag.sar_msg_ref_num, reference.to_bytes(2)),
        (Tag.sar_total_segments, bytes((total,))),
        (Tag.sar_segment_seqnum, bytes((number,))),
    )


def udh16(reference: int, total: int, number: int, more: bytes = b"") -> bytes:
    elements = b"\x08\x04" + reference.to_bytes(2) + bytes((total, number)) + more
    return bytes((len(elements),)) + elements


TURKISH_LOCK, SPANISH_SHIFT = b"\x25\x01\x01", b"\x24\x01\x02"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([{"words": b"he", "tlvs": sar(7, 2, 1)}, {"words": b"lp", "tlvs": sar(7, 2, 2)}], "help"),
        ([{"words": udh(7, 2, 1) + b"he"}, {"words": udh(7, 2, 2) + b"lp"}], "help"),
        ([{"words": udh16(700, 2, 1) + b"he"}, {"words": udh16(700, 2, 2) + b"lp"}], "help"),
        # each part has a table of its own: the first Turkish, the second none, the third Spanish
        (
            [
                {"words": udh16(1, 3, 1, TURKISH_LOCK) + b"\x1c"},
                {"words": udh16(1, 3, 2) + b"\x1c"},
                {"words": udh16(1, 3, 3, SPANISH_SHIFT) + b"\x1ba"},
            ],
            "ŞÆá",
        ),
        # an escape ends a part, and what it escapes is in the next
        ([{"words": udh(7, 2, 1) + b"5 \x1b"}, {"words": udh(7, 2, 2) + b"\x65"}], "5 €"),
        ([{"words": udh(7, 2, 1) + b"\x1b"}, {"words": udh(7, 2, 2, 2) + b"a"}], "á"),
        # a character of two units is cut by the boundary, then a unit of two octets is
        (
            [
                {"words": udh(7, 2, 1) + b"\x00a" + HALF, "data_coding": 8},
                {"words": udh(7, 2, 2) + OTHER_HALF + b"\x00b", "data_coding": 8},
            ],
            "a🚑b",
        ),
        (
            [
                {"words": udh(7, 2, 1) + b"\x00a\x00", "data_coding": 8},
                {"words": udh(7, 2, 2) + b"b\x00c", "data_coding": 8},
            ],
            "abc",
        ),
        # a byte order mark before every part
        (
            [
                {"words": udh(7, 2, 1) + b"\xfe\xff\x00a", "data_coding": 8},
                {"words": udh(7, 2, 2) + b"\xfe\xff\x00b", "data_coding": 8},
            ],
            "ab",
        ),
    ],
)  # fmt: skip
def test_parts_are_one_text_in_whatever_order_they_come(
    parts: list[dict[str, Any]], text: str
) -> None:
    for order in (parts, parts[::-1]):
        world = World()
        peer = world.bind()
        for part in order:
            peer.text(esm_class=UDHI if "tlvs" not in part else 0, **part)
            world.settle()
        assert shown(world) == [(text, ())]
        assert [pdu.short_message for _, pdu in recorded(world)] == [one["words"] for one in order]


def held(world: World) -> tuple[int, int]:
    """Texts that wait for parts, and the octets of them, over all dialogues."""
    lines = [one.state.line for one in world.engine]
    waiting = [one for line in lines for one in open_partials(line)]
    return len(waiting), sum(len(part.octets) for one in waiting for part in one.parts)


@pytest.mark.no_cover  # every line of it has its own test
def test_what_orphan_parts_of_one_caller_hold_is_bounded_and_none_vanishes() -> None:
    """Of texts of two parts only the first comes, as fast as they are taken; some are of 64 KiB."""
    world = World()
    peer = world.bind()
    sent = 600
    most = (0, 0)
    for number in range(sent):
        words = b"%05d" % number
        big: Tlvs = ()
        if number % 3 == 0:
            big = ((Tag.message_payload, udh16(number, 2, 1) + words + b"x" * 60_000),)
            words = b""
        else:
            words = udh16(number, 2, 1) + words
        peer.text(words, esm_class=UDHI, tlvs=big)
        world.settle()
        most = max(most[0], held(world)[0]), max(most[1], held(world)[1])
    assert most[0] <= PARTIALS_MAX
    assert PARTS_OCTETS_MAX / 2 < most[1] <= PARTS_OCTETS_MAX
    world.wait(8.5)
    assert held(world) == (0, 0)
    assert [text[:5] for text, _ in shown(world)] == [f"{number:05d}" for number in range(sent)]
    assert all(text.endswith(" [part 2 of 2 missing]") for text, _ in shown(world))


def test_orphan_parts_of_many_callers_are_shown_after_eight_seconds_and_forgotten() -> None:
    world = World()
    peer = world.bind()
    callers = 300
    for number in range(callers):
        peer.text(udh(1, 2, 1) + b"help", source_addr=f"1860555{number:04d}", esm_class=UDHI)
        world.settle()
    assert held(world) == (callers, 4 * callers)
    world.wait(7.5)
    assert shown(world) == []
    world.wait(1.0)
    assert held(world) == (0, 0)
    assert shown(world) == [("help [part 2 of 2 missing]", ())] * callers
