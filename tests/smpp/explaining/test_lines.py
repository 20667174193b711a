from __future__ import annotations

import json

from text911.smpp.codec import encode
from text911.smpp.explaining.lines import as_json, lines
from text911.smpp.explaining.values import Explained
from text911.smpp.parts import udh
from text911.smpp.pdu import SubmitSm

from .samples import only, pdu

LONG = encode(
    SubmitSm(
        source_addr='a"\n\x1b[2J',
        destination_addr="911",
        esm_class=0x40,
        short_message=udh(7, 2, 1) + b"The kitchen is on fire",
        tlvs=((0x1401, b""), (0x1402, b"\x01"), (0x0423, b"\x03\0\x11")),
    ),
    1,
)


def test_a_block_has_a_line_for_every_field_and_the_octets_in_rows() -> None:
    told = list(lines(only(LONG)))
    assert told[0] == f"submit_sm, {len(LONG)} octets at 0x0000, sequence_number 1"
    assert '  0013  source_addr                   "a\\"\\n\\u001b[2J"' in told
    assert any(line.endswith("05 00 03 07 02 01 54 68 65 20 6b 69 74 63 68 65") for line in told)
    assert any(line.strip() == "6e 20 69 73 20 6f 6e 20 66 69 72 65" for line in told)
    assert any(line.endswith("1401 vendor-specific          (empty)") for line in told)
    assert any(line.endswith("03 00 11  GSM: 17") for line in told)
    assert '        text (gsm7): "The kitchen is on fire"' in told
    assert "        part 1 of 2, reference 7 (udh8)" in told
    assert told[-1] == (
        "  our server answers: submit_sm_resp ESME_ROK, once the text is durably recorded"
    )


def test_a_fault_says_what_where_what_was_expected_and_what_to_do() -> None:
    told = list(lines(only(pdu(0x4, b"toolong\0"))))
    assert told[-4:] == [
        "  WRONG at 0x0010: service_type has no NUL within 6 octets",
        "        expected: at most 5 characters and a NUL",
        "        do: shorten service_type, or end it with a NUL",
        "  our server answers: submit_sm_resp ESME_RINVSERTYP",
    ]


def test_notes_and_remarks_are_told() -> None:
    data = encode(SubmitSm(data_coding=4, short_message=b"\1"), 1)
    assert any("not text" in line for line in lines(only(data)))
    assert any(line.startswith("  note: parameter 1401") for line in lines(only(LONG)))


def test_what_is_no_pdu_has_neither_number_nor_answer() -> None:
    assert list(lines(Explained("(gap)", 16, b""))) == ["(gap), 0 octets at 0x0010"]


def test_an_object_holds_the_same_for_a_program() -> None:
    told = json.loads(json.dumps(as_json(only(LONG))))
    assert (told["name"], told["good"], told["length"]) == ("submit_sm", True, len(LONG))
    assert "".join(one["octets"] for one in told["fields"]) == LONG.hex()
    assert told["content"]["text"] == "The kitchen is on fire"
    wrong = as_json(only(pdu(0x4)))
    assert wrong["content"] is None
    assert wrong["faults"][0]["name"] == "truncated"
    assert wrong["faults"][0]["status"] == 2
