"""Delivery receipts: writing the classic text (SMPP v3.4, Appendix B) and reading all its dialects.

The appendix is not normative and everybody writes it differently, so reading forgives: fields in
any order or missing, dates of 10 or 12 digits, ids in hex or decimal. TLVs win over the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .alphabets import Alphabet
from .parts import user_data
from .pdu import DataSm, DeliverSm, SubmitSm
from .tlv import Tag, c_string, number, number_of, text_of

Kind = Literal["receipt", "acknowledgement", "intermediate"]

# esm_class, bits 5-2 (SMPP v3.4, 5.2.12).
_TYPE_MASK = 0x3C
RECEIPT = 0x04
_KINDS: dict[int, Kind] = {
    RECEIPT: "receipt",
    0x08: "acknowledgement",  # of the handset: SME delivery acknowledgement
    0x20: "intermediate",
}

# message_state (SMPP v3.4, 5.2.28; 0 and 9 from 5.0) and the word of the text for it.
STATES = {
    0: "SCHEDULED",
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
    9: "SKIPPED",
}
_CODES = {word: code for code, word in STATES.items()}
_NEVER = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD", "SKIPPED"})

SHORT_ADDRESS_MAX = 20  # octets of an address in deliver_sm (5.2.8)
TEXT_SIZE = 20  # characters of the message that the receipt repeats

_FIELDS = {
    "id": re.compile(r"\bid:\s*([^\s:]+)", re.IGNORECASE),
    "stat": re.compile(r"\bstat:\s*([A-Za-z_]+)", re.IGNORECASE),
    "err": re.compile(r"\berr:\s*([0-9A-Za-z]+)", re.IGNORECASE),
    "submit date": re.compile(r"\bsubmit date:\s*([0-9]{10,14})", re.IGNORECASE),
    "done date": re.compile(r"\bdone date:\s*([0-9]{10,14})", re.IGNORECASE),
}
# message_id has at most 65 octets, the NUL among them (SMPP 3.4, 4.4.2).
_DECIMAL = re.compile("[0-9]{1,64}")
_HEXADECIMAL = re.compile("[0-9A-Fa-f]{1,64}")
_TEXT = re.compile(r"\btext:\s?(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Report:
    """What a carrier or a handset says became of a message of ours.

    `delivered` is None while that is open or unknown. Dates are digits as they came: nobody says
    in which time zone. `reference` is user_message_reference, -1 without one.
    """

    kind: Kind
    message_id: str
    state: str
    delivered: bool | None
    reference: int = -1
    error: str = ""
    submitted: str = ""
    done: str = ""
    text: str = ""


def report_of(pdu: SubmitSm | DeliverSm | DataSm, default: Alphabet) -> Report | None:
    """The report a message is, by its esm_class or, where a peer sets none, by bearing a
    receipted_message_id. None for a message that a person wrote."""
    receipted = text_of(pdu.tlvs, Tag.receipted_message_id) if pdu.tlvs else None
    kind = _KINDS.get(pdu.esm_class & _TYPE_MASK)
    if kind is None:
        if receipted is None:
            return None
        kind = "receipt"
    written = user_data(pdu, default).read().text
    text = _TEXT.search(written)
    head = written[: text.start()] if text else written  # the caller's words name no fields
    found = {name: field[1] for name, form in _FIELDS.items() if (field := form.search(head))}
    code = number_of(pdu.tlvs, Tag.message_state)
    state = found.get("stat", "").upper() if code is None else STATES.get(code, "UNKNOWN")
    reference = number_of(pdu.tlvs, Tag.user_message_reference)
    return Report(
        kind,
        receipted or found.get("id", ""),
        state,
        _delivered(kind, state),
        -1 if reference is None else reference,
        found.get("err", ""),
        found.get("submit date", ""),
        found.get("done date", ""),
        text[1] if text else "",
    )


def same_ids(message_id: str) -> tuple[str, ...]:
    """Every spelling under which the id of a response may come back in a receipt, the id itself
    first: some carriers answer in hex and report in decimal, or the other way round."""
    spellings = [message_id, message_id.lstrip("0"), message_id.upper(), message_id.lower()]
    if (value := _number(message_id, _DECIMAL, 10)) is not None:
        spellings += [f"{value:x}", f"{value:X}"]
    if (value := _number(message_id, _HEXADECIMAL, 16)) is not None:
        spellings.append(str(value))
    return tuple(dict.fromkeys(filter(None, spellings)))


def as_answered(receipted: str, written_as: str) -> str:
    """The id of a receipt as the response had it, for a carrier whose receipts are in "decimal"
    where responses are hexadecimal, or "hexadecimal" where they are decimal; others as it came."""
    if written_as == "decimal":
        value = _number(receipted, _DECIMAL, 10)
        return receipted if value is None else f"{value:x}"
    if written_as == "hexadecimal":
        value = _number(receipted, _HEXADECIMAL, 16)
        return receipted if value is None else str(value)
    return receipted


def _number(message_id: str, form: re.Pattern[str], base: int) -> int | None:
    """None where it is none of this base, or longer than any id of a response: a text may hold
    thousands of digits."""
    return int(message_id, base) if form.fullmatch(message_id) else None


def alike(message_id: str) -> str:
    """The same for all spellings that differ in case and leading zeros alone."""
    return message_id.lstrip("0").casefold()


def written(
    message_id: str, state: str, submitted_at: float, done_at: float, error: int, text: str
) -> str:
    """The classic text. Times are UTC seconds and written in UTC; `state` is a word of STATES."""
    done = 1 if state == "DELIVRD" else 0
    return (
        f"id:{message_id} sub:001 dlvrd:{done:03d} submit date:{_date(submitted_at)} "
        f"done date:{_date(done_at)} stat:{state} err:{error:03d} text:{text[:TEXT_SIZE]}"
    )


def receipt(
    asked: SubmitSm | DataSm, message_id: str, state: str, submitted_at: float, done_at: float
) -> DeliverSm | DataSm:
    """The receipt for a text that `asked` for one (registered_delivery), back to its sender.
    Addresses that only data_sm has room for get a data_sm.

    It never repeats the caller's words: they are an emergency's, and the id says which text it was.
    """
    words = written(message_id, state, submitted_at, done_at, 0 if state == "DELIVRD" else 1, "")
    reference = number_of(asked.tlvs, Tag.user_message_reference)
    echoed = () if reference is None else (number(Tag.user_message_reference, reference),)
    tlvs = (
        c_string(Tag.receipted_message_id, message_id),
        number(Tag.message_state, _CODES[state]),
        *echoed,
    )
    to_and_from: dict[str, Any] = {
        "service_type": asked.service_type,
        "source_addr_ton": asked.dest_addr_ton,
        "source_addr_npi": asked.dest_addr_npi,
        "source_addr": asked.destination_addr,
        "dest_addr_ton": asked.source_addr_ton,
        "dest_addr_npi": asked.source_addr_npi,
        "destination_addr": asked.source_addr,
        "esm_class": RECEIPT,
    }
    if max(len(asked.source_addr), len(asked.destination_addr)) > SHORT_ADDRESS_MAX:
        return DataSm(**to_and_from, tlvs=(*tlvs, (Tag.message_payload, words.encode("ascii"))))
    return DeliverSm(**to_and_from, short_message=words.encode("ascii"), tlvs=tlvs)


def _delivered(kind: Kind, state: str) -> bool | None:
    if kind == "intermediate":
        return None
    if state == "DELIVRD" or (kind == "acknowledgement" and not state):
        return True
    return False if state in _NEVER else None


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%y%m%d%H%M")
