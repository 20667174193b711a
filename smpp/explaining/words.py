"""The value of a field in words. What the specification reserves begins with "reserved".

Pure tables; sections are those of SMPP v3.4 unless 5.0 is named.
"""

from __future__ import annotations

from collections.abc import Callable

from ..status import Status
from .operations import name_of

RESERVED = "reserved"

_TON = {
    0: "unknown",
    1: "international",
    2: "national",
    3: "network specific",
    4: "subscriber number",
    5: "alphanumeric",
    6: "abbreviated",
}
_NPI = {
    0: "unknown",
    1: "ISDN (E.163/E.164)",
    3: "data (X.121)",
    4: "telex (F.69)",
    6: "land mobile (E.212)",
    8: "national",
    9: "private",
    10: "ERMES",
    14: "Internet (IP)",
    18: "WAP client id",
}
_MODES = ("default mode", "datagram mode", "forward mode", "store and forward mode")
_TYPES = {
    0: "normal message",
    1: "delivery receipt",
    2: "SME delivery acknowledgement",
    4: "SME manual acknowledgement",
    6: "conversation abort",
    8: "intermediate delivery notification",
}
_RECEIPTS = (
    "no receipt",
    "receipt on success or failure",
    "receipt on failure",
    "receipt on success (SMPP 5.0)",
)
_ACKS = (
    "",
    "SME delivery acknowledgement",
    "SME manual acknowledgement",
    "SME delivery and manual acknowledgement",
)
_CODINGS = {
    0: "default alphabet of the message centre",
    1: "IA5/ASCII",
    2: "octets, unspecified",
    3: "Latin-1 (ISO-8859-1)",
    4: "octets, unspecified",
    5: "JIS (X 0208-1990)",
    6: "Cyrillic (ISO-8859-5)",
    7: "Latin/Hebrew (ISO-8859-8)",
    8: "UCS-2 (ISO/IEC 10646), in practice UTF-16",
    9: "pictogram encoding",
    10: "ISO-2022-JP (music codes)",
    13: "extended Kanji JIS (X 0212-1990)",
    14: "KS C 5601",
}
_CLASSES = ("class 0, shown at once", "class 1, handset", "class 2, SIM", "class 3, terminal")
_WAITING = ("voicemail", "fax", "e-mail", "other")
_STATES = {
    0: "SCHEDULED (SMPP 5.0)",
    1: "ENROUTE",
    2: "DELIVERED",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIVERABLE",
    6: "ACCEPTED",
    7: "UNKNOWN",
    8: "REJECTED",
    9: "SKIPPED (SMPP 5.0)",
}
_VERSIONS = {0x33: "SMPP 3.3", 0x34: "SMPP 3.4", 0x50: "SMPP 5.0"}
_NETWORKS = {
    0: "unknown",
    1: "GSM",
    2: "ANSI-136/TDMA",
    3: "IS-95/CDMA",
    4: "PDC",
    5: "PHS",
    6: "iDEN",
    7: "AMPS",
    8: "paging network",
}
# SMPP v5.0, 4.7.6: beyond what `Status` knows.
_STATUSES_OF_5 = {
    0x100: "RSERTYPUNAUTH",
    0x101: "RPROHIBITED",
    0x102: "RSERTYPUNAVAIL",
    0x103: "RSERTYPDENIED",
    0x104: "RINVDCS",
    0x105: "RINVSRCADDRSUBUNIT",
    0x106: "RINVDSTADDRSUBUNIT",
    0x107: "RINVBCASTFREQINT",
    0x108: "RINVBCASTALIAS_NAME",
    0x109: "RINVBCASTAREAFMT",
    0x10A: "RINVNUMBCAST_AREAS",
    0x10B: "RINVBCASTCNTTYPE",
    0x10C: "RINVBCASTMSGCLASS",
    0x10D: "RBCASTFAIL",
    0x10E: "RBCASTQUERYFAIL",
    0x10F: "RBCASTCANCELFAIL",
    0x110: "RINVBCAST_REP",
    0x111: "RINVBCASTSRVGRP",
    0x112: "RINVBCASTCHANIND",
}
_VENDOR_STATUSES = range(0x400, 0x500)
_LOADS = ((0, "idle"), (29, "low load"), (49, "medium load"), (79, "high load"),
          (89, "optimum load"), (99, "nearing congestion"), (100, "congested"))  # fmt: skip


def status_words(status: int) -> str:
    """ESME_ and the specification's name (5.1.3)."""
    if status in _STATUSES_OF_5:
        return f"ESME_{_STATUSES_OF_5[status]} (SMPP 5.0)"
    if status in _VENDOR_STATUSES:
        return "vendor specific"
    try:
        return f"ESME_{Status(status).name}"
    except ValueError:
        return RESERVED


