"""Text as it is typed: T.140 in RTP with redundancy (RFC 4103, RFC 2198), both directions.

What was lost and not recovered is said once for each hole with the missing-text marker, U+FFFD;
nothing is guessed. Knows no dialogue and no turn.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .grammar import Malformed
from .rtp import Packet, ahead

MISSING = "\ufffd"  # RFC 4103, 5.4
ERASE = "\b"  # T.140, 8.2: takes back the last character
NEW_LINE = "\u2028"  # T.140, 8.3; CR LF is read as one too
NO_TEXT = "\ufeff"  # opens a session and keeps a line open; never shown
RATE = 1000  # timestamp units a second (RFC 4103, 5)
INTERVAL = 0.3  # seconds between packets while there is text (RFC 4103, 5.1)
GENERATIONS = 2  # RFC 4103, 5.2: what most peers expect
PATIENCE = 0.5  # seconds for a packet that overtaking may still bring (RFC 4103, 5.3)
MISORDER_MAX = 100
DROPOUT_MAX = 3_000
# RFC 4103, 6: 30 characters a second, averaged over any 10 seconds.
CHARACTERS_MAX = 300
WINDOW = 10.0  # seconds
OFFSET_MAX = 16_383  # 14 bits (RFC 2198, 3)
LENGTH_MAX = 1_023  # octets of a redundant block; 10 bits
CHUNK = 60  # characters in one packet: at most 240 octets, so that each fits as redundancy


@dataclass(frozen=True, slots=True)
class Blocks:
    """What one packet carries: the redundant blocks, oldest first, and the new one."""

    redundant: tuple[bytes, ...]
    primary: bytes


def read_red(payload: bytes) -> Blocks:
    """A payload of audio/red or text/red (RFC 2198, 3)."""
    lengths: list[int] = []
    at = 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload):
            raise Malformed("the redundancy ends within a header")
        lengths.append(int.from_bytes(payload[at + 2 : at + 4]) & LENGTH_MAX)
        at += 4
    at += 1
    if at + sum(lengths) > len(payload):
        raise Malformed("the redundancy says more octets than there are")
    blocks: list[bytes] = []
    for length in lengths:
        blocks.append(payload[at : at + length])
        at += length
    return Blocks(tuple(blocks), payload[at:])


def write_red(blocks: tuple[tuple[int, bytes], ...], primary: bytes, payload_type: int) -> bytes:
    """`blocks`: (timestamp offset, octets), oldest first; `payload_type`: of the text in them."""
    head = b""
    for offset, octets in blocks:
        if not 0 <= offset <= OFFSET_MAX or len(octets) > LENGTH_MAX:
            raise ValueError(f"no redundant block: {len(octets)} octets, {offset} before")
        head += bytes([0x80 | payload_type]) + (offset << 10 | len(octets)).to_bytes(3)
    return head + bytes([payload_type]) + b"".join(octets for _, octets in blocks) + primary


def shown(text: str) -> str:
    """`text` with one character for a new line and without what is never shown."""
    text = text.replace("\r\n", NEW_LINE).replace("\r", NEW_LINE).replace("\n", NEW_LINE)
    return "".join(letter for letter in text if letter == ERASE or _visible(letter))


def _visible(letter: str) -> bool:
    return letter != NO_TEXT and not (letter < " " or "\x7f" <= letter < "\xa0")


class Listener:
    """Fed with packets of one source, gives text in order: characters, ERASE, NEW_LINE, MISSING.

    `red` is the payload type of the redundancy, None where none was agreed.
    """

    def __init__(self, text: int, red: int | None = None) -> None:
        self.agree(text, red)
        self._ssrc: int | None = None
        self._next = 0
        self._held: dict[int, tuple[float, Blocks]] = {}
        self.lost = 0  # packets whose text nothing brought back

    def agree(self, text: int, red: int | None) -> None:
        """From now on the payload types are these."""
        self._types = {text, red}
        self._red = red

    def put(self, packet: Packet, now: float) -> str:
        """The text that can be shown since this packet came. One of another kind is passed over."""
        if packet.payload_type not in self._types:
            return ""
        plain = packet.payload_type != self._red
        blocks = Blocks((), packet.payload) if plain else read_red(packet.payload)
        step = ahead(packet.sequence, self._next, 16)
        before = ""
        if packet.ssrc != self._ssrc or not -MISORDER_MAX <= step <= DROPOUT_MAX:
            before = self._rest()
            if self._ssrc is not None:
                before += MISSING  # what the old source still had to say, nobody knows
            self._ssrc, self._next = packet.ssrc, packet.sequence
        elif step < 0:
            return ""
        self._held.setdefault(packet.sequence, (now, blocks))
        return before + self.take(now)

    def take(self, now: float) -> str:
        """The text that can be shown since time went by."""
        text = ""
        while self._held:
            step = min(ahead(sequence, self._next, 16) for sequence in self._held)
            sequence = (self._next + step) & 0xFFFF
            came, blocks = self._held[sequence]
            if step > len(blocks.redundant) and now < came + PATIENCE:
                break  # a packet that was overtaken may still come
            text += self._said(sequence, step)
        return text

    def wakes_at(self) -> float | None:
        """When `take` should be asked again; None: not before the next packet."""
        if not self._held:
            return None
        return min(came for came, _ in self._held.values()) + PATIENCE

    def _rest(self) -> str:
        text = ""
        while self._held:
            step = min(ahead(sequence, self._next, 16) for sequence in self._held)
            text += self._said((self._next + step) & 0xFFFF, step)
        return text

    def _said(self, sequence: int, step: int) -> str:
        """The text of a packet and of the `step` before it that did not come."""
        _, blocks = self._held.pop(sequence)
        self._next = (sequence + 1) & 0xFFFF
        recovered = blocks.redundant[-step:] if step else ()
        unknown = step - len(recovered)
        self.lost += unknown
        octets = b"".join((*recovered, blocks.primary))
        return (MISSING if unknown else "") + shown(octets.decode("utf-8", "replace"))


class Speaker:
    """Given text, says which packets to send and when. `ssrc`, `sequence` and `timestamp` (where
    the counts begin) are chosen by chance by whoever makes it (RFC 3550, 5.1)."""

    def __init__(
        self, ssrc: int, sequence: int, timestamp: int, text: int, red: int | None = None
    ) -> None:
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self.agree(text, red)
        self._began: float | None = None
        self._waiting = ""
        self._sent: deque[tuple[float, str]] = deque()  # in the last WINDOW
        self._past: deque[tuple[int, bytes]] = deque(maxlen=GENERATIONS)
        self._last = float("-inf")
        self._idle = True

    def agree(self, text: int, red: int | None) -> None:
        """From now on the payload types are these."""
        self._text = text
        self._red = red

    @property
    def waiting(self) -> str:
        """What has not left yet."""
        return self._waiting

    def say(self, text: str) -> None:
        self._waiting += text

    def wakes_at(self) -> float | None:
        """When the next packet is due, minus infinity for at once; None: nothing is to be sent."""
        if not self._waiting and self._idle:
            return None
        if self._idle and self._allowance(self._last + INTERVAL) <= 0:
            return max(self._last + INTERVAL, self._sent[0][0] + WINDOW)
        return self._last + INTERVAL

    def take(self, now: float) -> Packet | None:
        """The packet that is due. After the last text come GENERATIONS more that repeat it."""
        wakes = self.wakes_at()
        if wakes is None or now < wakes:
            return None
        size = max(0, min(CHUNK, self._allowance(now)))
        text, self._waiting = self._waiting[:size], self._waiting[size:]
        began = self._began = now if self._began is None else self._began
        timestamp = self._timestamp + int((now - began) * RATE)
        primary = text.encode()
        payload, kind = primary, self._text
        if self._red is not None:
            blocks = tuple((timestamp - then, octets) for then, octets in self._past)
            fresh = tuple(block for block in blocks if block[0] <= OFFSET_MAX)
            payload, kind = write_red(fresh, primary, self._text), self._red
        packet = Packet(
            kind, self._sequence, timestamp & 0xFFFFFFFF, self._ssrc, payload, self._idle
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._past.append((timestamp, primary))
        if text:
            self._sent.append((now, text))
        self._last = now
        self._idle = self._red is None or not any(octets for _, octets in self._past)
        return packet

    def _allowance(self, now: float) -> int:
        while self._sent and self._sent[0][0] + WINDOW <= now:
            self._sent.popleft()
        return CHARACTERS_MAX - sum(len(text) for _, text in self._sent)
