"""The promises of the gateway held against one story, dialogue by dialogue. Pure.

What carriers and consoles saw is compared with one another and with the journal; nothing here asks
the gateway what it believes. Each promise gives how much of it was looked at and what broke it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...smpp.counting import counted
from ...tty.paper import on_paper
from ...tty.spelling import spell
from ..edges.numbers import readable
from .record import CallerSeen, CallSeen, DialogueSeen, LegSeen, Said, Seen

ON_THE_HANDSET = frozenset("h")  # letters of core/replying.py
GROWS_MIN = 3  # times, of a line on a page; a slow machine shows some letters together


@dataclass(frozen=True, slots=True)
class Outcome:
    """`looked_at`: in words, how much. `broken`: a sentence for every time it did not hold."""

    promise: str
    looked_at: str
    broken: tuple[str, ...]


def check(seen: Seen) -> tuple[Outcome, ...]:
    """One outcome per promise, in the order of DESIGN section 1. Nothing to look at is broken too:
    a check that saw nothing has shown nothing."""
    return tuple(
        Outcome(promise, f"{looked_at} {of}", broken or _nothing(looked_at, of))
        for promise, of, look in _PROMISES
        for looked_at, broken in (_counted(look(seen)),)
    )


Finding = str  # "" for something that held
Look = Callable[[Seen], Iterator[Finding]]


def _counted(findings: Iterator[Finding]) -> tuple[int, tuple[str, ...]]:
    every = list(findings)
    return len(every), tuple(one for one in every if one)


def _nothing(looked_at: int, of: str) -> tuple[str, ...]:
    return () if looked_at else (f"there were no {of} to look at",)


# --- the promises ------------------------------------------------------------------------------


def _accepted(seen: Seen) -> Iterator[Finding]:
    for caller in seen.callers:
        for said in caller.said:
            yield "" if said.accepted else f"{_who(caller)}: not accepted: {_words(said.words)}"


def _shown_once_in_order(seen: Seen) -> Iterator[Finding]:
    """The last leg of every dialogue shows exactly what was accepted, in order; every earlier one
    the beginning of it."""
    for caller in seen.callers:
        if _bounced(seen, caller):
            continue
        expected = [said.words for said in caller.said if said.accepted]
        legs = _legs(seen, caller)
        if not legs:
            yield f"{_who(caller)}: no console has shown anything of it"
        for leg in legs:
            shown = leg.texts("caller")
            wanted = expected if leg is legs[-1] else expected[: len(shown)]
            yield _difference(f"{_who(caller)}, at {leg.psap}", wanted, shown)


def _sequences(seen: Seen) -> Iterator[Finding]:
    for leg in seen.legs:
        numbers = [line.sequence for line in leg.lines]
        doubled = [number for number, times in Counter(numbers).items() if times > 1]
        if doubled:
            yield f"{leg.dialogue} at {leg.psap}: line {doubled[0]} came more than once"
        elif numbers != sorted(numbers):
            yield f"{leg.dialogue} at {leg.psap}: lines out of order: {numbers}"
        else:
            yield ""


def _own_words(seen: Seen) -> Iterator[Finding]:
    own = {readable(caller.number): {said.words for said in caller.said} for caller in seen.callers}
    own |= {readable(call.number): set(call.typed) for call in seen.calls}
    for leg in seen.legs:
        alien = [text for text in leg.texts("caller") if text not in own.get(leg.caller, set())]
        where = f"{leg.dialogue} at {leg.psap}"
        yield f"{where}: words that {leg.caller} never wrote: {_words(alien[0])}" if alien else ""


def _repeats(seen: Seen) -> Iterator[Finding]:
    """Both responses to a PDU sent twice name the same message; the journal knows the repeat."""
    for caller in seen.callers:
        repeated = [said for said in caller.said if said.repeated]
        known = sum(one.repeats for one in seen.dialogues if one.number == caller.number)
        for said in repeated:
            answers = next(iter(said.responses.values()))
            if len(answers) != 2 or answers[0] != answers[1]:
                yield f"{_who(caller)}: a PDU sent twice got the responses {answers}"
            elif known != len(repeated):
                came = counted(len(repeated), "PDU")
                yield f"{_who(caller)}: {came} came twice, recognised: {known}"
            else:
                yield ""


def _same_words_twice(seen: Seen) -> Iterator[Finding]:
    for caller, said, times in _counted_words(seen):
        if times > 1 and (legs := _legs(seen, caller)):
            shown = legs[-1].texts("caller").count(said)
            held = shown == times
            yield "" if held else f"{_who(caller)}: wrote {_words(said)} {times} x, shown {shown} x"


def _joined(seen: Seen) -> Iterator[Finding]:
    for caller in seen.callers:
        legs = _legs(seen, caller)
        for said in caller.said:
            if len(said.responses) > 1 and legs:
                whole = said.words in legs[-1].texts("caller")
                parts = len(said.responses)
                yield "" if whole else f"{_who(caller)}: {parts} parts were not joined rightly"


def _somebody(seen: Seen) -> Iterator[Finding]:
    """A person, or the bounce-back, and the question whether anybody is there decided in time."""
    for one in seen.dialogues:
        decided_at = one.first_shown_at or one.bounced_at
        who = f"{one.dialogue} ({readable(one.number)})"
        if not decided_at or decided_at - one.opened_at > seen.reach_within:
            yield f"{who}: not at any console and not bounced within {seen.reach_within:g} s"
        elif not one.bounced_at and not one.answered_at and not one.abandoned_at:
            yield f"{who}: nobody answered, and the caller was not told"
        elif one.answered_at and one.answered_at - one.opened_at > seen.abandon_within:
            yield f"{who}: answered only after {one.answered_at - one.opened_at:.0f} s"
        else:
            yield ""


def _known(seen: Seen) -> Iterator[Finding]:
    """Every caller whose text was accepted is in the journal, and nobody else."""
    numbers = {one.number for one in seen.dialogues}
    for caller in seen.callers:
        if any(said.accepted for said in caller.said):
            yield "" if caller.number in numbers else f"{_who(caller)}: not in the journal"


def _replies(seen: Seen) -> Iterator[Finding]:
    """The handset holds exactly what its dialogue's consoles show as said to it, in order."""
    for stray in seen.strays:
        yield f"{stray.carrier} was handed {stray.what} for {stray.number}, no caller of its own"
    for caller in seen.callers:
        if _bounced(seen, caller):
            wanted = [seen.bounce]
        else:
            wanted = [text for leg in _legs(seen, caller)[-1:] for text in leg.texts(*_TO_CALLER)]
        heard = [one.words for one in caller.heard]
        for _ in wanted[1:]:
            yield ""
        yield _difference(f"{_who(caller)}, on the handset", wanted, heard)


