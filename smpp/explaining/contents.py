"""What a message carries, in words: its text as the gateway reads it, its user data header, which
part of which text it is, and what is wrong with any of these. Never raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..alphabets import Alphabet
from ..counting import counted
from ..parts import ESM_CLASS_UDHI, user_data
from ..pdu import SubmitSm
from ..tlv import Tag, Tlvs
from .values import Content, Fault, Field

# Information elements of a user data header (3GPP TS 23.040, 9.2.3.24).
_ELEMENTS = {
    0x00: "concatenation, 8-bit reference",
    0x01: "special message indication",
    0x04: "ports, 8 bits",
    0x05: "ports, 16 bits",
    0x06: "service centre control",
    0x07: "source of the header",
    0x08: "concatenation, 16-bit reference",
    0x09: "wireless control message",
    0x20: "e-mail header",
    0x24: "national single shift",
    0x25: "national locking shift",
}
_CONCATENATIONS = {0x00: 3, 0x08: 4}  # and the octets of each
_SAR = (Tag.sar_msg_ref_num, Tag.sar_total_segments, Tag.sar_segment_seqnum)
_HEADER = 4  # octets of a parameter's tag and length


def content_of(fields: Sequence[Field], default: Alphabet) -> tuple[Content | None, list[Fault]]:
    """None for a PDU that carries no message. `default` is the meaning of data_coding 0."""
    carriers = [one for one in fields if _carries(one)]
    if not carriers:
        return None, []
    numbers = {one.name: one.value for one in fields if isinstance(one.value, int)}
    short = next((one.octets for one in carriers if one.tag is None), b"")
    tlvs: Tlvs = tuple((one.tag, one.octets[_HEADER:]) for one in fields if one.tag is not None)
    esm_class, data_coding = numbers.get("esm_class", 0), numbers.get("data_coding", 0)
    data = user_data(
        SubmitSm(esm_class=esm_class, data_coding=data_coding, short_message=short, tlvs=tlvs),
        default,
    )
    read = data.read()
    main = next((one for one in carriers if one.tag is not None), carriers[0])
    at = main.offset + (0 if main.tag is None else _HEADER)
    faults: list[Fault] = []
    if short and main.tag is not None:
        faults.append(
            Fault(
                main.offset,
                "payload_and_short_message",
                "message_payload and short_message both carry octets",
                "sm_length 0 beside a message_payload",
                "send the text once; the message_payload is shown here",
            )
        )
    faults += [
        Fault(at, "text", remark, "text in the alphabet of its data_coding", _MEND_TEXT)
        for remark in read.remarks
        if remark not in data.remarks and not remark.startswith(_NOT_WRONG)
    ]
    header: tuple[str, ...] = ()
    if esm_class & ESM_CLASS_UDHI:
        octets = main.octets[0 if main.tag is None else _HEADER :]
        header = tuple(_elements(octets, at, faults))
    _judge_sar(fields, bool(data.concatenation and data.concatenation.kind != "sar"), faults)
    whole = data.concatenation
    part = (
        f"part {whole.number} of {whole.total}, reference {whole.reference} ({whole.kind})"
        if whole
        else ""
    )
    return Content(data.alphabet, read.text, header, part, read.remarks), faults


# Remarks on what is as it was said to be: data, and an alphabet that is written in several ways.
_NOT_WRONG = ("not text", "JIS, read as", "read as JIS")
_MEND_TEXT = "set data_coding to the alphabet of the text, or tell us what 0 means on this account"


def _carries(one: Field) -> bool:
    return one.name == "short_message" or (one.tag == Tag.message_payload and not one.is_secret)


def _elements(octets: bytes, at: int, faults: list[Fault]) -> Iterator[str]:
    """The elements of the header in words; `at` is where it begins in the stream."""
    size = octets[0] if octets else 0
    if not octets or 1 + size > len(octets):
        faults.append(
            Fault(
                at,
                "udh_overrun",
                f"esm_class says UDHI, the header claims {1 + size} octets, {len(octets)} are there"
                if octets
                else "esm_class says UDHI, there are no octets",
                "a user data header that ends within the message",
                "clear 0x40 in esm_class, or send the header; it is shown as text here",
            )
        )
        return
    end, here = 1 + size, 1
    while here + 2 <= end and here + 2 + octets[here + 1] <= end:
        identifier, length = octets[here], octets[here + 1]
        value = octets[here + 2 : here + 2 + length]
        name = _ELEMENTS.get(identifier, "unknown element")
        yield f"{identifier:02X} {name}: {value.hex(' ') or 'empty'}"
        if identifier in _CONCATENATIONS:
            _judge_element(identifier, value, at + here, faults)
        here += 2 + length
    if here < end:
        faults.append(
            Fault(
                at + here,
                "udh_element",
                f"{counted(end - here, 'octet')} at the end of the user data header are no element",
                "elements of identifier, length and as many octets",
                "correct the length of the header or of its last element",
            )
        )
        yield f"no element: {octets[here:end].hex(' ')}"


def _judge_element(identifier: int, value: bytes, at: int, faults: list[Fault]) -> None:
    size = _CONCATENATIONS[identifier]
    if len(value) != size:
        faults.append(
            Fault(
                at,
                "concatenation",
                f"element {identifier:02X} has {counted(len(value), 'octet')}",
                f"{size}: reference, parts in all, number of this part",
                "send it in its size; this part is shown as a text of its own",
            )
        )
    else:
        _judge_numbers(value[-2], value[-1], at, faults)


def _judge_numbers(total: int, number: int, at: int, faults: list[Fault]) -> None:
    if not 1 <= number <= total:
        faults.append(
            Fault(
                at,
                "concatenation",
                f"part {number} of {total}",
                "a number from 1 to the number of parts",
                "count parts from 1; this part is shown as a text of its own",
            )
        )


def _judge_sar(fields: Sequence[Field], has_udh: bool, faults: list[Fault]) -> None:
    """All three parameters belong together (SMPP v3.4, 5.3.2.22)."""
    found = {one.tag: one for one in fields if one.tag in _SAR}
    if not found:
        return
    at = min(one.offset for one in found.values())
    missing = [tag.name for tag in _SAR if tag not in found]
    if missing:
        faults.append(
            Fault(
                at,
                "sar_incomplete",
                f"without {' and '.join(missing)}",
                ", ".join(tag.name for tag in _SAR),
                "send all three or none; this part is shown as a text of its own",
            )
        )
        return
    total, number = (found[tag].value for tag in _SAR[1:])
    if isinstance(total, int) and isinstance(number, int):
        _judge_numbers(total, number, at, faults)
    if has_udh:
        faults.append(
            Fault(
                at,
                "udh_and_sar",
                "a user data header and sar_* parameters both say which part this is",
                "one of the two",
                "leave the sar_* parameters out; the header counts here",
            )
        )
