"""What a carrier's engineer has to know of us, on one page: a value, and its three forms. Pure.

Made of the configuration alone. It holds no password and no reference to one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...smpp.connecting import ConnectSettings
from ...smpp.framing import PDU_SIZE_MAX
from ...smpp.settings import AccountSettings, ListenSettings
from ...smpp.timers import ENQUIRIES_MAX
from ...smpp.versions import LATEST
from ..core.hearing import OTHER_LINK_FOR, SAME_LINK_FOR, SAME_PART_FOR
from ..core.policy import Limits
from ..location.settings import CarrierLocationSettings, Source
from .codes import CODES, Code, Retry

# Of `smpp.connection`, which brings Twisted with it; a test holds them together.
LINGER = 5.0  # seconds until a connection that has ended is closed
PAUSE_SHARE = 0.4  # of the enquire_link time, for which reading may pause

LABELS = 15  # columns
CODE_LABELS = 20
COLUMNS = 100

ALPHABETS = {
    "gsm7": "GSM-7 (3GPP TS 23.038), one character an octet, not packed: '@' is 00",
    "packed": "GSM-7, packed: eight characters in seven octets, both ways",
    "ascii": "ASCII: '@' is 40",
    "latin1": "Latin-1 (ISO-8859-1): '@' is 40",
    "ucs2": "UCS-2, big-endian",
}
RECEIPT_IDS = {
    "any": "in decimal or hexadecimal",
    "same": "spelt as in your response",
    "decimal": "in decimal where your response is hexadecimal",
    "hexadecimal": "in hexadecimal where your response is decimal",
}


@dataclass(frozen=True, slots=True)
class Row:
    """`key` is for programs and never changes."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    sections: tuple[Section, ...]
    codes: tuple[Code, ...] = CODES


def sheet(
    gateway: str,
    name: str,
    display: str,
    account: AccountSettings,
    listen: ListenSettings,
    location: CarrierLocationSettings,
    limits: Limits,
    test_codes: tuple[str, ...] = (),
    connect: Sequence[ConnectSettings] = (),
) -> Sheet:
    """`gateway` and `name` are the names of the instance and of the carrier's file, `test_codes`
    the addresses of `[certification]`, `connect` the binds that we make."""
    return Sheet(
        f"text911 {gateway} for {display} ({name})",
        (
            Section("Connection", (*_connection(account, listen), *_connect(account, connect))),
            Section("Flow", tuple(_flow(account))),
            Section("Addresses", tuple(_addresses(account, test_codes))),
            Section("Text", tuple(_text(account, limits))),
            Section("Parameters", tuple(_parameters(location))),
            Section("Answers", tuple(_answers())),
        ),
    )


def _connection(account: AccountSettings, listen: ListenSettings) -> list[Row]:
    plain = [f"{_host(listen.host)}:{listen.port} (plain TCP)"]
    if account.needs_tls or not listen.plain:
        plain = []
    tls = [f"{_host(one.host)}:{one.port} (TLS 1.2, 1.3)" for one in listen.tls]
    networks = ", ".join(str(one) for one in account.allowed_networks)
    rotating = " (two are valid while one is changed)" if len(account.passwords) > 1 else ""
    return [
        Row("address", "our address", ", ".join([*plain, *tls]) or "none that you may use yet"),
        Row("tls", "TLS", _tls(account, listen)),
        Row("networks", "you come from", f"{networks}; nobody else may bind with your system_id"),
        Row(
            "system_id",
            "system_id",
            f"{account.system_id}; the password{rotating} comes by another way, never on this page",
        ),
        Row(
            "binds",
            "binds",
            f"bind_transceiver, or bind_transmitter with bind_receiver; {account.max_binds} at"
            " once; several are wanted. Any of them gets replies; responses on the bind that asked",
        ),
        Row(
            "version",
            "SMPP version",
            f"interface_version up to {LATEST:#x}, the lower of both is spoken; below 0x34 you are"
            " sent no TLV, and message_ids of 8 hex digits instead of 16; treat them as opaque",
        ),
        Row(
            "maintenance",
            "maintenance",
            "we unbind: answer what is open, then unbind_resp; texts before it are taken. Bind"
            f" again after 5 s. You may unbind at any time; we close within {LINGER:g} s",
        ),
    ]