_TO_CALLER = ("psap", "automatic")


def _on_the_handset(seen: Seen) -> Iterator[Finding]:
    for one in seen.dialogues:
        for progress in one.replies:
            held = set(progress) <= ON_THE_HANDSET
            yield "" if held else f"{one.dialogue}: a reply stayed at {progress!r} in the journal"


def _deliveries_shown(seen: Seen) -> Iterator[Finding]:
    """What consoles were told, also of the closing words of a leg that is over."""
    rang = {readable(call.number) for call in seen.calls}
    for leg in seen.legs:
        wanted = "typed" if leg.caller in rang else "handset"
        for line in [line for line in leg.lines if line.kind in _TO_CALLER]:
            state = leg.deliveries.get(line.sequence, "nothing")
            held = state == wanted
            yield "" if held else f"{leg.dialogue} at {leg.psap}: told {state!r}, not {wanted!r}"


def _receipts(seen: Seen) -> Iterator[Finding]:
    for caller in seen.callers:
        wanted = "UNDELIV" if _bounced(seen, caller) else "DELIVRD"
        for said in caller.said:
            for message_id in sorted(said.message_ids):
                yield _receipt(caller, said, message_id, wanted)


def _receipt(caller: CallerSeen, said: Said, message_id: str, wanted: str) -> Finding:
    states = [state for one, state in said.receipts if one == message_id]
    if states == [wanted]:
        return ""
    return f"{_who(caller)}: receipts {states or 'none'}, wanted one {wanted}"


def _read_live(seen: Seen) -> Iterator[Finding]:
    """Each line that a TTY typed stands on its leg, complete, and no other."""
    for call in seen.calls:
        legs = _legs(seen, call)
        shown = [text for leg in legs[-1:] for text in leg.texts("caller")]
        for _ in call.typed[1:]:
            yield ""
        yield _difference(f"{_who(call)}, at the console", list(call.typed), shown)


