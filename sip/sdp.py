"""Session descriptions (RFC 8866): octets and values. What is not known is kept as it came."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .grammar import Malformed, number

SDP_SIZE_MAX = 16_384  # octets; an offer with video and its extensions has about four thousand
MEDIA_MAX = 16
PORT_MAX = 65_535
LINE = re.compile(r"([a-z])=([^\x00-\x08\x0a-\x1f\x7f]*)\Z")  # the tab is the only control
MEDIA = re.compile(r"(\S+) ([0-9]{1,5})(?:/[0-9]{1,5})? (\S+)((?: \S+)*)\Z")
MAPPED = re.compile(r"([0-9]{1,3}) ([^\s/]+)/([0-9]{1,6})(?:/([0-9]{1,2}))?\Z")
CRYPTO = re.compile(r"([0-9]{1,9}) ([A-Za-z0-9_]+) (inline:\S+)((?: \S+)*)\Z")
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
# RFC 3551, table 4: what a number says without an rtpmap.
STATIC = {"0": ("PCMU", 8000), "8": ("PCMA", 8000), "13": ("CN", 8000)}

Lines = tuple[tuple[str, str], ...]  # (letter, value) in the order they came


@dataclass(frozen=True, slots=True)
class Crypto:
    """One a=crypto line (RFC 4568, 9.1)."""

    tag: int
    suite: str
    key: str  # inline:... as it came
    params: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((str(self.tag), self.suite, self.key, *self.params))


@dataclass(frozen=True, slots=True)
class Media:
    """One m= line and what belongs to it. Port 0: not wanted."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    lines: Lines = ()

    def attributes(self, name: str) -> tuple[str, ...]:
        """The values of a=`name`, "" where it has none."""
        return _attributes(self.lines, name)

    def format_name(self, at: str) -> tuple[str, int]:
        """What a payload type means: encoding in upper case and clock rate; ("", 0) if unknown."""
        for value in self.attributes("rtpmap"):
            found = MAPPED.match(value)
            if found is not None and found[1] == at:
                return found[2].upper(), int(found[3])
        return STATIC.get(at, ("", 0))

    def parameters(self, at: str) -> str:
        """The fmtp of a payload type, "" without one."""
        for value in self.attributes("fmtp"):
            named, _, rest = value.partition(" ")
            if named == at:
                return rest.strip()
        return ""

    def cryptos(self) -> tuple[Crypto, ...]:
        """The keys on offer, the peer's preferred first; lines that cannot be read are none."""
        found = [CRYPTO.match(value) for value in self.attributes("crypto")]
        return tuple(
            Crypto(int(one[1]), one[2], one[3], tuple(one[4].split())) for one in found if one
        )


@dataclass(frozen=True, slots=True)
class Session:
    """`lines` are those before the first m=, v= left out."""

    lines: Lines
    media: tuple[Media, ...] = ()

    def host(self, media: Media) -> str:
        """Where the peer listens for one medium; "" if it does not say."""
        for letter, value in (*media.lines, *self.lines):
            if letter == "c":
                return value.split()[-1].partition("/")[0]
        return ""

    def direction(self, media: Media) -> str:
        """How the peer wants a medium to flow, from where it stands (RFC 8866, 6.7)."""
        for lines in (media.lines, self.lines):
            for letter, value in lines:
                if letter == "a" and value in DIRECTIONS:
                    return value
        return DIRECTIONS[0]


def _attributes(lines: Lines, name: str) -> tuple[str, ...]:
    found = [value.partition(":") for letter, value in lines if letter == "a"]
    return tuple(value.strip() for known, _, value in found if known == name)


def read(octets: bytes) -> Session:
    """A description. Bare line feeds and space at the ends of lines are passed over; anything
    else that is no SDP is `Malformed`, to be answered 488 (or 400)."""
    if len(octets) > SDP_SIZE_MAX:
        raise Malformed(f"an SDP of {len(octets)} octets; {SDP_SIZE_MAX} are possible")
    found: list[tuple[str, str]] = []
    for text in octets.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if not text.strip():
            continue
        line = LINE.match(text.rstrip())
        if line is None:
            raise Malformed(f"this is no line of SDP: {text[:40]!r}")
        found.append((line[1], line[2]))
    if not found or found[0] != ("v", "0"):
        raise Malformed("an SDP begins with v=0")
    return _grouped(found[1:])


def _grouped(found: list[tuple[str, str]]) -> Session:
    starts = [at for at, (letter, _) in enumerate(found) if letter == "m"]
    if len(starts) > MEDIA_MAX:
        raise Malformed(f"{len(starts)} media; {MEDIA_MAX} are possible")
    for letter, value in found:
        if letter == "c" and len(value.split()) != 3:
            raise Malformed(f"no connection: c={value[:60]}")
    ends = [*starts, len(found)][1:]
    media: list[Media] = []
    for start, end in zip(starts, ends, strict=True):
        line = MEDIA.match(found[start][1])
        if line is None:
            raise Malformed(f"no medium: m={found[start][1][:60]}")
        port = number(line[2], PORT_MAX, "the port of a medium")
        formats = tuple(line[4].split())
        media.append(Media(line[1].lower(), port, line[3], formats, tuple(found[start + 1 : end])))
    return Session(tuple(found[: starts[0]] if starts else found), tuple(media))


def write(session: Session) -> bytes:
    """The octets of a description."""
    rows = ["v=0", *(f"{letter}={value}" for letter, value in session.lines)]
    for media in session.media:
        rows.append(f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}")
        rows += [f"{letter}={value}" for letter, value in media.lines]
    if any(re.search(r"[\r\n\x00]", row) for row in rows):
        raise ValueError("a line of SDP cannot hold a line break or NUL")
    return "".join(f"{row}\r\n" for row in rows).encode()
