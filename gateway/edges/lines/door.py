"""The door between the lines, on which callers type, and the gateway: two protocols, no code.

A line (a SIP trunk, a serial TTY, a recording that is played) brings one `Leg` for every call and
tells the `LineDoor` what happens on it. The gateway asks the leg for what is to happen. A line
knows turns, tones and packets; the gateway knows dialogues, PSAPs and the record. Neither blocks
and neither raises for what a peer did; both run in the one loop.
"""

from __future__ import annotations

from typing import Literal, Protocol

from ...core.values import Character, DialogueId
from ...location.port import Answer

Channel = Literal["tty", "rtt"]
VoiceMode = Literal["vco", "hco"]  # the caller speaks, the caller hears
VoiceState = Literal["open", "failed", "ended"]
# `tty.turn_table.State`, in lower case. A line of real-time text has no turns: it says nothing.
Turn = Literal[
    "ours", "sending", "interrupting", "stopping", "muted", "hearing", "speaking", "theirs"
]


class Leg(Protocol):
    """One call, as the gateway uses it. After `end`, and after the line has said `ended`, nothing
    more is asked of it."""

    def accept(self) -> None:
        """The dialogue is on the disk: answer the call now, not before (P1). Said once, after
        `LineDoor.begin` has returned; if it could not be recorded, `end` comes instead."""
        ...

    def write(self, key: str, text: str, interrupt: bool) -> None:
        """Send `text` to the caller, behind what was written before: on a TTY when it is our turn,
        at once with `interrupt` (what is held goes first). `text` is not empty; on a TTY it is of
        the repertoire, on "rtt" any Unicode. The line says `left` until all of it is gone."""
        ...

    def interrupt(self) -> None:
        """The key of the console: what is held goes out now, whoever's turn it is."""
        ...

    def answered(self, psap: str) -> None:
        """A person at `psap` has the call. For lines that can give a voice to somebody (VCO, HCO).
        Said again when another PSAP has taken over."""
        ...

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        """Ring the telephone of `psap` and join it to the call; the line says `voiced`. With the
        `number` that is joined already: go on in this mode. Mode "": let it go (`psap` is ""), of
        which nothing is told. Only of a line that has said it can (`LineDoor.begin`)."""
        ...

    def end(self, reason: str) -> None:
        """Hang up now; before `accept`: refuse (503, the gateway cannot take it). What has not left
        by now never does, and no `ended` is awaited."""
        ...


class LineDoor(Protocol):
    """What a line tells. Every call of `begin` that gave a dialogue is followed by `ended`, once,
    unless the gateway said `Leg.end` first. What is told of a call that is over is passed over.

    Everything told is written down before anybody sees it. While the journal cannot take it, it is
    kept and written later: a line goes on telling."""

    def begin(
        self,
        line: str,
        ani: str,
        channel: Channel,
        pidf: bytes | None,
        leg: Leg,
        *,
        voice: bool = False,
    ) -> DialogueId | None:
        """A call has come on `line` (its configured name). `ani`: E.164 with "+", or "" where the
        number is withheld. `pidf`: the PIDF-LO that came with it, as it came. `voice`: whether a
        PSAP's telephone can be joined to it (`Leg.voice`).

        None: it cannot be taken now (the journal is down, or there are too many calls); refuse it
        with 503. Otherwise wait for `Leg.accept`, which may be said within this very call."""
        ...

    def moved(self, dialogue: DialogueId, pidf: bytes, found: Answer) -> None:
        """The caller's network has said within the call where the caller is: a PIDF-LO as it came,
        and what was found in it."""
        ...

    def detected(self, dialogue: DialogueId) -> None:
        """The first character was accepted: there is a TTY at the other end."""
        ...

    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        """What the caller typed in one tick of the receiver, in order, shifts and what was taken
        for our own echo included."""
        ...

    def turn(self, dialogue: DialogueId, state: Turn, token: str = "") -> None:
        """The line is in `state` now. `token`: the name of a `tty.tokens.Token` that was heard
        ("GA", "SK", "SKSK", "QQ", "HD", "XXX", "VCO", "HCO"), or ""."""
        ...

    def left(self, dialogue: DialogueId, key: str, characters: int, whole: bool) -> None:
        """So many characters of the text `key` of `Leg.write` have left the wire, counted from its
        beginning; `whole`: all of them. At least every 200 ms while there are more."""
        ...

    def said(self, dialogue: DialogueId, text: str) -> None:
        """The line typed this to the caller by itself (a probe, the notice that nobody hears his
        voice), and it has left."""
        ...

    def speaks(self, dialogue: DialogueId, on: bool) -> None:
        """The caller's voice is heard, or no more."""
        ...

    def voiced(self, dialogue: DialogueId, number: int, state: VoiceState, reason: str) -> None:
        """Of the telephone that `Leg.voice` asked for with this number: somebody took it and voices
        pass, it could not be joined, or it was and is no more. `reason`: words for people."""
        ...

    def ended(self, dialogue: DialogueId, reason: str) -> None:
        """The call is over: "the caller hung up", "no packet for 30 s", as words for people."""
        ...
