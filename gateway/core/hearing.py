"""What the caller wrote: repeats recognised, parts joined, lines put into the transcript.

DESIGN 9.1 (repeats), 9.6 (concatenation). Equal words alone are never a repeat.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection
from typing import Literal

from msgspec.structs import replace

from .commands import Join, Part
from .facts import CallerRepeated, CallerSentPart, CallerWrote, PartsJoined, RepeatSuspected
from .replying import automatic
from .state import Heard, Line, Partial, Unshown
from .turn import Turn
from .values import DialogueId, Mark, MessageId

SAME_LINK_FOR = 60.0  # seconds, rule (a): same link, same sequence_number
# Seconds, rule (c): same concatenation reference, total and part. Rule (b) has no limit, but
# references come round again: later, and on another link, the same one is a suspicion as by (d).
SAME_PART_FOR = 300.0
OTHER_LINK_FOR = 60.0  # seconds, rule (d): another link, the first response perhaps never arrived
# Marks kept of a dialogue at least. A source that is not noisy (20 texts in 10 s) has at most 600
# in the five minutes of the longest rule, so of it all are known. A carrier repeats what it has no
# answer for: of a noisy source that is at most 50 texts on a bind (a tenth of its places), 200 on
# four.
HEARD_KEPT = 640
HEARD_MAX = 704  # when so many, the oldest go; not one by one, so that a text stays cheap
SCANNED_MAX = 64  # marks that are looked through; among more of them `Marks` knows what is there
FOLLOWED_MAX = 1_000  # long dialogues that `Marks` follows at once: at most some 100 MB
PARTIALS_MAX = 16  # concatenated texts of one caller that may be incomplete at once
# Octets of them: seven texts of the 255 parts that a header can count. Parts may be 64 KiB each.
PARTS_OCTETS_MAX = 256 * 1024
JOINED_MAX = 16  # joined ones that are remembered, to know a late part
Rule = Literal["a", "b", "c", "d", "n"]  # the letters of DESIGN 9.1, and `retry_of`


class Marks:
    """Beside the state, and worked out from it: which octets the marks of a long dialogue have. Of
    nearly every text it says at once that it repeats nothing, whatever the dialogue's length."""

    def __init__(self) -> None:
        self._known: OrderedDict[DialogueId, tuple[tuple[Heard, ...], Counter[bytes]]]
        self._known = OrderedDict()

    def may_know(self, dialogue: DialogueId, line: Line, octets: bytes) -> bool:
        """Whether some mark of this dialogue has these octets; also True when they are so few that
        looking at them is as cheap."""
        heard = line.heard
        if len(heard) <= SCANNED_MAX:
            return True
        before, count = self._known.pop(dialogue, ((), Counter()))
        if before is not heard:
            count = _followed(before, heard, count)
        self._known[dialogue] = heard, count
        if len(self._known) > FOLLOWED_MAX:
            self._known.popitem(last=False)
        return octets in count


def _followed(
    before: tuple[Heard, ...], heard: tuple[Heard, ...], count: Counter[bytes]
) -> Counter[bytes]:
    """`count` of the marks `before`, brought up to `heard`: some went at the beginning, some came
    at the end. Anything else, and they are counted anew."""
    gone = next((place for place, one in enumerate(before) if one is heard[0]), len(before))
    kept = len(before) - gone
    if not 0 < kept <= len(heard) or heard[kept - 1] is not before[-1]:
        return Counter(one.mark.octets for one in heard)
    for one in before[:gone]:
        count[one.mark.octets] -= 1
        if not count[one.mark.octets]:
            del count[one.mark.octets]
    for one in heard[kept:]:
        count[one.mark.octets] += 1
    return count


