"""The location object of a call (PIDF-LO: RFC 4119, 5491, 5139, 7459), read from hostile octets.

No DTD, no entity, no network, no other encoding than UTF-8, no more than OCTETS_MAX octets. Lenient
where location servers are sloppy: elements are known by their local names, and one that cannot be
used makes room for the next. What the rules of usage say is not obeyed: who calls for help is
sought. Whatever comes, the result says what is known or why nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import degrees
from typing import TypeAlias

from lxml import etree
from msgspec.structs import replace

from ..core.values import Location
from .port import Answer, Question, Unknown
from .shapes import Circle, NoShape, Place, arc_band, circle, polygon

Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]

OCTETS_MAX = 65_536  # as much as a SIP message may have
ELEMENTS_MAX = 2_000  # a polygon of a hundred corners and a civic address have two hundred
CORNERS_MAX = 1_000
CONFIDENCE_UNSTATED = 95  # percent (RFC 7459, 3.3)
AHEAD_MAX = 60.0  # seconds a server's clock may be ahead of ours
# RFC 5491, rule 8: the first device that has a location, without one the first tuple, and a person
# only as the last resort. Where that one cannot be used, the next of its kind is, then the next
# kind: a place from elsewhere in the document is better than none.
BEARERS = ("device", "tuple", "person")
DEGREES_2D = ("EPSG::4326", "EPSG:4326")
DEGREES_3D = ("EPSG::4979", "EPSG:4979")
METRES = ("EPSG::9001", "EPSG:9001")
DEGREES = ("EPSG::9102", "EPSG:9102")
RADIANS = ("EPSG::9101", "EPSG:9101")
NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,25})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
METHOD = re.compile(r"[A-Za-z0-9._+-]{1,40}")
WORDS_MAX = 400  # characters of a civic address in words
SHAPES = (
    "Point", "Circle", "Ellipse", "ArcBand", "Polygon", "Sphere", "Ellipsoid", "Prism",
)  # fmt: skip
# RFC 5139 and 4119 in the order of an envelope; what stands in no row follows with its name.
STREET = ("HNO", "HNS", "PRD", "PRM", "RD", "STN", "STS", "POD", "POM", "RDSEC", "RDBR", "RDSUBBR")
ENVELOPE = (
    ("NAM",), ("LMK",), STREET, ("BLD",), ("FLR",), ("UNIT",), ("ROOM",), ("SEAT",), ("LOC",),
    ("A6",), ("A5",), ("A4",), ("A3",), ("PCN",), ("A2",), ("A1", "PC"), ("country",),
)  # fmt: skip
NAMED = {"FLR": "floor", "UNIT": "unit", "ROOM": "room", "SEAT": "seat", "BLD": "building"}


@dataclass(frozen=True, slots=True)
class Read:
    """`location` None: the object has no place on earth in it. `civic`: an address in words, "" if
    it has none. `faults`: what could not be used, each in words."""

    location: Location | None
    civic: str = ""
    faults: tuple[str, ...] = ()


class PidfSource:
    """Answers at once with what the call brought. `now`: UTC seconds."""

    __slots__ = ("_now",)

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        answer(answered(question.pidf, self._now()))


def answered(octets: bytes, at: float) -> Answer:
    """The location object as a location source's answer."""
    if not octets:
        return Unknown("the call brought no location object")
    found = read(octets, at)
    if found.location is not None:
        return found.location
    reasons = list(found.faults) or ["it has no place on earth in it"]
    if found.civic:
        reasons.insert(0, f"it has only an address: {found.civic}")
    return Unknown(f"the call's location object: {'; '.join(reasons)}")


def is_readable(octets: bytes) -> bool:
    """Whether it says where somebody is, if only by an address in words."""
    found = read(octets, 0.0)
    return found.location is not None or bool(found.civic)


def read(octets: bytes, at: float) -> Read:
    """`at`: UTC seconds now; the fix is as old as the object says, and never from the future."""
    root = _parsed(octets)
    if isinstance(root, str):
        return Read(None, faults=(root,))
    faults: list[str] = []
    addresses: list[tuple[Element, str]] = []
    found: Location | None = None
    found_in: Element | None = None
    for bearer in _bearers(root):
        for info in _named(bearer, "location-info"):
            if words := _civic(info):
                addresses.append((bearer, words))
            if found is None:
                found, found_in = _located(bearer, info, at, faults), bearer
    if found is not None and addresses:
        own = [words for bearer, words in addresses if bearer is found_in]
        # Rule 3: what stands in elements of their own may be the places of different things.
        what = "its address is" if own else "an address in it, perhaps of another place, is"
        words = own[0] if own else addresses[0][1]
        found = replace(found, source=f"{found.source}; {what} {words}")
    return Read(found, addresses[0][1] if addresses else "", tuple(faults))


