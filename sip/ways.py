"""The media of one call between their ports and their streams: `AudioWay`, `TextWay`.

Thin shells: they move datagrams and reports between a `Pair` and a stream of `media`, and keep what
came until it is asked for. What is said and heard is nothing to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .ahead import Ahead
from .courier import Courier
from .foretold import Run
from .g711 import Samples
from .jitter import Heard
from .media import AudioStream, Medium, Silent, TextStream
from .offer import Agreed
from .ports import Pair
from .sockets import Clock
from .source import Address
from .sweeping import Swept

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
    Without one, and by `send`, each frame is sent at once.
    What `stream` knows of packets that came may lie behind by those since its last report."""

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
        self.attend()
        self.stream.agree(agreed, now)

    def close(self, now: float) -> None:
        """What was made ahead never leaves."""
        self.ahead.recall()
        self._settle()
        super().close(now)

    def received(self, datagram: bytes, address: Address) -> None:
        self._settle()
        chunks = self.stream.received(datagram, address, self._clock.seconds())
        if len(self._chunks) < CHUNKS_MAX:
            self._chunks += chunks

    def take(self, now: float) -> list[Heard]:
        """What was heard since this was asked before, in order; to be asked by the beat. Of all
        ports that go by the same beat what has come is read by the first who asks with its `now`.
        """
        self._settle()
        self._pair.read(now)
        chunks, self._chunks = self._chunks, []
        chunks += self.stream.take(now)
        return chunks

    def follow(self, went_on: Callable[[Run], None]) -> Swept | None:
        """What comes from now on may be taken past this way, as long as it is as foretold; who
        takes it. None: what will come is not known. `went_on` is told of what was taken, before
        anything else comes of this way. After `take`, of which all was used."""
        swept = self._pair.swept
        if swept is None or not swept.is_fast or self._chunks:
            return None
        foretold = self.stream.foretold()
        if foretold is None or not swept.foretell(foretold, self._settle):
            return None
        self._went_on = went_on
        return swept

    def _settle(self) -> None:
        """Something else has happened, or will be asked for: this way is gone by again."""
        swept = self._pair.swept
        if swept is not None and swept.is_followed:
            run = swept.run()
            self.stream.went_on(run)
            self._went_on(run)

    def send(self, samples: Samples, now: float) -> None:
        self._put(self.stream.send(samples, now))

    def rest(self, until: float) -> Swept | None:
        """Whoever speaks has nothing to say until then, or until `wake`: who says silence for him,
        and until when. None: he himself must, and is asked in each beat as before."""
        swept, until = self._pair.swept, min(until, self._report_at, self._watch_at)
        if swept is None or not swept.is_fast or not self.ahead.is_still:
            return None
        silence = self.stream.lend(swept.back)
        return swept if silence is not None and swept.lend(silence, until) else None

    def wake(self) -> None:
        """There is something to say, or will be."""
        if (swept := self._pair.swept) is not None:
            swept.rests_until = 0.0

    def attend(self) -> None:
        """Nothing goes past this way any more, until it is asked to anew."""
        self.wake()
        self._settle()

    def tend(self, now: float) -> bool:
        """Send the report that is due. True: the peer has just fallen silent for too long."""
        if now >= self._report_at:
            self._settle()
            self._report(now)
            self._report_at = self.stream.report_at
        if now < self._watch_at:
            return False
        self._settle()
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
