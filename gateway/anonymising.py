"""A recording without the people in it: same facts, same lengths, same alphabets, other words.

Pure. The key is drawn anew for every export and kept nowhere, so nothing leads back; within one
file the same text, number or name is always replaced by the same. Raw octets are dropped, digests
are computed anew. What stays: times, PSAPs, towns, carrier groups, ids, routing reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b, shake_256
from typing import Any, TypeVar, cast
from unicodedata import category

import msgspec
from msgspec.structs import replace

from ..smpp import gsm7
from ..smpp.alphabets import LITTLE_ENDIAN_MARK, Alphabet, alphabet_of, decode
from ..smpp.codings import NO_TEXT
from ..smpp.parts import join
from ..tty.code import Case, reading, written
from .comparing import compare
from .core.encoding import VERSION, decode_fact, digest, encode_fact
from .core.facts import (
    AnyFact,
    CallerMoved,
    CallerSentPart,
    CallerTyped,
    CallerWrote,
    LocationFailed,
    LocationFound,
    Opened,
    PartsJoined,
    PsapAnswered,
    PsapAskedVoice,
    PsapBlocked,
    PsapEnded,
    PsapInterrupted,
    PsapWrote,
    RepeatSuspected,
)
from .core.values import Character, Location, Mark, Segment
from .edges.numbers import readable as as_a_person_reads
from .journal.contract import Record
from .recording import ANONYMISED, BadRecording, Kept, Recording, readable, sealed, transcript_of

# Letters that may stand for one another: an alphabet that has one of a group has all of it.
GROUPS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789",
    # GSM and Latin-1
    "\u00e8\u00e9\u00f9\u00ec\u00f2\u00e5\u00e4\u00f6\u00f1\u00fc\u00e0\u00e6\u00f8\u00df",
    "\u00c4\u00d6\u00d1\u00dc\u00c9\u00c5\u00c6\u00d8\u00c7",
    "\u0394\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e",  # GSM
    # Latin-1
    "\u00e1\u00ed\u00f3\u00fa\u00e2\u00ea\u00ee\u00f4\u00fb\u00eb\u00ef\u00e3\u00f5\u00fd\u00ff\u00fe\u00f0",
    "\u00c1\u00cd\u00d3\u00da\u00c2\u00ca\u00ce\u00d4\u00db\u00cb\u00cf\u00c3\u00d5\u00dd\u00de\u00d0",
)
_GROUP_OF = {letter: group for group in GROUPS for letter in group}
_CYRILLIC = "".join(chr(code) for code in range(0x0430, 0x0450))  # for all other scripts
_CJK_EXTENSION = "".join(chr(code) for code in range(0x20000, 0x20100))  # for those beyond 16 bits
_SIGNS = frozenset("\u20e3" + "".join(chr(code) for code in range(0xFE00, 0xFE10)))  # of emoji
_LATIN_1_END = 0x100
_ESCAPE = 0x1B  # of the GSM alphabet: the next septet is a sign of the extension, never a letter
_UCS2 = 0x08  # data_coding
_NORTH_AMERICAN = 12  # characters of +1 and ten digits
_FOUND_IN_TEXTS = 8  # digits from which on a number is looked for in all words of the record
_PLACE = 1  # decimals of a degree that are kept: about 10 km

_COMMON = frozenset({"gsm7", "ascii", "latin1", "ucs2"})  # what has letters to put for others

# As a location object's is told, in the words of `location.pidf`.
_ADDRESS = re.compile(r"\baddress(?: in it, perhaps of another place,)?(?: is|:) ([^;]+)")
_OCTETS = re.compile(r"(?<=[:,] )[0-9A-F]{2}(?: [0-9A-F]{2})*(?![^ ,])")

Unit = tuple[bytes, str]  # the octets of one character, and the character
Written = tuple[bytes, str]  # octets, and what they are written in
Spoken = TypeVar("Spoken", PsapWrote, PsapEnded, PsapBlocked)


def anonymised(recording: Recording, key: bytes) -> Recording:
    """`key`: 32 random octets, to be forgotten afterwards. Raises BadRecording when the rules of
    today do not make of the record what it says: new digests would hide that."""
    records = recording.of_dialogue()
    policies = recording.policies_by_hash()
    compared = compare(records, policies)
    if compared.first is not None:
        raise BadRecording(f"cannot be anonymised: {compared.first.in_words()}")
    mask = Mask(key)
    facts = [mask.fact(decode_fact(one.payload)[0]) for one in records]
    fresh = [
        Record(one.dialogue, one.number, one.at, VERSION, b"", encode_fact(fact, b""))
        for one, fact in zip(records, facts, strict=True)
    ]
    played = compare(fresh, policies)
    assert not played.stopped, "other words cannot stop rules that ran over the true ones"
    kept = tuple(
        _kept(record, fact, digest(one.state, one.commands, one.questions))
        for record, fact, one in zip(fresh, facts, played.entries, strict=True)
    )
    return sealed(
        replace(
            recording,
            anonymised=True,
            note=ANONYMISED,
            policies=tuple(_unchained(one) for one in recording.policies),
            records=kept,
            transcript=transcript_of(played.entries),
        )
    )


def _kept(record: Record, fact: AnyFact, came_out: bytes) -> Kept:
    return Kept(
        epoch=0,
        sequence=0,
        previous="",
        hash="",
        number=record.number,
        at=record.at,
        version=record.version,
        digest=came_out.hex(),
        payload=record.payload,
        fact=readable(fact),
    )


def _unchained(one: Kept) -> Kept:
    return replace(one, epoch=0, sequence=0, previous="", hash="")


class Mask:
    """What stands for what, over one recording."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # Of the caller's number, and of addresses: was and is.
        self._spellings: list[tuple[str, str]] = []
        self._people: dict[str, str] = {}
        self._count = 0  # of facts with typed characters
        # join -> number -> was, is; each as octets and what they are written in
        self._parts: dict[str, dict[int, tuple[Written, Written]]] = {}
        self._totals: dict[str, int] = {}  # join -> how many

    def fact(self, fact: AnyFact) -> AnyFact:
        match fact:
            case Opened(key, tlvs=tlvs):
                # A call's key is drawn by chance; whose it is says the number it came from.
                was = fact.ani if key.is_call else key.number
                number = self.number(was)
                self._spellings = _spellings(was, number)
                dark = tuple((tag, bytes(len(value))) for tag, value in tlvs)
                blocked = tuple(
                    replace(one, by=self.person(one.by), reason=self.text(one.reason))
                    for one in fact.blocked
                )
                fact = replace(fact, tlvs=dark, blocked=blocked, pidf=bytes(len(fact.pidf)))
                if key.is_call:
                    fact = replace(fact, ani=number)
                else:
                    fact = replace(fact, key=replace(key, number=number))
            case CallerTyped(characters):
                fact = CallerTyped(self._typed(characters))
            case PsapInterrupted(by=by) | PsapAskedVoice(by=by):
                fact = replace(fact, by=self.person(by))
            case CallerWrote(text=text, mark=mark):
                said = _without_octets(fact.remarks)
                fact = replace(fact, text=self.text(text), mark=self._mark(mark), remarks=said)
            case CallerSentPart(mark=mark):
                said = _without_octets(fact.remarks)
                fact = replace(self._part(fact), mark=self._mark(mark), remarks=said)
            case PartsJoined():
                fact = replace(self._joined(fact), remarks=_without_octets(fact.remarks))
            case RepeatSuspected(text=text):
                fact = replace(fact, text=self.text(text))
            case PsapWrote():
                fact = self._spoken(fact)
            case PsapEnded():
                fact = self._spoken(fact)
            case PsapBlocked(reason=reason):
                fact = replace(self._spoken(fact), reason=self.text(reason))
            case PsapAnswered(by=by):
                fact = replace(fact, by=self.person(by))
            case LocationFound(where):
                self._hide_address(where.source)
                fact = replace(fact, location=_near(where))
            case LocationFailed(reason):
                self._hide_address(reason)
            case CallerMoved(pidf, where, reason):
                self._hide_address(reason if where is None else where.source)
                near = None if where is None else _near(where)
                fact = replace(fact, pidf=bytes(len(pidf)), location=near)
            case _:
                pass  # no words of a person's in it
        return self._without_number(fact)

    def text(self, text: str) -> str:
        """Letters and digits replaced, everything else where it was."""
        return self._drawn(text, b"")

    def _drawn(self, text: str, salt: bytes) -> str:
        seed = self._key + salt + text.encode("utf-8", "surrogatepass")
        stream = shake_256(seed).digest(2 * len(text))
        return "".join(
            _instead(letter, int.from_bytes(stream[2 * at : 2 * at + 2]))
            for at, letter in enumerate(text)
        )

    def number(self, number: str) -> str:
        """A North American number becomes one of those kept free for stories (555-01xx); any other
        keeps its sign, its length and its kind."""
        drawn = self.text(number)
        if number.startswith("+1") and len(number) == _NORTH_AMERICAN:
            return f"{number[:5]}55501{drawn[-2:]}"
        return drawn

    def person(self, name: str) -> str:
        return self._people.setdefault(name, f"Person {len(self._people) + 1}") if name else ""

    def _mark(self, mark: Mark) -> Mark:
        """A digest of a number and few words could be found by trying."""
        size = len(mark.octets)
        if not size:
            return mark
        hidden = blake2b(mark.octets, digest_size=min(size, blake2b.MAX_DIGEST_SIZE), key=self._key)
        return replace(mark, octets=hidden.digest())

    def _octets(self, units: list[Unit]) -> Iterator[Unit]:
        """The same units with other letters, octet for octet as long."""
        text = self.text("".join(letter for _, letter in units))
        for (octets, letter), other in zip(units, text, strict=True):
            yield (octets if other == letter else _encoded(octets, letter, other)), other

    def _part(self, fact: CallerSentPart) -> CallerSentPart:
        """In its own alphabet when that is one of the common ones, else in UCS-2."""
        alphabet = fact.alphabet
        if alphabet in NO_TEXT:
            octets = bytes(len(fact.octets))
        elif alphabet in _COMMON:
            units = _units(fact.octets, cast(Alphabet, alphabet))
            octets = b"".join(one for one, _ in self._octets(units))
        else:
            alphabet, octets = "ucs2", self.text(fact.text).encode("utf-16-be")
        kept = self._parts.setdefault(fact.join, {})
        kept.setdefault(fact.number, ((fact.octets, fact.alphabet), (octets, alphabet)))
        self._totals[fact.join] = fact.total
        text = decode(octets, alphabet).text
        return replace(fact, octets=octets, alphabet=alphabet, text=text)

    def _joined(self, fact: PartsJoined) -> PartsJoined:
        """Joined as the gateway joins, if that is how the text came to be."""
        total = self._totals.pop(fact.join, 0)
        parts = self._parts.pop(fact.join, {})
        was = _joined({number: one for number, (one, _) in parts.items()}, total)
        if was != fact.text:
            return replace(fact, text=self.text(fact.text))
        return replace(
            fact, text=_joined({number: one for number, (_, one) in parts.items()}, total)
        )

    def _spoken(self, fact: Spoken) -> Spoken:
        plain = [_without_table(one) for one in fact.segments]
        pieces = [_units(one.octets, alphabet_of(one.data_coding, "gsm7")) for one in plain]
        masked = iter(list(self._octets([unit for piece in pieces for unit in piece])))
        segments = tuple(
            Segment(one.data_coding, b"".join(next(masked)[0] for _ in piece))
            for one, piece in zip(plain, pieces, strict=True)
        )
        return replace(
            fact,
            text=self.text(fact.text),
            segments=segments,
            by=self.person(fact.by),
            spelled=self.text(fact.spelled),
        )

    def _typed(self, characters: tuple[Character, ...]) -> tuple[Character, ...]:
        """Other letters in the same case, and the codes that are theirs."""
        self._count += 1  # else one letter a fact would be a cipher that anybody reads
        said = "".join(one.text for one in characters)
        drawn = iter(self._drawn(said, self._count.to_bytes(4)))
        return tuple(_coded(one, "".join(next(drawn) for _ in one.text)) for one in characters)

    def _hide_address(self, words: str) -> None:
        """Here, and in whatever is said of it later."""
        if (found := _ADDRESS.search(words)) is not None:
            self._spellings.append((found[1], self.text(found[1])))

    def _without_number(self, fact: AnyFact) -> AnyFact:
        """Whatever other words of the record name the caller's number, or his address."""
        plain = msgspec.to_builtins(fact, builtin_types=(bytes,))
        return cast(AnyFact, msgspec.convert(self._walk(plain), AnyFact))

    def _walk(self, value: Any) -> Any:
        match value:
            case str():
                for was, now in self._spellings:
                    value = value.replace(was, now)
                return value
            case dict():
                fields = cast("dict[str, Any]", value)
                return {key: self._walk(one) for key, one in fields.items()}
            case list() | tuple():
                members: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
                return [self._walk(one) for one in members]
            case _:
                return value


