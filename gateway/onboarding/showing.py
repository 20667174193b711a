"""A carrier's binds as lines for a person: one for each PDU, and beneath it what is wrong. Pure.

Holds what is asked and not answered yet, so that a response says how long it took. The lines may
hold what a peer wrote: whoever shows them makes them harmless.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never, cast

from ...smpp.alphabets import Alphabet
from ...smpp.counting import counted
from ...smpp.explaining.lines import lines as all_fields
from ...smpp.explaining.operations import Sender, name_of
from ...smpp.explaining.parameters import name_of as name_of_tag
from ...smpp.explaining.streams import explain
from ...smpp.explaining.values import Explained
from ...smpp.explaining.words import status_words
from ...smpp.pdu import RESPONSE
from .lines import Begun, Bind, Happening, Line, Lost, Seen, Still

ASKED_MAX = 10_000  # requests whose responses are waited for
INDENT = " " * 13
# Parameters that the line says in other words.
_SAID = frozenset({0x0424, 0x020C, 0x020E, 0x020F, 0x001E, 0x0427})


class Showing:
    """`whole`: every field of every PDU."""

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._alphabet: Alphabet = "gsm7"
        self._asked: OrderedDict[tuple[str, bool, int], float] = OrderedDict()

    def lines(self, line: Line) -> list[str]:
        match line:
            case Begun():
                return self._begun(line)
            case Seen():
                return list(self._seen(line))
            case Happening(at, what, words, peer):
                said = words or what.replace("_", " ")
                return [f"{clock(at)} ** {said}{f' (from {peer})' if peer else ''}"]
            case Lost(count):
                return [f"{INDENT}** {counted(count, 'PDU')} more, too fast to be shown"]
            case Still():
                return []
            case _:
                assert_never(line)

    def _begun(self, line: Begun) -> list[str]:
        self._alphabet = cast("Alphabet", line.alphabet)
        self._asked.clear()
        scopes = {
            "hidden": "Callers' words and numbers are hidden (--words shows them).",
            "words": "Callers' words and numbers are shown: personal data.",
            "tests": f"What goes to and from {', '.join(line.tests) or 'no address'} is shown.",
        }
        binds = "; ".join(bind_words(one) for one in line.binds) or "none"
        return [
            f"{line.display} ({line.carrier}). Binds: {binds}.",
            f"{scopes[line.scope]} '>' is from the carrier, '<' is from us; times are UTC.",
        ]

    def _seen(self, line: Seen) -> Iterator[str]:
        octets = bytes.fromhex(line.octets)
        arrow = ">" if line.heard else "<"
        command_id, sequence = int.from_bytes(octets[4:8]), int.from_bytes(octets[12:16])
        head = f"{clock(line.at)} {arrow} {short(line.bind)} {name_of(command_id)} {sequence}"
        took = self._took(line, command_id, sequence)
        if line.withheld:
            status = f" {status_words(int.from_bytes(octets[8:12]))}" if command_id >> 31 else ""
            hidden = counted(line.withheld, "octet of body is", "octets of body are")
            yield f"{head}{status}{took}  ({hidden} not shown)"
            return
        sender = Sender.ESME if line.heard != line.ours else Sender.CENTRE
        for told in explain(octets, sender=sender, default=self._alphabet):
            said = "  ".join(summary(told, is_hidden=line.is_hidden))
            yield f"{head}  {said}{took}" if said else f"{head}{took}"
            if self._whole:
                yield from (f"{INDENT}{one}" for one in all_fields(told))
            else:
                yield from (f"{INDENT}{one}" for one in remarks(told))

    def _took(self, line: Seen, command_id: int, sequence: int) -> str:
        if not command_id & RESPONSE:
            self._asked[line.bind, line.heard, sequence] = line.at
            if len(self._asked) > ASKED_MAX:
                self._asked.popitem(last=False)
            return ""
        since = self._asked.pop((line.bind, not line.heard, sequence), None)
        return "" if since is None else f"  after {1000 * max(0.0, line.at - since):.0f} ms"


def bind_words(bind: Bind) -> str:
    version = f"{bind.version >> 4}.{bind.version & 15}" if bind.version else "unknown"
    return f"{short(bind.id)} {bind.mode}, SMPP {version}, since {clock(bind.since)}"


def short(link: str) -> str:
    """ "#3" of "a1b2c3-3": the rest is the same for all of one run of the gateway."""
    return f"#{link.rpartition('-')[2]}"


def clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]


def summary(told: Explained, *, is_hidden: bool = False) -> Iterator[str]:
    """What one PDU says, in pieces."""
    values = {one.name: one for one in told.fields}
    is_response = told.command_id is not None and bool(told.command_id & RESPONSE)
    if is_response:
        yield values["command_status"].words
        if (message := values.get("message_id")) and message.value:
            yield f"id {message.value}"
    source, destination = values.get("source_addr"), values.get("destination_addr")
    if source and destination:
        yield f"{_address(values, 'source')} > {_address(values, 'dest', 'destination_addr')}"
    content = told.content
    if content is not None:
        yield from _content(told, values.get("esm_class"), is_hidden=is_hidden)
    asked = values.get("registered_delivery")
    if asked and isinstance(asked.value, int) and asked.value & 0x1F and not is_response:
        yield f"asks: {asked.words}"
    if (receipted := values.get("receipted_message_id")) and receipted.value:
        yield f"about {receipted.value}"
    if state := values.get("message_state"):
        yield state.words
    tags = [one for one in told.fields if one.tag is not None and one.tag not in _SAID]
    if tags:
        named = ", ".join(f"{one.tag:04X} {name_of_tag(cast('int', one.tag))}" for one in tags)
        yield f"TLV {named}"


def _address(values: object, prefix: str, name: str = "") -> str:
    fields = cast("dict[str, object]", values)
    found = {
        key: getattr(fields.get(key), "value", None)
        for key in (name or f"{prefix}_addr", f"{prefix}_addr_ton", f"{prefix}_addr_npi")
    }
    address, ton, npi = found.values()
    return f"{address or '(empty)'} ({ton}/{npi})"


def _content(told: Explained, esm_class: object, *, is_hidden: bool) -> Iterator[str]:
    content = told.content
    assert content is not None
    kind = getattr(esm_class, "value", 0)
    if isinstance(kind, int) and kind & 0x3C:
        yield getattr(esm_class, "words", "")
    if is_hidden:
        yield f"{counted(len(content.text), 'character')} {content.alphabet}"
    else:
        yield f"{json.dumps(content.text, ensure_ascii=False)} {content.alphabet}"
    if content.part:
        yield content.part


def remarks(told: Explained) -> Iterator[str]:
    """What is wrong, and what to do about it."""
    for fault in told.faults:
        kind = "forgiven" if fault.status is None else "REFUSED"
        yield f"{kind}: {fault.what}. Do: {fault.advice}"
    if told.content is not None:
        wrong = {fault.what for fault in told.faults}
        yield from (f"note: {one}" for one in told.content.remarks if one not in wrong)
    yield from (f"note: {one}" for one in told.notes)
