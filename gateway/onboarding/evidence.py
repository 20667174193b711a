"""What was seen on a carrier's binds while it was tested: requests with their responses, binds that
came and went. Pure, bounded, fed with the lines of a watcher."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from ...smpp.alphabets import Alphabet
from ...smpp.codec import DECODE
from ...smpp.parts import UserData, user_data
from ...smpp.pdu import RESPONSE, DataSm, DeliverSm, SubmitSm
from ...smpp.wire import HEADER_SIZE, ProtocolError
from .lines import Begun, Happening, Line, Lost, Seen

EXCHANGES_MAX = 2_000  # of one session of tests
ALPHABETS: tuple[Alphabet, ...] = ("gsm7", "packed", "latin1", "ascii", "ucs2")
Message = SubmitSm | DeliverSm | DataSm
_MESSAGES = frozenset({SubmitSm.COMMAND_ID, DeliverSm.COMMAND_ID, DataSm.COMMAND_ID})


@dataclass(slots=True, eq=False)
class Exchange:
    """A request and, once it came, its response. `heard`: the carrier asked. `status` None: not
    answered yet. `after`: seconds from one to the other."""

    at: float
    bind: str
    heard: bool
    octets: bytes
    message: Message | None = None  # None for what is no message, or cannot be read
    status: int | None = None
    message_id: str = ""
    after: float = 0.0
    _texts: dict[Alphabet, str] = field(default_factory=dict["Alphabet", str])

    @property
    def command_id(self) -> int:
        return int.from_bytes(self.octets[4:8])

    def data(self, default: Alphabet) -> UserData:
        assert self.message is not None
        return user_data(self.message, default)

    def text(self, default: Alphabet) -> str:
        if default not in self._texts:
            self._texts[default] = self.data(default).read().text
        return self._texts[default]


@dataclass(slots=True)
class Evidence:
    """`alphabet`: what data_coding 0 means on the account."""

    alphabet: Alphabet = "gsm7"
    tests: frozenset[str] = frozenset()
    binds: dict[str, str] = field(default_factory=dict[str, str])  # bind -> its mode
    exchanges: deque[Exchange] = field(
        default_factory=lambda: deque[Exchange](maxlen=EXCHANGES_MAX)
    )
    happened: deque[Happening] = field(default_factory=lambda: deque[Happening](maxlen=100))
    lost: int = 0
    now: float = 0.0
    deepest: int = 0  # requests of the carrier that were unanswered on one bind at once
    # Without a response, the oldest first: a retransmission has the number of what it repeats.
    _open: dict[tuple[str, bool, int], list[Exchange]] = field(
        default_factory=dict["tuple[str, bool, int]", list[Exchange]]
    )

    def hear(self, line: Line) -> None:
        match line:
            case Begun():
                self.alphabet = cast("Alphabet", line.alphabet)
                self.tests = frozenset(line.tests)
                self.binds = {one.id: one.mode for one in line.binds}
                self._open.clear()  # what came while nobody looked is not known
                self.now = line.at
            case Seen():
                self.now = line.at
                self._seen(line)
            case Happening():
                self.now = line.at
                self.happened.append(line)
            case Lost(count):
                self.lost += count
            case _:
                self.now = line.at
                self.binds = {one.id: one.mode for one in line.binds}

    def texts(self) -> Iterator[Exchange]:
        """What the carrier sent to the addresses for tests."""
        for one in self.exchanges:
            message = one.message
            if one.heard and message is not None and message.destination_addr in self.tests:
                yield one

    def replies(self) -> Iterator[Exchange]:
        """What we sent from them: replies and receipts."""
        for one in self.exchanges:
            message = one.message
            if not one.heard and message is not None and message.source_addr in self.tests:
                yield one

    def requests(self, command_id: int, *, heard: bool) -> list[Exchange]:
        return [o for o in self.exchanges if o.heard == heard and o.command_id == command_id]

    def _seen(self, line: Seen) -> None:
        octets = bytes.fromhex(line.octets)
        command_id = int.from_bytes(octets[4:8])
        sequence = int.from_bytes(octets[12:16])
        if command_id & RESPONSE:
            self._answered((line.bind, not line.heard, sequence), octets, line.at)
            return
        one = Exchange(line.at, line.bind, line.heard, octets, _message(octets))
        self.exchanges.append(one)
        self._open.setdefault((line.bind, line.heard, sequence), []).append(one)
        if line.heard:
            self.deepest = max(self.deepest, self._unanswered(line.bind))
        while len(self._open) > EXCHANGES_MAX:
            del self._open[next(iter(self._open))]

    def _answered(self, key: tuple[str, bool, int], octets: bytes, at: float) -> None:
        asked = self._open.get(key)
        if not asked:
            return  # asked before anybody looked
        one = asked.pop(0)
        if not asked:
            del self._open[key]
        one.status = int.from_bytes(octets[8:12])
        one.after = max(0.0, at - one.at)
        one.message_id = _message_id(octets)

    def _unanswered(self, bind: str) -> int:
        """Texts of the carrier on that bind that have no response yet."""
        return sum(
            one.message is not None
            for (where, heard, _), asked in self._open.items()
            if heard and where == bind
            for one in asked
        )


def _message(octets: bytes) -> Message | None:
    command_id = int.from_bytes(octets[4:8])
    if command_id not in _MESSAGES or len(octets) == HEADER_SIZE:
        return None
    try:
        message: Message = DECODE[command_id](octets)[0]
    except ProtocolError:
        return None
    return message


def _message_id(octets: bytes) -> str:
    """Of a response; "" when it has none."""
    return octets[HEADER_SIZE:].partition(b"\0")[0].decode("latin-1")
