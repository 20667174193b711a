"""How a dialogue ends, and what is still carried afterwards.

P2: everything accepted has been shown to a PSAP or ends in words to the caller. So each end looks
at what nobody has shown, owes UNDELIV receipts for it, and says so to the caller (M1, M2 or M7).
"""

from __future__ import annotations

from msgspec.structs import replace

from . import hearing, replying, typing_back, voices
from .commands import Forget
from .state import Dialogue, How, Unshown
from .state import Over as Ended
from .turn import Turn, leg_of
from .values import DialogueId, Previous, PsapName


def bounce(turn: Turn, reason: str) -> None:
    """M1: text-to-911 is not available here (47 CFR 9.10(q))."""
    turn.tell(f"Bounce-back sent: {reason}")
    _end(turn, "bounced")
    replying.automatic(turn, "M1", turn.policy.bounce)


def abandon(turn: Turn) -> None:
    _end(turn, "abandoned")
    replying.automatic(turn, "M1", turn.policy.bounce)


def lose(turn: Turn, reason: str) -> None:
    """M2: the session was lost after a PSAP had accepted it."""
    turn.tell(f"Session lost: {reason}")
    _end(turn, "lost")
    replying.automatic(turn, "M2", turn.policy.lost)


def close(turn: Turn, how: How, by: str) -> None:
    """A person or the quiet timer ended it. Texts that no screen showed are told as undelivered."""
    if _end(turn, how, by):
        replying.automatic(turn, "M7", turn.policy.undelivered)


def forget(turn: Turn) -> None:
    """Nobody will ask for it any more. What the carrier has not taken by now it never will."""
    replying.give_up(turn)
    typing_back.hang_up(turn, "the dialogue is forgotten")
    turn.disarm(*(timer.name for timer in turn.line.timers))
    turn.do(Forget())


def previous_of(dialogue: DialogueId, state: Dialogue) -> Previous:
    """What the caller's next dialogue must know of this one, which is over."""
    phase, line = state.phase, state.line
    assert isinstance(phase, Ended), f"{dialogue} is not over"
    had = phase.psap if phase.how in ("ended", "quiet") else PsapName("")
    # The echo to be feared may be that of a message which an older dialogue sent.
    older = () if line.previous is None else line.previous.automatic
    sent = {**dict(older), **dict(line.automatic)}
    return Previous(dialogue, had, phase.at, automatic=tuple(sent.items()))


def _end(turn: Turn, how: How, by: str = "") -> bool:
    """Whether there were texts that nobody has shown."""
    voices.leave(turn, "the dialogue is over")
    psap, offer = leg_of(turn.phase)
    partials = hearing.open_partials(turn.line)
    texts = (*turn.line.unshown, *(Unshown(-1, one.messages, one.at) for one in partials))
    turn.disarm(*(timer.name for timer in turn.line.timers if timer.name != "retry"))
    turn.phase = Ended(how, turn.at, psap, offer, by)
    turn.line = replace(turn.line, unshown=())
    hearing.join_the_rest(turn)
    replying.give_receipts(turn, texts, delivered=False)
    turn.arm("forget", turn.at + turn.policy.limits.forget)
    typing_back.hang_up_later(turn)
    return bool(texts)
