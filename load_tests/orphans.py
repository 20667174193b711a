"""What 100,000 orphan parts hold in memory: the real daemon, parts whose siblings never come.

    python -m load_tests.orphans [--parts 100000] [--only one|each] [--disk DIR] [--json]

Twice, each time with a new journal: all parts from one caller, then each from a caller of its own.
Every part is the first of two, 134 octets behind its header, with a reference of its own. A person
at a console has every dialogue on the page, so nothing is let go because nobody is there. Measured:
the daemon's memory before, at most, and when the last parts have been waited for; by the record,
whether each part that was answered ESME_ROK was shown with its gap.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import CallerSentPart, PartsJoined
from text911.gateway.journal import reading

from .carrier import (
    BIND_TRANSCEIVER,
    DELIVER_SM,
    ENQUIRE_LINK,
    HEADER,
    RESPONSE,
    SUBMIT_SM,
    Account,
    bind_pdu,
    location_tlv,
)
from .console import Console
from .gateway import PASSWORD, PERSON, PLACES, Carrier, Gateway
from .scratch import scratch, undo_on_sigterm

PSAP = "hartford-region"
WINDOW = 200  # parts without an answer
WINDOW_OF_ONE = 40  # of one caller: a noisy source may hold a tenth of the bind's places
LOOK_EVERY = 0.2  # s between two looks at the memory
PAUSE = 0.02  # s before what was refused for the moment is sent again
WAITED = 12.0  # s until the last of them has been waited for (8 s) and joined
GAP = "[part 2 of 2 missing]"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    before: int  # octets of memory, when the daemon is ready
    most: int
    after: int  # when the last part has been waited for
    seconds: float  # until the last part was answered
    refused: int  # answers that asked to come again
    octets: int  # of the parts themselves
    recorded: int
    with_gap: int  # texts that were joined with the gap


class Sender:
    """One bind that keeps `WINDOW` parts in flight and sends again what is refused for now."""

    def __init__(self, parts: int, *, one_caller: bool) -> None:
        self._one_caller = one_caller
        self._window = WINDOW_OF_ONE if one_caller else WINDOW
        self._to_send = deque(range(parts))
        self._in_flight = 0
        self._left = parts
        self.refused = 0
        self.octets = 0

    async def run(self, account: Account) -> None:
        reader, writer = await asyncio.open_connection(account.host, account.port)
        with closing(writer):
            writer.write(bind_pdu(account))
            while self._left:
                octets = await reader.readexactly(HEADER.size)
                length, command, status, sequence = HEADER.unpack(octets)
                await reader.readexactly(length - HEADER.size)
                if command == BIND_TRANSCEIVER | RESPONSE and status:
                    raise ConnectionError(f"the bind was answered {status:#x}")
                if command == SUBMIT_SM | RESPONSE:
                    await self._answered(status, sequence)
                elif command == DELIVER_SM:
                    writer.write(HEADER.pack(17, DELIVER_SM | RESPONSE, 0, sequence) + b"\0")
                elif command == ENQUIRE_LINK:
                    writer.write(HEADER.pack(16, ENQUIRE_LINK | RESPONSE, 0, sequence))
                while self._to_send and self._in_flight < self._window:
                    writer.write(self._part(self._to_send.popleft()))
                    self._in_flight += 1
                await writer.drain()

    async def _answered(self, status: int, sequence: int) -> None:
        self._in_flight -= 1
        if status == 0:
            self._left -= 1
        else:
            self.refused += 1
            self._to_send.append(sequence - 2)
            await asyncio.sleep(PAUSE if self._in_flight < self._window // 2 else 0)

    def _part(self, index: int) -> bytes:
        """The first part of text number `index`, by a reference of 16 bits."""
        caller = 0 if self._one_caller else index
        words = (f"orphan {index:06d} ".encode() * 12)[:133]
        header = b"\x06\x08\x04" + (index & 0xFFFF).to_bytes(2) + b"\x02\x01"
        octets = header + words
        self.octets += len(words)
        source = b"\x01\x01" + f"1860{caller:07d}".encode() + b"\0"
        fields = bytes((0x40, 0, 0, 0, 0, 0, 0, 0, 0, len(octets)))
        body = b"\0" + source + b"\x00\x01911\0" + fields + octets + location_tlv(PLACES[PSAP])
        return HEADER.pack(16 + len(body), SUBMIT_SM, 0, index + 2) + body


def memory(pid: int) -> int:
    """Octets of the process now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (resident,) = (line for line in status if line.startswith("VmRSS"))
    return int(resident.split()[1]) * 1024


