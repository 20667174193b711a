"""One SIP call as it was agreed: offers and answers, the ports and streams of its media, its end.

Decides what of an offer is taken, and moves packets between sockets and streams. It knows no
dialogue and no turn: what is said and heard is for `trunk_call` and `rtt_call`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from ....sip import offering, sdp
from ....sip.courier import Courier
from ....sip.effects import CallId
from ....sip.grammar import Malformed
from ....sip.media import AudioStream, TextStream
from ....sip.offer import SECURED, Agreed, Answer, Ours, Unusable
from ....sip.offer import answer as answered
from ....sip.ports import NoPort, Pair
from ....sip.rtp_session import Origin
from ....sip.sdes import fresh
from ....sip.sockets import Clock
from ....sip.ways import AudioWay, TextWay

ANY_PORT = 9  # in an answer that is only tried


class NotTaken(Exception):
    """An offer that is refused: with this status, and why in words of ours."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Signalling(Protocol):
    """What a session asks of its user agent. A call that is over there is passed over."""

    def accept(self, call: CallId, description: bytes) -> None: ...
    def refuse(self, call: CallId, status: int, reason: str) -> None: ...
    def hang_up(self, call: CallId, reason: str) -> None: ...
    def answer_offer(self, call: CallId, description: bytes) -> None: ...


