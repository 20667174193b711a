"""What of an offer is taken, and the answer that says so (RFC 3264, 6).

Audio is G.711 and nothing else: a codec that models speech destroys the tones of a TTY, and comfort
noise is sound nobody made. Text is T.140, with redundancy where it is offered (RFC 4103).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .grammar import Malformed
from .sdes import master
from .sdp import Crypto, Lines, Media, Session
from .source import is_literal

# SDES suites of RFC 4568, 6.2, that SRTP of ours is to speak: key and salt have 30 octets in both.
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
SECURED = ("RTP/SAVP", "RTP/SAVPF")
LAWS = ("PCMU", "PCMA")
MIRRORED = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
PAYLOAD_TYPE = re.compile(r"(?:[1-9]?[0-9]|1[01][0-9]|12[0-7])\Z")  # seven bits
NOWHERE = ("0.0.0.0", "::")  # the old way to say hold (RFC 3264, 8.4)


@dataclass(frozen=True, slots=True)
class Ours:
    """Where we listen. `identity` and `version` are the numbers of our o= line; the version grows
    with each answer that says something else. `key`: base64 of 30 random octets for SRTP; ""
    where SRTP is not spoken, and then a medium that demands it is declined."""

    host: str
    identity: int
    version: int
    audio_port: int
    text_port: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One medium as both sides will send it. `payload_type`: PCMU, PCMA or T.140. `red`: the
    redundancy's, None without. `event`: telephone-event's, to be recognised and ignored.
    `encoding`: what the payload type means, a dynamic one too."""

    kind: str  # audio or text
    host: str  # where the peer listens
    port: int
    payload_type: int
    direction: str  # as we see it
    red: int | None = None
    event: int | None = None
    crypto: tuple[Crypto, Crypto] | None = None  # theirs, ours
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    session: Session
    agreed: tuple[Agreed, ...]


@dataclass(frozen=True, slots=True)
class Unusable:
    """No medium of the offer can carry a call: 488 Not Acceptable Here."""

    why: str


def answer(offer: Session, ours: Ours) -> Answer | Unusable:
    """The first audio and the first text that can be used; every other medium is declined."""
    media: list[Media] = []
    agreed: list[Agreed] = []
    for theirs in offer.media:
        taken = _taken(offer, theirs, ours)
        if taken is None or taken.kind in [one.kind for one in agreed]:
            media.append(Media(theirs.kind, 0, theirs.protocol, theirs.formats or ("0",)))
            continue
        agreed.append(taken)
        media.append(_medium(theirs, taken, ours))
    if not agreed:
        strange = [host for host in map(offer.host, offer.media) if not is_kin(host, ours.host)]
        if strange:
            return Unusable(unlike(strange[0], ours.host))
        offered = ", ".join(f"{one.kind} {one.protocol}" for one in offer.media) or "nothing"
        return Unusable(f"offered is {offered}; G.711 or T.140 over RTP is needed")
    return Answer(Session(beginning(ours), tuple(media)), tuple(agreed))


def beginning(ours: Ours) -> Lines:
    """What stands before the first m= of a description of ours."""
    place = f"IN IP{version(ours.host)} {ours.host}"
    origin = f"- {ours.identity} {ours.version} {place}"
    return ("o", origin), ("s", "-"), ("c", place), ("t", "0 0")


def version(host: str) -> int:
    """Of the Internet protocol, of an address."""
    return 6 if ":" in host else 4


def is_kin(host: str, ours: str) -> bool:
    """Whether what we send from `ours` may get to `host`: both are IPv4, or both IPv6. A name and a
    hold say nothing of it."""
    return host in NOWHERE or not is_literal(host) or version(host) == version(ours)


def unlike(host: str, ours: str) -> str:
    """Why they are not kin."""
    return f"what we say is to go to {host}; this line has IPv{version(ours)} only"


def _taken(offer: Session, theirs: Media, ours: Ours) -> Agreed | None:
    """What of one medium is taken; None: it is declined."""
    crypto = _keys(theirs, ours)
    secured = theirs.protocol in SECURED
    plain = theirs.protocol in ("RTP/AVP", "RTP/AVPF")
    host = offer.host(theirs)
    if not theirs.port or not host or not (plain or (secured and crypto)):
        return None
    if not is_kin(host, ours.host):
        return None  # it would hear nothing of what is told to be said
    direction = "inactive" if host in NOWHERE else MIRRORED[offer.direction(theirs)]
    named = {at: theirs.format_name(at) for at in theirs.formats if PAYLOAD_TYPE.match(at)}
    if theirs.kind == "audio":
        chosen = [int(at) for at, (name, rate) in named.items() if name in LAWS and rate == 8000]
        also = _numbered(named, "TELEPHONE-EVENT", 8000)
        red = None
    elif theirs.kind == "text":
        chosen = [int(at) for at, (name, rate) in named.items() if (name, rate) == ("T140", 1000)]
        also = None
        red = _numbered(named, "RED", 1000)
    else:
        return None
    if not chosen:
        return None
    keys = crypto if secured else None
    encoding, _ = named[str(chosen[0])]
    return Agreed(theirs.kind, host, theirs.port, chosen[0], direction, red, also, keys, encoding)


def _numbered(named: dict[str, tuple[str, int]], name: str, rate: int) -> int | None:
    return next((int(at) for at, meaning in named.items() if meaning == (name, rate)), None)


def _keys(theirs: Media, ours: Ours) -> tuple[Crypto, Crypto] | None:
    """Their first key that is one and whose suite is ours, without parameters that would change
    the packets."""
    for crypto in theirs.cryptos():
        if ours.key and crypto.suite in SUITES and not crypto.params and _is_key(crypto):
            return crypto, Crypto(crypto.tag, crypto.suite, f"inline:{ours.key}")
    return None


def _is_key(crypto: Crypto) -> bool:
    try:
        master(crypto)
    except Malformed:
        return False
    return True


def _medium(theirs: Media, taken: Agreed, ours: Ours) -> Media:
    """Our m= line: the chosen formats under the offer's own numbers (RFC 3264, 6.1)."""
    numbers = [at for at in (taken.red, taken.payload_type, taken.event) if at is not None]
    lines: list[tuple[str, str]] = []
    for at in numbers:
        name, rate = theirs.format_name(str(at))
        written = name if name in LAWS else name.lower()
        lines.append(("a", f"rtpmap:{at} {written}/{rate}"))
    if taken.red is not None:
        lines.append(("a", f"fmtp:{taken.red} " + "/".join([str(taken.payload_type)] * 3)))
    if taken.event is not None:
        lines.append(("a", f"fmtp:{taken.event} 0-15"))
    if taken.kind == "audio":
        lines += [("a", "ptime:20"), ("a", "silenceSupp:off - - - -")]
    if taken.crypto is not None:
        lines.append(("a", f"crypto:{taken.crypto[1]}"))
    lines.append(("a", taken.direction))
    port = ours.audio_port if taken.kind == "audio" else ours.text_port
    described: Lines = tuple(lines)
    return Media(theirs.kind, port, theirs.protocol, tuple(map(str, numbers)), described)
