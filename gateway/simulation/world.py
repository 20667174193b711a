"""The simulated world of one seed: a carrier, callers, two PSAPs, a machine, and what befalls them.

First the storm, in which the faults of the seed strike; then everything heals, and what is owed
must come to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...smpp.parts import udh
from ...smpp.pdu import SubmitSm
from ...smpp.settings import AccountSettings
from ...smpp.tlv import Tag, number
from ..config import Carrier
from ..core.policy import Automatic, Limits, Policy
from ..core.values import Location, PsapName, Segment
from ..journal.contract import JournalBroken
from ..journal.memory import MemoryStore
from ..location.port import Answer, Question, Unknown
from ..location.settings import CarrierLocationSettings
from ..secrets import Secret
from .carriers import CarrierLink, SimulatedCarrier, Submission
from .consoles import Browser, Room
from .process import Process
from .shadow import Shadow
from .stage import T0, Stage
from .wires import Wire
from .witness import Witness

PSAPS = ("hartford", "csecc")
CHAIN = tuple(PsapName(one) for one in PSAPS)
Tlvs = tuple[tuple[int, bytes], ...]
UDHI = 0x40  # esm_class
STORM = (40.0, 90.0)  # seconds, from and to
HEALS_WITHIN = 900.0  # seconds, and by as much as UTC was stepped
# Those a day would need are shorter: a run is to see every one of them.
LIMITS = Limits(quiet_warning=40.0, quiet_close=60.0, grace=20.0, forget=150.0)


def _automatic(text: str) -> Automatic:
    return Automatic(text, (Segment(0, text.encode()),))


POLICY = Policy(
    LIMITS,
    _automatic("Text-to-911 is not available."),
    _automatic("The session was lost."),
    _automatic("Your last text reached nobody."),
    quiet=_automatic("Closed because nobody wrote."),
    ended=((CHAIN[0], _automatic("The 911 session has ended.")),),
)
CARRIER = Carrier(
    name="one",
    display="Carrier One",
    group="one",
    account=AccountSettings.model_validate(
        {
            "system_id": "one",
            "passwords": ["plain:secret"],
            "allowed_networks": ["127.0.0.0/8"],
            "max_binds": 4,
            "window": 2,
        }
    ),
    passwords=(Secret("secret"),),
    location=CarrierLocationSettings(),
)


@dataclass(slots=True)
class Caller:
    number: str
    name: str
    is_machine: bool
    written: int = 0
    references: int = 0


class World:
    def __init__(self, seed: int) -> None:
        self.stage = Stage(seed)
        stage = self.stage
        self.store = MemoryStore()
        self.process: Process | None = None
        self.rooms: dict[str, Room] = {}
        self._wires: dict[str, Wire] = {}
        self.callers = self._people()
        self.carrier = SimulatedCarrier(stage, self._connect)
        self.shadow = Shadow(stage, self.store)
        self.witness = Witness(
            stage,
            self.shadow,
            {one.number: one.name for one in self.callers},
            lambda link: not self._wires[link].gateway_up,
            lambda link, sequence: (link, sequence) in self.carrier.reports,
        )
        self.browsers = {psap: self._people_of(psap) for psap in PSAPS}
        self.boot()
        for browsers in self.browsers.values():
            for browser in browsers:
                browser.connect()
        self.carrier.start()

    # --- the machine ---------------------------------------------------------------------------

    def boot(self) -> None:
        """Start a process; while the disk takes nothing, try again, as a supervisor would."""
        stage = self.stage
        try:
            process = Process(stage, self.store, [CARRIER], POLICY, self, self._chain)
        except JournalBroken:
            stage.note("gateway", "cannot start: the disk takes nothing")
            stage.later(1.0, self.boot)
            return
        rooms = {
            psap: Room(
                stage, psap, process.enter, process.measure, self.browsers[psap], self.witness
            )
            for psap in PSAPS
        }
        process.start(rooms)
        self.process, self.rooms = process, rooms

    def crash(self) -> None:
        process = self.process
        if process is None:
            return
        process.die()
        self.process, self.rooms = None, {}
        self.witness.gateway_died()
        for browser in self.everybody():
            browser.gateway_died()
        self.stage.later(self.stage.between(0.5, 6.0), self.boot)

    def everybody(self) -> list[Browser]:
        return [one for browsers in self.browsers.values() for one in browsers]

    def _people_of(self, psap: str) -> list[Browser]:
        room, seen_by = self._finder(psap), self.witness
        return [
            Browser(self.stage, psap, f"{psap}-ann", "telecommunicator", room, seen_by),
            Browser(self.stage, psap, f"{psap}-sue", "supervisor", room, seen_by),
        ]

    def _finder(self, psap: str) -> Callable[[], Room | None]:
        return lambda: self.rooms.get(psap)

    def _connect(self, link: CarrierLink) -> bool:
        if self.process is None:
            return False
        process = self.process
        wire = Wire(
            self.stage, link, process.enter, lambda octets: self.witness.wrote(link.name, octets)
        )
        link.wire = self._wires[link.name] = wire
        return process.connect(wire)

    def wires(self) -> list[Wire]:
        links = [link.wire for link in self.carrier.links]
        return [wire for wire in links if wire is not None]

    # --- location and routing ------------------------------------------------------------------

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        stage = self.stage
        found = Location(41.76, -72.67, 300.0, 90, "Cell", "simulated", T0)
        if not stage.has("no_location"):
            answer(found)
            return
        process = self.process
        late = stage.between(0.1, 8.0)
        said: Answer = found if stage.random.random() < 0.6 else Unknown("nobody knows")
        if process is not None and stage.random.random() < 0.8:
            stage.later(late, lambda: process.enter(lambda: answer(said)))

    def _chain(self, caller: str) -> tuple[PsapName, ...]:
        """The last caller is where no PSAP takes texts."""
        nowhere = self.callers[-1].number
        return () if caller.removeprefix("+") == nowhere and len(self.callers) > 2 else CHAIN

    # --- callers -------------------------------------------------------------------------------

    def _people(self) -> list[Caller]:
        random = self.stage.random
        people = [
            Caller(f"1860555{n:04d}", f"caller{n}", is_machine=False)
            for n in range(1, random.randint(2, 5))
        ]
        if self.stage.has("machines"):
            people.append(Caller("44044", "caller44", is_machine=True))
        return people

    def write(self, caller: Caller) -> None:
        stage = self.stage
        caller.written += 1
        words = f"{caller.name} text {caller.written}"
        if stage.has("same_words", 0.3):
            words = f"{caller.name} help"
        if stage.has("long_texts", 0.4):
            self._write_long(caller, words)
            return
        tlvs: Tlvs = ()
        known = stage.random.random() < 0.5
        if known:
            caller.references += 1
            tlvs = (number(Tag.user_message_reference, caller.references),)
        self._submit(caller, words, words.encode(), known, whole=True, tlvs=tlvs)

    def _write_long(self, caller: Caller, words: str) -> None:
        stage = self.stage
        caller.references += 1
        total = stage.random.randint(2, 4)
        parts = list(range(1, total + 1))
        stage.random.shuffle(parts)
        if stage.random.random() < 0.3:
            parts.pop()
        use_header = stage.random.random() < 0.5
        for part in parts:
            said = f"{words} part {part} "
            if use_header:
                octets = udh(caller.references & 0xFF, total, part) + said.encode()
                self._submit(caller, said, octets, known=True, whole=False, esm_class=UDHI)
            else:
                tlvs = (
                    number(Tag.sar_msg_ref_num, caller.references),
                    number(Tag.sar_total_segments, total),
                    number(Tag.sar_segment_seqnum, part),
                )
                self._submit(caller, said, said.encode(), known=True, whole=False, tlvs=tlvs)

    def _submit(
        self,
        caller: Caller,
        words: str,
        octets: bytes,
        known: bool,
        *,
        whole: bool,
        tlvs: Tlvs = (),
        esm_class: int = 0,
    ) -> None:
        name = f"{caller.name}#{len(self.carrier.submissions)}"
        pdu = SubmitSm(
            source_addr_ton=0 if caller.is_machine else 1,
            source_addr=caller.number,
            destination_addr="911",
            esm_class=esm_class,
            registered_delivery=self.stage.random.randint(0, 1),
            short_message=octets,
            tlvs=tlvs,
        )
        one = Submission(name, caller.number, words, pdu, known, whole)
        one.is_machine = caller.is_machine
        self.stage.note(caller.name, f"writes {words!r}")
        self.carrier.submit(one)
