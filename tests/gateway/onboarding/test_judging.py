"""Each step of the plan: done well, done badly, not done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from text911.gateway.onboarding.evidence import EXCHANGES_MAX
from text911.gateway.onboarding.judging import Finding, Verdict, judged
from text911.gateway.onboarding.lines import Bind, Lost, Seen
from text911.gateway.onboarding.plan import BY_KEY, PLAN, TENS
from text911.smpp import gsm7
from text911.smpp.codec import encode
from text911.smpp.parts import udh
from text911.smpp.pdu import (
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    Unbind,
    UnbindResp,
)
from text911.smpp.receipt import written
from text911.smpp.septets import pack
from text911.smpp.status import Status
from text911.smpp.tlv import Tag, c_string, number

from .wires import CALLER, TESTS, Wire

PASSED, FAILED, UNSEEN = Verdict.PASSED, Verdict.FAILED, Verdict.UNSEEN


def found(wire: Wire, key: str) -> Finding:
    return judged(wire.evidence())[key]


def verdict(wire: Wire, key: str) -> Verdict:
    return found(wire, key).verdict


def test_before_anything_happens_nothing_is_seen() -> None:
    findings = judged(Wire().evidence())
    assert list(findings) == [step.key for step in PLAN]
    assert {one.verdict for one in findings.values()} == {UNSEEN}


# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["text", "default", "extension"])
def test_a_text_that_reads_as_sent_passes(key: str) -> None:
    wire = Wire()
    wire.sent(BY_KEY[key].text)
    assert verdict(wire, key) is PASSED
    assert "after 10 ms" in found(wire, key).words


def test_the_newest_try_counts() -> None:
    wire = Wire()
    wire.sent("T1 nonsense")
    assert verdict(wire, "text") is FAILED
    wire.sent("T1 hello")
    assert verdict(wire, "text") is PASSED
    wire.sent("T1 hell")
    assert "'T1 hell'; send exactly 'T1 hello'" in found(wire, "text").words


def test_a_text_to_callers_addresses_is_no_test() -> None:
    wire = Wire()
    wire.sent("T1 hello", destination_addr="911")
    assert verdict(wire, "text") is UNSEEN


@pytest.mark.parametrize(
    ("octets", "alphabet"),
    [
        (b"T2 me@example.org $5", "latin1"),
        (pack(gsm7.encode("T2 me@example.org $5")), "packed"),
        ("T2 me@example.org $5".encode("utf-16-be"), "ucs2"),
    ],
)
def test_another_default_alphabet_is_found_and_named(octets: bytes, alphabet: str) -> None:
    wire = Wire()
    wire.sent(octets)
    finding = found(wire, "default")
    assert finding.verdict is FAILED
    assert f'default_alphabet = "{alphabet}"' in finding.words


def test_the_alphabet_that_is_agreed_is_the_one_that_is_read() -> None:
    wire = Wire(alphabet="latin1")
    wire.sent(b"T2 me@example.org $5")
    assert verdict(wire, "default") is PASSED


def test_the_right_words_with_the_wrong_data_coding_are_not_what_was_asked() -> None:
    wire = Wire()
    wire.sent("T2 me@example.org $5".encode("utf-16-be"), 8)
    assert "with data_coding 8; send it with 0" in found(wire, "default").words
    wire.sent(BY_KEY["unicode"].text.encode("utf-16-be"), 8)
    assert verdict(wire, "unicode") is PASSED


def test_a_text_waits_for_its_response_and_then_no_longer() -> None:
    wire = Wire()
    asked = wire.text("T1 hello")
    assert found(wire, "text") == Finding(UNSEEN, "it has no response yet")
    wire.waits(11)
    assert "never answered" in found(wire, "text").words
    wire.taken(asked, status=Status.RTHROTTLED)
    assert "ESME_RTHROTTLED: too much at once" in found(wire, "text").words


def test_a_code_that_has_no_row_is_named_all_the_same() -> None:
    wire = Wire()
    wire.taken(wire.text("T1 hello"), status=0x4A1)
    assert found(wire, "text").words == "it was answered ESME_0x000004A1"


# --- long texts ----------------------------------------------------------------------------------


def halves(label: str) -> tuple[bytes, bytes]:
    octets = gsm7.encode(f"{label} {TENS}")
    return octets[:153], octets[153:]


def sar(part: int) -> tuple[tuple[int, bytes], ...]:
    return (
        number(Tag.sar_msg_ref_num, 9),
        number(Tag.sar_total_segments, 2),
        number(Tag.sar_segment_seqnum, part),
    )


def test_parts_by_header_are_joined_and_a_missing_one_is_named() -> None:
    wire = Wire()
    one, two = halves("T5")
    wire.sent(udh(7, 2, 1) + one, esm_class=0x40)
    assert found(wire, "udh") == Finding(UNSEEN, "part 2 of 2 has not come yet")
    wire.sent(udh(8, 2, 2) + two, esm_class=0x40)  # of another text
    assert verdict(wire, "udh") is UNSEEN
    asked = wire.text(udh(7, 2, 2) + two, esm_class=0x40)
    assert found(wire, "udh").words == "it has no response yet"
    wire.taken(asked)
    assert found(wire, "udh").words == "2 parts, reference 7 (udh8), joined as sent"


def test_parts_by_parameters_are_not_parts_by_header() -> None:
    wire = Wire()
    one, two = halves("T6")
    wire.sent(one, tlvs=sar(1))
    wire.sent(two, tlvs=sar(2))
    assert verdict(wire, "sar") is PASSED
    wire = Wire()
    one, _ = halves("T5")
    wire.sent(one, tlvs=sar(1))
    assert "told by sar, not by udh8 or udh16" in found(wire, "udh").words


def test_a_long_text_that_does_not_say_which_part_it_is_fails() -> None:
    wire = Wire()
    wire.sent(halves("T5")[0])
    assert "without saying which part" in found(wire, "udh").words


def test_a_long_text_with_other_words_fails() -> None:
    wire = Wire()
    wire.sent(udh(7, 2, 1) + gsm7.encode("T5 short"), esm_class=0x40)
    wire.sent(udh(7, 2, 2) + gsm7.encode(" of it"), esm_class=0x40)
    assert "send exactly the 203 characters" in found(wire, "udh").words


def test_a_payload_is_not_a_short_message() -> None:
    wire = Wire()
    wire.sent("T7 nothing")
    assert verdict(wire, "payload") is FAILED
    wire.sent(BY_KEY["payload"].text)
    assert "not in a message_payload" in found(wire, "payload").words
    octets = gsm7.encode(BY_KEY["payload"].text)
    wire.sent(b"", tlvs=((Tag.message_payload, octets),))
    assert verdict(wire, "payload") is PASSED


# --- a retransmission ----------------------------------------------------------------------------


def test_the_same_pdu_twice_has_one_message_id() -> None:
    wire = Wire()
    assert verdict(wire, "repeat") is UNSEEN
    asked = wire.text("T8 again")
    wire.taken(asked, "m7")
    assert "sent once so far" in found(wire, "repeat").words
    wire.text("T8 again", number=asked)
    assert verdict(wire, "repeat") is UNSEEN
    wire.taken(asked, "m7")
    assert found(wire, "repeat").words == "recognised: both have message_id m7"


def test_both_copies_may_be_under_way_at_once() -> None:
    wire = Wire()
    asked = wire.text("T8 again")
    wire.text("T8 again", number=asked)
    wire.taken(asked, "m7")
    wire.taken(asked, "m7")
    assert verdict(wire, "repeat") is PASSED


def test_a_second_text_is_no_retransmission() -> None:
    wire = Wire()
    wire.sent("T8 again")
    wire.sent("T8 again")
    assert "sequence_number included" in found(wire, "repeat").words


def test_two_ids_for_one_text_are_our_fault() -> None:
    wire = Wire()
    asked = wire.taken(wire.text("T8 again"), "m7")
    wire.taken(wire.text("T8 again", number=asked), "m8")
    assert "tell us" in found(wire, "repeat").words


# --- receipts and replies ------------------------------------------------------------------------


def receipt_about(wire: Wire, message: str) -> int:
    text = written(message, "UNDELIV", 0, 0, 1, "")
    tlvs = (c_string(Tag.receipted_message_id, message), number(Tag.message_state, 5))
    return wire.given(esm_class=4, short_message=text.encode(), tlvs=tlvs)


def test_a_receipt_is_given_and_answered() -> None:
    wire = Wire()
    wire.sent("T9 receipt")
    assert "set registered_delivery to 1" in found(wire, "receipt").words
    asked = wire.text("T9 receipt", registered_delivery=1)
    assert found(wire, "receipt").words == "it has no response yet"
    wire.taken(asked, "m9")
    wire.answers(receipt_about(wire, "another"))
    wire.answers(wire.given(short_message=b"words"))
    assert "has not left yet" in found(wire, "receipt").words
    given = receipt_about(wire, "m9")
    assert verdict(wire, "receipt") is UNSEEN
    wire.answers(given)
    assert found(wire, "receipt").words == "UNDELIV for m9, answered after 10 ms"


def test_a_reply_that_is_refused_or_left_alone_fails() -> None:
    wire = Wire()
    given = wire.given(short_message=b"words")
    assert verdict(wire, "answer") is UNSEEN
    wire.waits(11)
    assert "send deliver_sm_resp" in found(wire, "answer").words
    wire.answers(given, Status.RSYSERR)
    assert "was answered RSYSERR" in found(wire, "answer").words
    wire.answers(wire.given(short_message=b"words"))
    assert verdict(wire, "answer") is PASSED


def test_a_receipt_of_ours_is_no_reply() -> None:
    wire = Wire()
    wire.answers(receipt_about(wire, "m9"))
    assert verdict(wire, "answer") is UNSEEN


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"esm_class": 4, "short_message": b"id:h1 stat:DELIVRD"}, "receipt for h1: DELIVRD"),
        (
            {"esm_class": 8, "tlvs": (number(Tag.user_message_reference, 5),)},
            "acknowledgement for reference 5: delivered",
        ),
    ],
)
def test_what_a_handset_has_is_said(fields: dict[str, object], words: str) -> None:
    wire = Wire()
    wire.sent("T1 hello")
    assert verdict(wire, "acknowledgement") is UNSEEN
    wire.sent(fields.pop("short_message", b""), **fields)  # type: ignore[arg-type]
    assert found(wire, "acknowledgement").words == words


def test_an_acknowledgement_of_nothing_is_no_use() -> None:
    wire = Wire()
    wire.sent(b"", esm_class=8)
    assert "it names no message" in found(wire, "acknowledgement").words


# --- binds ---------------------------------------------------------------------------------------


def test_a_bind_is_up_was_up_or_was_refused() -> None:
    up = Bind("x-1", "transceiver", 0.0, 0x34)
    assert found(Wire(binds=(up,)), "bind").words == "1 up: transceiver"
    wire = Wire()
    wire.happens("bind_refused", "")
    assert "system_id that is no carrier" in found(wire, "bind").words
    wire.happens("bind_up", "One has bound")
    assert found(wire, "bind") == Finding(PASSED, "One has bound")


def test_a_window_is_several_texts_unanswered_at_once() -> None:
    wire = Wire()
    wire.sent("T10 1")
    assert verdict(wire, "window") is UNSEEN
    for _ in range(10):
        wire.sent("T10 2")
    assert "at most 1 unanswered at once" in found(wire, "window").words
    asked = [wire.text("T10 3") for _ in range(6)]
    assert found(wire, "window").words == "it has no response yet"
    for one in asked:
        wire.taken(one)
    assert found(wire, "window").words == "up to 6 unanswered at once, all 17 ESME_ROK"
    wire.taken(wire.text("T10 4"), status=Status.RMSGQFUL)
    assert verdict(wire, "window") is FAILED


def test_only_texts_count_for_the_window_and_only_of_one_bind() -> None:
    wire = Wire()
    for at in range(6):
        wire.text("T10 1", bind=f"x-{at}")
        wire.seen(EnquireLink(), heard=True, bind="x-1")
    assert wire.evidence().deepest == 1


def test_enquire_links_of_both_sides() -> None:
    wire = Wire()
    wire.seen(EnquireLink(), heard=True)
    assert found(wire, "enquire").words == "1 seen"
    for _ in range(3):
        wire.waits(20)
        wire.seen(EnquireLink(), heard=True)
    assert found(wire, "enquire").words == "4 seen, every 20 s"
    assert verdict(wire, "enquired") is UNSEEN
    asked = wire.seen(EnquireLink(), heard=False)
    assert verdict(wire, "enquired") is UNSEEN
    wire.waits(11)
    assert verdict(wire, "enquired") is FAILED
    wire.seen(EnquireLinkResp(), heard=True, number=asked)
    assert verdict(wire, "enquired") is PASSED


def test_unbind_and_bind_again() -> None:
    wire = Wire()
    wire.happens("bind_up", "One has bound")
    wire.happens("bind_down", "A bind of One has ended: unbound")
    assert verdict(wire, "unbind") is UNSEEN
    wire.happens("bind_down", "A bind of One has ended: the connection was lost")
    assert "without unbind" in found(wire, "unbind").words
    asked = wire.seen(Unbind(), heard=True)
    assert verdict(wire, "unbind") is UNSEEN
    wire.seen(UnbindResp(), heard=False, number=asked)
    assert verdict(wire, "unbind") is PASSED
    assert verdict(wire, "rebind") is UNSEEN
    wire.waits(3)
    wire.happens("bind_up", "One has bound")
    assert found(wire, "rebind").words == "bound again 3 s after the first unbind"


# --- evidence ------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_evidence_of_nothing() -> None:
    wire = Wire()
    whole = encode(SubmitSm(source_addr=CALLER, destination_addr=TESTS), 5)
    broken = (len(whole) - 3).to_bytes(4) + whole[4:-3]
    for octets in (broken, whole[:16], encode(DeliverSm(), 6)[:16]):
        wire.lines.append(Seen(wire.at, "x-1", True, octets.hex()))
    wire.seen(EnquireLinkResp(), heard=True, number=77)  # asked before anybody looked
    evidence = wire.evidence()
    assert list(evidence.texts()) == []
    assert evidence.deepest == 0


def test_evidence_is_bounded() -> None:
    wire = Wire()
    for _ in range(EXCHANGES_MAX + 50):
        wire.seen(EnquireLink(), heard=True)
    wire.lines.append(Lost(7))
    evidence = wire.evidence()
    assert len(evidence.exchanges) == EXCHANGES_MAX
    assert evidence.lost == 7
    assert judged(evidence)["enquire"].verdict is PASSED


@pytest.mark.parametrize("key", BY_KEY)
def test_every_step_is_said_on_a_line(key: str) -> None:
    step = BY_KEY[key]
    shown: Callable[[str], bool] = str.isprintable
    assert shown(step.shown)
    assert len(step.shown) < 60
