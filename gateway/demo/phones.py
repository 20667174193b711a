"""The callers' phones, on the loop: they text what the story says, read replies, answer, and
acknowledge what reached the handset. What each caller said and heard is kept for the check.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from .carriers import (
    ACKNOWLEDGEMENT,
    Bound,
    Delivered,
    Event,
    Lost,
    Receipt,
    SimulatedCarrier,
    Submit,
    Taken,
)
from .handsets import GSM7, Inbox, UserData, cut
from .record import Heard, Said, Stray
from .story import Caller, Text, reaction

LATE_AFTER = 3.0  # seconds of the story until the late part of a long text
ROK = 0


@dataclass(slots=True)
class Phone:
    caller: Caller
    said: list[Said] = field(default_factory=list[Said])
    heard: list[Heard] = field(default_factory=list[Heard])
    used: set[int] = field(default_factory=set[int])
    inbox: Inbox = field(default_factory=Inbox)
    to_say: asyncio.Queue[tuple[Text, ...]] = field(default_factory=asyncio.Queue[tuple[Text, ...]])
    busy: bool = True  # has something to say still
    speaking: asyncio.Task[None] | None = None


class Phones:
    """`pace`: seconds of the clock per second of the story. `acknowledge_after`: seconds until a
    handset says that it has a reply. `begins` is told when somebody writes for the first time."""

    def __init__(
        self,
        carriers: Mapping[str, SimulatedCarrier],
        pace: float,
        acknowledge_after: float,
        begins: Callable[[Caller], None],
    ) -> None:
        self._carriers = carriers
        self._pace = pace
        self._acknowledge_after = acknowledge_after
        self._begins = begins
        self._loop = asyncio.get_running_loop()
        self._by_key: dict[str, Said] = {}
        self._unacknowledged: set[str] = set()
        self._keys = 0
        self.phones: dict[str, Phone] = {}
        self.strays: list[Stray] = []
        self.binds: set[str] = set()  # carriers that are bound
        self.losses: list[str] = []

    def heard_on_thread(self, carrier: str, event: Event) -> None:
        """What carriers are given as `heard`."""
        self._loop.call_soon_threadsafe(self.hear, carrier, event)

    def begin(self, caller: Caller) -> Phone:
        """Another conversation; what the same number said in an earlier one is forgotten."""
        before = self.phones.get(caller.number)
        if before is not None and before.speaking is not None:
            before.speaking.cancel()
        phone = self.phones[caller.number] = Phone(caller)
        phone.to_say.put_nowait(caller.script.opening)
        phone.speaking = asyncio.create_task(self._speak(phone))
        self._begins(caller)
        return phone

    def stop(self) -> None:
        for task in self.speaking():
            task.cancel()

    def speaking(self) -> list[asyncio.Task[None]]:
        return [one.speaking for one in self.phones.values() if one.speaking is not None]

    def settled(self, numbers: Collection[str]) -> bool:
        """Nothing is on its way to or from these phones any more."""
        phones = [self.phones[number] for number in numbers]
        return not self._unacknowledged and all(
            not phone.busy and all(one.is_settled for one in phone.said) for phone in phones
        )

    # --- talking ---------------------------------------------------------------------------

    async def _speak(self, phone: Phone) -> None:
        while True:
            for text in await phone.to_say.get():
                await asyncio.sleep(text.after * self._pace)
                await self._send(phone, text)
            phone.busy = not phone.to_say.empty()

    async def _send(self, phone: Phone, text: Text) -> None:
        number = phone.caller.number
        carrier = self._carriers[phone.caller.carrier]
        pdus = cut(text, reference=len(phone.said) + 1)
        keys = [f"{number} {self._keys + n}" for n in range(len(pdus))]
        self._keys += len(pdus)
        said = Said(text.words, {key: [] for key in keys}, repeated=text.way == "repeated")
        phone.said.append(said)
        for at, (key, data) in enumerate(zip(keys, pdus, strict=True)):
            if text.way == "late part" and at == len(pdus) - 1:
                await asyncio.sleep(LATE_AFTER * self._pace)
            self._by_key[key] = said
            carrier.send(Submit(key, number, data, repeated=said.repeated))

    # --- hearing ---------------------------------------------------------------------------

    def hear(self, carrier: str, event: Event) -> None:
        match event:
            case Bound():
                self.binds.add(carrier)
            case Lost(reason):
                self.binds.discard(carrier)
                self.losses.append(f"{carrier}: {reason}")
            case Taken(key, status, message_id):
                self._unacknowledged.discard(key)
                if (said := self._by_key.get(key)) is not None:
                    said.responses[key].append((status, message_id))
            case Receipt(number, message_id, state):
                self._receipt(carrier, number, message_id, state)
            case Delivered(number, data, reference):
                self._delivered(carrier, number, data, reference)

    def _receipt(self, carrier: str, number: str, message_id: str, state: str) -> None:
        phone = self._phone(carrier, number)
        for said in () if phone is None else phone.said:
            if message_id in said.message_ids:
                said.receipts.append((message_id, state))
                return
        self.strays.append(Stray(carrier, number, f"receipt {state} for {message_id}"))

    def _delivered(self, carrier: str, number: str, data: UserData, reference: int) -> None:
        phone = self._phone(carrier, number)
        if phone is None:
            self.strays.append(Stray(carrier, number, "a reply"))
            return
        self._keys += 1
        key = f"{number} acknowledgement {self._keys}"
        self._unacknowledged.add(key)
        acknowledgement = UserData(b"", GSM7, ACKNOWLEDGEMENT)
        submit = Submit(key, number, acknowledgement, reference, receipt=False)
        self._loop.call_later(self._acknowledge_after, self._carriers[carrier].send, submit)
        words = phone.inbox.take(number, data)
        if words is not None:
            phone.heard.append(Heard(words, carrier))
            self._answer(phone, words)

    def _phone(self, carrier: str, number: str) -> Phone | None:
        phone = self.phones.get(number)
        return phone if phone is not None and phone.caller.carrier == carrier else None

    def _answer(self, phone: Phone, words: str) -> None:
        turn = reaction(phone.caller.script, phone.used, words)
        if turn is not None:
            phone.used.add(turn)
            phone.busy = True
            phone.to_say.put_nowait(phone.caller.script.turns[turn].texts)