@lru_cache(maxsize=1)
def _parsed(octets: bytes) -> Element | str:
    """What cannot be parsed in words. Of one request the answer is asked for first, then what is in
    its location object: the last one is kept."""
    try:
        return _root(octets)
    except NoShape as cause:
        return str(cause)


def _root(octets: bytes) -> Element:
    """Refuses what could make a parser read more than these octets, before there is a parser."""
    if len(octets) > OCTETS_MAX:
        raise NoShape(f"{len(octets)} octets are more than {OCTETS_MAX}")
    text = octets.removeprefix(b"\xef\xbb\xbf").strip()
    if not text.startswith(b"<") or b"\0" in text:
        raise NoShape("it is no XML in UTF-8")
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise NoShape("it has a DOCTYPE, which no location object has")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as cause:
        raise NoShape(f"it is no XML: {_plain(cause.msg or '', 120)}") from None
    if sum(1 for _ in root.iter()) > ELEMENTS_MAX:
        raise NoShape(f"it has more than {ELEMENTS_MAX} elements")
    return root


def _local(element: Element) -> str:
    return etree.QName(element).localname


def _named(within: Element, *names: str) -> Iterator[Element]:
    """Elements below `within` with one of these local names, in the order of the document."""
    return (one for one in within.iter("{*}*") if one is not within and _local(one) in names)


def _bearers(root: Element) -> Iterator[Element]:
    for name in BEARERS:
        for element in root.iterchildren("{*}*"):
            if _local(element) == name:
                yield element


def _text(within: Element, name: str) -> str:
    """The text of the first such element, "" without one."""
    element = next(_named(within, name), None)
    return "" if element is None else "".join(element.itertext()).strip()


def _located(bearer: Element, info: Element, at: float, faults: list[str]) -> Location | None:
    """The first shape of a location-info that can be used."""
    shapes = [one for one in _named(info, *SHAPES) if _within(one, info)]
    for shape in shapes:
        name = _local(shape)
        try:
            around = _shape(shape, name)
            confidence = _confidence(info, around)
        except NoShape as cause:
            faults.append(f"{name}: {cause}")
            continue
        method = _text(bearer, "method")
        vague = around.radius is None
        return Location(
            around.latitude,
            around.longitude,
            0.0 if around.radius is None else around.radius,
            confidence,
            method if METHOD.fullmatch(method) else "Unknown",
            "the call's location object" + (", a point of unstated uncertainty" if vague else ""),
            _when(bearer, at, faults),
        )
    return None


def _within(shape: Element, info: Element) -> bool:
    """Whether no other shape holds it, as a prism holds a polygon."""
    above = shape.getparent()
    while above is not None and above is not info:
        if _local(above) in SHAPES:
            return False
        above = above.getparent()
    return True


def _shape(shape: Element, name: str) -> Circle:
    sizes = _system(shape)
    if name in ("Polygon", "Prism"):
        return polygon(_corners(shape, sizes))
    numbers = _numbers(_text(shape, "pos"), "pos")
    if len(numbers) not in sizes:
        raise NoShape(f"pos has {len(numbers)} numbers, not latitude and longitude")
    centre = (numbers[0], numbers[1])
    match name:
        case "Circle" | "Sphere":
            return circle(centre, _measure(shape, "radius"))
        case "Ellipse" | "Ellipsoid":
            axes = [_measure(shape, "semiMajorAxis"), _measure(shape, "semiMinorAxis")]
            return circle(centre, max(axes))
        case "ArcBand":
            inner, outer = _measure(shape, "innerRadius"), _measure(shape, "outerRadius")
            start, opening = _angle(shape, "startAngle"), _angle(shape, "openingAngle")
            return arc_band(centre, inner, outer, start, opening)
        case _:
            return circle(centre, None)


def _system(shape: Element) -> tuple[int, ...]:
    """How many numbers a position has. A prism's is said by its base."""
    said = [one.get("srsName") for one in shape.iter("{*}*")]
    for system in (one.strip() for one in said if one is not None):
        if system.upper().endswith(DEGREES_2D):
            return (2,)
        if system.upper().endswith(DEGREES_3D):
            return (3,)
        raise NoShape(f"the reference system {_plain(system, 60)} is not WGS 84")
    return (2, 3)