def _connect(account: AccountSettings, connect: Sequence[ConnectSettings]) -> list[Row]:
    """What we bind to, where the carrier's message centre is the server."""
    if not connect:
        return []
    sites = [
        f"{_host(one.host)}:{one.port} with {one.binds} {one.bind_as} as"
        f" {one.system_id or account.system_id}, {'TLS' if one.tls else 'plain TCP'}"
        for one in connect
    ]
    return [Row("connect", "we bind to", "; ".join(sites))]


def _tls(account: AccountSettings, listen: ListenSettings) -> str:
    if account.tls_pins:
        pins = ", ".join(f"{pin[:16]}..." for pin in account.tls_pins)
        return f"required, with your client certificate, pinned by SHA-256: {pins}"
    if account.tls_required or not listen.plain:
        return "required; a client certificate is not"
    return "offered, not required" if listen.tls else "none: the line must be private (VPN)"


def _flow(account: AccountSettings) -> list[Row]:
    patience = account.enquire_link * PAUSE_SHARE
    rate = (
        f"{account.rate:g} texts/s over all binds, {account.burst} at once; beyond it we read more"
        " slowly, then ESME_RTHROTTLED"
        if account.rate
        else "none agreed; ESME_RTHROTTLED only when we cannot take more"
    )
    idle = (
        f"we unbind what idles for {account.inactivity:g} s"
        if account.inactivity
        else "a bind may idle for ever"
    )
    return [
        Row(
            "in_flight_max",
            "your window",
            f"up to {account.in_flight_max} unanswered requests a bind; then we stop reading,"
            f" and after {patience:g} s answer ESME_RTHROTTLED. 10 to 100 is a good window",
        ),
        Row("window", "our window", f"up to {account.window} unanswered requests a bind"),
        Row("rate", "rate", rate),
        Row(
            "timers",
            "timers",
            f"bind within {account.session_init:g} s; we send enquire_link after"
            f" {account.enquire_link:g} s without a PDU of yours and give the bind up after"
            f" {ENQUIRIES_MAX} unanswered for {account.response_timer:g} s each; {idle}. Send"
            " enquire_link as you like",
        ),
        Row(
            "timeout",
            "no response",
            f"after {account.response_timer:g} s the outcome of our request is unknown: not sent"
            " again while the connection lives; once, same octets, when the bind is lost",
        ),
        Row(
            "repeats",
            "your retries",
            "a repeat gets ESME_ROK and the first message_id. Known by equal source and octets with"
            f" (a) same connection and sequence_number within {SAME_LINK_FOR:g} s, (b) same"
            f" user_message_reference, (c) same part of a long text within {SAME_PART_FOR:g} s;"
            f" (d) on another connection within {OTHER_LINK_FOR:g} s it is shown marked. Equal"
            " words alone are a second text",
        ),
    ]


def _addresses(account: AccountSettings, test_codes: tuple[str, ...]) -> list[Row]:
    rows = [
        Row(
            "short_codes",
            "to us",
            f"destination_addr {', '.join(account.short_codes)}; any TON and NPI",
        ),
        Row(
            "source_addr",
            "from callers",
            "E.164 digits, TON 1, NPI 1 (10 digits: taken as North American); always the same form",
        ),
        Row(
            "replies",
            "from us",
            f"deliver_sm from {account.short_codes[0]} (TON 0, NPI 1) to the caller, TON 1, NPI 1,"
            " digits without +",
        ),
    ]
    if test_codes:
        words = f"{', '.join(test_codes)}: never a real PSAP; see text911 carrier certify"
        rows.append(Row("test_codes", "for tests", words))
    return rows


