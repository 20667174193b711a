"""Words to the caller: one part of one reply in flight, what the carrier said of it, receipts.

Each part of a reply has a letter in `Reply.progress`:

    w  waits its turn             t  the carrier has it (positive response)
    s  handed to the carrier      T  the carrier has it, but it was sent twice: may appear twice
    u  no response in time        h  the handset has it
    r  to be sent again           x  never answered, not sent a third time
    a  sent again, no response    n  the handset did not get it
    v  its second sending was     f  refused for good
       refused for now: waits

DESIGN 9.2: a part without response is *unknown* and not sent again while its link lives. When the
link is lost it is sent once more, with the same octets and user_message_reference.
"""

from __future__ import annotations

from math import inf
from typing import TypeVar

from msgspec.structs import replace

from . import typing_back
from .commands import GiveReceipt, ShowDelivery, TellCaller
from .facts import (
    CarrierLost,
    CarrierRefused,
    CarrierSilent,
    CarrierTook,
    HandsetReported,
    PsapBlocked,
    PsapEnded,
    PsapWrote,
    ReceiptTaken,
    SentAgain,
)
from .policy import Automatic
from .state import Over, Receipt, Reply, Sent, Unshown
from .turn import Turn
from .values import Previous, Segment

IN_FLIGHT = frozenset("sra")
UNHEARD = frozenset("wf")  # no handset can have got it: a report that seems to match is another's
SETTLED = frozenset("tThxnf")
SENT_MAX = 32  # replies remembered for their receipts
EARLY_MAX = 8  # receipts kept that nothing is known of yet

TWICE = "sent again, may appear twice"


def has_words(turn: Turn, fact: PsapWrote | PsapEnded | PsapBlocked) -> bool:
    """Whether there is anything in it that can leave."""
    return bool(fact.segments if turn.call is None else fact.spelled)


def answer(turn: Turn, fact: PsapWrote | PsapEnded | PsapBlocked) -> None:
    """The words of a PSAP's person: into the transcript, and on their way."""
    shown = turn.show("psap", fact.text, by=fact.by, key=fact.key, reply=turn.line.replies)
    if turn.call is None:
        reply(turn, shown, fact.segments)
    else:
        now = isinstance(fact, PsapWrote) and fact.interrupt
        typing_back.reply(turn, shown, fact.spelled, fact.seconds, interrupt=now)


def reply(turn: Turn, number_of_line: int, segments: tuple[Segment, ...]) -> None:
    """Put words for the caller into the outbox; they leave when those before them have."""
    line = turn.line
    one = Reply(
        number=line.replies,
        sequence=number_of_line,
        umr=line.umr,
        segments=segments,
        progress="w" * len(segments),
        carrier_ids=("",) * len(segments),
    )
    turn.line = replace(
        line,
        outbox=(*line.outbox, one),
        replies=line.replies + 1,
        umr=(line.umr + len(segments)) & 0xFFFF,
    )
    send_next(turn)


def automatic(turn: Turn, kind: str, message: Automatic | None) -> None:
    """An automatic message (facts/text-to-911 2.1): at most once per dialogue and kind, never to a
    machine, never answering the echo of its like."""
    if message is None or kind in dict(turn.line.automatic):
        return
    key, before = turn.line.key, turn.line.previous
    if not key.is_person:
        turn.tell(f"Automatic message {kind} not sent: the sender is not a telephone number")
        return
    spacing = turn.policy.limits.automatic_spacing
    if before is not None and turn.at - _last_sent(before, kind) < spacing:
        turn.tell(
            f"Automatic message {kind} not sent again: the last one is under {spacing:g} s old"
        )
        return
    words, why = on_line(turn, message)
    if why:
        turn.tell(f"Automatic message {kind} not sent: {why}")
        return
    turn.line = replace(turn.line, automatic=(*turn.line.automatic, (kind, turn.at)))
    shown = turn.show("automatic", message.text, by=kind, reply=turn.line.replies)
    if turn.call is None:
        reply(turn, shown, message.segments)
    else:
        typing_back.reply(turn, shown, words, message.seconds)


def on_line(turn: Turn, message: Automatic) -> tuple[str, str]:
    """As it is typed to a caller on a line, or why it cannot be; both "" of a caller by SMS."""
    if turn.call is None:
        return "", ""
    if turn.call.gone:
        return "", "the line is gone"
    if turn.line.key.channel == "rtt":
        return message.text, ""
    return message.spelled, "" if message.spelled else "it has no form for a TTY"


