"""The lines an operator reads while a carrier's binds talk."""

from __future__ import annotations

import pytest

from text911.gateway.onboarding import showing as module
from text911.gateway.onboarding.lines import Begun, Bind, Happening, Line, Lost, Seen, Still
from text911.gateway.onboarding.showing import Showing
from text911.smpp.codec import encode
from text911.smpp.parts import udh
from text911.smpp.pdu import DeliverSm, EnquireLink, SubmitSm, SubmitSmResp
from text911.smpp.status import Status
from text911.smpp.tlv import Tag, c_string, number

T0 = 1_800_000_000.0  # 08:00:00 UTC
BEGUN = Begun(
    T0, "one", "One", "hidden", "gsm7", ("911",), ("9110",), (Bind("ab-3", "receiver", T0, 0x34),)
)


def shown(*lines: Line, whole: bool = False) -> list[str]:
    showing = Showing(whole=whole)
    return [one for line in lines for one in showing.lines(line)]


def seen(
    pdu: object, sequence: int = 7, at: float = T0, *, heard: bool = True, **more: object
) -> Seen:
    status = more.pop("status", 0)
    octets = encode(pdu, sequence, status)  # type: ignore[arg-type]
    return Seen(at, "ab-3", heard, octets.hex(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "words"),
    [("hidden", "are hidden"), ("words", "personal data"), ("tests", "to and from 9110")],
)
def test_first_it_says_who_is_bound_and_what_is_shown(scope: str, words: str) -> None:
    first, second = shown(Begun(T0, "one", "One", scope, "gsm7", (), ("9110",), BEGUN.binds))
    assert first == "One (one). Binds: #3 receiver, SMPP 3.4, since 08:00:00.000."
    assert words in second


def test_without_binds_and_versions_it_says_so() -> None:
    assert "Binds: none." in shown(Begun(T0, "one", "One", "tests", "gsm7"))[0]
    binds = (Bind("ab-3", "receiver", T0),)
    assert "SMPP unknown" in shown(Begun(T0, "one", "One", "hidden", "gsm7", (), (), binds))[0]


def test_a_text_is_one_line_with_its_addresses_words_and_parameters() -> None:
    text = SubmitSm(
        source_addr_ton=1,
        source_addr="18605550142",
        destination_addr="911",
        registered_delivery=1,
        short_message=b"help\x1b\x28",
        tlvs=(number(Tag.user_message_reference, 5),),
    )
    (line,) = shown(BEGUN, seen(text))[2:]
    assert line == (
        '08:00:00.000 > #3 submit_sm 7  18605550142 (1/0) > 911 (0/0)  "help{" gsm7  '
        "asks: receipt on success or failure  TLV 0204 user_message_reference"
    )


def test_a_deliver_sm_of_a_message_centre_is_in_order_and_of_a_client_is_not() -> None:
    assert len(shown(BEGUN, seen(DeliverSm(), ours=True))[2:]) == 1
    lines = shown(BEGUN, seen(DeliverSm()))[2:]
    assert "deliver_sm from the client" in lines[1]


def test_hidden_words_are_counted_and_parts_are_named() -> None:
    text = SubmitSm(esm_class=0x40, short_message=udh(9, 2, 1) + b"xxxx")
    (line,) = shown(BEGUN, seen(text, is_hidden=True))[2:]
    assert "(empty) (0/0) > (empty) (0/0)" in line
    assert "4 characters gsm7  part 1 of 2, reference 9 (udh8)" in line


def test_a_response_says_its_status_its_id_and_how_long_it_took() -> None:
    lines = shown(
        BEGUN,
        seen(SubmitSm()),
        seen(SubmitSmResp("m1"), 7, T0 + 0.0123, heard=False),
        seen(SubmitSmResp(), 8, heard=False, status=Status.RTHROTTLED),
    )
    assert lines[3] == "08:00:00.012 < #3 submit_sm_resp 7  ESME_ROK  id m1  after 12 ms"
    assert lines[4] == "08:00:00.000 < #3 submit_sm_resp 8  ESME_RTHROTTLED"


def test_a_receipt_says_about_what_and_which_state() -> None:
    tlvs = (c_string(Tag.receipted_message_id, "m1"), number(Tag.message_state, 2))
    (line,) = shown(BEGUN, seen(DeliverSm(esm_class=4, tlvs=tlvs), heard=False))[2:]
    assert "delivery receipt" in line
    assert "about m1  DELIVERED" in line
    assert "TLV" not in line


def test_what_is_wrong_stands_beneath_with_what_to_do() -> None:
    odd = SubmitSm(data_coding=8, short_message=b"\0a\0")
    lines = shown(BEGUN, seen(odd))[3:]
    assert lines[0].strip().startswith("forgiven: an odd number of octets in UCS-2")
    assert "Do: " in lines[0]
    octets = encode(SubmitSm(short_message=b"abc"), 7)
    cut = (len(octets) - 2).to_bytes(4) + octets[4:-2]
    (line,) = shown(BEGUN, Seen(T0, "ab-3", True, cut.hex()))[3:]
    assert line.strip().startswith("REFUSED: ")


def test_remarks_and_notes_are_said_too() -> None:
    flash = seen(SubmitSm(data_coding=0x10, short_message=b"a", tlvs=((0x1501, b"x"),)))
    said = [line.strip() for line in shown(BEGUN, flash)[3:]]
    assert "note: sent as a flash message (class 0)" in said
    assert any("1501" in line and line.startswith("note: ") for line in said)


def test_a_body_that_is_withheld_is_counted() -> None:
    head = encode(SubmitSmResp(), 7, Status.RSYSERR)[:16].hex()
    lines = shown(BEGUN, Seen(T0, "ab-3", True, encode(SubmitSm(), 1)[:16].hex(), 17),
                  Seen(T0, "ab-3", False, head, 4))  # fmt: skip
    assert lines[2] == "08:00:00.000 > #3 submit_sm 1  (17 octets of body are not shown)"
    assert lines[3].startswith("08:00:00.000 < #3 submit_sm_resp 7 ESME_RSYSERR  (4 octets")


def test_all_fields_are_shown_when_asked_for() -> None:
    lines = shown(BEGUN, seen(EnquireLink()), whole=True)
    assert any("command_length" in line for line in lines)


def test_what_happens_and_what_is_lost_is_said_and_silence_is_not() -> None:
    lines = shown(
        Happening(T0, "bind_up", "One has bound", "192.0.2.1"),
        Happening(T0, "bind_refused", ""),
        Lost(12),
        Still(T0),
    )
    assert lines[:2] == [
        "08:00:00.000 ** One has bound (from 192.0.2.1)",
        "08:00:00.000 ** bind refused",
    ]
    assert lines[2].strip() == "** 12 PDUs more, too fast to be shown"
    assert len(lines) == 3


def test_what_waits_for_a_response_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_MAX", 1)
    lines = shown(
        BEGUN,
        seen(SubmitSm(), 1),
        seen(SubmitSm(), 2),
        seen(SubmitSmResp("a"), 1, heard=False),
        seen(SubmitSmResp("b"), 2, heard=False),
    )
    assert "after" not in lines[4]
    assert "after 0 ms" in lines[5]