def _corners(shape: Element, sizes: tuple[int, ...]) -> list[Place]:
    """The corners of an exterior ring, as `pos` each or as one `posList`."""
    ring = next(_named(shape, "LinearRing"), None)
    if ring is None:
        raise NoShape("it has no ring")
    listed = _text(ring, "posList")
    if listed:
        size = 3 if 3 in sizes and _dimension(ring) == 3 else min(sizes)
        numbers = _numbers(listed, "posList")
        if len(numbers) % size:
            raise NoShape(
                f"posList has {len(numbers)} numbers, which are no {size} for each corner"
            )
        rows = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    else:
        rows = [_numbers("".join(one.itertext()), "pos") for one in _named(ring, "pos")]
    if any(len(row) not in sizes for row in rows):
        raise NoShape("a corner is not latitude and longitude")
    return [(row[0], row[1]) for row in rows]


def _dimension(ring: Element) -> int:
    said = next((one.get("srsDimension") for one in _named(ring, "posList")), None)
    return 3 if said is not None and said.strip() == "3" else 2


def _numbers(text: str, what: str) -> list[float]:
    pieces = text.split()
    if len(pieces) > 3 * CORNERS_MAX:
        raise NoShape(f"{what} has {len(pieces)} numbers")
    for piece in pieces:
        if NUMBER.fullmatch(piece) is None:
            raise NoShape(f"{what} has {_plain(piece, 30)!r} where a number belongs")
    return [float(piece) for piece in pieces]


def _unit(shape: Element, name: str) -> str:
    element = next(_named(shape, name), None)
    return "" if element is None else (element.get("uom") or "").strip().upper()


def _only(shape: Element, name: str) -> float:
    numbers = _numbers(_text(shape, name), name)
    if len(numbers) != 1:
        raise NoShape(f"{name} is missing" if not numbers else f"{name} has {len(numbers)} numbers")
    return numbers[0]


def _measure(shape: Element, name: str) -> float:
    """Metres."""
    size, unit = _only(shape, name), _unit(shape, name)
    if unit and not unit.endswith(METRES):
        raise NoShape(f"{name} is not in metres but in {_plain(unit, 60)}")
    return size


def _angle(shape: Element, name: str) -> float:
    """Degrees."""
    size, unit = _only(shape, name), _unit(shape, name)
    if unit.endswith(RADIANS):
        return degrees(size)
    if unit and not unit.endswith(DEGREES):
        raise NoShape(f"{name} is in {_plain(unit, 60)}")
    return size


def _confidence(info: Element, around: Circle) -> int:
    """Percent. A point without one says nothing, which is 0."""
    said = _text(info, "confidence")
    if not said or said == "unknown":
        return 0 if around.radius is None or said else CONFIDENCE_UNSTATED
    if NUMBER.fullmatch(said) is None or not 0 <= float(said) <= 100:
        raise NoShape(f"a confidence of {_plain(said, 30)!r}")
    return round(float(said))


def _when(bearer: Element, at: float, faults: list[str]) -> float:
    said = _text(bearer, "timestamp")
    if not said:
        return at
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        faults.append(f"timestamp: {_plain(said, 40)!r} is none")
        return at
    if moment.utcoffset() is None:
        faults.append("timestamp: it has no zone")
        return at
    seconds = (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) / timedelta(seconds=1)
    if seconds > at + AHEAD_MAX:
        faults.append(f"timestamp: {_plain(said, 40)} is in the future")
    return min(seconds, at)


def _civic(info: Element) -> str:
    """A civic address in words, in the order of an envelope."""
    address = next(_named(info, "civicAddress", "civilAddress"), None)
    if address is None:
        return ""
    parts = [
        (_local(one), _plain("".join(one.itertext()), 80))
        for one in address.iter("{*}*")
        if one is not address and len(one) == 0
    ]
    held = [(name, words) for name, words in parts if words]
    pieces: list[str] = []
    for row in ENVELOPE:
        words = [
            f"{NAMED[name]} {said}" if name in NAMED else said
            for wanted in row
            for name, said in held
            if name == wanted
        ]
        pieces += [" ".join(words)] if words else []
    known = {name for row in ENVELOPE for name in row}
    pieces += [f"{name} {said}" for name, said in held if name not in known]
    return _plain(", ".join(pieces), WORDS_MAX)


def _plain(text: str, size: int) -> str:
    """One line of what people can read; longer text is cut."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= size else line[: size - 1] + "\u2026"
