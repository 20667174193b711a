"""Our words on the wire of one carrier group: cut, measured, and in plain letters.

Pure. What a person sees while writing, what is recorded and what leaves all come from `compose`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from ..psap_adapters.port import Measure
from ..smpp.alphabets import Alphabet
from ..smpp.plain import in_plain_letters, lacking
from ..smpp.segments import PARTS_MAX, Composed, compose
from ..tty.pace import Pace, seconds_on_wire
from ..tty.paper import on_paper
from ..tty.spelling import NEW_LINE, spell
from .core.policy import Automatic
from .core.values import Segment

BECAUSE_MAX = 8  # characters that are named as the reason for a long text

# The alphabets of an account, the one that writes the fewest characters under data_coding 0 first.
NARROWEST: tuple[Alphabet, ...] = ("ucs2", "ascii", "latin1", "packed", "gsm7")


@dataclass(frozen=True, slots=True)
class Group:
    """A carrier group, as far as our words need it. `alphabet`: what data_coding 0 means there;
    `shifts`: the national single shift tables that replies may use, the preferred one first."""

    display: str
    alphabet: Alphabet = "gsm7"
    shifts: tuple[int, ...] = ()


NOBODY = Group("")
EVERYBODY = Group("", "packed")  # septets that any account can have, packed ones included


def together(groups: Iterable[Group]) -> Group:
    """Several accounts of one group: any of them may carry a reply, so it may use only what all of
    them can. There is at least one."""
    accounts = tuple(groups)
    alphabets = {one.alphabet for one in accounts}
    first = accounts[0]
    return Group(
        first.display,
        next(alphabet for alphabet in NARROWEST if alphabet in alphabets),
        tuple([one for one in first.shifts if all(one in other.shifts for other in accounts)]),
    )


def cut(text: str, group: Group = NOBODY) -> Automatic:
    """The words as the caller will read them, and as they go on the wire. Raises ValueError for a
    text of more than 255 parts."""
    return _segmented(compose(text, group.alphabet, group.shifts))


def typed(text: str, channel: str) -> Automatic:
    """The words as they are typed to a caller on a line: "tty" or "rtt"."""
    if channel == "rtt":
        return Automatic(text, (), "\u2028".join(text.splitlines()))
    spelled = on_paper(spell(text, ends_turns=True).text)
    return Automatic(text, (), spelled, _seconds(spelled))


def for_everybody(text: str) -> Automatic:
    """An automatic message for whoever it may concern: any carrier's caller, or one on a line."""
    spelled = on_paper(spell(text).text)
    return replace(cut(text, EVERYBODY), spelled=spelled, seconds=_seconds(spelled))


def measured_on_line(text: str, channel: str) -> Measure:
    """What `text` will be for a caller on a line. Nothing is cut: there are no parts."""
    made = typed(text, channel)
    alphabet = "T.140" if channel == "rtt" else "Baudot"
    # The new line behind it takes its time, and is nothing to look at.
    as_sent = text if channel == "rtt" else made.spelled.removesuffix(NEW_LINE)
    return Measure(alphabet, 1, 0, as_sent, made.seconds, room=len(made.spelled))


def measured(text: str, group: Group) -> Measure:
    """What `text` will be for callers of this group, and in plain letters if that is another."""
    try:
        composed = compose(text, group.alphabet, group.shifts)
    except ValueError:
        return Measure("UCS-2", PARTS_MAX + 1, 0, text)
    because = lacking(text, group.alphabet)[:BECAUSE_MAX]
    plain = in_plain_letters(text, group.alphabet) if because else None
    return Measure(
        composed.alphabet,
        len(composed.segments),
        composed.left,
        composed.as_sent,
        because=because,
        plain=plain or "",
        plain_parts=_parts(plain, group) if plain else 0,
        room=composed.room,
    )


def _seconds(spelled: str) -> float:
    """At the usual speed; how a line is set up is not known here."""
    return round(seconds_on_wire(spelled, Pace()), 1)


def _parts(plain: str, group: Group) -> int:
    try:
        return len(compose(plain, group.alphabet).segments)
    except ValueError:
        return PARTS_MAX + 1


def _segmented(composed: Composed) -> Automatic:
    return Automatic(
        composed.as_sent,
        tuple([Segment(composed.data_coding, one, composed.single) for one in composed.segments]),
    )
