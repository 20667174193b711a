"""The callers of the simulated world: who they are, what they write, and how their telephone cuts
it into messages. Every text bears its writer's name, so that one on a wrong page is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ...smpp.parts import udh
from ...smpp.pdu import SubmitSm
from ...smpp.tlv import Tag, number
from .carriers import SimulatedCarrier, Submission
from .places import ABROAD, HOMES, NOWHERE, PLACE_TAG
from .stage import Stage

Tlvs = tuple[tuple[int, bytes], ...]
UDHI = 0x40  # esm_class
CALLERS = (2, 5)  # from and to, of those who write as people do
ABROAD_CALLERS = (1, 3)  # of the carrier to which we bind
CROWD = (25, 50)  # callers of the fault "crowd"
SHORT_CODE = "44044"


@dataclass(slots=True)
class Caller:
    carrier: SimulatedCarrier
    number: str
    name: str
    place: str  # of the optional parameter, "" for none
    chance: Random
    is_machine: bool = False
    written: int = 0
    references: int = 0


class Callers:
    """`hold` of a carrier is where texts go. `people` write in every run; `crowd` only as a
    fault."""

    def __init__(self, stage: Stage, carriers: list[SimulatedCarrier]) -> None:
        self._stage = stage
        self._abroad = [one for one in carriers if one.group == ABROAD]
        self._carriers = [one for one in carriers if one not in self._abroad]
        self._names = iter(range(1, 1 << 30))
        self.people = self._drawn_people()
        self.people += self._drawn_abroad()
        if stage.cut.callers is not None:
            self.people = self.people[: stage.cut.callers]
        self.crowd = self._drawn_crowd() if stage.has("crowd") else []

    def names(self) -> dict[tuple[str, str], str]:
        """(carrier group, number) -> the name that this caller's texts bear."""
        everybody = (*self.people, *self.crowd)
        return {(one.carrier.group, one.number): one.name for one in everybody}

    def _drawn_people(self) -> list[Caller]:
        chance = self._stage.draw("people")
        people = [
            self._caller(chance.choice(self._carriers), f"1860555{n:04d}")
            for n in range(1, chance.randint(*CALLERS))
        ]
        if self._stage.has("machines"):
            people.append(self._caller(self._carriers[0], SHORT_CODE))
            people[-1].is_machine = True
        if self._stage.has("twins"):
            first = people[0]
            other = next(one for one in self._carriers if one is not first.carrier)
            people.append(self._caller(other, first.number))
        return people

    def _drawn_abroad(self) -> list[Caller]:
        chance = self._stage.draw("people abroad")
        return [
            self._caller(carrier, f"1860888{n:04d}", f"caller90{n}")
            for carrier in self._abroad
            for n in range(1, 1 + chance.randint(*ABROAD_CALLERS))
        ]

    def _drawn_crowd(self) -> list[Caller]:
        chance = self._stage.draw("crowd")
        return [
            self._caller(chance.choice(self._carriers), f"1860777{n:04d}")
            for n in range(chance.randint(*CROWD))
        ]

    def _caller(self, carrier: SimulatedCarrier, digits: str, name: str = "") -> Caller:
        name = name or f"caller{next(self._names)}"
        chance = self._stage.draw(name)
        place = chance.choice([*HOMES.values(), *HOMES.values(), NOWHERE])
        said = f"{place[0]},{place[1]},300" if chance.random() < 0.7 else ""
        return Caller(carrier, digits, name, said, chance)

    # --- what they write ------------------------------------------------------------------------

    def write(self, caller: Caller, words: str = "") -> None:
        """One text, of several parts where that fault strikes."""
        stage = self._stage
        caller.written += 1
        words = f"{caller.name} {words or f'text {caller.written}'}"
        if stage.has("same_words", 0.3):
            words = f"{caller.name} help"
        if stage.has("long_texts", 0.4):
            self._write_long(caller, words)
            return
        tlvs: Tlvs = ()
        known = caller.chance.random() < 0.5
        if known:
            caller.references += 1
            tlvs = (number(Tag.user_message_reference, caller.references),)
        self._submit(caller, words, words.encode(), known, tlvs=tlvs)

    def _write_long(self, caller: Caller, words: str) -> None:
        caller.references += 1
        chance = caller.chance
        total = chance.randint(2, 4)
        parts = list(range(1, total + 1))
        chance.shuffle(parts)
        if chance.random() < 0.3:
            parts.pop()
        use_header = chance.random() < 0.5
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
        whole: bool = True,
        tlvs: Tlvs = (),
        esm_class: int = 0,
    ) -> None:
        carrier = caller.carrier
        if caller.place:
            tlvs = (*tlvs, (PLACE_TAG, caller.place.encode()))
        pdu = SubmitSm(
            source_addr_ton=0 if caller.is_machine else 1,
            source_addr=caller.number,
            destination_addr="911",
            esm_class=esm_class,
            registered_delivery=caller.chance.randint(0, 1),
            short_message=octets,
            tlvs=tlvs,
        )
        name = f"{caller.name}#{len(carrier.submissions)}"
        one = Submission(name, caller.number, words, pdu, known, whole, group=carrier.group)
        one.is_machine = caller.is_machine
        self._stage.note(caller.name, f"writes {words!r}")
        carrier.submit(one)


def similar(chance: Random) -> Callable[[], str]:
    """What a crowd writes about one fire: nearly the same words."""
    streets = ("Main St", "main street", "MAIN ST", "Main Street corner Elm")
    return lambda: f"fire on {chance.choice(streets)}{chance.choice(('', '!', ' help'))}"
