"""The check can fail: a sound story holds, and each way of falsifying it breaks its own promise."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest

from text911.gateway.demo.checks import check
from text911.gateway.demo.record import (
    CallerSeen,
    CallSeen,
    DialogueSeen,
    Heard,
    LegSeen,
    LineSeen,
    Said,
    Seen,
    Stray,
)

BOUNCE = "Text-to-911 is not available here now."
ANN, BEN, EVA, SUE = "+18605550101", "+12035550102", "+19595550103", "+18605550104"


def said(words: str, first: int, pdus: int = 1, state: str = "DELIVRD", times: int = 1) -> Said:
    ids = [f"{first + n:x}" for n in range(pdus)]
    return Said(
        words,
        {f"{words} {one}": [(0, one)] * times for one in ids},
        repeated=times == 2,
        receipts=[(one, state) for one in ids],
    )


def sound() -> Seen:
    """Ann's second text is sent twice by her and a PDU twice by the carrier; her call overflows
    from one PSAP to the next. Ben's is long. Eva finds nobody."""
    ann = CallerSeen(
        ANN,
        "carrier-a",
        "Ann",
        (said("fire", 1, times=2), said("HELP", 2), said("HELP", 3)),
        (Heard("Where?", "carrier-a"), Heard("It has ended.", "carrier-a")),
    )
    ben = CallerSeen(
        BEN, "carrier-b", "Ben", (said("a long text", 10, pdus=3),), (Heard("Ok.", "carrier-b"),)
    )
    eva = CallerSeen(
        EVA, "carrier-b", "Eva", (said("hi", 20, state="UNDELIV"),), (Heard(BOUNCE, "carrier-b"),)
    )
    first = LegSeen("a/0", "A", "hartford", "(860) 555-0101", 1.0)
    first.lines = [LineSeen(0, "caller", "fire")]
    first.closed = "not answered in time"
    second = LegSeen("a/1", "A", "capitol", "(860) 555-0101", 2.0)
    second.lines = [
        LineSeen(0, "caller", "fire"),
        LineSeen(1, "event", "Ringing"),
        LineSeen(2, "caller", "HELP"),
        LineSeen(3, "psap", "Where?"),
        LineSeen(4, "caller", "HELP"),
        LineSeen(5, "psap", "It has ended."),
    ]
    second.deliveries = {3: "handset", 5: "handset"}
    second.closed = "ended"
    third = LegSeen("b/0", "B", "harbor", "(203) 555-0102", 3.0)
    third.lines = [LineSeen(0, "caller", "a long text"), LineSeen(1, "psap", "Ok.")]
    third.deliveries = {1: "handset"}
    sue = CallSeen(SUE, "Sue, who has a TTY", ("FIRE GA", "NO GA"), "OUT GA\r\nOK SKSK\r\n")
    fourth = LegSeen("d/0", "D", "hartford", "(860) 555-0104", 4.0)
    fourth.lines = [
        LineSeen(0, "caller", "FIRE GA", grew=6),
        LineSeen(8, "psap", "out ga"),
        LineSeen(16, "caller", "NO GA", grew=3),
        LineSeen(24, "psap", "ok sksk"),
    ]
    fourth.deliveries = {8: "typed", 24: "typed"}
    return Seen(
        callers=(ann, ben, eva),
        calls=(sue,),
        legs=(first, second, third, fourth),
        dialogues=(
            DialogueSeen("A", ANN, 100.0, 101.0, 125.0, 0.0, 0.0, ("h", "h"), 1, ""),
            DialogueSeen("B", BEN, 100.0, 101.0, 102.0, 0.0, 0.0, ("hh",), 0, ""),
            DialogueSeen("C", EVA, 100.0, 0.0, 0.0, 100.5, 0.0, ("h",), 0, ""),
            DialogueSeen("D", SUE, 100.0, 101.0, 102.0, 0.0, 0.0, (), 0, ""),
        ),
        strays=(),
        bounce=BOUNCE,
        reach_within=10.0,
        abandon_within=120.0,
        journal_problem="",
        records=60,
    )


