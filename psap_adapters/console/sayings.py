"""Frames and sentences that depend on nothing but their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ..port import Blocked, Ended, Leg, MeasureText, Wrote
from . import frames
from .legs import Client, Held
from .presence import Presence
from .terms import Terms, User

UNKNOWN = "The gateway does not hold this dialogue for you."


def welcome(psap: str, terms: Terms, account: User, now: float) -> frames.Welcome:
    return frames.Welcome(
        version=frames.VERSION,
        psap=psap,
        name=terms.display_name,
        user=account.name,
        role=account.role,
        position=account.position,
        now=now,
        text_max=terms.text_max,
        frame_max=terms.frame_max,
        dialogues_at_once=terms.dialogues_at_once,
        stalled_after=terms.stalled_after,
        block_minutes_max=terms.block_minutes_max,
    )


def words(terms: Terms) -> frames.Words:
    canned = tuple(frames.Canned(word, text) for word, text in terms.canned)
    return frames.Words(canned, terms.closing_text, terms.suspended)


def people(here: Presence, users: Mapping[str, User]) -> frames.People:
    return frames.People(here.people({name: user.position for name, user in users.items()}))


def objection(
    held: Held, client: Client, frame: frames.Write | frames.End | frames.Block, terms: Terms
) -> str:
    """Why this person cannot write, end or block here now, or ""."""
    if held.closed:
        return f"This dialogue is over. {held.closed}"
    if isinstance(frame, frames.Block):
        return _no_block(terms, client, frame)
    if not held.owner:
        return "Answer this dialogue first."
    if held.owner != client.user:
        return f"{held.owner} has this dialogue."
    if isinstance(frame, frames.Write) and not frame.text.strip():
        return "There is nothing to send."
    return ""


def no_voice(held: Held, client: Client) -> str:
    """Why this person cannot have the telephone joined to the caller's line now, or ""."""
    if held.closed or held.owner != client.user:
        return "Only who has this dialogue joins the telephone."
    if held.line is None or not held.line.voice:
        return "Voices cannot be connected in this dialogue."
    return ""


def crossed(held: Held, key: str) -> frames.NotTakenHere:
    """To somebody whose words were recorded when another had the dialogue already: they have left,
    and their line stands among those that this person may not read."""
    reason = f"It was sent before {held.owner} took this dialogue over."
    return frames.NotTakenHere(held.id, key, reason)


def report_of(
    leg: Leg, user: str, frame: frames.Write | frames.End | frames.Block
) -> Wrote | Ended | Blocked:
    match frame:
        case frames.Write(_, key, text, interrupt):
            return Wrote(leg, key, text, user, interrupt)
        case frames.End(_, key, text):
            return Ended(leg, key, user, text)
        case frames.Block(_, key, minutes, reason, text):
            return Blocked(leg, key, user, 60.0 * minutes, reason.strip(), text)
        case _:
            assert_never(frame)


def _no_block(terms: Terms, client: Client, frame: frames.Block) -> str:
    most = terms.block_minutes_max
    if client.role != "supervisor":
        return "Only a supervisor may block a caller."
    if not 1 <= frame.minutes <= most:
        return f"A caller can be blocked here for 1 to {most} minutes."
    if not frame.reason.strip():
        return "Say why: the reason is kept in the record."
    return ""


def measured(measure: MeasureText, frame: frames.MeasureThis) -> frames.Measured:
    """The gateway's measure, and how much one part holds."""
    dialogue = frame.leg.rpartition("/")[0]
    this = measure(frame.text, dialogue)
    return frames.Measured(
        id=frame.id,
        leg=frame.leg,
        alphabet=this.alphabet,
        parts=this.parts,
        left=this.left,
        room=0 if this.parts > 1 else this.room,
        as_sent=this.as_sent,
        seconds=this.seconds,
        because=this.because,
        plain=this.plain,
        plain_parts=this.plain_parts,
    )
