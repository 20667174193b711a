"""Words for a caller on a line: handed to the line at once, which holds them until it is our turn.

Here is known how far each has left the wire, because the line says so (DESIGN 9.7). What has not
left when the line is gone is marked so, and never typed again by itself. Decides when we hang up:
after the dialogue is over, when the last word has left; never because of what a caller types.
"""

from __future__ import annotations

from msgspec.structs import replace

from .commands import HangUpLine, InterruptCaller, ShowDelivery, ShowSending, ShowTurn, TypeToCaller
from .facts import CharactersLeft
from .state import Call, Over, Typing, Voice
from .turn import Turn
from .values import PsapName

HANG_UP_AFTER = 5.0  # seconds the line stays open after the last word: the caller may still answer
# What is held when a dialogue is over waits for the caller to hand the line over, but not for ever.
HELD_FOR = 30.0  # seconds, and twice the time that typing takes
HANG_UP_MAX = 300.0  # seconds after the last word was written
TYPING = frozenset({"sending", "interrupting"})
THEIRS = frozenset({"hearing", "speaking", "theirs"})
TAIL = 24  # characters that are quoted of what had left


def stands(turn: Turn) -> bool:
    """Whether there is a line that can be typed on."""
    return turn.call is not None and not turn.call.gone


def reply(turn: Turn, shown: int, text: str, seconds: float, *, interrupt: bool = False) -> None:
    """`shown`: the line of the transcript that says it. `text`: as it is typed."""
    call = call_of(turn)
    one = Typing(turn.line.replies, shown, text, seconds)
    turn.line = replace(turn.line, replies=turn.line.replies + 1)
    _sending(turn, one, typed=text)
    if call.gone:
        _deliver(turn, one, "lost", f"not typed: {call.gone}")
        return
    turn.call = replace(call, outbox=(*call.outbox, one))
    turn.do(TypeToCaller(one.number, text, interrupt))
    deliver(turn)
    if turn.is_over():
        hang_up_later(turn)


def interrupted(turn: Turn) -> None:
    turn.do(InterruptCaller())


def characters_left(turn: Turn, fact: CharactersLeft) -> None:
    call = call_of(turn)
    found = next((one for one in call.outbox if one.number == fact.reply), None)
    if found is None:
        return  # marked as lost before
    left = len(found.text) if fact.whole else min(max(found.left, fact.characters), len(found.text))
    now = replace(found, left=left)
    _sending(turn, now)
    if fact.whole:
        turn.call = replace(call, outbox=tuple(one for one in call.outbox if one is not found))
        _deliver(turn, now, "typed", "")
        if turn.is_over():
            hang_up_later(turn)
    else:
        turn.call = replace(call, outbox=tuple(now if one is found else one for one in call.outbox))
    deliver(turn)


def deliver(turn: Turn) -> None:
    """Say of each text that has not left what it waits for, where that is another than before."""
    call = call_of(turn)
    first = call.outbox[0].number if call.outbox else -1
    outbox: list[Typing] = []
    for one in call.outbox:
        if one.number != first:
            delivery, note = "held", "behind what is written before it"
        elif call.turn in TYPING or turn.line.key.channel == "rtt":
            delivery, note = "typing", ""
        else:
            delivery, note = "held", "waiting for GA" if call.turn in THEIRS else ""
        if (delivery, note) != (one.delivery, one.note):
            _deliver(turn, one, delivery, note)
            one = replace(one, delivery=delivery, note=note)
        outbox.append(one)
    turn.call = replace(call, outbox=tuple(outbox))


def gone(turn: Turn, why: str, words: str) -> None:
    """The line is no more. `why`: for the badge; `words`: for the marks of what did not leave."""
    call = call_of(turn)
    turn.disarm("hang up")
    for one in call.outbox:
        if one.left and not one.text[one.left :].strip():
            _deliver(turn, one, "typed", "")  # but for the new line behind it
            continue
        said = f'{words} after "{_tail(one)}"' if one.left else f"{words} before it was typed"
        _deliver(turn, one, "lost", said)
    turn.call = replace(call, outbox=(), gone=why, gone_at=turn.at, speaks=False)
    badge(turn)


def hang_up_later(turn: Turn) -> None:
    """The dialogue is over: the line ends when what is written has left, or cannot leave."""
    if not stands(turn):
        return
    rest = sum(seconds_left(one) for one in call_of(turn).outbox)
    waits = HANG_UP_AFTER
    if call_of(turn).outbox:
        waits = min(HELD_FOR + 2.0 * rest, HANG_UP_MAX)
    turn.arm("hang up", turn.at + waits)


def hang_up(turn: Turn, reason: str) -> None:
    if stands(turn):
        turn.tell(f"The gateway hung up: {reason}")
        gone(turn, f"the gateway hung up: {reason}", "the line was ended")
        turn.do(HangUpLine(reason))


def badge(turn: Turn) -> None:
    call = call_of(turn)
    psap, offer = turn.leg()
    if psap:
        said = voice_of(turn.voice)
        turn.do(ShowTurn(psap, offer, call.turn, call.token, call.speaks, call.gone, *said))


def voice_of(voice: Voice | None) -> tuple[str, str, str]:
    """The last three of `ShowTurn`. Nothing where nobody can be heard."""
    if voice is None or not voice.able:
        return "", "", ""
    return voice.state or "off", voice.mode, voice.note


def call_of(turn: Turn) -> Call:
    assert turn.call is not None, f"{turn.id} is no call, and nothing of a line happens in it"
    return turn.call


def seconds_left(one: Typing) -> float:
    """On the wire, as far as the characters tell."""
    return one.seconds * (len(one.text) - one.left) / len(one.text)


def _tail(one: Typing) -> str:
    said = " ".join(one.text[: one.left].split())
    return said if len(said) <= TAIL else f"...{said[-TAIL:]}"


def _sending(turn: Turn, one: Typing, typed: str = "") -> None:
    psap, offer = _leg(turn)
    seconds = round(seconds_left(one), 1)
    turn.do(ShowSending(psap, offer, one.sequence, one.left, seconds, typed))


def _deliver(turn: Turn, one: Typing, delivery: str, note: str) -> None:
    psap, offer = _leg(turn)
    turn.do(ShowDelivery(psap, offer, one.sequence, delivery, note))


def _leg(turn: Turn) -> tuple[PsapName, int]:
    """Also when the dialogue is over: the last words have a delivery state like all others."""
    match turn.phase:
        case Over(psap=psap, offer=offer):
            return psap, offer
        case _:
            return turn.leg()