def broken(seen: Seen) -> set[str]:
    return {one.promise for one in check(seen) if one.broken}


def test_a_sound_story_holds_everywhere() -> None:
    assert broken(sound()) == set()
    assert all(not one.looked_at.startswith("0 ") for one in check(sound()))


def test_a_story_in_which_nothing_happened_has_shown_nothing() -> None:
    nothing = replace(sound(), callers=(), calls=(), legs=(), dialogues=(), records=0)
    assert all(one.broken for one in check(nothing))


ACCEPTED = "Every text was accepted"
JOURNALLED = "Accepted texts are in the journal"
SHOWN = "Each was shown exactly once on its leg, in order"
LINES = "No line came twice or out of order"
OWN = "No leg showed another caller's words"
REPEATED = "A retransmitted PDU was recognised and not shown again"
TWICE = "The same words sent twice were shown twice"
JOINED = "Long texts were joined rightly"
SOMEBODY = "Everybody got a person or a bounce-back in time"
REPLIES = "Replies reached the right phone, each once, in order"
HANDSET = "Every reply is known to be on the handset"
TOLD = "The consoles were told so"
RECEIPTS = "Every receipt came exactly once"
READ = "What a TTY typed was read at the console"
LIVE = "The letters of a TTY appeared as they were typed"
PRINTED = "What was answered was printed on the TTY"
CHAIN = "The journal's chain is whole"
REPLAY = "Replay gives the same states and commands"


def _not_accepted(seen: Seen) -> None:
    ben = seen.callers[1].said[0]
    ben.responses[next(iter(ben.responses))] = [(0x14, "")]
    seen.legs[2].lines.pop(0)


def _line_lost(seen: Seen) -> None:
    del seen.legs[1].lines[0]


def _shown_twice(seen: Seen) -> None:
    seen.legs[1].lines.append(LineSeen(6, "caller", "fire"))


def _line_again(seen: Seen) -> None:
    seen.legs[2].lines.append(seen.legs[2].lines[1])


def _lines_swapped(seen: Seen) -> None:
    lines = seen.legs[1].lines
    lines[0], lines[2] = lines[2], lines[0]


def _order_of_words(seen: Seen) -> None:
    lines = seen.legs[1].lines
    lines[0].text, lines[2].text = lines[2].text, lines[0].text


def _alien_words(seen: Seen) -> None:
    seen.legs[2].lines.append(LineSeen(2, "caller", "fire"))


def _one_help_only(seen: Seen) -> None:
    del seen.legs[1].lines[4]


def _joined_wrongly(seen: Seen) -> None:
    seen.legs[2].lines[0].text = "a text long"


def _letter_misread(seen: Seen) -> None:
    seen.legs[3].lines[0].text = "FILE GA"


def _typed_line_lost(seen: Seen) -> None:
    del seen.legs[3].lines[2]


def _shown_when_it_was_whole(seen: Seen) -> None:
    seen.legs[3].lines[2].grew = 0


def _never_typed(seen: Seen) -> None:
    seen.legs[3].deliveries[24] = "lost"


def _said_and_not_printed(seen: Seen) -> None:
    seen.legs[3].lines[3].text = "ok stay there sksk"


def _no_leg(seen: Seen) -> None:
    seen.legs[2].caller = "(203) 555-0199"


def _repeat_with_an_id_of_its_own(seen: Seen) -> None:
    answers = next(iter(seen.callers[0].said[0].responses.values()))
    answers[1] = (0, "99")


def _receipt_twice(seen: Seen) -> None:
    seen.callers[0].said[0].receipts.append(("1", "DELIVRD"))


def _receipt_wrong(seen: Seen) -> None:
    seen.callers[2].said[0].receipts[0] = ("14", "DELIVRD")


def _no_receipt(seen: Seen) -> None:
    seen.callers[1].said[0].receipts.pop()


def _console_not_told(seen: Seen) -> None:
    seen.legs[1].deliveries[3] = "carrier"