def _last_sent(before: Previous, kind: str) -> float:
    """UTC seconds; -inf for never."""
    if before.last_automatic == kind:
        return before.last_automatic_at
    return dict(before.automatic).get(kind, -inf)


def send_next(turn: Turn) -> None:
    """Hand the next part to the carrier if none is in flight."""
    for one in turn.line.outbox:
        if any(letter in IN_FLIGHT for letter in one.progress):
            return
        part = next((n for n, letter in enumerate(one.progress) if letter in "wv"), -1)
        if part >= 0 and not _resting(turn):
            again = one.progress[part] == "v"
            _put(turn, _with(one, part, "r" if again else "s"))
            turn.do(told(one, part, again=again))
            return


def told(one: Reply, part: int, *, again: bool = False) -> TellCaller:
    return TellCaller(
        reply=one.number,
        part=part,
        parts=len(one.segments),
        segment=one.segments[part],
        umr=(one.umr + part) & 0xFFFF,
        concatenation=one.umr & 0xFF,
        again=again,
    )


def carrier_took(turn: Turn, fact: CarrierTook) -> None:
    one = _find(_replies(turn), fact.reply, fact.part)
    if one is None:
        return  # let go long ago
    was = one.progress[fact.part]
    if was not in "sraux":
        return  # a second response, or one that its receipt has overtaken
    ids = list(one.carrier_ids)
    ids[fact.part] = fact.carrier_id
    one = replace(_with(one, fact.part, "T" if was in "rax" else "t"), carrier_ids=tuple(ids))
    _put(turn, replace(one, refusals=0) if isinstance(one, Reply) else one)
    early = [e for e in turn.line.early if fact.carrier_id and e.carrier_id == fact.carrier_id]
    if early:
        kept = tuple(e for e in turn.line.early if e not in early)
        turn.line = replace(turn.line, early=kept)
        _handset(turn, one, fact.part, early[-1])
    _settle(turn, fact.reply)


def carrier_refused(turn: Turn, fact: CarrierRefused) -> None:
    one = _find(turn.line.outbox, fact.reply, fact.part)
    if one is None or one.progress[fact.part] not in "srau":
        return
    limits = turn.policy.limits
    if not fact.permanent and one.refusals < limits.retries:
        one = _with(one, fact.part, "v" if one.progress[fact.part] in "ra" else "w")
        _put(turn, replace(one, refusals=one.refusals + 1))
        turn.arm("retry", turn.at + limits.retry)
        _show(turn, one, "waiting", f"carrier busy (status {fact.status:#x}), trying again")
        return
    one = _with(one, fact.part, "f")
    unsent = one.progress.replace("w", "f").replace("v", "f")  # the rest alone would mislead
    _put(turn, replace(one, progress=unsent))
    _settle(turn, fact.reply, f"refused by the carrier (status {fact.status:#x})")


def carrier_silent(turn: Turn, fact: CarrierSilent) -> None:
    one = _find(turn.line.outbox, fact.reply, fact.part)
    if one is None or one.progress[fact.part] not in "sa":
        return
    _put(turn, _with(one, fact.part, "u" if one.progress[fact.part] == "s" else "x"))
    _settle(turn, fact.reply)


def carrier_lost(turn: Turn, fact: CarrierLost) -> None:
    one = _find(turn.line.outbox, fact.reply, fact.part)
    if one is None or one.progress[fact.part] not in "srau":
        return
    if one.progress[fact.part] == "a":
        _put(turn, _with(one, fact.part, "x"))
        _settle(turn, fact.reply)
        return
    one = _with(one, fact.part, "r")
    _put(turn, one)
    turn.do(told(one, fact.part, again=True))
    _show(turn, one, "sent_again", f"{fact.reason}; {TWICE}")


def sent_again(turn: Turn, fact: SentAgain) -> None:
    one = _find(turn.line.outbox, fact.reply, fact.part)
    if one is not None and one.progress[fact.part] == "r":
        _put(turn, _with(one, fact.part, "a"))


