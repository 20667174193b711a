"""Words to the caller: one part of one reply in flight, what the carrier said of it, receipts.

Each part of a reply has a letter in `Reply.progress`:

    w  waits its turn             t  the carrier has it (positive response)
    s  handed to the carrier      T  the carrier has it, but it was sent twice: may appear twice
    u  no response in time        h  the handset has it
    r  to be sent again           x  never answered, not sent a third time
    a  sent again, no response    n  the handset did not get it
                                  f  refused for good

DESIGN 9.2: a part without response is *unknown* and not sent again while its link lives. When the
link is lost it is sent once more, with the same octets and user_message_reference.
"""

from __future__ import annotations

from msgspec.structs import replace

from .commands import GiveReceipt, ShowDelivery, TellCaller
from .facts import (
    CarrierLost,
    CarrierRefused,
    CarrierSilent,
    CarrierTook,
    HandsetReported,
    ReceiptTaken,
    SentAgain,
)
from .policy import Automatic
from .state import Receipt, Reply, Sent, Unshown
from .turn import Turn, leg_of
from .values import MessageId, Segment

IN_FLIGHT = frozenset("sra")
SETTLED = frozenset("tThxnf")
SENT_MAX = 32  # replies remembered for their receipts
EARLY_MAX = 8  # receipts kept that nothing is known of yet

TWICE = "sent again, may appear twice"


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
    if message is None or kind in turn.line.automatic:
        return
    key, before = turn.line.key, turn.line.previous
    if not key.is_person:
        turn.tell(f"Automatic message {kind} not sent: the sender is not a telephone number")
        return
    spacing = turn.policy.limits.automatic_spacing
    if (
        before is not None
        and before.last_automatic == kind
        and turn.at - before.last_automatic_at < spacing
    ):
        turn.tell(
            f"Automatic message {kind} not sent again: the last one is under {spacing:g} s old"
        )
        return
    turn.line = replace(turn.line, automatic=(*turn.line.automatic, kind), automatic_at=turn.at)
    shown = turn.show("automatic", message.text, by=kind, reply=turn.line.replies)
    reply(turn, shown, message.segments)


def send_next(turn: Turn) -> None:
    """Hand the next part to the carrier if none is in flight."""
    for at, one in enumerate(turn.line.outbox):
        if any(letter in IN_FLIGHT for letter in one.progress):
            return
        part = one.progress.find("w")
        if part >= 0 and not _resting(turn):
            _put(turn, at, _with(one, part, "s"))
            turn.do(told(one, part))
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
    found = _in_outbox(turn, fact.reply, fact.part)
    if found is None:
        return  # a second response, or one for a reply that was settled by its receipt
    at, one = found
    was = one.progress[fact.part]
    if was not in "sraux":
        return
    one = _with(one, fact.part, "T" if was in "rax" else "t")
    ids = list(one.carrier_ids)
    ids[fact.part] = fact.carrier_id
    _put(turn, at, replace(one, carrier_ids=tuple(ids), refusals=0))
    early = [e for e in turn.line.early if fact.carrier_id and e.carrier_id == fact.carrier_id]
    if early:
        kept = tuple(e for e in turn.line.early if e not in early)
        turn.line = replace(turn.line, early=kept)
        _handset(turn, fact.reply, fact.part, early[-1])
    _settle(turn, fact.reply)


def carrier_refused(turn: Turn, fact: CarrierRefused) -> None:
    found = _in_outbox(turn, fact.reply, fact.part)
    if found is None or found[1].progress[fact.part] not in "srau":
        return
    at, one = found
    limits = turn.policy.limits
    if not fact.permanent and one.refusals < limits.retries:
        _put(turn, at, replace(_with(one, fact.part, "w"), refusals=one.refusals + 1))
        turn.arm("retry", turn.at + limits.retry)
        _show(turn, one, "waiting", f"carrier busy (status {fact.status:#x}), trying again")
        return
    rest = one.progress[: fact.part] + "f" * (len(one.progress) - fact.part)
    _put(turn, at, replace(one, progress=rest))
    _settle(turn, fact.reply, f"refused by the carrier (status {fact.status:#x})")