def repeat_of(line: Line, mark: Mark, at: float) -> tuple[Heard, Rule] | None:
    """The text that `mark` repeats, by which rule. For rule (d) the caller still has to ask whether
    the first response was provably handed to a live socket; if so it is no repeat."""
    suspect: Heard | None = None
    octets = mark.octets
    # Nearly every text is new, so what is looked at for each of the marks is as little as can be.
    for one in reversed([one for one in line.heard if one.mark.octets == octets]):
        age = at - one.at
        if one.mark.part and mark.part and one.mark.part != mark.part:
            continue  # another part of a long text is another part, even if the words are equal
        same_umr = mark.umr >= 0 and one.mark.umr == mark.umr
        elsewhere = one.mark.link != mark.link
        if age > SAME_PART_FOR:
            suspect = suspect or (one if same_umr and elsewhere else None)
            continue
        same_pdu = (one.mark.link, one.mark.sequence_number) == (mark.link, mark.sequence_number)
        if same_pdu and age <= SAME_LINK_FOR:
            return one, "a"
        if same_umr:
            return one, "b"
        if mark.part and one.mark.part == mark.part:
            return one, "c"
        if elsewhere and age <= OTHER_LINK_FOR:
            suspect = suspect or one
    return None if suspect is None else (suspect, "d")


def retry_of(
    line: Line, mark: Mark, at: float, denied: Collection[MessageId]
) -> tuple[Heard, Rule] | None:
    """The text that `mark` brings again because we had said no to it, although the journal took it
    (DESIGN 4). The carrier's retry is a PDU of its own, so no rule of 9.1 would know it."""
    for one in line.heard if denied else ():
        same = one.mark.octets == mark.octets and one.mark.part == mark.part
        if same and one.message in denied and at - one.at <= SAME_PART_FOR:
            return one, "n"
    return None


def caller_wrote(turn: Turn, fact: CallerWrote) -> None:
    remember(turn, fact.mark, fact.message)
    messages = (fact.message,) if fact.receipt else ()
    say(turn, fact.text, messages, notes=fact.remarks)
    if fact.media_removed:
        automatic(turn, "M5", turn.policy.media)


def caller_repeated(turn: Turn, fact: CallerRepeated) -> None:
    """Nothing is shown. Only what a retry of a denied text is known by may change."""
    if fact.mark is not None:
        heard = tuple(
            replace(one, mark=fact.mark) if one.message == fact.message else one
            for one in turn.line.heard
        )
        turn.line = replace(turn.line, heard=heard)


def repeat_suspected(turn: Turn, fact: RepeatSuspected) -> None:
    say(turn, fact.text, (), notes=("perhaps sent twice by the carrier",), suspected_repeat=True)


def caller_sent_part(turn: Turn, fact: CallerSentPart) -> None:
    """Keep the part; ask for the join when all are there. A part that comes late, or that bears a
    number already taken by other words, is a line of its own: nothing vanishes."""
    remember(turn, fact.mark, fact.message)
    messages = (fact.message,) if fact.receipt else ()
    known = next((one for one in turn.line.partials if one.join == fact.join), None)
    if known is not None and (known.joined or _has(known, fact.number)):
        late = "late" if known.joined else "another"
        notes = (f"{late} part {fact.number}/{fact.total}", *fact.remarks)
        say(turn, fact.text, messages, notes=notes)
        return
    own = "" if known is None or known.alphabet == fact.alphabet else fact.alphabet
    part = Part(fact.number, fact.octets, own, fact.remarks)
    if known is None:
        partial = Partial(fact.join, fact.alphabet, fact.total, turn.at, (part,), messages)
        _make_room(turn)
        turn.line = replace(turn.line, partials=(*turn.line.partials, partial))
        turn.arm(timer_of(fact.join), turn.at + turn.policy.limits.parts)
        turn.redraw()
    else:
        partial = replace(known, parts=(*known.parts, part), messages=(*known.messages, *messages))
        _put(turn, partial)
    if len(partial.parts) == partial.total:
        turn.disarm(timer_of(fact.join))
        _ask(turn, partial)
    else:
        _keep_within_bounds(turn)