def handset_reported(turn: Turn, fact: HandsetReported) -> None:
    for one in _replies(turn):
        for part, letter in enumerate(one.progress):
            by_umr = fact.umr >= 0 and (one.umr + part) & 0xFFFF == fact.umr
            by_id = fact.carrier_id and one.carrier_ids[part] == fact.carrier_id
            if (by_umr or by_id) and letter not in UNHEARD:
                _handset(turn, one, part, fact)
                _settle(turn, one.number)
                return
    turn.line = replace(turn.line, early=(*turn.line.early, fact)[-EARLY_MAX:])


def receipt_taken(turn: Turn, fact: ReceiptTaken) -> None:
    kept = tuple(one for one in turn.line.receipts if one.message != fact.message)
    turn.line = replace(turn.line, receipts=kept)


def give_receipts(turn: Turn, texts: tuple[Unshown, ...], *, delivered: bool) -> None:
    """Our side of DESIGN 9.3: DELIVRD when a PSAP leg has shown it, UNDELIV when nobody will."""
    owed = tuple(
        [Receipt(one, delivered, text.at, turn.at) for text in texts for one in text.messages]
    )
    if not owed:
        return
    turn.line = replace(turn.line, receipts=(*turn.line.receipts, *owed))
    for one in owed:
        turn.do(given(one))


def given(one: Receipt) -> GiveReceipt:
    return GiveReceipt(one.message, one.delivered, one.accepted_at, one.done_at)


def give_up(turn: Turn) -> None:
    """The dialogue is long over and the carrier never took these: say so and let go."""
    for one in turn.line.outbox:
        _show(
            turn, one, "failed" if "w" in one.progress else "unknown", "the carrier never took it"
        )
    turn.line = replace(turn.line, outbox=(), receipts=())


def delivery_of(progress: str) -> str:
    """The strongest state that is known of all parts together (values of `port.Delivery`)."""
    letters = set(progress)
    if letters & set("fn"):
        return "failed"
    if letters == {"h"}:
        return "handset"
    if letters & set("ux"):
        return "unknown"
    if letters & set("rav"):
        return "sent_again"
    if letters <= set("tTh"):
        return "carrier"
    return "waiting"


def _resting(turn: Turn) -> bool:
    """A temporary refusal is being waited out."""
    return any(timer.name == "retry" for timer in turn.line.timers)


Known = TypeVar("Known", Reply, Sent, Reply | Sent)


def _find(replies: tuple[Known, ...], number: int, part: int) -> Known | None:
    for one in replies:
        if one.number == number and part < len(one.progress):
            return one
    return None


def _replies(turn: Turn) -> tuple[Reply | Sent, ...]:
    return (*turn.line.outbox, *turn.line.sent)


def _put(turn: Turn, one: Reply | Sent) -> None:
    if isinstance(one, Reply):
        outbox = tuple(one if other.number == one.number else other for other in turn.line.outbox)
        turn.line = replace(turn.line, outbox=outbox)
    else:
        sent = tuple(one if other.number == one.number else other for other in turn.line.sent)
        turn.line = replace(turn.line, sent=sent)


def _with(one: Known, part: int, letter: str) -> Known:
    return replace(one, progress=one.progress[:part] + letter + one.progress[part + 1 :])


def _handset(turn: Turn, one: Reply | Sent, part: int, fact: HandsetReported) -> None:
    if one.progress[part] != "h":  # what a handset has acknowledged it has
        _put(turn, _with(one, part, "h" if fact.delivered else "n"))


def _settle(turn: Turn, number: int, note: str = "") -> None:
    """Show how far the reply has got, let it go when nothing more can come, send what is next."""
    for one in _replies(turn):
        if one.number != number:
            continue
        if isinstance(one, Reply) and all(letter in SETTLED for letter in one.progress):
            outbox = tuple(o for o in turn.line.outbox if o.number != number)
            gone = Sent(number, one.sequence, one.umr, one.progress, one.carrier_ids)
            sent = (*turn.line.sent, gone)[-SENT_MAX:]
            turn.line = replace(turn.line, outbox=outbox, sent=sent)
        _show(turn, one, delivery_of(one.progress), note or (TWICE if "T" in one.progress else ""))
    send_next(turn)


def _show(turn: Turn, one: Reply | Sent, delivery: str, note: str) -> None:
    """Also when the dialogue is over: the last words have a delivery state like all others."""
    match turn.phase:
        case Over(psap=psap, offer=offer):
            pass
        case _:
            psap, offer = turn.leg()
    turn.do(ShowDelivery(psap, offer, one.sequence, delivery, note))