def _of(table: dict[int, str]) -> Callable[[int], str]:
    return lambda value: table.get(value, RESERVED)


def _esm_class(value: int) -> str:
    """5.2.12."""
    words = [_MODES[value & 3], _TYPES.get(value >> 2 & 15, f"{RESERVED} message type")]
    words += ["UDHI: begins with a user data header"] if value & 0x40 else []
    words += ["reply path"] if value & 0x80 else []
    return _reserved_first(words)


def _registered_delivery(value: int) -> str:
    """5.2.17."""
    words = [_RECEIPTS[value & 3], _ACKS[value >> 2 & 3]]
    words += ["intermediate notification"] if value & 0x10 else []
    words += [f"{RESERVED} bits {value & 0xE0:#04x}"] if value & 0xE0 else []
    return _reserved_first([word for word in words if word])


def _reserved_first(words: list[str]) -> str:
    return ", ".join(sorted(words, key=lambda word: not word.startswith(RESERVED)))


def _data_coding(value: int) -> str:
    """5.2.19, and 3GPP TS 23.038, section 4, for what it leaves to GSM."""
    if value >= 0xF0:
        alphabet = "8-bit data" if value & 4 else "GSM-7"
        return f"{alphabet}, {_CLASSES[value & 3]}"
    if value >= 0xC0:
        group = ("discard", "store", "store, UCS-2")[(value >> 4) - 0xC]
        on = "on" if value & 8 else "off"
        return f"message waiting {on} ({group}): {_WAITING[value & 3]}"
    return _CODINGS.get(value, RESERVED)


def _priority(value: int) -> str:
    """5.2.14; 4 from 5.0."""
    return ("normal", "high", "urgent", "very urgent/emergency", "4 (SMPP 5.0)", RESERVED)[
        min(value, 5)
    ]


def _version(value: int) -> str:
    """5.2.4."""
    return "SMPP 3.3 or earlier" if value < 0x33 else _VERSIONS.get(value, RESERVED)


def _congestion(value: int) -> str:
    """SMPP v5.0, 4.8.4.18."""
    return next((word for most, word in _LOADS if value <= most), RESERVED)


def _protocol(value: int) -> str:
    return "none" if value == 0 else "set by the network or the handset (3GPP TS 23.040)"


_ton, _npi, _state, _network = _of(_TON), _of(_NPI), _of(_STATES), _of(_NETWORKS)

# Field or parameter -> its value in words.
WORDS: dict[str, Callable[[int], str]] = {
    "command_id": name_of,
    "command_status": status_words,
    "error_status_code": status_words,
    "broadcast_error_status": status_words,
    **dict.fromkeys(("addr_ton", "source_addr_ton", "dest_addr_ton", "esme_addr_ton"), _ton),
    **dict.fromkeys(("addr_npi", "source_addr_npi", "dest_addr_npi", "esme_addr_npi"), _npi),
    "esm_class": _esm_class,
    "protocol_id": _protocol,
    "priority_flag": _priority,
    "registered_delivery": _registered_delivery,
    "replace_if_present_flag": _of({0: "do not replace", 1: "replace"}),
    "data_coding": _data_coding,
    "interface_version": _version,
    "sc_interface_version": _version,
    "message_state": _state,
    "dest_flag": _of({1: "SME address", 2: "distribution list"}),
    "congestion_state": _congestion,
    "dest_network_type": _network,
    "source_network_type": _network,
    "privacy_indicator": _of({0: "not restricted", 1: "restricted", 2: "confidential",
                              3: "secret"}),
    "payload_type": _of({0: "default", 1: "WCMP message"}),
    "language_indicator": _of({0: "unspecified", 1: "English", 2: "French", 3: "Spanish",
                               4: "German", 5: "Portuguese"}),
    "dpf_result": _of({0: "not set", 1: "set"}),
    "set_dpf": _of({0: "not requested", 1: "requested"}),
    "ms_availability_status": _of({0: "available", 1: "denied", 2: "unavailable"}),
    "delivery_failure_reason": _of({0: "destination unavailable", 1: "destination address invalid",
                                    2: "permanent network error", 3: "temporary network error"}),
    "more_messages_to_send": _of({0: "no", 1: "yes"}),
}  # fmt: skip

# The type octet of network_error_code (5.3.2.31; 4 to 8 from 5.0).
NETWORK_ERRORS = {
    1: "ANSI-136 access denied reason",
    2: "IS-95 access denied reason",
    3: "GSM",
    4: "ANSI-136 cause",
    5: "IS-95 cause",
    6: "ANSI-41 error",
    7: "SMPP error",
    8: "message centre specific",
}


def words_of(name: str, value: int) -> str:
    """The value of the field `name` in words; "" for a field that is only a number."""
    known = WORDS.get(name)
    return "" if known is None else known(value)
