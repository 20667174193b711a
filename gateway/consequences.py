"""What the gateway did about a fact, in words: its commands, as far as they belong in a story.

Pure. See `telling.py`, which tells the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from .core import commands as c
from .core.facts import AnyFact
from .core.voices import MODES

AUTOMATIC = {
    "M1": "text-to-911 is not available, make a voice call",
    "M2": "the session was lost, text or call again",
    "M3": "this PSAP's closing words",
    "M4": "closed because nobody wrote",
    "M5": "pictures and groups cannot be received",
    "M7": "the last text reached nobody",
}
DELIVERY = {
    "waiting": "waits for the carrier",
    "carrier": "the carrier has it",
    "handset": "the handset has it",
    "unknown": "unknown whether the carrier has it",
    "sent_again": "sent again, may appear twice",
    "failed": "failed",
    "held": "the line holds it",
    "typing": "the line types it",
    "typed": "typed",
    "lost": "the line was lost",
}

Clock = Callable[[float], str]


def words_of(command: c.Command, clock: Clock, fact: AnyFact) -> str | None:
    """A sentence, or None for what draws a screen anew or winds a clock. `fact` is what it follows
    from: what the fact has said already is not said again."""
    match command:
        case c.Show():
            return _shown(command, fact)
        case c.OfferTo(psap, offer, until):
            ends = f"gives up at {clock(until)}" if until else "until somebody answers"
            return f"Ringing {psap} (offer {offer + 1}), {ends}"
        case c.Withdraw(psap, offer, reason):
            return f"Withdrawn from {psap} (offer {offer + 1}): {reason}"
        case c.EndLeg(psap, offer, reason):
            return f"Ended at {psap} (offer {offer + 1}): {reason}"
        case c.ShowDelivery(sequence=sequence, delivery=delivery, note=note):
            state = DELIVERY.get(delivery, delivery)
            noted = f" ({note})" if note and note != state else ""
            return f"Delivery of line {sequence}: {state}{noted}"
        case c.Decline(psap, offer, _, reason):
            return f"Declined to {psap} (offer {offer + 1}): {reason}"
        case c.WarnQuiet(psap, offer, closes_at):
            return f"{psap} is warned: nobody writes, closes at {clock(closes_at)}"
        case c.BlockCaller(block):
            return f"{block.psap} is not rung for this caller until {clock(block.until)}"
        case c.Locate():
            return "The location sources are asked"
        case c.TellCaller():
            return _told(command)
        case c.GiveReceipt(message, delivered):
            state = "DELIVRD" if delivered else "UNDELIV"
            return f"The carrier is owed the receipt {state} for text {message}"
        case c.Forget():
            return "Nothing is owed any more"
        case c.TypeToCaller(reply, text, interrupt):
            now = ", interrupting" if interrupt else ""
            return f'To the line{now}: reply {reply + 1}, "{text}"'
        case c.PassVoice(number, psap, mode):
            if not mode:
                return f"The telephone is let go (ringing {number})"
            return f"The telephone of {psap} is joined (ringing {number}): {MODES[mode]}"
        case c.HangUpLine(reason):
            return f"The line is hung up: {reason}"
        case c.ShowCard() | c.ShowOwner() | c.Arm() | c.Disarm():
            return None
        case c.ShowTyped() | c.ShowSending() | c.ShowTurn():
            return None
        case c.InterruptCaller() | c.AnswerLine():
            return None  # the fact has said it
        case _:
            assert_never(command)


def _shown(command: c.Show, fact: AnyFact) -> str | None:
    line = f"Line {command.sequence}"
    match command.kind:
        case "caller" | "psap":
            folded = ", collapsed" if command.suspected_repeat else ""
            notes = f" ({'; '.join(command.notes)})" if command.notes else ""
            return f"{line} of the transcript{folded}{notes}"
        case "automatic":
            what = AUTOMATIC.get(command.by, "")
            return f'{line}: automatic message {command.by} ({what}): "{command.text}"'
        case "event":
            if command.text.startswith("Ringing ") or command.text == _route_of(fact):
                return None
            return f"{line}: {command.text}"
        case _:
            assert_never(command.kind)


def _route_of(fact: AnyFact) -> str:
    return f"Route: {getattr(fact, 'reason', '')}"


def _told(command: c.TellCaller) -> str:
    part = f"part {command.part + 1} of {command.parts}" if command.parts > 1 else "in 1 part"
    again = ", again, so it may appear twice" if command.again else ""
    what = f"reply {command.reply + 1}, {part}"
    return f"To the carrier: {what}{again} (user_message_reference {command.umr})"