def _letter_by_letter(seen: Seen) -> Iterator[Finding]:
    """Each of those lines grew on the page; a letter takes 0.18 s."""
    for call in seen.calls:
        for line in (line for leg in _legs(seen, call)[-1:] for line in leg.lines):
            if line.kind == "caller" and line.grew < min(GROWS_MIN, len(line.text) - 1):
                yield f"{_who(call)}: {_words(line.text)} was shown only when it was typed"
            elif line.kind == "caller":
                yield ""


def _printed(seen: Seen) -> Iterator[Finding]:
    """The TTY printed what its leg shows as said to it, spelled as a TTY can."""
    for call in seen.calls:
        said = [text for leg in _legs(seen, call)[-1:] for text in leg.texts(*_TO_CALLER)]
        words = "".join(on_paper(spell(text, ends_turns=True).text) for text in said)
        for _ in said[1:]:
            yield ""
        held = words.split() == call.printed.split()
        wrong = f"{_who(call)}: the TTY printed {call.printed!r}, and {words!r} was said"
        yield "" if held else wrong


def _journal(seen: Seen) -> Iterator[Finding]:
    for _ in range(seen.records):
        yield ""
    if seen.journal_problem:
        yield seen.journal_problem


def _replayed(seen: Seen) -> Iterator[Finding]:
    for one in seen.dialogues:
        yield f"{one.dialogue}: {one.difference}" if one.difference else ""


_PROMISES: tuple[tuple[str, str, Look], ...] = (
    ("Every text was accepted", "texts", _accepted),
    ("Accepted texts are in the journal", "callers", _known),
    ("Each was shown exactly once on its leg, in order", "legs", _shown_once_in_order),
    ("No line came twice or out of order", "legs", _sequences),
    ("No leg showed another caller's words", "legs", _own_words),
    ("A retransmitted PDU was recognised and not shown again", "PDUs", _repeats),
    ("The same words sent twice were shown twice", "texts", _same_words_twice),
    ("Long texts were joined rightly", "texts", _joined),
    ("Everybody got a person or a bounce-back in time", "dialogues", _somebody),
    ("Replies reached the right phone, each once, in order", "replies", _replies),
    ("Every reply is known to be on the handset", "replies", _on_the_handset),
    ("The consoles were told so", "replies", _deliveries_shown),
    ("Every receipt came exactly once", "receipts", _receipts),
    ("What a TTY typed was read at the console", "lines", _read_live),
    ("The letters of a TTY appeared as they were typed", "lines", _letter_by_letter),
    ("What was answered was printed on the TTY", "replies", _printed),
    ("The journal's chain is whole", "records", _journal),
    ("Replay gives the same states and commands", "dialogues", _replayed),
)


# --- small things ------------------------------------------------------------------------------


def _legs(seen: Seen, caller: CallerSeen | CallSeen) -> list[LegSeen]:
    """In the order in which consoles were offered them."""
    own = [leg for leg in seen.legs if leg.caller == readable(caller.number)]
    return sorted(own, key=lambda leg: leg.since)


def _dialogues(seen: Seen, caller: CallerSeen) -> list[DialogueSeen]:
    return [one for one in seen.dialogues if one.number == caller.number]


def _bounced(seen: Seen, caller: CallerSeen) -> bool:
    found = _dialogues(seen, caller)
    return bool(found) and all(one.bounced_at for one in found)


def _counted_words(seen: Seen) -> Iterator[tuple[CallerSeen, str, int]]:
    for caller in seen.callers:
        for words, times in Counter(said.words for said in caller.said if said.accepted).items():
            yield caller, words, times


def _difference(where: str, wanted: list[str], found: list[str]) -> Finding:
    if wanted == found:
        return ""
    missing = Counter(wanted) - Counter(found)
    beyond = Counter(found) - Counter(wanted)
    if missing:
        return f"{where}: missing {_words(next(iter(missing)))}"
    if beyond:
        return f"{where}: too often or not wanted: {_words(next(iter(beyond)))}"
    return f"{where}: the right texts in the wrong order"


def _who(caller: CallerSeen | CallSeen) -> str:
    return f"{caller.title} ({readable(caller.number)})"


def _words(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
