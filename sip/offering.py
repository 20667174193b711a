"""Offers of ours, and what an answer to one agrees to (RFC 3264, 5 and 7).

The same rules as for answers of ours (`offer`): G.711 or nothing for audio, T.140 with redundancy
for text, no telephone-event. Holds nothing between the offer and its answer but the offer itself.
What was an answer of ours is an offer when a session is refreshed with it (RFC 4028, 7.4).
"""

from __future__ import annotations

from .offer import (
    LAWS,
    MIRRORED,
    NOWHERE,
    PAYLOAD_TYPE,
    SECURED,
    SUITES,
    Agreed,
    Ours,
    Unusable,
    beginning,
    is_kin,
    unlike,
)
from .sdp import Crypto, Lines, Media, Session

T140, RED = 98, 99  # dynamic payload types (RFC 3551, 6)
FLOWS = {"sendrecv": (True, True), "sendonly": (True, False), "recvonly": (False, True)}
NAMED = {flows: name for name, flows in FLOWS.items()}


def offer(
    ours: Ours, *, kinds: tuple[str, ...] = ("audio",), direction: str = "sendrecv"
) -> Session:
    """An offer of audio, text or both, in this order. With `ours.key` it is SRTP and nothing
    else: who wants to be heard by a peer without it offers again without a key."""
    return Session(beginning(ours), tuple(_medium(kind, ours, direction) for kind in kinds))


def _medium(kind: str, ours: Ours, direction: str) -> Media:
    if kind == "audio":
        port, formats = ours.audio_port, ("0", "8")
        lines: Lines = (
            ("a", "rtpmap:0 PCMU/8000"),
            ("a", "rtpmap:8 PCMA/8000"),
            ("a", "ptime:20"),
            ("a", "silenceSupp:off - - - -"),
        )
    else:
        port, formats = ours.text_port, (str(RED), str(T140))
        lines = (
            ("a", f"rtpmap:{RED} red/1000"),
            ("a", f"rtpmap:{T140} t140/1000"),
            ("a", f"fmtp:{RED} {T140}/{T140}/{T140}"),
        )
    keys = [Crypto(tag, suite, f"inline:{ours.key}") for tag, suite in enumerate(SUITES, 1)]
    if ours.key:
        lines = (*lines, *(("a", f"crypto:{key}") for key in keys))
    protocol = "RTP/SAVP" if ours.key else "RTP/AVP"
    return Media(kind, port, protocol, formats, (*lines, ("a", direction)))


def judge(offered: Session, answer: Session) -> tuple[Agreed, ...] | Unusable:
    """What an answer agrees to, in the order of the offer; a medium that was declined, by them or
    by us before, is left out. Unusable when nothing is left, or when it is no answer to this
    offer."""
    if len(answer.media) != len(offered.media):
        return Unusable(f"{len(offered.media)} media were offered, {len(answer.media)} answered")
    agreed: list[Agreed] = []
    for ours, theirs in zip(offered.media, answer.media, strict=True):
        if not ours.port or not theirs.port:
            continue
        found = _agreed(ours, theirs, offered, answer)
        if isinstance(found, Unusable):
            return found
        agreed.append(found)
    return tuple(agreed) or Unusable("every medium was declined")


def _agreed(ours: Media, theirs: Media, offered: Session, answer: Session) -> Agreed | Unusable:
    if (theirs.kind, theirs.protocol) != (ours.kind, ours.protocol):
        return Unusable(
            f"{ours.kind} {ours.protocol} was offered, {theirs.kind} {theirs.protocol} answered"
        )
    host = answer.host(theirs)
    if not host:
        return Unusable(f"the answer does not say where its {theirs.kind} goes")
    if not is_kin(host, offered.host(ours)):
        return Unusable(unlike(host, offered.host(ours)))
    keys = _keys(ours, theirs)
    if ours.protocol in SECURED and keys is None:
        return Unusable(f"the answer has no key for its {theirs.kind}")
    wanted = [(name, 8000) for name in LAWS] if ours.kind == "audio" else [("T140", 1000)]
    named = {at: theirs.format_name(at) for at in theirs.formats if PAYLOAD_TYPE.match(at)}
    chosen = [int(at) for at, meaning in named.items() if meaning in wanted]
    if not chosen:
        return Unusable(f"the answer's {theirs.kind} is none of what was offered")
    red = [int(at) for at, meaning in named.items() if meaning == ("RED", 1000)]
    said = "inactive" if host in NOWHERE else MIRRORED[answer.direction(theirs)]
    return Agreed(
        theirs.kind,
        host,
        theirs.port,
        chosen[0],
        _both(offered.direction(ours), said),
        red[0] if red and ours.kind == "text" else None,
        None,
        keys,
        named[str(chosen[0])][0],
    )


def _both(one: str, other: str) -> str:
    """What may flow where each of two would let this flow, from where we stand. An answer may only
    narrow an offer (RFC 3264, 6.1); many say sendrecv to whatever was offered."""
    nothing = (False, False)
    sends, hears = FLOWS.get(one, nothing)
    also_sends, also_hears = FLOWS.get(other, nothing)
    return NAMED.get((sends and also_sends, hears and also_hears), "inactive")


def _keys(ours: Media, theirs: Media) -> tuple[Crypto, Crypto] | None:
    """The one key of the answer and the one of ours that it answers (RFC 4568, 5.1.3)."""
    offered = {(key.tag, key.suite): key for key in ours.cryptos()}
    for key in theirs.cryptos():
        known = offered.get((key.tag, key.suite))
        if known is not None and not key.params:
            return key, known
    return None