def as_it_comes(line: Line, text: CallerWrote | CallerSentPart) -> CallerWrote | CallerSentPart:
    """What is recorded of it: of a part also that its text was shown without it."""
    if isinstance(text, CallerSentPart) and any(
        one.join == text.join and one.joined for one in line.partials
    ):
        return replace(text, late=True)
    return text


def parts_late(turn: Turn, join: str) -> None:
    """The limit for the missing parts has passed: show what there is."""
    for one in turn.line.partials:
        if one.join == join and not one.joined:
            _ask(turn, one)


def parts_joined(turn: Turn, fact: PartsJoined) -> None:
    for one in turn.line.partials:
        if one.join == fact.join and not one.joined:
            _put(turn, replace(one, parts=(), messages=(), joined=True))
            if turn.is_over():
                turn.show("caller", fact.text, notes=(*fact.remarks, "shown to nobody"))
            else:
                say(turn, fact.text, one.messages, notes=fact.remarks)
                turn.redraw()


def say(
    turn: Turn,
    text: str,
    messages: tuple[MessageId, ...],
    *,
    notes: tuple[str, ...] = (),
    suspected_repeat: bool = False,
) -> int:
    """A line of the caller's, which no PSAP has shown yet; gives its sequence."""
    sequence = turn.show("caller", text, notes=notes, suspected_repeat=suspected_repeat)
    unshown = turn.line.unshown
    if unshown and not unshown[-1].messages:
        unshown = unshown[:-1]  # nothing is owed for it, and it is not shown before this one is
    unshown = (*unshown, Unshown(sequence, messages, turn.at))
    turn.line = replace(turn.line, unshown=unshown, said_at=turn.at)
    return sequence


def remember(turn: Turn, mark: Mark, message: MessageId) -> None:
    heard, partials = turn.line.heard, turn.line.partials
    old = 0 if len(heard) < HEARD_MAX else len(heard) - HEARD_KEPT + 1
    while old < len(heard) and turn.at - heard[old].at > SAME_PART_FOR:
        old += 1
    heard = (heard[old:] if old else heard) + (Heard(mark, turn.at, message),)
    if partials:
        joined = [o for o in partials if o.joined and turn.at - o.at <= SAME_PART_FOR][-JOINED_MAX:]
        partials = tuple(one for one in partials if not one.joined or one in joined)
    turn.line = replace(turn.line, heard=heard, partials=partials)


def open_partials(line: Line) -> tuple[Partial, ...]:
    return tuple(one for one in line.partials if not one.joined)


def timer_of(join: str) -> str:
    return f"parts {join}"


def _has(partial: Partial, number: int) -> bool:
    return any(part.number == number for part in partial.parts)


def _make_room(turn: Turn) -> None:
    """A flood of first parts must not grow without bound: the oldest is shown as it is."""
    waiting = open_partials(turn.line)
    if len(waiting) >= PARTIALS_MAX:
        turn.disarm(timer_of(waiting[0].join))
        _ask(turn, waiting[0])


def _keep_within_bounds(turn: Turn) -> None:
    """Parts may be long: the oldest texts are shown as they are, until the rest is small."""
    waiting = open_partials(turn.line)
    sizes = [sum([len(part.octets) for part in one.parts]) for one in waiting]
    held = sum(sizes)
    for one, size in zip(waiting, sizes, strict=True):
        if held <= PARTS_OCTETS_MAX:
            return
        turn.disarm(timer_of(one.join))
        _ask(turn, one)
        held -= size


def join_the_rest(turn: Turn) -> None:
    """The dialogue is over: what came of unfinished texts still belongs into the transcript."""
    rest = tuple(replace(one, messages=()) for one in open_partials(turn.line))
    turn.line = replace(turn.line, partials=rest)
    for one in rest:
        _ask(turn, one)


def _ask(turn: Turn, one: Partial) -> None:
    turn.questions.append(Join(one.join, one.alphabet, one.total, one.parts))


def _put(turn: Turn, one: Partial) -> None:
    kept = tuple(one if other.join == one.join else other for other in turn.line.partials)
    turn.line = replace(turn.line, partials=kept)