@pytest.mark.parametrize(
    ("falsify", "promises"),
    [
        (_not_accepted, {ACCEPTED, JOINED}),
        (_line_lost, {SHOWN}),
        (_shown_twice, {SHOWN}),
        (_line_again, {LINES, REPLIES}),
        (_lines_swapped, {LINES, SHOWN}),
        (_order_of_words, {SHOWN}),
        (_alien_words, {SHOWN, OWN}),
        (_one_help_only, {SHOWN, TWICE}),
        (_joined_wrongly, {SHOWN, OWN, JOINED}),
        (_no_leg, {SHOWN, OWN, JOINED, REPLIES}),
        (_repeat_with_an_id_of_its_own, {REPEATED, RECEIPTS}),
        (_receipt_twice, {RECEIPTS}),
        (_receipt_wrong, {RECEIPTS}),
        (_no_receipt, {RECEIPTS}),
        (_console_not_told, {TOLD}),
        (_letter_misread, {READ, OWN}),
        (_typed_line_lost, {READ}),
        (_shown_when_it_was_whole, {LIVE}),
        (_never_typed, {TOLD}),
        (_said_and_not_printed, {PRINTED}),
    ],
)
def test_what_was_seen_falsified_breaks_its_promise(
    falsify: Callable[[Seen], None], promises: set[str]
) -> None:
    seen = deepcopy(sound())
    falsify(seen)
    assert broken(seen) == promises


def _caller(seen: Seen, which: int, *heard: Heard) -> Seen:
    callers = list(seen.callers)
    callers[which] = replace(callers[which], heard=heard)
    return replace(seen, callers=tuple(callers))


def _dialogue(seen: Seen, which: int, **changes: object) -> Seen:
    dialogues = list(seen.dialogues)
    dialogues[which] = replace(dialogues[which], **changes)  # type: ignore[arg-type]
    return replace(seen, dialogues=tuple(dialogues))


WHERE, ENDED = Heard("Where?", "carrier-a"), Heard("It has ended.", "carrier-a")


FALSIFIED: list[tuple[Callable[[Seen], Seen], set[str]]] = [
    (lambda seen: _caller(seen, 0, WHERE), {REPLIES}),
    (lambda seen: _caller(seen, 0, WHERE, WHERE, ENDED), {REPLIES}),
    (lambda seen: _caller(seen, 0, ENDED, WHERE), {REPLIES}),
    (lambda seen: _caller(seen, 2), {REPLIES}),
    (lambda seen: replace(seen, strays=(Stray("carrier-b", ANN, "a reply"),)), {REPLIES}),
    (lambda seen: _dialogue(seen, 0, answered_at=0.0), {SOMEBODY}),
    (lambda seen: _dialogue(seen, 0, answered_at=221.0), {SOMEBODY}),
    (lambda seen: _dialogue(seen, 1, first_shown_at=0.0), {SOMEBODY}),
    (lambda seen: _dialogue(seen, 2, bounced_at=110.5), {SOMEBODY}),
    (lambda seen: _dialogue(seen, 0, replies=("h", "t")), {HANDSET}),
    (lambda seen: _dialogue(seen, 0, repeats=0), {REPEATED}),
    (lambda seen: _dialogue(seen, 1, number=ANN), {JOURNALLED}),
    (lambda seen: _dialogue(seen, 1, difference="states differ"), {REPLAY}),
    (lambda seen: replace(seen, journal_problem="record 7 is not what was written"), {CHAIN}),
]


@pytest.mark.parametrize(("falsify", "promises"), FALSIFIED)
def test_carriers_and_journal_falsified_break_their_promise(
    falsify: Callable[[Seen], Seen], promises: set[str]
) -> None:
    assert broken(falsify(sound())) == promises


def test_a_finding_names_who_and_what() -> None:
    seen = deepcopy(sound())
    _line_lost(seen)
    (outcome,) = (one for one in check(seen) if one.broken)
    assert outcome.broken == ("Ann ((860) 555-0101), at capitol: missing 'fire'",)
    assert outcome.looked_at == "3 legs"


def test_an_abandoned_caller_was_told() -> None:
    seen = _dialogue(sound(), 0, answered_at=0.0, abandoned_at=220.0)
    assert SOMEBODY not in broken(seen)
