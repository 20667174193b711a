"""SRTP and SRTCP (RFC 3711) with AES_CM_128_HMAC_SHA1_80 and _32: octets in, octets out.

One `Outgoing` and one `Incoming` for each direction of a medium. What is not authentic or came
before is `Unauthentic` and changes nothing; a peer cannot make this grow by inventing sources.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from .grammar import Malformed
from .rtp import HEADER
from .sdes import Master, master
from .sdp import Crypto

TAG_SIZES = {"AES_CM_128_HMAC_SHA1_80": 10, "AES_CM_128_HMAC_SHA1_32": 4}  # octets, RTP
RTCP_TAG_SIZE = 10  # octets, for both suites (RFC 4568, 6.2)
AUTH_SIZE = 20  # octets of the key of HMAC-SHA1 (RFC 3711, 8.2)
WINDOW = 128  # packets of one source that may overtake each other; at least 64 (3.3.2)
SOURCES_MAX = 16  # of one medium; a call has one, two when somebody transfers it
RTCP_CLEAR = 8  # octets of an RTCP packet that are never encrypted: header and SSRC
ENCRYPTED = 1 << 31  # the E flag before the index of SRTCP
RTCP_INDEX_MAX = 2**31 - 1


class Unauthentic(Malformed):
    """A packet that its sender cannot have sent, or that came before."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What is derived from a master key for RTP, or for RTCP (RFC 3711, 4.3)."""

    cipher: bytes
    auth: bytes
    salt: bytes


def keystream(key: bytes, iv: int, size: int) -> bytes:
    """AES in counter mode (4.1.1) over zeros."""
    return _counter(key, iv, bytes(size))


def derived(of: Master, label: int) -> Keys:
    """The keys of RTP (`label` 0) or RTCP (`label` 3), derived once (4.3.1, rate 0)."""

    def one(kind: int, size: int) -> bytes:
        seed = int.from_bytes(of.salt) ^ (label + kind) << 48
        return keystream(of.key, seed << 16, size)

    return Keys(one(0, len(of.key)), one(1, AUTH_SIZE), one(2, len(of.salt)))


def _counter(key: bytes, iv: int, octets: bytes) -> bytes:
    return Cipher(AES(key), CTR(iv.to_bytes(16))).encryptor().update(octets)


def _crypted(keys: Keys, ssrc: int, index: int, octets: bytes) -> bytes:
    """Encrypts or decrypts: the keystream is the same."""
    return _counter(keys.cipher, (int.from_bytes(keys.salt) ^ ssrc << 48 ^ index) << 16, octets)


def _payload_at(octets: bytes) -> int:
    """Where the encrypted portion of an RTP packet begins: behind its header extension."""
    at = HEADER.size + 4 * (octets[0] & 0x0F)
    if octets[0] & 0x10:
        at += 4 + 4 * int.from_bytes(octets[at + 2 : at + 4])
    return at


@dataclass(frozen=True, slots=True)
class _Heard:
    """One source: its highest index, and which of the WINDOW up to it came (bit 0: itself).
    `doubted`: its key is new, and it may have begun to count again."""

    highest: int
    window: int = 1
    doubted: bool = False

    def has(self, index: int) -> bool:
        behind = self.highest - index
        return behind >= WINDOW or (behind >= 0 and bool(self.window >> behind & 1))

    def with_(self, index: int) -> _Heard:
        step = index - self.highest
        if step <= -WINDOW:
            return self
        if step <= 0:
            return _Heard(self.highest, self.window | 1 << -step)
        return _Heard(index, (self.window << step | 1) & ((1 << WINDOW) - 1))


class _Sources:
    """The state of the sources heard, the longest silent forgotten first."""

    def __init__(self) -> None:
        self._heard: OrderedDict[int, _Heard] = OrderedDict()

    def get(self, ssrc: int) -> _Heard | None:
        return self._heard.get(ssrc)

    def took(self, ssrc: int, index: int) -> bool:
        """Whether an authentic packet is new; it is no longer afterwards."""
        known = self._heard.pop(ssrc, None)
        if known is not None and known.doubted and index < known.highest - WINDOW:
            known = None  # with the new key it counts anew
        new = known is None or not known.has(index)
        self._heard[ssrc] = _Heard(index) if known is None else known.with_(index)
        if len(self._heard) > SOURCES_MAX:
            self._heard.popitem(last=False)
        return new

    def doubted(self) -> _Sources:
        """The same after a change of keys: what came before cannot come again."""
        after = _Sources()
        for ssrc, known in self._heard.items():
            after._heard[ssrc] = replace(known, window=1, doubted=True)
        return after


