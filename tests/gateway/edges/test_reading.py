"""What a carrier's PDU says, as a fact."""

from __future__ import annotations

from text911.gateway.core.facts import CallerSentPart, CallerWrote, HandsetReported
from text911.gateway.core.values import MessageId
from text911.gateway.edges.reading import Origin, locating_tlvs, reported, text_of
from text911.smpp.parts import udh
from text911.smpp.pdu import DataSm, SubmitSm
from text911.smpp.receipt import report_of
from text911.smpp.tlv import Tag, number

ORIGIN = Origin("link", 7, MessageId("m"), "gsm7")


def sms(octets: bytes = b"help", **fields: object) -> SubmitSm:
    whole = {"source_addr_ton": 1, "source_addr": "18605550142", "destination_addr": "911"}
    return SubmitSm(**{**whole, "short_message": octets, **fields})  # type: ignore[arg-type]


def test_a_text_is_a_text_with_its_mark() -> None:
    fact = text_of(
        sms(registered_delivery=1, tlvs=(number(Tag.user_message_reference, 9),)), ORIGIN
    )
    assert isinstance(fact, CallerWrote)
    assert (fact.message, fact.text, fact.receipt) == ("m", "help", True)
    assert (fact.mark.link, fact.mark.sequence_number, fact.mark.umr) == ("link", 7, 9)
    assert fact.mark.part == ""


def test_a_part_keeps_its_octets_and_knows_its_siblings() -> None:
    pdus = [sms(udh(5, 2, n) + octets, esm_class=0x40) for n, octets in ((1, b"he"), (2, b"lp"))]
    first, second = (text_of(pdu, ORIGIN) for pdu in pdus)
    assert isinstance(first, CallerSentPart)
    assert isinstance(second, CallerSentPart)
    assert first.join == second.join
    assert (first.octets, first.number, second.number, first.total) == (b"he", 1, 2, 2)
    assert first.mark.part != second.mark.part
    assert first.text == "he"


def test_a_part_names_its_own_tables_and_keeps_what_was_remarked() -> None:
    header = b"\x08\x00\x03\x05\x02\x01\x24\x01\x01"
    turkish = text_of(sms(header + b"\x1bS", esm_class=0x40, data_coding=0xF0), ORIGIN)
    assert isinstance(turkish, CallerSentPart)
    assert (turkish.alphabet, turkish.text) == ("gsm7/0.1", "Ş")
    assert turkish.remarks == ("sent as a flash message (class 0)",)
    plain = text_of(sms(udh(5, 2, 1) + b"\x1bS", esm_class=0x40, data_coding=0xF0), ORIGIN)
    assert plain.mark.octets != turkish.mark.octets


def test_equal_octets_have_equal_marks_and_nothing_else_does() -> None:
    def octets_of(pdu: SubmitSm | DataSm) -> bytes:
        return text_of(pdu, ORIGIN).mark.octets

    same = octets_of(sms())
    assert same == octets_of(sms(registered_delivery=1))
    others = [
        sms(b"help!"),
        sms(data_coding=8),
        sms(source_addr="18605550143"),
        sms(udh(1, 2, 1) + b"help", esm_class=0x40),
        sms(udh(1, 2, 2) + b"help", esm_class=0x40),
    ]
    assert len({same, *map(octets_of, others)}) == 6


def test_a_picture_is_no_text_and_says_so() -> None:
    fact = text_of(sms(b"\x01\x02", data_coding=4), ORIGIN)
    assert isinstance(fact, CallerWrote)
    assert fact.media_removed
    assert fact.remarks
    assert fact.text == "[2 octets of data: 01 02]"


def test_the_words_of_a_data_sm_are_no_hint_of_a_place() -> None:
    hint = (0x1400, b"41.5,-72.6,100")
    pdu = DataSm(source_addr="1", tlvs=((int(Tag.message_payload), b"help"), hint))
    fact = text_of(pdu, ORIGIN)
    assert isinstance(fact, CallerWrote)
    assert fact.text == "help"
    assert locating_tlvs(pdu) == (hint,)


def test_only_a_final_report_is_a_fact() -> None:
    def fact_of(**fields: object) -> HandsetReported | None:
        report = report_of(sms(b"", **fields), "gsm7")
        assert report is not None
        return reported(report)

    umr = (number(Tag.user_message_reference, 77),)
    assert fact_of(esm_class=0x08, tlvs=umr) == HandsetReported(True, 77, "", "")
    bad = report_of(sms(b"id:ab stat:UNDELIV err:1", esm_class=0x04), "gsm7")
    assert bad is not None
    assert reported(bad) == HandsetReported(False, -1, "ab", "UNDELIV")
    on_its_way = report_of(sms(b"id:ab stat:ENROUTE", esm_class=0x04), "gsm7")
    assert on_its_way is not None
    assert reported(on_its_way) is None