def _coded(one: Character, text: str) -> Character:
    """`one` as if `text` had been typed instead."""
    if one.code < 0 or text == one.text:
        return replace(one, text=text)
    how = written(text)
    letters, figures = reading(how.code, Case.LETTERS), reading(how.code, Case.FIGURES)
    return replace(one, text=text, code=how.code, letters=letters, figures=figures)


def _without_table(one: Segment) -> Segment:
    """A national table has not every letter of a group: in UCS-2 any letter can be put."""
    if not one.single:
        return one
    return Segment(_UCS2, gsm7.decode(one.octets, 0, one.single).encode("utf-16-be"))


def _without_octets(remarks: tuple[str, ...]) -> tuple[str, ...]:
    """A remark may write out the octets it is about, and those are the words."""
    return tuple(_OCTETS.sub("..", remark) for remark in remarks)


def _joined(parts: dict[int, Written], total: int) -> str:
    octets = {number: one for number, (one, _) in parts.items()}
    return join(octets, total, "gsm7", {n: alphabet for n, (_, alphabet) in parts.items()}).text


def _spellings(was: str, now: str) -> list[tuple[str, str]]:
    """The ways in which our own words write a number, longest first."""
    if sum(letter.isdecimal() for letter in was) < _FOUND_IN_TEXTS:
        return []
    pairs = [(was, now), (as_a_person_reads(was), as_a_person_reads(now))]
    return [*pairs, (was.removeprefix("+"), now.removeprefix("+")), (was[2:], now[2:])]