def carrier_silent(turn: Turn, fact: CarrierSilent) -> None:
    found = _in_outbox(turn, fact.reply, fact.part)
    if found is None or found[1].progress[fact.part] not in "sa":
        return
    at, one = found
    _put(turn, at, _with(one, fact.part, "u" if one.progress[fact.part] == "s" else "x"))
    _settle(turn, fact.reply)


def carrier_lost(turn: Turn, fact: CarrierLost) -> None:
    found = _in_outbox(turn, fact.reply, fact.part)
    if found is None or found[1].progress[fact.part] not in "srau":
        return
    at, one = found
    if one.progress[fact.part] == "a":
        _put(turn, at, _with(one, fact.part, "x"))
        _settle(turn, fact.reply)
        return
    one = _with(one, fact.part, "r")
    _put(turn, at, one)
    turn.do(told(one, fact.part, again=True))
    _show(turn, one, "sent_again", f"{fact.reason}; {TWICE}")


def sent_again(turn: Turn, fact: SentAgain) -> None:
    found = _in_outbox(turn, fact.reply, fact.part)
    if found is not None and found[1].progress[fact.part] == "r":
        _put(turn, found[0], _with(found[1], fact.part, "a"))


def handset_reported(turn: Turn, fact: HandsetReported) -> None:
    for one in _replies(turn):
        for part in range(len(one.progress)):
            by_umr = fact.umr >= 0 and (one.umr + part) & 0xFFFF == fact.umr
            by_id = fact.carrier_id and one.carrier_ids[part] == fact.carrier_id
            if by_umr or by_id:
                _handset(turn, one.number, part, fact)
                _settle(turn, one.number)
                return
    turn.line = replace(turn.line, early=(*turn.line.early, fact)[-EARLY_MAX:])


def retry(turn: Turn) -> None:
    send_next(turn)


def receipt_taken(turn: Turn, fact: ReceiptTaken) -> None:
    kept = tuple(one for one in turn.line.receipts if one.message != fact.message)
    turn.line = replace(turn.line, receipts=kept)


def give_receipts(turn: Turn, texts: tuple[Unshown, ...], *, delivered: bool) -> None:
    """Our side of DESIGN 9.3: DELIVRD when a PSAP leg has shown it, UNDELIV when nobody will."""
    for text in texts:
        for message in text.messages:
            owe_receipt(turn, message, text.at, delivered=delivered)


def owe_receipt(turn: Turn, message: MessageId, accepted_at: float, *, delivered: bool) -> None:
    one = Receipt(message, delivered, accepted_at, turn.at)
    turn.line = replace(turn.line, receipts=(*turn.line.receipts, one))
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
    if letters & set("ra"):
        return "sent_again"
    if letters <= set("tTh"):
        return "carrier"
    return "waiting"


def _resting(turn: Turn) -> bool:
    """A temporary refusal is being waited out."""
    return any(timer.name == "retry" for timer in turn.line.timers)


def _in_outbox(turn: Turn, number: int, part: int) -> tuple[int, Reply] | None:
    for at, one in enumerate(turn.line.outbox):
        if one.number == number and part < len(one.progress):
            return at, one
    return None


def _replies(turn: Turn) -> tuple[Reply | Sent, ...]:
    return (*turn.line.outbox, *turn.line.sent)


def _put(turn: Turn, at: int, one: Reply) -> None:
    outbox = turn.line.outbox
    turn.line = replace(turn.line, outbox=(*outbox[:at], one, *outbox[at + 1 :]))


def _with(one: Reply, part: int, letter: str) -> Reply:
    return replace(one, progress=one.progress[:part] + letter + one.progress[part + 1 :])


def _handset(turn: Turn, number: int, part: int, fact: HandsetReported) -> None:
    letter = "h" if fact.delivered else "n"
    found = _in_outbox(turn, number, part)
    if found is not None:
        _put(turn, found[0], _with(found[1], part, letter))
        return
    for at, one in enumerate(turn.line.sent):
        if one.number == number and one.progress[part] != "h":
            progress = one.progress[:part] + letter + one.progress[part + 1 :]
            after = replace(one, progress=progress)
            sent = turn.line.sent
            turn.line = replace(turn.line, sent=(*sent[:at], after, *sent[at + 1 :]))


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
    psap, offer = leg_of(turn.phase)
    turn.do(ShowDelivery(psap, offer, one.sequence, delivery, note))