class Ports(Protocol):
    """Where pairs of ports come from."""

    def open(self, host: str) -> Pair: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What all calls of a trunk have in common. `epoch`: UTC seconds at second 0 of the clock;
    `chance`: so many octets that nobody can guess. `courier`: sends tones in time, whatever holds
    the loop; None: they are sent from the loop."""

    clock: Clock
    ports: Ports
    chance: Callable[[int], bytes]
    epoch: float
    text: bool
    srtp_required: bool
    no_packet_within: float
    courier: Courier | None = None


class Session:
    """`host`: the address of ours where media are received; `peer`: the one that signals.

    `kind` is what carries the conversation: "rtt" where text was agreed at first, else "tty". A
    later offer may change everything but that."""

    def __init__(
        self, call: CallId, terms: Terms, signalling: Signalling, host: str, peer: str
    ) -> None:
        self.call = call
        self.kind: Literal["tty", "rtt"] | None = None  # None: nothing is agreed yet
        self.audio: AudioWay | None = None
        self.text: TextWay | None = None
        self._terms = terms
        self._signalling = signalling
        self._host = host
        self._hosts = frozenset({peer})
        self._pairs: dict[str, Pair] = {}
        self._identity = int.from_bytes(terms.chance(4)) >> 1
        self._version = 1
        self._key = fresh(terms.chance)
        self._said = b""  # our last description
        self._offered: sdp.Session | None = None  # ours, that waits for its answer
        self._agreed: dict[str, Agreed] = {}  # what is in force, by its kind

    # --- descriptions ----------------------------------------------------------------------

    def answer(self, offer: bytes) -> bytes:
        """Takes an offer, the first or another; gives our description. Raises NotTaken; then all
        stays as it was."""
        try:
            theirs = self._wanted(sdp.read(offer))
        except Malformed as cause:
            raise NotTaken(488, f"the offer cannot be read: {cause}") from cause
        tried = answered(theirs, self._ours(tried=True))
        if isinstance(tried, Unusable):
            raise NotTaken(488, tried.why)
        self._open(tuple(one.kind for one in tried.agreed))
        said = answered(theirs, self._ours())
        assert isinstance(said, Answer)
        if self._said and sdp.write(said.session) != self._said:
            self._version += 1
            said = answered(theirs, self._ours())
            assert isinstance(said, Answer)
        self._agree(said.agreed)
        self._said = sdp.write(said.session)
        return self._said

    def offer(self) -> bytes:
        """Our own, for a peer that asks for one; `settle` is told its answer. Of what is agreed; at
        first of audio, because the channel is on the record before anybody answers. Raises
        NotTaken."""
        self.kind = self.kind or "tty"
        agreed = tuple(
            kind for kind, way in (("audio", self.audio), ("text", self.text)) if way is not None
        )
        kinds = agreed or ("audio",)
        self._open(kinds)
        ours = self._ours()
        secured = any(one.crypto is not None for one in self._agreed.values())
        if not (self._terms.srtp_required or secured):
            ours = replace(ours, key="")
        self._offered = offering.offer(ours, kinds=kinds)
        self._said = sdp.write(self._offered)
        self._version += 1
        return self._said

    def settle(self, answer: bytes) -> str:
        """The answer to `offer` has come. Why the call cannot begin with it, "" where it can. One
        of no use within a call that stands changes nothing."""
        offered, self._offered = self._offered, None
        if offered is None:
            return ""
        stands = bool(self._agreed)
        try:
            self._follow(offered, answer)
        except NotTaken as refused:
            return "" if stands else f"{refused}"
        return ""

    def reanswered(self, answer: bytes) -> str:
        """The peer has answered what we said last, which was said again to keep the call alive
        (RFC 4028, 7.4): it may have moved, changed its codec, or hold the call. Why that changes
        nothing, "" where it counts."""
        try:
            self._follow(sdp.read(self._said), answer)
        except NotTaken as refused:
            return f"{refused}"
        return ""

    def _follow(self, offered: sdp.Session, answer: bytes) -> None:
        """A medium that is declined after it was agreed is silent until it is agreed anew: its
        ports are those that we say again. Raises NotTaken; then all stays as it was."""
        try:
            judged = offering.judge(offered, sdp.read(answer))
        except Malformed as cause:
            raise NotTaken(488, f"the answer cannot be read: {cause}") from cause
        if isinstance(judged, Unusable):
            raise NotTaken(488, judged.why)
        known = {one.kind: one for one in judged}
        if ("text" if self.kind == "rtt" else "audio") not in known:
            raise NotTaken(488, "what carries the conversation is declined")
        silent = {kind: replace(one, direction="inactive") for kind, one in self._agreed.items()}
        self._agree(tuple((silent | known).values()))

    def _wanted(self, offer: sdp.Session) -> sdp.Session:
        """The offer with everything declined that we do not want."""
        return replace(
            offer,
            media=tuple(one if self._wants(one) else replace(one, port=0) for one in offer.media),
        )

    def _wants(self, media: sdp.Media) -> bool:
        if self._terms.srtp_required and media.protocol not in SECURED:
            return False
        return media.kind != "text" or (self._terms.text and self.kind != "tty")

    def _ours(self, *, tried: bool = False) -> Ours:
        def port(kind: str) -> int:
            pair = self._pairs.get(kind)
            return ANY_PORT if tried else 0 if pair is None else pair.port

        return Ours(
            self._host, self._identity, self._version, port("audio"), port("text"), self._key
        )

    def _open(self, kinds: tuple[str, ...]) -> None:
        """Ports for all of these, or for none. Raises NotTaken."""
        needed = "text" if self.kind == "rtt" else "audio" if self.kind else ""
        if needed and needed not in kinds:
            raise NotTaken(488, f"the conversation goes on in {needed}, which is not offered")
        opened: dict[str, Pair] = {}
        try:
            for kind in kinds:
                if kind not in self._pairs:
                    opened[kind] = self._terms.ports.open(self._host)
        except NoPort as cause:
            for pair in opened.values():
                pair.close()
            raise NotTaken(503, "no port is free for the media") from cause
        self._pairs |= opened

    def _agree(self, agreed: tuple[Agreed, ...]) -> None:
        now = self._terms.clock.seconds()
        known = self._agreed = {one.kind: one for one in agreed}
        if self.kind is None:
            self.kind = "rtt" if "text" in known else "tty"
        self._agree_audio(known.get("audio"), now)
        if (text := known.get("text")) is not None:
            if self.text is None:
                stream = TextStream(text, self._origin(), self._hosts, now)
                self.text = TextWay(self._pairs["text"], stream, self._terms.clock)
            else:
                self.text.stream.agree(text)

    def _agree_audio(self, audio: Agreed | None, now: float) -> None:
        if audio is None:
            if self.audio is not None:
                self.audio.close(now)
                del self._pairs["audio"]
            self.audio = None
        elif self.audio is None:
            silent = self._terms.no_packet_within
            stream = AudioStream(audio, self._origin(), self._hosts, now, silent_after=silent)
            terms = self._terms
            self.audio = AudioWay(self._pairs["audio"], stream, terms.clock, terms.courier)
        else:
            self.audio.agree(audio, now)

    def _origin(self) -> Origin:
        return Origin.drawn(self._terms.chance, f"text911@{self._host}", self._terms.epoch)

    # --- the call --------------------------------------------------------------------------

    def accept(self) -> None:
        """200 with our description."""
        self._signalling.accept(self.call, self._said)

    def refuse(self, status: int, reason: str) -> None:
        self._signalling.refuse(self.call, status, reason)
        self.close()

    def hang_up(self, reason: str) -> None:
        self._signalling.hang_up(self.call, reason)
        self.close()

    def offered(self, offer: bytes) -> None:
        """The peer wants another session, or with b"" an offer of ours."""
        try:
            said = self.answer(offer) if offer else self.offer()
        except NotTaken as refused:
            self._signalling.refuse(self.call, refused.status, str(refused))
            return
        self._signalling.answer_offer(self.call, said)

    def close(self) -> None:
        """Nothing is heard and nothing said any more."""
        now = self._terms.clock.seconds()
        for way in (self.audio, self.text):
            if way is not None:
                way.close(now)
        for pair in self._pairs.values():
            pair.close()
        self.audio = self.text = None
        self._pairs.clear()
