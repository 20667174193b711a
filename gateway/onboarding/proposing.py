"""From what was seen of a carrier to settings that fit it better, each with its evidence in words.

Pure. It proposes and changes nothing: a person writes the setting, after asking the carrier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ...smpp.counting import counted
from ...smpp.explaining.parameters import name_of as name_of_tag
from ...smpp.settings import AccountSettings
from .dialect import Figures

EVIDENCE_MIN = 3  # texts that speak for an alphabet; one or two may be somebody's typing
CONTRARY_MAX = 0.1  # share of texts that may speak against it
ENQUIRIES_MIN = 3  # intervals between enquire_links that make a rhythm

# What tells an alphabet, as `dialect.reading_of` names it.
TELLS = {
    "gsm7": "with octets that only GSM-7 has signs for (00 is '@', 02 is '$', 1B 28 is '{')",
    "ascii": "with octets 40, 24 or 5F where GSM-7 would read '\N{INVERTED EXCLAMATION MARK}',"
    " '\N{CURRENCY SIGN}' or '\N{SECTION SIGN}' and ASCII '@', '$' or '_'",
    "latin1": "with octets above 7F that make no UTF-8 and no packed septets",
    "packed": "that make sense as packed septets only",
    "ucs2": "with a zero in every other octet",
    "utf8": "in UTF-8",
}
# reading -> the setting that fits it. Latin-1 holds all of ASCII.
SETTINGS = {
    "gsm7": "gsm7",
    "ascii": "latin1",
    "latin1": "latin1",
    "packed": "packed",
    "ucs2": "ucs2",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """`setting` is what to write in `[account]`; "" where there is nothing to write but something
    to tell the carrier."""

    setting: str
    because: str


def proposals(figures: Figures, account: AccountSettings) -> tuple[Proposal, ...]:
    return (
        *_default_alphabet(figures, account),
        *_ucs2(figures),
        *_addresses(figures),
        *_receipt_ids(figures, account),
        *_enquire_link(figures, account),
        *_window(figures, account),
        *_faults(figures),
    )


def _default_alphabet(figures: Figures, account: AccountSettings) -> Iterator[Proposal]:
    total = figures.total("coding_0")
    votes: dict[str, int] = {}
    for reading, setting in SETTINGS.items():
        votes[setting] = votes.get(setting, 0) + figures.of("coding_0", reading)
    best = max(votes, key=lambda one: votes[one])
    told = sum(votes.values())
    if figures.of("coding_0", "utf8") >= EVIDENCE_MIN:
        yield Proposal(
            "",
            f"data_coding 0: {counted(total, 'text')}, {figures.of('coding_0', 'utf8')} "
            f"{TELLS['utf8']}: ask the carrier to send UCS-2 with data_coding 8",
        )
    if votes[best] < EVIDENCE_MIN:
        return
    evidence = "; ".join(
        f"{count} {TELLS[reading]}"
        for reading in SETTINGS
        if (count := figures.of("coding_0", reading))
    )
    words = f"data_coding 0: {counted(total, 'text')}, {evidence}"
    if told - votes[best] > CONTRARY_MAX * told:
        yield Proposal(
            "",
            f"{words}. They speak for two alphabets: ask the carrier which of its "
            "systems writes what",
        )
    elif not _fits(account.default_alphabet, best, figures):
        yield Proposal(f'default_alphabet = "{best}"', words)


def _fits(now: str, best: str, figures: Figures) -> bool:
    return now == best or (
        now == "ascii" and best == "latin1" and not figures.of("coding_0", "latin1")
    )


def _ucs2(figures: Figures) -> Iterator[Proposal]:
    total = figures.total("ucs2")
    if odd := figures.of("ucs2", "odd"):
        yield Proposal(
            "",
            f"UCS-2: {odd} of {counted(total, 'text')} with an odd number of octets: the last "
            "one is no character; the carrier cuts or pads wrongly",
        )
    if little := figures.of("ucs2", "little-endian"):
        yield Proposal(
            "",
            f"UCS-2: {little} of {counted(total, 'text')} as if little-endian, and read "
            "big-endian as SMPP has it: ask the carrier to turn the octets",
        )


def _addresses(figures: Figures) -> Iterator[Proposal]:
    forms = figures.counts.get("source", {})
    numbers = {form: count for form, count in forms.items() if form.endswith("digits")}
    lengths = {form.split(" ", 1)[1].removeprefix("+ and ") for form in numbers}
    if {"10 digits", "11 digits"} <= lengths:
        listed = ", ".join(f"{form}: {count}" for form, count in sorted(numbers.items()))
        yield Proposal(
            "",
            f"source_addr comes in several forms ({listed}); 10 digits are taken as "
            "North American, so a caller stays one caller; ask for one form",
        )
    if padded := figures.of("faults", "padded_address"):
        yield Proposal(
            "",
            f"{padded} addresses are padded with blanks; a destination so written is"
            " refused: ask the carrier to leave them out",
        )


def _receipt_ids(figures: Figures, account: AccountSettings) -> Iterator[Proposal]:
    total = figures.total("receipt_id")
    for base, response in (("decimal", "hexadecimal"), ("hexadecimal", "decimal")):
        count = figures.of("receipt_id", base)
        contrary = figures.of("receipt_id", "same") + figures.of("receipt_id", response)
        speaks = count >= EVIDENCE_MIN and contrary <= CONTRARY_MAX * count
        if speaks and account.receipt_ids != base:
            yield Proposal(
                f'receipt_ids = "{base}"',
                f"{count} of {counted(total, 'receipt')} name our reply in {base}, where the "
                f"response was in {response}",
            )


def _enquire_link(figures: Figures, account: AccountSettings) -> Iterator[Proposal]:
    found = {
        int(key): n for key, n in figures.counts.get("enquire_link", {}).items() if key.isdigit()
    }
    if sum(found.values()) < ENQUIRIES_MIN:
        return
    usual = max(found, key=lambda one: found[one])
    if usual > account.enquire_link:
        yield Proposal(
            f"enquire_link = {usual + 10}.0",
            f"the carrier asks every {usual} s, so we ask first after {account.enquire_link:g} s; "
            "leave it if the line drops what is idle",
        )


def _window(figures: Figures, account: AccountSettings) -> Iterator[Proposal]:
    if figures.deepest * 2 > account.in_flight_max:
        yield Proposal(
            f"in_flight_max = {account.in_flight_max * 2}",
            f"the carrier had {figures.deepest} requests unanswered on one bind, and we stop "
            f"reading at {account.in_flight_max}",
        )


def _faults(figures: Figures) -> Iterator[Proposal]:
    for fault, count in sorted(figures.counts.get("faults", {}).items()):
        if fault in FAULTS:
            yield Proposal(
                "", f"{counted(count, 'PDU')} {FAULTS[fault]}: forgiven; tell the carrier"
            )
    for status, count in sorted(figures.counts.get("refused", {}).items()):
        yield Proposal(
            "",
            f"{counted(count, 'PDU')} could not be read, answered ESME_{status}: "
            "text911 carrier watch shows them",
        )


FAULTS = {
    "missing_nul": "without a NUL at the end",
    "stray_nul": "with one NUL too many at the end",
    "not_ascii": "with octets above 7F in an address or another C-string",
    "tlv_size": "with an optional parameter of another size than SMPP says",
    "payload_and_short_message": "with text twice, in message_payload and short_message",
    "status_in_request": "with a command_status in a request",
}


# --- in words ------------------------------------------------------------------------------------

TITLES = {
    "version": "interface_version",
    "data_coding": "data_coding of texts",
    "coding_0": "data_coding 0 makes sense as",
    "ucs2": "UCS-2",
    "long": "long texts by",
    "source": "source_addr (TON/NPI form)",
    "destination": "destination_addr (TON/NPI)",
    "tlv": "optional parameters",
    "asks": "registered_delivery",
    "reports": "reports about our replies",
    "receipt_id": "their id, beside the response's",
    "enquire_link": "seconds between enquire_links",
    "faults": "forgiven",
    "refused": "refused",
}
SHOWN_MAX = 8  # of one family, the most frequent ones


def lines(figures: Figures, found: tuple[Proposal, ...]) -> list[str]:
    """The figures, then what to do about them."""
    passed = (
        f", {counted(figures.passed_over, 'more was', 'more were')} passed over"
        if figures.passed_over
        else ""
    )
    looked_at = counted(figures.looked_at, "PDU of the carrier was", "PDUs of the carrier were")
    since = datetime.fromtimestamp(figures.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
    out = [f"{looked_at} looked at{passed} since {since}."]
    for family, title in TITLES.items():
        keys = figures.counts.get(family, {})
        if keys:
            most = sorted(keys.items(), key=lambda one: (-one[1], one[0]))[:SHOWN_MAX]
            listed = ", ".join(f"{_named(family, key)}: {count}" for key, count in most)
            more = f", and {len(keys) - SHOWN_MAX} others" if len(keys) > SHOWN_MAX else ""
            out.append(f"  {title:<31} {listed}{more}")
    if figures.deepest:
        out.append(f"  {'unanswered at once on a bind':<31} {figures.deepest}")
    out.append("")
    for one in found:
        out.append(f"{one.because}: propose {one.setting}" if one.setting else f"{one.because}.")
    if not found:
        out.append("Nothing speaks for other settings.")
    return out


def _named(family: str, key: str) -> str:
    if family == "tlv" and len(key) == 4:
        return f"{key} {name_of_tag(int(key, 16))}"
    return key
