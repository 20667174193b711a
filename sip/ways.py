"""The media of one call between their ports and their streams: `AudioWay`, `TextWay`.

Thin shells: they move datagrams and reports between a `Pair` and a stream of `media`, and keep what
came until it is asked for. What is said and heard is nothing to them.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from .ahead import Ahead
from .courier import Courier
from .g711 import Samples
from .jitter import Heard
from .media import AudioStream, Medium, Silent, TextStream
from .offer import Agreed
from .ports import Pair
from .sockets import Clock
from .source import Address

CHUNKS_MAX = 500  # kept between two beats; more is no sound of one caller

S = TypeVar("S", bound=Medium)


class _Way(Generic[S]):
    """A stream, and the two ports that are its own from now on."""

    def __init__(self, pair: Pair, stream: S, clock: Clock) -> None:
        self.stream = stream
        self._pair = pair
        self._clock = clock

    def received_rtcp(self, datagram: bytes, address: Address) -> None:
        self.stream.received_rtcp(datagram, address, self._clock.seconds())

    def close(self, now: float) -> None:
        """Nothing is heard and nothing said any more; the peer is told so."""
        if (peer := self.stream.peer_rtcp) is not None:
            self._pair.send_rtcp(self.stream.bye(now), peer)
        self._pair.close()

    def _report(self, now: float) -> None:
        """Send the report that is due."""
        report, peer = self.stream.rtcp(now), self.stream.peer_rtcp
        if report is not None and peer is not None:
            self._pair.send_rtcp(report, peer)

    def _put(self, datagram: bytes | None) -> None:
        if datagram is not None and (peer := self.stream.peer) is not None:
            self._pair.send(datagram, peer)


class AudioWay(_Way[AudioStream]):
    """The sound of a call: hears its ports, and keeps what came until the next beat.

    `ahead` is for whoever types tones: `courier` sends them in time while the loop stands still.
    Without one, and by `send`, each frame is sent at once."""

    def __init__(
        self, pair: Pair, stream: AudioStream, clock: Clock, courier: Courier | None = None
    ) -> None:
        super().__init__(pair, stream, clock)
        lane = None if courier is None else courier.lane(pair.send)
        self.ahead = Ahead(stream, pair.send, lane)
        self._chunks: list[Heard] = []
        self._report_at = self._watch_at = 0.0
        pair.hear_by_beat(self)

    def agree(self, agreed: Agreed, now: float) -> None:
        """The peers have agreed anew; what has not left by now is said in the new way."""
        self.ahead.recall()
        self.stream.agree(agreed, now)

    def close(self, now: float) -> None:
        """What was made ahead never leaves."""
        self.ahead.recall()
        super().close(now)

    def received(self, datagram: bytes, address: Address) -> None:
        chunks = self.stream.received(datagram, address, self._clock.seconds())
        if len(self._chunks) < CHUNKS_MAX:
            self._chunks += chunks

    def take(self, now: float) -> list[Heard]:
        """What was heard since this was asked before, in order; to be asked by the beat. Of all
        ports that go by the same beat what has come is read by the first who asks with its `now`.
        """
        self._pair.read(now)
        chunks, self._chunks = self._chunks, []
        chunks += self.stream.take(now)
        return chunks

    def send(self, samples: Samples, now: float) -> None:
        self._put(self.stream.send(samples, now))

    def tend(self, now: float) -> bool:
        """Send the report that is due. True: the peer has just fallen silent for too long."""
        if now >= self._report_at:
            self._report(now)
            self._report_at = self.stream.report_at
        if now < self._watch_at:
            return False
        self._pair.read(now)  # what the system has was not silence: it is we who were late
        told = self.stream.watch(now)
        self._watch_at = self.stream.silent_from(now)
        return isinstance(told, Silent)


class TextWay(_Way[TextStream]):
    """The text of a call: hears its ports, and keeps what came until the next beat."""

    def __init__(self, pair: Pair, stream: TextStream, clock: Clock) -> None:
        super().__init__(pair, stream, clock)
        self._text = ""
        pair.hear(self)

    def received(self, datagram: bytes, address: Address) -> None:
        self._text += self.stream.received(datagram, address, self._clock.seconds())

    def take(self, now: float) -> str:
        """What was typed since this was asked before."""
        text, self._text = self._text, ""
        return text + self.stream.take(now)

    def tend(self, now: float) -> None:
        """Send what is due: text and its repetitions, and reports."""
        if self.stream.wakes_at > now:
            return
        self._put(self.stream.send(now))
        self._report(now)