def _near(where: Location) -> Location:
    """The place, but not exactly."""
    return replace(
        where,
        latitude=round(where.latitude, _PLACE),
        longitude=round(where.longitude, _PLACE),
    )


def _instead(letter: str, draw: int) -> str:
    group = _GROUP_OF.get(letter)
    if group is None:
        code = ord(letter)
        if code < _LATIN_1_END or letter in _SIGNS or category(letter)[0] not in "LMN":
            return letter
        group = _CYRILLIC if code <= 0xFFFF else _CJK_EXTENSION
    return group[draw % len(group)]


def _units(octets: bytes, alphabet: Alphabet) -> list[Unit]:
    """Octets as characters; joined, they are the octets again."""
    return list(_wide(octets) if alphabet == "ucs2" else _narrow(octets, alphabet))


def _wide(octets: bytes) -> Iterator[Unit]:
    order = "utf-16-le" if octets.startswith(LITTLE_ENDIAN_MARK) else "utf-16-be"
    whole = len(octets) & ~1
    for letter in octets[:whole].decode(order, "surrogatepass"):
        yield letter.encode(order, "surrogatepass"), letter
    if whole < len(octets):
        yield octets[whole:], "\N{REPLACEMENT CHARACTER}"


def _narrow(octets: bytes, alphabet: Alphabet) -> Iterator[Unit]:
    at = 0
    while at < len(octets):
        paired = alphabet == "gsm7" and octets[at] == _ESCAPE and at + 1 < len(octets)
        one = octets[at : at + 1 + paired]
        yield one, gsm7.decode(one) if alphabet == "gsm7" else one.decode("latin-1")
        at += len(one)


def _encoded(octets: bytes, was: str, letter: str) -> bytes:
    """`letter` in the place of a letter of its own group, whose octets were `octets`."""
    if len(octets) == 1:
        return gsm7.encode(letter) if octets.isascii() else letter.encode("latin-1")
    big = was.encode("utf-16-be") == octets
    return letter.encode("utf-16-be" if big else "utf-16-le")
