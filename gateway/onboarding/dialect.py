"""How a carrier writes SMPP: counted from what it sends, without keeping any of it. Pure.

Only counters and a few message ids of ours; no words, no numbers. Of a busy carrier only some PDUs
of each second are looked at. What to make of the figures, `proposing` says; nothing changes itself.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import cast

from msgspec import Struct

from ...smpp.codec import DECODE
from ...smpp.codings import coding_of
from ...smpp.parts import user_data
from ...smpp.pdu import (
    RESPONSE,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    SubmitSm,
    SubmitSmResp,
)
from ...smpp.receipt import alike, as_answered, report_of
from ...smpp.septets import unpack
from ...smpp.wire import ProtocolError

LOOKED_AT_MAX = 50  # PDUs of a carrier looked at in one second: a millisecond or so
PASSED_MAX = 64  # turns of octets that are passed over then without looking at the clock
KEYS_MAX = 64  # of one family of counters; what comes then is counted as OTHER
OTHER = "other"
IDS_MAX = 500  # message ids that the carrier gave our replies
LINKS_MAX = 100  # binds whose enquire_links are timed
_MESSAGES = frozenset({SubmitSm.COMMAND_ID, DeliverSm.COMMAND_ID, DataSm.COMMAND_ID})
_RESPONSES = frozenset(one | RESPONSE for one in _MESSAGES)

# Letters, digits and signs that GSM-7, ASCII and Latin-1 write with the same octets.
_SAME = frozenset(
    b"\n\r !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
# What makes sense in ASCII, and not as the letters that GSM-7 has in these places.
_ASCII = re.compile(
    rb"[A-Za-z0-9.]@[A-Za-z0-9]|\$[0-9]|[A-Za-z0-9]_[A-Za-z0-9]|\[[ -Z a-z]+\]|\{[ -Z a-z]+\}"
)
_GSM = re.compile(
    rb"[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f]|\x1b[\x0a\x14\x28\x29\x2f\x3c-\x3e\x40\x65]"
)
_SENSE = 0.9  # share of plain letters in what a reading must have to be one


class Figures(Struct, frozen=True):
    """`counts`: family -> key -> how often. Seconds are UTC; `deepest`: requests of the carrier
    that were unanswered on one bind at once, as far as was looked."""

    since: float
    looked_at: int = 0
    passed_over: int = 0
    deepest: int = 0
    counts: dict[str, dict[str, int]] = {}

    def of(self, family: str, key: str) -> int:
        return self.counts.get(family, {}).get(key, 0)

    def total(self, family: str) -> int:
        return sum(self.counts.get(family, {}).values())


class Dialect:
    """The counters of one carrier. `since`: UTC seconds. `seen`: what was counted before a restart;
    then they go on, and `since` is that of `seen`."""

    def __init__(self, since: float, seen: Figures | None = None) -> None:
        seen = seen or Figures(since)
        self.passes = 0  # turns of octets that are passed over, for a flood must cost nothing
        self._since = seen.since
        self._counts = {family: dict(keys) for family, keys in seen.counts.items()}
        self._second = -1  # UTC, of which some is left to look at
        self._left = 0
        self._looked_at, self._passed_over = seen.looked_at, seen.passed_over
        self._deepest = seen.deepest
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._enquired_at: OrderedDict[str, float] = OrderedDict()

    def figures(self) -> Figures:
        counts = {family: dict(keys) for family, keys in self._counts.items()}
        return Figures(self._since, self._looked_at, self._passed_over, self._deepest, counts)

    def heard(self, at: float, link: str, pdus: list[bytes], owed: int, version: int) -> None:
        """PDUs of the carrier on one bind, which has `owed` unanswered and this
        interface_version."""
        if int(at) != self._second:
            self._second, self._left = int(at), LOOKED_AT_MAX
        if self._left <= 0:
            self.passes = PASSED_MAX
            self._passed_over += len(pdus)
            return
        self._deepest = max(self._deepest, owed + 1)
        self._count("version", f"{version:#04x}")
        for octets in pdus[: self._left]:
            self._look(at, link, octets)
        self._looked_at += min(len(pdus), self._left)
        self._passed_over += max(0, len(pdus) - self._left)
        self._left -= len(pdus)

    def passed(self, pdus: int) -> None:
        """So many more that are not looked at, while `passes` lasts."""
        self.passes -= 1
        self._passed_over += pdus

    def _look(self, at: float, link: str, octets: bytes) -> None:
        command_id = int.from_bytes(octets[4:8])
        if command_id == EnquireLink.COMMAND_ID:
            self._enquire(at, link)
        elif command_id in _MESSAGES or command_id in _RESPONSES:
            try:
                pdu, faults = DECODE[command_id](octets)
            except ProtocolError as wrong:
                self._count("refused", wrong.status.name)
                return
            for fault in faults:
                self._count("faults", fault)
            if command_id & RESPONSE:
                self._answered(cast("DeliverSmResp | SubmitSmResp | DataSmResp", pdu))
            else:
                self._message(cast("SubmitSm | DeliverSm | DataSm", pdu))

    def _count(self, family: str, key: str) -> None:
        keys = self._counts.setdefault(family, {})
        if key not in keys and len(keys) >= KEYS_MAX:
            key = OTHER
        keys[key] = keys.get(key, 0) + 1

    def _enquire(self, at: float, link: str) -> None:
        before = self._enquired_at.pop(link, None)
        if before is not None:
            self._count("enquire_link", f"{max(0.0, at - before):.0f}")
        self._enquired_at[link] = at
        if len(self._enquired_at) > LINKS_MAX:
            self._enquired_at.popitem(last=False)

    def _answered(self, response: DeliverSmResp | SubmitSmResp | DataSmResp) -> None:
        """An id of a reply may come back in a receipt, perhaps spelt otherwise."""
        if response.message_id:
            self._ids[response.message_id] = None
            if len(self._ids) > IDS_MAX:
                self._ids.popitem(last=False)

    def _message(self, pdu: SubmitSm | DeliverSm | DataSm) -> None:
        self._addresses(pdu)
        for tag, _ in pdu.tlvs:
            self._count("tlv", f"{tag:04X}")
        report = report_of(pdu, "latin1")
        if report is not None:
            self._count("reports", report.kind)
            self._count("receipt_id", self._spelling(report.message_id))
            return
        self._count("data_coding", f"{pdu.data_coding:02X}")
        self._count("asks", f"{pdu.registered_delivery:02X}")
        data = user_data(pdu, "latin1")
        if data.concatenation is not None:
            self._count("long", data.concatenation.kind)
        if pdu.data_coding == 0:
            self._count("coding_0", reading_of(data.octets))
        elif coding_of(pdu.data_coding).alphabet == "ucs2":
            self._count("ucs2", ucs2_of(data.octets))

    def _addresses(self, pdu: SubmitSm | DeliverSm | DataSm) -> None:
        form = form_of(pdu.source_addr)
        self._count("source", f"{pdu.source_addr_ton}/{pdu.source_addr_npi} {form}")
        self._count("destination", f"{pdu.dest_addr_ton}/{pdu.dest_addr_npi}")
        if pdu.source_addr != pdu.source_addr.strip() or pdu.destination_addr != (
            pdu.destination_addr.strip()
        ):
            self._count("faults", "padded_address")

    def _spelling(self, receipted: str) -> str:
        """How the id of a receipt is spelt, beside that of the response it belongs to."""
        if not receipted:
            return "missing"
        if receipted in self._ids:
            return "same"
        wanted = {alike(as_answered(receipted, one)): one for one in ("hexadecimal", "decimal")}
        wanted[alike(receipted)] = "otherwise"  # in case or zeros alone
        found = {wanted.get(alike(one), "unknown") for one in self._ids}
        known = ("otherwise", "decimal", "hexadecimal")
        return next((one for one in known if one in found), "unknown")


def form_of(address: str) -> str:
    """The form of an address, without the address."""
    plain = address.strip()
    if not plain:
        return "empty"
    digits = plain.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return "letters"
    plus = "+ and " if plain != digits else ""
    return f"{plus}{len(digits)} digits"


def reading_of(octets: bytes) -> str:
    """As what the octets of a text with data_coding 0 make sense: "any" when nothing tells, else
    the one alphabet, or "mixed" when they speak for two."""
    text = octets.rstrip(b"\0")
    if _is_ucs2(octets):
        return "ucs2"
    if _SAME.issuperset(text):
        return "any"
    if not text.isascii():
        if _share(unpack(text, 0)) >= _SENSE:
            return "packed"
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            return "latin1"
        return "utf8"
    gsm, ascii_ = bool(_GSM.search(text)), bool(_ASCII.search(text))
    if gsm and ascii_:
        return "mixed"
    return "gsm7" if gsm else "ascii" if ascii_ else "any"


def ucs2_of(octets: bytes) -> str:
    """What is to be said of octets that are meant to be UCS-2."""
    if len(octets) & 1:
        return "odd"
    if octets[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return "byte order mark"
    zeros = octets[1::2].count(0)
    if len(octets) >= 4 and zeros * 2 > len(octets) // 2 and octets[::2].count(0) == 0:
        return "little-endian"
    return "good"


def _is_ucs2(octets: bytes) -> bool:
    """Every other octet is zero, as in Latin letters written in UCS-2."""
    return (
        len(octets) >= 4 and not len(octets) & 1 and not any(octets[::2]) and 0 not in octets[1::2]
    )


def _share(octets: bytes) -> float:
    return sum(one in _SAME for one in octets) / len(octets) if octets else 0.0