async def watch(pid: int, seen: list[int]) -> None:
    while True:
        seen.append(memory(pid))
        await asyncio.sleep(LOOK_EVERY)


async def play(gateway: Gateway, sender: Sender) -> tuple[int, int, int, float]:
    person = Console(f"http://127.0.0.1:{gateway.ports.console}", PSAP, PERSON, PASSWORD)
    await person.open()
    looks = asyncio.create_task(person.read())
    seen = [memory(gateway.program.pid)]
    watching = asyncio.create_task(watch(gateway.program.pid, seen))
    began = time.perf_counter()
    await sender.run(Account("127.0.0.1", gateway.ports.smpp, "orphans", "parts911"))
    seconds = time.perf_counter() - began
    await asyncio.sleep(WAITED)
    watching.cancel()
    await person.close()
    await looks
    return seen[0], max(seen), memory(gateway.program.pid), seconds


def record(journal: Path) -> tuple[int, int]:
    """Parts recorded, and texts that were joined with the gap."""
    parts = gaps = 0
    with reading.reader(journal) as connection:
        for stored in reading.walk(connection, journal, 0):
            fact, _ = decode_fact(stored.record.payload)
            parts += isinstance(fact, CallerSentPart)
            gaps += isinstance(fact, PartsJoined) and fact.text.endswith(GAP)
    return parts, gaps


def measure(disk: Path, parts: int, *, one_caller: bool) -> Found:
    carrier = Carrier("orphans", "parts911")
    with (
        scratch("orphans", disk) as folder,
        Gateway(folder, [carrier]) as gateway,
    ):
        gateway.start()
        sender = Sender(parts, one_caller=one_caller)
        before, most, after, seconds = asyncio.run(play(gateway, sender))
        gateway.stop()
        recorded, gaps = record(gateway.directory / "journal" / "text911.journal")
    return Found(before, most, after, seconds, sender.refused, sender.octets, recorded, gaps)


def in_words(name: str, parts: int, found: Found) -> str:
    memory_of_one = (found.most - found.before) / parts
    return (
        f"{name}: {parts} parts in {found.seconds:.1f} s, {found.refused} refused for the moment\n"
        f"    memory {found.before / MIB:.0f} MiB, at most {found.most / MIB:.0f} MiB,"
        f" then {found.after / MIB:.0f} MiB: {memory_of_one:.0f} octets for each part of 133\n"
        f"    {found.recorded} recorded, {found.with_gap} shown with the gap\n"
    )


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--parts", type=int, default=100_000)
    parser.add_argument("--disk", type=Path, default=Path("."), help="where the journal lies")
    parser.add_argument("--only", choices=("one", "each"), help="only one of the two shapes")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    all_well = True
    for name, one_caller in (("one caller", True), ("a caller for each", False)):
        if asked.only == ("each" if one_caller else "one"):
            continue
        found = measure(asked.disk, asked.parts, one_caller=one_caller)
        all_well = all_well and found.recorded == found.with_gap == asked.parts
        words = {"shape": name, "parts": asked.parts, "memory_most": found.most}
        sys.stdout.write(
            json.dumps(words) + "\n" if asked.json else in_words(name, asked.parts, found)
        )
    return 0 if all_well else 1


if __name__ == "__main__":
    raise SystemExit(main())