class Outgoing:
    """Protects what we send with our key. Packets must come in the order of their numbers."""

    def __init__(self, crypto: Crypto) -> None:
        """Raises `Malformed` for a key that is none."""
        mine = master(crypto)
        self._mki = mine.mki
        self._rtp, self._rtcp = derived(mine, 0), derived(mine, 3)
        self._tag_size = TAG_SIZES[crypto.suite]
        self._last: dict[int, int] = {}  # SSRC -> index
        self._rtcp_index = 0

    def continues(self, before: Outgoing) -> None:
        """A new key does not begin a new count (RFC 3711, 8.1)."""
        self._last = dict(before._last)

    def rtp(self, octets: bytes) -> bytes:
        _, _, sequence, _, ssrc = HEADER.unpack_from(octets)
        last = self._last.get(ssrc)
        index = sequence if last is None else last + ((sequence - last) & 0xFFFF)
        self._last[ssrc] = index
        at = _payload_at(octets)
        body = octets[:at] + _crypted(self._rtp, ssrc, index, octets[at:])
        tag = _tag(self._rtp, body + (index >> 16).to_bytes(4), self._tag_size)
        return body + self._mki + tag

    def unsent(self, ssrc: int, packets: int) -> None:
        """The last packets were never sent. What is sent in their places takes their numbers: no
        number must be on the wire twice with other words."""
        self._last[ssrc] -= packets

    def rtcp(self, octets: bytes) -> bytes:
        index, self._rtcp_index = self._rtcp_index, self._rtcp_index + 1
        if index > RTCP_INDEX_MAX:
            raise ValueError("2**31 RTCP packets were sent with one key")
        ssrc = int.from_bytes(octets[4:RTCP_CLEAR])
        body = octets[:RTCP_CLEAR] + _crypted(self._rtcp, ssrc, index, octets[RTCP_CLEAR:])
        body += (ENCRYPTED | index).to_bytes(4)
        return body + self._mki + _tag(self._rtcp, body, RTCP_TAG_SIZE)


class Incoming:
    """Checks and opens what a peer protected with its key."""

    def __init__(self, crypto: Crypto) -> None:
        """Raises `Malformed` for a key that is none."""
        theirs = master(crypto)
        self._mki = theirs.mki
        self._rtp, self._rtcp = derived(theirs, 0), derived(theirs, 3)
        self._tag_size = TAG_SIZES[crypto.suite]
        self._rtp_heard, self._rtcp_heard = _Sources(), _Sources()

    def continues(self, before: Incoming) -> None:
        """A new key of the same peer: by the RFC it counts on, and some begin anew. Both are
        understood; the first authentic packet of a source says which it is."""
        self._rtp_heard = before._rtp_heard.doubted()

    def rtp(self, octets: bytes) -> bytes:
        """The RTP packet within. Raises `Unauthentic`."""
        body, tag = self._cut(octets, HEADER.size, self._tag_size)
        _, _, sequence, _, ssrc = HEADER.unpack_from(body)
        at = _payload_at(body)
        if at > len(body):
            raise Unauthentic("the SRTP packet ends before its payload begins")
        known = self._rtp_heard.get(ssrc)
        for index in _indices(known, sequence):
            signed = body + (index >> 16).to_bytes(4)
            if hmac.compare_digest(tag, _tag(self._rtp, signed, self._tag_size)):
                if not self._rtp_heard.took(ssrc, index):
                    raise Unauthentic(f"SRTP packet {sequence} came before")
                return body[:at] + _crypted(self._rtp, ssrc, index, body[at:])
        raise Unauthentic("the SRTP packet is not signed with the agreed key")

    def rtcp(self, octets: bytes) -> bytes:
        """The RTCP packet within. Raises `Unauthentic`."""
        body, tag = self._cut(octets, RTCP_CLEAR + 4, RTCP_TAG_SIZE)
        if not hmac.compare_digest(tag, _tag(self._rtcp, body, RTCP_TAG_SIZE)):
            raise Unauthentic("the SRTCP packet is not signed with the agreed key")
        ssrc, trailer = int.from_bytes(body[4:RTCP_CLEAR]), int.from_bytes(body[-4:])
        index = trailer & ~ENCRYPTED
        if not self._rtcp_heard.took(ssrc, index):
            raise Unauthentic(f"SRTCP packet {index} came before")
        inner = body[RTCP_CLEAR:-4]
        if trailer & ENCRYPTED:
            inner = _crypted(self._rtcp, ssrc, index, inner)
        return body[:RTCP_CLEAR] + inner

    def _cut(self, octets: bytes, size_min: int, tag_size: int) -> tuple[bytes, bytes]:
        """What is signed, and the tag; the name of the key between them is taken off."""
        end = len(octets) - tag_size - len(self._mki)
        if end < size_min:
            raise Unauthentic(f"{len(octets)} octets are too few for a protected packet")
        if octets[end : end + len(self._mki)] != self._mki:
            raise Unauthentic("the packet names another key than the agreed one")
        return octets[:end], octets[len(octets) - tag_size :]


def _tag(keys: Keys, octets: bytes, size: int) -> bytes:
    return hmac.digest(keys.auth, octets, sha1().name)[:size]


def _indices(known: _Heard | None, sequence: int) -> Iterator[int]:
    """What the 48-bit index of a packet may be, the likeliest first (RFC 3711, 3.3.1)."""
    if known is None:
        yield sequence
        return
    guess = (known.highest & ~0xFFFF) | sequence
    if guess - known.highest > 0x8000 and guess >= 0x10000:
        guess -= 0x10000
    elif known.highest - guess > 0x8000:
        guess += 0x10000
    yield guess
    if known.doubted and guess != sequence:
        yield sequence