def _text(account: AccountSettings, limits: Limits) -> list[Row]:
    return [
        Row("default_alphabet", "data_coding 0", ALPHABETS[account.default_alphabet]),
        Row(
            "data_coding",
            "others",
            "1 ASCII, 3 Latin-1, 8 UTF-16 big-endian (emoji are two units), 5 6 7 A D E, and the"
            " groups of TS 23.038. We send 0 where it fits, else 8",
        ),
        *_shifts(account),
        Row(
            "long_texts",
            "long texts",
            "UDH (8 or 16 bit reference, esm_class 0x40), sar_* or message_payload, not two of"
            f" them; a part that is missing after {limits.parts:g} s is shown as missing. We send"
            " UDH, one part at a time",
        ),
        Row("size", "largest PDU", f"{PDU_SIZE_MAX} octets"),
        Row(
            "receipts",
            "receipts",
            "registered_delivery bits 0-1 of your text: DELIVRD when a PSAP's screen has shown it,"
            " UNDELIV when nobody could. We ask 0x04: an SME acknowledgement of our reply, or a"
            f" receipt with receipted_message_id, {RECEIPT_IDS[account.receipt_ids]}",
        ),
    ]


def _shifts(account: AccountSettings) -> list[Row]:
    if not account.outgoing_shifts:
        return []
    named = ", ".join(account.outgoing_shifts)
    words = f"UDH 24 in our texts where it saves UCS-2: {named}"
    return [Row("outgoing_shifts", "national tables", words)]


def _parameters(location: CarrierLocationSettings) -> list[Row]:
    read = "message_payload, sar_*, user_message_reference, receipted_message_id, message_state"
    if location.source is Source.TLV and location.tlv_tag is not None:
        read += (
            f", {location.tlv_tag:04X} (where the caller is: ASCII"
            " latitude,longitude,metres[,percent])"
        )
    return [
        Row("tlvs_read", "TLVs we read", read),
        Row(
            "tlvs_sent",
            "TLVs we send",
            "sc_interface_version; user_message_reference in replies; receipted_message_id and"
            " message_state in receipts; congestion_state to peers of 5.0",
        ),
        Row("tlvs_kept", "all others", "kept as they are in the record, and passed over"),
    ]


def _answers() -> list[Row]:
    return [
        Row(
            "faults",
            "faults",
            "a wrong PDU is answered in its own response and the bind is kept; only a"
            " command_length that cannot be ends it (generic_nack)",
        ),
    ]


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


# --- its forms -----------------------------------------------------------------------------------


def lines(page: Sheet) -> list[str]:
    """For a terminal, at most `COLUMNS` wide."""
    out = [page.title]
    for section in page.sections:
        out.append(section.title.upper())
        for row in section.rows:
            out += _wrapped(row.label, row.value)
    for retry in Retry:
        out += _wrapped("", f"{retry.value}:")
        for code in page.codes:
            if code.retry is retry:
                first, *more = (f"{one.name} {one:02X}" for one in code.statuses)
                words = f"{said_of(code)} (also {', '.join(more)})" if more else said_of(code)
                out += _wrapped(first, words, indent=4, labels=CODE_LABELS)
    return out


def names_of(code: Code) -> str:
    return ", ".join(f"ESME_{one.name} {one:02X}" for one in code.statuses)


def said_of(code: Code) -> str:
    return f"{code.when}: {code.do}" if code.do else code.when


def _wrapped(label: str, value: str, indent: int = 2, labels: int = LABELS) -> list[str]:
    start = f"{' ' * indent}{label:<{labels}}" if label else " " * indent
    return textwrap.wrap(
        value,
        COLUMNS,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def markdown(page: Sheet) -> list[str]:
    out = [f"# {page.title}"]
    for section in page.sections:
        out += ["", f"## {section.title}", "", "| | |", "|---|---|"]
        out += [f"| {row.label} | {_cell(row.value)} |" for row in section.rows]
    out += ["", "| command_status | when | do |", "|---|---|---|"]
    for one in page.codes:
        do = f"{one.retry.value}; {one.do}" if one.do else one.retry.value
        out.append(f"| {_cell(names_of(one))} | {_cell(one.when)} | {_cell(do)} |")
    return out


def _cell(words: str) -> str:
    for letter in "\\`*_<|[":
        words = words.replace(letter, f"\\{letter}")
    return words


def as_json(page: Sheet) -> dict[str, Any]:
    return {
        "title": page.title,
        **{
            section.title.lower(): {row.key: row.value for row in section.rows}
            for section in page.sections
        },
        "codes": [
            {
                "statuses": {one.name: int(one) for one in code.statuses},
                "when": code.when,
                "retry": code.retry.name.lower(),
                "do": code.do,
            }
            for code in page.codes
        ],
    }
