"""The gateway's side of the door, small and honest: it arbitrates, numbers and remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

from text911.psap_adapters import port


@dataclass
class Talk:
    """One dialogue: its lines, who has it, and which keys were taken."""

    leg: port.Leg
    card: port.Card
    items: list[port.Item] = field(default_factory=list[port.Item])
    owner: str = ""
    answered_at: float = 0.0
    keys: set[str] = field(default_factory=set[str])
    shown: int = -1
    open: bool = True


class ScriptedCore:
    """Answers the reports of one PSAP at once, as a gateway with an instant journal would."""

    def __init__(self, psap: port.Psap, now: float) -> None:
        self.psap = psap
        self.now = now
        self.talks: dict[port.Leg, Talk] = {}
        self.reports: list[port.Report] = []
        self.blocks: list[port.Block] = []
        self.full = False  # a disk that takes nothing
        psap.start(self.hear)

    def hear(self, report: port.Report, frame: bytes) -> None:
        self.reports.append(report)
        match report:
            case port.Shown(leg, up_to):
                self.talks[leg].shown = max(self.talks[leg].shown, up_to)
            case port.Answered(leg, by, takeover):
                talk = self.talks[leg]
                if not talk.owner or takeover:
                    talk.owner, talk.answered_at = by, self.now
                self.psap.update(leg, port.AnsweredBy(talk.owner, talk.answered_at))
            case port.Wrote(leg, key, text, by):
                self._write(leg, key, text, by)
            case port.Ended(leg, key, by, text):
                if self.talks[leg].open:
                    if text:
                        self._write(leg, key, text, by)
                    self.talks[leg].open = False
                    self.psap.end(leg, f"Ended by {by}.")
            case port.Blocked(leg, key, by, seconds, reason, text):
                self._block(leg, key, by, self.now + seconds, reason, text)
            case port.Unblocked(_, block):
                self.blocks = [one for one in self.blocks if one.id != block]
                self.psap.blocks(tuple(self.blocks))
            case port.Refused(leg):
                self.talks[leg].open = False
            case port.Availability() | port.Interrupted() | port.VoiceAsked() | port.Reached():
                pass

    def _block(
        self, leg: port.Leg, key: str, by: str, until: float, reason: str, text: str
    ) -> None:
        talk = self.talks[leg]
        if not talk.open:
            return
        if self.full:
            self.psap.update(leg, port.NotTaken(key, "The gateway cannot record it: disk full."))
            return
        if text:
            self._write(leg, key, text, by)
        talk.open = False
        self.psap.end(leg, f"{by} blocked this caller: {reason}")
        made = port.Block(leg.dialogue, talk.card.caller, by, self.now, until, reason)
        self.blocks.append(made)
        self.psap.blocks(tuple(self.blocks))

    def ring(self, dialogue: str, card: port.Card, *items: port.Item, offer: int = 0) -> port.Leg:
        leg = port.Leg(dialogue, "middletown", offer)
        self.talks[leg] = Talk(leg, card, list(items))
        self.psap.offer(port.Offer(leg, card, items, ring_until=self.now + 20.0))
        return leg

    def take_up(self, psap: port.Psap) -> None:
        """The gateway has restarted, with this console: what is open is offered again."""
        self.psap = psap
        psap.start(self.hear)
        for talk in [one for one in self.talks.values() if one.open]:
            until = 0.0 if talk.owner else self.now + 20.0
            psap.offer(
                port.Offer(talk.leg, talk.card, tuple(talk.items), talk.shown, talk.owner, until)
            )

    def say(
        self,
        leg: port.Leg,
        text: str,
        *,
        notes: tuple[str, ...] = (),
        suspected_repeat: bool = False,
        after: float = 0.0,
    ) -> None:
        """The caller writes."""
        self._give(
            leg,
            port.Item(
                len(self.talks[leg].items),
                self.now + after,
                "caller",
                text,
                notes=notes,
                suspected_repeat=suspected_repeat,
            ),
        )

    def deliver(self, leg: port.Leg, delivery: port.Delivery, sequence: int = -1) -> None:
        ours = [item.sequence for item in self.talks[leg].items if item.kind == "psap"]
        self.psap.update(leg, port.DeliveryChanged(ours[sequence], delivery))

    def _write(self, leg: port.Leg, key: str, text: str, by: str) -> None:
        talk = self.talks[leg]
        if self.full:
            self.psap.update(leg, port.NotTaken(key, "The gateway cannot record it: disk full."))
            return
        if key in talk.keys:
            return
        talk.keys.add(key)
        self._give(
            leg,
            port.Item(
                len(talk.items),
                self.now,
                "psap",
                text,
                by=by,
                key=key,
                delivery=port.Delivery.WAITING,
            ),
        )

    def _give(self, leg: port.Leg, item: port.Item) -> None:
        self.talks[leg].items.append(item)
        self.psap.give(leg, item)
